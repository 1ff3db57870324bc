//! The memory that a plan runs in.

use super::Engine;
use super::codes::{Routed, routines};
use super::copies::Copies;
use super::place::{Place, Space};
use super::plan::{Plan, Step};
use super::pointwise::STRIP;
use crate::kernels::Strip;
use crate::scalar::ProgramScalar;

/// The memory of one plan.
#[derive(Debug)]
pub(super) struct PlanMemory<S> {
    /// The rows of a tile, and room to begin on a boundary of 64 bytes. Behind a tile of one lane lie the numbers of
    /// the workspace, behind others those that strips read.
    pub(super) tile: Vec<S>,
    /// Where the rows begin in there.
    start: usize,
    /// How far apart rows are, in numbers.
    pub(super) stride: usize,
    /// The places of the tile's steps, as offsets for this stride.
    pub(super) offsets: Vec<u32>,
    /// The plan's single values, each with what computes it.
    pub(super) singles: Vec<Routed<S>>,
    /// The plan's strips, with rows as offsets for this stride.
    pub(super) strips: Vec<Strip>,
    /// The offsets of those results for each sample that lie in the tile; others are zero.
    pub(super) columns: Vec<u32>,
    pub(super) list: Vec<S>,
    pub(super) pointers: Pointers<S>,
    /// The sums that adjoints take with them.
    pub(super) sums: Vec<S>,
    pub(super) copies: Copies<S>,
    pub(super) scratch: Scratch<S>,
}

/// Room to say where the operands of an operation of many are.
#[derive(Debug)]
pub(super) struct Pointers<S>(pub(super) Vec<*const S>);

// SAFETY: a run reads none that it has not written itself, so what another thread left there means nothing.
unsafe impl<S: Send> Send for Pointers<S> {}

// SAFETY: nobody reads them but a run, which has them for itself.
unsafe impl<S: Sync> Sync for Pointers<S> {}

impl<S> Default for PlanMemory<S> {
    fn default() -> Self {
        Self {
            tile: Vec::new(),
            start: 0,
            stride: 0,
            offsets: Vec::new(),
            singles: Vec::new(),
            strips: Vec::new(),
            columns: Vec::new(),
            list: Vec::new(),
            pointers: Pointers(Vec::new()),
            sums: Vec::new(),
            copies: Copies::default(),
            scratch: Scratch {
                panel: Vec::new(),
                rows: Vec::new(),
                offsets: Vec::new(),
            },
        }
    }
}

/// Nothing in it outlasts a run, and where a tile begins depends on where its memory is: a clone is prepared anew.
impl<S> Clone for PlanMemory<S> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What kernels need beside a tile.
#[derive(Debug)]
pub(super) struct Scratch<S> {
    /// Columns, transposed.
    pub(super) panel: Vec<S>,
    /// Rows times weights, and their offsets.
    pub(super) rows: Vec<S>,
    pub(super) offsets: Vec<u32>,
}

/// How many bytes a row of a tile is a multiple of.
pub(super) const ALIGNMENT: usize = 64;

/// How far apart the rows of a panel of so many columns are.
pub(super) fn panel_stride<S>(columns: usize) -> usize {
    columns.next_multiple_of(ALIGNMENT / size_of::<S>())
}

impl<S: ProgramScalar> PlanMemory<S> {
    /// Makes room for tiles of so many lanes, if it is for others.
    #[inline(always)]
    pub(super) fn prepare(&mut self, engine: &Engine<S>, plan: &Plan<S>, lanes: usize) {
        let stride = if plan.is_narrow {
            1
        } else {
            lanes.next_multiple_of(ALIGNMENT / size_of::<S>())
        };
        if self.stride != stride {
            self.make(engine, plan, stride);
        }
    }

    /// Makes room for tiles with rows so far apart.
    #[inline(never)]
    fn make(&mut self, engine: &Engine<S>, plan: &Plan<S>, stride: usize) {
        let zero = S::from_f64(0.0);
        let room = plan.rows * stride + ALIGNMENT / size_of::<S>();
        let others = if plan.is_narrow {
            plan.scalars.len()
        } else {
            plan.numbers.len()
        };
        self.tile.clear();
        self.tile.resize(room + others, zero);
        self.start = self.tile.as_ptr().align_offset(ALIGNMENT);
        if self.stride == 0 {
            let routines = routines(engine.kernels.level);
            let steps = plan.singles.steps.iter();
            self.singles
                .extend(steps.map(|step| Routed::of(step, routines)));
            self.list.resize(plan.widest * STRIP, zero);
            self.pointers.0.resize(plan.widest, std::ptr::null());
            self.sums.resize(plan.sums, zero);
        }
        self.stride = stride;
        if plan.is_narrow {
            let start = self.start + plan.rows;
            self.tile[start..][..others].copy_from_slice(&plan.scalars);
        }
        self.offsets.clear();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "offsets of rows are below 2³²"
        )]
        let offset = |&row: &u32| (row as usize * stride) as u32;
        let is_narrow = plan.is_narrow;
        let places = plan.tile.places.iter();
        self.offsets
            .extend(places.map(|row| if is_narrow { *row } else { offset(row) }));
        self.strips.clear();
        let strips = plan.strips.iter();
        self.strips
            .extend(strips.map(|strip| strip.apart(offset(&1))));
        self.columns.clear();
        let row = |place: &Place| match place.space() {
            Space::Tile => place.bits(),
            Space::Scalars | Space::Parameters | Space::Means => 0,
        };
        self.columns
            .extend(plan.columns.iter().map(|place| offset(&row(place))));
    }

    /// Makes room for what sums over lanes need beside the tile, with samples' weights or without: before threads take
    /// blocks, since nobody knows which of them will be the first that needs it.
    pub(super) fn prepare_sums(&mut self, plan: &Plan<S>, has_weights: bool) {
        let (mut panel, mut rows) = (0, 0);
        for step in &plan.tile.steps {
            match step {
                Step::Gradients(gradients) => {
                    if gradients.input.is_none() {
                        panel = panel.max(panel_stride::<S>(gradients.columns.len()));
                    }
                    rows = rows.max(gradients.rows.len());
                }
                Step::LaneSums(sums) => rows = rows.max(sums.rows.len()),
                _ => {}
            }
        }
        let Scratch {
            panel: columns,
            rows: weighted,
            offsets,
        } = &mut self.scratch;
        if columns.len() < panel * self.stride {
            columns.resize(panel * self.stride, S::from_f64(0.0));
        }
        if has_weights {
            weighted.clear();
            weighted.reserve(rows * self.stride);
            offsets.clear();
            offsets.reserve(rows);
        }
    }

    /// Where the memories of a run start. The numbers of the workspace of a plan for one lane are behind the tile;
    /// those of others start at `scalars`.
    pub(super) fn bases(
        &mut self,
        plan: &Plan<S>,
        scalars: *mut S,
        parameters: &[S],
        means: &mut [S],
    ) -> Bases<S> {
        let tile = self.tile.as_mut_ptr().wrapping_add(self.start);
        let scalars = if plan.is_narrow {
            tile.wrapping_add(plan.rows)
        } else {
            scalars
        };
        // Nobody writes to a parameter.
        let parameters = parameters.as_ptr().cast_mut();
        Bases([tile, scalars, parameters, means.as_mut_ptr()])
    }
}

/// Where the memories of a run start, by the numbers of their spaces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bases<S>([*mut S; 4]);

impl<S> Bases<S> {
    /// Where a memory starts.
    #[inline(always)]
    pub(super) fn of(&self, space: Space) -> *mut S {
        self.0[space as usize]
    }

    /// Where the memory starts that bits of a place name.
    #[inline(always)]
    pub(super) fn of_bits(&self, bits: u32) -> *mut S {
        self.0[(bits >> Place::SHIFT) as usize]
    }
}
