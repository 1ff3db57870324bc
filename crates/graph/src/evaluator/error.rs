//! What can go wrong with a sweep.

use crate::id::KeyError;
use crate::node::Role;

/// What gives inputs of this role their values.
fn setter(role: Role) -> &'static str {
    match role {
        Role::Feature => "set_features",
        Role::Target => "set_targets",
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// Why a sweep cannot run or a value cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The evaluator was made for another graph.
    #[error("this evaluator was made for another graph; make one with `Evaluator::new`")]
    OtherGraph,
    /// The node is no input.
    #[error("an input is wanted, got {node}")]
    NotAnInput {
        /// The node, as the listing shows it.
        node: String,
    },
    /// The number of values is not that of the inputs.
    #[error("the graph has {} {role}{}, got {got} value{}", .wanted, plural(*.wanted), plural(*.got))]
    InputCount {
        /// Which inputs.
        role: Role,
        /// How many there are.
        wanted: usize,
        /// How many values there were.
        got: usize,
    },
    /// What is to be computed depends on an input that has no value.
    #[error("{node} has no value, and is needed; `{}` gives it one", setter(*.role))]
    InputNotSet {
        /// The input, as the listing shows it.
        node: String,
        /// What the input is for.
        role: Role,
    },
    /// A macro was not expanded, so it has no value.
    #[error("{node} has to be expanded first: call `expand`")]
    Unexpanded {
        /// The macro, as the listing shows it.
        node: String,
    },
    /// The operation does not run in this scalar type.
    #[error("{node} does not run in {scalar}")]
    Unsupported {
        /// The node, as the listing shows it.
        node: String,
        /// The scalar type's name.
        scalar: &'static str,
    },
    /// No sweep has computed this since the graph was last edited.
    #[error("this node has not been computed: run a sweep that needs it first")]
    NotComputed,
}
