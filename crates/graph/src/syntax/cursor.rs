//! Reading a line of a listing, token by token.

use super::float;
use super::quote::{self, write_visibly};
use std::fmt;

/// A line and how far it was read. White space between tokens means nothing, and `#` starts a comment,
/// which ends the line.
///
/// A method that fails leaves the cursor where it went wrong.
#[derive(Clone, Debug)]
pub struct Cursor<'t> {
    line: &'t str,
    /// In bytes, always between two characters.
    at: usize,
}

/// Something else was expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {wanted}, found {found}")]
pub struct Unexpected {
    /// What would have been right, in words.
    pub wanted: String,
    /// What stands there.
    pub found: Found,
}

/// What a parser found instead of what it expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// This text.
    Text(String),
    /// The line ended.
    EndOfLine,
    /// The text ended.
    EndOfText,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                f.write_str("`")?;
                text.chars().try_for_each(|c| write_visibly(f, c))?;
                f.write_str("`")
            }
            Self::EndOfLine => f.write_str("the end of the line"),
            Self::EndOfText => f.write_str("the end of the text"),
        }
    }
}

/// The first characters of a text, as many as a message shows.
fn shown(text: &str) -> Found {
    const MOST: usize = 40;
    Found::Text(text.chars().take(MOST).collect())
}

impl<'t> Cursor<'t> {
    /// The start of a line.
    #[must_use]
    pub fn new(line: &'t str) -> Self {
        Self { line, at: 0 }
    }

    /// Where the next token starts, in bytes: for [`back_to`](Self::back_to).
    pub fn start(&mut self) -> usize {
        self.skip_space();
        self.at
    }

    /// Goes back to a place that [`start`](Self::start) gave, where something turned out to be wrong. Places
    /// that are none leave the cursor where it is.
    pub fn back_to(&mut self, start: usize) {
        if self.line.is_char_boundary(start) {
            self.at = start;
        }
    }

    fn rest(&self) -> &'t str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) {
        // White space is ASCII, so this stops between two characters.
        while let Some(b' ' | b'\t') = self.line.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    /// The next character after white space.
    pub fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    /// The word that comes next: ASCII letters, digits and `_`; empty where there is none.
    pub fn peek_word(&mut self) -> &'t str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &rest[..end.unwrap_or(rest.len())]
    }

    /// Whether nothing but a comment comes.
    pub fn at_end(&mut self) -> bool {
        matches!(self.peek(), None | Some('#'))
    }

    /// The column of what comes next, counted in characters from 1.
    pub fn column(&self) -> usize {
        self.line.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    /// Says that `wanted` was expected here.
    pub fn expected(&mut self, wanted: &str) -> Unexpected {
        let found = match self.peek() {
            None => Found::EndOfLine,
            Some(_) => shown(self.rest().split([' ', '\t']).next().unwrap_or_default()),
        };
        let wanted = wanted.to_owned();
        Unexpected { wanted, found }
    }

    /// Reads `token`.
    ///
    /// # Errors
    /// Where something else stands there.
    pub fn expect(&mut self, token: &str) -> Result<(), Unexpected> {
        self.skip_space();
        if self.rest().starts_with(token) {
            self.at += token.len();
            Ok(())
        } else {
            Err(self.expected(&format!("`{token}`")))
        }
    }

    /// Reads the first line of a listing; where it is another, all of it is shown, for it may name another
    /// version.
    ///
    /// # Errors
    /// Where it is not `header`.
    pub fn header(&mut self, header: &str) -> Result<(), Unexpected> {
        let start = self.at;
        let read = self.expect(header);
        // `header 12` is not `header 1` and something more.
        let is_whole = !self.rest().starts_with(|c: char| c.is_alphanumeric());
        if read.is_ok() && is_whole {
            return Ok(());
        }
        self.at = start;
        Err(Unexpected {
            wanted: format!("`{header}`"),
            found: shown(self.rest()),
        })
    }

    /// Reads the end of the line.
    ///
    /// # Errors
    /// Where something comes.
    pub fn expect_end(&mut self) -> Result<(), Unexpected> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.expected("the end of the line"))
        }
    }

    /// Reads a word: ASCII letters, digits and `_`.
    ///
    /// # Errors
    /// Where there is none; `wanted` says what it would have been.
    pub fn word(&mut self, wanted: &str) -> Result<&'t str, Unexpected> {
        let word = self.peek_word();
        if word.is_empty() {
            return Err(self.expected(wanted));
        }
        self.at += word.len();
        Ok(word)
    }

    /// Reads `%` and a number.
    ///
    /// # Errors
    /// Where something else stands there.
    pub fn position(&mut self) -> Result<u64, Unexpected> {
        let wanted = "`%` and a number";
        if self.peek() != Some('%') {
            return Err(self.expected(wanted));
        }
        let start = self.at;
        self.at += 1;
        // White space between the two would hide where a token ends.
        let number = self.digits();
        number.ok_or_else(|| {
            self.at = start;
            self.expected(wanted)
        })
    }

    /// Reads a number in digits; `wanted` says what it would have been.
    ///
    /// # Errors
    /// Where there is none, or none of 64 bits.
    pub fn number(&mut self, wanted: &str) -> Result<u64, Unexpected> {
        self.skip_space();
        self.digits().ok_or_else(|| self.expected(wanted))
    }

    /// The number that stands right here.
    fn digits(&mut self) -> Option<u64> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit());
        let digits = &rest[..end.unwrap_or(rest.len())];
        let number = digits.parse().ok()?;
        self.at += digits.len();
        Some(number)
    }

    /// Reads a number, as [`parse_float`](super::parse_float) does.
    ///
    /// # Errors
    /// Where there is none.
    pub fn float(&mut self) -> Result<f64, Unexpected> {
        self.skip_space();
        let text = self
            .rest()
            .split([' ', '\t', '#'])
            .next()
            .unwrap_or_default();
        match float::parse_float(text) {
            Some(value) => {
                self.at += text.len();
                Ok(value)
            }
            None => Err(self.expected("a number")),
        }
    }

    /// Reads a text in quotes.
    ///
    /// # Errors
    /// Where there is none, it does not end, or holds an escape that is none.
    pub fn quoted(&mut self) -> Result<String, Unexpected> {
        self.skip_space();
        match quote::parse(self.rest()) {
            Ok((said, taken)) => {
                self.at += taken;
                Ok(said)
            }
            Err(0) => Err(self.expected("a quoted text")),
            Err(wrong) => {
                self.at += wrong;
                let end = self.rest().is_empty();
                Err(self.expected(if end {
                    "a closing quote"
                } else {
                    "an escape such as \\\" or \\u{41}"
                }))
            }
        }
    }

    /// Reads what stands in brackets, if anything does.
    ///
    /// # Errors
    /// Where the brackets are not closed.
    pub fn configuration(&mut self) -> Result<Option<&'t str>, Unexpected> {
        self.skip_space();
        let Some(inside) = self.rest().strip_prefix('[') else {
            return Ok(None);
        };
        let Some(end) = inside.find(']') else {
            self.at = self.line.len();
            return Err(self.expected("`]`"));
        };
        self.at += end + 2;
        Ok(Some(&inside[..end]))
    }

    /// Reads a name in quotes, and `in` with a scope path in quotes: none and empty where they are missing.
    ///
    /// # Errors
    /// Where a quoted text is none.
    pub fn name_and_scope(&mut self) -> Result<(Option<String>, String), Unexpected> {
        let name = if self.peek() == Some('"') {
            Some(self.quoted()?)
        } else {
            None
        };
        let scope = if self.peek_word() == "in" {
            self.expect("in")?;
            self.quoted()?
        } else {
            String::new()
        };
        Ok((name, scope))
    }
}
