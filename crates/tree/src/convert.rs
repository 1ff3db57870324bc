//! From a tree to a graph.

use crate::node::Node;
use dagrad_graph::{BuildError, Graph, NodeId, OutputError};
use dagrad_ops::Op;

impl Node {
    /// The same model as a graph whose only output, called `output`, is this node.
    ///
    /// Every node of the tree becomes a node of its own, children become operands in the same order,
    /// and leaves keep their names and their order: the features and the parameters of the graph stand
    /// as the inputs and the [`parameters`](Self::parameters) of the tree do, from left to right. Learning
    /// rates are no part of a graph, and neither are the values of inputs.
    ///
    /// # Errors
    /// Where two leaves have the same name, or a name is empty.
    pub fn to_graph(&self, output: &str) -> Result<Graph<Op>, ConvertError> {
        let mut graph = Graph::new();
        let root = convert(self, &mut graph)?;
        graph.add_output(output, &[root])?;
        Ok(graph)
    }
}

fn convert(node: &Node, graph: &mut Graph<Op>) -> Result<NodeId, BuildError> {
    match node {
        Node::Input(input) => Ok(graph.feature(input.name.as_deref())?),
        Node::Parameter(parameter) => {
            Ok(graph.parameter(parameter.name.as_deref(), parameter.value)?)
        }
        Node::Constant(value) => Ok(graph.constant(*value)),
        Node::Operation(operation) => {
            let mut operands = Vec::with_capacity(operation.children().len());
            for child in operation.children() {
                operands.push(convert(child, graph)?);
            }
            graph.operation(operation.op().clone(), &operands)
        }
    }
}

/// Why a tree cannot become a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// A node cannot be added, because its name is empty or another has it.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The output cannot be declared, because its name is empty.
    #[error(transparent)]
    Output(#[from] OutputError),
}
