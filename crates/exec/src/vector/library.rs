//! Which operations call the library: what has no vector form is computed lane by lane.

use dagrad_ops::Real;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Whether a number is computed with a function of the library. An operation's own text, run over these, says it of
/// the operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallsLibrary(pub(crate) bool);

impl CallsLibrary {
    /// What comes of two numbers without a call.
    fn with(self, other: Self) -> Self {
        Self(self.0 || other.0)
    }
}

macro_rules! operators {
    ($($trait:ident $function:ident),*) => {
        $(
            impl $trait for CallsLibrary {
                type Output = Self;

                fn $function(self, other: Self) -> Self {
                    self.with(other)
                }
            }
        )*
    };
}

operators!(Add add, Sub sub, Mul mul, Div div);

impl Neg for CallsLibrary {
    type Output = Self;

    fn neg(self) -> Self {
        self
    }
}

/// Functions that turn into vector code.
macro_rules! vector_functions {
    ($($name:ident($($other:ident)?))*) => {
        $(
            fn $name(self $(, $other: Self)?) -> Self {
                Self(self.0 $(|| $other.0)?)
            }
        )*
    };
}

/// Functions that are calls: those that [`Fast`](super::Fast) takes from the float itself.
macro_rules! library_functions {
    ($($name:ident($($other:ident)?))*) => {
        $(
            fn $name(self $(, $other: Self)?) -> Self {
                $(let _ = $other;)?
                Self(true)
            }
        )*
    };
}

impl Real for CallsLibrary {
    fn lit(_: f64) -> Self {
        Self(false)
    }

    vector_functions! {
        abs() sqrt() exp() exp_m1() ln() ln_1p() sin() cos() tanh() lt(other) le(other) eq(other)
    }

    library_functions! {
        tan() asin() acos() atan() atan2(x) sinh() cosh() erf() powf(exponent)
    }

    fn select(self, then: Self, otherwise: Self) -> Self {
        self.with(then).with(otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagrad_graph::{Arity, Evaluate as _, Operator as _};
    use dagrad_ops::Op;

    #[test]
    fn elementary_functions_without_a_vector_form_call_the_library() {
        let calls = Op::all().into_iter().filter(|op| {
            let count = match op.arity() {
                Arity::Exactly(count) | Arity::AtLeast(count) => count.max(1),
            };
            op.value(&vec![CallsLibrary(false); count]).0
        });
        let mut names: Vec<String> = calls.map(|op| op.name().to_owned()).collect();
        names.dedup();
        assert_eq!(
            names,
            [
                "pow", "erf", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh"
            ]
        );
    }
}
