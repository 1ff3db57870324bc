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

/// ln 2 / 32 in two parts; the first has 32 digits, so that its products with numbers of steps are exact.
const STEP_HIGH: f64 = 0.021_660_849_386_535_12;
const STEP_LOW: f64 = 5.963_171_653_970_586_6e-12;

/// What the hyperbolic tangent looks up: 2^(j/16) for j in 0..16, rounded, and what the rounding took
/// away, relative to it.
#[derive(Clone)]
pub(super) struct Powers {
    /// The bits of the power, from which those of `j << 48` are taken away.
    bits: [f64; 16],
    rest: [f64; 16],
}

impl Powers {
    pub(super) fn new() -> Self {
        // Sixteen digits more than a float has, from the series of the exponential.
        let (mut bits, mut rest) = ([0.0; 16], [0.0; 16]);
        for j in 0..16_u64 {
            let power = (j as f64 / 16.0).exp2();
            let bits_of = power.to_bits() - (j << 48);
            bits[j as usize] = f64::from_bits(bits_of);
            // 2^(j/16) to the 16th is 2^j. Of power^16 / 2^j − 1, computed in two floats, a 16th is what
            // the power is too large by.
            let (mut high, mut low) = (power, 0.0);
            for _ in 0..4 {
                let square = high * high;
                let error = high.mul_add(high, -square);
                (high, low) = (square, error + 2.0 * high * low);
            }
            let whole = (j as f64).exp2();
            rest[j as usize] = -((high - whole) + low) / whole / 16.0;
        }
        Self { bits, rest }
    }
}

/// The hyperbolic tangent in double precision, within 3 units in the last place.
///
/// With y = 2·|x| = (16n + j)·ln 2/16 + r it is e/(e + 2) of e = exp(y) − 1 = s·(1 + q) − 1, where
/// s = 2^n·2^(j/16), and q = exp(r) − 1 needs six terms of the series, since |r| is at most ln 2/32. Where y is small,
/// s is 1 and e is q, so nothing is lost near zero.
///
/// # Safety
/// As all methods of [`Vector`].
#[inline(always)]
pub(super) unsafe fn tanh_double<V: Vector<Scalar = f64>>(x: V, powers: &Powers) -> V {
    // SAFETY: the caller's.
    unsafe {
        let size = x.abs().min(V::splat(20.0));
        // In the low bits of the sum stands the number of steps.
        let magic = V::splat(6_755_399_441_055_744.0);
        let steps_and_magic = size.mul_add(V::splat(32.0 / std::f64::consts::LN_2), magic);
        let steps = steps_and_magic.sub(magic);
        let half = steps.neg_mul_add(V::splat(STEP_HIGH), size);
        let half = steps.neg_mul_add(V::splat(STEP_LOW), half);
        let (power, rest) = steps_and_magic.powers(&powers.bits, &powers.rest);
        // exp(2h) − 1 = 2h + h²·(2 + h·(4/3 + h·(2/3 + …))).
        let square = half.mul(half);
        let high = half.mul_add(V::splat(8.0 / 315.0), V::splat(4.0 / 45.0));
        let middle = half.mul_add(V::splat(4.0 / 15.0), V::splat(2.0 / 3.0));
        let low = half.mul_add(V::splat(4.0 / 3.0), V::splat(2.0));
        let series = high.mul_add(square, middle).mul_add(square, low);
        let linear = half.mul_add(V::splat(2.0), rest);
        let q = series.mul_add(square, linear);
        let one = V::splat(1.0);
        let e = q.mul_add(power, power.sub(one));
        e.quotient(e.add(V::splat(2.0))).with_sign_of(x)
    }
}
