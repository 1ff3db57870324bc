//! Steps that compute dots: matrix products, and dots over lists of their own.

use super::place::{Grid, Place, Space};
use super::plan::{Adjoints, Finish, Gathered, Product, Start};
use super::running::{Running, Under};
use crate::kernels::{self, WeightOrder};
use crate::scalar::ProgramScalar;

impl<S: ProgramScalar> Running<'_, S> {
    #[inline]
    pub(super) fn product(&self, product: &Product, under: Under<'_>) {
        let weights = self.grid(&product.weights);
        let start = match &product.start {
            Start::Zero => kernels::Start::Zero,
            Start::Bias(grid) => kernels::Start::Bias {
                bias: self.grid(grid),
                stride: grid.row_stride.cast_unsigned(),
            },
            Start::Rows => kernels::Start::Rows,
        };
        let tile = self.bases.of(Space::Tile);
        let args = kernels::Product {
            tile,
            lanes: under.lanes,
            weights,
            row_stride: product.weights.row_stride.cast_unsigned(),
            depth_stride: product.weights.column_stride.cast_unsigned(),
            operands: self.offsets(&product.operands),
            operands_follow: product.operands_follow,
            out: self.offsets(&product.outs),
            outs_follow: product.outs_follow,
            start,
            finish: self.finish(&product.finish),
        };
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
        let numbers = &under.steps.numbers;
        let weights = self.given.batch.weights;
        let args = kernels::Adjoints {
            dots: self.gathered_args(&adjoints.dots, under),
            means: self.bases.of(Space::Means),
            targets: &numbers[adjoints.targets.clone()],
            own: &numbers[adjoints.own.clone()],
            scale: self.scale,
            adds: self.adds(adjoints.is_first),
            sample_weights: weights.map_or(std::ptr::null(), |weights| {
                weights[self.samples.clone()].as_ptr()
            }),
        };
        // SAFETY: as for gathered dots; all targets are means of the plan.
        unsafe { (self.engine.kernels.adjoints)(&args) };
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
        let with = |places| self.offsets(places);
        match finish {
            Finish::None => kernels::Finish::None,
            Finish::Relu => kernels::Finish::Relu,
            Finish::ReluMask(places) => kernels::Finish::ReluMask { with: with(places) },
            Finish::TanhPartial(places) => kernels::Finish::TanhPartial { with: with(places) },
            Finish::Product(places) => kernels::Finish::Mul { with: with(places) },
        }
    }

    fn grid(&self, grid: &Grid) -> *const S {
        self.pointer(Place::new(grid.space, grid.start))
    }
}
