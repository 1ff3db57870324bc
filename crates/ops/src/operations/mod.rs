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
