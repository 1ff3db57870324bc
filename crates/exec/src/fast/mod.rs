//! Fast programs: tapes regrouped into kernels over rows of lanes.
//!
//! [`forms`] says as what each slot is computed, [`schedule`] what is done together and in which order, and the
//! [`planner`] gives every step its places in memory: a [`plan`]. [`run`] runs it.

mod codes;
mod copies;
mod dots;
mod forms;
mod gradients;
mod groups;
mod latency;
mod memory;
mod mixing;
mod place;
mod plan;
mod planner;
mod pointwise;
mod rows;
mod run;
mod running;
mod scalars;
mod schedule;
mod straight;
mod stretches;
mod strips;
mod values;

pub(crate) use groups::groups;
pub(crate) use run::Memory;

use crate::kernels::Kernels;
use crate::level::Level;
use crate::program::Options;
use crate::scalar::ProgramScalar;
use crate::threads::Division;
use crate::work::Work;
use dagrad_tape::Tape;
use plan::Plan;
use planner::plan;
use pointwise::Pointwise;
use std::sync::OnceLock;

/// A fast program: its plans, and the kernels that it runs.
#[derive(Clone, Debug)]
pub(crate) struct Engine<S> {
    kernels: Kernels<S>,
    /// For one lane, where wide vectors are too wide for most lists.
    narrow_kernels: Kernels<S>,
    pointwise: Pointwise<S>,
    /// For tiles of many lanes; none where the program was asked for one lane.
    wide: Option<Plan<S>>,
    /// For one lane at a time, made when it is needed first.
    narrow: OnceLock<Plan<S>>,
    /// How many lanes a tile has at most.
    lanes: usize,
    work: Work,
    /// How many samples a block has at least, if somebody says.
    block: Option<usize>,
}

impl<S: ProgramScalar> Engine<S> {
    /// How many bytes a row of a tile takes at least, if nobody says: enough for a vector kernel to get under way.
    const ROW: usize = 512;
    /// How many bytes a tile may take for its rows to be longer: what stays in the first cache. Longer rows share the
    /// cost of a step among more samples.
    const TILE: usize = 48 << 10;
    /// How many bytes a row takes at most.
    const LONGEST_ROW: usize = 4096;

    pub(crate) fn of(tape: &Tape, options: &Options) -> Self {
        let level = options.level.unwrap_or_else(Level::best);
        let wide = (options.lanes != Some(1)).then(|| plan(tape, false));
        let rows = wide.as_ref().map_or(1, |plan: &Plan<S>| plan.rows.max(1));
        let row = (Self::TILE / rows / Self::ROW * Self::ROW).clamp(Self::ROW, Self::LONGEST_ROW);
        // Offsets of rows have 32 bits; rows are rounded up to less than this multiple.
        let most = (u32::MAX as usize / rows / 64 * 64).max(1);
        let lanes = options.lanes.unwrap_or(row / size_of::<S>()).min(most);
        Self {
            kernels: Kernels::of(level),
            narrow_kernels: Kernels::of(level.min(Level::Avx2)),
            pointwise: Pointwise::of(level),
            wide,
            narrow: OnceLock::new(),
            lanes,
            work: Work::of(tape),
            block: options.block,
        }
    }

    /// How many lanes each tile of so many samples has: as few tiles as possible, as even as whole vectors allow.
    fn lanes_of_tile(&self, samples: usize) -> usize {
        let width = self.kernels.width;
        let lanes = samples.div_ceil(samples.div_ceil(self.lanes));
        lanes.next_multiple_of(width).min(self.lanes.max(width))
    }

    /// The blocks of so many samples. It is the program that decides, and the size of the batch, but never the number of
    /// threads: where sums are cut shows in their last bits.
    fn division(&self, plan: &Plan<S>, samples: usize, lanes: usize) -> Division {
        match self.block {
            Some(block) => Division::into_units(samples, block.max(1).next_multiple_of(lanes)),
            None => Division::of(samples, lanes, self.work.blocks::<S>(samples, plan.means)),
        }
    }

    /// Moves parameters against their gradients.
    pub(crate) fn descend(&self, parameters: &mut [S], gradients: &[S], rate: S) {
        // SAFETY: the kernels are those of a level that this machine has.
        unsafe { (self.kernels.descend)(parameters, gradients, rate) }
    }

    /// Whether this runs one lane at a time, whatever the batch.
    pub(crate) fn is_narrow(&self) -> bool {
        self.wide.is_none()
    }

    /// How many numbers a sample takes.
    pub(crate) fn rows(&self, tape: &Tape) -> usize {
        self.plan(tape, 2).rows
    }

    /// The plan for a batch of so many samples.
    fn plan(&self, tape: &Tape, samples: usize) -> &Plan<S> {
        match &self.wide {
            Some(wide) if samples > 1 => wide,
            Some(_) | None => self.narrow.get_or_init(|| plan(tape, true)),
        }
    }
}
