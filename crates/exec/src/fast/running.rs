//! A plan that runs: its stages, and the step after the other.

use super::Engine;
use super::codes::Routed;
use super::memory::{Bases, PlanMemory, Scratch};
use super::place::{Place, Space};
use super::plan::{Copy, Places, Plan, Step, Steps};
use super::scalars;
use crate::kernels::{self, Strip};
use crate::run::Given;
use crate::scalar::ProgramScalar;
use std::ops::Range;

/// A run under way, in one thread.
pub(super) struct Running<'r, S> {
    pub(super) engine: &'r Engine<S>,
    pub(super) plan: &'r Plan<S>,
    pub(super) given: &'r Given<'r, S>,
    pub(super) bases: Bases<S>,
    /// The places of the tile's steps, as offsets.
    pub(super) offsets: &'r [u32],
    /// The single values, each with what computes it.
    pub(super) singles: &'r [Routed<S>],
    /// The strips, with rows as offsets.
    pub(super) strips: &'r [Strip],
    /// The offsets of those results for each sample that lie in the tile.
    columns: &'r [u32],
    /// How far apart rows are.
    pub(super) stride: usize,
    pub(super) scratch: &'r mut Scratch<S>,
    /// Room for some lanes of every operand of an operation.
    pub(super) list: *mut S,
    /// Room to say where the operands of an operation of many are.
    pub(super) pointers: *mut *const S,
    /// The sums that adjoints take with them, until all tiles are done.
    pub(super) sums: *mut S,
    /// The copies of gathered weights; null where there are none.
    pub(super) copies: *const S,
    /// What each sample counts in a mean, if all count alike.
    pub(super) scale: S,
    /// The samples of the tile.
    pub(super) samples: Range<usize>,
    /// Whether this is the first tile of those whose sums come together.
    pub(super) is_first: bool,
}

/// What all threads of a run have in common.
#[derive(Clone, Copy)]
pub(super) struct Common<'r, S> {
    pub(super) engine: &'r Engine<S>,
    pub(super) plan: &'r Plan<S>,
    pub(super) given: &'r Given<'r, S>,
    /// What each sample counts in a mean, if all count alike.
    pub(super) scale: S,
}

/// The steps of a stage, as they run.
#[derive(Clone, Copy)]
pub(super) struct Under<'r> {
    pub(super) steps: &'r Steps,
    /// How many lanes are computed.
    pub(super) lanes: usize,
    /// Whether places in the tile are rows of many lanes.
    pub(super) is_tile: bool,
}

impl<'r, S: ProgramScalar> Running<'r, S> {
    /// A run in this memory, which was prepared; `bases` tells where it is.
    pub(super) fn of(
        common: Common<'r, S>,
        memory: &'r mut PlanMemory<S>,
        bases: Bases<S>,
    ) -> Self {
        Self {
            engine: common.engine,
            plan: common.plan,
            given: common.given,
            bases,
            offsets: &memory.offsets,
            singles: &memory.singles,
            strips: &memory.strips,
            columns: &memory.columns,
            stride: memory.stride,
            list: memory.list.as_mut_ptr(),
            pointers: memory.pointers.0.as_mut_ptr(),
            sums: memory.sums.as_mut_ptr(),
            copies: std::ptr::null(),
            scratch: &mut memory.scratch,
            scale: common.scale,
            samples: 0..1,
            is_first: true,
        }
    }
}

impl<S: ProgramScalar> Running<'_, S> {
    /// What is done once, before all tiles.
    pub(super) fn before(&mut self) {
        let plan = self.plan;
        self.steps(&plan.before, 1, false);
        for copy in &plan.packed {
            self.copy(copy);
        }
    }

    /// Fills the rows that have one number in every lane, and brings the numbers together that strips read: every tile of
    /// this memory finds them there.
    pub(super) fn broadcast(&self) {
        for &(from, to) in &self.plan.broadcasts {
            // SAFETY: a number, and a row of the tile.
            unsafe {
                let value = *self.pointer(from);
                let row = self.pointer(to);
                std::slice::from_raw_parts_mut(row, self.stride).fill(value);
            }
        }
        for (at, &from) in self.plan.numbers.iter().enumerate() {
            // SAFETY: a number, and room for it.
            unsafe { *self.numbers().add(at) = *self.pointer(from) };
        }
    }

    /// Where the numbers are that strips read: behind the rows of the tile.
    pub(super) fn numbers(&self) -> *mut S {
        let tile = self.bases.of(Space::Tile);
        tile.wrapping_add(self.plan.rows * self.stride)
    }

    /// Runs over these samples, `lanes` at a time, with sums of their own. Their results for each of them go to `rows`.
    pub(super) fn tiles(&mut self, samples: Range<usize>, lanes: usize, rows: &mut [S]) {
        for &mean in &self.plan.cleared {
            // SAFETY: a mean of the plan.
            unsafe { *self.bases.of(Space::Means).add(mean as usize) = S::from_f64(0.0) };
        }
        let columns = self.plan.columns.len();
        let mut start = samples.start;
        while start < samples.end {
            let end = (start + lanes).min(samples.end);
            self.is_first = start == samples.start;
            let from = (start - samples.start) * columns;
            self.tile(start..end, &mut rows[from..from + (end - start) * columns]);
            start = end;
        }
        if self.plan.sums > 0 {
            self.bring_sums();
        }
    }

    fn tile(&mut self, samples: Range<usize>, rows: &mut [S]) {
        let plan = self.plan;
        self.samples = samples.clone();
        self.steps(&plan.tile, samples.len(), true);
        let columns = plan.columns.len();
        if plan.is_narrow {
            for (result, &place) in rows.iter_mut().zip(&plan.columns) {
                // SAFETY: a number of the plan.
                *result = unsafe { *self.pointer(place) };
            }
            return;
        }
        // Columns whose rows are such, and follow each other, are turned together.
        let mut column = 0;
        while column < columns {
            let is_row = |place: Place| place.space() == Space::Tile;
            let rest = &plan.columns[column..];
            let count = rest.iter().take_while(|&&place| is_row(place)).count();
            // SAFETY: a row has a number for each lane, and what is no row has one for all.
            unsafe {
                if count > 0 {
                    (self.engine.kernels.transpose)(&kernels::Transpose {
                        from: kernels::Rows::Listed {
                            tile: self.bases.of(Space::Tile),
                            offsets: &self.columns[column..column + count],
                        },
                        columns: samples.len(),
                        to: rows.as_mut_ptr().add(column),
                        stride: columns,
                    });
                } else {
                    let value = *self.pointer(rest[0]);
                    let column = rows.iter_mut().skip(column).step_by(columns);
                    column.for_each(|place| *place = value);
                }
            }
            column += count.max(1);
        }
    }

    /// What is done once, after all tiles.
    pub(super) fn after(&mut self) {
        let plan = self.plan;
        self.steps(&plan.after, 1, false);
        for copy in &plan.results {
            self.copy(copy);
        }
    }

    fn copy(&self, copy: &Copy) {
        let (from, to) = (self.pointer(copy.from), self.pointer(copy.to));
        // SAFETY: both are places of the plan for as many numbers.
        unsafe { std::ptr::copy(from.cast_const(), to, copy.count) };
    }

    /// Where a place is.
    #[inline]
    pub(super) fn pointer(&self, place: Place) -> *mut S {
        let (space, at) = (place.space(), place.at());
        let at = if space == Space::Tile {
            at * self.stride
        } else {
            at
        };
        self.bases.of(space).wrapping_add(at)
    }

    /// The offsets of places of the tile.
    #[inline]
    pub(super) fn offsets(&self, places: &Places) -> &[u32] {
        &self.offsets[places.clone()]
    }

    fn steps(&mut self, steps: &Steps, lanes: usize, is_tile: bool) {
        let under = Under {
            steps,
            lanes,
            is_tile: is_tile && !self.plan.is_narrow,
        };
        for step in &steps.steps {
            match step {
                Step::Inputs(inputs) => self.inputs(inputs, under),
                Step::Fill(fill) => {
                    // SAFETY: a number, and `count` numbers of the workspace.
                    unsafe {
                        let value = *self.pointer(fill.from);
                        let start = self.pointer(fill.start);
                        std::slice::from_raw_parts_mut(start, fill.count).fill(value);
                    }
                }
                Step::Scalars(values) => {
                    // SAFETY: all places are the plan's, which is for one lane.
                    unsafe {
                        let singles = &self.singles[values.clone()];
                        scalars::compute(singles, &self.plan.singles, &self.bases);
                    }
                }
                Step::Strips(values) => self.strips(values, under),
                Step::Run(run) => self.run(run, under),
                Step::Pairs(pairs) => self.pairs(pairs, under),
                Step::Product(product) => self.product(product, under),
                Step::Gathered(gathered) => self.gathered(gathered, under),
                Step::Adjoints(adjoints) => self.adjoints(adjoints, under),
                Step::Gradients(gradients) => self.gradients(gradients, under),
                Step::GatheredGradients(gradients) => self.gathered_gradients(gradients, under),
                Step::LaneSums(sums) => self.lane_sums(sums, under),
            }
        }
    }
}
