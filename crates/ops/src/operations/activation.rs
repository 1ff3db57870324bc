//! The activation functions that composing would make slow or inaccurate.

use crate::operation::Operation;
use crate::properties::Properties;
use crate::real::Real;

/// `−|x|`, whose slope at zero is −1 and not the 0 of an absolute value: the texts below are smooth
/// there, and so have to be their parts.
#[inline(always)]
fn downward<R: Real>(x: R) -> R {
    x.lt(R::lit(0.0)).select(x, -x)
}

/// `1 / (1 + e⁻ˣ)`.
///
/// Stable: the exponential is taken of `−|x|`, so it never overflows, and far below zero the value is
/// `eˣ` down to the smallest number.
#[derive(Clone, Copy, Debug)]
pub struct Sigmoid;

impl Operation for Sigmoid {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        let one = R::lit(1.0);
        let power = downward(x).exp();
        x.lt(R::lit(0.0)).select(power, one) / (one + power)
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * (value * (R::lit(1.0) - value));
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }
}

/// `max(x, 0)`, with NaN passed through. The adjoint is routed to x where x is not at most 0: at the
/// kink itself nothing is.
#[derive(Clone, Copy, Debug)]
pub struct Relu;

impl Operation for Relu {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        let zero = R::lit(0.0);
        x.le(zero).select(zero, x)
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        let zero = R::lit(0.0);
        *to_x = x.le(zero).select(zero, adjoint);
    }

    fn properties(&self) -> Properties {
        Properties::KINKED.and_zero_preserving()
    }
}

/// `ln(1 + eˣ)`, as `max(x, 0) + ln(1 + exp(−|x|))`, which overflows nowhere.
///
/// Its slope is the sigmoid of x, taken from the value: `1 − e⁻ʸ`.
#[derive(Clone, Copy, Debug)]
pub struct Softplus;

impl Operation for Softplus {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        let zero = R::lit(0.0);
        x.lt(zero).select(zero, x) + downward(x).exp().ln_1p()
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = -(adjoint * (-value).exp_m1());
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }
}
