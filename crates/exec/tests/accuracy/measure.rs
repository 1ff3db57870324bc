//! How far a value is from what it should be.

use crate::functions::{Exact, Function, LARGEST_ANGLE};
use crate::wide::{Wide, exponent_of};
use dagrad_exec::ProgramScalar;

/// A float type that errors are measured in.
pub(crate) trait Measured: ProgramScalar + Copy {
    fn wide(self) -> f64;
    fn same(self, other: Self) -> bool;

    /// What `function` should give, found once and compared with several values.
    type Wanted: Copy;
    fn wanted(self, function: &Function) -> Self::Wanted;
    /// The error of a value in units in the last place of the true one; infinite where the two are no
    /// numbers of the same kind.
    fn error(self, wanted: Self::Wanted) -> f64;
}

impl Measured for f32 {
    type Wanted = f64;

    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn same(self, other: Self) -> bool {
        dagrad_ops::same_bits(self, other)
    }

    fn wanted(self, function: &Function) -> f64 {
        (function.single)(f64::from(self))
    }

    fn error(self, wanted: f64) -> f64 {
        if self.is_nan() || wanted.is_nan() {
            return if self.is_nan() && wanted.is_nan() {
                0.0
            } else {
                f64::INFINITY
            };
        }
        let greatest = 2.0_f64.powi(128);
        // What overflows counts as the power of two that it is rounded to.
        let (got, wanted) = (
            f64::from(self).clamp(-greatest, greatest),
            wanted.clamp(-greatest, greatest),
        );
        let unit = 2.0_f64.powi(exponent_of(wanted).clamp(-126, 127) - 23);
        (got - wanted).abs() / unit
    }
}

impl Measured for f64 {
    type Wanted = Result<Exact, f64>;

    fn wide(self) -> f64 {
        self
    }

    fn same(self, other: Self) -> bool {
        dagrad_ops::same_bits(self, other)
    }

    /// Where a value is not finite, or the operand beyond what is reduced here, it is the library's.
    fn wanted(self, function: &Function) -> Self::Wanted {
        let library = (function.single)(self);
        let is_wave = matches!(function.op, dagrad_ops::Op::Sin | dagrad_ops::Op::Cos);
        let is_beyond = is_wave && self.abs() > LARGEST_ANGLE;
        let is_far = self.abs() > 1000.0
            && !is_wave
            && matches!(
                function.op,
                dagrad_ops::Op::Exp
                    | dagrad_ops::Op::Expm1
                    | dagrad_ops::Op::Sigmoid
                    | dagrad_ops::Op::Softplus
            );
        let is_zero = self == 0.0 && library == 0.0;
        if self.is_finite() && library.is_finite() && !is_beyond && !is_far && !is_zero {
            Ok((function.double)(self))
        } else {
            Err(library)
        }
    }

    fn error(self, wanted: Self::Wanted) -> f64 {
        let Exact { value, exponent } = match wanted {
            Ok(exact) => exact,
            Err(library) if self.same(library) => return 0.0,
            Err(_) => return f64::INFINITY,
        };
        if self.is_nan() {
            return f64::INFINITY;
        }
        // Both are brought to a size where neither is subnormal.
        let got = if self.is_infinite() {
            lifted(2.0_f64.powi(1023), 1 - exponent).copysign(self)
        } else {
            lifted(self, -exponent)
        };
        let place = exponent_of(value.high)
            .max(-1022 - exponent)
            .min(1023 - exponent);
        let difference = (Wide::of(got) - value).high;
        (difference * 2.0_f64.powi(-place / 2) * 2.0_f64.powi(52 - (place - place / 2))).abs()
    }
}

/// `x · 2^exponent`, in two steps.
fn lifted(x: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    x * 2.0_f64.powi(half) * 2.0_f64.powi(exponent - half)
}

/// The greatest error met, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worst {
    pub(crate) error: f64,
    pub(crate) at: f64,
}

impl Worst {
    pub(crate) const NONE: Self = Self {
        error: 0.0,
        at: 0.0,
    };

    pub(crate) fn meet(&mut self, error: f64, at: f64) {
        if error > self.error {
            *self = Self { error, at };
        }
    }

    pub(crate) fn join(self, other: Self) -> Self {
        if other.error > self.error {
            other
        } else {
            self
        }
    }
}
