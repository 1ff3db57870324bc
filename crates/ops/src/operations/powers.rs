//! Powers and roots.

use crate::operation::Operation;
use crate::properties::{Domain, Properties};
use crate::real::Real;
use dagrad_graph::{Grouping, Notation, Precedence};

/// `x²`, as one multiplication.
#[derive(Clone, Copy, Debug)]
pub struct Square;

impl Operation for Square {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x * x
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * (x + x);
    }

    fn notation(&self) -> Notation {
        Notation::Power { exponent: 2 }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// `xⁿ` for a fixed integer n, as a fixed chain of multiplications: the same bits everywhere.
///
/// The chain squares and multiplies along the bits of |n|, lowest first; a negative power is the
/// reciprocal of the positive one. Its relative error grows to about |n| · 2⁻⁵³. `x⁰` is 1, whatever x,
/// and contributes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Powi(pub i32);

/// `xⁿ` by squaring and multiplying (D. E. Knuth, *The Art of Computer Programming*, vol. 2, 4.6.3,
/// algorithm A); none for an exponent of 0, which takes no arithmetic.
#[inline]
fn chain<R: Real>(x: R, exponent: u32) -> Option<R> {
    let mut bits = exponent;
    let mut square = x;
    let mut power: Option<R> = None;
    while bits > 0 {
        if bits & 1 == 1 {
            power = Some(power.map_or(square, |power| power * square));
        }
        bits >>= 1;
        if bits > 0 {
            square = square * square;
        }
    }
    power
}

impl Operation for Powi {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        let one = R::lit(1.0);
        match chain(x, self.0.unsigned_abs()) {
            Some(power) if self.0 < 0 => one / power,
            Some(power) => power,
            None => one,
        }
    }

    fn contributes(&self, _: usize) -> bool {
        self.0 != 0
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        // Below zero the power one lower is had from the value, and cannot overflow on the way; above
        // zero x may be zero, and the power is made anew.
        let lower = if self.0 < 0 {
            Some(value / x)
        } else {
            chain(x, self.0.unsigned_abs().saturating_sub(1))
        };
        let exponent = R::lit(f64::from(self.0));
        // A power of zero is no factor, so that a text never computes with literals only.
        *to_x = adjoint * lower.map_or(exponent, |lower| exponent * lower);
    }

    fn configuration(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn notation(&self) -> Notation {
        Notation::Power { exponent: self.0 }
    }

    fn properties(&self) -> Properties {
        if self.0 > 0 {
            Properties::SMOOTH.and_zero_preserving()
        } else {
            Properties::SMOOTH
        }
    }

    fn domain(&self, _: usize) -> Domain {
        if self.0 < 0 {
            Domain::NonZero
        } else {
            Domain::Reals
        }
    }
}

/// `xʸ` for any exponent.
///
/// The partial by x is 0 where y is 0, since `x⁰` is 1 for every x, and the partial by y is 0 where x
/// is 0 and y is not negative. Below a base of zero the partial by y is NaN: there the power is
/// defined at integers only.
#[derive(Clone, Copy, Debug)]
pub struct Pow;

impl Operation for Pow {
    type Operands<R: Real> = [R; 2];

    #[inline(always)]
    fn value<R: Real>(&self, &[x, y]: &[R; 2]) -> R {
        x.powf(y)
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        &[x, y]: &[R; 2],
        value: R,
        adjoint: R,
        [to_x, to_y]: &mut [R; 2],
    ) {
        let zero = R::lit(0.0);
        // Where y is zero, only a factor that would turn the zero into NaN is replaced: the product
        // with a bounded one is zero already, and keeps its derivative by y.
        let steep = x.powf(y - R::lit(1.0));
        let bounded = steep.abs().lt(R::lit(f64::INFINITY)).select(steep, zero);
        *to_x = adjoint * (y * y.eq(zero).select(bounded, steep));
        // The logarithm is taken of a base that has one, so that a second derivative meets no 0 · ∞.
        let flat = x.eq(zero).select(y.ge(zero), zero);
        *to_y = adjoint * (value * flat.select(zero, flat.select(R::lit(1.0), x).ln()));
    }

    fn notation(&self) -> Notation {
        Notation::Infix {
            symbol: "^",
            ascii: "^",
            precedence: Precedence::Power,
            grouping: Grouping::Right,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }

    fn domain(&self, operand: usize) -> Domain {
        if operand == 0 {
            Domain::NonNegative
        } else {
            Domain::Reals
        }
    }
}

/// `√x`. At zero its slope is infinite, and so is the contribution of any adjoint but zero.
#[derive(Clone, Copy, Debug)]
pub struct Sqrt;

impl Operation for Sqrt {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.sqrt()
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint / (value + value);
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::NonNegative
    }
}
