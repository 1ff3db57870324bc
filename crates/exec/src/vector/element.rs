//! A float as the elementary functions see it: arithmetic, bits, and the constants of its width.
//!
//! The functions are written once for both widths. What differs between them is here: where the bits of the
//! exponent lie, where results overflow, and how long the polynomials are.

use super::coefficients as fitted;
use super::trigonometric::{self, Double, Single};
use crate::level::Arithmetic;
use dagrad_ops::Real;

/// A float that the elementary functions are written for.
///
/// The bound [`Real`] gives it the library's own functions for whatever has no vector form here.
pub(crate) trait Element: Real + PartialOrd + Send + Sync + 'static {
    /// `1.5 · 2^p` with a precision of `p + 1` bits. Added to a number of less than half of `2^p`, it rounds
    /// the number to the nearest integer and leaves that integer in the lowest bits of the sum.
    const SHIFTER: Self;
    /// The bias of the exponent: 127 or 1023.
    const BIAS: Self;
    /// Numbers below it are subnormal.
    const SMALLEST_NORMAL: Self;
    /// A power of two that makes every subnormal number normal, and its exponent.
    const LIFT: (Self, Self);
    /// Below it `e^x − 1` is `x`, rounded.
    const NEGLIGIBLE: Self;
    /// Below the first `e^x` is 0, above the second infinite.
    const EXP_RANGE: (Self, Self);
    /// Below it `e^x − 1` is −1, rounded.
    const EXP_M1_LOW: Self;
    /// `tanh(x)` is 1, rounded, from here on.
    const TANH_HIGH: Self;
    /// `ln 2` in two parts. The first has so few bits that its product with an exponent is exact.
    const LN_2: (Self, Self);
    /// `1 / ln 2`.
    const LOG2_E: Self;
    /// The sine and the cosine have vector forms up to this size. Beyond it multiples of π take more digits than the parts that
    /// it is split into have.
    const MODERATE: Self;

    /// `self · factor + term`, rounded once.
    fn fused(self, factor: Self, term: Self) -> Self;
    /// The size of `self` with the sign of `sign`.
    fn with_sign_of(self, sign: Self) -> Self;
    /// `2^(n − bias)` from `SHIFTER + n`, for n from 1 to twice the bias.
    fn power(self) -> Self;
    /// `2^(n − 2·bias)` as a product of two powers, from `SHIFTER + n`: neither factor overflows or vanishes
    /// where the product, or its product with a number near 1, does.
    fn power_in_halves(self) -> (Self, Self);
    /// Splits a positive normal number into a mantissa within `√½ .. √2` and the exponent that belongs to it, with
    /// the bias added. The exponent of another number means nothing.
    fn split(self) -> Split<Self>;
    /// `(e^r − 1 − r) / r²` for `|r| ≤ ln 2 / 2`, close enough for `e^r`.
    fn exp_tail<A: Arithmetic>(r: Self, square: Self) -> Self;
    /// `(e^r − 1 − r) / r²` for `|r| ≤ ln 2 / 2`, close enough for `e^r − 1`.
    fn exp_m1_tail<A: Arithmetic>(r: Self, square: Self) -> Self;
    /// `(r·coth(r) − 1) / r²` from `r²`, for `|r| ≤ ln 2 / 4`.
    fn coth_tail<A: Arithmetic>(square: Self) -> Self;
    /// `(2·artanh(s)/s − 2) / s²` from `s²`, for `|s| ≤ 3 − √8`.
    fn ln_tail<A: Arithmetic>(square: Self) -> Self;
    /// The sine of a number of moderate size, or of NaN.
    fn moderate_sin<A: Arithmetic>(self) -> Self;
    /// The cosine of a number of moderate size, or of NaN.
    fn moderate_cos<A: Arithmetic>(self) -> Self;
}

/// What [`Element::split`] gives.
#[derive(Clone, Copy)]
pub(crate) struct Split<S> {
    pub(crate) mantissa: S,
    /// The exponent with the bias added.
    pub(crate) biased: S,
    /// `2^(1 − exponent)`; 0 where the exponent is the greatest.
    pub(crate) inverse: S,
}

/// `factor · other + term`, rounded as the arithmetic says.
#[inline(always)]
pub(crate) fn mul_add<S: Element, A: Arithmetic>(factor: S, other: S, term: S) -> S {
    if A::FUSED {
        factor.fused(other, term)
    } else {
        factor * other + term
    }
}

/// Zero where `condition` is at most zero, `x` elsewhere, thus also where `condition` is no number.
#[inline(always)]
pub(crate) fn unless_at_most_zero<S: Element>(x: S, condition: S) -> S {
    if condition <= S::lit(0.0) {
        S::lit(0.0)
    } else {
        x
    }
}

/// The lower of both, and `x` where it is NaN.
#[inline(always)]
pub(crate) fn at_most<S: Element>(x: S, limit: S) -> S {
    if limit < x { limit } else { x }
}

/// The higher of both, and `x` where it is NaN.
#[inline(always)]
pub(crate) fn at_least<S: Element>(x: S, limit: S) -> S {
    if limit > x { limit } else { x }
}

/// The polynomial whose coefficients are given from the lowest power on, at `x`, given its square too.
///
/// Even and odd powers are two Horner schemes in the square: half the latency of one, for one more product.
#[inline(always)]
pub(crate) fn polynomial<S: Element, A: Arithmetic, const N: usize>(
    x: S,
    square: S,
    coefficients: [S; N],
) -> S {
    let mut even = coefficients[(N - 1) & !1];
    let mut odd = coefficients[(N - 2) | 1];
    for at in (0..N.div_ceil(2) - 1).rev() {
        even = mul_add::<S, A>(even, square, coefficients[2 * at]);
    }
    for at in (0..N / 2 - 1).rev() {
        odd = mul_add::<S, A>(odd, square, coefficients[2 * at + 1]);
    }
    mul_add::<S, A>(odd, x, even)
}

/// Implements what depends on the bits, which is the same text for both widths.
macro_rules! element {
    ($float:ident, $bits:ident: explicit $mantissa:literal, $($constants:tt)*) => {
        impl Element for $float {
            $($constants)*

            const SMALLEST_NORMAL: Self = $float::MIN_POSITIVE;
            const LOG2_E: Self = std::$float::consts::LOG2_E;

            #[inline(always)]
            fn fused(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }

            #[inline(always)]
            fn with_sign_of(self, sign: Self) -> Self {
                self.copysign(sign)
            }

            #[inline(always)]
            fn power(self) -> Self {
                Self::from_bits(self.to_bits() << $mantissa)
            }

            #[inline(always)]
            fn power_in_halves(self) -> (Self, Self) {
                let whole = self.to_bits();
                let half = whole >> 1;
                let rest = whole.wrapping_sub(half);
                (Self::from_bits(half << $mantissa), Self::from_bits(rest << $mantissa))
            }

            #[inline(always)]
            fn split(self) -> Split<Self> {
                const ROOT_HALF: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
                const ONE: $bits = (1.0 as $float).to_bits();
                const MANTISSA: $bits = (1 << $mantissa) - 1;
                // An integer in the lowest bits of this number adds as much to it.
                const INTEGERS: $float = (1_u64 << $mantissa) as $float;
                // Seen from √½, the exponent steps where the mantissa shall start anew.
                let shifted = self.to_bits().wrapping_add(ONE - ROOT_HALF);
                let exponent = shifted >> $mantissa;
                let greatest = 2 * (ONE >> $mantissa) + 1;
                Split {
                    mantissa: Self::from_bits((shifted & MANTISSA) + ROOT_HALF),
                    biased: Self::from_bits(exponent | INTEGERS.to_bits()) - INTEGERS,
                    inverse: Self::from_bits(greatest.wrapping_sub(exponent) << $mantissa),
                }
            }
        }
    };
}

element! { f32, u32: explicit 23,
    const SHIFTER: Self = 12_582_912.0;
    const BIAS: Self = 127.0;
    const LIFT: (Self, Self) = (16_777_216.0, 24.0);
    const NEGLIGIBLE: Self = 1.0 / 33_554_432.0;
    const EXP_RANGE: (Self, Self) = (-105.0, 89.0);
    const EXP_M1_LOW: Self = -20.0;
    const TANH_HIGH: Self = 10.0;
    const LN_2: (Self, Self) = fitted::LN_2_F32;
    const MODERATE: Self = 4_194_304.0;

    #[inline(always)]
    fn exp_tail<A: Arithmetic>(r: Self, square: Self) -> Self {
        polynomial::<Self, A, _>(r, square, fitted::EXP_F32)
    }

    #[inline(always)]
    fn exp_m1_tail<A: Arithmetic>(r: Self, square: Self) -> Self {
        polynomial::<Self, A, _>(r, square, fitted::EXP_M1_F32)
    }

    #[inline(always)]
    fn coth_tail<A: Arithmetic>(square: Self) -> Self {
        polynomial::<Self, A, _>(square, square * square, fitted::COTH_F32)
    }

    #[inline(always)]
    fn ln_tail<A: Arithmetic>(square: Self) -> Self {
        polynomial::<Self, A, _>(square, square * square, fitted::LN_F32)
    }

    // In double precision, where π takes two parts only.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the rounding to `f32`")]
    fn moderate_sin<A: Arithmetic>(self) -> Self {
        trigonometric::sin::<A, Single>(f64::from(self)) as Self
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the rounding to `f32`")]
    fn moderate_cos<A: Arithmetic>(self) -> Self {
        trigonometric::cos::<A, Single>(f64::from(self)) as Self
    }
}

element! { f64, u64: explicit 52,
    const SHIFTER: Self = 6_755_399_441_055_744.0;
    const BIAS: Self = 1023.0;
    const LIFT: (Self, Self) = (18_014_398_509_481_984.0, 54.0);
    const NEGLIGIBLE: Self = 1.0 / 18_014_398_509_481_984.0;
    const EXP_RANGE: (Self, Self) = (-746.0, 710.0);
    const EXP_M1_LOW: Self = -40.0;
    const TANH_HIGH: Self = 22.0;
    const LN_2: (Self, Self) = fitted::LN_2_F64;
    const MODERATE: Self = 32_768.0;

    #[inline(always)]
    fn exp_tail<A: Arithmetic>(r: Self, square: Self) -> Self {
        polynomial::<Self, A, _>(r, square, fitted::EXP_F64)
    }

    #[inline(always)]
    fn exp_m1_tail<A: Arithmetic>(r: Self, square: Self) -> Self {
        polynomial::<Self, A, _>(r, square, fitted::EXP_M1_F64)
    }

    #[inline(always)]
    fn coth_tail<A: Arithmetic>(square: Self) -> Self {
        polynomial::<Self, A, _>(square, square * square, fitted::COTH_F64)
    }

    #[inline(always)]
    fn ln_tail<A: Arithmetic>(square: Self) -> Self {
        polynomial::<Self, A, _>(square, square * square, fitted::LN_F64)
    }

    #[inline(always)]
    fn moderate_sin<A: Arithmetic>(self) -> Self {
        trigonometric::sin::<A, Double>(self)
    }

    #[inline(always)]
    fn moderate_cos<A: Arithmetic>(self) -> Self {
        trigonometric::cos::<A, Double>(self)
    }
}
