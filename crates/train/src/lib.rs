#![forbid(unsafe_code)]
//! Training and prediction for `dagrad` graphs.
//!
//! [`MiniBatch`] compiles a graph and trains it by batches. [`PerSample`] is the way of the tutorial that `dagrad` grew
//! out of: one sample at a time, each parameter moved against its gradient after every sample, over the reference
//! sweeps, with a loss in the graph or with a pair of functions beside it. A [`Predictor`] runs what was trained.
//!
//! This crate does not know what any operation does.

mod data;
mod mini_batch;
mod per_sample;
mod predict;

pub use data::Sample;
pub use mini_batch::MiniBatch;
pub use per_sample::{PerSample, TrainError};
pub use predict::{PredictError, Predictor, predict};
