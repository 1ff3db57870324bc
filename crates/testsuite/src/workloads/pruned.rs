//! A layered network most edges of which are gone, and the same network with all of them.

use super::draw::Draw;
use super::{Precision, Wanted, Workload, WorkloadError};
use dagrad_graph::{Graph, NodeId};
use dagrad_nn::{GraphLayers as _, MeanSquared};
use dagrad_ops::{GraphScope as _, Op};

const FEATURES: usize = 64;
const HIDDEN: usize = 64;
const OUTPUTS: usize = 16;

/// One in so many edges stays.
const KEPT: usize = 10;

/// The mean squared error of a 64-64-16 network of relus, of the edges of which a tenth is left, over 256
/// random samples.
///
/// # Errors
/// None that should ever happen.
pub fn pruned() -> Result<Workload, WorkloadError> {
    let mut draw = Draw::new(18);
    let first = left_over(&mut draw, FEATURES, HIDDEN);
    let second = left_over(&mut draw, HIDDEN, OUTPUTS);
    workload("pruned", [&first, &second])
}

/// The same before anything was pruned.
///
/// # Errors
/// None that should ever happen.
pub fn full() -> Result<Workload, WorkloadError> {
    let all = |inputs: usize, outputs: usize| vec![(0..inputs).collect::<Vec<_>>(); outputs];
    workload(
        "pruned_full",
        [&all(FEATURES, HIDDEN), &all(HIDDEN, OUTPUTS)],
    )
}

fn workload(name: &str, layers: [&[Vec<usize>]; 2]) -> Result<Workload, WorkloadError> {
    let rows = 256;
    let mut draw = Draw::new(19);
    Ok(Workload {
        name: name.to_owned(),
        graph: network(layers)?,
        output: "loss",
        wanted: Wanted::GradientByParameters,
        precision: Precision::Single,
        rows,
        features: draw.numbers(rows * FEATURES, -1.0..1.0),
        targets: draw.numbers(rows * OUTPUTS, -1.0..1.0),
    })
}

/// The inputs that each output of a layer keeps, in order. Every input keeps an edge where there are edges
/// enough, and every output does, so that nothing of the network is without effect.
fn left_over(draw: &mut Draw, inputs: usize, outputs: usize) -> Vec<Vec<usize>> {
    let mut kept = vec![Vec::new(); outputs];
    let mut left = inputs * outputs / KEPT;
    let mut keep = |input: usize, output: usize| {
        let edges: &mut Vec<usize> = &mut kept[output];
        let is_new = left > 0 && !edges.contains(&input);
        if is_new {
            edges.push(input);
            left -= 1;
        }
        left > 0
    };
    for number in 0..inputs.max(outputs) {
        keep(number % inputs, number % outputs);
    }
    while keep(draw.below(inputs), draw.below(outputs)) {}
    kept.iter_mut().for_each(|edges| edges.sort_unstable());
    kept
}

fn network(layers: [&[Vec<usize>]; 2]) -> Result<Graph<Op>, WorkloadError> {
    let mut draw = Draw::new(20);
    let mut graph = Graph::new();
    let features: Result<Vec<NodeId>, _> = (0..FEATURES).map(|_| graph.feature(None)).collect();
    let targets: Result<Vec<NodeId>, _> = (0..OUTPUTS).map(|_| graph.target(None)).collect();
    let mut values = features?;
    for (layer, neurons) in layers.into_iter().enumerate() {
        let mut sums = Vec::with_capacity(neurons.len());
        for inputs in neurons {
            let size = (6.0 / inputs.len() as f64).sqrt();
            sums.push(graph.scope(|s| {
                let mut terms = Vec::with_capacity(inputs.len() + 1);
                for &input in inputs {
                    let weight = s.parameter(None, size * draw.number(-1.0..1.0));
                    terms.push(weight * s.at(values[input]));
                }
                terms.push(s.parameter(None, draw.number(-0.1..0.1)));
                let sum = s.add(terms);
                let is_hidden = layer == 0;
                if is_hidden { sum.relu() } else { sum }.id()
            })?);
        }
        values = sums;
    }
    let loss = graph.loss("loss", MeanSquared, &values, &targets?)?;
    graph.add_output("loss", &[loss])?;
    graph.expand(7)?;
    Ok(graph)
}
