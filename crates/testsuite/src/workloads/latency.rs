//! Small networks of which one prediction is wanted at once.

use super::draw::Draw;
use super::{Precision, Wanted, Workload, WorkloadError};
use dagrad_graph::{Graph, NodeId};
use dagrad_nn::{GraphLayers as _, Initializer, Mlp};

/// The features and the outputs of both layers of each network.
pub const SIZES: [[usize; 3]; 4] = [[8, 8, 2], [16, 16, 4], [32, 32, 8], [64, 64, 16]];

/// The outputs of a network of these [`SIZES`] for one sample: a layer of relus and one without activation.
///
/// # Errors
/// None that should ever happen.
pub fn forward(sizes: [usize; 3]) -> Result<Workload, WorkloadError> {
    let [inputs, hidden, outputs] = sizes;
    let mut graph = Graph::new();
    let features: Result<Vec<NodeId>, _> = (0..inputs).map(|_| graph.feature(None)).collect();
    let net = Mlp::new([hidden, outputs])
        .weights(Initializer::KaimingUniform)
        .bias(Initializer::Uniform {
            low: -0.1,
            high: 0.1,
        });
    let values = graph.mlp("net", &features?, net)?;
    graph.add_output("y", &values)?;
    graph.expand(7)?;
    Ok(Workload {
        name: format!("latency_{inputs}_{hidden}_{outputs}"),
        graph,
        output: "y",
        wanted: Wanted::Values,
        precision: Precision::Single,
        rows: 1,
        features: Draw::new(17).numbers(inputs, -1.0..1.0),
        targets: Vec::new(),
    })
}
