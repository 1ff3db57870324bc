//! The logarithm of a sum of exponentials, which composing would overflow.

use super::order::Max;
use crate::operation::Operation;
use crate::properties::Properties;
use crate::real::Real;

/// `ln(e^x₀ + e^x₁ + …)`.
///
/// Stable: the greatest operand m is taken out of the sum, `m + ln Σ exp(xᵢ − m)`, so no exponential
/// overflows and one of them is 1 (P. Blanchard, D. J. Higham, N. J. Higham, *Accurately computing the
/// log-sum-exp and softmax functions*, 2021). The contributions are the adjoint times the softmax,
/// `exp(xᵢ − y)`. Operands that are all −∞ give −∞, and are contributed 0.
#[derive(Clone, Copy, Debug)]
pub struct LogSumExp;

impl Operation for LogSumExp {
    type Operands<R: Real> = [R];

    #[inline(always)]
    fn value<R: Real>(&self, operands: &[R]) -> R {
        let greatest = Max.value(operands);
        // An infinite maximum must not be subtracted from itself.
        let shift = greatest
            .abs()
            .lt(R::lit(f64::INFINITY))
            .select(greatest, R::lit(0.0));
        let Some((&first, rest)) = operands.split_first() else {
            return R::lit(f64::NAN);
        };
        let mut sum = (first - shift).exp();
        for &x in rest {
            sum = sum + (x - shift).exp();
        }
        shift + sum.ln()
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        operands: &[R],
        value: R,
        adjoint: R,
        contributions: &mut [R],
    ) {
        // A value of −∞ has operands of −∞ only; without a shift their exponentials are 0.
        let shift = value
            .eq(R::lit(f64::NEG_INFINITY))
            .select(R::lit(0.0), value);
        for (place, &x) in contributions.iter_mut().zip(operands) {
            *place = adjoint * (x - shift).exp();
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_commutative()
    }
}
