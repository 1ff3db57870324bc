//! Comparisons, which give 0 or 1, the choice they feed, and the end of a gradient.

use crate::operation::Operation;
use crate::properties::Properties;
use crate::real::Real;
use dagrad_graph::{Grouping, Notation, Precedence};

/// Implements a comparison. They differ in their primitive, their symbol and their properties only:
/// none contributes to any operand.
macro_rules! comparison {
    ($(#[$doc:meta])* $name:ident, $primitive:ident, $symbol:literal, $properties:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Operation for $name {
            type Operands<R: Real> = [R; 2];

            #[inline(always)]
            fn value<R: Real>(&self, &[x, y]: &[R; 2]) -> R {
                x.$primitive(y)
            }

            fn contributes(&self, _: usize) -> bool {
                false
            }

            #[inline]
            fn contributions<R: Real>(&self, _: &[R; 2], _: R, _: R, _: &mut [R; 2]) {}

            fn notation(&self) -> Notation {
                Notation::Infix {
                    symbol: $symbol,
                    ascii: $symbol,
                    precedence: Precedence::Comparison,
                    grouping: Grouping::Never,
                }
            }

            fn properties(&self) -> Properties {
                $properties
            }
        }
    };
}

comparison!(
    /// 1 where x is less than y, else 0.
    Lt, lt, "<", Properties::KINKED.and_zero_preserving()
);
comparison!(
    /// 1 where x is at most y, else 0.
    Le, le, "<=", Properties::KINKED
);
comparison!(
    /// 1 where x is greater than y, else 0.
    Gt, gt, ">", Properties::KINKED.and_zero_preserving()
);
comparison!(
    /// 1 where x is at least y, else 0.
    Ge, ge, ">=", Properties::KINKED
);
comparison!(
    /// 1 where x equals y, else 0. Zeros of either sign are equal; NaN equals nothing.
    Eq, eq, "==", Properties::KINKED.and_commutative()
);
comparison!(
    /// 1 where x differs from y or either is NaN, else 0.
    Ne, ne, "!=", Properties::KINKED.and_commutative().and_zero_preserving()
);

/// The third operand where the first, the condition, is zero; else the second. NaN is not zero.
///
/// The adjoint is routed to the chosen operand; the condition is contributed nothing.
#[derive(Clone, Copy, Debug)]
pub struct Select;

impl Operation for Select {
    type Operands<R: Real> = [R; 3];

    #[inline(always)]
    fn value<R: Real>(&self, &[condition, then, otherwise]: &[R; 3]) -> R {
        condition.select(then, otherwise)
    }

    fn contributes(&self, operand: usize) -> bool {
        operand != 0
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        &[condition, _, _]: &[R; 3],
        _: R,
        adjoint: R,
        [_, to_then, to_otherwise]: &mut [R; 3],
    ) {
        let zero = R::lit(0.0);
        *to_then = condition.select(adjoint, zero);
        *to_otherwise = condition.select(zero, adjoint);
    }

    fn properties(&self) -> Properties {
        Properties::KINKED.and_zero_preserving()
    }
}

/// The operand itself, as if it were a constant: it is contributed nothing.
#[derive(Clone, Copy, Debug)]
pub struct StopGradient;

impl Operation for StopGradient {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.stop_gradient()
    }

    fn contributes(&self, _: usize) -> bool {
        false
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], _: R, _: R, _: &mut [R; 1]) {}

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}
