//! Some lanes at a time, for operations of any number of operands: their text loops over operands, and the lanes are
//! its innermost loop.

use super::{Element, Fast};
use crate::level::Arithmetic;
use dagrad_ops::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// `N` numbers, each computed with as [`Fast`] computes.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Strip<S, A, const N: usize>(pub(crate) [Fast<S, A>; N]);

impl<S: Element, A: Arithmetic, const N: usize> Strip<S, A, N> {
    #[inline(always)]
    fn map(self, each: impl Fn(Fast<S, A>) -> Fast<S, A>) -> Self {
        let mut strip = self;
        for lane in &mut strip.0 {
            *lane = each(*lane);
        }
        strip
    }

    #[inline(always)]
    fn with(self, other: Self, each: impl Fn(Fast<S, A>, Fast<S, A>) -> Fast<S, A>) -> Self {
        let mut strip = self;
        for (lane, &other) in strip.0.iter_mut().zip(&other.0) {
            *lane = each(*lane, other);
        }
        strip
    }
}

macro_rules! operators {
    ($($trait:ident $function:ident),*) => {
        $(
            impl<S: Element, A: Arithmetic, const N: usize> $trait for Strip<S, A, N> {
                type Output = Self;

                #[inline(always)]
                fn $function(self, other: Self) -> Self {
                    self.with(other, $trait::$function)
                }
            }
        )*
    };
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl<S: Element, A: Arithmetic, const N: usize> Neg for Strip<S, A, N> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(Neg::neg)
    }
}

/// Implements functions of one operand and of two, lane by lane.
macro_rules! functions {
    ($($unary:ident)*; $($binary:ident)*) => {
        $(
            #[inline(always)]
            fn $unary(self) -> Self {
                self.map(Real::$unary)
            }
        )*
        $(
            #[inline(always)]
            fn $binary(self, other: Self) -> Self {
                self.with(other, Real::$binary)
            }
        )*
    };
}

impl<S: Element, A: Arithmetic, const N: usize> Real for Strip<S, A, N> {
    #[inline(always)]
    fn lit(value: f64) -> Self {
        Self([Fast::lit(value); N])
    }

    functions! {
        abs sqrt exp exp_m1 ln ln_1p sin cos tan asin acos atan sinh cosh tanh erf;
        atan2 powf lt le eq
    }

    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        let mut strip = self;
        for (at, lane) in strip.0.iter_mut().enumerate() {
            *lane = lane.select(then.0[at], otherwise.0[at]);
        }
        strip
    }
}
