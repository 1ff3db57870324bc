//! Nodes: what the arena holds.

use crate::key_list::KeyList;
use crate::macros::MacroRef;
use crate::names::Symbol;
use std::fmt;

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind<O> {
    /// A value that is given anew for every sample.
    Input(Role),
    /// A value that training changes. The graph keeps it, in `f64`.
    Parameter(f64),
    /// A value that never changes.
    Constant(f64),
    /// A value that an elementary operation computes from its operands.
    Operation(O),
    /// A subgraph that is not built yet. It has no value itself; its ports have.
    Macro(MacroRef<O>),
    /// The value that its operand, a macro, yields at this number.
    Port(u32),
    /// Another key to its operand, and no value of its own: what is left of a port whose value is also that
    /// of another node. Whoever is given the key of an alias as an operand takes what it denotes.
    Alias,
}

/// What an input is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What a prediction is made from.
    Feature,
    /// What a prediction is compared with; a loss needs it, a prediction does not.
    Target,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Feature => "feature",
            Self::Target => "target",
        })
    }
}

/// A node of the arena.
///
/// Its key in the arena, the lists of inputs and parameters, the names and the outputs refer to it;
/// [`crate::Graph::verify`] states what has to agree.
#[derive(Clone, Debug)]
pub(crate) struct Node<O> {
    pub(crate) kind: Kind<O>,
    pub(crate) operands: KeyList,
    /// Counts the nodes ever made in this graph. Slots are reused, so nothing else tells which of
    /// two nodes is older.
    pub(crate) serial: u64,
    pub(crate) name: Option<Symbol>,
    pub(crate) scope: Symbol,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Building is bound by memory traffic, so a node is kept small. 56 bytes with the arena's own
    /// version, for operations of up to 16 bytes.
    #[test]
    fn a_node_is_small() {
        enum WithPayload {
            _Plain,
            _Boxed(Box<u8>),
        }
        assert_eq!(size_of::<Node<WithPayload>>(), 48);
    }
}
