//! The operations, by family. Each is a small type that implements [`Operation`](crate::Operation).

mod activation;
mod arithmetic;
mod comparison;
mod exponential;
mod hyperbolic;
mod log_sum_exp;
mod order;
mod powers;
mod trigonometric;

pub use activation::{Relu, Sigmoid, Softplus};
pub use arithmetic::{Add, Div, Mul, Neg, Recip, Sub};
pub use comparison::{Eq, Ge, Gt, Le, Lt, Ne, Select, StopGradient};
pub use exponential::{Erf, Exp, Expm1, Ln, Log1p};
pub use hyperbolic::{Cosh, Sinh, Tanh};
pub use log_sum_exp::LogSumExp;
pub use order::{Abs, Max, Min};
pub use powers::{Pow, Powi, Sqrt, Square};
pub use trigonometric::{Acos, Asin, Atan, Atan2, Cos, Sin, Tan};

use crate::real::Real;

/// The operands joined from left to right; NaN if there are none.
///
/// A loop and no iterator: over vectors of lanes every text has to become one piece of straight-line code, and
/// closures inside library functions stay calls.
#[inline(always)]
fn join<R: Real>(operands: &[R], two: impl Fn(R, R) -> R) -> R {
    let Some((&first, rest)) = operands.split_first() else {
        return R::lit(f64::NAN);
    };
    let mut joined = first;
    for &operand in rest {
        joined = two(joined, operand);
    }
    joined
}
