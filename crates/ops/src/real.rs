//! The scalar that every operation is written over.
//!
//! An operation's text is straight-line arithmetic over a [`Real`]: no `if`, no `bool`. A comparison
//! gives 0 or 1, and [`select`](Real::select) chooses between two values that were both computed. That
//! is what lets one text give numbers, [derivatives](crate::Dual), instructions and vectors.

use crate::user::UserOperation;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A real number, as the operations see it.
///
/// It promises little on purpose: a vector of lanes has no order, an instruction under
/// construction has no value. Whoever needs those asks for them beside this trait, as the sweeps do
/// with [`Scalar`](dagrad_graph::Scalar).
///
/// ```
/// use dagrad_ops::Real;
///
/// /// The absolute value, without a branch.
/// fn distance_from_zero<R: Real>(x: R) -> R {
///     x.lt(R::lit(0.0)).select(-x, x)
/// }
/// assert_eq!(distance_from_zero(-2.0_f64), 2.0);
/// ```
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Whether [`user_value`](Self::user_value) and [`user_partials`](Self::user_partials) compute
    /// anything. User operations run on `f64` only.
    const SUPPORTS_USER_OPERATIONS: bool = false;

    /// The number closest to `value`. It needs no context, so a text may name constants freely.
    fn lit(value: f64) -> Self;

    /// `|x|`.
    fn abs(self) -> Self;
    /// The square root; NaN below zero.
    fn sqrt(self) -> Self;
    /// `e^x`.
    fn exp(self) -> Self;
    /// `e^x − 1`, accurate near zero.
    fn exp_m1(self) -> Self;
    /// The natural logarithm: `−∞` at zero, NaN below.
    fn ln(self) -> Self;
    /// `ln(1 + x)`, accurate near zero.
    fn ln_1p(self) -> Self;
    /// The sine of an angle in radians.
    fn sin(self) -> Self;
    /// The cosine of an angle in radians.
    fn cos(self) -> Self;
    /// The tangent of an angle in radians.
    fn tan(self) -> Self;
    /// The arc sine in radians, within `−π/2 ..= π/2`; NaN outside `−1 ..= 1`.
    fn asin(self) -> Self;
    /// The arc cosine in radians, within `0 ..= π`; NaN outside `−1 ..= 1`.
    fn acos(self) -> Self;
    /// The arc tangent in radians, within `−π/2 ..= π/2`.
    fn atan(self) -> Self;
    /// The angle of the point (`x`, `self`) in radians, within `−π ..= π`.
    fn atan2(self, x: Self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The error function, `2/√π · ∫₀ˣ exp(−t²) dt`.
    fn erf(self) -> Self;
    /// `self` to the power `exponent`; NaN for a negative base and an exponent that is no integer.
    fn powf(self, exponent: Self) -> Self;

    /// 1 where `self < other`, else 0; 0 where either is NaN.
    fn lt(self, other: Self) -> Self;
    /// 1 where `self ≤ other`, else 0; 0 where either is NaN.
    fn le(self, other: Self) -> Self;
    /// 1 where `self = other`, else 0; 0 where either is NaN. Zeros of either sign are equal.
    fn eq(self, other: Self) -> Self;
    /// `otherwise` where `self`, the condition, is zero; else `then`. NaN is not zero.
    fn select(self, then: Self, otherwise: Self) -> Self;

    /// 1 where `self > other`, else 0; 0 where either is NaN.
    fn gt(self, other: Self) -> Self {
        other.lt(self)
    }

    /// 1 where `self ≥ other`, else 0; 0 where either is NaN.
    fn ge(self, other: Self) -> Self {
        other.le(self)
    }

    /// 1 where `self ≠ other`, else 0; 1 where either is NaN, so `x.ne(x)` finds NaN.
    fn ne(self, other: Self) -> Self {
        self.eq(other).select(Self::lit(0.0), Self::lit(1.0))
    }

    /// The same value, as a constant: a number that carries derivatives drops them here.
    fn stop_gradient(self) -> Self {
        self
    }

    /// The value of a user operation; NaN where user operations are not supported.
    fn user_value(operation: &dyn UserOperation, operands: &[Self]) -> Self {
        let _ = (operation, operands);
        Self::lit(f64::NAN)
    }

    /// Writes the partials of a user operation to `partials`; NaN where user operations are not
    /// supported.
    fn user_partials(
        operation: &dyn UserOperation,
        operands: &[Self],
        value: Self,
        partials: &mut [Self],
    ) {
        let _ = (operation, operands, value);
        partials.fill(Self::lit(f64::NAN));
    }
}

/// Implements the primitives for a float by the functions of its own width.
macro_rules! real_for_float {
    ($float:ty, $erf:path $(, $($user:tt)*)?) => {
        impl Real for $float {
            #[inline]
            #[allow(clippy::cast_possible_truncation, reason = "rounding to the nearest is the meaning")]
            #[allow(trivial_numeric_casts, clippy::unnecessary_cast, reason = "one text serves both widths")]
            fn lit(value: f64) -> Self {
                value as Self
            }

            real_for_float!(@unary $float: abs sqrt exp exp_m1 ln ln_1p sin cos tan asin acos atan sinh cosh tanh);

            #[inline]
            fn atan2(self, x: Self) -> Self {
                <$float>::atan2(self, x)
            }

            #[inline]
            fn erf(self) -> Self {
                $erf(self)
            }

            #[inline]
            fn powf(self, exponent: Self) -> Self {
                <$float>::powf(self, exponent)
            }

            #[inline]
            fn lt(self, other: Self) -> Self {
                Self::from(self < other)
            }

            #[inline]
            fn le(self, other: Self) -> Self {
                Self::from(self <= other)
            }

            #[inline]
            #[allow(clippy::float_cmp, reason = "exact equality is the meaning")]
            fn eq(self, other: Self) -> Self {
                Self::from(self == other)
            }

            #[inline]
            fn select(self, then: Self, otherwise: Self) -> Self {
                if self == 0.0 { otherwise } else { then }
            }

            $($($user)*)?
        }
    };
    (@unary $float:ty: $($function:ident)*) => {
        $(
            #[inline]
            fn $function(self) -> Self {
                <$float>::$function(self)
            }
        )*
    };
}

real_for_float! { f32, libm::erff }
real_for_float! {
    f64, libm::erf,
    const SUPPORTS_USER_OPERATIONS: bool = true;

    fn user_value(operation: &dyn UserOperation, operands: &[Self]) -> Self {
        operation.value(operands)
    }

    fn user_partials(operation: &dyn UserOperation, operands: &[Self], value: Self, partials: &mut [Self]) {
        operation.partials(operands, value, partials);
    }
}
