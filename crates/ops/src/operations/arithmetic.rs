//! Sums, products, and what undoes them.

use super::join;
use crate::operation::Operation;
use crate::properties::{Domain, Properties};
use crate::real::Real;
use dagrad_graph::{Grouping, Notation, Precedence};

/// `x₀ + x₁ + …`, from left to right, starting from the first term: a sum that started from zero would
/// turn `-0.0` into `0.0`.
#[derive(Clone, Copy, Debug)]
pub struct Add;

impl Operation for Add {
    type Operands<R: Real> = [R];

    #[inline(always)]
    fn value<R: Real>(&self, terms: &[R]) -> R {
        join(terms, std::ops::Add::add)
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R], _: R, adjoint: R, contributions: &mut [R]) {
        contributions.fill(adjoint);
    }

    fn notation(&self) -> Notation {
        Notation::Infix {
            symbol: "+",
            ascii: "+",
            precedence: Precedence::Sum,
            grouping: Grouping::Left,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_commutative().and_zero_preserving()
    }
}

/// `x₀ · x₁ · …`, from left to right.
///
/// The partial by one factor is the product of the others. Each is made from the product of the
/// factors before it and the product of those after it, so that all of them cost O(n) and a zero among
/// the factors, which dividing the value by a factor would not survive, is a factor like any other.
#[derive(Clone, Copy, Debug)]
pub struct Mul;

impl Operation for Mul {
    type Operands<R: Real> = [R];

    #[inline(always)]
    fn value<R: Real>(&self, factors: &[R]) -> R {
        join(factors, std::ops::Mul::mul)
    }

    #[inline]
    fn contributions<R: Real>(&self, factors: &[R], _: R, adjoint: R, contributions: &mut [R]) {
        // The products of the factors before each are kept where the contributions will stand.
        let last = factors.len().saturating_sub(1);
        let mut before: Option<R> = None;
        for (position, (place, &factor)) in contributions.iter_mut().zip(factors).enumerate() {
            if let Some(product) = before {
                *place = product;
            }
            // The product of all factors is nobody's partial.
            if position < last {
                before = Some(before.map_or(factor, |product| product * factor));
            }
        }
        let mut after: Option<R> = None;
        for (position, (place, &factor)) in contributions.iter_mut().zip(factors).enumerate().rev()
        {
            let before = (position > 0).then_some(*place);
            *place = match (before, after) {
                (None, None) => adjoint,
                (Some(others), None) | (None, Some(others)) => adjoint * others,
                (Some(before), Some(after)) => adjoint * (before * after),
            };
            if position > 0 {
                after = Some(after.map_or(factor, |product| factor * product));
            }
        }
    }

    fn notation(&self) -> Notation {
        Notation::Infix {
            symbol: "·",
            ascii: "*",
            precedence: Precedence::Product,
            grouping: Grouping::Left,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_commutative().and_zero_preserving()
    }
}

/// `x − y`.
#[derive(Clone, Copy, Debug)]
pub struct Sub;

impl Operation for Sub {
    type Operands<R: Real> = [R; 2];

    #[inline(always)]
    fn value<R: Real>(&self, &[x, y]: &[R; 2]) -> R {
        x - y
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 2], _: R, adjoint: R, [to_x, to_y]: &mut [R; 2]) {
        *to_x = adjoint;
        *to_y = -adjoint;
    }

    fn notation(&self) -> Notation {
        Notation::Infix {
            symbol: "-",
            ascii: "-",
            precedence: Precedence::Sum,
            grouping: Grouping::Left,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// `x / y`.
#[derive(Clone, Copy, Debug)]
pub struct Div;

impl Operation for Div {
    type Operands<R: Real> = [R; 2];

    #[inline(always)]
    fn value<R: Real>(&self, &[x, y]: &[R; 2]) -> R {
        x / y
    }

    #[inline]
    fn contributions<R: Real>(
        &self,
        &[_, y]: &[R; 2],
        value: R,
        adjoint: R,
        [to_x, to_y]: &mut [R; 2],
    ) {
        *to_x = adjoint / y;
        // The partial comes first: `(adjoint / y) · value` would be ∞ · 0 for a tiny y under a zero.
        *to_y = -(adjoint * (value / y));
    }

    fn notation(&self) -> Notation {
        Notation::Infix {
            symbol: "/",
            ascii: "/",
            precedence: Precedence::Product,
            grouping: Grouping::Left,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }

    fn domain(&self, operand: usize) -> Domain {
        if operand == 1 {
            Domain::NonZero
        } else {
            Domain::Reals
        }
    }
}

/// `−x`.
#[derive(Clone, Copy, Debug)]
pub struct Neg;

impl Operation for Neg {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        -x
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], _: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = -adjoint;
    }

    fn notation(&self) -> Notation {
        Notation::Prefix {
            symbol: "-",
            precedence: Precedence::Sign,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH.and_zero_preserving()
    }
}

/// `1 / x`.
#[derive(Clone, Copy, Debug)]
pub struct Recip;

impl Operation for Recip {
    type Operands<R: Real> = [R; 1];

    #[inline(always)]
    fn value<R: Real>(&self, &[x]: &[R; 1]) -> R {
        R::lit(1.0) / x
    }

    #[inline]
    fn contributions<R: Real>(&self, _: &[R; 1], value: R, adjoint: R, [to_x]: &mut [R; 1]) {
        *to_x = -(adjoint * (value * value));
    }

    fn notation(&self) -> Notation {
        Notation::Prefix {
            symbol: "1/",
            precedence: Precedence::Product,
        }
    }

    fn properties(&self) -> Properties {
        Properties::SMOOTH
    }

    fn domain(&self, _: usize) -> Domain {
        Domain::NonZero
    }
}
