//! Kernels of one lane: a value is one number, and rows of the tile are numbers too.
//!
//! They take the same arguments as those of many lanes, for which an offset is that of a number. Vectors, where there
//! are any, run over operands or over results.

use crate::kernels::finish::Finish;
use crate::kernels::gathered::{Gathered, GatheredGradients, GatheredStart, WeightOrder};
use crate::kernels::product::{Product, Start};
use crate::kernels::register::{Float, Register, Task};
use std::marker::PhantomData;

/// As [`product`](super::product::product), for one lane.
///
/// # Safety
/// The machine has the instructions of these registers, and what [`Product`] asks for holds for numbers.
pub(crate) unsafe fn product<V: Register>(product: &Product<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(OneProduct {
            product,
            register: PhantomData::<V>,
        });
    }
}

struct OneProduct<'a, V: Register> {
    product: &'a Product<'a, V::Scalar>,
    register: PhantomData<V>,
}

impl<V: Register> Task<V> for OneProduct<'_, V> {
    #[inline(always)]
    unsafe fn run(self) {
        let product = self.product;
        let rows = product.out.len();
        // SAFETY: the caller's promise.
        unsafe {
            if product.depth_stride == 1 && product.operands_follow {
                let mut row = 0;
                while row + 4 <= rows {
                    let sums = [row, row + 1, row + 2, row + 3];
                    let sums = V::sums([
                        along_operands::<V>(product, sums[0]),
                        along_operands::<V>(product, sums[1]),
                        along_operands::<V>(product, sums[2]),
                        along_operands::<V>(product, sums[3]),
                    ]);
                    put(product, row, sums[0]);
                    put(product, row + 1, sums[1]);
                    put(product, row + 2, sums[2]);
                    put(product, row + 3, sums[3]);
                    row += 4;
                }
                while row < rows {
                    put(product, row, along_operands::<V>(product, row).sum());
                    row += 1;
                }
            } else if product.row_stride == 1 && rows > 1 {
                let mut row = 0;
                while row < rows {
                    let count = V::LANES.min(rows - row);
                    along_rows::<V>(product, row, count);
                    row += count;
                }
            } else {
                for row in 0..rows {
                    let weights = product
                        .weights
                        .wrapping_add(row.wrapping_mul(product.row_stride));
                    let mut sum = V::Scalar::ZERO;
                    for (k, &operand) in product.operands.iter().enumerate() {
                        let weight = *weights.wrapping_add(k.wrapping_mul(product.depth_stride));
                        let operand = *product.tile.add(operand as usize);
                        sum = weight.multiply_add::<V::Arithmetic>(operand, sum);
                    }
                    put(product, row, sum);
                }
            }
        }
    }
}

/// The products of one row of weights with operands that follow each other, lane by lane.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn along_operands<V: Register>(product: &Product<'_, V::Scalar>, row: usize) -> V {
    let depth = product.operands.len();
    // SAFETY: the caller's promise; there are `depth` weights and operands in a row.
    unsafe {
        let weights = product
            .weights
            .wrapping_add(row.wrapping_mul(product.row_stride));
        let operands = product.tile.add(product.operands[0] as usize).cast_const();
        let (mut sum, mut other) = (V::zero(), V::zero());
        let mut k = 0;
        while k + 2 * V::LANES <= depth {
            sum = V::load(weights.add(k)).multiply_add(V::load(operands.add(k)), sum);
            let next = k + V::LANES;
            other = V::load(weights.add(next)).multiply_add(V::load(operands.add(next)), other);
            k += 2 * V::LANES;
        }
        if k + V::LANES <= depth {
            sum = V::load(weights.add(k)).multiply_add(V::load(operands.add(k)), sum);
            k += V::LANES;
        }
        if k < depth {
            let left = depth - k;
            let (weights, operands) = (weights.add(k), operands.add(k));
            sum = V::load_first(weights, left).multiply_add(V::load_first(operands, left), sum);
        }
        sum.add(other)
    }
}

/// `count` rows, whose weights by one operand follow each other.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn along_rows<V: Register>(product: &Product<'_, V::Scalar>, row: usize, count: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let weights = product.weights.wrapping_add(row);
        let (mut sum, mut other) = (V::zero(), V::zero());
        for (k, &operand) in product.operands.iter().enumerate() {
            let weights = weights.wrapping_add(k.wrapping_mul(product.depth_stride));
            let weights = if count == V::LANES {
                V::load(weights)
            } else {
                V::load_first(weights, count)
            };
            let operand = V::splat(*product.tile.add(operand as usize));
            // Two sums, so that one need not wait for the other.
            (sum, other) = (other, weights.multiply_add(operand, sum));
        }
        let mut sums = [V::Scalar::ZERO; 16];
        sum.add(other).store(sums.as_mut_ptr());
        for (at, &sum) in sums.iter().enumerate().take(count) {
            put(product, row + at, sum);
        }
    }
}

/// Starts, finishes and stores a sum.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn put<S: Float>(product: &Product<'_, S>, row: usize, sum: S) {
    // SAFETY: the caller's promise.
    unsafe {
        let out = product.tile.add(*product.out.get_unchecked(row) as usize);
        let sum = match product.start {
            Start::Zero => sum,
            Start::Bias { bias, stride } => sum + *bias.wrapping_add(row.wrapping_mul(stride)),
            Start::Rows => sum + *out,
        };
        *out = finished(product.finish, product.tile, row, sum);
    }
}

/// What becomes of a sum.
///
/// # Safety
/// The numbers that it needs beside the sum lie in the tile.
#[inline(always)]
unsafe fn finished<S: Float>(finish: Finish<'_>, tile: *const S, row: usize, x: S) -> S {
    // SAFETY: the caller's promise.
    let with = |list: &[u32]| unsafe { *tile.add(*list.get_unchecked(row) as usize) };
    let mask = |condition: S| if condition <= S::ZERO { S::ZERO } else { x };
    match finish {
        Finish::None => x,
        Finish::Relu => mask(x),
        Finish::ReluMask { with: list } => mask(with(list)),
        Finish::TanhPartial { with: list } => x * (S::ONE - with(list) * with(list)),
        Finish::SigmoidPartial { with: list } => x * (with(list) * (S::ONE - with(list))),
        Finish::Mul { with: list } => x * with(list),
    }
}

/// As [`gathered`](super::gathered::gathered), for one lane.
///
/// # Safety
/// The machine has the instructions of these registers, and what [`Gathered`] asks for holds for numbers.
pub(crate) unsafe fn gathered<V: Register>(gathered: &Gathered<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(OneGathered {
            gathered,
            register: PhantomData::<V>,
        });
    }
}

struct OneGathered<'a, V: Register> {
    gathered: &'a Gathered<'a, V::Scalar>,
    register: PhantomData<V>,
}

impl<V: Register> Task<V> for OneGathered<'_, V> {
    #[inline(always)]
    unsafe fn run(self) {
        // A row is a handful of products, so nothing is decided for each that holds for all.
        // SAFETY: the caller's promise.
        unsafe {
            match self.gathered.start {
                GatheredStart::Zero => self.started(|_, _| V::Scalar::ZERO),
                GatheredStart::Rows => self.started(|_, out: *mut V::Scalar| *out),
                GatheredStart::Bias(biases, offsets) => {
                    self.started(|row, _| *biases.add(*offsets.get_unchecked(row) as usize));
                }
            }
        }
    }
}

impl<V: Register> OneGathered<'_, V> {
    /// # Safety
    /// As [`gathered`].
    #[inline(always)]
    unsafe fn started(self, start: impl Fn(usize, *mut V::Scalar) -> V::Scalar) {
        let tile = self.gathered.tile;
        let one = V::Scalar::ONE;
        let mask = |x, condition| {
            if condition <= V::Scalar::ZERO {
                V::Scalar::ZERO
            } else {
                x
            }
        };
        // SAFETY: the caller's promise.
        unsafe {
            let with = |list: &[u32], row: usize| *tile.add(*list.get_unchecked(row) as usize);
            match self.gathered.finish {
                Finish::None => self.ordered(start, |_, x| x),
                Finish::Relu => self.ordered(start, |_, x| mask(x, x)),
                Finish::ReluMask { with: list } => {
                    self.ordered(start, |row, x| mask(x, with(list, row)));
                }
                Finish::TanhPartial { with: list } => self.ordered(start, |row, x| {
                    let y = with(list, row);
                    x * (one - y * y)
                }),
                Finish::SigmoidPartial { with: list } => self.ordered(start, |row, x| {
                    let y = with(list, row);
                    x * (y * (one - y))
                }),
                Finish::Mul { with: list } => self.ordered(start, |row, x| x * with(list, row)),
            }
        }
    }

    /// # Safety
    /// As [`gathered`].
    #[inline(always)]
    unsafe fn ordered(
        self,
        start: impl Fn(usize, *mut V::Scalar) -> V::Scalar,
        finish: impl Fn(usize, V::Scalar) -> V::Scalar,
    ) {
        let weights = self.gathered.weights;
        // SAFETY: the caller's promise.
        unsafe {
            match self.gathered.order {
                WeightOrder::Packed => self.rows(start, finish, |k| *weights.add(k)),
                WeightOrder::Listed => {
                    let offsets = self.gathered.weight_offsets;
                    self.rows(start, finish, |k| {
                        *weights.add(*offsets.get_unchecked(k) as usize)
                    });
                }
            }
        }
    }

    /// # Safety
    /// As [`gathered`].
    #[inline(always)]
    unsafe fn rows(
        self,
        start: impl Fn(usize, *mut V::Scalar) -> V::Scalar,
        finish: impl Fn(usize, V::Scalar) -> V::Scalar,
        weight: impl Fn(usize) -> V::Scalar,
    ) {
        let gathered = self.gathered;
        let (tile, starts) = (gathered.tile, gathered.starts);
        // SAFETY: weights and biases are readable, and rows lie in the tile.
        unsafe {
            let product = |k: usize, sum: V::Scalar| {
                let operand = *tile.add(*gathered.operands.get_unchecked(k) as usize);
                weight(k).multiply_add::<V::Arithmetic>(operand, sum)
            };
            let mut k = *starts.get_unchecked(0) as usize;
            for (row, &out) in gathered.out.iter().enumerate() {
                let out = tile.add(out as usize);
                let end = *starts.get_unchecked(row + 1) as usize;
                // Two sums, so that one need not wait for the other.
                let (mut sum, mut other) = (start(row, out), V::Scalar::ZERO);
                while k + 2 <= end {
                    sum = product(k, sum);
                    other = product(k + 1, other);
                    k += 2;
                }
                if k < end {
                    sum = product(k, sum);
                    k += 1;
                }
                *out = finish(row, sum + other);
            }
        }
    }
}

/// As [`gathered_gradients`](super::gathered::gathered_gradients), for one lane.
///
/// # Safety
/// The machine has the instructions of these registers, and what [`GatheredGradients`] asks for holds for numbers.
pub(crate) unsafe fn gathered_gradients<V: Register>(gradients: &GatheredGradients<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(OneGradients {
            gradients,
            register: PhantomData::<V>,
        });
    }
}

struct OneGradients<'a, V: Register> {
    gradients: &'a GatheredGradients<'a, V::Scalar>,
    register: PhantomData<V>,
}

impl<V: Register> Task<V> for OneGradients<'_, V> {
    #[inline(always)]
    unsafe fn run(self) {
        let gradients = self.gradients;
        let (tile, target) = (gradients.tile, gradients.target);
        // SAFETY: rows, columns and targets lie where they should.
        unsafe {
            for row in 0..gradients.rows.len() {
                let factor = *tile.add(*gradients.rows.get_unchecked(row) as usize);
                let factor = factor * gradients.scale;
                let start = *gradients.starts.get_unchecked(row) as usize;
                let end = *gradients.starts.get_unchecked(row + 1) as usize;
                if gradients.targets_follow && !gradients.adds && start < end {
                    let target = target.add(*gradients.targets.get_unchecked(start) as usize);
                    for (at, &column) in gradients
                        .columns
                        .get_unchecked(start..end)
                        .iter()
                        .enumerate()
                    {
                        *target.add(at) = factor * *tile.add(column as usize);
                    }
                    continue;
                }
                for k in start..end {
                    let column = *tile.add(*gradients.columns.get_unchecked(k) as usize);
                    let target = target.add(*gradients.targets.get_unchecked(k) as usize);
                    let product = factor * column;
                    *target = if gradients.adds {
                        *target + product
                    } else {
                        product
                    };
                }
            }
        }
    }
}
