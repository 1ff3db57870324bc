//! Reading the text form.
//!
//! The text comes from outside, so whatever is wrong with it is an error with the line, the column and
//! what was expected there. One pass, one line after the other.

use super::HEADER;
use super::registry::Registry;
use crate::add::BuildError;
use crate::build::{Build as _, Leaf};
use crate::graph::Graph;
use crate::id::NodeId;
use crate::node::Kind;
use crate::operator::{Vocabulary, VocabularyError};
use crate::outputs::OutputError;
use crate::syntax::{Cursor, Found, Unexpected};
use std::collections::{HashMap, HashSet};
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
            ports: HashSet::new(),
            registry,
        };
        let mut header = false;
        let mut number = 0;
        for line in text.lines() {
            number += 1;
            let mut line = Cursor::new(line);
            let read = if line.at_end() {
                Ok(())
            } else if header {
                reader.statement(&mut line)
            } else {
                header = true;
                line.header(HEADER).map_err(ParseProblem::from)
            };
            let read = read.and_then(|()| Ok(line.expect_end()?));
            read.map_err(|problem| ParseError {
                line: number,
                column: line.column(),
                problem,
            })?;
        }
        if header {
            Ok(reader.graph)
        } else {
            Err(ParseError {
                line: number.max(1),
                column: 1,
                problem: ParseProblem::Expected {
                    wanted: format!("`{HEADER}`"),
                    found: Found::EndOfText,
                },
            })
        }
    }
}

struct Reader<'r, O> {
    graph: Graph<O>,
    /// The nodes by the numbers that the text gives them.
    nodes: HashMap<u64, NodeId>,
    /// The macros and the numbers of the ports that were read.
    ports: HashSet<(NodeId, u32)>,
    registry: &'r Registry<O>,
}

impl<O: Vocabulary> Reader<'_, O> {
    fn statement(&mut self, line: &mut Cursor<'_>) -> Result<(), ParseProblem> {
        if line.peek() == Some('%') {
            let start = line.start();
            let number = line.position()?;
            line.expect("=")?;
            let id = self.node(line)?;
            if self.nodes.insert(number, id).is_some() {
                line.back_to(start);
                return Err(ParseProblem::Repeated(number));
            }
            return Ok(());
        }
        if line.peek_word() != "output" {
            return Err(line.expected("`%` and a number, or `output`").into());
        }
        line.expect("output")?;
        let start = line.start();
        let name = line.quoted()?;
        line.expect("=")?;
        let nodes = self.operands(line)?;
        self.graph.add_output(&name, &nodes).map_err(|error| {
            line.back_to(start);
            ParseProblem::Output(error)
        })
    }

    fn node(&mut self, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        let start = line.start();
        let word = line.word("a kind of node or an operation")?;
        let leaf = match word {
            "feature" => Leaf::Feature,
            "target" => Leaf::Target,
            "parameter" if line.peek_word() == "_" => return Err(ParseProblem::ValueLeftOut),
            "parameter" => Leaf::Parameter(line.float()?),
            "constant" => Leaf::Constant(line.float()?),
            "macro" => return self.macro_(line),
            "port" => return self.port(start, line),
            "alias" => return self.alias(start, line),
            name => return self.operation(name, start, line),
        };
        let start = line.start();
        let (name, scope) = line.name_and_scope()?;
        let added = self
            .graph
            .within(&scope, |graph| graph.leaf(leaf, name.as_deref()));
        added.map_err(|error| refused(line, start, error))
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
                line.back_to(start);
                return Err(ParseProblem::Operation(error));
            }
        };
        let operands = self.operands_in_parentheses(line)?;
        let (name_start, name, scope) = name_and_scope(line)?;
        let added = self.graph.within(&scope, |graph| {
            let id = graph.operation(operation, &operands)?;
            name.map_or(Ok(()), |name| graph.set_name(id, &name))?;
            Ok(id)
        });
        added.map_err(|error| refused(line, place(&error, start, name_start), error))
    }

    /// What follows `macro`.
    fn macro_(&mut self, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        let start = line.start();
        let name = line.word("the name of a macro")?;
        let configuration = line.configuration()?;
        let macro_ = self.registry.macro_(name, configuration).map_err(|error| {
            line.back_to(start);
            ParseProblem::Operation(error)
        })?;
        let operands = self.operands_in_parentheses(line)?;
        let (name_start, name, scope) = name_and_scope(line)?;
        let added = self.graph.within(&scope, |graph| {
            graph.insert_macro(name.as_deref(), macro_, &operands)
        });
        match added {
            Ok(key) => Ok(self.graph.id_of(key)),
            Err(error) => Err(refused(line, place(&error, start, name_start), error)),
        }
    }

    /// What follows `port`.
    fn port(&mut self, start: usize, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        let brackets = line.start();
        let number = line.configuration()?.and_then(|number| number.parse().ok());
        let Some(number) = number else {
            line.back_to(brackets);
            return Err(line.expected("a number in brackets").into());
        };
        let macro_ = self.only_operand(line)?;
        let (name_start, name, scope) = name_and_scope(line)?;
        let graph = &mut self.graph;
        let Ok(Kind::Macro(kind)) = graph.kind(macro_) else {
            line.back_to(start);
            return Err(ParseProblem::PortOfNoMacro);
        };
        let ports = kind.get().ports(graph.operand_keys(macro_.key).len());
        if number as usize >= ports || !self.ports.insert((macro_, number)) {
            line.back_to(start);
            return Err(ParseProblem::NoSuchPort { number, ports });
        }
        let port = graph.within(&scope, |graph| graph.insert_port(macro_.key, number));
        name_it(graph, port, name).map_err(|error| refused(line, name_start, error))
    }

    /// What follows `alias`.
    fn alias(&mut self, start: usize, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        let target = self.only_operand(line)?;
        let (name_start, name, scope) = name_and_scope(line)?;
        let added = self
            .graph
            .within(&scope, |graph| graph.insert_alias(target));
        let alias = added.map_err(|error| refused(line, start, error.into()))?;
        name_it(&mut self.graph, alias, name).map_err(|error| refused(line, name_start, error))
    }

    fn only_operand(&self, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        line.expect("(")?;
        let operand = self.operand(line)?;
        line.expect(")")?;
        Ok(operand)
    }

    /// Any number of operands, or none.
    fn operands_in_parentheses(&self, line: &mut Cursor<'_>) -> Result<Vec<NodeId>, ParseProblem> {
        line.expect("(")?;
        if line.peek() == Some(')') {
            line.expect(")")?;
            return Ok(Vec::new());
        }
        let operands = self.operands(line)?;
        if line.peek() != Some(')') {
            return Err(line.expected("`,` or `)`").into());
        }
        line.expect(")")?;
        Ok(operands)
    }

    fn operands(&self, line: &mut Cursor<'_>) -> Result<Vec<NodeId>, ParseProblem> {
        let mut operands = Vec::new();
        loop {
            operands.push(self.operand(line)?);
            if line.peek() != Some(',') {
                return Ok(operands);
            }
            line.expect(",")?;
        }
    }

    fn operand(&self, line: &mut Cursor<'_>) -> Result<NodeId, ParseProblem> {
        let start = line.start();
        let number = line.position()?;
        self.nodes.get(&number).copied().ok_or_else(|| {
            line.back_to(start);
            ParseProblem::Undefined(number)
        })
    }
}

/// Where the name and the scope start, and what they are.
fn name_and_scope(line: &mut Cursor<'_>) -> Result<(usize, Option<String>, String), ParseProblem> {
    let start = line.start();
    let (name, scope) = line.name_and_scope()?;
    Ok((start, name, scope))
}

/// Whether it is the operation or the name that is wrong.
fn place(error: &BuildError, operation: usize, name: usize) -> usize {
    match error {
        BuildError::Name(_) => name,
        BuildError::Key(_)
        | BuildError::Arity(_)
        | BuildError::NoPorts { .. }
        | BuildError::MacroName { .. }
        | BuildError::MacroConfiguration { .. }
        | BuildError::TooMany { .. } => operation,
    }
}

/// The problem at `start` is that the graph refuses the node.
fn refused(line: &mut Cursor<'_>, start: usize, error: BuildError) -> ParseProblem {
    line.back_to(start);
    ParseProblem::Node(error)
}

fn name_it<O: Vocabulary>(
    graph: &mut Graph<O>,
    id: NodeId,
    name: Option<String>,
) -> Result<NodeId, BuildError> {
    name.map_or(Ok(()), |name| graph.set_name(id, &name))
        .map(|()| id)
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
    /// A port belongs to a macro.
    #[error("only a macro has ports")]
    PortOfNoMacro,
    /// The macro has no such port, or it stands above.
    #[error("port {number} stands above, or the macro has only {ports}, counted from 0")]
    NoSuchPort {
        /// The number.
        number: u32,
        /// How many ports the macro has.
        ports: usize,
    },
    /// The operation or the macro is not known.
    #[error(transparent)]
    Operation(VocabularyError),
    /// The graph refuses the node.
    #[error(transparent)]
    Node(BuildError),
    /// The graph refuses the output.
    #[error(transparent)]
    Output(OutputError),
}

impl From<Unexpected> for ParseProblem {
    fn from(Unexpected { wanted, found }: Unexpected) -> Self {
        Self::Expected { wanted, found }
    }
}
