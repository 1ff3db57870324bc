//! A system of ordinary differential equations, y₀′ = x₀ and yᵢ′ = xᵢ·yᵢ₋₁ from y = 0 at time 0 to time 2, by the classical
//! Runge–Kutta method of order four in equal steps.
//!
//! A loop over the steps builds the graph, with a node for each element of each of the four slopes. What is
//! differentiated is the last element of y at the end, by all of x.

use super::Function;
use crate::Failure;
use crate::compile::real;
use crate::segments::{Segments, Steps};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[("primal", primal), ("gradient", gradient)];

/// The time at the end.
const END: f64 = 2.0;

/// How many elements times steps one graph has at most, each of them about twenty nodes.
const MOST_ELEMENTS: usize = 100_000;

#[derive(Deserialize)]
struct Input {
    x: Vec<f64>,
    /// The number of steps.
    s: usize,
}

/// The slopes at `y`.
fn slopes<'s>(x: &[Expr<'s>], y: &[Expr<'s>]) -> Vec<Expr<'s>> {
    let rest = x.iter().skip(1).zip(y).map(|(&x, &y)| x * y);
    x.first().copied().into_iter().chain(rest).collect()
}

/// `y` moved by `h` times a slope.
fn moved<'s>(y: &[Expr<'s>], h: f64, slope: &[Expr<'s>]) -> Vec<Expr<'s>> {
    y.iter().zip(slope).map(|(&y, &k)| y + k * h).collect()
}

fn steps(n: usize, h: f64, steps: usize) -> Result<Steps, Failure> {
    let mut graph = Graph::new();
    let [start, parameters, end] = graph.scope(|s| {
        let start: Vec<Expr<'_>> = (0..n).map(|_| s.feature(None)).collect();
        let x: Vec<Expr<'_>> = (0..n).map(|_| s.parameter(None, 0.0)).collect();
        let mut y = start.clone();
        for _ in 0..steps {
            let first = slopes(&x, &y);
            let second = slopes(&x, &moved(&y, h / 2.0, &first));
            let third = slopes(&x, &moved(&y, h / 2.0, &second));
            let fourth = slopes(&x, &moved(&y, h, &third));
            for (i, y) in y.iter_mut().enumerate() {
                let sum = s.add([first[i], second[i] * 2.0, third[i] * 2.0, fourth[i]]);
                *y = *y + sum * (h / 6.0);
            }
        }
        [start, x, y].map(|list| list.iter().map(|expr| expr.id()).collect())
    })?;
    Ok(Steps {
        graph,
        start,
        parameters,
        end,
    })
}

fn compile(
    input: &Value,
    with_gradient: bool,
    stopwatch: &mut Stopwatch,
) -> Result<(Segments, usize), Failure> {
    let Input { x, s } = Input::deserialize(input)?;
    if x.is_empty() || s == 0 {
        return Err("there has to be an element and a step".into());
    }
    let (n, h) = (x.len(), END / real(s)?);
    let graph = |length| steps(n, h, length);
    let size = (s, MOST_ELEMENTS / n);
    let segments = Segments::compile(size, &x, with_gradient, graph, stopwatch)?;
    Ok((segments, n))
}

fn primal(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let (mut segments, n) = compile(input, false, stopwatch)?;
    let start = vec![0.0; n];
    Ok(json!(
        stopwatch.evaluate(|| segments.forward(&start, |_| &[]))?
    ))
}

fn gradient(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let (mut segments, n) = compile(input, true, stopwatch)?;
    let start = vec![0.0; n];
    let mut seeds = vec![0.0; n];
    seeds.last_mut().into_iter().for_each(|last| *last = 1.0);
    let gradient = stopwatch.evaluate(|| {
        segments.forward(&start, |_| &[])?;
        segments.backward(&seeds)
    })?;
    Ok(json!(gradient))
}
