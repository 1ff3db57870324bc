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

/// The hyperbolic tangent, as `(e^z − 1) / (e^z + 1)` with `z = 2|x|`.
#[inline(always)]
pub(crate) fn tanh<S: Element, A: Arithmetic>(x: S) -> S {
    let one = S::lit(1.0);
    let size = x.abs();
    let z = at_most(size + size, S::TANH_HIGH);
    let shifter = S::SHIFTER + S::BIAS;
    let shifted = mul_add::<S, A>(z, S::LOG2_E, shifter);
    let (r, _) = rest::<S, A>(z, shifted - shifter);
    let square = r * r;
    let power = shifted.power();
    let tail = power * (square * S::exp_m1_tail::<A>(r, square));
    let below = mul_add::<S, A>(power, r, power - one) + tail;
    let above = mul_add::<S, A>(power, r, power + one) + tail;
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
