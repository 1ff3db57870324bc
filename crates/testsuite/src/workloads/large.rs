//! Graphs of as many nodes as one likes, for what building and compiling costs.

use super::WorkloadError;
use super::draw::Draw;
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::Op;

/// What a large graph looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Each node takes the two before it, and a sine now and then keeps values finite.
    Chain,
    /// Each node takes any two before it.
    Random,
}

/// A graph of `nodes` nodes, of which the first sixteen are features, the next sixteen parameters and the
/// others operations. Its output, `"loss"`, is a sum of all nodes that no other node takes, so that nothing is dead.
///
/// # Errors
/// None that should ever happen.
pub fn graph(shape: Shape, nodes: usize) -> Result<Graph<Op>, WorkloadError> {
    let mut draw = Draw::new(21);
    let mut graph = Graph::with_capacity(nodes + 1);
    let mut ids: Vec<NodeId> = Vec::with_capacity(nodes);
    let leaves = 16.min(nodes / 4).max(1);
    for _ in 0..leaves {
        ids.push(graph.feature(None)?);
    }
    for _ in 0..leaves {
        ids.push(graph.parameter(None, draw.number(-1.0..1.0))?);
    }
    let mut is_taken = vec![false; nodes.max(ids.len())];
    while ids.len() < nodes {
        let count = ids.len();
        let (left, right) = match shape {
            Shape::Chain => (count - 2, count - 1),
            Shape::Random => (draw.below(count), draw.below(count)),
        };
        let (op, operands): (Op, &[usize]) = match count % 8 {
            0 => (Op::Sin, &[right]),
            1 | 3 | 5 => (Op::Mul, &[left, right]),
            2 | 6 => (Op::Sub, &[left, right]),
            _ => (Op::Add, &[left, right]),
        };
        for &operand in operands {
            is_taken[operand] = true;
        }
        let operands: Vec<NodeId> = operands.iter().map(|&at| ids[at]).collect();
        ids.push(graph.operation(op, &operands)?);
    }
    let left = ids.iter().zip(&is_taken).filter(|(_, taken)| !**taken);
    let left: Vec<NodeId> = left.map(|(&id, _)| id).collect();
    let loss = graph.operation(Op::Add, &left)?;
    graph.add_output("loss", &[loss])?;
    Ok(graph)
}
