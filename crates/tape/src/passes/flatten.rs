//! Flattening: `(a + b) + c` becomes one sum of three, and likewise products, minima and maxima.
//!
//! Exact, because such an instruction takes its operands from left to right, so that only what stands
//! *first* may be opened: `a + (b + c)` rounds in another order and stays. An operand is opened if nobody
//! else uses it and it has to be computed as often as its user: a sum of parameters inside a sum over a
//! sample stays, since it is computed once.

use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::tape::Tape;

/// The codes that take their operands from left to right.
pub(super) const FROM_LEFT: CodeSet = CodeSet::of(&[Code::Add, Code::Mul, Code::Min, Code::Max]);

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    run_on(FROM_LEFT, tape, scratch)
}

/// Flattens minima and maxima only, where other passes take sums and products apart.
pub(super) fn run_on_extremes(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    run_on(CodeSet::of(&[Code::Min, Code::Max]), tape, scratch)
}

fn run_on(codes: CodeSet, tape: Tape, scratch: &mut Scratch) -> Rewritten {
    if !codes.occurs_in(&tape) {
        return (tape, 0);
    }
    let (uses, mut opened) = (scratch.uses_of(&tape), std::mem::take(&mut scratch.marks));
    opened.clear();
    opened.resize(tape.len(), false);
    for slot in tape.slots() {
        let code = tape.code(slot);
        if codes.has(code)
            && let Some(&first) = tape.operands(slot).first()
            && uses[first.index()] == 1
            && tape.code(first) == code
            && tape.class(first) == tape.class(slot)
        {
            opened[first.index()] = true;
        }
    }
    let first = opened.iter().position(|&is_opened| is_opened);
    let rewritten = match first {
        Some(first) => open(Rewrite::after(first, tape, scratch), scratch, &opened),
        None => (tape, 0),
    };
    scratch.keep_uses(uses);
    scratch.marks = opened;
    rewritten
}

fn open(mut rewrite: Rewrite, scratch: &mut Scratch, opened: &[bool]) -> Rewritten {
    let (mut spine, mut operands) = (Vec::new(), Vec::new());
    for slot in rewrite.rest() {
        if opened[slot.index()] {
            rewrite.leave_out();
            rewrite.changed += 1;
            continue;
        }
        spine_of(&rewrite.from, slot, opened, &mut spine);
        if spine.len() < 2 {
            rewrite.copy(slot);
            continue;
        }
        operands.clear();
        for (at, &part) in spine.iter().rev().enumerate() {
            // What stands first is the part below, which was opened; only the lowest has its own.
            let own = &rewrite.from.operands(part)[usize::from(at > 0)..];
            operands.extend(own.iter().map(|&operand| rewrite.at(operand)));
        }
        let (code, scope) = (rewrite.from.code(slot), rewrite.from.scope_of[slot.index()]);
        let flat = rewrite.to.push(code, 0, &operands, scope);
        rewrite.goes_to(flat);
    }
    rewrite.finish(scratch)
}

/// Writes `slot`, its first operand, the first operand of that, and so on, as long as they are opened.
pub(super) fn spine_of(tape: &Tape, slot: Slot, opened: &[bool], spine: &mut Vec<Slot>) {
    spine.clear();
    spine.push(slot);
    let mut lowest = slot;
    while let Some(&first) = tape.operands(lowest).first()
        && opened[first.index()]
    {
        spine.push(first);
        lowest = first;
    }
}
