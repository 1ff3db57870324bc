//! Fused multiply-add: a product and one term become one instruction.
//!
//! Inexact, because it rounds once where the two round twice. The product has to be nobody else's, and what
//! a larger [dot](super::dots) took stays with it: kernels fuse inside those by themselves.

use super::rewrite::{Filter, Rewritten, Scratch, any, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let is_candidate = |slot: Slot| {
        let (instruction, operands) = (tape.instruction(slot), tape.operands(slot));
        match instruction.code {
            Code::Add => {
                matches!(operands, [_, _])
                    && operands.iter().any(|&part| PRODUCTS.has(tape.code(part)))
            }
            code => code == Code::Dot && is_one_product(&instruction, operands),
        }
    };
    // Who uses what is asked only where it matters.
    if !tape.slots().any(is_candidate) {
        return (tape, 0);
    }
    let uses = scratch.uses_of(&tape);
    let is_own = |tape: &Tape, slot: Slot, part: Slot| {
        uses[part.index()] == 1 && tape.class(part) == tape.class(slot)
    };
    let filter = Filter {
        codes: CodeSet::of(&[Code::Add, Code::Dot]),
        operands: PRODUCTS,
        may: |instruction: &Instruction, operands: &[Slot], matters: &[bool]| match instruction.code
        {
            Code::Dot => is_one_product(instruction, operands),
            _ => operands.len() == 2 && any(operands, matters),
        },
    };
    let rewritten = peephole(tape, scratch, &filter, |to, seen| {
        let factors = |number: usize| {
            let old = seen.from.operands(seen.slot)[number];
            factors_of(to, seen.operands[number]).filter(|_| is_own(seen.from, seen.slot, old))
        };
        let ([a, b], c) = match *seen.operands {
            [a, b, c] if seen.code == Code::Dot && seen.payload == 1 => ([a, b], c),
            [x, y] if seen.code == Code::Add => match (factors(0), factors(1)) {
                (Some(product), _) => (product, y),
                (None, Some(product)) => (product, x),
                (None, None) => return None,
            },
            [..] => return None,
        };
        Some(to.push(Code::Fma, 0, &[a, b, c], seen.scope))
    });
    scratch.keep_uses(uses);
    // The products that were fused are dead now.
    rewritten
}

/// What is a product.
const PRODUCTS: CodeSet = CodeSet::of(&[Code::Mul, Code::Square]);

/// Whether a dot is one product and a term.
fn is_one_product(dot: &Instruction, operands: &[Slot]) -> bool {
    operands.len() == 3 && dot.payload() == 1
}

fn factors_of(tape: &Tape, slot: Slot) -> Option<[Slot; 2]> {
    match *tape.operands(slot) {
        [x, y] if tape.code(slot) == Code::Mul => Some([x, y]),
        [x] if tape.code(slot) == Code::Square => Some([x, x]),
        [..] => None,
    }
}
