//! Which values a gradient asks for, and how often.
//!
//! This is what makes the tutorial's tree slow, so it is retold to the letter: `Multiply.grad`
//! evaluates, for each child, all the others; `ReLU.grad` evaluates its child; `Sigmoid.grad` evaluates
//! itself twice; `Add.grad` evaluates nothing. The other operations are served as sparingly as they can
//! be: whatever their contributions read is evaluated once.

use dagrad_ops::Op;

/// One call of `forward` from within `grad`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Of the child at this place.
    Child(usize),
    /// Of the operation itself.
    Own,
}

/// Makes the calls of `forward` that the gradient of `op` over so many children takes, in order.
///
/// Values that are never asked for are never read either: the tests put NaN in their place.
pub(crate) fn for_each_call(op: &Op, children: usize, mut call: impl FnMut(Call)) {
    match op {
        Op::Add => {}
        Op::Mul => {
            for at in 0..children {
                for other in 0..children {
                    if at != other {
                        call(Call::Child(other));
                    }
                }
            }
        }
        Op::Relu => call(Call::Child(0)),
        Op::Sigmoid => {
            call(Call::Own);
            call(Call::Own);
        }

        // From here on the tutorial is silent.
        Op::Sub
        | Op::Neg
        | Op::Lt
        | Op::Le
        | Op::Gt
        | Op::Ge
        | Op::Eq
        | Op::Ne
        | Op::StopGradient => {}

        Op::Recip | Op::Sqrt | Op::Exp | Op::Expm1 | Op::Tan | Op::Tanh | Op::Softplus => {
            call(Call::Own);
        }

        Op::Square
        | Op::Powi(0..)
        | Op::Ln
        | Op::Log1p
        | Op::Erf
        | Op::Sin
        | Op::Cos
        | Op::Asin
        | Op::Acos
        | Op::Atan
        | Op::Atan2
        | Op::Sinh
        | Op::Cosh
        | Op::Abs => (0..children).for_each(|at| call(Call::Child(at))),

        // The condition.
        Op::Select => call(Call::Child(0)),

        // The divisor and the quotient.
        Op::Div => {
            call(Call::Child(1));
            call(Call::Own);
        }

        Op::Powi(..0) | Op::Pow | Op::Min | Op::Max | Op::LogSumExp | Op::User(_) => {
            (0..children).for_each(|at| call(Call::Child(at)));
            call(Call::Own);
        }
    }
}
