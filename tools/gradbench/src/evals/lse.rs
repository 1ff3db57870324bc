//! The logarithm of a sum of exponentials, of one long vector: a graph with an input for each element.
//!
//! dagrad has it as an operation, which GradBench asks not to use. It is written from its elements, with the greatest
//! one taken off first, so that no exponential overflows. The result does not depend on what is taken off, so no adjoint
//! has to pass the maximum.

use super::Function;
use crate::Failure;
use crate::compile::{SINGLE, only, run};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{Variables, differentiate, lower_outputs};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[("primal", primal), ("gradient", gradient)];

#[derive(Deserialize)]
struct Input {
    x: Vec<f64>,
}

fn graph(n: usize) -> Result<Graph, Failure> {
    let mut g = Graph::new();
    let y = g.scope(|s| {
        let x: Vec<Expr<'_>> = (0..n).map(|_| s.feature(None)).collect();
        let most = s.max(x.iter().copied()).stop_gradient();
        let powers: Vec<Expr<'_>> = x.iter().map(|&x| (x - most).exp()).collect();
        (most + s.add(powers).ln()).id()
    })?;
    g.add_output("y", &[y])?;
    Ok(g)
}

fn primal(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let Input { x } = Input::deserialize(input)?;
    let g = stopwatch.build(|| graph(x.len()))?;
    let program = stopwatch.compile(|| Program::of_outputs(&g, &Layout::new(0), SINGLE))?;
    let y = run(&program, "y", &[], &Batch::of(1, &x), stopwatch)?;
    Ok(json!(only(&y)?))
}

fn gradient(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let Input { x } = Input::deserialize(input)?;
    let g = stopwatch.build(|| graph(x.len()))?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = differentiate(&lower_outputs(&g)?, "y", Variables::Inputs, "gradient")?;
        Ok(Program::compile(&tape, &Layout::new(0), SINGLE)?)
    })?;
    let gradient = run(&program, "gradient", &[], &Batch::of(1, &x), stopwatch)?;
    Ok(json!(gradient))
}
