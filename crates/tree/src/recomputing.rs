//! The tree as it is told: what is needed is computed again.

use crate::gradient::{Call, for_each_call};
use crate::model::{Counts, InputCountError, Model};
use crate::node::{Node, Operation};
use dagrad_graph::Evaluate;

/// A tree that remembers no values.
///
/// `forward` evaluates everything below a node, and gradients call it as the tutorial does. A backward
/// pass therefore costs up to the number of nodes times the depth, and more where gradients ask for a
/// value several times.
#[derive(Clone, Debug)]
pub struct RecomputingTree {
    root: Node,
    run: Run,
}

/// What a recursion carries along.
#[derive(Clone, Debug, Default)]
struct Run {
    /// A stack: what the operations between the root and here have collected so far.
    numbers: Vec<f64>,
    counts: Counts,
}

impl RecomputingTree {
    /// A tree to run.
    #[must_use]
    pub fn new(root: Node) -> Self {
        Self {
            root,
            run: Run::default(),
        }
    }

    /// The tree as it is now.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }
}

impl Model for RecomputingTree {
    /// Searches the whole tree for its inputs, as the tutorial does.
    fn predict(&mut self, inputs: &[f64]) -> Result<f64, InputCountError> {
        let nodes = self.root.find_input_nodes();
        if nodes.len() != inputs.len() {
            return Err(InputCountError {
                wanted: nodes.len(),
                got: inputs.len(),
            });
        }
        for (node, &value) in nodes.into_iter().zip(inputs) {
            node.value = value;
        }
        Ok(self.forward())
    }

    fn forward(&mut self) -> f64 {
        forward(&self.root, &mut self.run)
    }

    fn backward(&mut self, derivative: f64) {
        backward(&mut self.root, derivative, &mut self.run);
    }

    fn to_node(&self) -> Node {
        self.root.clone()
    }

    fn counts(&self) -> Counts {
        self.run.counts
    }
}

fn forward(node: &Node, run: &mut Run) -> f64 {
    match node {
        Node::Input(input) => {
            run.counts.forward_calls += 1;
            input.value
        }
        Node::Parameter(parameter) => {
            run.counts.forward_calls += 1;
            parameter.value
        }
        Node::Constant(value) => {
            run.counts.forward_calls += 1;
            *value
        }
        Node::Operation(operation) => forward_operation(operation, run),
    }
}

fn forward_operation(operation: &Operation, run: &mut Run) -> f64 {
    run.counts.forward_calls += 1;
    let base = run.numbers.len();
    for child in operation.children() {
        let value = forward(child, run);
        run.numbers.push(value);
    }
    let value = operation.op().value(&run.numbers[base..]);
    run.numbers.truncate(base);
    run.counts.evaluations += 1;
    value
}

fn backward(node: &mut Node, derivative: f64, run: &mut Run) {
    match node {
        Node::Input(_) | Node::Constant(_) => {}
        Node::Parameter(parameter) => parameter.learn(derivative),
        Node::Operation(operation) => {
            let base = run.numbers.len();
            push_gradient(operation, derivative, run);
            let (op, children) = operation.parts_mut();
            for (at, child) in children.iter_mut().enumerate() {
                if op.contributes(at) {
                    backward(child, run.numbers[base + at], run);
                }
            }
            run.numbers.truncate(base);
        }
    }
}

/// Pushes the derivatives with respect to the children, given that with respect to the operation.
fn push_gradient(operation: &Operation, derivative: f64, run: &mut Run) {
    let op = operation.op();
    let count = operation.children().len();
    let base = run.numbers.len();
    let operands = base + count;
    // First come the derivatives, then the children's values. What is not asked for is never read.
    run.numbers.resize(base + 2 * count, f64::NAN);
    let mut own = f64::NAN;
    for_each_call(op, count, |call| match call {
        Call::Child(at) => run.numbers[operands + at] = forward(&operation.children()[at], run),
        Call::Own => own = forward_operation(operation, run),
    });
    let (derivatives, operands) = run.numbers[base..].split_at_mut(count);
    op.contributions(operands, own, derivative, derivatives);
    run.numbers.truncate(base + count);
}
