#![forbid(unsafe_code)]
//! The arena of `dagrad`: a graph of scalar values in which a value may have many users.
//!
//! This crate holds nodes and what can be done with them without knowing what they compute: building
//! and editing with every user kept in step, one canonical order, the two reference sweeps that define
//! what a graph means, a text form that reads back, formulas, and pictures. It does not know which operations
//! exist: a [`Graph`] is generic over them, and asks for no more than [`Operator`], [`Evaluate`],
//! [`Vocabulary`] and [`Notate`] say. Nor does it know batches, training, files or
//! distributions: of randomness it has the trait of a generator and one stream for each parameter.
//!
//! Users of `dagrad` see `dagrad::Graph`, whose operations are those of `dagrad-ops`. Here is the arena
//! with an operation of its own:
//!
//! ```
//! use dagrad_graph::{
//!     Arity, Evaluate, Evaluator, Graph, Grouping, Notate, Notation, Operator, Precedence,
//! };
//!
//! #[derive(Clone)]
//! struct Mul;
//!
//! impl Operator for Mul {
//!     fn arity(&self) -> Arity {
//!         Arity::Exactly(2)
//!     }
//!     fn name(&self) -> &str {
//!         "mul"
//!     }
//! }
//!
//! impl Evaluate<f64> for Mul {
//!     fn value(&self, x: &[f64]) -> f64 {
//!         x[0] * x[1]
//!     }
//!     fn contributions(&self, x: &[f64], _value: f64, adjoint: f64, to: &mut [f64]) {
//!         (to[0], to[1]) = (adjoint * x[1], adjoint * x[0]);
//!     }
//! }
//!
//! impl Notate for Mul {
//!     fn notation(&self) -> Notation {
//!         Notation::Infix {
//!             symbol: "·",
//!             ascii: "*",
//!             precedence: Precedence::Product,
//!             grouping: Grouping::Left,
//!         }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut graph = Graph::new();
//! let x = graph.feature("x")?;
//! let square = graph.operation(Mul, &[x, x])?;
//! let cube = graph.operation(Mul, &[square, x])?; // `x` has three uses now.
//! graph.add_output("cube", &[cube])?;
//! assert_eq!(
//!     graph.to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = mul(%0, %0)
//! %2 = mul(%1, %0)
//! output "cube" = %2
//! "#,
//! );
//! assert_eq!(graph.formula(cube)?.to_string(), "x·x·x");
//!
//! let mut evaluator = Evaluator::new(&graph);
//! evaluator.set_features(&graph, &[2.0])?;
//! evaluator.reverse(&graph, &[(cube, 1.0)])?;
//! assert_eq!(evaluator.value(cube)?, 8.0);
//! assert_eq!(evaluator.adjoint(x)?, 12.0);
//! # Ok(())
//! # }
//! ```
//!
//! # Architecture invariants
//!
//! - Values, adjoints and marks live in an [`Evaluator`], never in the nodes.
//! - Nothing recurses over the depth of a graph.
//! - No output depends on the order of slots, keys or hashes: the [canonical order](CanonicalOrder) is
//!   the only order.
//! - A method that fails leaves the graph as it was.

mod operator;
mod scalar;

mod id;
mod key_list;
mod names;
mod node;

mod graph;
mod hash;
mod users;

mod resolve;

mod add;
mod add_macro;
mod naming;
mod outputs;

mod additions;
mod build;
mod edit;
mod order;
mod verify;
mod view;

mod expansion;
mod macros;
mod stream;

mod evaluator;

pub mod syntax;

mod dot;
mod formula;
mod text;

pub use operator::{
    Arity, Evaluate, Grouping, Notate, Notation, Operator, Precedence, RESERVED_NAMES, Vocabulary,
    VocabularyError,
};
pub use scalar::Scalar;

pub use id::{KeyError, KeyMap, NodeId};
pub use names::NameError;
pub use node::{Kind, Role};

pub use add::{ArityError, BuildError};
pub use graph::Graph;
pub use outputs::OutputError;

pub use additions::Additions;
pub use build::{Build, Leaf};
pub use edit::{EditError, Removed};
pub use order::CanonicalOrder;
pub use verify::VerifyError;
pub use view::NodeView;

pub use expansion::{ExpandError, ExpandProblem, Expansion, ExpansionLimits, MacroError};
pub use macros::{Macro, MacroRef};
pub use stream::stream;

pub use evaluator::{EvaluationError, Evaluator, NonFinite};

pub use dot::{Dot, DotError};
pub use formula::{
    Formula, FormulaError, FormulaItem, FormulaName, FormulaSource, FormulaTooLong, GraphValues,
    Inlined,
};
pub use syntax::Found;
pub use text::{Listing, ParseError, ParseProblem, Registry};
