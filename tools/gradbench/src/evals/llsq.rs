//! Linear least squares: a polynomial against the sign of its argument, over points that are a batch.
//!
//! The coefficients are parameters, so a program for one point gives the mean over all of them. The sum is n times the
//! mean: that n stands in the graph.

use super::Function;
use crate::Failure;
use crate::compile::{BATCH, only, real, run};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{lower, mean_output};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[("primal", primal), ("gradient", gradient)];

#[derive(Deserialize)]
struct Input {
    /// The coefficients, that of the constant first.
    x: Vec<f64>,
    /// The number of points.
    n: usize,
}

/// The points: arguments from −1 to 1, and their signs.
struct Points {
    t: Vec<f64>,
    s: Vec<f64>,
}

/// What one of `n` points adds to the mean: half the square of what is missing between sign and polynomial, times n.
fn graph(n: f64, coefficients: usize) -> Result<(Graph, NodeId), Failure> {
    let mut g = Graph::new();
    let loss = g.scope(|scope| {
        let (t, s) = (scope.feature("t"), scope.target("s"));
        let mut power = scope.constant(1.0);
        let mut terms = Vec::new();
        for _ in 0..coefficients {
            terms.push(scope.parameter(None, 0.0) * power);
            power = power * t;
        }
        let missing = s - scope.add(terms);
        (missing.square() * (n / 2.0)).id()
    })?;
    Ok((g, loss))
}

fn points(n: usize) -> Result<Points, Failure> {
    if n < 2 {
        return Err(format!("there have to be two points or more, not {n}").into());
    }
    let last = real(n)? - 1.0;
    let number = 0..u32::try_from(n)?;
    let t: Vec<f64> = number.map(|i| f64::from(i) * 2.0 / last - 1.0).collect();
    let sign = |&t: &f64| f64::from(i8::from(t > 0.0) - i8::from(t < 0.0));
    let s = t.iter().map(sign).collect();
    Ok(Points { t, s })
}

fn primal(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let Input { x, n } = Input::deserialize(input)?;
    let (points, width) = (points(n)?, real(n)?);
    let (g, loss) = stopwatch.build(|| graph(width, x.len()))?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = mean_output(&lower(&g, &[("loss", &[loss])])?, "loss", "mean")?;
        Ok(Program::compile(&tape, &Layout::new(x.len()), BATCH)?)
    })?;
    let batch = Batch::of(n, &points.t).with_targets(&points.s);
    Ok(json!(only(&run(&program, "mean", &x, &batch, stopwatch)?)?))
}

fn gradient(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let Input { x, n } = Input::deserialize(input)?;
    let (points, width) = (points(n)?, real(n)?);
    let (g, loss) = stopwatch.build(|| graph(width, x.len()))?;
    let program = stopwatch.compile(|| Program::of_loss(&g, loss, &Layout::new(x.len()), BATCH))?;
    let batch = Batch::of(n, &points.t).with_targets(&points.s);
    Ok(json!(run(&program, "gradient", &x, &batch, stopwatch)?))
}
