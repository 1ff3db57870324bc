//! When sums over lanes are taken: each after what it reads, or with a dot that reads the same rows.

use super::alike::Groups;
use super::{Column, GradientRow, Schedule, Scheduling, Step, Work, small, weighted};
use crate::fast::forms::{Form, products_and_terms};
use dagrad_tape::{Code, Slot};
use std::ops::Range;

/// From how many columns on one gradient row is a matrix product.
const LEAST_COLUMNS: usize = 16;

/// Work that is done once so many steps are: a range of the list of members.
type Later = (u32, Work, Range<usize>);

impl Scheduling<'_> {
    /// The sums over lanes, each after what it reads.
    pub(super) fn means(&mut self, at_the_end: bool) {
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
        // What is equal is the same.
        columns.sort_unstable_by_key(|&(row, column)| (row, column.factor, column.mean));
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

    /// The number of the step that makes each slot, counted from one; zero where none does.
    fn makers(&self) -> Vec<u32> {
        let mut made = vec![0_u32; self.tape.len()];
        for (at, step) in self.schedule.steps.iter().enumerate() {
            let at = small(at) + 1;
            for &member in &self.schedule.members[step.members()] {
                match step.work {
                    Work::Inputs | Work::Run => made[member as usize] = at,
                    _ => {
                        let dot = &self.forms.dots[member as usize];
                        made[dot.out.index()] = at;
                    }
                }
            }
        }
        made
    }

    /// Blocks of rows that share their list of columns and are made at one time.
    fn blocks(&mut self, made: &[u32]) -> Groups {
        let mut blocks = std::mem::take(&mut self.groups);
        blocks.clear();
        let Schedule {
            gradient_rows: rows,
            columns,
            ..
        } = &self.schedule;
        let made = |row: &GradientRow| made[row.row.index()];
        let factors = |row: &GradientRow| {
            let columns = columns[row.columns.clone()].iter();
            columns.map(|column| column.factor)
        };
        for (number, row) in (0..).zip(rows) {
            let start = u64::from(made(row));
            let hash = factors(row).fold(start, |hash, factor| {
                (hash ^ factor.index() as u64)
                    .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                    .rotate_left(29)
            });
            blocks.add(number, hash, |other| {
                let other = &rows[other as usize];
                made(other) == made(row) && factors(other).eq(factors(row))
            });
        }
        blocks
    }

    /// Puts the steps of means after the steps that make what they read.
    fn place_means(&mut self, at_the_end: bool) {
        let made = self.makers();
        let blocks = self.blocks(&made);
        let lists = blocks.lists();
        let mut rows = std::mem::take(&mut self.schedule.gradient_rows);
        let is_matrix = |block: &[u32]| {
            block.len() > 1 || rows[block[0] as usize].columns.len() >= LEAST_COLUMNS
        };
        let (matrices, gathered): (Vec<&[u32]>, Vec<&[u32]>) =
            lists.iter().partition(|block| is_matrix(block));
        let is_taken = if at_the_end {
            vec![false; self.schedule.lane_sums.len()]
        } else {
            let gathered: Vec<u32> = gathered.iter().copied().flatten().copied().collect();
            self.take(&mut rows, &gathered)
        };
        let end = small(self.schedule.steps.len());
        let (mut later, mut members): (Vec<Later>, Vec<u32>) = Default::default();
        let mut put = |after: u32, work: Work, block: &[u32]| {
            let start = members.len();
            members.extend_from_slice(block);
            later.push((after, work, start..members.len()));
        };
        let matrices = matrices.into_iter().map(|block| (block, Work::Gradients));
        let gathered = gathered
            .into_iter()
            .map(|block| (block, Work::GatheredGradients));
        for (block, work) in matrices.chain(gathered) {
            let block_rows = || block.iter().map(|&row| &rows[row as usize]);
            if block_rows().any(|row| row.columns.is_empty()) {
                continue;
            }
            let is_last = at_the_end && work == Work::GatheredGradients;
            let after = if is_last {
                end
            } else {
                let columns = |row: &GradientRow| row.columns.clone();
                let columns = block_rows().flat_map(columns);
                let factors = columns.map(|at| self.schedule.columns[at].factor);
                let read = block_rows().map(|row| row.row).chain(factors);
                read.map(|slot| made[slot.index()]).max().unwrap_or(0)
            };
            put(after, work, block);
        }
        for (number, sum) in self.schedule.lane_sums.iter().enumerate() {
            if is_taken[number] {
                continue;
            }
            let after = if at_the_end {
                end
            } else {
                made[sum.factor.index()]
            };
            put(after, Work::LaneSums, &[small(number)]);
        }
        later.sort_by_key(|&(after, work, _)| (after, work as u8));
        self.schedule.gradient_rows = rows;
        self.merge(later, &members);
    }

    /// Lets dots take with them those sums over lanes that read the same rows, out of these of the gradient `rows`.
    /// Says which sums over the lanes of rows they took.
    fn take(&mut self, rows: &mut [GradientRow], gathered: &[u32]) -> Vec<bool> {
        let Schedule {
            steps,
            members,
            columns,
            lane_sums,
            taken,
            ..
        } = &mut self.schedule;
        const NONE: u32 = u32::MAX;
        const SEVERAL: u32 = NONE - 1;
        let mut row_of = vec![NONE; self.tape.len()];
        for &number in gathered {
            row_of[rows[number as usize].row.index()] = number;
        }
        let mut sum_of = vec![NONE; self.tape.len()];
        for (number, sum) in lane_sums.iter().enumerate() {
            let of = &mut sum_of[sum.factor.index()];
            *of = if *of == NONE { small(number) } else { SEVERAL };
        }
        let mut is_taken = vec![false; columns.len()];
        let mut is_sum_taken = vec![false; lane_sums.len()];
        // The column of the product of two rows, unless there are several.
        let column_of = |row: Slot, factor: Slot| {
            let row = rows.get(row_of[row.index()] as usize)?;
            let own = &columns[row.columns.clone()];
            let at = own.partition_point(|column| column.factor < factor);
            let is_same = |at: usize| own.get(at).is_some_and(|column| column.factor == factor);
            (is_same(at) && !is_same(at + 1)).then_some(row.columns.start + at)
        };
        for step in steps.iter_mut().filter(|step| step.work == Work::Gathered) {
            for &number in &members[step.members()] {
                let dot = &self.forms.dots[number as usize];
                let Some(value) = dot.finish.with() else {
                    continue;
                };
                let products = weighted(self.tape, dot).map(|(_, row)| {
                    let at = column_of(row, value)?;
                    let is_new = !std::mem::replace(&mut is_taken[at], true);
                    is_new.then_some(columns[at].mean)
                });
                let own = || {
                    let number = std::mem::replace(&mut sum_of[dot.out.index()], NONE);
                    let sum = lane_sums.get(number as usize)?;
                    is_sum_taken[number as usize] = true;
                    Some(sum.mean)
                };
                if taken.add((number, self.forms.dots.len()), products, own) {
                    step.work = Work::Adjoints;
                }
            }
        }
        for &number in gathered {
            let range = &mut rows[number as usize].columns;
            let mut end = range.start;
            for at in range.clone().filter(|&at| !is_taken[at]) {
                columns[end] = columns[at];
                end += 1;
            }
            range.end = end;
        }
        is_sum_taken
    }

    /// Merges `later`, work with the number of steps that it comes after, in that order.
    fn merge(&mut self, later: Vec<Later>, members: &[u32]) {
        let mut later = later.into_iter().peekable();
        let steps = std::mem::take(&mut self.schedule.steps);
        let mut done = 0;
        let mut steps = steps.into_iter();
        loop {
            while let Some((_, work, range)) = later.next_if(|&(after, ..)| after <= done) {
                let members = members[range].iter().copied();
                let last = self.schedule.steps.last_mut();
                let joins = |last: &&mut Step| {
                    last.work == work
                        && work != Work::Gradients
                        && last.members().end == self.schedule.members.len()
                };
                if let Some(last) = last.filter(joins) {
                    self.schedule.members.extend(members);
                    last.members.end = small(self.schedule.members.len());
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
