//! Text from outside never panics: valid listings, damaged in a few places, are read or refused, and
//! what is read holds every invariant.

use crate::random::wild_graphs;
use crate::toy::Graph;
use crate::toy::macros::registry;
use proptest::collection::vec;
use proptest::prelude::*;

/// What is done to a text, and where.
pub(crate) type Damage = (u8, u16, u16);

/// What a reader may trip over.
const PIECES: [&str; 29] = [
    "%",
    "%0",
    "%1",
    "%99999999999999999999",
    "=",
    "(",
    ")",
    "[",
    "]",
    ",",
    "\"",
    "\\",
    "\\u{",
    "#",
    " ",
    "\r",
    "\u{2028}",
    "é",
    "🦀",
    "nan:",
    "_",
    "in",
    "feature",
    "-",
    "macro",
    "swap(%0, %0)",
    "port[0]",
    "port[1](%0)",
    "alias",
];

fn pick(number: u16, len: usize) -> usize {
    (usize::from(number) * len) >> 16
}

/// Deletes, inserts or replaces characters, or deletes, doubles or moves lines, or cuts the text off.
pub(crate) fn damage(text: &str, (what, at, other): Damage) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    let (place, line) = (pick(at, chars.len()), pick(at, lines.len()));
    let end = chars.len().min(place + pick(other, 8));
    match what % 9 {
        0 => drop(chars.drain(place..end)),
        1 => drop(chars.splice(place..place, PIECES[pick(other, PIECES.len())].chars())),
        2 => drop(chars.splice(place..end, PIECES[pick(other, PIECES.len())].chars())),
        3 if place < chars.len() => chars[place] = char::from_u32(u32::from(other)).unwrap_or('%'),
        4 => chars.truncate(place),
        5 if place < chars.len() => {
            let from = pick(other, chars.len());
            chars.swap(place, from);
        }
        6..=8 if line < lines.len() => {
            match what % 9 {
                6 => drop(lines.remove(line)),
                7 => lines.insert(pick(other, lines.len()), lines[line]),
                _ => lines.swap(line, pick(other, text.lines().count())),
            }
            return lines.join("\n");
        }
        _ => {}
    }
    chars.into_iter().collect()
}

/// Whatever is read is a graph, and one that reads back; whatever is refused is refused somewhere.
pub(crate) fn check(text: &str) {
    match Graph::parse(text, &registry()) {
        Ok(graph) => {
            graph.verify().unwrap();
            let printed = graph.to_string();
            let copy = Graph::parse(&printed, &registry()).unwrap();
            assert_eq!(copy.to_string(), printed);
        }
        Err(error) => {
            let line = text.lines().nth(error.line - 1).unwrap_or_default();
            assert!(
                error.column >= 1 && error.column <= line.chars().count() + 1,
                "{error}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_damaged_listing_is_read_or_refused(
        graph in wild_graphs(),
        damages in vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..4),
    ) {
        let mut text = graph.0.to_string();
        for one in damages {
            text = damage(&text, one);
        }
        check(&text);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in vec(any::<char>(), 0..60)) {
        let text: String = text.into_iter().collect();
        check(&text);
        check(&format!("dagrad graph 1\n{text}"));
        check(&format!("dagrad graph 1\n%0 = {text}"));
    }

    #[test]
    fn pieces_in_any_order_are_read_or_refused(pieces in vec(0..PIECES.len(), 0..20)) {
        let text: Vec<_> = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        check(&format!("dagrad graph 1\n%0 = {}", text.join(" ")));
        check(&format!("dagrad graph 1\n%0 = feature\noutput {}", text.concat()));
    }
}
