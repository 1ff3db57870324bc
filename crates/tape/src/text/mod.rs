//! The text form of a tape: what snapshots, documentation and error messages show.
//!
//! ```text
//! dagrad tape 1
//! input[0] = feature "x"
//! input[1] = target "t"
//! parameter[0] = "hidden.0.w"
//! parameter[1..8]
//! per sample %0 = input[0]
//! shared     %1 = parameter[0]
//! per sample %2 = mul(%1, %0) "h" in "hidden.0"
//! constant   %3 = constant 0.5
//! per sample %4 = dot[1](%2, %1, %3)
//! output "y" = %4
//! output "both" = %2, %4
//! ```
//!
//! The first line names the format and its version. Then come the inputs (`feature`, `target`, `seed` or
//! `direction`) and the parameters, in declared order, with their names and whether or not a slot needs
//! them. Three or more without a name, or whose names count on, share a line: `parameter[1..8]` are seven parameters
//! without names, `input[0..784] = feature "x0".."x783"` are 784 features.
//!
//! Then every slot has a line, in order: its class; `%` and its number; what fills it, with what is
//! particular to it in brackets and its operands in parentheses; its name, quoted; `in` and its scope path,
//! quoted. What fills it is one of
//!
//! - `input[0]`, `parameter[0]`, by number, and `constant 0.5`;
//! - an operation, by its name: `powi[3](%0)`;
//! - `call[cube](%0)`, the value of a user operation, by its name, and `partial[cube 0](%0, %1)`, its
//!   partial by its first operand, given its operands and then its value;
//! - `fma(%0, %1, %2)`, the first two multiplied, plus the third, rounded once;
//! - `dot[2](%0, %1, %2, %3, %4)`, the sum of two products of two and then of the other operands;
//! - `mean(%0)`, the mean over the samples of a run.
//!
//! Then come the outputs, `output per run "gradient" = %5` where one has a value for each run and not for each
//! sample. Floats and quoted texts are those of a [graph's text
//! form](dagrad_graph::Graph::listing).
//!
//! Reading is more lenient than writing: slots may have any numbers and no class, there may be blank lines,
//! and `#` starts a comment. What is stated has to be right.

mod declare;
mod fill;
mod problem;
mod read;
mod run;
mod write;

pub use problem::{TapeParseError, TapeProblem};

/// The first line of every listing.
const HEADER: &str = "dagrad tape 1";
