//! Why an edit may be refused.

use crate::add::ArityError;
use crate::id::KeyError;

/// Why an edit was refused. The graph is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The number of operands would be wrong.
    #[error(transparent)]
    Arity(#[from] ArityError),
    /// The node is of another kind.
    #[error("{wanted} is wanted, got {node}")]
    Kind {
        /// What the edit works on: `an operation`.
        wanted: &'static str,
        /// The node, as the listing shows it.
        node: String,
    },
    /// The node has fewer operands.
    #[error("{node} has no operand {operand}, only {count}, counted from 0")]
    NoSuchOperand {
        /// The node, as the listing shows it.
        node: String,
        /// The number that was asked for.
        operand: usize,
        /// How many operands there are.
        count: usize,
    },
    /// The edit would make a value depend on itself.
    #[error("the edit would close a cycle: {}", .path.join(", used by "))]
    Cycle {
        /// The nodes around the cycle, each used by the next; the first stands at the end again.
        path: Vec<String>,
    },
    /// Something uses the node.
    #[error("{node} is used by {user}")]
    Used {
        /// The node, as the listing shows it.
        node: String,
        /// A user of it, a node or an output.
        user: String,
    },
    /// No output has this name.
    #[error("there is no output {name:?}")]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
    },
    /// An output yields at least one value.
    #[error("the output {name:?} needs at least one node")]
    EmptyOutput {
        /// The output's name.
        name: String,
    },
}
