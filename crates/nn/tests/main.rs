//! The tests of layers, losses and initialisers.
//!
//! `support` evaluates a macro at given operands, by both reference sweeps and by dual numbers; the tests
//! compare that with formulas of their own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod support;

mod initializers;
mod streams;

mod activations;
mod linear;
mod mlp;
mod own_macro;
mod softmax;
mod tied;

mod losses;
mod losses_of_logits;

mod listings;
mod refusals;
mod round_trip;
