//! Who uses what, as adjoints go.

use crate::instruction::{Class, Slot};
use crate::tape::Tape;

/// A use of a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    /// As which operand.
    pub(super) operand: u32,
    /// The class of the user.
    pub(super) by: Class,
}

/// The uses of active slots by active slots that contribute to them.
pub(super) struct Uses {
    /// By user, in order of operands.
    pub(super) list: Vec<Use>,
    /// The uses by slot `s` are `list[by_user[s]..by_user[s + 1]]`.
    by_user: Vec<u32>,
    /// The uses of slot `s`, in order of users, are `of[starts[s]..starts[s + 1]]`.
    of: Vec<usize>,
    starts: Vec<u32>,
}

impl Uses {
    pub(super) fn of(tape: &Tape, active: &[bool]) -> Self {
        let mut list = Vec::new();
        let mut used = Vec::new();
        let mut by_user = vec![0];
        for slot in tape.slots() {
            if active[slot.index()] {
                for (number, &operand) in tape.operands(slot).iter().enumerate() {
                    if active[operand.index()] && tape.contributes(slot, number) {
                        list.push(Use {
                            operand: Slot::new(number).bits(),
                            by: tape.instruction(slot).class,
                        });
                        used.push(operand);
                    }
                }
            }
            by_user.push(Slot::new(list.len()).bits());
        }
        let mut starts = vec![0_u32; tape.len() + 1];
        for operand in &used {
            starts[operand.index() + 1] += 1;
        }
        for slot in 0..tape.len() {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        let mut of = vec![0; list.len()];
        for (use_, operand) in used.iter().enumerate() {
            let at = &mut next[operand.index()];
            of[*at as usize] = use_;
            *at += 1;
        }
        Self {
            list,
            by_user,
            of,
            starts,
        }
    }

    pub(super) fn by_user(&self, slot: Slot) -> std::ops::Range<usize> {
        self.by_user[slot.index()] as usize..self.by_user[slot.index() + 1] as usize
    }

    pub(super) fn of_slot(&self, slot: Slot) -> &[usize] {
        let (start, end) = (self.starts[slot.index()], self.starts[slot.index() + 1]);
        &self.of[start as usize..end as usize]
    }
}
