//! Stretches of single rows of a tile, as values that are computed some lanes at a time.

use super::codes::Kind;
use super::place::{Place, Space};
use super::plan::{Operands, Plan, Step};
use super::scalars::Value;
use crate::kernels::{Strip, StripFrom, StripFunction, StripKind};
use dagrad_ops::Op;
use std::collections::HashMap;

/// Whether a value can be computed in strips.
pub(super) fn has(value: &Value) -> bool {
    kind(value).is_some()
}

/// What a value is to the kernel.
fn kind(value: &Value) -> Option<StripKind> {
    let op = match &value.kind {
        Kind::Operation(op) => op,
        Kind::Fma => return Some(StripKind::MultiplyAdd),
        Kind::Mask => return Some(StripKind::Mask),
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

    /// The strips of a stretch that comes before all others that were made, with rows counted. Numbers that it reads are
    /// added to `numbers`.
    pub(super) fn strips(&mut self, values: &[Value], numbers: &mut Vec<Place>) -> Vec<Strip> {
        let mut before = None;
        let mut single = Vec::with_capacity(values.len());
        for value in values {
            let mut operands = [Operand::default(); 3];
            for (operand, &bits) in operands.iter_mut().zip(value.operands.list()) {
                *operand = self.operand(bits, before, numbers);
            }
            let operands = &mut operands[..value.operands.list().len()];
            let kind = kind(value).unwrap_or(StripKind::Copy);
            Single::push(&mut single, kind, operands, value.out);
            before = Some(value.out);
        }
        // What other steps read is there after the last value that goes to its row.
        for out in single.iter().filter_map(|single| single.out) {
            self.needed[out as usize] |= self.always[out as usize];
        }
        let mut strips = Vec::with_capacity(single.len());
        for single in single.iter().rev() {
            let is_needed = |out: &u32| std::mem::take(&mut self.needed[*out as usize]);
            let out = single.out.filter(is_needed);
            for row in single.rows() {
                self.needed[row as usize] = true;
            }
            let operands = single.operands.map(|operand| operand.at);
            strips.push(Strip::of(single.function, operands, out));
        }
        strips.reverse();
        strips
    }

    /// Where a value finds the number or row at a place, after the value that went to `before`.
    fn operand(&mut self, bits: u32, before: Option<u32>, numbers: &mut Vec<Place>) -> Operand {
        let place = Place::from_bits(bits);
        let number = match self.broadcast.get(&bits) {
            Some(&number) => Some(number),
            None => (place.space() != Space::Tile).then_some(place),
        };
        match number {
            Some(number) => Operand {
                from: StripFrom::Number,
                at: self.number(number, numbers),
            },
            None => Operand {
                from: if before == Some(bits) {
                    StripFrom::Last
                } else {
                    StripFrom::Row
                },
                at: bits,
            },
        }
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

/// An operand: where it is, and its row or number.
#[derive(Clone, Copy)]
struct Operand {
    from: StripFrom,
    at: u32,
}

impl Default for Operand {
    fn default() -> Self {
        Self {
            from: StripFrom::Last,
            at: 0,
        }
    }
}

/// A value with a function, before it is known whether anybody reads it.
struct Single {
    function: StripFunction,
    operands: [Operand; 3],
    /// Its row, if it has one.
    out: Option<u32>,
}

impl Single {
    fn of(kind: StripKind, operands: &[Operand], out: Option<u32>) -> Option<Self> {
        let mut all = StripFunction::ALL.iter();
        let from = || operands.iter().map(|operand| operand.from);
        let is_it =
            |own: StripKind, wanted: &[StripFrom]| own == kind && from().eq(wanted.iter().copied());
        let &(function, ..) = all.find(|(_, own, wanted)| is_it(*own, wanted))?;
        let mut list = [Operand::default(); 3];
        list[..operands.len()].copy_from_slice(operands);
        Some(Self {
            function,
            operands: list,
            out,
        })
    }

    /// Adds a value, by a function that there is: where none takes as many operands from the value before, the last of
    /// these are read; where none takes as many numbers, the first comes before it as a value of its own.
    fn push(list: &mut Vec<Self>, kind: StripKind, operands: &mut [Operand], out: u32) {
        loop {
            let mut found = Self::of(kind, operands, Some(out));
            if found.is_none() && kind.is_commutative() {
                operands.swap(0, 1);
                found = Self::of(kind, operands, Some(out));
            }
            if let Some(single) = found {
                list.push(single);
                return;
            }
            let mut from = operands.iter();
            if let Some(at) = from.rposition(|operand| operand.from == StripFrom::Last) {
                operands[at].from = StripFrom::Row;
                continue;
            }
            let number = operands
                .iter_mut()
                .find(|operand| operand.from == StripFrom::Number);
            let Some(number) = number else {
                // Never: there is a function of each kind that reads rows.
                return;
            };
            list.extend(Self::of(StripKind::Copy, &[*number], None));
            number.from = StripFrom::Last;
        }
    }

    /// The rows that it reads.
    fn rows(&self) -> impl Iterator<Item = u32> {
        let operands = self.operands.iter();
        let rows = operands.filter(|operand| operand.from == StripFrom::Row);
        rows.map(|operand| operand.at)
    }
}

#[cfg(test)]
mod tests {
    use super::{Operand, Single};
    use crate::kernels::{StripFrom, StripFunction};

    #[test]
    fn every_value_has_a_function() {
        const ALL: [StripFrom; 3] = [StripFrom::Last, StripFrom::Row, StripFrom::Number];
        for &(_, kind, operands) in StripFunction::ALL {
            let count = operands.len();
            for which in 0..3_usize.pow(u32::try_from(count).unwrap()) {
                let operand = |at: u32| Operand {
                    from: ALL[which / 3_usize.pow(at) % 3],
                    at,
                };
                let mut operands = [0, 1, 2].map(operand);
                let operands = &mut operands[..count];
                if operands
                    .iter()
                    .all(|operand| operand.from == StripFrom::Number)
                    && count > 1
                {
                    continue;
                }
                let mut list = Vec::new();
                Single::push(&mut list, kind, operands, 7);
                let last = list.last().map(|single| single.out);
                assert_eq!(last, Some(Some(7)), "{kind:?} {which}");
            }
        }
    }
}
