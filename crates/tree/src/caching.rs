//! The tree with the tutorial's exercises 2 and 3 solved: inputs are found once, values are kept.

use crate::gradient::{Call, for_each_call};
use crate::model::{Counts, InputCountError, Model};
use crate::node::{Input, Node, Operation, Parameter};
use dagrad_graph::Evaluate;
use dagrad_ops::Op;

/// A tree that remembers the value of every operation.
///
/// `forward` gives the remembered value if and only if no input and no parameter below has changed
/// since, to the bit: `-0.0` in place of `0.0` is a change, the same value once more is none. Gradients
/// ask for the same values as in the [`RecomputingTree`](crate::RecomputingTree), and as often.
#[derive(Clone, Debug)]
pub struct CachingTree {
    root: Compiled,
    state: State,
}

/// A node of a compiled tree.
#[derive(Clone, Debug)]
enum Compiled {
    /// The input at this place in the list.
    Input(usize),
    Parameter {
        parameter: Parameter,
        /// The operation that the parameter is a child of.
        parent: Option<usize>,
    },
    Constant(f64),
    Operation {
        op: Op,
        children: Vec<Compiled>,
        /// Where the value is remembered.
        place: usize,
    },
}

/// What a recursion carries along, and what stays from one to the next.
#[derive(Clone, Debug, Default)]
struct State {
    /// From left to right.
    inputs: Vec<CompiledInput>,
    /// One for each operation, parents before their children. Above one that is not fresh, none is.
    cached: Vec<Cached>,
    /// A stack: what the operations between the root and here have collected so far.
    numbers: Vec<f64>,
    counts: Counts,
}

#[derive(Clone, Debug)]
struct CompiledInput {
    input: Input,
    parent: Option<usize>,
}

/// The remembered value of an operation.
#[derive(Clone, Debug)]
struct Cached {
    value: f64,
    /// Whether nothing below has changed since the value was computed.
    fresh: bool,
    parent: Option<usize>,
}

impl CachingTree {
    /// A tree to run. Its inputs are found here, once and for all.
    #[must_use]
    pub fn compile(root: Node) -> Self {
        let mut state = State::default();
        let root = compile(root, None, &mut state);
        Self { root, state }
    }
}

impl Model for CachingTree {
    fn predict(&mut self, inputs: &[f64]) -> Result<f64, InputCountError> {
        if self.state.inputs.len() != inputs.len() {
            return Err(InputCountError {
                wanted: self.state.inputs.len(),
                got: inputs.len(),
            });
        }
        for (place, &value) in inputs.iter().enumerate() {
            let CompiledInput { input, parent } = &mut self.state.inputs[place];
            if input.value.to_bits() != value.to_bits() {
                input.value = value;
                let parent = *parent;
                self.state.forget(parent);
            }
        }
        Ok(self.forward())
    }

    fn forward(&mut self) -> f64 {
        forward(&self.root, &mut self.state)
    }

    fn backward(&mut self, derivative: f64) {
        backward(&mut self.root, derivative, &mut self.state);
    }

    fn to_node(&self) -> Node {
        to_node(&self.root, &self.state)
    }

    fn counts(&self) -> Counts {
        self.state.counts
    }
}

impl State {
    /// Marks an operation and all above it as no longer fresh.
    fn forget(&mut self, mut operation: Option<usize>) {
        while let Some(cached) = operation.map(|place| &mut self.cached[place])
            && cached.fresh
        {
            cached.fresh = false;
            operation = cached.parent;
        }
    }
}

fn compile(node: Node, parent: Option<usize>, state: &mut State) -> Compiled {
    match node {
        Node::Input(input) => {
            state.inputs.push(CompiledInput { input, parent });
            Compiled::Input(state.inputs.len() - 1)
        }
        Node::Parameter(parameter) => Compiled::Parameter { parameter, parent },
        Node::Constant(value) => Compiled::Constant(value),
        Node::Operation(operation) => {
            let place = state.cached.len();
            state.cached.push(Cached {
                value: f64::NAN,
                fresh: false,
                parent,
            });
            let (op, nodes) = operation.into_parts();
            let mut children = Vec::with_capacity(nodes.len());
            for child in nodes {
                children.push(compile(child, Some(place), state));
            }
            Compiled::Operation {
                op,
                children,
                place,
            }
        }
    }
}

fn to_node(node: &Compiled, state: &State) -> Node {
    match node {
        Compiled::Input(place) => state.inputs[*place].input.clone().into(),
        Compiled::Parameter { parameter, .. } => parameter.clone().into(),
        Compiled::Constant(value) => Node::Constant(*value),
        Compiled::Operation { op, children, .. } => {
            let mut nodes = Vec::with_capacity(children.len());
            for child in children {
                nodes.push(to_node(child, state));
            }
            Operation::trusted(op.clone(), nodes).into()
        }
    }
}

fn forward(node: &Compiled, state: &mut State) -> f64 {
    match node {
        Compiled::Input(place) => {
            state.counts.forward_calls += 1;
            state.inputs[*place].input.value
        }
        Compiled::Parameter { parameter, .. } => {
            state.counts.forward_calls += 1;
            parameter.value
        }
        Compiled::Constant(value) => {
            state.counts.forward_calls += 1;
            *value
        }
        Compiled::Operation {
            op,
            children,
            place,
        } => forward_operation(op, children, *place, state),
    }
}

fn forward_operation(op: &Op, children: &[Compiled], place: usize, state: &mut State) -> f64 {
    state.counts.forward_calls += 1;
    if state.cached[place].fresh {
        return state.cached[place].value;
    }
    let base = state.numbers.len();
    for child in children {
        let value = forward(child, state);
        state.numbers.push(value);
    }
    let value = op.value(&state.numbers[base..]);
    state.numbers.truncate(base);
    state.counts.evaluations += 1;
    state.cached[place].value = value;
    state.cached[place].fresh = true;
    value
}

fn backward(node: &mut Compiled, derivative: f64, state: &mut State) {
    match node {
        Compiled::Input(_) | Compiled::Constant(_) => {}
        Compiled::Parameter { parameter, parent } => {
            let before = parameter.value.to_bits();
            parameter.learn(derivative);
            if parameter.value.to_bits() != before {
                state.forget(*parent);
            }
        }
        Compiled::Operation {
            op,
            children,
            place,
        } => {
            let base = state.numbers.len();
            push_gradient(op, children, *place, derivative, state);
            for (at, child) in children.iter_mut().enumerate() {
                if op.contributes(at) {
                    backward(child, state.numbers[base + at], state);
                }
            }
            state.numbers.truncate(base);
        }
    }
}

/// Pushes the derivatives with respect to the children, given that with respect to the operation.
fn push_gradient(op: &Op, children: &[Compiled], place: usize, derivative: f64, state: &mut State) {
    let count = children.len();
    let base = state.numbers.len();
    let operands = base + count;
    // First come the derivatives, then the children's values. What is not asked for is never read.
    state.numbers.resize(base + 2 * count, f64::NAN);
    let mut own = f64::NAN;
    for_each_call(op, count, |call| match call {
        Call::Child(at) => state.numbers[operands + at] = forward(&children[at], state),
        Call::Own => own = forward_operation(op, children, place, state),
    });
    let (derivatives, operands) = state.numbers[base..].split_at_mut(count);
    op.contributions(operands, own, derivative, derivatives);
    state.numbers.truncate(base + count);
}
