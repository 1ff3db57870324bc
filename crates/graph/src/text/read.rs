//! Reading the text form.
//!
//! The text comes from outside, so whatever is wrong with it is an error with the line, the column and
//! what was expected there. One pass, one line after the other.

use super::registry::Registry;
use super::{HEADER, float, quote};
use crate::graph::{BuildError, Graph, OutputError};
use crate::id::NodeId;
use crate::operator::{Vocabulary, VocabularyError};
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

impl<O: Vocabulary> FromStr for Graph<O> {
    type Err = ParseError;

    /// Reads a listing with the operations of `O`'s own vocabulary.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, &Registry::new())
    }
}

impl<O: Vocabulary> Graph<O> {
    /// Reads a listing, with the operations that `registry` knows.
    ///
    /// # Errors
    /// Where the text is no listing: see [`ParseProblem`].
    pub fn parse(text: &str, registry: &Registry<O>) -> Result<Self, ParseError> {
        let mut reader = Reader {
            graph: Self::new(),
            nodes: HashMap::new(),
            registry,
        };
        let mut header = false;
        let mut number = 0;
        for line in text.lines() {
            number += 1;
            let mut line = Cursor { line, at: 0 };
            let read = if line.at_end() {
                Ok(())
            } else if header {
                reader.statement(&mut line)
            } else {
                header = true;
                line.header()
            };
            let read = read.and_then(|()| line.expect_end());
            read.map_err(|problem| ParseError {
                line: number,
                column: line.column(),
                problem,
            })?;
        }
        if header {
            Ok(reader.graph)
        } else {
            let problem = ParseProblem::expected(format!("`{HEADER}`"), Found::EndOfText);
            Err(ParseError {
                line: number.max(1),
                column: 1,
                problem,
            })
        }
    }
}

struct Reader<'r, O> {
    graph: Graph<O>,
    /// The nodes by the numbers that the text gives them.
    nodes: HashMap<u64, NodeId>,
    registry: &'r Registry<O>,
}

impl<O: Vocabulary> Reader<'_, O> {
    fn statement(&mut self, line: &mut Cursor<'_>) -> Result<(), ParseProblem> {
        if line.peek() == Some('%') {
            let start = line.at;
            let number = line.position()?;
            line.expect("=")?;
            let id = self.node(line)?;
            if self.nodes.insert(number, id).is_some() {
                line.at = start;
                return Err(ParseProblem::Repeated(number));
            }
            return Ok(());
        }
        if line.peek_word() != "output" {
            return Err(line.expected("`%` and a number, or `output`"));
        }
        line.expect("output")?;
        line.skip_space();
        let start = line.at;
        let name = line.quoted()?;
        line.expect("=")?;
        let nodes = self.operands(line)?;
        self.graph.add_output(&name, &nodes).map_err(|error| {
            line.at = start;
            ParseProblem::Output(error)
        })
    }

    fn node(&mut self, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        line.skip_space();
        let start = line.at;
        let word = line.word("a kind of node or an operation")?;
        let leaf = match word {
            "feature" => Leaf::Feature,
            "target" => Leaf::Target,
            "parameter" if line.peek_word() == "_" => return Err(ParseProblem::ValueLeftOut),
            "parameter" => Leaf::Parameter(line.float()?),
            "constant" => Leaf::Constant(line.float()?),
            name => return self.operation(name, start, line),
        };
        let start = line.at;
        let (name, scope) = line.name_and_scope()?;
        let name = name.as_deref();
        let added = self.graph.within(&scope, |graph| match leaf {
            Leaf::Feature => graph.feature(name).map_err(BuildError::from),
            Leaf::Target => graph.target(name).map_err(BuildError::from),
            Leaf::Parameter(value) => graph.parameter(name, value).map_err(BuildError::from),
            Leaf::Constant(value) => {
                let id = graph.constant(value);
                name.map_or(Ok(()), |name| graph.set_name(id, name))
                    .map(|()| id)
            }
        });
        added.map_err(|error| line.refused(start, error))
    }

    fn operation(
        &mut self,
        name: &str,
        start: usize,
        line: &mut Cursor<'_>,
    ) -> Result<NodeId, ParseProblem> {
        let configuration = line.configuration()?;
        let operation = match self.registry.operation(name, configuration) {
            Ok(operation) => operation,
            Err(error) => {
                line.at = start;
                return Err(ParseProblem::Operation(error));
            }
        };
        line.expect("(")?;
        let operands = self.operands(line)?;
        if line.peek() != Some(')') {
            return Err(line.expected("`,` or `)`"));
        }
        line.expect(")")?;
        line.skip_space();
        let name_start = line.at;
        let (name, scope) = line.name_and_scope()?;
        let added = self.graph.within(&scope, |graph| {
            let id = graph.operation(operation, &operands)?;
            name.map_or(Ok(()), |name| graph.set_name(id, &name))?;
            Ok(id)
        });
        added.map_err(|error| match error {
            BuildError::Name(_) => line.refused(name_start, error),
            BuildError::Key(_) | BuildError::Arity(_) => line.refused(start, error),
        })
    }

    fn operands(&self, line: &mut Cursor<'_>) -> Result<Vec<NodeId>, ParseProblem> {
        let mut operands = Vec::new();
        loop {
            line.skip_space();
            let start = line.at;
            let number = line.position()?;
            let Some(&id) = self.nodes.get(&number) else {
                line.at = start;
                return Err(ParseProblem::Undefined(number));
            };
            operands.push(id);
            if line.peek() != Some(',') {
                return Ok(operands);
            }
            line.expect(",")?;
        }
    }
}

enum Leaf {
    Feature,
    Target,
    Parameter(f64),
    Constant(f64),
}

/// A line and how far it was read, in bytes, always between two characters.
struct Cursor<'t> {
    line: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
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
    fn peek(&mut self) -> Option<char> {
        self.skip_space();
        self.rest().chars().next()
    }

    fn peek_word(&mut self) -> &'t str {
        self.skip_space();
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        &rest[..end.unwrap_or(rest.len())]
    }

    fn at_end(&mut self) -> bool {
        matches!(self.peek(), None | Some('#'))
    }

    /// The column of what comes next, counted in characters from 1.
    fn column(&self) -> usize {
        self.line.get(..self.at).unwrap_or_default().chars().count() + 1
    }

    fn expected(&mut self, wanted: &str) -> ParseProblem {
        let found = match self.peek() {
            None => Found::EndOfLine,
            Some(_) => {
                let word = self.rest().split([' ', '\t']).next().unwrap_or_default();
                Found::Text(word.chars().take(40).collect())
            }
        };
        ParseProblem::expected(wanted.to_owned(), found)
    }

    fn refused(&mut self, start: usize, error: BuildError) -> ParseProblem {
        self.at = start;
        self.skip_space();
        ParseProblem::Node(error)
    }

    fn expect(&mut self, token: &str) -> Result<(), ParseProblem> {
        self.skip_space();
        if self.rest().starts_with(token) {
            self.at += token.len();
            Ok(())
        } else {
            Err(self.expected(&format!("`{token}`")))
        }
    }

    /// The first line; where it is another, all of it is shown, for it may name another version.
    fn header(&mut self) -> Result<(), ParseProblem> {
        self.expect(HEADER).map_err(|_| {
            let found = self.rest().chars().take(40).collect();
            ParseProblem::expected(format!("`{HEADER}`"), Found::Text(found))
        })
    }

    fn expect_end(&mut self) -> Result<(), ParseProblem> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.expected("the end of the line"))
        }
    }

    fn word(&mut self, wanted: &str) -> Result<&'t str, ParseProblem> {
        let word = self.peek_word();
        if word.is_empty() {
            return Err(self.expected(wanted));
        }
        self.at += word.len();
        Ok(word)
    }

    /// `%` and a number.
    fn position(&mut self) -> Result<u64, ParseProblem> {
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

    fn float(&mut self) -> Result<f64, ParseProblem> {
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

    fn quoted(&mut self) -> Result<String, ParseProblem> {
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
    fn configuration(&mut self) -> Result<Option<&'t str>, ParseProblem> {
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

    fn name_and_scope(&mut self) -> Result<(Option<String>, String), ParseProblem> {
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

/// A text is no listing of a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct ParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: ParseProblem,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseProblem {
    /// Something else was expected.
    #[error("expected {wanted}, found {found}")]
    Expected {
        /// What would have been right, in words.
        wanted: String,
        /// What stands there.
        found: Found,
    },
    /// An operand has no line above.
    #[error("%{0} is not defined above")]
    Undefined(u64),
    /// Two nodes have one number.
    #[error("%{0} is defined twice")]
    Repeated(u64),
    /// The listing was written without the values of parameters.
    #[error("the value of this parameter was left out of the listing")]
    ValueLeftOut,
    /// The operation is not known.
    #[error(transparent)]
    Operation(VocabularyError),
    /// The graph refuses the node.
    #[error(transparent)]
    Node(BuildError),
    /// The graph refuses the output.
    #[error(transparent)]
    Output(OutputError),
}

impl ParseProblem {
    fn expected(wanted: String, found: Found) -> Self {
        Self::Expected { wanted, found }
    }
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
                text.chars().try_for_each(|c| quote::write_visibly(f, c))?;
                f.write_str("`")
            }
            Self::EndOfLine => f.write_str("the end of the line"),
            Self::EndOfText => f.write_str("the end of the text"),
        }
    }
}
