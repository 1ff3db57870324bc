//! What an elementary operation is: one small type that says everything about itself.

use crate::properties::{Domain, Properties};
use crate::real::Real;
use dagrad_graph::{Arity, Notation};

/// An elementary operation: its value, what it contributes to the adjoints of its operands, and how
/// it is written.
///
/// Both texts are straight-line over a [`Real`]. A contribution is the adjoint times a partial, or
/// the adjoint *routed* to an operand by a [`select`](Real::select), or none.
///
/// The [list of operations](crate::for_each_operation) gives an operation its name; one that is
/// missing from the list does not compile.
pub trait Operation: Named {
    /// The operands: `[R; N]` for an operation of just `N`, `[R]` for one of any number from one on.
    type Operands<R: Real>: OperandList<R> + ?Sized;

    /// The value.
    fn value<R: Real>(&self, operands: &Self::Operands<R>) -> R;

    /// Whether the operand at this position ever receives a contribution.
    fn contributes(&self, operand: usize) -> bool {
        let _ = operand;
        true
    }

    /// Writes the contribution to each operand's adjoint, given the operands, the value there and the
    /// value's adjoint. Positions that do not [contribute](Self::contributes) are left alone.
    fn contributions<R: Real>(
        &self,
        operands: &Self::Operands<R>,
        value: R,
        adjoint: R,
        contributions: &mut Self::Operands<R>,
    );

    /// What tells this operation from others of the same name: the exponent of an integer power.
    fn configuration(&self) -> Option<String> {
        None
    }

    /// How formulas write it.
    fn notation(&self) -> Notation {
        Notation::Function(Self::NAME.to_owned())
    }

    /// What holds for it.
    fn properties(&self) -> Properties;

    /// Where the operand at this position may lie.
    fn domain(&self, operand: usize) -> Domain {
        let _ = operand;
        Domain::Reals
    }
}

/// The name of an operation, which the list of operations gives it.
pub trait Named {
    /// The name in listings, messages and builders.
    const NAME: &'static str;
    /// What stands between the brackets after the name, in words.
    const CONFIGURATION: &'static str;
}

/// Operands whose number is known to be right.
pub trait OperandList<R> {
    /// How many there are.
    const ARITY: Arity;

    /// The operands in `slice`; none where their number is wrong.
    fn of(slice: &[R]) -> Option<&Self>;

    /// The places in `slice`; none where their number is wrong.
    fn of_mut(slice: &mut [R]) -> Option<&mut Self>;
}

impl<R, const N: usize> OperandList<R> for [R; N] {
    const ARITY: Arity = Arity::Exactly(N);

    #[inline]
    fn of(slice: &[R]) -> Option<&Self> {
        slice.try_into().ok()
    }

    #[inline]
    fn of_mut(slice: &mut [R]) -> Option<&mut Self> {
        slice.try_into().ok()
    }
}

impl<R> OperandList<R> for [R] {
    const ARITY: Arity = Arity::AtLeast(1);

    #[inline]
    fn of(slice: &[R]) -> Option<&Self> {
        (!slice.is_empty()).then_some(slice)
    }

    #[inline]
    fn of_mut(slice: &mut [R]) -> Option<&mut Self> {
        (!slice.is_empty()).then_some(slice)
    }
}
