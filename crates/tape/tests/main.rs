//! The tests of the tape.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod random;
mod support;

mod text;
mod text_malformed;
mod text_mutated;

mod lowering;

mod formula;

mod interpreting;
mod jacobians;

mod derivatives;
mod directions;
mod second_derivatives;
mod suite;

mod depth;
mod means;
mod passes;
