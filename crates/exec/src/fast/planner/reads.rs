//! Which step reads each row last: behind it the row is free.

use dagrad_tape::Slot;

/// For each slot the step that reads it last.
pub(super) struct LastReads(pub(super) Vec<u32>);

impl LastReads {
    pub(super) const NEVER: u32 = u32::MAX;

    /// The slots by the step that reads them last, out of so many steps.
    pub(super) fn by_step(&self, steps: usize) -> ByStep {
        let read = || {
            let steps = self.0.iter().enumerate();
            steps.filter(|&(_, &step)| step != Self::NEVER)
        };
        let mut ends = vec![0; steps];
        for (_, &step) in read() {
            ends[step as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            let start = total;
            total += *end;
            *end = start;
        }
        let mut slots = vec![Slot::new(0); total];
        for (slot, &step) in read() {
            let end = &mut ends[step as usize];
            slots[*end] = Slot::new(slot);
            *end += 1;
        }
        ByStep { slots, ends }
    }
}

/// Slots in the order of the steps that read them last.
#[derive(Default)]
pub(super) struct ByStep {
    slots: Vec<Slot>,
    /// Where each step's slots end.
    ends: Vec<usize>,
}

impl ByStep {
    /// The slots that the step `at` reads last.
    pub(super) fn of(&self, at: usize) -> &[Slot] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.slots[start..self.ends[at]]
    }
}
