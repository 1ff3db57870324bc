#![forbid(unsafe_code)]
//! The elementary operations of dagrad: value, contributions and notation, each written once.
//!
//! An operation is one small type in [`operations`]. Its text is straight-line arithmetic over a
//! [`Real`], the scalar that everything else is an instance of:
//!
//! | scalar | what the text gives |
//! |---|---|
//! | `f32`, `f64` | numbers |
//! | [`Dual`] | numbers and their derivatives, by rules of its own |
//! | [`Terms`] | numbers and how large the terms were that made them |
//!
//! One list, [`for_each_operation!`], names them all. From it comes [`Op`], the set of operations as one
//! small value, which a graph stores and the sweeps ask for values and contributions:
//!
//! ```
//! use dagrad_graph::{Evaluate, Operator};
//! use dagrad_ops::{Dual, Op, same_bits};
//!
//! // The value of a product, and what it contributes to the adjoints of its factors.
//! let factors = [2.0, 0.0, 5.0];
//! let product: f64 = Op::Mul.value(&factors);
//! let mut contributions = [0.0; 3];
//! Op::Mul.contributions(&factors, product, 1.0, &mut contributions);
//! assert_eq!(contributions, [0.0, 10.0, 0.0]);
//!
//! // The same text over dual numbers: the derivative by the second factor.
//! let duals = [Dual::constant(2.0), Dual::variable(0.0), Dual::constant(5.0)];
//! assert!(same_bits(Op::Mul.value(&duals).derivative, contributions[1]));
//!
//! // What passes and tests ask.
//! assert!(Op::Mul.properties().commutative);
//! assert_eq!(Op::Powi(3).configuration().as_deref(), Some("3"));
//! ```
//!
//! A function that is not in the list and cannot be composed from it comes as a [`UserOperation`].
//!
//! Formulas become graphs by [`builders`], one function per operation, or inside a [`scope`], where they
//! look like mathematics.
//!
//! Floats are compared in one place: a [`Tolerance`] says how close is close enough, a [`Difference`]
//! why it was not. Which choices the operations make at kinks, ties, zeros and infinities, and how
//! accurate they are, stands in `docs/numerics.md`.
//!
//! **Invariant.** Nothing here knows of training, batches or execution; and no text branches on a value.

// The modules stand in reading order, which the blank lines keep.
mod real;

mod dual;

mod terms;

mod compare;

mod operation;
mod properties;

pub mod operations;

mod list;

mod op;

mod user;

pub mod builders;

#[allow(
    clippy::should_implement_trait,
    reason = "`Expr` implements them, by these methods"
)]
mod scope;

pub use builders::GraphOperations;
pub use compare::{
    Difference, Float, ListDifference, Tolerance, check_same_bits, same_bits, ulps_between,
};
pub use dual::Dual;
pub use op::{Op, Visitor};
pub use operation::{Named, OperandList, Operation};
pub use properties::{Domain, Properties};
pub use real::Real;
pub use scope::{Expr, GraphScope, Operand, Scope, ScopeError, scope};
pub use terms::Terms;
pub use user::{User, UserOperation, UserOperationError};
