//! A thousand neurons in no layers: each takes some of those before it.

use super::draw::Draw;
use super::{Precision, Wanted, Workload, WorkloadError};
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::{GraphScope as _, Op};

const FEATURES: usize = 20;
const HIDDEN: usize = 1000;
const OUTPUTS: usize = 5;

/// The squared error of the network over `rows` random samples: about 5,300 edges and 6,300 parameters, in
/// some 37 levels.
///
/// 1,000 neurons each take 2 to 8 values out of 20 features and the neurons before them, and 5 more
/// collect, in turn, the neurons that nobody has taken. All are tanhs, with a weight on each edge and a
/// bias.
///
/// # Errors
/// None that should ever happen.
pub fn gradient(rows: usize) -> Result<Workload, WorkloadError> {
    let mut draw = Draw::new(16);
    Ok(Workload {
        name: format!("irregular_{rows}"),
        graph: network()?,
        output: "loss",
        wanted: Wanted::GradientByParameters,
        precision: Precision::Double,
        rows,
        features: draw.numbers(rows * FEATURES, -1.0..1.0),
        targets: draw.numbers(rows * OUTPUTS, -1.0..1.0),
    })
}

/// The network and its loss.
///
/// # Errors
/// None that should ever happen.
pub fn network() -> Result<Graph<Op>, WorkloadError> {
    network_of(HIDDEN)
}

/// A network of the same kind with so many hidden neurons; each makes about 13.6 nodes.
///
/// # Errors
/// None that should ever happen.
pub fn network_of(hidden: usize) -> Result<Graph<Op>, WorkloadError> {
    let mut draw = Draw::new(122);
    let mut graph = Graph::new();
    let mut nodes = Vec::new();
    for _ in 0..FEATURES {
        nodes.push(graph.feature(None)?);
    }
    let mut taken = vec![false; FEATURES + hidden];
    for _ in 0..hidden {
        let count = 2 + draw.below(7);
        let chosen = draw.distinct(count, nodes.len());
        let operands: Vec<NodeId> = chosen.iter().map(|&at| nodes[at]).collect();
        chosen.into_iter().for_each(|at| taken[at] = true);
        nodes.push(neuron(&mut graph, &mut draw, &operands)?);
    }
    let left = nodes.iter().zip(&taken).filter(|(_, taken)| !**taken);
    let left: Vec<NodeId> = left.map(|(&node, _)| node).collect();
    let mut squares = Vec::new();
    for output in 0..OUTPUTS {
        let operands: Vec<NodeId> = left.iter().copied().skip(output).step_by(OUTPUTS).collect();
        let value = neuron(&mut graph, &mut draw, &operands)?;
        let target = graph.target(None)?;
        let square = graph.scope(|s| (s.at(value) - s.at(target)).square().id())?;
        squares.push(square);
    }
    let loss = graph.operation(Op::Add, &squares)?;
    graph.add_output("loss", &[loss])?;
    Ok(graph)
}

/// A tanh of a weighted sum and a bias. Sums of many operands have smaller weights, so that values stay
/// where tanh bends.
fn neuron(
    graph: &mut Graph<Op>,
    draw: &mut Draw,
    operands: &[NodeId],
) -> Result<NodeId, WorkloadError> {
    let size = (3.0 / operands.len() as f64).sqrt();
    let node = graph.scope(|s| {
        let mut terms = Vec::with_capacity(operands.len() + 1);
        for &operand in operands {
            let weight = s.parameter(None, size * draw.number(-1.0..1.0));
            terms.push(weight * s.at(operand));
        }
        terms.push(s.parameter(None, draw.number(-0.1..0.1)));
        s.add(terms).tanh().id()
    })?;
    Ok(node)
}
