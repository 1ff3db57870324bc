//! Steps that compute dots: matrix products, and dots over lists of their own.

use super::place::{Grid, Place, Space};
use super::plan::{Adjoints, Finish, Gathered, NO_TARGET, Places, Product, Start, Step};
use super::running::{Running, Under};
use crate::kernels::{self, WeightOrder};
use crate::scalar::ProgramScalar;

impl<S: ProgramScalar> Running<'_, S> {
    #[inline]
    pub(super) fn product(&self, product: &Product, under: Under<'_>) {
        let tile = self.bases.of(Space::Tile);
        let args = product.args(tile, under.lanes, |place| self.pointer(place), self.offsets);
        let kernels = &self.engine.kernels;
        let kernel = if self.plan.is_narrow {
            self.engine.narrow_kernels.narrow_product
        } else {
            kernels.product
        };
        // SAFETY: weights lie in their grid, rows in the tile, and the planner gave rows to results that no operand
        // has.
        unsafe { kernel(&args) };
    }

    #[inline]
    pub(super) fn gathered(&self, gathered: &Gathered, under: Under<'_>) {
        let args = self.gathered_args(gathered, under);
        let kernels = &self.engine.kernels;
        let kernel = if self.plan.is_narrow {
            self.engine.narrow_kernels.narrow_gathered
        } else {
            kernels.gathered
        };
        // SAFETY: weights and biases are places of the plan, rows lie in the tile, and the planner gave rows to
        // results that no operand has.
        unsafe { kernel(&args) };
    }

    #[inline]
    pub(super) fn adjoints(&self, adjoints: &Adjoints, under: Under<'_>) {
        let weights = self.given.batch.weights;
        let sums = self.sums.wrapping_add(adjoints.sums);
        let args = kernels::Adjoints {
            dots: self.gathered_args(&adjoints.dots, under),
            sums,
            own: if adjoints.has_own() {
                sums.wrapping_add(adjoints.dots.weights.len())
            } else {
                std::ptr::null_mut()
            },
            adds: !self.is_first,
            sample_weights: weights.map_or(std::ptr::null(), |weights| {
                weights[self.samples.clone()].as_ptr()
            }),
        };
        // SAFETY: as for gathered dots; there is room for the sums of all steps.
        unsafe { (self.engine.kernels.adjoints)(&args) };
    }

    /// Brings the sums of all tiles that adjoints took with them to their means.
    pub(super) fn bring_sums(&self) {
        let steps = &self.plan.tile;
        for step in &steps.steps {
            let Step::Adjoints(adjoints) = step else {
                continue;
            };
            let targets = &steps.numbers[adjoints.targets.clone()];
            for (at, &target) in targets.iter().enumerate() {
                if target != NO_TARGET {
                    // SAFETY: a sum of the step, and a mean of the plan.
                    unsafe {
                        let mean = self.bases.of(Space::Means).add(target as usize);
                        *mean = *mean + *self.sums.add(adjoints.sums + at) * self.scale;
                    }
                }
            }
        }
    }

    fn gathered_args<'u>(
        &'u self,
        gathered: &Gathered,
        under: Under<'u>,
    ) -> kernels::Gathered<'u, S> {
        let numbers = &under.steps.numbers;
        let start = match &gathered.biases {
            Some(list) => kernels::GatheredStart::Bias(
                self.pointer(Place::new(gathered.bias_space, 0)),
                &numbers[list.clone()],
            ),
            None if gathered.starts_from_rows => kernels::GatheredStart::Rows,
            None => kernels::GatheredStart::Zero,
        };
        let weights = self.pointer(Place::new(gathered.weight_space, 0));
        let (weights, order) = if self.copies.is_null() {
            (weights.cast_const(), WeightOrder::Listed)
        } else {
            let copies = self.copies.wrapping_add(gathered.copies);
            (copies, WeightOrder::Packed)
        };
        kernels::Gathered {
            tile: self.bases.of(Space::Tile),
            lanes: under.lanes,
            starts: &numbers[gathered.starts.clone()],
            operands: self.offsets(&gathered.operands),
            weights,
            weight_offsets: &numbers[gathered.weights.clone()],
            order,
            start,
            out: self.offsets(&gathered.outs),
            finish: self.finish(&gathered.finish),
        }
    }

    fn finish(&self, finish: &Finish) -> kernels::Finish<'_> {
        finish.args(self.offsets)
    }
}

impl Product {
    /// What a kernel is told: `pointer` says where a place is, and `offsets` has the stage's places as offsets.
    #[inline(always)]
    pub(super) fn args<'a, S>(
        &self,
        tile: *mut S,
        lanes: usize,
        pointer: impl Fn(Place) -> *mut S,
        offsets: &'a [u32],
    ) -> kernels::Product<'a, S> {
        let grid = |grid: &Grid| pointer(Place::new(grid.space, grid.start)).cast_const();
        kernels::Product {
            tile,
            lanes,
            weights: grid(&self.weights),
            row_stride: self.weights.row_stride.cast_unsigned(),
            depth_stride: self.weights.column_stride.cast_unsigned(),
            operands: &offsets[self.operands.clone()],
            operands_follow: self.operands_follow,
            out: &offsets[self.outs.clone()],
            outs_follow: self.outs_follow,
            start: match &self.start {
                Start::Zero => kernels::Start::Zero,
                Start::Bias(bias) => kernels::Start::Bias {
                    bias: grid(bias),
                    stride: bias.row_stride.cast_unsigned(),
                },
                Start::Rows => kernels::Start::Rows,
            },
            finish: self.finish.args(offsets),
        }
    }
}

impl Finish {
    /// What a kernel is told, by the stage's places as offsets.
    #[inline(always)]
    fn args<'a>(&self, offsets: &'a [u32]) -> kernels::Finish<'a> {
        let with = |places: &Places| &offsets[places.clone()];
        match self {
            Self::None => kernels::Finish::None,
            Self::Relu => kernels::Finish::Relu,
            Self::ReluMask(places) => kernels::Finish::ReluMask { with: with(places) },
            Self::TanhPartial(places) => kernels::Finish::TanhPartial { with: with(places) },
            Self::Product(places) => kernels::Finish::Mul { with: with(places) },
        }
    }
}
