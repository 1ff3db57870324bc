//! A small expression of two inputs: the example in the README of `micrograd`, with its inputs as inputs.

use super::draw::Draw;
use super::{Precision, Wanted, Workload, WorkloadError};
use dagrad_graph::Graph;
use dagrad_ops::{GraphScope as _, Op};

/// The expression at `a = −4`, `b = 2`, where it is 24.7041, its derivative by `a` 138.8338 and that by `b`
/// 645.5773.
///
/// # Errors
/// None that should ever happen.
pub fn point() -> Result<Workload, WorkloadError> {
    at("tiny_point".to_owned(), 1, vec![-4.0, 2.0])
}

/// The expression at `rows` points near there.
///
/// # Errors
/// None that should ever happen.
pub fn points(rows: usize) -> Result<Workload, WorkloadError> {
    let mut draw = Draw::new(11);
    let point = |_| [draw.number(-4.5..-3.5), draw.number(1.5..2.5)];
    let points = (0..rows).flat_map(point).collect();
    at(format!("tiny_{rows}"), rows, points)
}

fn at(name: String, rows: usize, features: Vec<f64>) -> Result<Workload, WorkloadError> {
    Ok(Workload {
        name,
        graph: expression()?,
        output: "g",
        wanted: Wanted::GradientByFeatures,
        precision: Precision::Double,
        rows,
        features,
        targets: Vec::new(),
    })
}

fn expression() -> Result<Graph<Op>, WorkloadError> {
    let mut graph = Graph::new();
    let g = graph.scope(|s| {
        let (a, b) = (s.feature("a"), s.feature("b"));
        let c = a + b;
        let d = a * b + b.powi(3);
        let c = c + (c + 1.0);
        let c = c + (c + 1.0 + -a);
        let d = d + (d * 2.0 + (b + a).relu());
        let d = d + (3.0 * d + (b - a).relu());
        let e = c - d;
        let f = e.square();
        (f / 2.0 + 10.0 / f).id()
    })?;
    graph.add_output("g", &[g])?;
    Ok(graph)
}
