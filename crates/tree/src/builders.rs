//! Functions that make a tree look like the formula it stands for.

use crate::node::{Input, Node, Operation, Parameter};
use dagrad_graph::ArityError;
use dagrad_ops::Op;

/// An input without a name.
#[must_use]
pub fn input() -> Node {
    Input::default().into()
}

/// A parameter that starts at `value`, at the default rate and without a name.
#[must_use]
pub fn parameter(value: f64) -> Node {
    Parameter::new(value).into()
}

/// A value that never changes.
#[must_use]
pub fn constant(value: f64) -> Node {
    Node::Constant(value)
}

/// The sum of one or more children. [`operation`] takes a list whose length is known only when the
/// program runs.
#[must_use]
pub fn add<const N: usize>(children: [Node; N]) -> Node {
    const { assert!(N > 0, "a sum needs a term") };
    Operation::trusted(Op::Add, children.into()).into()
}

/// The product of one or more children.
#[must_use]
pub fn multiply<const N: usize>(children: [Node; N]) -> Node {
    const { assert!(N > 0, "a product needs a factor") };
    Operation::trusted(Op::Mul, children.into()).into()
}

/// The child where it is above zero, else zero.
#[must_use]
pub fn relu(child: Node) -> Node {
    Operation::trusted(Op::Relu, vec![child]).into()
}

/// `1 / (1 + exp(−child))`.
#[must_use]
pub fn sigmoid(child: Node) -> Node {
    Operation::trusted(Op::Sigmoid, vec![child]).into()
}

/// Any operation at all.
///
/// # Errors
/// Where the number of children is not what the operation takes.
pub fn operation(op: Op, children: impl Into<Vec<Node>>) -> Result<Node, ArityError> {
    Operation::new(op, children.into()).map(Node::from)
}
