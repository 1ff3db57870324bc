//! The sine and the cosine of numbers of moderate size.
//!
//! Both reduce `|x| = n·π/2 + r` with `|r| ≤ π/4`, and give `±sin(r)` or `±cos(r)`, as n says. `n·π/2` is subtracted in parts,
//! as in `exponential`: products of n and all parts but the last are exact.

use super::coefficients as fitted;
use super::element::{Element, mul_add, polynomial};
use crate::level::Arithmetic;
use std::f64::consts::FRAC_2_PI;

/// How much of the result is asked for. All of it is computed in `f64`.
pub(super) trait Precision {
    /// `x − n·π/2`.
    fn rest<A: Arithmetic>(x: f64, n: f64) -> f64;
    /// `(sin(r) − r) / r³` from `r²`, for `|r| ≤ π/4`.
    fn sin_tail<A: Arithmetic>(square: f64) -> f64;
    /// `(cos(r) − 1) / r²` from `r²`, for `|r| ≤ π/4`.
    fn cos_tail<A: Arithmetic>(square: f64) -> f64;
}

/// For results in `f32`.
pub(super) struct Single;

/// For results in `f64`.
pub(super) struct Double;

impl Precision for Single {
    #[inline(always)]
    fn rest<A: Arithmetic>(x: f64, n: f64) -> f64 {
        let [high, low] = fitted::HALF_PI_F32;
        mul_add::<f64, A>(n, -low, mul_add::<f64, A>(n, -high, x))
    }

    #[inline(always)]
    fn sin_tail<A: Arithmetic>(square: f64) -> f64 {
        polynomial::<f64, A, _>(square, square * square, fitted::SIN_F32)
    }

    #[inline(always)]
    fn cos_tail<A: Arithmetic>(square: f64) -> f64 {
        polynomial::<f64, A, _>(square, square * square, fitted::COS_F32)
    }
}

impl Precision for Double {
    #[inline(always)]
    fn rest<A: Arithmetic>(x: f64, n: f64) -> f64 {
        let [high, middle, low] = fitted::HALF_PI_F64;
        // Exact, since it cancels.
        let near = mul_add::<f64, A>(n, -high, x);
        let nearer = mul_add::<f64, A>(n, -middle, near);
        // The product is exact, and so is what the difference has lost.
        let lost = mul_add::<f64, A>(n, -middle, near - nearer);
        nearer + mul_add::<f64, A>(n, -low, lost)
    }

    #[inline(always)]
    fn sin_tail<A: Arithmetic>(square: f64) -> f64 {
        polynomial::<f64, A, _>(square, square * square, fitted::SIN_F64)
    }

    #[inline(always)]
    fn cos_tail<A: Arithmetic>(square: f64) -> f64 {
        polynomial::<f64, A, _>(square, square * square, fitted::COS_F64)
    }
}

/// The sine.
#[inline(always)]
pub(super) fn sin<A: Arithmetic, P: Precision>(x: f64) -> f64 {
    // The size and not the number is reduced, so a zero keeps its sign.
    let value = turned::<A, P>(x.abs(), 0);
    f64::from_bits(value.to_bits() ^ (x.to_bits() & 1 << 63))
}

/// The cosine.
#[inline(always)]
pub(super) fn cos<A: Arithmetic, P: Precision>(x: f64) -> f64 {
    turned::<A, P>(x.abs(), 1)
}

/// `sin(x + quarters·π/2)`.
#[inline(always)]
fn turned<A: Arithmetic, P: Precision>(x: f64, quarters: u64) -> f64 {
    let shifted = mul_add::<f64, A>(x, FRAC_2_PI, f64::SHIFTER);
    let r = P::rest::<A>(x, shifted - f64::SHIFTER);
    let square = r * r;
    let sin = mul_add::<f64, A>(r * square, P::sin_tail::<A>(square), r);
    let cos = mul_add::<f64, A>(square, P::cos_tail::<A>(square), 1.0);
    let quarters = shifted.to_bits().wrapping_add(quarters);
    let value = if quarters & 1 == 0 { sin } else { cos };
    f64::from_bits(value.to_bits() ^ (quarters & 2) << 62)
}
