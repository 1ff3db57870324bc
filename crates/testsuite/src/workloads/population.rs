//! Small graphs of every form, as a search for a network's form meets them.

use super::WorkloadError;
use super::draw::Draw;
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::{GraphScope as _, Op};

/// How many features each graph has. It has one target.
pub const FEATURES: usize = 4;

/// The least and the greatest number of nodes.
pub const NODES: std::ops::RangeInclusive<usize> = 20..=60;

/// So many graphs: features, a target, parameters, operations of one or two of them, and the squared error of the last
/// operation as the output `loss`.
///
/// # Errors
/// None that should ever happen.
pub fn graphs(count: usize) -> Result<Vec<Graph<Op>>, WorkloadError> {
    let mut draw = Draw::new(31);
    (0..count).map(|_| graph(&mut draw)).collect()
}

/// So many rows of features and of targets.
#[must_use]
pub fn rows(count: usize) -> (Vec<f64>, Vec<f64>) {
    let mut draw = Draw::new(32);
    (
        draw.numbers(count * FEATURES, -1.0..1.0),
        draw.numbers(count, -1.0..1.0),
    )
}

fn graph(draw: &mut Draw) -> Result<Graph<Op>, WorkloadError> {
    let mut graph = Graph::new();
    let (least, most) = NODES.into_inner();
    let nodes = least + 1 + draw.below(most - least);
    let target = graph.target("t")?;
    let mut values = Vec::new();
    for _ in 0..FEATURES {
        values.push(graph.feature(None)?);
    }
    // The next one takes two nodes at most, and so does the error.
    while graph.len() + 4 <= nodes {
        values.push(value(&mut graph, draw, &values)?);
    }
    let last = values[values.len() - 1];
    let loss = graph.scope(|s| (s.at(last) - s.at(target)).square().id())?;
    graph.add_output("loss", &[loss])?;
    Ok(graph)
}

/// An operation of the newest value, so that the output needs all of them, and of any other or of a parameter.
fn value(
    graph: &mut Graph<Op>,
    draw: &mut Draw,
    values: &[NodeId],
) -> Result<NodeId, WorkloadError> {
    const ONE: [Op; 4] = [Op::Tanh, Op::Sin, Op::Sigmoid, Op::Relu];
    const TWO: [Op; 4] = [Op::Add, Op::Mul, Op::Sub, Op::Max];
    let newest = values[values.len() - 1];
    let other = match draw.below(3) {
        0 => return Ok(graph.operation(ONE[draw.below(ONE.len())].clone(), &[newest])?),
        1 => graph.parameter(None, draw.number(-1.0..1.0))?,
        _ => values[draw.below(values.len())],
    };
    let operation = TWO[draw.below(TWO.len())].clone();
    Ok(graph.operation(operation, &[newest, other])?)
}
