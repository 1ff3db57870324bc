//! What a program does, in order: the tape, and where its values lie.
//!
//! Slots of class *constant* are filled when the plan is made, *shared* ones once for each run. Slots of
//! class *per sample* are filled for one tile of lanes after the other; each lies in a buffer, which
//! another slot takes over when its last use is done. *Reduced* slots are filled once, after the tiles: first
//! the means, then what depends on them.
//!
//! What there is to do is read from the tape itself: a plan is a number for each slot, and little more.

use dagrad_tape::{Class, Code, OutputKind, Slot, Tape, TapeScalar};

use crate::inputs::InputNumbers;

/// Where a value lies: buffers are numbered upwards, values of which there is one for each run downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

impl Place {
    /// For a slot that has none yet.
    const NOWHERE: Self = Self(u32::MAX);

    fn shared(at: usize) -> Self {
        Self(Self::NOWHERE.0 - 1 - number(at))
    }

    fn buffer(buffer: u32) -> Self {
        Self(buffer)
    }

    /// Its number among the values of which there is one for each run.
    pub(crate) fn as_shared(self) -> usize {
        (Self::NOWHERE.0 - 1 - self.0) as usize
    }

    /// The number of the buffer.
    pub(crate) fn as_buffer(self) -> usize {
        self.0 as usize
    }
}

/// Where a per-sample result goes besides being an operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consumer {
    /// This column of the table of per-sample results.
    Row(u32),
    /// The mean of this number.
    Mean(u32),
}

/// Slots in order, as stretches without a gap.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    /// The first and the one after the last of each.
    stretches: Vec<(u32, u32)>,
    count: usize,
}

impl Steps {
    /// Adds a slot after all that there are.
    fn push(&mut self, slot: Slot) {
        let slot = number(slot.index());
        match self.stretches.last_mut() {
            Some((_, end)) if *end == slot => *end += 1,
            Some(_) | None => self.stretches.push((slot, slot + 1)),
        }
        self.count += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        let stretches = self.stretches.iter();
        stretches.flat_map(|&(start, end)| (start as usize..end as usize).map(Slot::new))
    }
}

/// A plan for a tape.
#[derive(Clone, Debug)]
pub(crate) struct Plan<S> {
    /// Where each slot lies.
    pub(crate) places: Vec<Place>,
    /// The values of which there is one for each run: constants filled in, the others still to be computed.
    pub(crate) shared_values: Vec<S>,
    pub(crate) shared: Steps,
    pub(crate) per_sample: Steps,
    /// Where each mean goes among the values that there is one of for each run.
    pub(crate) means: Vec<u32>,
    /// What is computed of means.
    pub(crate) reduced: Steps,
    /// What happens at once with the slots of each sample, in their order.
    pub(crate) consumers: Vec<(Slot, Consumer)>,
    /// Values of which there is one for each run, and the columns of per-sample results that they fill.
    pub(crate) shared_columns: Vec<(u32, u32)>,
    /// Where the results lie of which there is one for each run.
    pub(crate) run_results: Vec<u32>,
    pub(crate) numbers: InputNumbers,
    pub(crate) buffers: usize,
    /// The longest list of operands.
    pub(crate) widest: usize,
    /// The columns of the table of per-sample results.
    pub(crate) columns: usize,
}

impl<S: TapeScalar> Plan<S> {
    /// Plans `tape`, all of whose operations run in this scalar type.
    pub(crate) fn of(tape: &Tape) -> Self {
        let mut plan = Self {
            places: vec![Place::NOWHERE; tape.len()],
            shared_values: Vec::new(),
            shared: Steps::default(),
            per_sample: Steps::default(),
            means: Vec::new(),
            reduced: Steps::default(),
            consumers: Vec::new(),
            shared_columns: Vec::new(),
            run_results: Vec::new(),
            numbers: InputNumbers::of(tape),
            buffers: 0,
            widest: 0,
            columns: 0,
        };
        plan.order(tape);
        plan.place_samples(tape);
        plan.place_results(tape);
        plan
    }

    /// Says when each slot is filled, and where those lie that are filled once for each run.
    fn order(&mut self, tape: &Tape) {
        for slot in tape.slots() {
            let instruction = tape.instruction(slot);
            let (code, class) = (instruction.code(), instruction.class());
            self.widest = self.widest.max(tape.operands(slot).len());
            if class == Class::PerSample {
                self.per_sample.push(slot);
                continue;
            }
            let at = self.shared_values.len();
            self.places[slot.index()] = Place::shared(at);
            let constant = instruction.constant();
            self.shared_values
                .push(S::from_f64(constant.unwrap_or(0.0)));
            if code == Code::Mean {
                let operands = tape.operands(slot).iter();
                let mean = Consumer::Mean(number(self.means.len()));
                self.consumers.extend(operands.map(|&of| (of, mean)));
                self.means.push(number(at));
            } else if class == Class::Reduced {
                self.reduced.push(slot);
            } else if constant.is_none() {
                self.shared.push(slot);
            }
        }
    }

    /// Gives every slot of each sample a buffer, from the last slot to the first: one that is met as an operand for the
    /// first time has its last use there. A mean takes its terms when they are computed.
    fn place_samples(&mut self, tape: &Tape) {
        let mut free = Vec::new();
        let mut buffers = 0;
        let mut take = |free: &mut Vec<u32>| {
            Place::buffer(free.pop().unwrap_or_else(|| {
                buffers += 1;
                buffers - 1
            }))
        };
        for &(start, end) in self.per_sample.stretches.iter().rev() {
            for slot in (start as usize..end as usize).rev().map(Slot::new) {
                let mut place = self.places[slot.index()];
                if place == Place::NOWHERE {
                    place = take(&mut free);
                    self.places[slot.index()] = place;
                }
                // An operand may lie where the result goes: a step reads all operands of a lane before it writes the
                // lane.
                free.push(place.0);
                for operand in tape.operands(slot) {
                    let place = &mut self.places[operand.index()];
                    if *place == Place::NOWHERE {
                        *place = take(&mut free);
                    }
                }
            }
        }
        self.buffers = buffers as usize;
    }

    /// Gives every slot of a per-sample output its column, and those of the others their place.
    fn place_results(&mut self, tape: &Tape) {
        for output in tape.outputs() {
            for &slot in &output.slots {
                let place = self.places[slot.index()];
                let is_shared = tape.instruction(slot).class().is_per_run();
                match (output.kind, is_shared) {
                    (OutputKind::PerRun, _) => self.run_results.push(number(place.as_shared())),
                    (OutputKind::PerSample, true) => {
                        let column = (number(place.as_shared()), number(self.columns));
                        self.shared_columns.push(column);
                    }
                    (OutputKind::PerSample, false) => {
                        let row = Consumer::Row(number(self.columns));
                        self.consumers.push((slot, row));
                    }
                }
                self.columns += usize::from(output.kind == OutputKind::PerSample);
            }
        }
        self.consumers.sort_by_key(|&(slot, _)| slot);
    }
}

/// A number of slots, operands or results: a tape has fewer than 2³² of each.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a tape has fewer than 2³² slots"
)]
fn number(index: usize) -> u32 {
    index as u32
}
