//! Formulas: values as mathematics to read. [`Formula`] states the rules.
//!
//! A [`FormulaSource`] says what there is to print: items by index, operands first. From it comes a plan, which says
//! what a formula needs, what of it gets a line of its own and how each item looks to its users; then the
//! names; then the text. Each is a loop over the items in order, or back, and writing keeps its own stack, so
//! nothing recurses. An item is known by its [`Notation`](crate::Notation) and nothing else, and a `Form` is all that
//! knows how a notation becomes text.

mod form;
mod inlined;
mod names;
mod plan;
mod source;
mod values;
mod write;

pub use inlined::{FormulaTooLong, Inlined};
pub use source::{FormulaItem, FormulaName, FormulaSource};
pub use values::{FormulaError, GraphValues};
pub use write::Formula;
