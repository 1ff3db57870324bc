//! What rounding can do to a number: the bound that another precision, another order of sums or a
//! fused multiply-add is held to.
//!
//! A sweep over [`Rounded`] carries beside each value a bound of its absolute error, to first order: a
//! *running error analysis* (N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed.,
//! §3.3). With `u` for half an ulp of 1 (2⁻²⁴ in `f32`, 2⁻⁵³ in `f64`):
//!
//! - a leaf that the type holds exactly has no error, any other `u · |x|`;
//! - a sum adds the errors of its terms, and `u` times the sum of the absolute values of the terms added so
//!   far, which covers every order of adding;
//! - a product, a quotient or a root adds `u · |y|`, any other function `4u · |y|`, to what the errors of
//!   its operands do to it;
//! - a comparison of numbers closer than their errors may fall either way, and so may whatever a `select`
//!   chooses by it: the error is then the distance between the choices.

use dagrad_graph::Scalar;
use dagrad_ops::{Dual, Real, UserOperation};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A number as `f64` has it, and by how much it may differ in a type of `DIGITS` binary digits.
#[derive(Clone, Copy, Debug)]
pub struct Rounded<const DIGITS: i32> {
    value: f64,
    /// The sum of the absolute values of the terms added to make it; `|value|` where it is no sum.
    terms: f64,
    error: f64,
}

/// A number and how far from it another may be.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    /// The number.
    pub value: f64,
    /// The distance, in absolute terms; infinite or NaN where nothing can be said.
    pub error: f64,
}

impl Bound {
    /// Whether `got` lies within `factor` times the error; none where nothing can be said. A NaN or an
    /// infinity whose error is zero has to be the same one.
    #[must_use]
    pub fn admits(self, got: f64, factor: f64) -> Option<bool> {
        if !self.error.is_finite() {
            None
        } else if self.value.is_finite() && got.is_finite() {
            Some((got - self.value).abs() <= factor * self.error)
        } else {
            Some(dagrad_ops::same_bits(got, self.value))
        }
    }
}

impl<const DIGITS: i32> Rounded<DIGITS> {
    /// Numbers as `f32` has them, rather than as `f64` has them.
    const SINGLE: bool = DIGITS <= 24;

    fn unit() -> f64 {
        2.0_f64.powi(-DIGITS)
    }

    /// The least number of the type.
    fn least() -> f64 {
        if Self::SINGLE {
            f64::from(f32::from_bits(1))
        } else {
            f64::from_bits(1)
        }
    }

    fn greatest() -> f64 {
        if Self::SINGLE {
            f64::from(f32::MAX)
        } else {
            f64::MAX
        }
    }

    fn leaf(value: f64) -> Self {
        Self::of(
            value,
            if Self::holds(value) {
                0.0
            } else {
                Self::unit() * value.abs() + Self::least()
            },
        )
    }

    /// Whether the type has this very number.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whether something is cut off is the question"
    )]
    fn holds(value: f64) -> bool {
        !Self::SINGLE || dagrad_ops::same_bits(f64::from(value as f32), value)
    }

    /// A number with this error, which is unbounded where the type may overflow and `f64` does not.
    fn of(value: f64, error: f64) -> Self {
        let overflows = value.is_finite() && value.abs() + error > Self::greatest();
        Self {
            value,
            terms: value.abs(),
            error: if overflows || error.is_nan() {
                f64::INFINITY
            } else {
                error
            },
        }
    }

    /// The same, after so many roundings of its own, unless it needs none.
    fn after(value: f64, error: f64, roundings: f64) -> Self {
        // An infinity or a NaN is not rounded.
        let own = if value.is_finite() {
            roundings * Self::unit() * value.abs() + Self::least()
        } else {
            0.0
        };
        Self::of(value, error + own)
    }

    /// The number and its error.
    #[must_use]
    pub fn bound(self) -> Bound {
        Bound {
            value: self.value,
            error: self.error,
        }
    }

    fn is_exact(self) -> bool {
        self.error == 0.0
    }

    /// Whether two parts of a sum are multiples of so coarse a unit, beside the sum of the absolute values of
    /// its terms, that no order of adding rounds. Half of the digits are the parts', the other half is
    /// what terms of finer units may need.
    fn adds_exactly(left: f64, right: f64, terms: f64) -> bool {
        // The power of two below it.
        let scale = f64::from_bits(terms.to_bits() & f64::INFINITY.to_bits());
        let multiple = |x: f64| (x / scale * 2.0_f64.powi(DIGITS / 2)).fract() == 0.0;
        terms == 0.0 || (multiple(left) && multiple(right))
    }

    /// What the error does to a function of this operand: at both ends, and by its slope.
    fn spread(self, function: impl Fn(Dual<f64>) -> Dual<f64>) -> f64 {
        if self.is_exact() {
            return 0.0;
        }
        let Dual { value, derivative } = function(Dual::variable(self.value));
        let at = |x: f64| (function(Dual::constant(x)).value - value).abs();
        let ends = [at(self.value - self.error), at(self.value + self.error)];
        // `max` would drop a NaN, which is where the error reaches beyond the domain.
        if ends.iter().any(|end| end.is_nan()) {
            return f64::INFINITY;
        }
        (derivative * self.error).abs().max(ends[0]).max(ends[1])
    }

    fn through(self, roundings: f64, function: impl Fn(Dual<f64>) -> Dual<f64>) -> Self {
        let value = function(Dual::constant(self.value)).value;
        Self::after(value, self.spread(function), roundings)
    }

    fn through_both(
        self,
        other: Self,
        roundings: f64,
        function: impl Fn(Dual<f64>, Dual<f64>) -> Dual<f64>,
    ) -> Self {
        let (left, right) = (Dual::constant(self.value), Dual::constant(other.value));
        let error = self.spread(|x| function(x, right)) + other.spread(|x| function(left, x));
        Self::after(function(left, right).value, error, roundings)
    }

    /// A comparison, which may fall either way where the operands are closer than their errors.
    fn compared(self, other: Self, result: f64) -> Self {
        let error = self.error + other.error;
        // A NaN compares as a NaN, however it came about.
        let open = error > 0.0 && (self.value - other.value).abs() <= error;
        Self::of(result, f64::from(u8::from(open)))
    }
}

impl<const DIGITS: i32> Add for Rounded<DIGITS> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let value = self.value + other.value;
        let terms = self.terms + other.terms;
        let exact = self.is_exact()
            && other.is_exact()
            && Self::adds_exactly(self.value, other.value, terms);
        let own = if exact || !value.is_finite() {
            0.0
        } else {
            Self::unit() * terms
        };
        Self {
            terms,
            ..Self::of(value, self.error + other.error + own)
        }
    }
}

impl<const DIGITS: i32> Sub for Rounded<DIGITS> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<const DIGITS: i32> Mul for Rounded<DIGITS> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let value = self.value * other.value;
        let exact = self.is_exact() && other.is_exact();
        if exact && self.value.mul_add(other.value, -value) == 0.0 && Self::holds(value) {
            return Self::of(value, 0.0);
        }
        // An error of zero stays zero beside an infinite factor.
        let part = |factor: f64, error: f64| {
            if error == 0.0 {
                0.0
            } else {
                factor.abs() * error
            }
        };
        let error = part(self.value, other.error) + part(other.value, self.error);
        Self::after(value, error + part(self.error, other.error), 1.0)
    }
}

impl<const DIGITS: i32> Div for Rounded<DIGITS> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        if other.error > 0.0 && other.error >= other.value.abs() {
            // The divisor may be zero, of either sign.
            return Self::of(self.value / other.value, f64::INFINITY);
        }
        self.through_both(other, 1.0, |a, b| a / b)
    }
}

impl<const DIGITS: i32> Neg for Rounded<DIGITS> {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            value: -self.value,
            ..self
        }
    }
}

/// The primitives of one operand, each passed on to the same primitive of a dual number.
macro_rules! through_each {
    ($($function:ident)*) => {$(
        fn $function(self) -> Self {
            self.through(4.0, Real::$function)
        }
    )*};
}

impl<const DIGITS: i32> Real for Rounded<DIGITS> {
    const SUPPORTS_USER_OPERATIONS: bool = DIGITS == 53;

    through_each!(exp exp_m1 ln ln_1p sin cos tan asin acos atan sinh cosh tanh erf);

    fn lit(value: f64) -> Self {
        Self::leaf(value)
    }

    fn abs(self) -> Self {
        Self {
            value: self.value.abs(),
            ..self
        }
    }

    fn sqrt(self) -> Self {
        self.through(1.0, Real::sqrt)
    }

    fn atan2(self, x: Self) -> Self {
        self.through_both(x, 4.0, Real::atan2)
    }

    fn powf(self, exponent: Self) -> Self {
        self.through_both(exponent, 4.0, Real::powf)
    }

    fn lt(self, other: Self) -> Self {
        self.compared(other, Real::lt(self.value, other.value))
    }

    fn le(self, other: Self) -> Self {
        self.compared(other, Real::le(self.value, other.value))
    }

    fn eq(self, other: Self) -> Self {
        self.compared(other, Real::eq(self.value, other.value))
    }

    fn select(self, then: Self, otherwise: Self) -> Self {
        let chosen = if self.value == 0.0 { otherwise } else { then };
        if self.is_exact() || self.value.abs() > self.error {
            return chosen;
        }
        let distance = if dagrad_ops::same_bits(then.value, otherwise.value) {
            0.0
        } else {
            (then.value - otherwise.value).abs()
        };
        Self::of(chosen.value, distance + then.error.max(otherwise.error))
    }

    fn user_value(operation: &dyn UserOperation, operands: &[Self]) -> Self {
        let values: Vec<_> = operands.iter().map(|operand| operand.value).collect();
        let (value, mut partials) = (operation.value(&values), vec![0.0; values.len()]);
        operation.partials(&values, value, &mut partials);
        let parts = operands.iter().zip(&partials);
        let error = parts
            .map(|(operand, partial)| operand.error * partial.abs())
            .sum();
        Self::after(value, error, 4.0)
    }

    fn user_partials(
        operation: &dyn UserOperation,
        operands: &[Self],
        _value: Self,
        partials: &mut [Self],
    ) {
        let at = |shift: f64| {
            let values: Vec<_> = operands.iter().map(|x| x.value + shift * x.error).collect();
            let mut partials = vec![0.0; values.len()];
            operation.partials(&values, operation.value(&values), &mut partials);
            partials
        };
        let (low, middle, high) = (at(-1.0), at(0.0), at(1.0));
        for (place, ((low, middle), high)) in
            partials.iter_mut().zip(low.iter().zip(middle).zip(high))
        {
            let spread = (low - middle).abs().max((high - middle).abs());
            *place = Self::after(middle, spread, 4.0);
        }
    }
}

impl<const DIGITS: i32> Scalar for Rounded<DIGITS> {
    const NAME: &'static str = "number with a bound of its error";

    fn from_f64(value: f64) -> Self {
        Self::leaf(value)
    }

    fn to_f64(self) -> f64 {
        self.value
    }

    fn same_bits(self, other: Self) -> bool {
        self.value.same_bits(other.value)
            && self.terms.same_bits(other.terms)
            && self.error.same_bits(other.error)
    }
}
