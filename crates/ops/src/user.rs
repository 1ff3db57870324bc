//! Operations that a user of the library brings along.

use crate::op::Op;
use dagrad_graph::{Arity, RESERVED_NAMES};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// An operation from outside the list: a table, a measurement, a call into another library.
///
/// It runs on `f64` only. Whoever needs `f32`, second derivatives or exported code composes
/// the function from the operations of the list instead.
///
/// ```
/// use dagrad_graph::{Arity, Evaluate};
/// use dagrad_ops::{Op, User, UserOperation};
///
/// struct Cube;
/// impl UserOperation for Cube {
///     fn name(&self) -> &str {
///         "cube"
///     }
///     fn arity(&self) -> Arity {
///         Arity::Exactly(1)
///     }
///     fn value(&self, operands: &[f64]) -> f64 {
///         operands[0].powi(3)
///     }
///     fn partials(&self, operands: &[f64], _value: f64, partials: &mut [f64]) {
///         partials[0] = 3.0 * operands[0] * operands[0];
///     }
/// }
///
/// let cube = Op::User(User::new(Cube)?);
/// assert_eq!(cube.value(&[2.0_f64]), 8.0);
/// # Ok::<(), dagrad_ops::UserOperationError>(())
/// ```
pub trait UserOperation: Send + Sync {
    /// Its name in listings: ASCII letters, digits and `_`, not starting with a digit, and not the
    /// name of a listed operation or a [word of listings](RESERVED_NAMES).
    fn name(&self) -> &str;

    /// How many operands it takes: at least one.
    fn arity(&self) -> Arity;

    /// Its value at `operands`, whose number obeys the arity.
    fn value(&self, operands: &[f64]) -> f64;

    /// Writes the partial derivative by each operand to `partials`, which is as long as `operands` and
    /// holds zeros; `value` is the value there. What is not written stays zero.
    fn partials(&self, operands: &[f64], value: f64, partials: &mut [f64]);
}

/// A handle to a [`UserOperation`], cheap to clone. Two handles are equal where they are clones of
/// one: what an operation computes cannot be compared.
#[derive(Clone)]
pub struct User(
    /// Boxed once more, because a pointer to a trait object alone takes two words, and an operation
    /// has to stay small.
    Arc<Box<dyn UserOperation>>,
);

impl User {
    /// A handle to `operation`.
    ///
    /// # Errors
    /// [`UserOperationError`] where its name or its arity cannot stand in a graph.
    pub fn new(operation: impl UserOperation + 'static) -> Result<Self, UserOperationError> {
        let name = operation.name();
        let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(UserOperationError::Name(name.to_owned()));
        }
        if Op::NAMES.contains(&name) || RESERVED_NAMES.contains(&name) {
            return Err(UserOperationError::Taken(name.to_owned()));
        }
        if operation.arity().accepts(0) {
            return Err(UserOperationError::Arity(name.to_owned()));
        }
        Ok(Self(Arc::new(Box::new(operation))))
    }

    /// The operation itself.
    #[must_use]
    pub fn operation(&self) -> &dyn UserOperation {
        &**self.0
    }
}

impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for User {}

impl Hash for User {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("User")
            .field(&self.operation().name())
            .finish()
    }
}

/// Why a [`UserOperation`] is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserOperationError {
    /// The name is not one that a listing can show.
    #[error(
        "`{0}` cannot name an operation: a name is ASCII letters, digits and `_`, and starts with no digit"
    )]
    Name(String),
    /// The name belongs to a listed operation.
    #[error("`{0}` already names an operation")]
    Taken(String),
    /// The operation can do without operands.
    #[error("`{0}` may have no operands: then it is a constant, not an operation")]
    Arity(String),
}
