#![forbid(unsafe_code)]
//! Under construction.

mod operator;
mod scalar;

pub use operator::{Arity, Evaluate, Grouping, Notate, Notation, Operator, Precedence, Vocabulary, VocabularyError};
pub use scalar::Scalar;
