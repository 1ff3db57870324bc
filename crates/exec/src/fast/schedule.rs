//! What is done together, and in which order.
//!
//! Slots are done level by level: a slot's level is one above the highest of its operands'. Slots of one level
//! do not depend on each other, so whatever looks alike there is done in one step:
//!
//! - values of one operation are a *run*;
//! - dots over one list of operands are a *matrix product*, found by that list and not by where it came from;
//! - other dots are *gathered*;
//! - means of products of two rows, whose adjoints share a list of values, are a matrix product over the
//!   lanes; others are gathered.

mod alike;
mod means;
mod parts;
mod taken;

pub(super) use parts::{bias, further_terms, has_rest, pairs, weighted};
pub(super) use taken::Taken;

use super::forms::{Dot, Finish, Form, Forms};
use alike::Groups;
use dagrad_tape::{Class, Code, Slot, Tape};
use std::ops::Range;

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// Loads inputs.
    Inputs,
    /// One operation, for each of its slots.
    Run,
    /// Sums of products of two rows each, and of terms: dots without weights, or the part of a dot without.
    Pairs,
    /// Dots over one list of operands.
    Product,
    /// Dots over lists of their own.
    Gathered,
    /// The same, with sums over lanes of products that read the same rows.
    Adjoints,
    /// The finishing operation of dots, in place.
    Finish,
    /// Sums over lanes of products of each row with each column.
    Gradients,
    /// Sums over lanes of products of each row with columns of its own.
    GatheredGradients,
    /// Sums over lanes of rows.
    LaneSums,
}

/// A step: what it does, and its members.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) work: Work,
    /// Of slots, dots or gradient rows, depending on the work: a range of the schedule's list. Steps come by the
    /// million, and are small.
    members: Range<u32>,
}

impl Step {
    /// A range of the schedule's list.
    pub(super) fn members(&self) -> Range<usize> {
        self.members.start as usize..self.members.end as usize
    }
}

/// What a slot's mean is made of: products of `row` with columns, each with the mean that it belongs to.
#[derive(Clone, Debug)]
pub(super) struct GradientRow {
    pub(super) row: Slot,
    /// A range of the list of columns.
    pub(super) columns: Range<usize>,
}

/// A column of a gradient row: the other factor, and the slot of the mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) factor: Slot,
    pub(super) mean: Slot,
}

/// The steps of one stage, in order.
#[derive(Default)]
pub(super) struct Schedule {
    pub(super) steps: Vec<Step>,
    /// Slots, or numbers of dots or gradient rows.
    pub(super) members: Vec<u32>,
    pub(super) gradient_rows: Vec<GradientRow>,
    pub(super) columns: Vec<Column>,
    /// Rows whose lanes are summed, and the slots of their means.
    pub(super) lane_sums: Vec<Column>,
    /// The sums over lanes that dots of [`Work::Adjoints`] take with them.
    pub(super) taken: Taken,
    /// The number of levels.
    pub(super) levels: usize,
}

/// Where work happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Values that do not depend on the sample, once for a run.
    Before,
    /// For each tile of samples.
    Tile,
    /// What depends on means, once for a run.
    After,
}

impl Stage {
    fn has(self, class: Class) -> bool {
        match class {
            Class::Constant => false,
            Class::Shared => self == Self::Before,
            Class::PerSample => self == Self::Tile,
            Class::Reduced => self == Self::After,
        }
    }
}

impl Schedule {
    /// `at_the_end` puts gathered sums over lanes behind everything else, where they can be taken in the order of
    /// their means: good for numbers, all of which stay at hand; rows of lanes would have to be kept for it.
    pub(super) fn of(tape: &Tape, forms: &Forms, stage: Stage, at_the_end: bool) -> Self {
        let mut scheduling = Scheduling {
            tape,
            forms,
            stage,
            schedule: Self::default(),
            kinds: Vec::new(),
            groups: Groups::default(),
            has_rest: vec![false; forms.dots.len()],
        };
        let by_level = scheduling.levels();
        scheduling.schedule.steps.reserve(by_level.ends.len());
        scheduling.schedule.members.reserve(by_level.slots.len());
        scheduling.inputs();
        let mut start = 0;
        for end in by_level.ends.iter().map(|&end| end as usize) {
            scheduling.level(&by_level.slots[start..end]);
            start = end;
        }
        if stage == Stage::Tile {
            scheduling.means(at_the_end);
        }
        scheduling.schedule.levels = by_level.ends.len();
        scheduling.schedule
    }
}

/// Slots in the order of their levels.
#[derive(Default)]
struct ByLevel {
    slots: Vec<Slot>,
    /// Where each level ends.
    ends: Vec<u32>,
}

struct Scheduling<'t> {
    tape: &'t Tape,
    forms: &'t Forms,
    stage: Stage,
    schedule: Schedule,
    /// Memory for the runs of a level: what is in it means nothing.
    kinds: Vec<(Kind, Vec<u32>)>,
    /// Memory for groups of dots.
    groups: Groups,
    /// Whether each dot that was seen has more than weighted rows and a bias.
    has_rest: Vec<bool>,
}

impl Scheduling<'_> {
    /// Whether `slot` is computed in this stage.
    fn is_here(&self, slot: Slot) -> bool {
        self.stage.has(self.tape.instruction(slot).class())
    }

    /// The dot that `slot` is the result of.
    fn dot(&self, slot: Slot) -> Option<(u32, &Dot)> {
        match self.forms.get(slot) {
            Form::Dot(number) => Some((number, &self.forms.dots[number as usize])),
            _ => None,
        }
    }

    /// Calls `each` with what is read to compute `slot`.
    fn each_operand(&self, slot: Slot, mut each: impl FnMut(Slot)) {
        match self.dot(slot) {
            Some((_, dot)) => {
                self.tape
                    .operands(dot.sum)
                    .iter()
                    .copied()
                    .for_each(&mut each);
                dot.finish.with().into_iter().for_each(each);
            }
            None => self
                .forms
                .operands(self.tape, slot)
                .iter()
                .copied()
                .for_each(each),
        }
    }

    fn levels(&self) -> ByLevel {
        if !self.tape.slots().any(|slot| self.is_here(slot)) {
            return ByLevel::default();
        }
        let mut levels = vec![0_u32; self.tape.len()];
        let mut counts: Vec<u32> = Vec::new();
        let computed = |slot: &Slot| {
            self.is_here(*slot)
                && matches!(
                    self.forms.get(*slot),
                    Form::Pointwise | Form::Mask(_) | Form::Dot(_)
                )
        };
        for slot in self.tape.slots().filter(computed) {
            let mut level = 0;
            self.each_operand(slot, |operand| level = level.max(levels[operand.index()]));
            levels[slot.index()] = level + 1;
            if counts.len() <= level as usize {
                counts.push(0);
            }
            counts[level as usize] += 1;
        }
        // Where the next slot of each level goes; in the end that is where the level ends.
        let mut next = counts;
        let mut total = 0;
        for count in &mut next {
            let start = total;
            total += *count;
            *count = start;
        }
        let mut slots = vec![Slot::new(0); total as usize];
        for slot in self.tape.slots().filter(computed) {
            let place = &mut next[levels[slot.index()] as usize - 1];
            slots[*place as usize] = slot;
            *place += 1;
        }
        ByLevel { slots, ends: next }
    }

    fn push(&mut self, work: Work, members: impl IntoIterator<Item = u32>) {
        let start = small(self.schedule.members.len());
        self.schedule.members.extend(members);
        let members = start..small(self.schedule.members.len());
        if !members.is_empty() {
            self.schedule.steps.push(Step { work, members });
        }
    }

    fn inputs(&mut self) {
        let inputs = self.tape.slots().filter(|&slot| {
            self.is_here(slot) && self.tape.instruction(slot).code() == Code::Input
        });
        let mut inputs: Vec<Slot> = inputs.collect();
        inputs.sort_by_key(|&slot| self.tape.instruction(slot).variable());
        self.push(Work::Inputs, inputs.into_iter().map(number));
    }

    /// The steps of one level.
    fn level(&mut self, slots: &[Slot]) {
        if let &[slot] = slots
            && self.dot(slot).is_none()
        {
            self.push(Work::Run, [number(slot)]);
            return;
        }
        self.runs(slots);
        if self.stage == Stage::Tile {
            self.dots(slots);
        } else {
            let dots = slots.iter().filter_map(|&slot| Some(self.dot(slot)?.0));
            let dots: Vec<u32> = dots.collect();
            self.push(Work::Pairs, dots);
        }
    }

    /// Runs of one operation, in the order of their first slots.
    fn runs(&mut self, slots: &[Slot]) {
        let mut kinds = std::mem::take(&mut self.kinds);
        let mut count = 0;
        for &slot in slots.iter().filter(|&&slot| self.dot(slot).is_none()) {
            let operands = self.forms.operands(self.tape, slot).len();
            let kind = Kind {
                operands,
                ..Kind::of(self.tape, slot)
            };
            let known = kinds[..count].iter().position(|(other, _)| *other == kind);
            let at = known.unwrap_or_else(|| {
                if count == kinds.len() {
                    kinds.push((kind, Vec::new()));
                }
                kinds[count].0 = kind;
                count += 1;
                count - 1
            });
            kinds[at].1.push(number(slot));
        }
        for (_, members) in &mut kinds[..count] {
            self.push(Work::Run, members.drain(..));
        }
        self.kinds = kinds;
    }

    /// Matrix products, and what is gathered.
    fn dots(&mut self, slots: &[Slot]) {
        let (mut groups, mut pairs) = (std::mem::take(&mut self.groups), Vec::new());
        groups.clear();
        for &slot in slots {
            let Some((number, dot)) = self.dot(slot) else {
                continue;
            };
            let has_rest = has_rest(self.tape, dot);
            let hash = weighted(self.tape, dot).next().map(|_| self.hash(dot));
            if has_rest {
                pairs.push(number);
            }
            self.has_rest[number as usize] = has_rest;
            if let Some(hash) = hash {
                groups.add(number, hash, |other| self.are_alike(number, other));
            }
        }
        self.push(Work::Pairs, pairs);
        let lists = groups.lists();
        self.groups = groups;
        for group in lists.iter().filter(|group| group.len() > 1) {
            self.push(Work::Product, group.iter().copied());
            self.finishes(group);
        }
        let mut single: [Vec<u32>; 12] = Default::default();
        for group in lists.iter() {
            if let &[only] = group {
                let dot = &self.forms.dots[only as usize];
                let is_relu = self
                    .finishing(only)
                    .is_some_and(|kind| kind.code == Code::Relu);
                let kind = if is_relu { 5 } else { dot.finish.kind() };
                let kind = 2 * kind + u8::from(self.has_rest[only as usize]);
                single[usize::from(kind)].push(only);
            }
        }
        for group in single {
            self.push(Work::Gathered, group.iter().copied());
            self.finishes(&group);
        }
    }

    /// The operations that finish these dots, in runs of consecutive ones.
    fn finishes(&mut self, dots: &[u32]) {
        let mut rest = dots;
        while let Some(&first) = rest.first() {
            let kind = self.finishing(first);
            let end = rest
                .iter()
                .position(|&dot| self.finishing(dot) != kind)
                .unwrap_or(rest.len());
            if kind.is_some_and(|kind| kind.code != Code::Relu) {
                self.push(Work::Finish, rest[..end].iter().copied());
            }
            rest = &rest[end..];
        }
    }

    fn finishing(&self, dot: u32) -> Option<Kind> {
        match self.forms.dots[dot as usize].finish {
            Finish::Unary(slot) => Some(Kind::of(self.tape, slot)),
            _ => None,
        }
    }

    fn hash(&self, dot: &Dot) -> u64 {
        let start = u64::from(dot.finish.kind());
        weighted(self.tape, dot).fold(start, |hash, (_, row)| {
            (hash ^ row.index() as u64)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(29)
        })
    }

    /// Whether two dots may be rows of one matrix product.
    fn are_alike(&self, one: u32, other: u32) -> bool {
        if self.has_rest[one as usize] != self.has_rest[other as usize]
            || self.finishing(one) != self.finishing(other)
        {
            return false;
        }
        let [one, other] = [one, other].map(|dot| &self.forms.dots[dot as usize]);
        let bias = |dot| bias(self.tape, dot).is_some();
        let rows = |dot| weighted(self.tape, dot).map(|(_, row)| row);
        one.finish.kind() == other.finish.kind()
            && bias(one) == bias(other)
            && rows(one).eq(rows(other))
    }
}

/// What slots of one run have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    code: Code,
    /// The exponent of an integer power.
    exponent: Option<i32>,
    operands: usize,
    /// The slot itself, where it runs alone.
    alone: Option<Slot>,
}

impl Kind {
    fn of(tape: &Tape, slot: Slot) -> Self {
        let instruction = tape.instruction(slot);
        let code = instruction.code();
        let runs_alone = matches!(code, Code::Call | Code::CallPartial);
        Self {
            code,
            exponent: instruction.exponent(),
            operands: tape.operands(slot).len(),
            alone: runs_alone.then_some(slot),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a tape has fewer than 2³² slots"
)]
fn number(slot: Slot) -> u32 {
    slot.index() as u32
}

/// A number of what there is less of than of slots.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a tape has fewer than 2³² slots"
)]
fn small(number: usize) -> u32 {
    number as u32
}
