#![forbid(unsafe_code)]
//! The elementary operations of dagrad.

mod compare;
pub mod builders;
mod dual;
mod list;
mod op;
mod operation;
pub mod operations;
mod properties;
mod real;
mod scope;
mod terms;
mod user;

pub use compare::{
    Difference, Float, ListDifference, Tolerance, check_same_bits, same_bits, ulps_between,
};
pub use dual::Dual;
pub use op::{Op, Visitor};
pub use operation::{Named, OperandList, Operation};
pub use properties::{Domain, Properties};
pub use real::Real;
pub use builders::GraphOperations;
pub use scope::{Expr, GraphScope, Operand, Scope, ScopeError, scope};
pub use terms::Terms;
pub use user::{User, UserOperation, UserOperationError};
