//! The steps of a stage, in the order of its schedule.

use super::lists::number;
use super::reads::{ByStep, LastReads};
use super::{NOWHERE, Planner};
use crate::fast::forms::Form::Absent;
use crate::fast::place::{Place, Space};
use crate::fast::plan::{Step, Steps};
use crate::fast::schedule::{Schedule, Stage, Work, bias, further_terms, pairs};
use crate::fast::stretches::{Closed, Stretch};
use dagrad_tape::{Slot, TapeScalar};

impl<S: TapeScalar> Planner<'_, S> {
    pub(super) fn stage(&mut self, stage: Stage) {
        let schedule = Schedule::of(self.tape, self.forms, stage, self.plan.is_narrow);
        let last = self.last_reads(&schedule, stage);
        if stage == Stage::Tile && !schedule.steps.is_empty() {
            self.read_by.resize(self.tape.len(), LastReads::NEVER);
            self.finished_by.resize(self.tape.len(), LastReads::NEVER);
            if !self.plan.is_narrow {
                self.broadcasts(&schedule);
            }
        }
        let mut steps = Steps::default();
        let reads = match stage {
            Stage::Tile => last.by_step(schedule.steps.len()),
            Stage::Before | Stage::After => ByStep::default(),
        };
        self.last = last.0;
        let is_one_lane = stage != Stage::Tile || self.plan.is_narrow;
        let mut stretch = Stretch::of(!is_one_lane);
        for (at, task) in schedule.steps.iter().enumerate() {
            self.step = number(at);
            let planned = Ends::of(&steps);
            let members = &schedule.members[task.members()];
            let step = match task.work {
                Work::Inputs => {
                    self.inputs(members, stage, &mut steps);
                    None
                }
                Work::Run => match *members {
                    [only]
                        if is_one_lane
                            && self.take_number(Slot::new(only as usize), stage, &mut stretch) =>
                    {
                        None
                    }
                    _ => Some(self.run(members, stage, &mut steps)),
                },
                Work::Pairs => Some(self.pairs(members, stage, &mut steps)),
                Work::Product => Some(self.product(members, &mut steps)),
                Work::Gathered => {
                    let (dots, _) = self.gathered(members, None, &mut steps);
                    Some(Step::Gathered(Box::new(dots)))
                }
                Work::Adjoints => Some(self.adjoints(&schedule, members, &mut steps)),
                Work::Finish => Some(self.finishing(members, &mut steps)),
                Work::Gradients => Some(self.gradients(&schedule, members, &mut steps)),
                Work::GatheredGradients => {
                    Some(self.gathered_gradients(&schedule, members, &mut steps))
                }
                Work::LaneSums => Some(self.lane_sums(&schedule, members, &mut steps)),
            };
            steps.steps.extend(step);
            if planned.steps < steps.steps.len() {
                self.take_single(planned, &mut stretch, stage, &mut steps);
            }
            if stage != Stage::Tile && !self.plan.is_narrow {
                stretch.write(&mut self.plan.singles, schedule.steps.len() - at);
            }
            if stage == Stage::Tile {
                for &slot in reads.of(at) {
                    // Another slot may have taken its row.
                    if self.last[slot.index()] != LastReads::NEVER {
                        self.rows.free(number(self.place(slot).at()));
                    }
                }
            }
        }
        self.close(&mut stretch, stage, &mut steps);
        *self.plan.steps_mut(stage) = steps;
    }

    /// Adds the steps from `planned` on to the stretch of single values that comes before them, if they are such. If
    /// not, this closes it.
    fn take_single(
        &mut self,
        planned: Ends,
        stretch: &mut Stretch,
        stage: Stage,
        steps: &mut Steps,
    ) {
        let mut is_taken = true;
        // Mostly there is but the last.
        let last = steps.steps.pop();
        let others = steps.steps.split_off(planned.steps);
        for step in others.into_iter().chain(last) {
            if !stretch.take(&step, steps) {
                is_taken = false;
                self.close(stretch, stage, steps);
                steps.steps.push(step);
            }
        }
        if is_taken {
            steps.places.truncate(planned.places);
            steps.numbers.truncate(planned.numbers);
        }
    }

    /// Makes a step of the values of a stretch, if there are any: what it is will be known in the end.
    fn close(&mut self, stretch: &mut Stretch, stage: Stage, steps: &mut Steps) {
        match stretch.close(&mut self.plan.singles) {
            Some(Closed::Values(values)) => {
                self.stretches.push((stage, steps.steps.len(), values));
                steps.steps.push(Step::Scalars(0..0));
            }
            Some(Closed::Written(values)) => steps.steps.push(Step::Scalars(values)),
            None => {}
        }
    }

    /// The step that reads each row last.
    fn last_reads(&self, schedule: &Schedule, stage: Stage) -> LastReads {
        if stage != Stage::Tile || schedule.steps.is_empty() {
            return LastReads(Vec::new());
        }
        let mut last = LastReads(vec![LastReads::NEVER; self.tape.len()]);
        if self.plan.is_narrow {
            return last;
        }
        for (at, task) in schedule.steps.iter().enumerate() {
            for &member in &schedule.members[task.members()] {
                let mut read = |slot: Slot| last.0[slot.index()] = number(at);
                match task.work {
                    Work::Inputs => read(Slot::new(member as usize)),
                    Work::Run => {
                        let slot = Slot::new(member as usize);
                        read(slot);
                        self.forms
                            .operands(self.tape, slot)
                            .iter()
                            .copied()
                            .for_each(read);
                    }
                    Work::Pairs
                    | Work::Product
                    | Work::Gathered
                    | Work::Adjoints
                    | Work::Finish => {
                        let dot = &self.forms.dots[member as usize];
                        read(dot.out);
                        dot.finish.with().into_iter().for_each(&mut read);
                        self.tape.operands(dot.sum).iter().copied().for_each(read);
                    }
                    Work::Gradients | Work::GatheredGradients => {
                        let row = &schedule.gradient_rows[member as usize];
                        read(row.row);
                        let columns = schedule.columns[row.columns.clone()].iter();
                        columns.for_each(|column| read(column.factor));
                    }
                    Work::LaneSums => read(schedule.lane_sums[member as usize].factor),
                }
            }
        }
        for slot in &self.results.columns {
            last.0[slot.index()] = LastReads::NEVER;
        }
        for slot in self.tape.slots() {
            if !self.is_row(slot) || self.forms.get(slot) == Absent {
                last.0[slot.index()] = LastReads::NEVER;
            }
        }
        last
    }

    /// Gives what is no row, but read as one, a row that has its number in every lane.
    ///
    /// These rows are filled before the first tile and last, so they are taken before all others.
    fn broadcasts(&mut self, schedule: &Schedule) {
        self.broadcast.resize(self.tape.len(), NOWHERE);
        let mut slots = Vec::new();
        for task in &schedule.steps {
            for &member in &schedule.members[task.members()] {
                match task.work {
                    Work::Run => {
                        let slot = Slot::new(member as usize);
                        slots.extend(self.forms.operands(self.tape, slot));
                    }
                    Work::Pairs => {
                        let dot = &self.forms.dots[member as usize];
                        slots.extend(pairs(self.tape, dot).flat_map(|(one, other)| [one, other]));
                        slots.extend(further_terms(self.tape, dot));
                        slots.extend(bias(self.tape, dot));
                    }
                    _ => {}
                }
            }
        }
        slots.retain(|&slot| !self.is_row(slot));
        slots.sort_unstable();
        slots.dedup();
        for slot in slots {
            let row = Place::new(Space::Tile, self.rows.take(1) as usize);
            self.broadcast[slot.index()] = row;
            let from = self.place(slot);
            self.plan.broadcasts.push((from, row));
        }
    }
}

/// How much is planned of a stage.
#[derive(Clone, Copy)]
struct Ends {
    steps: usize,
    places: usize,
    numbers: usize,
}

impl Ends {
    fn of(steps: &Steps) -> Self {
        Self {
            steps: steps.steps.len(),
            places: steps.places.len(),
            numbers: steps.numbers.len(),
        }
    }
}
