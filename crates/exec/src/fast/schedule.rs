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

use super::forms::{Dot, Finish, Form, Forms, products_and_terms};
use super::mixing::{HashMap, HashSet};
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
    /// Of slots, dots or gradient rows, depending on the work: a range of the schedule's list.
    pub(super) members: Range<usize>,
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
    pub(super) taken: HashMap<u32, Taken>,
    /// The number of levels.
    pub(super) levels: usize,
}

/// Sums over lanes that a dot takes with it, as the slots of their means.
#[derive(Clone, Debug, Default)]
pub(super) struct Taken {
    /// For each of its weighted products, of the row there times what the dot's finish reads.
    pub(super) products: Vec<Option<Slot>>,
    /// Of its result.
    pub(super) own: Option<Slot>,
}

/// From how many columns on one gradient row is a matrix product.
const LEAST_COLUMNS: usize = 16;

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
        };
        let by_level = scheduling.levels();
        scheduling.inputs();
        let mut start = 0;
        for &end in &by_level.ends {
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
struct ByLevel {
    slots: Vec<Slot>,
    /// Where each level ends.
    ends: Vec<usize>,
}

struct Scheduling<'t> {
    tape: &'t Tape,
    forms: &'t Forms,
    stage: Stage,
    schedule: Schedule,
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
            None => self.tape.operands(slot).iter().copied().for_each(each),
        }
    }

    fn levels(&self) -> ByLevel {
        let mut levels = vec![0_u32; self.tape.len()];
        let mut counts: Vec<usize> = Vec::new();
        let computed = |slot: &Slot| {
            self.is_here(*slot) && matches!(self.forms.get(*slot), Form::Pointwise | Form::Dot(_))
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
        let mut next = Vec::with_capacity(counts.len());
        let mut total = 0;
        for count in &counts {
            next.push(total);
            total += count;
        }
        let mut slots = vec![Slot::new(0); total];
        for slot in self.tape.slots().filter(computed) {
            let place = &mut next[levels[slot.index()] as usize - 1];
            slots[*place] = slot;
            *place += 1;
        }
        ByLevel { slots, ends: next }
    }

    fn push(&mut self, work: Work, members: impl IntoIterator<Item = u32>) {
        let start = self.schedule.members.len();
        self.schedule.members.extend(members);
        let members = start..self.schedule.members.len();
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
        let mut kinds: Vec<(Kind, Vec<u32>)> = Vec::new();
        for &slot in slots.iter().filter(|&&slot| self.dot(slot).is_none()) {
            let kind = Kind::of(self.tape, slot);
            match kinds.iter_mut().find(|(other, _)| *other == kind) {
                Some((_, members)) => members.push(number(slot)),
                None => kinds.push((kind, vec![number(slot)])),
            }
        }
        for (_, members) in kinds {
            self.push(Work::Run, members);
        }
    }

    /// Matrix products, and what is gathered.
    fn dots(&mut self, slots: &[Slot]) {
        let mut groups: Vec<Vec<u32>> = Vec::new();
        // Groups by a hash of their lists: it finds, the list decides.
        let mut found: HashMap<u64, Vec<usize>> = HashMap::default();
        let mut pairs = Vec::new();
        for &slot in slots {
            let Some((number, dot)) = self.dot(slot) else {
                continue;
            };
            if has_rest(self.tape, dot) {
                pairs.push(number);
            }
            if weighted(self.tape, dot).next().is_none() {
                continue;
            }
            let same = found.entry(self.hash(dot)).or_default();
            let group = same.iter().find(|&&group| {
                let other = &self.forms.dots[groups[group][0] as usize];
                self.is_alike(dot, other)
            });
            match group {
                Some(&group) => groups[group].push(number),
                None => {
                    same.push(groups.len());
                    groups.push(vec![number]);
                }
            }
        }
        self.push(Work::Pairs, pairs);
        let mut single: [Vec<u32>; 12] = Default::default();
        let mut products = Vec::new();
        for group in groups {
            if let &[only] = group.as_slice() {
                let dot = &self.forms.dots[only as usize];
                let is_relu = self
                    .finishing(only)
                    .is_some_and(|kind| kind.code == Code::Relu);
                let kind = if is_relu { 5 } else { dot.finish.kind() };
                let kind = 2 * kind + u8::from(has_rest(self.tape, dot));
                single[usize::from(kind)].push(only);
            } else {
                products.push(group);
            }
        }
        for group in products {
            self.push(Work::Product, group.iter().copied());
            self.finishes(&group);
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
    fn is_alike(&self, one: &Dot, other: &Dot) -> bool {
        let unary = |dot: &Dot| match dot.finish {
            Finish::Unary(slot) => Some(Kind::of(self.tape, slot)),
            _ => None,
        };
        let bias = |dot| bias(self.tape, dot).is_some();
        let rows = |dot| weighted(self.tape, dot).map(|(_, row)| row);
        one.finish.kind() == other.finish.kind()
            && unary(one) == unary(other)
            && has_rest(self.tape, one) == has_rest(self.tape, other)
            && bias(one) == bias(other)
            && rows(one).eq(rows(other))
    }

    /// The sums over lanes, each after what it reads.
    fn means(&mut self, at_the_end: bool) {
        let (mut columns, mut sums) = (Vec::new(), Vec::new());
        for mean in self.tape.slots() {
            if self.forms.get(mean) != Form::Mean {
                continue;
            }
            let operand = self.tape.operands(mean)[0];
            if self.forms.get(operand) != Form::Absent {
                sums.push(Column {
                    factor: operand,
                    mean,
                });
                continue;
            }
            let mut product = |first: Slot, second: Slot| {
                // What was computed later is the adjoint.
                let (row, factor) = (first.max(second), first.min(second));
                columns.push((row, Column { factor, mean }));
            };
            match (
                self.tape.instruction(operand).code(),
                self.tape.operands(operand),
            ) {
                (Code::Square, &[factor]) => product(factor, factor),
                (Code::Mul, &[first, second]) => product(first, second),
                _ => {
                    let (products, terms) = products_and_terms(self.tape, operand);
                    for pair in products.chunks_exact(2) {
                        product(pair[0], pair[1]);
                    }
                    let terms = terms.iter().map(|&factor| Column { factor, mean });
                    sums.extend(terms);
                }
            }
        }
        columns.sort_by_key(|&(row, column)| (row, column.factor, column.mean));
        self.schedule.columns = columns.iter().map(|&(_, column)| column).collect();
        let mut start = 0;
        for group in columns.chunk_by(|one, other| one.0 == other.0) {
            let end = start + group.len();
            let row = group[0].0;
            let columns = start..end;
            self.schedule
                .gradient_rows
                .push(GradientRow { row, columns });
            start = end;
        }
        self.schedule.lane_sums = sums;
        self.place_means(at_the_end);
    }

    /// Puts the steps of means after the steps that make what they read.
    fn place_means(&mut self, at_the_end: bool) {
        // Where each slot is made.
        let mut made = vec![0_u32; self.tape.len()];
        for (at, step) in self.schedule.steps.iter().enumerate() {
            let at = small(at) + 1;
            for &member in &self.schedule.members[step.members.clone()] {
                match step.work {
                    Work::Inputs | Work::Run => made[member as usize] = at,
                    _ => {
                        let dot = &self.forms.dots[member as usize];
                        made[dot.out.index()] = at;
                    }
                }
            }
        }
        let mut later: Vec<(u32, Work, Vec<u32>)> = Vec::new();
        // Blocks of rows that share their list of columns and are made at one time.
        let mut rows = std::mem::take(&mut self.schedule.gradient_rows);
        let factors = |row: &GradientRow| {
            let columns = self.schedule.columns[row.columns.clone()].iter();
            columns.map(|column| column.factor)
        };
        let mut found: HashMap<u64, Vec<usize>> = HashMap::default();
        let mut blocks: Vec<Vec<u32>> = Vec::new();
        for (number, row) in rows.iter().enumerate() {
            let start = u64::from(made[row.row.index()]);
            let hash = factors(row).fold(start, |hash, factor| {
                (hash ^ factor.index() as u64)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                    .rotate_left(29)
            });
            let same = found.entry(hash).or_default();
            let block = same.iter().find(|&&block| {
                let other = &rows[blocks[block][0] as usize];
                made[other.row.index()] == made[row.row.index()] && factors(other).eq(factors(row))
            });
            let number = small(number);
            match block {
                Some(&block) => blocks[block].push(number),
                None => {
                    same.push(blocks.len());
                    blocks.push(vec![number]);
                }
            }
        }
        let end = small(self.schedule.steps.len());
        let is_matrix = |block: &Vec<u32>| {
            block.len() > 1 || rows[block[0] as usize].columns.len() >= LEAST_COLUMNS
        };
        let (matrices, gathered): (Vec<_>, Vec<_>) = blocks.into_iter().partition(is_matrix);
        if !at_the_end {
            self.take(&mut rows, gathered.iter().flatten().copied());
        }
        let blocks = matrices.into_iter().map(|block| (block, true));
        let blocks = blocks.chain(gathered.into_iter().map(|block| (block, false)));
        for (block, is_matrix) in blocks {
            let mut after = 0;
            for &row in &block {
                let row = &rows[row as usize];
                after = after.max(made[row.row.index()]);
                for column in &self.schedule.columns[row.columns.clone()] {
                    after = after.max(made[column.factor.index()]);
                }
            }
            let work = if is_matrix {
                Work::Gradients
            } else {
                Work::GatheredGradients
            };
            if at_the_end && !is_matrix {
                after = end;
            }
            let is_left = |row: &u32| !rows[*row as usize].columns.is_empty();
            if block.iter().all(is_left) {
                later.push((after, work, block));
            }
        }
        let taken = self.schedule.taken.values().filter_map(|taken| taken.own);
        let taken: HashSet<Slot> = taken.collect();
        for (number, sum) in self.schedule.lane_sums.iter().enumerate() {
            if taken.contains(&sum.mean) {
                continue;
            }
            let after = if at_the_end {
                end
            } else {
                made[sum.factor.index()]
            };
            later.push((after, Work::LaneSums, vec![small(number)]));
        }
        later.sort_by_key(|&(after, work, _)| (after, work as u8));
        self.schedule.gradient_rows = rows;
        self.merge(later);
    }

    /// Lets dots take with them those sums over lanes that read the same rows, out of these of the gradient `rows`.
    fn take(&mut self, rows: &mut [GradientRow], gathered: impl Iterator<Item = u32> + Clone) {
        let Schedule {
            steps,
            members,
            columns,
            lane_sums,
            taken,
            ..
        } = &mut self.schedule;
        // The mean of each product of two rows, unless there are several.
        let mut means: HashMap<(Slot, Slot), Option<Slot>> = HashMap::default();
        for row in gathered.clone().map(|row| &rows[row as usize]) {
            for column in &columns[row.columns.clone()] {
                let mean = means.entry((row.row, column.factor));
                mean.and_modify(|mean| *mean = None)
                    .or_insert(Some(column.mean));
            }
        }
        let mut sums: HashMap<Slot, Option<Slot>> = HashMap::default();
        for sum in lane_sums.iter() {
            let mean = sums.entry(sum.factor);
            mean.and_modify(|mean| *mean = None)
                .or_insert(Some(sum.mean));
        }
        for step in steps.iter_mut().filter(|step| step.work == Work::Gathered) {
            for &number in &members[step.members.clone()] {
                let dot = &self.forms.dots[number as usize];
                let Some(value) = dot.finish.with() else {
                    continue;
                };
                let products =
                    weighted(self.tape, dot).map(|(_, row)| means.remove(&(row, value)).flatten());
                let products: Vec<Option<Slot>> = products.collect();
                if products.iter().any(Option::is_some) {
                    step.work = Work::Adjoints;
                    let own = sums.remove(&dot.out).flatten();
                    taken.insert(number, Taken { products, own });
                }
            }
        }
        let mut all: HashSet<Slot> = HashSet::default();
        for taken in taken.values() {
            all.extend(taken.products.iter().flatten());
        }
        for row in gathered {
            let range = &mut rows[row as usize].columns;
            let left = range.clone().filter(|&at| !all.contains(&columns[at].mean));
            let left: Vec<Column> = left.map(|at| columns[at]).collect();
            range.end = range.start + left.len();
            columns[range.clone()].copy_from_slice(&left);
        }
    }

    /// Merges `later`, work with the number of steps that it comes after, in that order.
    fn merge(&mut self, later: Vec<(u32, Work, Vec<u32>)>) {
        let mut later = later.into_iter().peekable();
        let steps = std::mem::take(&mut self.schedule.steps);
        let mut done = 0;
        let mut steps = steps.into_iter();
        loop {
            while let Some((_, work, members)) = later.next_if(|&(after, ..)| after <= done) {
                let last = self.schedule.steps.last_mut();
                let joins = |last: &&mut Step| {
                    last.work == work
                        && work != Work::Gradients
                        && last.members.end == self.schedule.members.len()
                };
                if let Some(last) = last.filter(joins) {
                    self.schedule.members.extend(members);
                    last.members.end = self.schedule.members.len();
                } else {
                    self.push(work, members);
                }
            }
            let Some(step) = steps.next() else {
                return;
            };
            self.schedule.steps.push(step);
            done += 1;
        }
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

/// The products of a dot that have a weight and a row: (weight, row), in order.
pub(super) fn weighted<'a>(
    tape: &'a Tape,
    dot: &'a Dot,
) -> impl Iterator<Item = (Slot, Slot)> + Clone + use<'a> {
    let (products, _) = dot.parts(tape);
    products.chunks_exact(2).filter_map(|pair| {
        let class = |slot: Slot| tape.instruction(slot).class();
        let (first, second) = (pair[0], pair[1]);
        match (
            class(first) == Class::PerSample,
            class(second) == Class::PerSample,
        ) {
            (false, true) => Some((first, second)),
            (true, false) => Some((second, first)),
            (true, true) | (false, false) => None,
        }
    })
}

/// The products of two rows each.
pub(super) fn pairs<'a>(
    tape: &'a Tape,
    dot: &'a Dot,
) -> impl Iterator<Item = (Slot, Slot)> + Clone + use<'a> {
    let (products, _) = dot.parts(tape);
    products.chunks_exact(2).filter_map(|pair| {
        let class = |slot: Slot| tape.instruction(slot).class();
        let (first, second) = (pair[0], pair[1]);
        ((class(first) == Class::PerSample) == (class(second) == Class::PerSample))
            .then_some((first, second))
    })
}

/// The first term that does not depend on the sample.
pub(super) fn bias(tape: &Tape, dot: &Dot) -> Option<Slot> {
    let (_, terms) = dot.parts(tape);
    let is_shared = |slot: &Slot| tape.instruction(*slot).class() != Class::PerSample;
    terms.iter().copied().find(is_shared)
}

/// The terms but for the [`bias`].
pub(super) fn further_terms<'a>(
    tape: &'a Tape,
    dot: &'a Dot,
) -> impl Iterator<Item = Slot> + Clone + use<'a> {
    let (_, terms) = dot.parts(tape);
    let bias = bias(tape, dot);
    let skipped = bias.and_then(|bias| terms.iter().position(|&term| term == bias));
    let others = terms
        .iter()
        .enumerate()
        .filter(move |&(at, _)| Some(at) != skipped);
    others.map(|(_, &term)| term)
}

/// Whether a dot has more than weighted rows and a bias.
pub(super) fn has_rest(tape: &Tape, dot: &Dot) -> bool {
    pairs(tape, dot).next().is_some() || further_terms(tape, dot).next().is_some()
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
