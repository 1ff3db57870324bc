//! A network with a wide input, and classifiers in general.

use super::draw::Draw;
use super::{Precision, Wanted, Workload, WorkloadError};
use dagrad_graph::{Graph, NodeId};
use dagrad_nn::{GraphLayers as _, Initializer, Mlp, SoftmaxCrossEntropy};
use dagrad_ops::Op;

const FEATURES: usize = 784;

/// The outputs of each layer.
pub const SIZES: [usize; 3] = [256, 128, 10];

const ROWS: usize = 128;

/// A step of a 784-256-128-10 network of relus over 128 random samples: the cross-entropy of the softmax of
/// its outputs.
///
/// # Errors
/// None that should ever happen.
pub fn wide() -> Result<Workload, WorkloadError> {
    let mut draw = Draw::new(14);
    let features = draw.numbers(ROWS * FEATURES, -1.0..1.0);
    let mut targets = vec![0.0; ROWS * 10];
    for row in targets.chunks_exact_mut(10) {
        row[draw.below(10)] = 1.0;
    }
    Ok(Workload {
        name: "wide".to_owned(),
        graph: classifier(FEATURES, &SIZES)?,
        output: "loss",
        wanted: Wanted::Step(0.01),
        precision: Precision::Single,
        rows: ROWS,
        features,
        targets,
    })
}

/// A network of relus whose last outputs are logits of classes, and its loss.
pub(super) fn classifier(features: usize, sizes: &[usize]) -> Result<Graph<Op>, WorkloadError> {
    let mut graph = Graph::new();
    let features: Result<Vec<NodeId>, _> = (0..features).map(|_| graph.feature(None)).collect();
    let classes = sizes.last().copied().unwrap_or_default();
    let targets: Result<Vec<NodeId>, _> = (0..classes).map(|_| graph.target(None)).collect();
    let net = Mlp::new(sizes)
        .weights(Initializer::KaimingUniform)
        .bias(Initializer::Uniform {
            low: -0.1,
            high: 0.1,
        });
    let logits = graph.mlp("net", &features?, net)?;
    let loss = graph.loss("loss", SoftmaxCrossEntropy, &logits, &targets?)?;
    graph.add_output("loss", &[loss])?;
    graph.expand(7)?;
    Ok(graph)
}
