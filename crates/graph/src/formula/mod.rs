//! Formulas: values as mathematics to read.
//!
//! ```text
//! v·h0 + v·h1 + c
//! where h0 = tanh(w·x + b)
//! where h1 = …
//! ```
//!
//! First stands the value itself; a list has a line for each of its values, `probs[0] = …`. Then a line
//! for each value that is used more than once: its own name, or `h0`, `h1` …, and what it is. These stand
//! in canonical order, each after all that it uses, so the text is linear in the graph. Leaves are not
//! worth a line, aliases are read through, and a value that stands in more than [`DEEPEST`] parentheses is
//! given a line as if it were shared. Substituting every line gives the [inlined](Formula::inlined) form.
//!
//! **Parentheses** stand where the text would otherwise mean something else, `a - (b - c)`, and where two
//! symbols would stand side by side: `a - (-2)`, `x^(-1)`. A sum within a sum keeps its own where floats
//! might tell: `a + (b + c)`. As in mathematics, `-x^2` is `-(x^2)` and `a^b^c` is `a^(b^c)`; since
//! programs disagree about both, [ASCII text](Formula::ascii) writes the parentheses.
//!
//! **Names.** A leaf goes by its own name, or by its scope path and its name where the formula has several of
//! its name: `hidden_0_w`. Whatever is no letter, digit or `_` becomes `_`. Unnamed inputs are `x0`, `x1` …
//! and unnamed parameters `p0`, `p1` …, by their declared position; other constants are numbers. A name
//! that is taken, by another value, a function of the formula, or one of `where`, `inf` and `nan`, is numbered:
//! `x0_2`. Names that were given and need no change are never taken away.
//! [`Formula::variables`] tells which name stands for which node.
//!
//! **Macros** that are not expanded are written as functions of their operands, `linear[3](x0, x1)`, and which of
//! their values is meant after a dot: `hidden.0`.
//!
//! The printer works on a [`FormulaSource`], which a graph is one of; it knows no operation but by its
//! [`Notation`](crate::Notation), and nothing in it recurses.

mod form;
mod inlined;
mod names;
mod plan;
mod source;
mod values;
mod write;

pub use inlined::{FormulaTooLong, Inlined};
pub use plan::DEEPEST;
pub use source::{FormulaItem, FormulaName, FormulaSource};
pub use values::{FormulaError, GraphValues};
pub use write::Formula;
