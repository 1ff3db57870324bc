//! The text form of a graph: what snapshots, documentation and error messages show.
//!
//! ```text
//! dagrad graph 1
//! %0 = feature "x"
//! %1 = target "t"
//! %2 = parameter 0.5 "w" in "hidden.0"
//! %3 = mul(%2, %0) in "hidden.0"
//! %4 = constant 1.0
//! %5 = sub(%3, %4)
//! output "y" = %5
//! output "both" = %3, %5
//! ```
//!
//! The first line names the format and its version. Then every node has a line, in canonical order:
//! `%` and its position; what it is (`feature`, `target`, `parameter` or `constant` with a value, or an
//! operation with its configuration in brackets and its operands in parentheses); its name, quoted;
//! `in` and its scope path, quoted. Then come the named outputs, in declared order.
//!
//! A macro is written like an operation after the word `macro`. Its values are `port[0]` of it, `port[1]` and
//! so on; `alias` of a node is another key to the same value.
//!
//! Floats are written in the shortest decimal form that reads back to the same bits; infinities are
//! `inf` and `-inf`, a NaN is `nan`, or `nan:` and its bits in hexadecimal where they are not those of the
//! usual one. In quoted texts `\"`, `\\`, `\n`, `\r`, `\t` and `\u{…}` stand for what they stand for in
//! Rust; everything else stands for itself.
//!
//! Reading is more lenient than writing: nodes may have any numbers and stand in any order in which
//! operands come first, there may be blank lines, and `#` starts a comment.

mod cursor;
mod float;
pub(crate) mod quote;
mod read;
mod registry;
mod write;

pub use read::{Found, ParseError, ParseProblem};
pub use registry::Registry;
pub use write::Listing;

/// The first line of every listing.
const HEADER: &str = "dagrad graph 1";
