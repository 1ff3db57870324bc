//! What is asked of a relu's operand is asked of its value: `x ≤ 0` becomes `relu(x) ≤ 0` where the relu stands
//! before it.
//!
//! Exact: the value is at most zero just where the operand is, and no number where the operand is none. So where
//! the derivative of a relu sends the adjoint can be told from its value, and the operand need not be kept.

use super::rewrite::{Filter, Rewritten, Scratch, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    if !CodeSet::of(&[Code::Relu]).occurs_in(&tape) {
        return (tape, 0);
    }
    // The relu of each slot of the tape that is written, so far as there is one.
    let mut relus: Vec<Option<Slot>> = vec![None; tape.len()];
    let filter = Filter::codes(CodeSet::of(&[Code::Relu, Code::Le]));
    peephole(tape, scratch, &filter, |to, seen| match *seen.operands {
        [x] => {
            // It is not rewritten, so it becomes the next slot.
            let next = Slot::new(to.len());
            relus[x.index()].get_or_insert(next);
            None
        }
        [x, zero] if to.constant(zero) == Some(0.0) => {
            let relu = relus[x.index()]?;
            Some(to.push(Code::Le, 0, &[relu, zero], seen.scope))
        }
        [..] => None,
    })
}
