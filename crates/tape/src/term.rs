//! A number that is yet to be computed: what turns the text of an operation into instructions.

use crate::instruction::{Code, Slot};
use crate::tape::Tape;
use dagrad_ops::Real;
use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The tape that is being written, and the scope of what is written.
pub(crate) struct Pen {
    pub(crate) tape: Tape,
    pub(crate) scope: u32,
    /// The constants written last: texts of operations have few, and the same ones again and again.
    pub(crate) constants: [Option<(u64, Slot)>; 2],
}

impl Pen {
    pub(crate) fn new(tape: Tape) -> Self {
        Self {
            tape,
            scope: 0,
            constants: [None; 2],
        }
    }

    /// The slot of a constant.
    pub(crate) fn constant(&mut self, value: f64) -> Slot {
        let bits = value.to_bits();
        let known = self.constants.iter().flatten();
        if let Some(&(_, slot)) = known.into_iter().find(|(known, _)| *known == bits) {
            return slot;
        }
        let slot = self.tape.push_constant(value, self.scope);
        self.constants = [Some((bits, slot)), self.constants[0]];
        slot
    }
}

/// A literal of an operation's text, which needs no tape, or a slot.
///
/// An operation's text never computes with two literals: what they give would be rounded in the scalar
/// type of this machine instead of the program's. A test runs every text to see that.
#[derive(Clone, Copy)]
pub(crate) enum Term<'p> {
    Literal(f64),
    Slot(&'p RefCell<Pen>, Slot),
}

impl<'p> Term<'p> {
    /// The slot of this term, in `pen`'s tape.
    pub(crate) fn slot(self, pen: &RefCell<Pen>) -> Slot {
        match self {
            Self::Literal(value) => pen.borrow_mut().constant(value),
            Self::Slot(_, slot) => slot,
        }
    }

    fn pen(self) -> Option<&'p RefCell<Pen>> {
        match self {
            Self::Literal(_) => None,
            Self::Slot(pen, _) => Some(pen),
        }
    }

    fn apply<const N: usize>(code: Code, operands: [Self; N]) -> Self {
        let Some(pen) = operands.iter().find_map(|operand| operand.pen()) else {
            debug_assert!(false, "{} of literals only", code.name());
            return Self::Literal(f64::NAN);
        };
        let operands = operands.map(|operand| operand.slot(pen));
        let Pen { tape, scope, .. } = &mut *pen.borrow_mut();
        let slot = tape.push(code, 0, &operands, *scope);
        Self::Slot(pen, slot)
    }
}

macro_rules! operators {
    ($($trait:ident $method:ident;)*) => {$(
        impl $trait for Term<'_> {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                Self::apply(Code::$trait, [self, other])
            }
        }
    )*};
}

operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Term<'_> {
    type Output = Self;

    fn neg(self) -> Self {
        match self {
            // A literal may be written with its sign; that rounds nothing.
            Self::Literal(value) => Self::Literal(-value),
            Self::Slot(..) => Self::apply(Code::Neg, [self]),
        }
    }
}

macro_rules! primitives {
    ($($method:ident ($($other:ident),*) $code:ident;)*) => {
        impl Real for Term<'_> {
            fn lit(value: f64) -> Self {
                Self::Literal(value)
            }

            $(
                fn $method(self $(, $other: Self)*) -> Self {
                    Self::apply(Code::$code, [self $(, $other)*])
                }
            )*
        }
    };
}

primitives! {
    abs() Abs;
    sqrt() Sqrt;
    exp() Exp;
    exp_m1() Expm1;
    ln() Ln;
    ln_1p() Log1p;
    sin() Sin;
    cos() Cos;
    tan() Tan;
    asin() Asin;
    acos() Acos;
    atan() Atan;
    atan2(x) Atan2;
    sinh() Sinh;
    cosh() Cosh;
    tanh() Tanh;
    erf() Erf;
    powf(exponent) Pow;
    lt(other) Lt;
    le(other) Le;
    eq(other) Eq;
    gt(other) Gt;
    ge(other) Ge;
    ne(other) Ne;
    select(then, otherwise) Select;
    stop_gradient() StopGradient;
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagrad_graph::{Evaluate as _, Operator as _};
    use dagrad_ops::Op;

    /// A pen with `count` inputs on its tape, and one for the value and one for the adjoint.
    fn pen(count: usize) -> RefCell<Pen> {
        let mut text = "dagrad tape 1\n".to_owned();
        for number in 0..count + 2 {
            text += &format!("input[{number}] = feature\n%{number} = input[{number}]\n");
        }
        let tape = text.parse().unwrap();
        RefCell::new(Pen::new(tape))
    }

    #[test]
    fn no_text_computes_with_literals_only() {
        let mut texts = 0;
        for (operation, count) in Op::all()
            .iter()
            .flat_map(|op| (1..=5).map(move |n| (op, n)))
        {
            if !operation.arity().accepts(count) {
                continue;
            }
            let pen = pen(count);
            let slot = |number| Term::Slot(&pen, Slot::new(number));
            let operands: Vec<_> = (0..count).map(slot).collect();
            // A literal among the operands of an instruction is fine, and so is one as the result; the
            // assertion is in `apply`.
            let _ = operation.value(&operands);
            let mut contributions = vec![Term::Literal(0.0); count];
            operation.contributions(&operands, slot(count), slot(count + 1), &mut contributions);
            let tape = &pen.borrow().tape;
            assert_eq!(tape.verify(), Ok(()));
            texts += 1;
        }
        assert!(texts > Op::NAMES.len(), "of every operation");
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "mul of literals only")]
    fn literals_only_are_found() {
        let _ = Term::Literal(1.0) * Term::Literal(2.0);
    }

    #[test]
    fn a_sign_of_a_literal_takes_no_instruction() {
        assert!(matches!(-Term::lit(1.5), Term::Literal(-1.5)));
    }
}
