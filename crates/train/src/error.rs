//! What can go wrong in training.

use crate::predict::listed;
use dagrad_graph::{EditError, EvaluationError, KeyError};

/// Why training stopped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there is no data to train on")]
    NoData,
    /// The data hold a NaN or an infinity.
    #[error(
        "row {row}, {table} {column} is {value}, both counted from 0; `allow_non_finite` lets it pass"
    )]
    NotFinite {
        /// The sample's number.
        row: usize,
        /// `feature` or `target`.
        table: &'static str,
        /// The number among the sample's features or targets.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// No output has this name.
    #[error("there is no output {name:?}; there is: {}", listed(.known))]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
        /// The outputs' names.
        known: Vec<String>,
    },
    /// The loss is no node of this graph.
    #[error(transparent)]
    Loss(KeyError),
    /// A sample cannot be run.
    #[error("sample {sample}: {error}")]
    Sample {
        /// The sample's number, counted from 0.
        sample: usize,
        /// What is wrong with it.
        error: EvaluationError,
    },
    /// A learning rate was given to what is no parameter of this graph.
    #[error("a learning rate was given to what is no parameter: {0}")]
    Rate(EditError),
    /// A vector of parameters is another graph's.
    #[error("the graph has {wanted} parameters, the vector {got}")]
    Parameters {
        /// How many the graph has.
        wanted: usize,
        /// How many the vector has.
        got: usize,
    },
    /// The graph cannot be compiled.
    #[error(transparent)]
    Compile(#[from] dagrad_exec::CompileError),
    /// A batch cannot be run.
    #[error(transparent)]
    Run(#[from] dagrad_exec::RunError),
    /// A learning rate is a NaN or an infinity.
    #[error("the learning rate of {node} is {rate}")]
    RateNotFinite {
        /// The parameter, as the listing shows it.
        node: String,
        /// The rate.
        rate: f64,
    },
}
