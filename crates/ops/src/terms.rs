//! How large the terms were whose sum a value is.
//!
//! `1 − tanh² x` is exact to an ulp of its terms, not of itself: far out it cancels to nothing. A
//! comparison that allows for *4 ulps of the sum of the absolute values of the terms added* needs that
//! sum, and [`Terms`] carries it through any text. It allows cancellation and nothing else.

use crate::dual::Dual;
use crate::real::Real;
use dagrad_graph::Scalar;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A value together with its magnitude: the sum of the absolute values of the terms added to make
/// it.
///
/// - The magnitude of a leaf or a literal is its absolute value.
/// - Magnitudes of sums and differences add, those of products multiply.
/// - A selected value keeps its own.
/// - A function's is `|f(x)|`, plus `|f′(x)|` times the *excess* of its operand's magnitude over the
///   operand's absolute value: what was cancelled inside is still uncertain outside.
///
/// ```
/// use dagrad_ops::{Real, Terms};
///
/// let y = Terms::leaf(0.75_f64);
/// let slope = Terms::lit(1.0) - y * y;
/// assert_eq!((slope.value, slope.magnitude), (0.4375, 1.5625));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Terms<R> {
    /// The value, to the bit what the same text gives over `R`.
    pub value: R,
    /// The sum of the absolute values of the terms added; never less than `|value|` but for rounding.
    pub magnitude: R,
}

impl<R: Real> Terms<R> {
    /// A value that is not a sum: its magnitude is its absolute value.
    #[must_use]
    pub fn leaf(value: R) -> Self {
        Self {
            value,
            magnitude: value.abs(),
        }
    }

    /// What the magnitude exceeds the absolute value by.
    fn excess(self) -> R {
        self.magnitude - self.value.abs()
    }

    /// `slope · excess`, and nothing where nothing was cancelled, however steep the slope.
    fn uncertainty(self, slope: R) -> R {
        let zero = R::lit(0.0);
        self.excess()
            .eq(zero)
            .select(zero, slope.abs() * self.excess())
    }

    /// A function of one operand.
    fn through(self, function: impl Fn(Dual<R>) -> Dual<R>) -> Self {
        let Dual { value, derivative } = function(Dual::variable(self.value));
        Self {
            value,
            magnitude: value.abs() + self.uncertainty(derivative),
        }
    }

    /// A function of two operands.
    fn through_both(self, other: Self, function: impl Fn(Dual<R>, Dual<R>) -> Dual<R>) -> Self {
        let first = function(Dual::variable(self.value), Dual::constant(other.value));
        let second = function(Dual::constant(self.value), Dual::variable(other.value));
        let uncertainty = self.uncertainty(first.derivative) + other.uncertainty(second.derivative);
        Self {
            value: first.value,
            magnitude: first.value.abs() + uncertainty,
        }
    }
}

impl<R: Real> Add for Terms<R> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            magnitude: self.magnitude + other.magnitude,
        }
    }
}

impl<R: Real> Sub for Terms<R> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            value: self.value - other.value,
            magnitude: self.magnitude + other.magnitude,
        }
    }
}

impl<R: Real> Mul for Terms<R> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self {
            value: self.value * other.value,
            magnitude: self.magnitude * other.magnitude,
        }
    }
}

impl<R: Real> Div for Terms<R> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        self.through_both(other, |a, b| a / b)
    }
}

impl<R: Real> Neg for Terms<R> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            value: -self.value,
            magnitude: self.magnitude,
        }
    }
}

/// The primitives of one operand, each passed on to the same primitive of a dual number.
macro_rules! through_each {
    ($($function:ident)*) => {
        $(
            fn $function(self) -> Self {
                self.through(Real::$function)
            }
        )*
    };
}

impl<R: Real> Real for Terms<R> {
    through_each!(sqrt exp exp_m1 ln ln_1p sin cos tan asin acos atan sinh cosh tanh erf);

    fn lit(value: f64) -> Self {
        Self::leaf(R::lit(value))
    }

    fn abs(self) -> Self {
        Self {
            value: self.value.abs(),
            magnitude: self.magnitude,
        }
    }

    fn atan2(self, x: Self) -> Self {
        self.through_both(x, Real::atan2)
    }

    fn powf(self, exponent: Self) -> Self {
        self.through_both(exponent, Real::powf)
    }

    fn lt(self, other: Self) -> Self {
        Self::leaf(self.value.lt(other.value))
    }

    fn le(self, other: Self) -> Self {
        Self::leaf(self.value.le(other.value))
    }

    fn eq(self, other: Self) -> Self {
        Self::leaf(self.value.eq(other.value))
    }

    fn select(self, then: Self, otherwise: Self) -> Self {
        Self {
            value: self.value.select(then.value, otherwise.value),
            magnitude: self.value.select(then.magnitude, otherwise.magnitude),
        }
    }

    fn stop_gradient(self) -> Self {
        Self {
            value: self.value.stop_gradient(),
            magnitude: self.magnitude.stop_gradient(),
        }
    }
}

impl<R: Real + Scalar> Scalar for Terms<R> {
    const NAME: &'static str = "value with the magnitude of its terms";

    fn from_f64(value: f64) -> Self {
        Self::leaf(R::from_f64(value))
    }

    fn to_f64(self) -> f64 {
        self.value.to_f64()
    }

    fn same_bits(self, other: Self) -> bool {
        self.value.same_bits(other.value) && self.magnitude.same_bits(other.magnitude)
    }
}
