//! Named outputs: lists of nodes, which is how a network yields more than one number.

use crate::edit::EditError;
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::names::NameError;
use crate::operator::Operator;

/// A named output.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) name: String,
    pub(crate) keys: Vec<Key>,
}

impl<O> Graph<O> {
    /// The named outputs, in declared order.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = (&str, Vec<NodeId>)> {
        let ids = |output: &Output| output.keys.iter().map(|&key| self.id_of(key)).collect();
        self.outputs
            .iter()
            .map(move |output| (output.name.as_str(), ids(output)))
    }

    /// The nodes of the output called `name`.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<Vec<NodeId>> {
        let output = self.outputs.iter().find(|output| output.name == name)?;
        Some(output.keys.iter().map(|&key| self.id_of(key)).collect())
    }
}

impl<O: Operator> Graph<O> {
    /// Declares `nodes`, in this order, as the output called `name`. A node may be in several
    /// outputs, and several times in one.
    ///
    /// # Errors
    /// Where a node is no key of this graph, the list is empty, or the name is empty or taken by
    /// another output.
    pub fn add_output(&mut self, name: &str, nodes: &[NodeId]) -> Result<(), OutputError> {
        if name.is_empty() {
            return Err(NameError::Empty.into());
        }
        if nodes.is_empty() {
            return Err(OutputError::NoNodes {
                name: name.to_owned(),
            });
        }
        if self.names.has_output(name) {
            let holder = "another output".to_owned();
            return Err(NameError::Taken {
                name: name.to_owned(),
                holder,
            }
            .into());
        }
        let keys = self.output_keys(name, nodes)?;
        self.names.hold_output(name);
        self.outputs.push(Output {
            name: name.to_owned(),
            keys,
        });
        self.generation += 1;
        Ok(())
    }

    /// Lets the output called `name` yield `nodes` from now on.
    ///
    /// # Errors
    /// Where a key is none of this graph, there is no such output, or `nodes` is empty.
    pub fn redirect_output(&mut self, name: &str, nodes: &[NodeId]) -> Result<(), EditError> {
        if nodes.is_empty() {
            return Err(EditError::EmptyOutput {
                name: name.to_owned(),
            });
        }
        let keys = self.output_keys(name, nodes)?;
        match self.outputs.iter_mut().find(|output| output.name == name) {
            Some(output) => output.keys = keys,
            None => {
                return Err(EditError::NoSuchOutput {
                    name: name.to_owned(),
                });
            }
        }
        self.generation += 1;
        Ok(())
    }

    /// Takes the name `name` off the list of outputs; its nodes stay.
    ///
    /// # Errors
    /// Where there is no such output.
    pub fn remove_output(&mut self, name: &str) -> Result<(), EditError> {
        match self.outputs.iter().position(|output| output.name == name) {
            Some(at) => self.outputs.remove(at),
            None => {
                return Err(EditError::NoSuchOutput {
                    name: name.to_owned(),
                });
            }
        };
        self.names.release_output(name);
        self.generation += 1;
        Ok(())
    }

    fn output_keys(&self, name: &str, nodes: &[NodeId]) -> Result<Vec<Key>, KeyError> {
        let keys = nodes.iter().enumerate().map(|(at, &id)| {
            self.resolve_value(id, format_args!("node {at} of the output {name:?}"))
        });
        keys.collect()
    }
}

/// Why an output cannot be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// An output yields at least one value.
    #[error("the output {name:?} needs at least one node")]
    NoNodes {
        /// The output's name.
        name: String,
    },
}
