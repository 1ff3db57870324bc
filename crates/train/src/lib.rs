#![forbid(unsafe_code)]
//! Training and prediction for `dagrad` graphs.
//!
//! [`MiniBatch`] trains by batches. [`PerSample`] is the way of the tutorial that `dagrad` grew out of: one sample at a
//! time, each parameter moved against its gradient after every sample, with a loss in the graph or with a pair of
//! functions beside it. Both compile the graph to [programs](dagrad_exec); [`Sweeps`] trains per sample over the
//! reference sweeps, to the same bits. A [`Predictor`] runs what was trained.
//!
//! Who writes a loop of his own takes [`parameters_of`] a graph, runs programs with them, and
//! [stores](store_parameters) what was learnt.
//!
//! This crate does not know what any operation does.

mod data;
mod error;
mod mini_batch;
mod per_sample;
mod predict;
mod refuse;
mod sweeps;
mod weights;

pub use data::Sample;
pub use error::TrainError;
pub use mini_batch::MiniBatch;
pub use per_sample::PerSample;
pub use predict::{PredictError, Predictor, predict};
pub use sweeps::Sweeps;
pub use weights::{parameters_of, store_parameters};
