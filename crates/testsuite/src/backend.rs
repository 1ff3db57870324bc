//! What the suite asks of whatever computes values and gradients.

use crate::number::Number;
use crate::problem::Sample;
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::Op;

/// Something that computes the values and gradients of a graph, such as the reference sweeps, or a
/// program compiled at some number of lanes.
///
/// ```
/// use dagrad_testsuite::backend::{Agreement, Answer, Backend, Job, Refusal};
/// use dagrad_testsuite::reference::sweep;
///
/// struct Sweeps;
///
/// impl Backend for Sweeps {
///     type Scalar = f64;
///
///     fn name(&self) -> String {
///         "the reference sweeps".to_owned()
///     }
///
///     fn agreement(&self) -> Agreement {
///         Agreement::Bits
///     }
///
///     fn run(&self, job: &Job<'_, f64>) -> Result<Vec<Answer<f64>>, Refusal> {
///         sweep(job.graph, job)
///     }
/// }
/// ```
///
/// Its test file is then [`suite!`](crate::suite!) and its name.
pub trait Backend {
    /// What it computes in.
    type Scalar: Number;

    /// What complaints call it.
    fn name(&self) -> String;

    /// How near it comes to the reference sweeps in its scalar type.
    fn agreement(&self) -> Agreement;

    /// The rows that it declines, each with words that the reason given holds. A row that declines
    /// and is not listed here fails, and so does one that is listed and runs.
    fn declines(&self) -> &[(&'static str, &'static str)] {
        &[]
    }

    /// Why it cannot run on this machine, if so: a SIMD level that the machine lacks. Every row then
    /// passes and says why it did.
    fn unavailable(&self) -> Option<String> {
        None
    }

    /// The answer to each sample of `job`.
    ///
    /// # Errors
    /// Where it declines the job, or fails at it.
    fn run(&self, job: &Job<'_, Self::Scalar>) -> Result<Vec<Answer<Self::Scalar>>, Refusal>;
}

/// What a backend has to compute.
#[derive(Clone, Debug)]
pub struct Job<'g, S> {
    /// The graph. Parameters have the values that they have in it.
    pub graph: &'g Graph<Op>,
    /// The samples, each to be answered by itself.
    pub samples: Vec<Sample<S>>,
    /// The nodes whose values are wanted. A node may be there twice.
    pub outputs: Vec<NodeId>,
    /// The adjoint that each of `outputs` starts from.
    pub seeds: Vec<S>,
    /// The nodes by which the gradient of the sum of `seed · output` is wanted: inputs and parameters.
    pub variables: Vec<NodeId>,
}

/// What comes of one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<S> {
    /// The value of each of the job's outputs.
    pub values: Vec<S>,
    /// The derivative by each of the job's variables; zero where no output depends on it.
    pub gradient: Vec<S>,
}

/// How near a backend comes to the reference sweeps in its scalar type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Agreement {
    /// The same bits; all NaNs are equal.
    Bits,
    /// Within so many times what rounding errors can amount to: see [`rounding`](crate::rounding).
    Rounding(f64),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The backend does not do such things.
    #[error("declined: {0}")]
    Declined(String),
    /// It went wrong.
    #[error("failed: {0}")]
    Failed(String),
}
