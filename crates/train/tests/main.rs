//! The tests of training and prediction.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod agreement;
mod mini_batch;
mod per_sample;
mod prediction;
