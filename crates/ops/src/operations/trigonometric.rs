//! The trigonometric functions and their inverses (Abramowitz and Stegun, 4.3 and 4.4). Angles are
//! in radians.

use crate::operation::Operation;
use crate::properties::{Domain, Properties};
use crate::real::Real;

/// The sine.
#[derive(Clone, Copy, Debug)]
pub struct Sin;

impl Operation for Sin {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.sin()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * x.cos();
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// The cosine.
#[derive(Clone, Copy, Debug)]
pub struct Cos;

impl Operation for Cos {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.cos()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = -(adjoint * x.sin());
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }
}

/// The tangent. Its poles lie between the numbers, so it is finite at every one of them.
#[derive(Clone, Copy, Debug)]
pub struct Tan;

impl Operation for Tan {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.tan()
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint * (R::lit(1.0) + value * value);
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// `√(1 − x²)` as `√((1 − x)(1 + x))`: the differences are exact where `1 − x²` would cancel.
#[inline]
fn leg<R: Real>(x: R) -> R {
    let one = R::lit(1.0);
    ((one - x) * (one + x)).sqrt()
}

/// The arc sine, within `−π/2 ..= π/2`. Its slope is infinite at both ends of the domain.
#[derive(Clone, Copy, Debug)]
pub struct Asin;

impl Operation for Asin {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.asin()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint / leg(x);
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::Unit
    }
}

/// The arc cosine, within `0 ..= π`. Its slope is infinite at both ends of the domain.
#[derive(Clone, Copy, Debug)]
pub struct Acos;

impl Operation for Acos {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.acos()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = -(adjoint / leg(x));
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::Unit
    }
}

/// The arc tangent, within `−π/2 ..= π/2`.
#[derive(Clone, Copy, Debug)]
pub struct Atan;

impl Operation for Atan {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.atan()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = adjoint / (R::lit(1.0) + x * x);
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// The angle of the point (x, y), within `−π ..= π`; the operands are y and x, in this order. It jumps
/// across the negative x axis, where its derivatives exist all the same, and has none at the origin.
#[derive(Clone, Copy, Debug)]
pub struct Atan2;

impl Operation for Atan2 {
    type Operands<R: Real> = [R; 2];

    #[inline(always)]
    fn value<R: Real>(&self, &[y, x]: &[R; 2]) -> R {
        y.atan2(x)
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        &[y, x]: &[R; 2],
        _: R,
        adjoint: R,
        [to_y, to_x]: &mut [R; 2],
    ) {
        // x/(x² + y²) and −y/(x² + y²), with both coordinates divided by the larger one: a square of
        // either would overflow beyond 1e154 and vanish below 1e-162.
        let (height, width) = (y.abs(), x.abs());
        let scale = height.lt(width).select(width, height);
        let (down, across) = (y / scale, x / scale);
        let square = across * across + down * down;
        *to_y = adjoint * (across / square / scale);
        *to_x = -(adjoint * (down / square / scale));
    }

    fn properties(&self) -> Properties {
        Properties::KINKED.and_zero_preserving()
    }
}
