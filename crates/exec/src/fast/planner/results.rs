//! Where the results of a tape go.

use super::lists::number;
use dagrad_tape::{Code, OutputKind, Slot, Tape};

/// Where the results of a tape go.
pub(in super::super) struct Results {
    /// The slot of each column of the per-sample table.
    pub(in super::super) columns: Vec<Slot>,
    /// The slot of each result for each run.
    pub(in super::super) per_run: Vec<Slot>,
    /// For each mean that is a result of a run the first of its places among those.
    pub(super) mean_place: Vec<u32>,
}

impl Results {
    /// It is no result.
    pub(super) const NONE: u32 = u32::MAX;

    pub(in super::super) fn of(tape: &Tape) -> Self {
        let slots = |kind: OutputKind| {
            let outputs = tape
                .outputs()
                .iter()
                .filter(move |output| output.kind == kind);
            outputs.flat_map(|output| output.slots.iter().copied())
        };
        let per_run: Vec<Slot> = slots(OutputKind::PerRun).collect();
        let mut mean_place = vec![Self::NONE; tape.len()];
        for (place, slot) in per_run.iter().enumerate().rev() {
            if tape.instruction(*slot).code() == Code::Mean {
                mean_place[slot.index()] = number(place);
            }
        }
        Self {
            columns: slots(OutputKind::PerSample).collect(),
            per_run,
            mean_place,
        }
    }
}
