//! Nodes: what a tree is made of.

use dagrad_graph::{ArityError, Operator};
use dagrad_ops::Op;

/// How many levels a tree may have, its leaves included, to be safe on a stack of 2 MiB.
pub const DEPTH_LIMIT: usize = 1000;

/// The learning rate of a parameter that is not given another.
pub const DEFAULT_LEARNING_RATE: f64 = 0.01;

/// A node, with everything below it.
#[derive(Clone, Debug)]
pub enum Node {
    /// A value that is given anew for every sample.
    Input(Input),
    /// A value that training changes.
    Parameter(Parameter),
    /// A value that never changes.
    Constant(f64),
    /// A value that an operation computes from its children.
    Operation(Operation),
}

/// A leaf whose value is given anew for every sample. It is 0 until then.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The name that the input will have in a graph.
    pub name: Option<String>,
    /// The value given last.
    pub value: f64,
}

/// A leaf that training changes.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name that the parameter will have in a graph.
    pub name: Option<String>,
    /// The value learnt so far.
    pub value: f64,
    /// By how much of its derivative the value is lowered.
    pub learning_rate: f64,
}

/// An operation and its children.
#[derive(Clone, Debug)]
pub struct Operation {
    op: Op,
    /// As many as the operation takes.
    children: Vec<Node>,
}

impl Node {
    /// The inputs of this tree, from left to right: the order in which a prediction gives them values.
    ///
    /// The whole tree is searched, as the tutorial does it for every prediction.
    pub fn find_input_nodes(&mut self) -> Vec<&mut Input> {
        let mut found = Vec::new();
        self.collect_inputs(&mut found);
        found
    }

    fn collect_inputs<'n>(&'n mut self, found: &mut Vec<&'n mut Input>) {
        match self {
            Self::Input(input) => found.push(input),
            Self::Parameter(_) | Self::Constant(_) => {}
            Self::Operation(operation) => {
                for child in &mut operation.children {
                    child.collect_inputs(found);
                }
            }
        }
    }

    /// The parameters of this tree, from left to right.
    #[must_use]
    pub fn parameters(&self) -> Vec<&Parameter> {
        let mut found = Vec::new();
        self.collect_parameters(&mut found);
        found
    }

    fn collect_parameters<'n>(&'n self, found: &mut Vec<&'n Parameter>) {
        match self {
            Self::Parameter(parameter) => found.push(parameter),
            Self::Input(_) | Self::Constant(_) => {}
            Self::Operation(operation) => {
                for child in &operation.children {
                    child.collect_parameters(found);
                }
            }
        }
    }
}

impl Input {
    /// The same input, under this name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }
}

impl Parameter {
    /// A parameter that starts at `value`, has no name and the [default rate](DEFAULT_LEARNING_RATE).
    #[must_use]
    pub fn new(value: f64) -> Self {
        Self {
            name: None,
            value,
            learning_rate: DEFAULT_LEARNING_RATE,
        }
    }

    /// The same parameter, under this name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// The same parameter, at this rate.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self {
            learning_rate,
            ..self
        }
    }

    /// The tutorial's update.
    pub(crate) fn learn(&mut self, derivative: f64) {
        self.value -= derivative * self.learning_rate;
    }
}

impl Operation {
    /// `op` over `children`.
    ///
    /// # Errors
    /// Where their number is not what the operation takes. A sum or a product of nothing, which the
    /// tutorial allows, is refused too.
    pub fn new(op: Op, children: Vec<Node>) -> Result<Self, ArityError> {
        let wanted = op.arity();
        if wanted.accepts(children.len()) {
            return Ok(Self { op, children });
        }
        Err(ArityError {
            operation: op.name().to_owned(),
            wanted,
            operands: children.iter().map(Node::to_string).collect(),
        })
    }

    /// What is computed.
    #[must_use]
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// What it is computed from, in order.
    #[must_use]
    pub fn children(&self) -> &[Node] {
        &self.children
    }

    /// The operation and, to be changed, its children.
    pub(crate) fn parts_mut(&mut self) -> (&Op, &mut [Node]) {
        (&self.op, &mut self.children)
    }

    pub(crate) fn into_parts(self) -> (Op, Vec<Node>) {
        (self.op, self.children)
    }

    /// An operation whose number of children is known to be right.
    pub(crate) fn trusted(op: Op, children: Vec<Node>) -> Self {
        debug_assert!(
            op.arity().accepts(children.len()),
            "{} over {} children",
            op.name(),
            children.len(),
        );
        Self { op, children }
    }
}

impl From<Input> for Node {
    fn from(input: Input) -> Self {
        Self::Input(input)
    }
}

impl From<Parameter> for Node {
    fn from(parameter: Parameter) -> Self {
        Self::Parameter(parameter)
    }
}

impl From<Operation> for Node {
    fn from(operation: Operation) -> Self {
        Self::Operation(operation)
    }
}
