//! What programs are measured against: the same work, written by hand for the one workload.
//!
//! Gradients are derived by hand, data lie as it suits the kernel, and nothing is computed that is not needed. Each
//! kernel is written once, over [vectors](vector::Vector) of any width.

#![allow(
    unsafe_code,
    reason = "vectors of the processor, and tables without a check of each index"
)]

#[expect(
    clippy::too_many_arguments,
    reason = "a kernel takes the shape and the place of each of its matrices"
)]
mod dense;
mod math;
mod sparse;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

mod classifier;
mod irregular_sample;
mod latency;
mod layered;
mod moons;
mod sparse_batch;
mod tiny;

mod peak;

pub(crate) use classifier::Classifier;
pub(crate) use irregular_sample::IrregularSample;
pub(crate) use latency::Prediction;
pub(crate) use layered::Layered;
pub(crate) use moons::Moons;
pub(crate) use sparse::Network;
pub(crate) use sparse_batch::{Relu, SparseBatch, Tanh};
pub(crate) use tiny::{TinyPoint, TinyPoints};

pub(crate) use peak::Peak;
