//! The scalar that fast programs run their pointwise kernels over, and its elementary functions.
//!
//! Each function is straight-line scalar code without branches, tables and calls; the sine and the cosine are where numbers are known to
//! be [`Moderate`](crate::level::Moderate). Inlined into a flat loop in a function
//! that is compiled for a [`Level`](crate::Level), it becomes vector code at the full width; called
//! for one number it is the same sequence of roundings. So one sample and a batch agree to the bit, and so do
//! all levels that share an [`Arithmetic`]. `docs/numerics.md` states the bounds of the errors.

mod coefficients;
mod element;
mod exponential;
mod library;
mod logarithm;
mod strip;
mod trigonometric;

use crate::level::Arithmetic;
use dagrad_ops::{Real, UserOperation};
use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

pub(crate) use element::{Element, mul_add, unless_at_most_zero};
pub(crate) use library::CallsLibrary;
pub(crate) use strip::Strip;

/// A float whose functions turn into vector code, with the arithmetic that they are computed in.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Fast<S, A>(pub(crate) S, PhantomData<A>);

impl<S, A> Fast<S, A> {
    #[inline(always)]
    pub(crate) const fn new(value: S) -> Self {
        Self(value, PhantomData)
    }
}

/// Implements an operator by that of the float.
macro_rules! operator {
    ($($trait:ident $function:ident),*) => {
        $(
            impl<S: Element, A> $trait for Fast<S, A> {
                type Output = Self;

                #[inline(always)]
                fn $function(self, other: Self) -> Self {
                    Self::new(self.0.$function(other.0))
                }
            }
        )*
    };
}

operator!(Add add, Sub sub, Mul mul, Div div);

impl<S: Element, A> Neg for Fast<S, A> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.0)
    }
}

/// The numbers of a slice, without a copy.
#[inline(always)]
#[expect(unsafe_code, reason = "the cast of a slice")]
fn floats<S, A>(values: &[Fast<S, A>]) -> &[S] {
    // SAFETY: `Fast` is transparent, so a slice of it has the layout of a slice of its numbers.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), values.len()) }
}

/// The numbers of a slice, without a copy.
#[inline(always)]
#[expect(unsafe_code, reason = "the cast of a slice")]
fn floats_mut<S, A>(values: &mut [Fast<S, A>]) -> &mut [S] {
    // SAFETY: as in `floats`; the borrow is handed on, so it stays the only one.
    unsafe { std::slice::from_raw_parts_mut(values.as_mut_ptr().cast(), values.len()) }
}

/// Implements functions by those of this module.
macro_rules! vector_functions {
    ($($name:ident: $function:path),*) => {
        $(
            #[inline(always)]
            fn $name(self) -> Self {
                Self::new($function(self.0))
            }
        )*
    };
}

/// Implements functions by those of the float itself.
macro_rules! own_functions {
    ($($name:ident($($other:ident)?))*) => {
        $(
            #[inline(always)]
            fn $name(self $(, $other: Self)?) -> Self {
                Self::new(self.0.$name($($other.0)?))
            }
        )*
    };
}

/// Implements comparisons, which give 0 or 1.
macro_rules! comparisons {
    ($($name:ident: $operator:tt),*) => {
        $(
            #[inline(always)]
            fn $name(self, other: Self) -> Self {
                Self::lit(if self.0 $operator other.0 { 1.0 } else { 0.0 })
            }
        )*
    };
}

impl<S: Element, A: Arithmetic> Real for Fast<S, A> {
    const SUPPORTS_USER_OPERATIONS: bool = S::SUPPORTS_USER_OPERATIONS;

    #[inline(always)]
    fn lit(value: f64) -> Self {
        Self::new(S::lit(value))
    }

    vector_functions! {
        exp: exponential::exp::<S, A>, exp_m1: exponential::exp_m1::<S, A>, tanh: exponential::tanh::<S, A>,
        ln: logarithm::ln::<S, A>, ln_1p: logarithm::ln_1p::<S, A>
    }

    #[inline(always)]
    fn sin(self) -> Self {
        // The library takes what is too large to be reduced here.
        if A::MODERATE || self.0.abs() <= S::MODERATE {
            Self::new(self.0.moderate_sin::<A>())
        } else {
            Self::new(Real::sin(self.0))
        }
    }

    #[inline(always)]
    fn cos(self) -> Self {
        if A::MODERATE || self.0.abs() <= S::MODERATE {
            Self::new(self.0.moderate_cos::<A>())
        } else {
            Self::new(Real::cos(self.0))
        }
    }

    // One instruction each: `abs` and `sqrt`. The others are calls into the library.
    own_functions! {
        abs() sqrt() tan() asin() acos() atan() sinh() cosh() erf() atan2(x) powf(exponent)
    }

    comparisons! { lt: <, le: <=, eq: == }

    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        if self.0 == S::lit(0.0) {
            otherwise
        } else {
            then
        }
    }

    fn user_value(operation: &dyn UserOperation, operands: &[Self]) -> Self {
        Self::new(S::user_value(operation, floats(operands)))
    }

    fn user_partials(
        operation: &dyn UserOperation,
        operands: &[Self],
        value: Self,
        partials: &mut [Self],
    ) {
        S::user_partials(operation, floats(operands), value.0, floats_mut(partials));
    }
}
