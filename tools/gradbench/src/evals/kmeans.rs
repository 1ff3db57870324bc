//! Means that stand for clusters: the sum, over points, of the squared distance to the nearest centroid, and a Newton step
//! on it.
//!
//! The graph is for one point, points are a batch, centroids are parameters. The Hessian is diagonal, so its product
//! with a vector of ones is that diagonal: one directional derivative of the gradient, in a program that gives both.

use super::Function;
use crate::Failure;
use crate::compile::{BATCH, flatten, only, parameters_in, real, rows_of, run};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{Variables, differentiate_mean, directional_derivative, lower, mean_output};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[("cost", cost), ("dir", direction)];

#[derive(Deserialize)]
struct Input {
    points: Vec<Vec<f64>>,
    centroids: Vec<Vec<f64>>,
}

struct Problem {
    /// The number of points.
    n: usize,
    /// The number of dimensions.
    d: usize,
    /// The number of centroids.
    k: usize,
    points: Vec<f64>,
    centroids: Vec<f64>,
}

impl Problem {
    fn read(input: &Value) -> Result<Self, Failure> {
        let Input { points, centroids } = Input::deserialize(input)?;
        let d = points.first().map_or(0, Vec::len);
        if d == 0 || centroids.is_empty() {
            return Err("there have to be a point, a centroid and a dimension".into());
        }
        Ok(Self {
            n: points.len(),
            d,
            k: centroids.len(),
            points: flatten(&points, d, "points")?,
            centroids: flatten(&centroids, d, "centroids")?,
        })
    }

    /// What one point adds to the mean: n times the least of its squared distances.
    fn graph(&self) -> Result<(Graph, NodeId), Failure> {
        let n = real(self.n)?;
        let mut g = Graph::new();
        let loss = g.scope(|s| {
            let point: Vec<Expr<'_>> = (0..self.d).map(|_| s.feature(None)).collect();
            let mut distances = Vec::new();
            for _ in 0..self.k {
                let squares = point.iter().map(|&x| (x - s.parameter(None, 0.0)).square());
                distances.push(s.add(squares.collect::<Vec<_>>()));
            }
            (s.min(distances) * n).id()
        })?;
        Ok((g, loss))
    }

    fn batch(&self) -> Batch<'_, f64> {
        Batch::of(self.n, &self.points)
    }
}

fn cost(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let (g, loss) = stopwatch.build(|| problem.graph())?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = mean_output(&lower(&g, &[("loss", &[loss])])?, "loss", "mean")?;
        Ok(Program::compile(
            &tape,
            &Layout::new(problem.centroids.len()),
            BATCH,
        )?)
    })?;
    let mean = run(
        &program,
        "mean",
        &problem.centroids,
        &problem.batch(),
        stopwatch,
    )?;
    Ok(json!(only(&mean)?))
}

fn direction(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let (g, loss) = stopwatch.build(|| problem.graph())?;
    let layout = Layout::new(problem.centroids.len());
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = lower(&g, &[("loss", &[loss])])?;
        let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient")?;
        let tape = directional_derivative(&tape, "gradient", Variables::Parameters, "curvature")?;
        Ok(Program::compile(&tape, &layout, BATCH)?)
    })?;
    let ones = vec![1.0; problem.centroids.len()];
    let batch = problem.batch().with_direction(&ones);
    let mut workspace = program.workspace();
    let steps = stopwatch.evaluate(|| -> Result<Vec<f64>, Failure> {
        let parameters = parameters_in(&layout, &problem.centroids)?;
        program.run(&mut workspace, &parameters, &batch)?;
        let gradient = workspace.mean(&program, "gradient").unwrap_or_default();
        let curvature = workspace.mean(&program, "curvature").unwrap_or_default();
        let steps = gradient.iter().zip(curvature);
        Ok(steps.map(|(first, second)| first / second).collect())
    })?;
    Ok(json!(rows_of(&steps, problem.d)))
}
