//! The hyperbolic functions (Abramowitz and Stegun, 4.5).

use crate::operation::Operation;
use crate::properties::Properties;
use crate::real::Real;

/// The hyperbolic sine.
#[derive(Clone, Copy, Debug)]
pub struct Sinh;

impl Operation for Sinh {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.sinh()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * x.cosh();
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// The hyperbolic cosine.
#[derive(Clone, Copy, Debug)]
pub struct Cosh;

impl Operation for Cosh {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.cosh()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * x.sinh();
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }
}

/// The hyperbolic tangent.
///
/// Its slope is taken from its value, `1 − y²`: one multiplication and one subtraction instead of another
/// function. Far out the two terms cancel, to an error of an ulp of 1.
#[derive(Clone, Copy, Debug)]
pub struct Tanh;

impl Operation for Tanh {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.tanh()
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * (R::lit(1.0) - value * value);
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}
