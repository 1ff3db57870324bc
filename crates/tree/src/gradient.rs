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
        | Op::Powi(0 | 1)
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
        | Op::Powi(2..)
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

#[cfg(test)]
mod tests {
    use super::*;
    use dagrad_graph::{Arity, Evaluate, Operator};
    use dagrad_ops::same_bits;

    fn calls(op: &Op, children: usize) -> Vec<Call> {
        let mut calls = Vec::new();
        for_each_call(op, children, |call| calls.push(call));
        calls
    }

    #[test]
    fn the_tutorials_gradients_make_the_tutorials_calls() {
        use Call::{Child, Own};
        assert_eq!(calls(&Op::Add, 3), []);
        assert_eq!(calls(&Op::Mul, 1), []);
        assert_eq!(calls(&Op::Mul, 2), [Child(1), Child(0)]);
        assert_eq!(calls(&Op::Mul, 3), [1, 2, 0, 2, 0, 1].map(Child));
        assert_eq!(calls(&Op::Mul, 7).len(), 7 * 6);
        assert_eq!(calls(&Op::Relu, 1), [Child(0)]);
        assert_eq!(calls(&Op::Sigmoid, 1), [Own, Own]);
    }

    /// The operation with so many operands at each point of a grid: its operands and its value.
    fn grid(op: &Op, count: usize) -> Vec<(Vec<f64>, f64)> {
        const NUMBERS: [f64; 7] = [-2.0, -0.0, 0.0, 0.25, 0.75, 1.0, 3.5];
        let points = NUMBERS.len().pow(u32::try_from(count).unwrap());
        let point = |mut number: usize| -> Vec<f64> {
            let mut coordinates = Vec::new();
            for _ in 0..count {
                coordinates.push(NUMBERS[number % NUMBERS.len()]);
                number /= NUMBERS.len();
            }
            coordinates
        };
        let with_value = |operands: Vec<f64>| {
            let value = op.value(&operands);
            (operands, value)
        };
        (0..points).map(point).map(with_value).collect()
    }

    /// What the operands that receive anything are contributed.
    fn contributions(op: &Op, operands: &[f64], value: f64) -> Vec<f64> {
        let mut contributions = vec![0.0; operands.len()];
        op.contributions(operands, value, 1.5, &mut contributions);
        for (at, contribution) in contributions.iter_mut().enumerate() {
            if !op.contributes(at) {
                *contribution = 0.0;
            }
        }
        contributions
    }

    fn differ(a: &[f64], b: &[f64]) -> bool {
        !a.iter().zip(b).all(|(&a, &b)| same_bits(a, b))
    }

    /// Whether what is contributed changes anywhere on the grid if the `hidden` values are NaN.
    fn reads(op: &Op, count: usize, hidden: &[Call]) -> bool {
        grid(op, count).into_iter().any(|(operands, value)| {
            let (mut seen, mut seen_value) = (operands.clone(), value);
            for &call in hidden {
                match call {
                    Call::Child(at) => seen[at] = f64::NAN,
                    Call::Own => seen_value = f64::NAN,
                }
            }
            differ(
                &contributions(op, &seen, seen_value),
                &contributions(op, &operands, value),
            )
        })
    }

    fn counts(op: &Op) -> Vec<usize> {
        match op.arity() {
            Arity::Exactly(count) => vec![count],
            Arity::AtLeast(least) => (least..=4).collect(),
        }
    }

    #[test]
    fn whatever_contributions_read_is_asked_for() {
        for op in Op::all() {
            for count in counts(&op) {
                let asked = calls(&op, count);
                let everything = (0..count).map(Call::Child).chain([Call::Own]);
                let hidden: Vec<_> = everything.filter(|call| !asked.contains(call)).collect();
                assert!(!reads(&op, count, &hidden), "{op:?} reads {hidden:?}");
            }
        }
    }

    /// Of the children as a whole: the least and the greatest of several can do without the last.
    #[test]
    fn nothing_is_asked_for_in_vain() {
        for op in Op::all() {
            let count = counts(&op).into_iter().max().unwrap();
            let asked = calls(&op, count);
            let (own, children): (Vec<_>, Vec<_>) =
                asked.into_iter().partition(|call| *call == Call::Own);
            for hidden in [own, children] {
                assert!(
                    hidden.is_empty() || reads(&op, count, &hidden),
                    "{op:?} does not read {hidden:?}"
                );
            }
        }
    }
}
