//! Dual numbers: a value and its derivative with respect to one variable.
//!
//! They state the derivative of each primitive of [`Real`] by themselves and never ask an operation
//! for its contributions, which makes them an independent check of those. Nested
//! (`Dual<Dual<f64>>`), they give second derivatives.
//!
//! Source of the rules: M. Abramowitz, I. A. Stegun, *Handbook of Mathematical Functions*, 3.3, 4.1–4.6
//! and 7.1; forward accumulation as in A. Griewank, A. Walther, *Evaluating Derivatives*, 2nd ed., ch. 3.

use crate::real::Real;
use dagrad_graph::Scalar;
use std::f64::consts::FRAC_2_SQRT_PI;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A value together with its derivative with respect to one variable.
///
/// ```
/// use dagrad_ops::{Dual, Real};
///
/// let x = Dual::variable(3.0_f64);
/// let y = x * x;
/// assert_eq!((y.value, y.derivative), (9.0, 6.0));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Dual<R> {
    /// The value.
    pub value: R,
    /// Its derivative.
    pub derivative: R,
}

impl<R: Real> Dual<R> {
    /// A value with the given derivative.
    #[must_use]
    pub fn new(value: R, derivative: R) -> Self {
        Self { value, derivative }
    }

    /// The variable itself: its derivative is one.
    #[must_use]
    pub fn variable(value: R) -> Self {
        Self::new(value, R::lit(1.0))
    }

    /// A value that does not depend on the variable: its derivative is zero.
    #[must_use]
    pub fn constant(value: R) -> Self {
        Self::new(value, R::lit(0.0))
    }
}

impl<R: Real> Add for Dual<R> {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self::new(self.value + other.value, self.derivative + other.derivative)
    }
}

impl<R: Real> Sub for Dual<R> {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self::new(self.value - other.value, self.derivative - other.derivative)
    }
}

impl<R: Real> Mul for Dual<R> {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        Self::new(
            self.value * other.value,
            self.derivative * other.value + self.value * other.derivative,
        )
    }
}

impl<R: Real> Div for Dual<R> {
    type Output = Self;

    #[inline]
    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        // By way of the quotient the square of the divisor, which would overflow, is not needed; and
        // a tangent of zero meets no infinity, since the division comes last. A divisor that has
        // overflowed has as a rule an infinite tangent, too, which must not meet the quotient of zero.
        let share = quotient * other.derivative;
        let overflowed = other.value.abs().eq(R::lit(f64::INFINITY));
        let share = overflowed.select(R::lit(0.0), share);
        Self::new(quotient, (self.derivative - share) / other.value)
    }
}

impl<R: Real> Neg for Dual<R> {
    type Output = Self;

    #[inline]
    fn neg(self) -> Self {
        Self::new(-self.value, -self.derivative)
    }
}

impl<R: Real> Real for Dual<R> {
    fn lit(value: f64) -> Self {
        Self::constant(R::lit(value))
    }

    fn abs(self) -> Self {
        let zero = R::lit(0.0);
        let rising = self.value.eq(zero).select(zero, self.derivative);
        Self::new(
            self.value.abs(),
            self.value.lt(zero).select(-self.derivative, rising),
        )
    }

    fn sqrt(self) -> Self {
        let root = self.value.sqrt();
        Self::new(root, self.derivative / (root + root))
    }

    fn exp(self) -> Self {
        let power = self.value.exp();
        Self::new(power, self.derivative * power)
    }

    fn exp_m1(self) -> Self {
        Self::new(self.value.exp_m1(), self.derivative * self.value.exp())
    }

    fn ln(self) -> Self {
        Self::new(self.value.ln(), self.derivative / self.value)
    }

    fn ln_1p(self) -> Self {
        Self::new(
            self.value.ln_1p(),
            self.derivative / (R::lit(1.0) + self.value),
        )
    }

    fn sin(self) -> Self {
        Self::new(self.value.sin(), self.derivative * self.value.cos())
    }

    fn cos(self) -> Self {
        Self::new(self.value.cos(), -(self.derivative * self.value.sin()))
    }

    fn tan(self) -> Self {
        let cosine = self.value.cos();
        Self::new(self.value.tan(), self.derivative / cosine / cosine)
    }

    fn asin(self) -> Self {
        Self::new(self.value.asin(), self.derivative / arc_slope(self.value))
    }

    fn acos(self) -> Self {
        Self::new(
            self.value.acos(),
            -(self.derivative / arc_slope(self.value)),
        )
    }

    fn atan(self) -> Self {
        Self::new(
            self.value.atan(),
            self.derivative / (R::lit(1.0) + self.value * self.value),
        )
    }

    fn atan2(self, x: Self) -> Self {
        // (x·y′ − y·x′) / (x² + y²), with both coordinates scaled by the larger, so that no square
        // leaves the range of the numbers.
        let (height, width) = (self.value.abs(), x.value.abs());
        let scale = height.lt(width).select(width, height);
        let (down, across) = (self.value / scale, x.value / scale);
        let turn = across * self.derivative - down * x.derivative;
        Self::new(
            self.value.atan2(x.value),
            turn / (across * across + down * down) / scale,
        )
    }

    fn sinh(self) -> Self {
        Self::new(self.value.sinh(), self.derivative * self.value.cosh())
    }

    fn cosh(self) -> Self {
        Self::new(self.value.cosh(), self.derivative * self.value.sinh())
    }

    fn tanh(self) -> Self {
        // 1/cosh² x = 4t/(1 + t)², t = exp(−2|x|): no term overflows, so derivatives of any order
        // go to zero far out. The slope of |x| at 0 is taken from the right: 0 would be wrong for
        // the third derivative.
        let one = R::lit(1.0);
        let size = self.value.lt(R::lit(0.0)).select(-self.value, self.value);
        let t = (-(size + size)).exp();
        let slope = R::lit(4.0) * t / ((one + t) * (one + t));
        Self::new(self.value.tanh(), self.derivative * slope)
    }

    fn erf(self) -> Self {
        let bell = R::lit(FRAC_2_SQRT_PI) * (-(self.value * self.value)).exp();
        Self::new(self.value.erf(), self.derivative * bell)
    }

    fn powf(self, exponent: Self) -> Self {
        let (zero, infinity) = (R::lit(0.0), R::lit(f64::INFINITY));
        let (x, y) = (self.value, exponent.value);
        let power = x.powf(y);
        // y·x^(y − 1). Where y is zero only an unbounded factor is replaced: a bounded one has to
        // stay, because its product with y has a derivative in y.
        let steep = x.powf(y - R::lit(1.0));
        let bounded = steep.abs().lt(infinity).select(steep, zero);
        let slope = y * y.eq(zero).select(bounded, steep);
        // A base that does not move takes nothing from an unbounded slope.
        let still = self.derivative.eq(zero).select(zero, slope);
        let by_base = slope.abs().eq(infinity).select(still, slope);
        // x^y·ln x. Below a base of zero it has no value, at zero its limit is zero or unbounded; an
        // exponent that does not move takes nothing from any of these.
        let growth = power * x.ln();
        let still = exponent.derivative.eq(zero).select(zero, growth);
        let at_zero = y.ge(zero).select(zero, still);
        let by_exponent = x.le(zero).select(x.eq(zero).select(at_zero, still), growth);
        Self::new(
            power,
            self.derivative * by_base + exponent.derivative * by_exponent,
        )
    }

    fn lt(self, other: Self) -> Self {
        Self::constant(self.value.lt(other.value))
    }

    fn le(self, other: Self) -> Self {
        Self::constant(self.value.le(other.value))
    }

    fn eq(self, other: Self) -> Self {
        Self::constant(self.value.eq(other.value))
    }

    fn select(self, then: Self, otherwise: Self) -> Self {
        Self::new(
            self.value.select(then.value, otherwise.value),
            self.value.select(then.derivative, otherwise.derivative),
        )
    }

    fn stop_gradient(self) -> Self {
        Self::constant(self.value.stop_gradient())
    }
}

/// `√(1 − x²)` as `√((1 − x)(1 + x))`, which does not cancel near the ends of the domain.
fn arc_slope<R: Real>(x: R) -> R {
    let one = R::lit(1.0);
    ((one - x) * (one + x)).sqrt()
}

impl<R: Real + Scalar> Scalar for Dual<R> {
    const NAME: &'static str = "dual";

    fn from_f64(value: f64) -> Self {
        Self::constant(R::from_f64(value))
    }

    fn to_f64(self) -> f64 {
        self.value.to_f64()
    }

    fn same_bits(self, other: Self) -> bool {
        self.value.same_bits(other.value) && self.derivative.same_bits(other.derivative)
    }
}
