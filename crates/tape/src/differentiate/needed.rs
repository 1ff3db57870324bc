//! Leaving out what was written for nothing.

use crate::instruction::Slot;
use crate::term::Pen;

impl Pen {
    /// Takes the instructions from slot `start` on away that none of `kept` needs, and says where those went. `needed`
    /// is memory to work in.
    pub(super) fn keep_needed(
        &mut self,
        start: usize,
        kept: &mut [Option<Slot>],
        needed: &mut Vec<Option<Slot>>,
    ) {
        let tape = &mut self.tape;
        needed.clear();
        needed.resize(tape.len() - start, None);
        // A mark first, a place later.
        let mark = Some(Slot::new(start));
        let added = |slot: Slot| slot.index().checked_sub(start);
        for slot in kept.iter().flatten() {
            if let Some(at) = added(*slot) {
                needed[at] = mark;
            }
        }
        for at in (0..needed.len()).rev() {
            if needed[at].is_some() {
                for &operand in tape.operands(Slot::new(start + at)) {
                    if let Some(at) = added(operand) {
                        needed[at] = mark;
                    }
                }
            }
        }
        if needed.iter().all(Option::is_some) {
            return;
        }
        let mut end = start;
        for at in 0..needed.len() {
            if needed[at].is_none() {
                continue;
            }
            let moved = |slot: Slot| match added(slot) {
                Some(at) => needed[at].unwrap_or(slot),
                None => slot,
            };
            tape.rename_operands(Slot::new(start + at), moved);
            tape.instructions
                .copy_to(Slot::new(start + at), Slot::new(end));
            tape.scope_of[end] = tape.scope_of[start + at];
            needed[at] = Some(Slot::new(end));
            end += 1;
        }
        tape.instructions.truncate(end);
        tape.scope_of.truncate(end);
        for slot in kept.iter_mut().flatten() {
            if let Some(place) = added(*slot).and_then(|at| needed[at]) {
                *slot = place;
            }
        }
        // Constants that were written meanwhile may have gone.
        for constant in &mut self.constants {
            *constant = constant.filter(|(_, slot)| slot.index() < start);
        }
    }
}
