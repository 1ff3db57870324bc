//! The reference sweeps as a backend: the first, and the one that the others are compared with.

use crate::backend::{Agreement, Answer, Backend, Job, Refusal};
use crate::number::Number;
use crate::problem::Sample;
use dagrad_graph::{Evaluate, EvaluationError, Evaluator, Graph, Scalar};
use std::marker::PhantomData;

/// The reference sweeps in the scalar type `S`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reference<S>(PhantomData<S>);

impl<S> Reference<S> {
    /// The backend.
    #[must_use]
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<S: Number> Backend for Reference<S> {
    type Scalar = S;

    fn name(&self) -> String {
        format!("reference sweeps in {}", S::NAME)
    }

    fn agreement(&self) -> Agreement {
        Agreement::Bits
    }

    fn declines(&self) -> &[(&'static str, &'static str)] {
        if S::SUPPORTS_USER_OPERATIONS {
            &[]
        } else {
            &[("cases::user_operation", "does not run in f32")]
        }
    }

    fn run(&self, job: &Job<'_, S>) -> Result<Vec<Answer<S>>, Refusal> {
        sweep(job.graph, job)
    }
}

/// Runs the reference sweeps over any scalar: floats, dual numbers, or numbers that carry a bound of
/// their error. `graph` is the job's own, or has operations of another type in its place, and then the
/// job has to name its nodes.
///
/// # Errors
/// [`Refusal::Declined`] where an operation does not run over this scalar, [`Refusal::Failed`] where
/// anything else is wrong.
pub fn sweep<S: Scalar, O: Evaluate<S>>(
    graph: &Graph<O>,
    job: &Job<'_, S>,
) -> Result<Vec<Answer<S>>, Refusal> {
    let mut evaluator = Evaluator::new(graph);
    let seeds: Vec<_> = job
        .outputs
        .iter()
        .copied()
        .zip(job.seeds.iter().copied())
        .collect();
    let mut answer = |sample: &Sample<S>| -> Result<_, EvaluationError> {
        let Sample { features, targets } = sample;
        evaluator.set_features(graph, features)?;
        evaluator.set_targets(graph, targets)?;
        evaluator.reverse(graph, &seeds)?;
        let values = job.outputs.iter().map(|&id| evaluator.value(id));
        let gradient = job.variables.iter().map(|&id| evaluator.adjoint(id));
        Ok(Answer {
            values: values.collect::<Result<_, _>>()?,
            gradient: gradient.collect::<Result<_, _>>()?,
        })
    };
    let answers: Result<_, _> = job.samples.iter().map(&mut answer).collect();
    answers.map_err(|error: EvaluationError| match error {
        EvaluationError::Unsupported { .. } => Refusal::Declined(error.to_string()),
        error => Refusal::Failed(error.to_string()),
    })
}
