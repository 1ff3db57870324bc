//! The exponential, the logarithm, and the error function.

use crate::operation::Operation;
use crate::properties::{Domain, Properties};
use crate::real::Real;
use std::f64::consts::FRAC_2_SQRT_PI;

/// `eˣ`.
#[derive(Clone, Copy, Debug)]
pub struct Exp;

impl Operation for Exp {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.exp()
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * value;
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }
}

/// `eˣ − 1`, accurate near zero.
#[derive(Clone, Copy, Debug)]
pub struct Expm1;

impl Operation for Expm1 {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.exp_m1()
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * (value + R::lit(1.0));
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// The natural logarithm.
#[derive(Clone, Copy, Debug)]
pub struct Ln;

impl Operation for Ln {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.ln()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint / x;
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::Positive
    }
}

/// `ln(1 + x)`, accurate near zero.
#[derive(Clone, Copy, Debug)]
pub struct Log1p;

impl Operation for Log1p {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.ln_1p()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint / (R::lit(1.0) + x);
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::AboveMinusOne
    }
}

/// The error function, `2/√π · ∫₀ˣ exp(−t²) dt` (Abramowitz and Stegun, 7.1.1).
#[derive(Clone, Copy, Debug)]
pub struct Erf;

impl Operation for Erf {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.erf()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * (R::lit(FRAC_2_SQRT_PI) * (-(x * x)).exp());
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}
