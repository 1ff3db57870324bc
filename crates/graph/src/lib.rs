#![forbid(unsafe_code)]
//! Under construction.

mod additions;
mod edit;
mod evaluator;
mod graph;
mod id;
mod key_list;
mod names;
mod node;
mod operator;
mod order;
mod scalar;
mod text;
mod verify;

pub use additions::Additions;
pub use edit::{EditError, Removed};
pub use evaluator::{EvaluationError, Evaluator, NonFinite};
pub use graph::{ArityError, BuildError, Graph, OutputError};
pub use id::{KeyError, KeyMap, NodeId};
pub use names::NameError;
pub use node::{Kind, Role};
pub use operator::{
    Arity, Evaluate, Grouping, Notate, Notation, Operator, Precedence, Vocabulary, VocabularyError,
};
pub use order::CanonicalOrder;
pub use scalar::Scalar;
pub use text::{Found, Listing, ParseError, ParseProblem, Registry};
pub use verify::VerifyError;
