//! Adding inputs, parameters, constants and operations.

use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::key_list::KeyList;
use crate::names::NameError;
use crate::node::{Kind, Node, Role};
use crate::operator::{Arity, Operator};
use slotmap::SlotMap;

impl<O> Graph<O> {
    /// Adds a node that never changes its value.
    pub fn constant(&mut self, value: f64) -> NodeId {
        let key = self.insert(Kind::Constant(value), KeyList::default());
        self.id_of(key)
    }

    /// Adds a node without a name, whose operands are not told about it yet.
    #[inline]
    fn insert(&mut self, kind: Kind<O>, operands: KeyList) -> Key {
        let (serial, scope) = (self.next_serial, self.scope);
        self.next_serial += 1;
        self.generation += 1;
        // A closure, so that the node is put together where it will lie.
        self.nodes.insert_with_key(|_| Node {
            kind,
            operands,
            serial,
            name: None,
            scope,
        })
    }

    /// Adds a node without a name, where `operands` are nodes of this graph.
    #[inline]
    pub(crate) fn insert_with_operands(&mut self, kind: Kind<O>, operands: &[NodeId]) -> Key {
        let list = KeyList::of(operands, &mut self.pool);
        let user = self.insert(kind, list);
        for id in operands {
            self.users.push(id.key, user);
        }
        user
    }
}

impl<O: Operator> Graph<O> {
    /// Declares an input that predictions are made from, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn feature<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, NameError> {
        self.declare_input(Role::Feature, name.into())
    }

    /// Declares an input that predictions are compared with, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn target<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, NameError> {
        self.declare_input(Role::Target, name.into())
    }

    /// Declares a parameter that starts at `value`, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn parameter<'n>(
        &mut self,
        name: impl Into<Option<&'n str>>,
        value: f64,
    ) -> Result<NodeId, NameError> {
        let key = self.insert_leaf(Kind::Parameter(value), name.into())?;
        self.parameters.push(key);
        Ok(self.id_of(key))
    }

    fn declare_input(&mut self, role: Role, name: Option<&str>) -> Result<NodeId, NameError> {
        let key = self.insert_leaf(Kind::Input(role), name)?;
        self.inputs.push(key);
        Ok(self.id_of(key))
    }

    /// Adds a node without operands that is in no list yet.
    pub(crate) fn insert_leaf(
        &mut self,
        kind: Kind<O>,
        name: Option<&str>,
    ) -> Result<Key, NameError> {
        let Some(name) = name else {
            return Ok(self.insert(kind, KeyList::default()));
        };
        let name = self.symbol(name)?;
        let (serial, scope) = (self.next_serial, self.scope);
        let names = &mut self.names;
        // The name is looked up once, to hold it: where it is taken nothing is inserted.
        let inserted = SlotMap::try_insert_with_key(&mut self.nodes, |key| {
            names.hold(scope, name, key)?;
            Ok(Node {
                kind,
                operands: KeyList::default(),
                serial,
                name: Some(name),
                scope,
            })
        });
        let key = inserted.map_err(|holder| self.taken(scope, name, holder))?;
        self.next_serial += 1;
        self.generation += 1;
        Ok(key)
    }

    /// Adds the value of `operation` at `operands`.
    ///
    /// # Errors
    /// Where an operand is no key of this graph, or their number is not what the operation takes.
    #[inline]
    pub fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError> {
        if self.are_plain(operands) && operation.arity().accepts(operands.len()) {
            let key = self.insert_with_operands(Kind::Operation(operation), operands);
            return Ok(self.id_of(key));
        }
        self.operation_of_denoted(operation, operands)
    }

    /// The same, where an operand may be an alias or something may be wrong.
    #[cold]
    fn operation_of_denoted(
        &mut self,
        operation: O,
        operands: &[NodeId],
    ) -> Result<NodeId, BuildError> {
        let operands = &*self.denoted(operands, operation.name())?;
        let keys: Vec<Key> = operands.iter().map(|id| id.key).collect();
        self.check_arity(&operation, &keys)?;
        let key = self.insert_with_operands(Kind::Operation(operation), operands);
        Ok(self.id_of(key))
    }

    pub(crate) fn check_arity(&self, operation: &O, operands: &[Key]) -> Result<(), ArityError> {
        if operation.arity().accepts(operands.len()) {
            Ok(())
        } else {
            Err(self.arity_error(operation.name().to_owned(), operation.arity(), operands))
        }
    }

    /// What is called `operation` takes `wanted` operands.
    #[cold]
    pub(crate) fn arity_error(
        &self,
        operation: String,
        wanted: Arity,
        operands: &[Key],
    ) -> ArityError {
        ArityError {
            operation,
            wanted,
            operands: self.describe_keys(operands),
        }
    }
}

/// An operation was given a wrong number of operands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation} takes {wanted}, got {}{}", .operands.len(), listed(.operands))]
pub struct ArityError {
    /// The operation's name.
    pub operation: String,
    /// How many operands it takes.
    pub wanted: Arity,
    /// The operands that it was given, as the listing shows them.
    pub operands: Vec<String>,
}

/// `: a, b, c`, cut after a few.
fn listed(texts: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut list = String::new();
    for (at, text) in texts.iter().take(SHOWN).enumerate() {
        list.push_str(if at == 0 { ": " } else { "; " });
        list.push_str(text);
    }
    if texts.len() > SHOWN {
        list.push_str("; …");
    }
    list
}

/// Why a node cannot be added or named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The number of operands is wrong.
    #[error(transparent)]
    Arity(#[from] ArityError),
    /// The macro's name is not one that a listing can show.
    #[error(
        "{name:?} cannot name a macro: a name is ASCII letters, digits and `_`, and starts with no digit"
    )]
    MacroName {
        /// The name.
        name: String,
    },
    /// The macro's configuration is not one that a listing can show.
    #[error(
        "the macro {name} cannot have the configuration {configuration:?}: it has a bracket or a line break"
    )]
    MacroConfiguration {
        /// The macro's name.
        name: String,
        /// The configuration.
        configuration: String,
    },
    /// A macro yields at least one value.
    #[error("the macro {macro_} has no ports")]
    NoPorts {
        /// The macro with its configuration.
        macro_: String,
    },
    /// The expansion of a macro would make more nodes than it may.
    #[error("there would be more than {limit} new nodes")]
    TooMany {
        /// How many it may make.
        limit: usize,
    },
}
