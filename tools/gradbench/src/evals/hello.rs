//! The square of a number, and its derivative: the smallest problem, to see that messages are answered.

use super::Function;
use crate::Failure;
use crate::compile::{SINGLE, only, run};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{Variables, differentiate, lower_outputs};
use serde::Deserialize as _;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[("square", square), ("double", double)];

fn graph() -> Result<Graph, Failure> {
    let mut g = Graph::new();
    let x = g.feature("x")?;
    let y = g.square(x)?;
    g.add_output("y", &[y])?;
    Ok(g)
}

fn square(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let x = f64::deserialize(input)?;
    let g = stopwatch.build(graph)?;
    let program = stopwatch.compile(|| Program::of_outputs(&g, &Layout::new(0), SINGLE))?;
    let y = run(&program, "y", &[], &Batch::of(1, &[x]), stopwatch)?;
    Ok(json!(only(&y)?))
}

fn double(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let x = f64::deserialize(input)?;
    let g = stopwatch.build(graph)?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = differentiate(&lower_outputs(&g)?, "y", Variables::Inputs, "derivative")?;
        Ok(Program::compile(&tape, &Layout::new(0), SINGLE)?)
    })?;
    let derivative = run(&program, "derivative", &[], &Batch::of(1, &[x]), stopwatch)?;
    Ok(json!(only(&derivative)?))
}
