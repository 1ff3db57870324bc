//! Two interleaved half-moons, told apart by a small network.

use super::draw::Draw;
use super::{Precision, Wanted, Workload, WorkloadError};
use dagrad_graph::{Graph, NodeId};
use dagrad_nn::{GraphLayers as _, Hinge, Mlp};
use dagrad_ops::GraphScope as _;
use std::f64::consts::PI;

/// How much the squares of the parameters count beside the loss.
pub const PENALTY: f64 = 1e-4;

/// The outputs of each layer; there are two features.
pub const SIZES: [usize; 3] = [16, 16, 1];

/// A step of a 2-16-16-1 network of relus, 337 parameters, over 100 points: the hinge loss for targets
/// of −1 and 1, and [`PENALTY`] times the sum of the squares of all parameters.
///
/// # Errors
/// None that should ever happen.
pub fn step() -> Result<Workload, WorkloadError> {
    let mut graph = Graph::new();
    let features = [graph.feature("x")?, graph.feature("y")?];
    let target = graph.target("side")?;
    let scores = graph.mlp("net", &features, Mlp::new(SIZES))?;
    let hinge = graph.loss("hinge", Hinge, &scores, &[target])?;
    graph.expand(7)?;
    let parameters: Vec<NodeId> = graph.parameters().collect();
    let loss = graph.scope(|s| {
        let squares: Vec<_> = parameters.iter().map(|&id| s.at(id).square()).collect();
        (s.at(hinge) + PENALTY * s.add(squares)).id()
    })?;
    graph.add_output("loss", &[loss])?;
    let (features, targets) = points(100);
    Ok(Workload {
        name: "moons".to_owned(),
        graph,
        output: "loss",
        wanted: Wanted::Step(0.1),
        precision: Precision::Double,
        rows: targets.len(),
        features,
        targets,
    })
}

/// So many points on two half-circles, every other one on the second, with some noise; and their sides.
fn points(rows: usize) -> (Vec<f64>, Vec<f64>) {
    let mut draw = Draw::new(12);
    let (mut features, mut targets) = (Vec::new(), Vec::new());
    for row in 0..rows {
        let (sin, cos) = (PI * draw.number(0.0..1.0)).sin_cos();
        let (x, y, side) = if row % 2 == 0 {
            (cos, sin, -1.0)
        } else {
            (1.0 - cos, 0.5 - sin, 1.0)
        };
        features.extend([x, y].map(|at| at + 0.1 * draw.nearly_normal()));
        targets.push(side);
    }
    (features, targets)
}
