//! The tests of the graph, over a toy set of operations: the graph knows no others.
//!
//! Most tests start from a listing and read as a claim about it. `toy` has the operations, `random`
//! the graphs that properties are checked on.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod random;
mod toy;

mod building;
mod keys;
mod order;

mod additions;
mod editing;
mod random_edits;
mod refusals;

mod dot;
mod formula;

mod text;
mod text_malformed;
mod text_mutated;

mod adjoints;
mod caching;
mod sweeps;

mod macros;
mod macros_editing;
mod macros_random;
mod macros_staging;

mod depth;
mod width;
