//! Quoted texts.

use std::fmt;

/// Writes a text in quotes, with what would not survive a line of text escaped.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'t>(pub &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                c => write_visibly(f, c)?,
            }
        }
        f.write_char('"')
    }
}

/// Writes a character, or its code where it is for control or layout: such characters end lines,
/// reorder text, cannot be seen, or make a terminal do things.
pub(crate) fn write_visibly(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    if is_hidden(c) {
        write!(f, "\\u{{{:x}}}", u32::from(c))
    } else {
        write!(f, "{c}")
    }
}

/// Whether a character is for control or layout, or a tag (U+E0000 to U+E007F), which no font shows.
pub(crate) fn is_hidden(c: char) -> bool {
    let is_layout = matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    );
    is_layout || c.is_control()
}

/// Reads a quoted text at the start of `text`: what it says, and how many bytes it takes. On failure,
/// the byte at which it went wrong.
pub(super) fn parse(text: &str) -> Result<(String, usize), usize> {
    let mut chars = text.char_indices();
    if !matches!(chars.next(), Some((_, '"'))) {
        return Err(0);
    }
    let mut said = String::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((said, at + 1)),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\'))) => said.push(c),
                Some((_, 'n')) => said.push('\n'),
                Some((_, 'r')) => said.push('\r'),
                Some((_, 't')) => said.push('\t'),
                Some((_, 'u')) => said.push(parse_code(&mut chars).ok_or(at)?),
                Some(_) | None => return Err(at),
            },
            c => said.push(c),
        }
    }
    Err(text.len())
}

fn parse_code(chars: &mut std::str::CharIndices<'_>) -> Option<char> {
    const LONGEST: usize = 6;
    if chars.next()?.1 != '{' {
        return None;
    }
    let mut code = 0;
    for _ in 0..=LONGEST {
        match chars.next()?.1 {
            '}' => return char::from_u32(code),
            digit => code = code * 16 + digit.to_digit(16)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_reads_back() {
        for text in [
            "",
            "x",
            "a b",
            "\"\\",
            "tab\tnew\nline\r",
            "größe λ 🦀",
            "\u{0}\u{2028}\u{200b}\u{1b}",
            "\u{ad}\u{61c}\u{180e}\u{e0000}\u{e007f}",
        ] {
            let quoted = format!("{}rest", Quoted(text));
            assert_eq!(
                parse(&quoted),
                Ok((text.to_owned(), quoted.len() - 4)),
                "{quoted}"
            );
            assert!(!quoted.contains(is_hidden), "{quoted}");
        }
    }

    #[test]
    fn what_is_wrong_is_located() {
        for (text, at) in [
            ("", 0),
            ("x", 0),
            ("\"ab", 3),
            ("\"a\\", 2),
            ("\"a\\x\"", 2),
            ("\"\\u{110000}\"", 1),
        ] {
            assert_eq!(parse(text), Err(at), "{text}");
        }
        assert_eq!(parse("\"\\u{00000041}\""), Err(1));
    }
}
