//! From schedules to steps with places.

mod dots;
mod lists;
mod reads;
mod results;
mod runs;
mod stages;
mod sums;

pub(super) use results::Results;

use super::forms::Forms;
use super::place::{Place, Space};
use super::plan::{Copy, Plan, Step, Steps};
use super::rows::Rows;
use super::scalars::{Scalars, Value};
use super::schedule::Stage;
use super::straight::is_straight;
use super::stretches::{in_order, local};
use super::strips::Maker;
use crate::inputs::InputNumbers;
use dagrad_tape::{Class, Code, Slot, Tape, TapeScalar};
use lists::number;

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
