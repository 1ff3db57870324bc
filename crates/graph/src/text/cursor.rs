//! Reading a line of the text form, token by token.

use super::read::{Found, ParseProblem};
use super::{HEADER, float, quote};
use crate::graph::BuildError;

/// A line and how far it was read, in bytes, always between two characters.
pub(super) struct Cursor<'t> {
    pub(super) line: &'t str,
    pub(super) at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn rest(&self) -> &'t str {
        self.line.get(self.at..).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) {
        // White space is ASCII, so this stops between two characters.
        while let Some(b' ' | b'\t') = self.line.as_bytes().get(self.at) {
            self.at += 1;
        }
    }

    /// The next character after white space.
    pub(super) fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    pub(super) fn peek_word(&mut self) -> &'t str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &rest[..end.unwrap_or(rest.len())]
    }

    pub(super) fn at_end(&mut self) -> bool {
        matches!(self.peek(), None | Some('#'))
    }

    /// The column of what comes next, counted in characters from 1.
    pub(super) fn column(&self) -> usize {
        self.line.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    pub(super) fn expected(&mut self, wanted: &str) -> ParseProblem {
        let found = match self.peek() {
            None => Found::EndOfLine,
            Some(_) => {
                let word = self.rest().split([' ', '\t']).next().unwrap_or_default();
                Found::Text(word.chars().take(40).collect())
            }
        };
        ParseProblem::expected(wanted.to_owned(), found)
    }

    pub(super) fn refused(&mut self, start: usize, error: BuildError) -> ParseProblem {
        self.at = start;
        self.skip_space();
        ParseProblem::Node(error)
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), ParseProblem> {
        self.skip_space();
        if self.rest().starts_with(token) {
            self.at += token.len();
            Ok(())
        } else {
            Err(self.expected(&format!("`{token}`")))
        }
    }

    /// The first line; where it is another, all of it is shown, for it may name another version.
    pub(super) fn header(&mut self) -> Result<(), ParseProblem> {
        let start = self.at;
        let is_whole = |line: &Self| !line.rest().starts_with(|c: char| c.is_alphanumeric());
        if self.expect(HEADER).is_ok() && is_whole(self) {
            return Ok(());
        }
        self.at = start;
        Err({
            let found = self.rest().chars().take(40).collect();
            ParseProblem::expected(format!("`{HEADER}`"), Found::Text(found))
        })
    }

    pub(super) fn expect_end(&mut self) -> Result<(), ParseProblem> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.expected("the end of the line"))
        }
    }

    pub(super) fn word(&mut self, wanted: &str) -> Result<&'t str, ParseProblem> {
        let word = self.peek_word();
        if word.is_empty() {
            return Err(self.expected(wanted));
        }
        self.at += word.len();
        Ok(word)
    }

    /// `%` and a number.
    pub(super) fn position(&mut self) -> Result<u64, ParseProblem> {
        let wanted = "`%` and a number";
        if self.peek() != Some('%') {
            return Err(self.expected(wanted));
        }
        let digits = &self.rest()[1..];
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        match digits[..end].parse() {
            Ok(number) => {
                self.at += 1 + end;
                Ok(number)
            }
            Err(_) => Err(self.expected(wanted)),
        }
    }

    pub(super) fn float(&mut self) -> Result<f64, ParseProblem> {
        self.skip_space();
        let text = self
            .rest()
            .split([' ', '\t', '#'])
            .next()
            .unwrap_or_default();
        match float::parse(text) {
            Some(value) => {
                self.at += text.len();
                Ok(value)
            }
            None => Err(self.expected("a number")),
        }
    }

    pub(super) fn quoted(&mut self) -> Result<String, ParseProblem> {
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

    /// What stands in brackets, if anything does.
    pub(super) fn configuration(&mut self) -> Result<Option<&'t str>, ParseProblem> {
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

    pub(super) fn name_and_scope(&mut self) -> Result<(Option<String>, String), ParseProblem> {
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
