//! Dead code: what no output needs goes.
//!
//! Inputs and parameters keep their numbers, since their vectors belong to the graph; only the
//! instructions that load the unused ones go. User operations are pure, so that a call whose value nobody
//! needs is not missed.

use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::instruction::{Code, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    // What is used by nothing that is used is dead; the passes that follow ask for the same numbers.
    let mut uses = scratch.numbers(&tape);
    for slot in tape.outputs.iter().flat_map(|output| &output.slots) {
        uses[slot.index()] += 2;
    }
    let mut dead = 0;
    let mut first = 0;
    for slot in tape.slots().rev() {
        if uses[slot.index()] > 0 {
            for operand in tape.operands(slot) {
                uses[operand.index()] += 1;
            }
        } else {
            dead += 1;
            first = slot.index();
        }
    }
    let rewritten = if dead == 0 {
        (tape, 0)
    } else {
        let mut rewrite = Rewrite::after(first, tape, scratch);
        rewrite.changed = dead;
        without(rewrite, scratch, &mut uses)
    };
    scratch.keep_counted(uses);
    rewritten
}

/// Copies the rest of the slots, but for those without uses.
fn without(mut rewrite: Rewrite, scratch: &mut Scratch, uses: &mut Vec<u32>) -> Rewritten {
    for slot in rewrite.rest() {
        let count = uses[slot.index()];
        if count > 0 {
            uses[rewrite.to.len()] = count;
            rewrite.copy(slot);
        } else {
            rewrite.leave_out();
        }
    }
    uses.truncate(rewrite.to.len());
    number_calls(&mut rewrite.to);
    rewrite.finish(scratch)
}

/// Keeps the user operations that are still called, in the order of their first call.
fn number_calls(tape: &mut Tape) {
    let calls = std::mem::take(&mut tape.calls);
    if calls.is_empty() {
        return;
    }
    let mut numbers = vec![None; calls.len()];
    for slot in tape.slots() {
        if matches!(tape.code(slot), Code::Call | Code::CallPartial) {
            let old = tape.instruction(slot).payload() as usize;
            let number = *numbers[old].get_or_insert_with(|| {
                tape.calls.push(calls[old].clone());
                Slot::new(tape.calls.len() - 1)
            });
            tape.instructions.args_mut(slot)[2] = number;
        }
    }
}
