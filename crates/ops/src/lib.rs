#![forbid(unsafe_code)]
//! The elementary operations of dagrad.

mod dual;
mod list;
mod op;
mod operation;
pub mod operations;
mod properties;
mod real;
mod terms;
mod user;

pub use dual::Dual;
pub use op::{Op, Visitor};
pub use operation::{Named, OperandList, Operation};
pub use properties::{Domain, Properties};
pub use real::Real;
pub use terms::Terms;
pub use user::{User, UserOperation, UserOperationError};
