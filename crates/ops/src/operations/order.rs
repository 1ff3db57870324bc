//! The absolute value, the minimum and the maximum: the adjoint is routed, never scaled.

use super::join;
use crate::operation::Operation;
use crate::properties::Properties;
use crate::real::Real;

/// `|x|`. At the kink nothing is contributed; NaN lets the adjoint pass.
#[derive(Clone, Copy, Debug)]
pub struct Abs;

impl Operation for Abs {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        x.abs()
    }

    #[inline]
    fn contributions<R: Real>(&self, &[x]: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        let zero = R::lit(0.0);
        *to_x = x
            .lt(zero)
            .select(-adjoint, x.eq(zero).select(zero, adjoint));
    }

    fn properties(&self) -> Properties {
        Properties::KINKED.and_zero_preserving()
    }
}

/// Routes the adjoint to the first operand that is the value, or that is NaN, which makes the value
/// NaN. Just one operand gets it.
#[inline]
fn route_to_first<R: Real>(operands: &[R], value: R, adjoint: R, contributions: &mut [R]) {
    let (zero, one) = (R::lit(0.0), R::lit(1.0));
    let mut free = one;
    for (place, &x) in contributions.iter_mut().zip(operands) {
        let taken = free.select(x.eq(x).select(x.eq(value), one), zero);
        *place = taken.select(adjoint, zero);
        free = taken.select(zero, free);
    }
}

/// The least so far, joined by x.
#[inline(always)]
fn lesser<R: Real>(least: R, x: R) -> R {
    least.le(x).select(least, least.eq(least).select(x, least))
}

/// The greatest so far, joined by x.
#[inline(always)]
fn greater<R: Real>(most: R, x: R) -> R {
    x.le(most).select(most, most.eq(most).select(x, most))
}

/// The least of the operands: the first of equal ones, NaN if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Min;

impl Operation for Min {
    type Operands<R: Real> = [R];

    #[inline(always)]
    fn value<R: Real>(&self, operands: &[R]) -> R {
        join(operands, lesser)
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        operands: &[R],
        value: R,
        adjoint: R,
        contributions: &mut [R],
    ) {
        route_to_first(operands, value, adjoint, contributions);
    }

    fn properties(&self) -> Properties {
        Properties::KINKED.and_zero_preserving()
    }
}

/// The greatest of the operands: the first of equal ones, NaN if there is one.
#[derive(Clone, Copy, Debug)]
pub struct Max;

impl Operation for Max {
    type Operands<R: Real> = [R];

    #[inline(always)]
    fn value<R: Real>(&self, operands: &[R]) -> R {
        join(operands, greater)
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        operands: &[R],
        value: R,
        adjoint: R,
        contributions: &mut [R],
    ) {
        route_to_first(operands, value, adjoint, contributions);
    }

    fn properties(&self) -> Properties {
        Properties::KINKED.and_zero_preserving()
    }
}
