//! The determinant of a matrix by expansion by minors.
//!
//! Written out as a tree, the expansion of ℓ rows has ℓ! products. As a graph it shares its minors: the minor of the last
//! k rows and some k columns is one node, whichever of the expansions above it asks for it. That leaves ℓ·2^(ℓ−1)
//! products, and as many in each of the two halves of the gradient.

use super::Function;
use crate::Failure;
use crate::compile::{SINGLE, only, run};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{Variables, differentiate, lower_outputs};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] = &[("primal", primal), ("gradient", gradient)];

/// The most rows that are expanded: a million products.
const MOST_ROWS: usize = 17;

#[derive(Deserialize)]
struct Input {
    /// The matrix, row after row.
    #[serde(rename = "A")]
    a: Vec<f64>,
    /// The number of rows.
    ell: usize,
}

fn graph(rows: usize) -> Result<Graph, Failure> {
    let mut g = Graph::new();
    let determinant = g.scope(|s| {
        let a: Vec<Expr<'_>> = (0..rows * rows).map(|_| s.feature(None)).collect();
        // The minor of each set of columns, which is a number with a bit for each of them: so many last rows as there
        // are columns in the set. Each follows those that it is made of, which lack a column.
        let mut minors = vec![s.constant(1.0)];
        for columns in 1_usize..1 << rows {
            let row = rows - columns.count_ones() as usize;
            let mut sign = 1.0;
            let mut terms = Vec::new();
            for column in (0..rows).filter(|column| columns >> column & 1 == 1) {
                let product = a[row * rows + column] * minors[columns & !(1 << column)];
                terms.push(if sign > 0.0 { product } else { -product });
                sign = -sign;
            }
            minors.push(s.add(terms));
        }
        minors
            .last()
            .map_or_else(NodeId::dangling, |last| last.id())
    })?;
    g.add_output("determinant", &[determinant])?;
    Ok(g)
}

fn read(input: &Value) -> Result<Input, Failure> {
    let input = Input::deserialize(input)?;
    let (rows, got) = (input.ell, input.a.len());
    if rows == 0 || rows > MOST_ROWS {
        return Err(format!("one to {MOST_ROWS} rows can be expanded, not {rows}").into());
    }
    if got != rows * rows {
        return Err(format!("the matrix has {got} elements, not {rows}²").into());
    }
    Ok(input)
}

fn primal(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let Input { a, ell } = read(input)?;
    let g = stopwatch.build(|| graph(ell))?;
    let program = stopwatch.compile(|| Program::of_outputs(&g, &Layout::new(0), SINGLE))?;
    let determinant = run(&program, "determinant", &[], &Batch::of(1, &a), stopwatch)?;
    Ok(json!(only(&determinant)?))
}

fn gradient(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let Input { a, ell } = read(input)?;
    let g = stopwatch.build(|| graph(ell))?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = lower_outputs(&g)?;
        let tape = differentiate(&tape, "determinant", Variables::Inputs, "gradient")?;
        Ok(Program::compile(&tape, &Layout::new(0), SINGLE)?)
    })?;
    let gradient = run(&program, "gradient", &[], &Batch::of(1, &a), stopwatch)?;
    Ok(json!(gradient))
}
