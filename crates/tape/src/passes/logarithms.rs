//! Logarithms and exponentials next to one: `ln(sigmoid(x)) = −softplus(−x)`, `ln(1 + x) = log1p(x)`,
//! `eˣ − 1 = expm1(x)`.
//!
//! Inexact, and better: what they replace loses digits by cancellation, or all of them where a sigmoid
//! rounds to zero. The exponential is replaced only where nobody else needs it, since two would cost more
//! than one.

use super::rewrite::{Filter, Rewritten, Scratch, any, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    if !CodeSet::of(&[Code::Ln, Code::Exp]).occurs_in(&tape) {
        return (tape, 0);
    }
    let uses = scratch.uses_of(&tape);
    let filter = Filter {
        codes: CodeSet::of(&[Code::Ln, Code::Add, Code::Sub]),
        operands: CodeSet::of(&[Code::Sigmoid, Code::Exp]),
        may: |instruction: &Instruction, operands: &[Slot], matters: &[bool]| {
            instruction.code == Code::Ln || any(operands, matters)
        },
    };
    let rewritten = peephole(tape, scratch, &filter, |to, seen| match *seen.operands {
        [x] if seen.code == Code::Ln => logarithm(to, x, seen.scope),
        [x, y] => {
            let one = if seen.code == Code::Sub { 1.0 } else { -1.0 };
            let only_use = |number: usize| uses[seen.from.operands(seen.slot)[number].index()] == 1;
            let power = if to.is_constant(y, one) && only_use(0) {
                to.under(Code::Exp, x)
            } else if seen.code == Code::Add && to.is_constant(x, one) && only_use(1) {
                to.under(Code::Exp, y)
            } else {
                None
            };
            Some(to.push(Code::Expm1, 0, &[power?], seen.scope))
        }
        [..] => None,
    });
    scratch.keep_uses(uses);
    rewritten
}

fn logarithm(to: &mut Tape, x: Slot, scope: u32) -> Option<Slot> {
    if let Some(x) = to.under(Code::Sigmoid, x) {
        let minus = match to.under(Code::Neg, x) {
            Some(x) => x,
            None => to.push(Code::Neg, 0, &[x], scope),
        };
        let softplus = to.push(Code::Softplus, 0, &[minus], scope);
        return Some(to.push(Code::Neg, 0, &[softplus], scope));
    }
    let &[a, b] = to.operands(x) else {
        return None;
    };
    let code = to.code(x);
    let summand = if code == Code::Add && to.is_constant(a, 1.0) {
        b
    } else if code == Code::Add && to.is_constant(b, 1.0) {
        a
    } else if code == Code::Sub && to.is_constant(a, 1.0) {
        to.push(Code::Neg, 0, &[b], scope)
    } else {
        return None;
    };
    Some(to.push(Code::Log1p, 0, &[summand], scope))
}
