//! The functions that are measured, what they should give, and how near they have to come.

use crate::wide::{Wide, exponent_of};
use dagrad_ops::Op;

/// A function.
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) op: Op,
    /// How many units in the last place it may be off.
    pub(crate) bound: f64,
    /// Where values are neither trivial nor out of range in `f64`, roughly.
    pub(crate) range: (f64, f64),
    /// The value in `f64`, by the library: good enough to judge `f32`.
    pub(crate) single: fn(f64) -> f64,
    /// The value in twice as many digits, of a finite number within the domain.
    pub(crate) double: fn(f64) -> Exact,
}

/// A value times a power of two, so that values which are subnormal in `f64` keep their digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exact {
    pub(crate) value: Wide,
    pub(crate) exponent: i32,
}

impl From<Wide> for Exact {
    fn from(value: Wide) -> Self {
        Self { value, exponent: 0 }
    }
}

impl From<(Wide, i32)> for Exact {
    fn from((value, exponent): (Wide, i32)) -> Self {
        Self { value, exponent }
    }
}

/// Beyond this size sines and cosines in `f64` are the library's.
pub(crate) const LARGEST_ANGLE: f64 = 32_768.0;

/// Every function that has a vector form, and the two that are single instructions.
pub(crate) fn all() -> Vec<Function> {
    let function = |name, op, bound, range, single, double| Function {
        name,
        op,
        bound,
        range,
        single,
        double,
    };
    vec![
        function("exp", Op::Exp, 1.5, (-760.0, 712.0), f64::exp, |x| {
            Wide::of(x).exp().into()
        }),
        function("expm1", Op::Expm1, 1.5, (-45.0, 712.0), f64::exp_m1, exp_m1),
        function("ln", Op::Ln, 1.5, (0.0, 4.0), f64::ln, |x| {
            let (m, exponent) = normal(x);
            Wide::of(m).ln(exponent).into()
        }),
        function("log1p", Op::Log1p, 1.5, (-1.0, 4.0), f64::ln_1p, |x| {
            Wide::of(x).ln_1p().into()
        }),
        function("tanh", Op::Tanh, 3.0, (-23.0, 23.0), f64::tanh, tanh),
        function(
            "sigmoid",
            Op::Sigmoid,
            3.0,
            (-760.0, 45.0),
            sigmoid_single,
            sigmoid,
        ),
        function(
            "softplus",
            Op::Softplus,
            3.0,
            (-760.0, 45.0),
            softplus_single,
            softplus,
        ),
        function(
            "sin",
            Op::Sin,
            2.0,
            (-LARGEST_ANGLE, LARGEST_ANGLE),
            f64::sin,
            |x| Wide::of(x).sin().into(),
        ),
        function(
            "cos",
            Op::Cos,
            2.0,
            (-LARGEST_ANGLE, LARGEST_ANGLE),
            f64::cos,
            |x| Wide::of(x).cos().into(),
        ),
        function("sqrt", Op::Sqrt, 0.5, (0.0, 4.0), f64::sqrt, |x| {
            let (m, exponent) = normal(x);
            let odd = exponent.rem_euclid(2);
            let root = Wide::of(m * f64::from(1 + odd)).sqrt();
            (root, (exponent - odd) / 2).into()
        }),
        function("recip", Op::Recip, 0.5, (-4.0, 4.0), f64::recip, |x| {
            let (m, exponent) = normal(x.abs());
            let value = Wide::ONE / Wide::of(m.copysign(x));
            (value, -exponent).into()
        }),
    ]
}

/// A positive number as one of 1..2 and a power of two.
fn normal(x: f64) -> (f64, i32) {
    const LIFT: f64 = 18_014_398_509_481_984.0;
    let (x, lifted) = if x < f64::MIN_POSITIVE {
        (x * LIFT, 54)
    } else {
        (x, 0)
    };
    let exponent = exponent_of(x);
    let mantissa = f64::from_bits(x.to_bits() & (u64::MAX >> 12) | 1.0_f64.to_bits());
    (mantissa, exponent - lifted)
}

fn exp_m1(x: f64) -> Exact {
    if x > 700.0 {
        // The 1 is far below the last digit.
        Wide::of(x).exp().into()
    } else {
        Wide::of(x).exp_m1().into()
    }
}

fn tanh(x: f64) -> Exact {
    // From here on it is 1 by 2^-115.
    let less = Wide::of(2.0 * x.abs().min(40.0)).exp_m1();
    let value = less / (less + Wide::of(2.0));
    (if x < 0.0 { -value } else { value }).into()
}

fn sigmoid_single(x: f64) -> f64 {
    let power = (-x.abs()).exp();
    (if x < 0.0 { power } else { 1.0 }) / (1.0 + power)
}

fn sigmoid(x: f64) -> Exact {
    let (m, n) = Wide::of(-x.abs()).exp();
    let power = m.scaled(2.0_f64.powi(n.max(-900)));
    if x < 0.0 {
        (m / (Wide::ONE + power), n).into()
    } else {
        (Wide::ONE / (Wide::ONE + power)).into()
    }
}

fn softplus_single(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

fn softplus(x: f64) -> Exact {
    let (m, n) = Wide::of(-x.abs()).exp();
    if n < -120 {
        return if x < 0.0 {
            (m, n).into()
        } else {
            Wide::of(x).into()
        };
    }
    let small = m.scaled(2.0_f64.powi(n)).ln_1p();
    (if x > 0.0 { Wide::of(x) + small } else { small }).into()
}
