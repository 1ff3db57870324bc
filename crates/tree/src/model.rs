//! What both variants of the tree can do.

use crate::node::Node;

/// A tree that predicts and learns.
pub trait Model {
    /// Gives the inputs their values, from left to right as they stand in the tree, and evaluates it.
    ///
    /// # Errors
    /// Where the number of values is not that of the inputs. No input has changed then.
    fn predict(&mut self, inputs: &[f64]) -> Result<f64, InputCountError>;

    /// The value of the tree at the inputs given last.
    fn forward(&mut self) -> f64;

    /// Sends the derivative of the loss with respect to the tree's value down to the leaves. At each
    /// node the gradient is computed first; then the children take their derivatives, from left to
    /// right; a parameter learns as soon as its own arrives.
    ///
    /// A child that its operation never contributes to, such as the condition of a select, is not
    /// visited.
    fn backward(&mut self, derivative: f64);

    /// The tree as it is now, with the values of its inputs and what its parameters have learnt.
    fn to_node(&self) -> Node;

    /// What was done so far.
    fn counts(&self) -> Counts;
}

/// How much work a tree has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often the value of a node was asked for, be it a leaf or an operation: the tutorial's calls
    /// of `forward`.
    pub forward_calls: u64,
    /// How often an operation was computed: the tutorial's calls of `op`, leaves aside.
    pub evaluations: u64,
}

/// A prediction was given a wrong number of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tree has {wanted} input(s), got {got} value(s)")]
pub struct InputCountError {
    /// How many inputs the tree has. An input that stands in two places counts twice.
    pub wanted: usize,
    /// How many values there were.
    pub got: usize,
}
