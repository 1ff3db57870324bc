//! From schedules to steps with places.

use super::codes::MOST;
use super::forms::Form::{Absent, Mask};
use super::forms::{Dot, Finish as Form, Forms};
use super::place::{Grid, Place, Space};
use super::plan::{
    Adjoints, Copy, Fill, Finish, Function, Gathered, GatheredGradients, Gradients, Inputs,
    LaneSums, NO_TARGET, Operands, Pairs, Places, Plan, Product, Run, Start, Step, Steps,
};
use super::rows::Rows;
use super::scalars::{Scalars, Value};
use super::schedule::{Column, Schedule, Stage, Work, bias, further_terms, pairs, weighted};
use super::straight::is_straight;
use super::stretches::{Closed, Stretch, in_order, local};
use super::strips::Maker;
use crate::inputs::InputNumbers;
use dagrad_ops::Op;
use dagrad_tape::{Class, Code, OutputKind, Slot, Tape, TapeScalar};
use std::ops::Range;

/// Plans `tape`, for one lane at a time if `is_narrow`.
pub(super) fn plan<S: TapeScalar>(tape: &Tape, is_narrow: bool) -> Plan<S> {
    let forms = Forms::of(tape);
    let results = Results::of(tape);
    let mut planner = Planner::<S>::new(tape, &forms, &results, is_narrow);
    planner.stage(Stage::Before);
    planner.stage(Stage::Tile);
    planner.stage(Stage::After);
    planner.finish()
}

/// Where the results of a tape go.
pub(super) struct Results {
    /// The slot of each column of the per-sample table.
    pub(super) columns: Vec<Slot>,
    /// The slot of each result for each run.
    pub(super) per_run: Vec<Slot>,
    /// For each mean that is a result of a run the first of its places among those.
    mean_place: Vec<u32>,
}

impl Results {
    /// It is no result.
    const NONE: u32 = u32::MAX;

    pub(super) fn of(tape: &Tape) -> Self {
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

/// No place was given.
const NOWHERE: Place = Place::NOWHERE;

struct Planner<'t, S> {
    tape: &'t Tape,
    forms: &'t Forms,
    results: &'t Results,
    plan: Plan<S>,
    /// Where each slot lies.
    places: Vec<Place>,
    /// The row that has a slot's number in every lane.
    broadcast: Vec<Place>,
    rows: Rows,
    /// The step of this stage that is planned, and for each slot that which reads it last, that which has it as an
    /// operand, and that which finishes dots by it, as far as was seen.
    step: u32,
    last: Vec<u32>,
    read_by: Vec<u32>,
    finished_by: Vec<u32>,
    /// The targets that something was added to.
    added: Vec<bool>,
    numbers: InputNumbers,
    /// Stretches of single values, each with its stage and the number of its step there.
    stretches: Vec<(Stage, usize, Vec<Value>)>,
}

impl<'t, S: TapeScalar> Planner<'t, S> {
    fn new(tape: &'t Tape, forms: &'t Forms, results: &'t Results, is_narrow: bool) -> Self {
        let mut planner = Self {
            tape,
            forms,
            results,
            plan: Plan {
                scalars: Vec::new(),
                rows: 0,
                broadcasts: Vec::new(),
                // A plan for one lane has its numbers of the workspace behind the rows of its tile.
                singles: Scalars::of(if is_narrow {
                    Space::Tile
                } else {
                    Space::Scalars
                }),
                strips: Vec::new(),
                numbers: Vec::new(),
                before: Steps::default(),
                packed: Vec::new(),
                tile: Steps::default(),
                after: Steps::default(),
                columns: Vec::new(),
                results: Vec::new(),
                means: results.per_run.len(),
                cleared: Vec::new(),
                sums: 0,
                widest: 0,
                copies: 0,
                has_derived_weights: false,
                is_narrow,
                is_straight: false,
            },
            places: vec![NOWHERE; tape.len()],
            broadcast: Vec::new(),
            rows: Rows::default(),
            step: 0,
            last: Vec::new(),
            read_by: Vec::new(),
            finished_by: Vec::new(),
            added: Vec::new(),
            numbers: InputNumbers::of(tape),
            stretches: Vec::new(),
        };
        planner.order_means();
        for slot in tape.slots() {
            let instruction = tape.instruction(slot);
            let place = match (instruction.constant(), instruction.code()) {
                (Some(value), _) => planner.scalar(S::from_f64(value)),
                (None, Code::Parameter) => {
                    Place::new(Space::Parameters, instruction.variable().unwrap_or(0))
                }
                (None, Code::Mean) => {
                    planner.place_mean(slot);
                    continue;
                }
                (None, _) => continue,
            };
            planner.places[slot.index()] = place;
        }
        planner.added = vec![false; planner.plan.means];
        planner
    }

    /// Gives means that results are computed from their places in the order of those results, so that what is
    /// computed runs along both.
    fn order_means(&mut self) {
        let (tape, results) = (self.tape, self.results);
        for &slot in &results.per_run {
            for &operand in tape.operands(slot) {
                if tape.instruction(operand).code() == Code::Mean {
                    self.place_mean(operand);
                }
            }
        }
    }

    /// Gives a mean its place, if it has none: that of a result, or a new one.
    fn place_mean(&mut self, slot: Slot) {
        if self.place(slot) != NOWHERE {
            return;
        }
        let place = match self.results.mean_place[slot.index()] {
            Results::NONE => {
                self.plan.means += 1;
                self.plan.means - 1
            }
            place => place as usize,
        };
        self.places[slot.index()] = Place::new(Space::Means, place);
    }

    /// A new number of the workspace.
    fn scalar(&mut self, value: S) -> Place {
        self.plan.scalars.push(value);
        Place::new(Space::Scalars, self.plan.scalars.len() - 1)
    }

    /// As many new numbers in a row.
    fn scalars(&mut self, count: usize) -> Place {
        let start = self.plan.scalars.len();
        self.plan.scalars.resize(start + count, S::from_f64(0.0));
        Place::new(Space::Scalars, start)
    }

    fn class(&self, slot: Slot) -> Class {
        self.tape.instruction(slot).class()
    }

    /// Whether `slot` lies in a row of the tile.
    fn is_row(&self, slot: Slot) -> bool {
        self.class(slot) == Class::PerSample
    }

    fn place(&self, slot: Slot) -> Place {
        self.places[slot.index()]
    }

    fn stage(&mut self, stage: Stage) {
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
                    [only] if self.take_number(Slot::new(only as usize), stage, &mut stretch) => {
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

    /// Gives the results of a step their places, which lie in a row.
    fn allocate(&mut self, stage: Stage, slots: impl ExactSizeIterator<Item = Slot>) -> Place {
        let count = slots.len();
        let start = if stage == Stage::Tile {
            Place::new(Space::Tile, self.rows.take(number(count)) as usize)
        } else {
            self.scalars(count)
        };
        for (at, slot) in slots.enumerate() {
            self.places[slot.index()] = start.plus(at);
        }
        start
    }

    fn inputs(&mut self, members: &[u32], stage: Stage, steps: &mut Steps) {
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

    fn run(&mut self, members: &[u32], stage: Stage, steps: &mut Steps) -> Step {
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

    /// Takes a slot as a single number of the stretch, if it is one: steps of one value come by the million.
    fn take_number(&mut self, slot: Slot, stage: Stage, stretch: &mut Stretch) -> bool {
        let operands = self.forms.operands(self.tape, slot);
        if operands.len() > MOST || (stage == Stage::Tile && !self.plan.is_narrow) {
            return false;
        }
        let mut places = [NOWHERE; MOST];
        for (place, &operand) in places.iter_mut().zip(operands) {
            *place = self.place(operand);
        }
        let function = self.function(slot);
        if matches!(
            function,
            Function::Partial(..) | Function::Operation(Op::User(_))
        ) {
            return false;
        }
        self.plan.widest = self.plan.widest.max(operands.len());
        let out = self.allocate(stage, [slot].into_iter());
        stretch.take_number(&function, &places[..operands.len()], out)
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

    fn function(&self, slot: Slot) -> Function {
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
    fn operands(&mut self, operands: &[Vec<Slot>], stage: Stage, steps: &mut Steps) -> Operands {
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
    fn operand(&self, slot: Slot, stage: Stage) -> Place {
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

    fn pairs(&mut self, members: &[u32], stage: Stage, steps: &mut Steps) -> Step {
        let outs = members.iter().map(|&dot| self.forms.dots[dot as usize].out);
        let outs: Vec<Slot> = outs.collect();
        self.allocate(stage, outs.iter().copied());
        let (mut list, mut counts) = (Vec::new(), Vec::new());
        for &member in members {
            let dot = &self.forms.dots[member as usize];
            let products: Vec<Slot> = if stage == Stage::Tile {
                pairs(self.tape, dot)
                    .flat_map(|(one, other)| [one, other])
                    .collect()
            } else {
                dot.parts(self.tape).0.to_vec()
            };
            let place = |slot: Slot| self.operand(slot, stage);
            let mut factors: Vec<[Place; 2]> = products
                .chunks_exact(2)
                .map(|pair| [place(pair[0]), place(pair[1])])
                .collect();
            factors.sort_by_key(|pair| pair.map(Place::bits));
            let terms = bias(self.tape, dot)
                .into_iter()
                .chain(further_terms(self.tape, dot));
            list.push(self.place(dot.out));
            list.extend(factors.iter().flatten());
            counts.push(number(factors.len()));
            let before = list.len();
            list.extend(terms.map(place));
            counts.push(number(list.len() - before));
            counts.push(u32::from(are_runs(&factors)));
        }
        Step::Pairs(Box::new(Pairs {
            rows: members.len(),
            list: steps.list(list),
            counts: steps.count(counts),
        }))
    }

    /// Gives the results of dots their rows, unless they have them from their [`pairs`](Self::pairs). A result takes
    /// the row that its own finish reads, where nobody else does, now or later: it is at hand, and tiles stay small.
    fn dot_rows(&mut self, members: &[u32]) {
        let dots = members.iter().map(|&dot| &self.forms.dots[dot as usize]);
        let mut outs: Vec<Slot> = Vec::new();
        for dot in dots.clone() {
            let operands = self.tape.operands(dot.sum).iter().copied();
            // What two finishes read counts as an operand.
            let with = dot.finish.with().filter(|with| {
                std::mem::replace(&mut self.finished_by[with.index()], self.step) == self.step
            });
            for operand in operands.chain(with) {
                self.read_by[operand.index()] = self.step;
            }
        }
        for dot in dots {
            if self.place(dot.out) != NOWHERE {
                continue;
            }
            let dying = dot.finish.with().filter(|with| {
                self.last[with.index()] == self.step && self.read_by[with.index()] != self.step
            });
            match dying {
                Some(with) => {
                    self.places[dot.out.index()] = self.place(with);
                    self.last[with.index()] = LastReads::NEVER;
                }
                None => outs.push(dot.out),
            }
        }
        if !outs.is_empty() {
            self.allocate(Stage::Tile, outs.into_iter());
        }
    }

    fn finish_of(&self, members: &[u32], steps: &mut Steps) -> Finish {
        let finishes = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize].finish);
        let with = finishes.clone().filter_map(Form::with);
        let mut with = || steps.list(with.clone().map(|slot| self.place(slot)));
        match finishes.clone().next() {
            Some(Form::Unary(slot)) if self.tape.instruction(slot).code() == Code::Relu => {
                Finish::Relu
            }
            Some(Form::None | Form::Unary(_)) | None => Finish::None,
            Some(Form::ReluMask(_)) => Finish::ReluMask(with()),
            Some(Form::TanhPartial(_)) => Finish::TanhPartial(with()),
            Some(Form::Product(_)) => Finish::Product(with()),
        }
    }

    fn product(&mut self, members: &[u32], steps: &mut Steps) -> Step {
        let tape = self.tape;
        let dots: Vec<Dot> = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize])
            .collect();
        let place = |slot: Slot| self.places[slot.index()];
        // The order of rows is that of their first weights, the order of operands that of the first row's.
        let weights = |dot: &Dot| {
            weighted(tape, dot)
                .map(|(weight, _)| place(weight))
                .collect()
        };
        let table: Vec<Vec<Place>> = dots.iter().map(weights).collect();
        let mut order: Vec<usize> = (0..dots.len()).collect();
        order.sort_by_key(|&row| table[row][0].bits());
        let mut depth: Vec<usize> = (0..table[0].len()).collect();
        depth.sort_by_key(|&k| table[order[0]][k].bits());
        let weight = |row: usize, k: usize| table[order[row]][depth[k]];
        let (rows, columns) = (order.len(), depth.len());
        let grid = Grid::of(rows, columns, weight);
        let members: Vec<u32> = order.iter().map(|&row| members[row]).collect();
        let dots: Vec<Dot> = order.iter().map(|&row| dots[row]).collect();
        let operands: Vec<Place> = weighted(tape, &dots[0])
            .map(|(_, row)| place(row))
            .collect();
        let operands: Vec<Place> = depth.iter().map(|&k| operands[k]).collect();
        let list: Vec<Place> = (0..rows * columns)
            .map(|at| weight(at / columns, at % columns))
            .collect();
        let weights = grid.unwrap_or_else(|| self.pack(&list, columns));
        self.dot_rows(&members);
        let outs: Vec<Place> = dots.iter().map(|dot| self.place(dot.out)).collect();
        Step::Product(Box::new(Product {
            operands_follow: is_run(&operands),
            outs_follow: is_run(&outs),
            weights,
            start: self.start(&dots),
            finish: self.finish_of(&members, steps),
            operands: steps.list(operands),
            outs: steps.list(outs),
        }))
    }

    /// What the sums of dots that are alike start from.
    fn start(&mut self, dots: &[Dot]) -> Start {
        if super::schedule::has_rest(self.tape, &dots[0]) {
            return Start::Rows;
        }
        let biases = dots.iter().filter_map(|dot| bias(self.tape, dot));
        let biases: Vec<Place> = biases.map(|slot| self.place(slot)).collect();
        if biases.is_empty() {
            return Start::Zero;
        }
        let grid = Grid::of(biases.len(), 1, |row, _| biases[row]);
        Start::Bias(grid.unwrap_or_else(|| self.pack(&biases, 1)))
    }

    /// Copies of numbers in a row, as rows of `columns`.
    fn pack(&mut self, places: &[Place], columns: usize) -> Grid {
        let start = self.scalars(places.len());
        for (at, &from) in places.iter().enumerate() {
            let to = start.plus(at);
            Copy::push(&mut self.plan.packed, from, to);
        }
        Grid {
            space: Space::Scalars,
            start: start.at(),
            row_stride: columns as isize,
            column_stride: 1,
        }
    }

    /// Dots, and the means that each of their products, in the order of the step, is taken for.
    fn gathered(
        &mut self,
        members: &[u32],
        schedule: Option<&Schedule>,
        steps: &mut Steps,
    ) -> (Gathered, Targets) {
        let tape = self.tape;
        // Rows of one length follow each other, so that the end of each is foreseen.
        let mut members = members.to_vec();
        members.sort_by_cached_key(|&dot| weighted(tape, &self.forms.dots[dot as usize]).count());
        let members = members.as_slice();
        self.dot_rows(members);
        let (mut weights, mut operands, mut starts) = (Vec::new(), Vec::new(), vec![0]);
        let dots: Vec<Dot> = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize])
            .collect();
        let mut products: Vec<(Place, Place, Option<Slot>)> = Vec::new();
        let mut targets = Targets::default();
        for (dot, member) in dots.iter().zip(members) {
            let taken = schedule.and_then(|schedule| schedule.taken.by(*member));
            let mean = |at: usize| *taken?.0.get(at)?;
            products.clear();
            products.extend(
                weighted(tape, dot)
                    .enumerate()
                    .map(|(at, (weight, row))| (self.place(weight), self.place(row), mean(at))),
            );
            products.sort_by_key(|&(weight, row, _)| (weight.bits(), row.bits()));
            weights.extend(products.iter().map(|&(weight, ..)| weight));
            operands.extend(products.iter().map(|&(_, row, _)| row));
            starts.push(number(operands.len()));
            if schedule.is_some() {
                targets
                    .products
                    .extend(products.iter().map(|&(.., mean)| mean));
                targets.own.push(taken.and_then(|(_, own)| own));
            }
        }
        let space = weights
            .first()
            .map_or(Space::Scalars, |place| place.space());
        if weights.iter().any(|place| place.space() != space) {
            let grid = self.pack(&weights, 1);
            let start = Place::new(grid.space, grid.start);
            weights = (0..weights.len()).map(|at| start.plus(at)).collect();
        }
        let has_rest = super::schedule::has_rest(tape, &dots[0]);
        let mut biases: Vec<Place> = Vec::new();
        if !has_rest {
            // A row without a bias has one of zero, if others have theirs.
            let own = dots.iter().map(|dot| bias(tape, dot));
            if own.clone().any(|bias| bias.is_some()) {
                let zero = self.scalar(S::from_f64(0.0));
                biases = own
                    .map(|bias| bias.map_or(zero, |slot| self.place(slot)))
                    .collect();
                if biases
                    .iter()
                    .any(|place| place.space() != biases[0].space())
                {
                    let grid = self.pack(&biases, 1);
                    let start = Place::new(grid.space, grid.start);
                    biases = (0..biases.len()).map(|at| start.plus(at)).collect();
                }
            }
        }
        let outs: Vec<Place> = dots.iter().map(|dot| self.place(dot.out)).collect();
        let copies = self.plan.copies;
        self.plan.copies += weights.len();
        self.plan.has_derived_weights |= space_of(&weights) != Space::Parameters;
        let dots = Gathered {
            copies,
            starts: steps.count(starts),
            operands: steps.list(operands),
            weights: steps.offsets(&weights),
            weight_space: space_of(&weights),
            bias_space: space_of(&biases),
            biases: (!biases.is_empty()).then(|| steps.offsets(&biases)),
            starts_from_rows: has_rest,
            finish: self.finish_of(members, steps),
            outs: steps.list(outs),
        };
        (dots, targets)
    }

    /// Dots that take sums over lanes with them.
    fn adjoints(&mut self, schedule: &Schedule, members: &[u32], steps: &mut Steps) -> Step {
        let (dots, targets) = self.gathered(members, Some(schedule), steps);
        let mut means = targets.products;
        if targets.own.iter().any(Option::is_some) {
            means.extend(targets.own);
        }
        let means = means.into_iter();
        let targets: Vec<Option<Place>> = means
            .map(|mean| mean.map(|mean| self.place(mean)))
            .collect();
        // They are added when all tiles are done, to whatever is there by then.
        for target in targets.iter().flatten() {
            if !std::mem::replace(&mut self.added[target.at()], true) {
                self.plan.cleared.push(number(target.at()));
            }
        }
        let sums = self.plan.sums;
        self.plan.sums += targets.len();
        let target = |place: Option<Place>| place.map_or(NO_TARGET, |place| number(place.at()));
        Step::Adjoints(Box::new(Adjoints {
            dots,
            sums,
            targets: steps.count(targets.into_iter().map(target)),
        }))
    }

    /// The finishing operation of dots, in place.
    fn finishing(&mut self, members: &[u32], steps: &mut Steps) -> Step {
        let outs: Vec<Slot> = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize].out)
            .collect();
        let mut places: Vec<Place> = outs.iter().map(|&slot| self.place(slot)).collect();
        places.sort_by_key(|place| place.bits());
        let operands = if is_run(&places) {
            Operands::Runs(steps.list([places[0]]))
        } else {
            Operands::Listed(steps.list(places.iter().copied()))
        };
        Step::Run(Run {
            function: self.function(outs[0]),
            rows: outs.len(),
            out: places[0],
            operands,
        })
    }

    fn target(&self, column: &Column) -> Place {
        self.place(column.mean)
    }

    /// Whether nothing was added to any of these means before; notes that something is. Means of which some
    /// were and some were not start from zero.
    fn add_to(&mut self, targets: impl Iterator<Item = Place> + Clone) -> bool {
        let before = targets
            .clone()
            .filter(|target| self.added[target.at()])
            .count();
        let all = targets.clone().count();
        let mut is_first = before == 0;
        for target in targets {
            // A target may stand twice in one step.
            if !std::mem::replace(&mut self.added[target.at()], true) {
                self.plan.cleared.push(number(target.at()));
            } else if is_first {
                is_first = false;
            }
        }
        if is_first {
            self.plan.cleared.truncate(self.plan.cleared.len() - all);
        }
        is_first
    }

    fn gradients(&mut self, schedule: &Schedule, members: &[u32], steps: &mut Steps) -> Step {
        let columns = |row: u32| {
            let row = &schedule.gradient_rows[row as usize];
            &schedule.columns[row.columns.clone()]
        };
        let mut rows = members.to_vec();
        rows.sort_by_key(|&row| self.target(&columns(row)[0]).bits());
        let mut order: Vec<usize> = (0..columns(rows[0]).len()).collect();
        order.sort_by_key(|&at| self.target(&columns(rows[0])[at]).bits());
        let target = |row: usize, column: usize| self.target(&columns(rows[row])[order[column]]);
        let grid = Grid::of(rows.len(), order.len(), target);
        let Some(targets) = grid.filter(|grid| grid.column_stride == 1 || order.len() == 1) else {
            return self.gathered_gradients(schedule, members, steps);
        };
        let all = (0..rows.len()).flat_map(|row| (0..order.len()).map(move |column| (row, column)));
        let all: Vec<Place> = all.map(|(row, column)| target(row, column)).collect();
        let is_first = self.add_to(all.iter().copied());
        let row_places = rows
            .iter()
            .map(|&row| self.place(schedule.gradient_rows[row as usize].row));
        let factors = columns(rows[0]);
        let input = self.inputs_in_a_row(order.iter().map(|&at| factors[at].factor));
        Step::Gradients(Box::new(Gradients {
            input,
            rows: steps.list(row_places),
            columns: steps.list(order.iter().map(|&at| self.place(factors[at].factor))),
            targets,
            is_first,
        }))
    }

    /// The kind and the first column of inputs, if all slots are such and follow each other.
    fn inputs_in_a_row(
        &self,
        slots: impl Iterator<Item = Slot>,
    ) -> Option<(dagrad_tape::InputKind, usize)> {
        let mut first = None;
        for (at, slot) in slots.enumerate() {
            let instruction = self.tape.instruction(slot);
            if instruction.code() != Code::Input {
                return None;
            }
            let variable = instruction.variable()?;
            let kind = self.tape.inputs()[variable].kind;
            let column = self.numbers.get(variable) as usize;
            let (first_kind, start) = *first.get_or_insert((kind, column));
            if kind != first_kind || column != start + at {
                return None;
            }
        }
        first
    }

    fn gathered_gradients(
        &mut self,
        schedule: &Schedule,
        members: &[u32],
        steps: &mut Steps,
    ) -> Step {
        let (mut rows, mut factors, mut targets, mut starts) =
            (Vec::new(), Vec::new(), Vec::new(), vec![0]);
        let mut columns: Vec<(Place, Place)> = Vec::new();
        let mut members = members.to_vec();
        let columns_of = |row: u32| {
            let row = &schedule.gradient_rows[row as usize];
            &schedule.columns[row.columns.clone()]
        };
        if self.plan.is_narrow {
            let first = |row: u32| {
                columns_of(row)
                    .iter()
                    .map(|column| self.target(column).bits())
            };
            members.sort_by_key(|&row| first(row).min());
        } else {
            members.sort_by_key(|&row| columns_of(row).len());
        }
        let mut targets_follow = true;
        for member in members {
            let row = &schedule.gradient_rows[member as usize];
            columns.clear();
            let own = schedule.columns[row.columns.clone()].iter();
            columns.extend(own.map(|column| (self.target(column), self.place(column.factor))));
            columns.sort_by_key(|&(target, factor)| (target.bits(), factor.bits()));
            rows.push(self.place(row.row));
            targets_follow &= columns.windows(2).all(|two| two[1].0 == two[0].0.plus(1));
            targets.extend(columns.iter().map(|&(target, _)| target));
            factors.extend(columns.iter().map(|&(_, factor)| factor));
            starts.push(number(factors.len()));
        }
        let is_first = self.add_to(targets.iter().copied());
        Step::GatheredGradients(Box::new(GatheredGradients {
            rows: steps.list(rows),
            starts: steps.count(starts),
            columns: steps.list(factors),
            targets: steps.offsets(&targets),
            targets_follow,
            is_first,
        }))
    }

    fn lane_sums(&mut self, schedule: &Schedule, members: &[u32], steps: &mut Steps) -> Step {
        let mut members = members.to_vec();
        members.sort_by_key(|&sum| self.target(&schedule.lane_sums[sum as usize]).bits());
        let sums = members.iter().map(|&sum| &schedule.lane_sums[sum as usize]);
        let targets: Vec<Place> = sums.clone().map(|sum| self.target(sum)).collect();
        let is_first = self.add_to(targets.iter().copied());
        Step::LaneSums(Box::new(LaneSums {
            rows: steps.list(sums.map(|sum| self.place(sum.factor))),
            targets: steps.offsets(&targets),
            is_first,
        }))
    }

    fn finish(mut self) -> Plan<S> {
        self.plan.rows = self.rows.count as usize;
        let rows = self.plan.is_narrow.then_some(self.plan.rows);
        let columns = self.results.columns.iter();
        self.plan.columns = columns.map(|&slot| self.place(slot)).collect();
        let mut maker = Maker::of(&self.plan);
        for (stage, at, values) in std::mem::take(&mut self.stretches).into_iter().rev() {
            self.plan.steps_mut(stage).steps[at] = if stage == Stage::Tile && rows.is_none() {
                let values = in_order(values);
                let strips = maker.strips(&values, &mut self.plan.numbers);
                let start = self.plan.strips.len();
                self.plan.strips.extend(strips);
                Step::Strips(start..self.plan.strips.len())
            } else {
                let singles = &mut self.plan.singles;
                let mut writing = singles.begin();
                singles.write(&mut writing, &local(values, rows));
                Step::Scalars(singles.end(writing))
            };
        }
        let mut broadcasts = std::mem::take(&mut self.plan.broadcasts);
        broadcasts.retain(|&(_, row)| maker.is_read_elsewhere(row));
        self.plan.broadcasts = broadcasts;
        // Those that are left have copies of their weights.
        self.plan.copies = 0;
        for step in &mut self.plan.tile.steps {
            if let Step::Gathered(gathered) = step {
                gathered.copies = self.plan.copies;
                self.plan.copies += gathered.weights.len();
            }
        }
        for (at, &slot) in self.results.per_run.iter().enumerate() {
            let (from, to) = (self.place(slot), Place::new(Space::Means, at));
            if from != to {
                Copy::push(&mut self.plan.results, from, to);
            }
        }
        self.plan.is_straight = is_straight(&self.plan);
        if self.plan.is_straight {
            // The numbers of the workspace follow the rows of the tile.
            let local = |place: Place| Place::new(Space::Tile, self.plan.rows + place.at());
            let numbers = self.plan.columns.iter_mut();
            let numbers = numbers.filter(|place| place.space() == Space::Scalars);
            numbers.for_each(|place| *place = local(*place));
        }
        self.plan
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

/// The means that a step of dots takes with it: for each product, and for each result.
#[derive(Default)]
struct Targets {
    products: Vec<Option<Slot>>,
    own: Vec<Option<Slot>>,
}

/// For each slot the step that reads it last.
struct LastReads(Vec<u32>);

impl LastReads {
    const NEVER: u32 = u32::MAX;

    /// The slots by the step that reads them last, out of so many steps.
    fn by_step(&self, steps: usize) -> ByStep {
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
struct ByStep {
    slots: Vec<Slot>,
    /// Where each step's slots end.
    ends: Vec<usize>,
}

impl ByStep {
    /// The slots that the step `at` reads last.
    fn of(&self, at: usize) -> &[Slot] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.slots[start..self.ends[at]]
    }
}

impl Steps {
    fn list(&mut self, places: impl IntoIterator<Item = Place>) -> Places {
        let start = self.places.len();
        self.places.extend(places.into_iter().map(Place::bits));
        start..self.places.len()
    }

    /// The offsets of places that are all in one memory.
    fn offsets(&mut self, places: &[Place]) -> Range<usize> {
        self.count(places.iter().map(|place| number(place.at())))
    }

    fn count(&mut self, numbers: impl IntoIterator<Item = u32>) -> Range<usize> {
        let start = self.numbers.len();
        self.numbers.extend(numbers);
        start..self.numbers.len()
    }
}

/// The memory that places are in.
fn space_of(places: &[Place]) -> Space {
    places.first().map_or(Space::Scalars, |place| place.space())
}

/// Whether first factors follow each other, and second ones do, all in one memory.
fn are_runs(factors: &[[Place; 2]]) -> bool {
    let follow = |two: &[[Place; 2]]| (0..2).all(|side| two[1][side] == two[0][side].plus(1));
    let space = |pair: &[Place; 2]| pair.map(Place::space);
    let is_one = factors
        .first()
        .is_some_and(|first| space(first)[0] == space(first)[1]);
    is_one && factors.windows(2).all(follow)
}

/// Whether places follow each other.
fn is_run(places: &[Place]) -> bool {
    places.windows(2).all(|two| two[1] == two[0].plus(1))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than slots and operands"
)]
fn number(index: usize) -> u32 {
    index as u32
}
