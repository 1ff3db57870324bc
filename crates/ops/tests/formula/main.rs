//! Formulas of all operations: they mean what the graph computes, to a published expression crate and to a
//! grammar of our own, and have no parentheses to spare.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod evaluation;
mod grammar;
mod random;

mod precedence;
mod snapshots;
mod values;
