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
                let is_plain = matches!(product.finish, Finish::None | Finish::Relu);
                while is_plain && product.outs_follow && row + 8 <= rows {
                    eight_rows::<V>(product, row);
                    row += 8;
                }
                while row + 4 <= rows {
                    let sums = [row, row + 1, row + 2, row + 3];
                    let sums = V::sums([
                        along_operands::<V>(product, sums[0]),
                        along_operands::<V>(product, sums[1]),
                        along_operands::<V>(product, sums[2]),
                        along_operands::<V>(product, sums[3]),
                    ]);
                    put_started(product, row, sums[0]);
                    put_started(product, row + 1, sums[1]);
                    put_started(product, row + 2, sums[2]);
                    put_started(product, row + 3, sums[3]);
                    row += 4;
                }
                if row < rows {
                    let mut sums = [V::zero(); 4];
                    for (at, sum) in sums.iter_mut().enumerate().take(rows - row) {
                        *sum = along_operands::<V>(product, row + at);
                    }
                    let sums = V::sums(sums);
                    for (at, &sum) in sums.iter().enumerate().take(rows - row) {
                        put_started(product, row + at, sum);
                    }
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

/// Eight rows whose results follow each other, and are finished by a relu or not at all. They are stored at once: whoever reads them as a vector need not wait for
/// eight stores to reach the cache.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn eight_rows<V: Register>(product: &Product<'_, V::Scalar>, row: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let [a, b, c, d] = V::sums([
            along_operands::<V>(product, row),
            along_operands::<V>(product, row + 1),
            along_operands::<V>(product, row + 2),
            along_operands::<V>(product, row + 3),
        ]);
        let [e, f, g, h] = V::sums([
            along_operands::<V>(product, row + 4),
            along_operands::<V>(product, row + 5),
            along_operands::<V>(product, row + 6),
            along_operands::<V>(product, row + 7),
        ]);
        let mut sums = [a, b, c, d, e, f, g, h];
        let out = product.tile.add(*product.out.get_unchecked(row) as usize);
        if matches!(product.finish, Finish::Relu) {
            for sum in &mut sums {
                *sum = finished(Finish::Relu, product.tile, row, *sum);
            }
        }
        out.cast::<[V::Scalar; 8]>().write_unaligned(sums);
    }
}

/// The products of one row of weights with operands that follow each other, lane by lane, and what the sum starts from
/// in the first of them.
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
        let start = match product.start {
            Start::Zero => V::Scalar::ZERO,
            Start::Bias { bias, stride } => *bias.wrapping_add(row.wrapping_mul(stride)),
            Start::Rows => *product.tile.add(*product.out.get_unchecked(row) as usize),
        };
        let (mut sum, mut other) = (V::first(start), V::zero());
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

/// Finishes and stores a sum that has its start in it.
///
/// # Safety
/// As [`product`].
#[inline(always)]
unsafe fn put_started<S: Float>(product: &Product<'_, S>, row: usize, sum: S) {
    // SAFETY: the caller's promise.
    unsafe {
        let out = product.tile.add(*product.out.get_unchecked(row) as usize);
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

#[cfg(test)]
mod tests {
    use super::{Product, Start};
    use crate::kernels::finish::Finish;
    use crate::kernels::register::Float;
    use crate::kernels::testing::{Numbers, Sum, for_both, kernels, sizes};

    for_both! { products }

    /// Every way through a product of one lane: weights by rows, by columns or apart, results in a row or not.
    fn products<S: Float>() {
        for rows in sizes() {
            for depth in [1, 2, 4, 7, 8, 9, 16, 21] {
                for (operands_follow, outs_follow) in [(true, true), (true, false), (false, false)]
                {
                    for strides in [[depth + 3, 1], [1, rows + 3], [2 * depth + 3, 2]] {
                        product::<S>([rows, depth], [operands_follow, outs_follow], strides);
                    }
                }
            }
        }
    }

    fn product<S: Float>(
        [rows, depth]: [usize; 2],
        [operands_follow, outs_follow]: [bool; 2],
        [row_stride, depth_stride]: [usize; 2],
    ) {
        let mut numbers = Numbers::new((rows * 1000 + depth) as u64);
        let mut places = numbers.permutation(depth + 2 * rows);
        if operands_follow {
            places = (0..depth + 2 * rows).collect();
            if !outs_follow {
                places[depth..depth + rows].reverse();
            }
        }
        let offsets: Vec<u32> = places
            .iter()
            .map(|&at| u32::try_from(at).unwrap())
            .collect();
        let (operands, results) = offsets.split_at(depth);
        let (out, others) = results.split_at(rows);
        let before: Vec<S> = numbers.list(places.len());
        let weights: Vec<S> = numbers.list(rows * row_stride + depth * depth_stride);
        let bias: Vec<S> = numbers.list(rows);
        let with_bias = Start::Bias {
            bias: bias.as_ptr(),
            stride: 1,
        };
        let starts = [Start::Zero, with_bias, Start::Rows];
        let finishes = [Finish::None, Finish::Relu, Finish::Mul { with: others }];
        for (kernels, (which, start)) in kernels::<S>()
            .flat_map(|kernels| starts.into_iter().enumerate().map(move |s| (kernels, s)))
        {
            for finish in finishes {
                let mut tile = before.clone();
                // SAFETY: places lie in the list, and so do weights for these strides; results are no operands.
                unsafe {
                    (kernels.narrow_product)(&Product {
                        tile: tile.as_mut_ptr(),
                        lanes: 1,
                        operands_follow,
                        outs_follow,
                        weights: weights.as_ptr(),
                        row_stride,
                        depth_stride,
                        operands,
                        out,
                        start,
                        finish,
                    });
                }
                for row in 0..rows {
                    let mut sum = Sum::default();
                    for (k, &operand) in operands.iter().enumerate() {
                        let weight = weights[row * row_stride + k * depth_stride];
                        sum.add(weight.wide() * before[operand as usize].wide());
                    }
                    match which {
                        0 => {}
                        1 => sum.add(bias[row].wide()),
                        _ => sum.add(before[out[row] as usize].wide()),
                    }
                    let mut got = tile[out[row] as usize].wide();
                    match finish {
                        Finish::Relu if sum.value <= 0.0 => {
                            // What is rounded to the other side of zero is as small as its error.
                            got = if got == 0.0 { sum.value } else { got };
                        }
                        Finish::Mul { with } => {
                            sum = sum.times(before[with[row] as usize].wide());
                        }
                        _ => {}
                    }
                    sum.check::<S>(got, || format!("{} {rows}x{depth}, {row}", kernels.level));
                }
                for &other in operands.iter().chain(others) {
                    let other = other as usize;
                    assert!(tile[other] == before[other], "only results change");
                }
            }
        }
    }
}
