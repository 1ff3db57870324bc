//! `e^x`, `e^x − 1` and the hyperbolic tangent.
//!
//! All three reduce `x = n·ln 2 + r` with `|r| ≤ ln 2 / 2`, `ln 2` being subtracted in two parts (W. J. Cody,
//! W. Waite, *Software Manual for the Elementary Functions*, 1980), and approximate `e^r = 1 + r + r²·q(r)`.

use super::element::{Element, at_least, at_most, mul_add};
use crate::level::Arithmetic;

/// `e^x`.
#[inline(always)]
pub(crate) fn exp<S: Element, A: Arithmetic>(x: S) -> S {
    let one = S::lit(1.0);
    let x = at_most(at_least(x, S::EXP_RANGE.0), S::EXP_RANGE.1);
    let shifter = S::SHIFTER + S::BIAS + S::BIAS;
    let shifted = mul_add::<S, A>(x, S::LOG2_E, shifter);
    let (r, _) = rest::<S, A>(x, shifted - shifter);
    let square = r * r;
    let power = mul_add::<S, A>(square, S::exp_tail::<A>(r, square), r) + one;
    // The first product is exact and the second one rounds, so a subnormal result is rounded once.
    let (first, second) = shifted.power_in_halves();
    power * first * second
}

/// `e^x − 1`, as `(2^n − 1) + 2^n·r + 2^n·r²·q(r)`: the terms fall in size, and each sum is about as large as the
/// result.
#[inline(always)]
pub(crate) fn exp_m1<S: Element, A: Arithmetic>(x: S) -> S {
    let (half, one) = (S::lit(0.5), S::lit(1.0));
    let reduced = at_most(at_least(x, S::EXP_M1_LOW), S::EXP_RANGE.1);
    // All terms are halved, since 2^n itself overflows before the result does.
    let shifter = S::SHIFTER + S::BIAS - one;
    let shifted = mul_add::<S, A>(reduced, S::LOG2_E, shifter);
    let (r, correction) = rest::<S, A>(reduced, shifted - shifter);
    let square = r * r;
    let tail = mul_add::<S, A>(square, S::exp_m1_tail::<A>(r, square), correction);
    let power = shifted.power();
    let head = mul_add::<S, A>(power, r, power - half);
    let value = mul_add::<S, A>(power, tail, head);
    let value = value + value;
    // Here the terms are x, exactly, but halving would cost a subnormal x its last bit, and −0 its sign.
    if x.abs() < S::NEGLIGIBLE { x } else { value }
}

/// The hyperbolic tangent, as `(e^(2|x|) − 1) / (e^(2|x|) + 1)`.
///
/// With `2|x| = n·ln 2 + 2r` and `c = r·coth(r)`, which is even in `r` and nearly 1, `e^(2r)` is `(c + r) / (c − r)`. So one division is
/// enough, and half of the coefficients that the exponential takes. The divisor is made from the dividend: where
/// the value is near 1 both are off by the same. Without a power, that is with `n = 0`, the value is `r / c`.
#[inline(always)]
pub(crate) fn tanh<S: Element, A: Arithmetic>(x: S) -> S {
    let (half, one, two) = (S::lit(0.5), S::lit(1.0), S::lit(2.0));
    let size = at_most(x.abs(), S::TANH_HIGH);
    let shifter = S::SHIFTER + S::BIAS;
    let shifted = mul_add::<S, A>(size, two * S::LOG2_E, shifter);
    let n = shifted - shifter;
    let (high, low) = S::LN_2;
    let r = mul_add::<S, A>(n, -(half * low), mul_add::<S, A>(n, -(half * high), size));
    let square = r * r;
    let c = mul_add::<S, A>(square, S::coth_tail::<A>(square), one);
    let power = shifted.power();
    let below = mul_add::<S, A>(power + one, r, (power - one) * c);
    let above = mul_add::<S, A>(c - r, two, below);
    (below / above).with_sign_of(x)
}

/// `x − n·ln 2`, rounded, and what the rounding lost.
#[inline(always)]
fn rest<S: Element, A: Arithmetic>(x: S, n: S) -> (S, S) {
    let (high, low) = S::LN_2;
    // Exact: the product by the choice of `high`, the difference since it cancels.
    let near = mul_add::<S, A>(n, -high, x);
    let r = mul_add::<S, A>(n, -low, near);
    (r, mul_add::<S, A>(n, -low, near - r))
}
