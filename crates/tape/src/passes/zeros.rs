//! Zero rules: `x · 0 = 0`, `x + 0 = x`, `x − x = 0`, `0 / x = 0`.
//!
//! Inexact: they are wrong where x is infinite or NaN, and give a zero of the other sign where a term is
//! `-0.0`. They pay where a factor is a structural zero: an edge removed by a constant, a mask.

use super::rewrite::{Filter, Rewritten, Scratch, any, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let filter = Filter {
        codes: CodeSet::of(&[Code::Add, Code::Mul, Code::Sub, Code::Div, Code::Select]),
        operands: CodeSet::of(&[Code::Constant]),
        may: |_: &Instruction, operands: &[Slot], matters: &[bool]| {
            any(operands, matters) || matches!(*operands, [x, y] if x == y)
        },
    };
    peephole(tape, scratch, &filter, |to, seen| {
        let is_zero = |slot: &Slot| to.constant(*slot) == Some(0.0);
        let zeros = seen.operands.iter().filter(|slot| is_zero(slot)).count();
        match (seen.code, seen.operands) {
            (Code::Sub, &[x, y]) if x == y => Some(to.push_constant(0.0, seen.scope)),
            (_, _) if zeros == 0 => None,
            (Code::Mul, _) => Some(to.push_constant(0.0, seen.scope)),
            (Code::Add, operands) if zeros == operands.len() => {
                Some(to.push_constant(0.0, seen.scope))
            }
            (Code::Add, operands) => {
                let others: Vec<Slot> = operands
                    .iter()
                    .filter(|slot| !is_zero(slot))
                    .copied()
                    .collect();
                Some(match *others {
                    [only] => only,
                    [..] => to.push(Code::Add, 0, &others, seen.scope),
                })
            }
            (Code::Sub, &[x, y]) if is_zero(&y) => Some(x),
            (Code::Sub, &[_, y]) => Some(to.push(Code::Neg, 0, &[y], seen.scope)),
            (Code::Div, [x, _]) if is_zero(x) => Some(to.push_constant(0.0, seen.scope)),
            (Code::Select, [_, then, otherwise]) if is_zero(then) && is_zero(otherwise) => {
                Some(to.push_constant(0.0, seen.scope))
            }
            (_, _) => None,
        }
    })
}
