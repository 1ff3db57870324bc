//! Stretches of single rows of a tile, as values that are computed some lanes at a time.

use super::codes::Kind;
use super::place::{Place, Space};
use super::plan::{Operands, Plan, Step};
use super::scalars::Value;
use crate::kernels::{Strip, StripFunction, StripKind, StripOperand};
use dagrad_ops::Op;
use std::collections::HashMap;

/// Whether a value can be computed in strips.
pub(super) fn has(value: &Value) -> bool {
    kind(value).is_some()
}

/// What a value is to the kernel.
fn kind(value: &Value) -> Option<StripKind> {
    let Kind::Operation(op) = &value.kind else {
        return Some(StripKind::MultiplyAdd);
    };
    Some(match (op, value.operands.list().len()) {
        (Op::Add | Op::Mul, 1) => StripKind::Copy,
        (Op::Add, 2) => StripKind::Add,
        (Op::Sub, 2) => StripKind::Subtract,
        (Op::Mul, 2) => StripKind::Multiply,
        (Op::Div, 2) => StripKind::Divide,
        (Op::Square, 1) => StripKind::Square,
        (Op::Neg, 1) => StripKind::Negate,
        (Op::Relu, 1) => StripKind::Relu,
        (Op::Le, 2) => StripKind::AtMost,
        (Op::Select, 3) => StripKind::Select,
        _ => return None,
    })
}

/// Makes strips of a plan's stretches, the last one first.
pub(super) struct Maker {
    /// The number that each row has in all lanes, of those that have one.
    broadcast: HashMap<u32, Place>,
    /// Which of the numbers that strips read each place is.
    numbers: HashMap<u32, u32>,
    /// Rows that are read by steps that are no strips, or are results.
    always: Vec<bool>,
    /// Rows that a later value reads before it is written again.
    needed: Vec<bool>,
}

impl Maker {
    pub(super) fn of<S>(plan: &Plan<S>) -> Self {
        let rows = if plan.is_narrow { 0 } else { plan.rows };
        let mut always = vec![false; rows];
        let mut read = |place: Place, count: usize| {
            if place.space() == Space::Tile && place.at() < rows {
                let end = (place.at() + count).min(rows);
                always[place.at()..end].fill(true);
            }
        };
        plan.columns.iter().for_each(|&place| read(place, 1));
        let places = plan.tile.places.iter();
        places.for_each(|&bits| read(Place::from_bits(bits), 1));
        for step in &plan.tile.steps {
            if let Step::Run(run) = step
                && let Operands::Runs(list) = &run.operands
            {
                let starts = plan.tile.places[list.clone()].iter();
                starts.for_each(|&start| read(Place::from_bits(start), run.rows));
            }
        }
        let broadcasts = plan.broadcasts.iter();
        Self {
            broadcast: broadcasts.map(|&(from, row)| (row.bits(), from)).collect(),
            numbers: HashMap::new(),
            always,
            needed: vec![false; rows],
        }
    }

    /// Whether a step that is no strip reads this row, or it is a result.
    pub(super) fn is_read_elsewhere(&self, row: Place) -> bool {
        self.always.get(row.at()).is_some_and(|&always| always)
    }

    /// The strips of a stretch that comes before all others that were made. Numbers that it reads are added to `numbers`.
    pub(super) fn strips(&mut self, values: &[Value], numbers: &mut Vec<Place>) -> Vec<Strip> {
        let mut before = None;
        let mut strips = Vec::with_capacity(values.len());
        let mut reads = Vec::with_capacity(values.len());
        for value in values {
            let places = value.operands.list();
            let mut is_last = [false; 3];
            for (is_last, &place) in is_last.iter_mut().zip(places) {
                *is_last = Some(place) == before;
            }
            let is_last = &mut is_last[..places.len()];
            let function = function(value, is_last);
            let mut operands = [StripOperand::default(); 3];
            let mut rows = [None; 3];
            for (at, &place) in places.iter().enumerate() {
                if is_last[at] {
                    continue;
                }
                let place = Place::from_bits(place);
                let number = match self.broadcast.get(&place.bits()) {
                    Some(&number) => Some(number),
                    None => (place.space() != Space::Tile).then_some(place),
                };
                operands[at] = match number {
                    Some(number) => StripOperand::number(self.number(number, numbers)),
                    None => {
                        rows[at] = Some(place.at());
                        StripOperand::row(place.bits())
                    }
                };
            }
            strips.push(Strip {
                function,
                operands,
                out: value.out,
            });
            reads.push(rows);
            before = Some(value.out);
        }
        // What other steps read is there after the last value that goes to its row.
        for strip in &strips {
            self.needed[strip.out as usize] |= self.always[strip.out as usize];
        }
        for (strip, rows) in strips.iter_mut().zip(reads).rev() {
            let is_needed = std::mem::take(&mut self.needed[strip.out as usize]);
            if !is_needed {
                strip.out = Strip::NOWHERE;
            }
            for row in rows.into_iter().flatten() {
                self.needed[row] = true;
            }
        }
        strips
    }

    fn number(&mut self, place: Place, numbers: &mut Vec<Place>) -> u32 {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are fewer than places"
        )]
        let next = numbers.len() as u32;
        let number = *self.numbers.entry(place.bits()).or_insert(next);
        if number == next {
            numbers.push(place);
        }
        number
    }
}

/// The function of a value whose operands may be the value before. Where it cannot be so many of them, the last ones are
/// read.
fn function(value: &Value, is_last: &mut [bool]) -> StripFunction {
    let kind = kind(value).unwrap_or(StripKind::Copy);
    loop {
        let mut all = StripFunction::ALL.iter();
        let found = all.find(|(_, own, lasts)| *own == kind && *lasts == is_last);
        if let Some(&(function, ..)) = found {
            return function;
        }
        match is_last.iter().rposition(|&is_last| is_last) {
            Some(at) => is_last[at] = false,
            // Never: there is a function of each kind that reads all of its operands.
            None => return StripFunction::CopyRead,
        }
    }
}
