//! The checks that every answer of every backend has to pass.

use crate::backend::{Agreement, Answer, Backend, Refusal};
use crate::differences::quotient;
use crate::direct::Direct;
use crate::number::Number;
use crate::problem::{Precision, Problem};
use crate::reference::sweep;
use crate::rounding::Bound;
use dagrad_graph::Scalar;
use dagrad_ops::{Float, Tolerance, same_bits};
use std::ops::AddAssign;

/// Runs `backend` on `problem` and checks its answers:
///
/// 1. against the reference sweeps in its scalar type, as its [`Agreement`] says;
/// 2. against the sweeps in `f64`, within what rounding to its scalar type can amount to;
/// 3. against the numbers that the problem expects;
/// 4. [by derivatives](check_derivatives), where it promises the reference's bits.
///
/// # Errors
/// The first complaint.
pub fn check<B: Backend>(backend: &B, problem: &Problem) -> Result<Tally, Complaint> {
    let answers = backend.run(&problem.job())?;
    let mut tally = Tally::default();
    let (factor, exact) = match backend.agreement() {
        Agreement::Bits => (1.0, true),
        Agreement::Rounding(factor) => (factor, false),
    };
    let (outputs, variables) = (problem.outputs().len(), problem.variables().len());
    let whole =
        |answer: &Answer<_>| (answer.values.len(), answer.gradient.len()) == (outputs, variables);
    if answers.len() != problem.samples.len() || !answers.iter().all(whole) {
        return Err(Complaint::Shape(problem.name.clone()));
    }
    if exact {
        let wanted = sweep(&problem.graph, &problem.job::<B::Scalar>())?;
        for (sample, (got, wanted)) in answers.iter().zip(&wanted).enumerate() {
            compare(
                problem,
                sample,
                "the reference sweeps",
                got,
                wanted,
                |got, &wanted| {
                    tally.bits += 1;
                    same_bits(got, wanted)
                        .then_some(())
                        .ok_or_else(|| format!("wanted {wanted:?}"))
                },
            )?;
        }
    }
    let bounds = B::Scalar::bounds(problem)?;
    if problem.oracles || !exact {
        for (sample, (got, bound)) in answers.iter().zip(&bounds).enumerate() {
            compare(
                problem,
                sample,
                "the sweeps in f64",
                got,
                bound,
                |got, bound| within(got.wide(), *bound, factor, &mut tally.bounds),
            )?;
        }
    }
    for (sample, expected) in problem.expected.iter().enumerate() {
        let (got, bounds) = (&answers[sample], &bounds[sample]);
        let gradient = got
            .gradient
            .iter()
            .zip(&bounds.gradient)
            .zip(expected.gradient.iter().flatten());
        let values = got
            .values
            .iter()
            .zip(&bounds.values)
            .zip(expected.values.iter().flatten());
        for (number, ((&got, bound), &wanted)) in values.chain(gradient).enumerate() {
            let right = match problem.precision {
                Precision::Exact if exact => {
                    tally.expected.checked += 1;
                    same_bits(got.wide(), wanted)
                        .then_some(())
                        .ok_or_else(|| format!("wanted {wanted:?}"))
                }
                Precision::Exact | Precision::Rounding => {
                    let bound = Bound {
                        value: wanted,
                        ..*bound
                    };
                    within(got.wide(), bound, factor + 1.0, &mut tally.expected)
                }
            };
            right.map_err(|why| wrong(problem, sample, number, "what is expected", got, why))?;
        }
    }
    if exact && problem.oracles {
        tally += check_derivatives(problem, &answers)?;
    }
    Ok(tally)
}

/// Checks the gradients in `answers` against dual numbers, within [`Tolerance::derivative`], and those in
/// `f64` against central differences too. Samples whose outputs are not all finite are skipped.
///
/// # Errors
/// The first complaint.
pub fn check_derivatives<S: Number>(
    problem: &Problem,
    answers: &[Answer<S>],
) -> Result<Tally, Complaint> {
    let mut tally = Tally::default();
    let direct = Direct::new(problem);
    let variables = problem.variables();
    let outputs = problem.outputs().len();
    for (sample, (inputs, answer)) in problem.samples.iter().zip(answers).enumerate() {
        let leaves = direct.leaves::<S>(inputs);
        let values = direct.values(
            |id| leaves.get(&id).copied().unwrap_or(S::lit(f64::NAN)),
            None,
        );
        for (number, (&got, wanted)) in answer
            .values
            .iter()
            .zip(direct.outputs(&values))
            .enumerate()
        {
            if !same_bits(got, wanted) {
                let why = format!("wanted {wanted:?}");
                return Err(wrong(
                    problem,
                    sample,
                    number,
                    "the direct evaluation",
                    got,
                    why,
                ));
            }
        }
        if answer.values.iter().any(|value| !value.wide().is_finite()) {
            tally.duals.skipped += variables.len();
            continue;
        }
        let wide = direct.leaves::<f64>(inputs);
        let magnitudes = if problem.has_user_operations() {
            tally.duals.skipped += variables.len();
            None
        } else {
            Some(direct.magnitudes(&values, &variables))
        };
        for (at, (&by, &got)) in variables.iter().zip(&answer.gradient).enumerate() {
            if let Some(magnitudes) = &magnitudes {
                let wanted = direct.derivative(&leaves, by);
                tally.duals.checked += 1;
                Tolerance::derivative::<S>()
                    .check(got, wanted, magnitudes[at])
                    .map_err(|why| {
                        let why = format!("wanted {:?}, allowed {:e}", why.wanted, why.allowed);
                        wrong(problem, sample, outputs + at, "dual numbers", got, why)
                    })?;
            }
            // Half the digits of an `f32` are no digits.
            if S::NAME == f64::NAME {
                let Some(quotient) = quotient(&direct, &wide, by) else {
                    tally.differences.skipped += 1;
                    continue;
                };
                let bound = Bound {
                    value: quotient.slope,
                    error: quotient.uncertainty,
                };
                within(got.wide(), bound, 1.0, &mut tally.differences)
                    .map_err(|why| wrong(problem, sample, outputs + at, "differences", got, why))?;
            }
        }
    }
    Ok(tally)
}

/// Whether a number lies within its bound, and a mark in the tally.
fn within(got: f64, bound: Bound, factor: f64, count: &mut Count) -> Result<(), String> {
    match bound.admits(got, factor) {
        None => count.skipped += 1,
        Some(true) => count.checked += 1,
        Some(false) => {
            let Bound { value, error } = bound;
            return Err(format!(
                "wanted {value:?}, allowed {factor} times {error:e}"
            ));
        }
    }
    Ok(())
}

/// Compares an answer with another, number by number.
fn compare<S: Number, T>(
    problem: &Problem,
    sample: usize,
    oracle: &'static str,
    got: &Answer<S>,
    wanted: &Answer<T>,
    mut compare: impl FnMut(S, &T) -> Result<(), String>,
) -> Result<(), Complaint> {
    let values = got.values.iter().zip(&wanted.values);
    let gradient = got.gradient.iter().zip(&wanted.gradient);
    for (number, (&got, wanted)) in values.chain(gradient).enumerate() {
        compare(got, wanted).map_err(|why| wrong(problem, sample, number, oracle, got, why))?;
    }
    Ok(())
}

/// The complaint about the number at this place: the outputs' values come first, then the gradient.
fn wrong(
    problem: &Problem,
    sample: usize,
    number: usize,
    oracle: &'static str,
    got: impl Float,
    why: String,
) -> Complaint {
    let (outputs, variables) = (problem.outputs(), problem.variables());
    let describe = |id| problem.graph.describe(id).unwrap_or_default();
    let place = match outputs.get(number) {
        Some(&id) => format!("the value of {}", describe(id)),
        None => variables
            .get(number - outputs.len())
            .map_or(String::new(), |&id| {
                format!("the gradient by {}", describe(id))
            }),
    };
    Complaint::Number {
        problem: problem.name.clone(),
        sample: format!("{:?}", problem.samples[sample]),
        place,
        oracle,
        difference: format!("got {got:?}, {why}"),
    }
}

/// How many numbers were compared with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// With the bits of the reference sweeps.
    pub bits: usize,
    /// With the sweeps in `f64`; skipped where rounding may do anything.
    pub bounds: Count,
    /// With dual numbers; skipped where a value is not finite.
    pub duals: Count,
    /// With central differences; skipped at kinks and jumps.
    pub differences: Count,
    /// With the numbers that a problem expects.
    pub expected: Count,
}

/// How many numbers were compared, and how many could not be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Those compared.
    pub checked: usize,
    /// Those left alone.
    pub skipped: usize,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.checked += other.checked;
        self.skipped += other.skipped;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.bits += other.bits;
        self.bounds += other.bounds;
        self.duals += other.duals;
        self.differences += other.differences;
        self.expected += other.expected;
    }
}

/// What is wrong with a backend's answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Complaint {
    /// There is none.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It has the wrong number of samples, values or derivatives.
    #[error("{0}: the answers do not have the shape of the problem")]
    Shape(String),
    /// A number in it is wrong.
    #[error("{problem}, {sample}: {place} against {oracle}: {difference}")]
    Number {
        /// The problem's name.
        problem: String,
        /// The sample.
        sample: String,
        /// Which number.
        place: String,
        /// What it was compared with.
        oracle: &'static str,
        /// How it differs.
        difference: String,
    },
}
