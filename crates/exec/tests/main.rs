//! The tests of programs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod depth;
mod derivatives;
mod fast_means;
mod layouts;
mod means;
mod refusals;
mod sizes;
mod threads;
mod traces;
mod users;
