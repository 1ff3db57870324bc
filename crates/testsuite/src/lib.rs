//! The one test suite that every backend runs.
//!
//! The reference sweeps define what a graph means. Whatever else computes values and gradients, in whatever
//! precision, order or number of lanes, has to mean the same, and here is how it shows that it does.
//!
//! # The tour
//!
//! A [`Backend`](backend::Backend) answers a [`Job`](backend::Job): a graph, samples, seeds, and the variables
//! that gradients are taken by. It says how near it comes to the sweeps: to the [bit](backend::Agreement::Bits), or
//! within a multiple of what [rounding](backend::Agreement::Rounding) can amount to. Its test file is
//!
//! ```
//! use dagrad_testsuite::{reference::Reference, suite};
//!
//! suite! {
//!     sweeps_f64 = Reference::<f64>::new();
//!     sweeps_f32 = Reference::<f32>::new();
//! }
//! # fn main() {}
//! ```
//!
//! which makes a test of each *row*, such as `sweeps_f32::operations::tanh`. The rows come from three places, as
//! [`Problem`](problem::Problem)s:
//!
//! | rows | from |
//! |---|---|
//! | one for each operation | the list of operations, in [`operation_rows`], over [`samples`] |
//! | one for each case file | `cases/*.txt`, read by [`cases`], with numbers that were derived elsewhere |
//! | random graphs, with macros and without | [`strategies`], which draw, shrink and print them |
//!
//! [`check`](check::check) compares each answer, number by number, with up to five others: the
//! [reference sweeps](mod@reference) in the same type; the sweeps in `f64`, within a running bound of the [rounding]
//! errors; the numbers in the case file; dual numbers over a [second evaluator](direct), which knows neither the sweeps nor
//! any contribution; and central [differences].
//!
//! Who watches the suite? [`mutation`] makes operations wrong, [`sabotage`] puts them into a backend, and tests
//! see the checks complain. [`translate`] is for other backends that are nearly the sweeps. [`derivatives`] checks
//! single operations, before any graph is involved.
//!
//! Tests are deterministic, and take some seconds in all. `PROPTEST_CASES=100000` runs more random graphs, `PROPTEST_RNG_SEED=7` others.
//!
//! [`workloads`] are larger graphs with their data, for benches as well.
//!
//! [`allocator`] counts allocations, for tests and benches that promise how few there are.

pub mod backend;
pub mod problem;

pub mod number;
pub mod reference;

pub mod direct;

pub mod differences;
pub mod rounding;

pub mod check;

pub mod cases;
pub mod operation_rows;
pub mod samples;

mod blocks;
mod growth;
pub mod strategies;

pub mod suite;

pub mod derivatives;
pub mod mutation;
pub mod sabotage;
pub mod translate;

pub mod workloads;

pub mod allocator;

#[doc(hidden)]
pub use dagrad_ops::for_each_operation;
