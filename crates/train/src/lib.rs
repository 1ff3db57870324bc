#![forbid(unsafe_code)]
//! Training and prediction for `dagrad` graphs.
//!
//! So far the way of the tutorial that `dagrad` grew out of: one sample at a time, each parameter moved
//! against its gradient after every sample, over the reference sweeps. [`PerSample`] trains with a loss
//! in the graph or with a pair of functions beside it; a [`Predictor`] runs what was trained.
//!
//! This crate does not know which operations exist.

mod data;
mod per_sample;
mod predict;

pub use data::Sample;
pub use per_sample::{PerSample, TrainError};
pub use predict::{PredictError, Predictor, predict};
