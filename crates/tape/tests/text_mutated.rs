//! Text from outside never panics: valid listings, damaged in a few places, are read or refused, and
//! what is read holds every invariant.

use crate::support::{assert_same, registry, small_network};
use dagrad_tape::{Tape, Variables, differentiate, directional_derivative, lower_outputs};
use proptest::collection::vec;
use proptest::prelude::*;

/// What a reader may trip over.
const PIECES: [&str; 32] = [
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
    "é",
    "🦀",
    "nan:",
    "..",
    "0",
    "4294967295",
    "[0..4294967294]",
    "in",
    "input",
    "parameter",
    "output",
    "dot[2]",
    "partial[weigh 1]",
    "shared",
    "per sample",
    "-",
];

/// What is done to a text, and where.
type Damage = (u8, u16, u16);

fn pick(number: u16, len: usize) -> usize {
    (usize::from(number) * len) >> 16
}

/// Deletes, inserts or replaces characters, or deletes, doubles or moves lines, or cuts the text off.
fn damage(text: &str, (what, at, other): Damage) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut lines: Vec<&str> = text.lines().collect();
    let (place, line) = (pick(at, chars.len()), pick(at, lines.len()));
    let end = chars.len().min(place + pick(other, 8));
    let piece = PIECES[pick(other, PIECES.len())].chars();
    match what % 8 {
        0 => drop(chars.drain(place..end)),
        1 => drop(chars.splice(place..place, piece)),
        2 => drop(chars.splice(place..end, piece)),
        3 => chars.truncate(place),
        4 if place < chars.len() => chars[place] = char::from_u32(u32::from(other)).unwrap_or('%'),
        5 if line < lines.len() => drop(lines.remove(line)),
        6 if line < lines.len() => lines.insert(pick(other, lines.len()), lines[line]),
        7 if line < lines.len() => lines.swap(line, pick(other, text.lines().count())),
        _ => {}
    }
    if what % 8 >= 5 {
        lines.join("\n")
    } else {
        chars.into_iter().collect()
    }
}

/// Whatever is read is a tape, and one that reads back; whatever is refused is refused somewhere.
fn check(text: &str) {
    match Tape::parse(text, &registry()) {
        Ok(tape) => {
            tape.verify().unwrap();
            let printed = tape.to_string();
            let copy = Tape::parse(&printed, &registry()).unwrap();
            assert_eq!(copy.to_string(), printed);
            if tape.parameters().len() < 1000 {
                assert_same(&copy, &tape);
            }
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

/// Listings with something of everything.
fn listings() -> Vec<String> {
    let tape = lower_outputs(&small_network()).unwrap();
    let gradient = differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let product = directional_derivative(&gradient, "gradient", Variables::Inputs, "v").unwrap();
    let rest = r#"dagrad tape 1
input[0..4] = feature "x0".."x3"
input[4..8] = seed
parameter[0..9] = "w 8".."w 16"
parameter[9..12]
per sample %0 = input[2] in "a"
shared     %1 = parameter[3] "p"
constant   %2 = constant -0.0
per sample %3 = dot[2](%0, %1, %1, %2, %0) "d" in "a.b"
per sample %4 = powi[-2](%3)
per sample %5 = call[weigh](%0, %1, %4, %2)
per sample %6 = partial[weigh 2](%0, %1, %4, %2, %5)
per sample %7 = fma(%6, %5, %4) "\u{2028}"
output "y" = %7, %3
output "none" =
"#;
    [tape, gradient, product]
        .iter()
        .map(Tape::to_string)
        .chain([rest.to_owned()])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_damaged_listing_is_read_or_refused(
        which in 0..8_usize,
        damages in vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..4),
    ) {
        let listings = listings();
        let mut text = listings[which.min(listings.len() - 1)].clone();
        for one in damages {
            text = damage(&text, one);
        }
        check(&text);
    }

    #[test]
    fn pieces_in_any_order_are_read_or_refused(pieces in vec(0..PIECES.len(), 0..20)) {
        let text: Vec<_> = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        check(&format!("dagrad tape 1\n{}", text.join(" ")));
        check(&format!("dagrad tape 1\n%0 = constant 1.0\n%1 = {}", text.concat()));
        check(&format!("dagrad tape 1\ninput{}\nparameter{0}", text.concat()));
    }
}
