//! The logarithms of `x` and of `1 + x`.
//!
//! Both reduce their argument to `2^n · (1 + f)` with `1 + f` within `√½ .. √2`, and approximate `ln(1 + f) = 2·artanh(s)`,
//! `s = f / (2 + f)`, in the form of FreeBSD's msun (Sun Microsystems, 1993): `f − f²/2 + s·(f²/2 + s²·p(s²))`, whose
//! first term is exact and the largest.

use super::element::{Element, Split, mul_add};
use crate::level::Arithmetic;

/// The natural logarithm.
#[inline(always)]
pub(crate) fn ln<S: Element, A: Arithmetic>(x: S) -> S {
    let (zero, one) = (S::lit(0.0), S::lit(1.0));
    let (lift, exponent) = S::LIFT;
    let subnormal = x < S::SMALLEST_NORMAL;
    let lifted = if subnormal { x * lift } else { x };
    let bias = if subnormal {
        S::BIAS + exponent
    } else {
        S::BIAS
    };
    let Split {
        mantissa, biased, ..
    } = lifted.split();
    let value = assemble::<S, A>(mantissa - one, zero, biased - bias);
    at_edges(x, zero, value)
}

/// `ln(1 + x)`: the logarithm of the rounded sum, corrected by what the rounding lost.
#[inline(always)]
pub(crate) fn ln_1p<S: Element, A: Arithmetic>(x: S) -> S {
    let (half, one) = (S::lit(0.5), S::lit(1.0));
    let sum = one + x;
    // Exact wherever it matters: from 2^53 on (2^24 in `f32`) the lost part is too small to be seen.
    let lost = x - (sum - one);
    let Split {
        mantissa,
        biased,
        inverse,
    } = sum.split();
    let lost = lost * inverse * half;
    let near = mantissa - one;
    // With n = 0 this is x itself, and `low` is 0.
    let f = near + lost;
    let low = (near - f) + lost;
    let value = assemble::<S, A>(f, low, biased - S::BIAS);
    at_edges(x, -one, value).with_sign_of(x)
}

/// `n·ln 2 + ln(1 + f + low)`, `low` being tiny.
#[inline(always)]
fn assemble<S: Element, A: Arithmetic>(f: S, low: S, n: S) -> S {
    let s = f / (f + S::lit(2.0));
    let square = s * s;
    let half = S::lit(0.5) * f * f;
    let tail = mul_add::<S, A>(square, S::ln_tail::<A>(square), half);
    let rest = mul_add::<S, A>(s, tail, mul_add::<S, A>(n, S::LN_2.1, low));
    mul_add::<S, A>(n, S::LN_2.0, f - (half - rest))
}

/// The value of a logarithm whose pole is given: −∞ at the pole, NaN below, and infinity and NaN for themselves.
#[inline(always)]
fn at_edges<S: Element>(x: S, pole: S, value: S) -> S {
    let value = if x < S::lit(f64::INFINITY) { value } else { x };
    let value = if x < pole { S::lit(f64::NAN) } else { value };
    if x == pole {
        S::lit(f64::NEG_INFINITY)
    } else {
        value
    }
}
