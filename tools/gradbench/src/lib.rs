#![forbid(unsafe_code)]
//! A tool for [GradBench](https://github.com/gradbench/gradbench): its problems as graphs of dagrad, differentiated and
//! compiled.
//!
//! An eval of GradBench sends [messages](protocol::Message), [`answer`] answers them. Each problem stands in a file of
//! [`evals`], as a user of the library would write it; [`stopwatch`] keeps apart what is prepared and what is run.

pub mod protocol;

pub mod stopwatch;

pub mod evals;

mod answer;
mod compile;
mod segments;

pub use answer::answer;

/// Why a message has no answer but its failure.
pub type Failure = Box<dyn std::error::Error>;
