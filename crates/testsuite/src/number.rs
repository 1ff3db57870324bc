//! The floats that backends compute in.

use crate::backend::{Answer, Refusal};
use crate::problem::Problem;
use crate::reference::sweep;
use crate::rounding::{Bound, Rounded};
use dagrad_graph::Scalar;
use dagrad_ops::{Float, Real};

/// `f32` or `f64`: what the operations run over, the sweeps run over and the comparator compares.
pub trait Number: Real + Float + Scalar + Send + Sync {
    /// What rounding to this type can do to each number of the answers to `problem`.
    ///
    /// # Errors
    /// Where the sweeps cannot run.
    fn bounds(problem: &Problem) -> Result<Vec<Answer<Bound>>, Refusal>;
}

impl Number for f32 {
    fn bounds(problem: &Problem) -> Result<Vec<Answer<Bound>>, Refusal> {
        bounds_of::<24>(problem)
    }
}

impl Number for f64 {
    fn bounds(problem: &Problem) -> Result<Vec<Answer<Bound>>, Refusal> {
        bounds_of::<53>(problem)
    }
}

fn bounds_of<const DIGITS: i32>(problem: &Problem) -> Result<Vec<Answer<Bound>>, Refusal> {
    let answers = sweep::<Rounded<DIGITS>, _>(&problem.graph, &problem.job())?;
    let bounds = |numbers: Vec<Rounded<DIGITS>>| numbers.into_iter().map(Rounded::bound).collect();
    let answer = |Answer { values, gradient }| Answer {
        values: bounds(values),
        gradient: bounds(gradient),
    };
    Ok(answers.into_iter().map(answer).collect())
}
