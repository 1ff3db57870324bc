//! Steps of one operation for many slots.

use super::Planner;
use super::lists::is_run;
use crate::fast::codes::MOST;
use crate::fast::forms::Form::Mask;
use crate::fast::place::Place;
use crate::fast::plan::{Fill, Function, Inputs, Operands, Run, Step, Steps};
use crate::fast::schedule::Stage;
use crate::fast::stretches::{Stretch, kind_of};
use dagrad_ops::Op;
use dagrad_tape::{Slot, TapeScalar};

impl<S: TapeScalar> Planner<'_, S> {
    pub(super) fn inputs(&mut self, members: &[u32], stage: Stage, steps: &mut Steps) {
        let slots = members.iter().map(|&slot| Slot::new(slot as usize));
        let start = self.allocate(stage, slots.clone());
        let column = |slot: Slot| {
            let variable = self.tape.instruction(slot).variable().unwrap_or(0);
            (
                self.tape.inputs()[variable].kind,
                self.numbers.get(variable) as usize,
            )
        };
        let mut last: Option<Inputs> = None;
        for (at, slot) in slots.enumerate() {
            let (kind, column) = column(slot);
            match &mut last {
                Some(last) if last.kind == kind && last.column + last.count == column => {
                    last.count += 1;
                }
                Some(_) | None => {
                    let new = Inputs {
                        kind,
                        column,
                        count: 1,
                        out: start.plus(at),
                    };
                    steps.steps.extend(last.replace(new).map(Step::Inputs));
                }
            }
        }
        steps.steps.extend(last.map(Step::Inputs));
    }

    /// Members of a run in the order in which their operands lie, so that these are runs as well.
    fn in_order_of_operands(&self, members: &[u32], stage: Stage) -> Vec<u32> {
        let mut members = members.to_vec();
        let key = |&member: &u32| {
            let operands = self.forms.operands(self.tape, Slot::new(member as usize));
            // Two are enough to tell most members from each other.
            let mut places = operands
                .iter()
                .map(|&slot| self.operand(slot, stage).bits());
            (places.next(), places.next(), member)
        };
        if !members.is_sorted_by_key(key) {
            members.sort_by_cached_key(key);
        }
        members
    }

    pub(super) fn run(&mut self, members: &[u32], stage: Stage, steps: &mut Steps) -> Step {
        if let &[only] = members {
            return self.single(Slot::new(only as usize), stage, steps);
        }
        let members = self.in_order_of_operands(members, stage);
        let slots = members.iter().map(|&slot| Slot::new(slot as usize));
        let first = Slot::new(members[0] as usize);
        let count = self.forms.operands(self.tape, first).len();
        self.plan.widest = self.plan.widest.max(count);
        let operand = |number: usize| {
            let (tape, forms) = (self.tape, self.forms);
            slots
                .clone()
                .map(move |slot| forms.operands(tape, slot)[number])
        };
        let operands: Vec<Vec<Slot>> = (0..count).map(|number| operand(number).collect()).collect();
        let operands = self.operands(&operands, stage, steps);
        Step::Run(Run {
            function: self.function(first),
            rows: members.len(),
            out: self.allocate(stage, slots),
            operands,
        })
    }

    /// Takes a slot of a stage of numbers into the stretch, if it may be one of its values: steps of one value come by
    /// the million.
    pub(super) fn take_number(&mut self, slot: Slot, stage: Stage, stretch: &mut Stretch) -> bool {
        let operands = self.forms.operands(self.tape, slot);
        let kind = kind_of(&self.function(slot)).filter(|_| operands.len() <= MOST);
        let Some(kind) = kind else {
            return false;
        };
        let mut places = [0; MOST];
        for (place, &operand) in places.iter_mut().zip(operands) {
            *place = self.place(operand).bits();
        }
        self.plan.widest = self.plan.widest.max(operands.len());
        let out = self.allocate(stage, [slot].into_iter());
        stretch.take_number(&kind, &places[..operands.len()], out.bits());
        true
    }

    /// A run of one slot: its operands are runs, too.
    fn single(&mut self, slot: Slot, stage: Stage, steps: &mut Steps) -> Step {
        let operands = self.forms.operands(self.tape, slot);
        self.plan.widest = self.plan.widest.max(operands.len());
        let places = operands.iter().map(|&slot| self.operand(slot, stage));
        let operands = Operands::Runs(steps.list(places));
        Step::Run(Run {
            function: self.function(slot),
            rows: 1,
            out: self.allocate(stage, [slot].into_iter()),
            operands,
        })
    }

    pub(super) fn function(&self, slot: Slot) -> Function {
        if let Mask(_) = self.forms.get(slot) {
            return Function::Mask;
        }
        if let Some(operation) = self.tape.operation(slot) {
            return Function::Operation(operation);
        }
        match self.tape.user(slot) {
            Some((user, Some(partial))) => Function::Partial(user.clone(), partial),
            Some((user, None)) => Function::Operation(Op::User(user.clone())),
            None => Function::Fma,
        }
    }

    /// The places of operands, each given for all rows.
    pub(super) fn operands(
        &mut self,
        operands: &[Vec<Slot>],
        stage: Stage,
        steps: &mut Steps,
    ) -> Operands {
        let is_wide = stage == Stage::Tile && !self.plan.is_narrow;
        let mut places: Vec<Vec<Place>> = Vec::with_capacity(operands.len());
        for slots in operands {
            let is_same = slots.iter().all(|&slot| slot == slots[0]);
            if !is_wide && slots.len() > 1 && is_same && !self.is_row(slots[0]) {
                let start = self.repeated(slots[0], slots.len(), stage, steps);
                places.push((0..slots.len()).map(|at| start.plus(at)).collect());
            } else {
                places.push(
                    slots
                        .iter()
                        .map(|&slot| self.operand(slot, stage))
                        .collect(),
                );
            }
        }
        if places.iter().all(|places| is_run(places)) {
            Operands::Runs(steps.list(places.iter().map(|places| places[0])))
        } else {
            Operands::Listed(steps.list(places.into_iter().flatten()))
        }
    }

    /// Where a step of this stage reads `slot`: in a tile of many lanes that is a row.
    pub(super) fn operand(&self, slot: Slot, stage: Stage) -> Place {
        let is_wide = stage == Stage::Tile && !self.plan.is_narrow;
        if is_wide && !self.is_row(slot) {
            self.broadcast[slot.index()]
        } else {
            self.place(slot)
        }
    }

    /// One number as often as a run has rows.
    fn repeated(&mut self, slot: Slot, count: usize, stage: Stage, steps: &mut Steps) -> Place {
        let start = self.scalars(count);
        let from = self.place(slot);
        if let Some(value) = self.tape.instruction(slot).constant() {
            let end = start.at() + count;
            self.plan.scalars[start.at()..end].fill(S::from_f64(value));
        } else {
            let fill = Step::Fill(Fill { from, start, count });
            // What does not depend on the sample is there before the first one.
            match stage {
                Stage::Tile => self.plan.before.steps.push(fill),
                Stage::Before | Stage::After => steps.steps.push(fill),
            }
        }
        start
    }
}
