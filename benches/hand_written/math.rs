//! Exponentials and what is made of them, on vectors.

use super::vector::{Number, Vector};

/// The exponential in single precision, for arguments of at most 80; 0 far below zero. The argument is
/// brought into ±½·ln 2, where seven terms of the series are enough.
///
/// # Safety
/// As all methods of [`Vector`].
#[inline(always)]
pub(super) unsafe fn exp_single<V: Vector>(x: V) -> V {
    // SAFETY: the caller's.
    unsafe {
        let of = |number: f64| V::splat(V::Scalar::of(number));
        let x = x.max(of(-87.0));
        let whole = x.mul(of(std::f64::consts::LOG2_E)).round();
        // ln 2 in two parts, of which the first has few digits.
        let r = whole.neg_mul_add(of(0.693_359_375), x);
        let r = whole.neg_mul_add(of(-2.121_944_400_546_905_8e-4), r);
        let mut sum = of(1.0 / 720.0);
        for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            sum = sum.mul_add(r, of(coefficient));
        }
        sum.scale(whole)
    }
}
