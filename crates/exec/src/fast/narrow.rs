//! Kernels of one lane: a value is one number.

use crate::kernels::{Finish, Gathered, GatheredStart, Product, Start};
use crate::scalar::ProgramScalar;

/// As [`Kernels::product`](crate::kernels::Kernels), for one lane.
///
/// # Safety
/// What [`Product`] asks for holds, but that rows are numbers.
pub(super) unsafe fn product<S: ProgramScalar>(product: &Product<'_, S>) {
    for (row, &out) in product.out.iter().enumerate() {
        // SAFETY: weights lie in their grid, and rows in the tile.
        unsafe {
            let out = product.tile.add(out as usize);
            let mut sum = match product.start {
                Start::Zero => S::from_f64(0.0),
                Start::Bias { bias, stride } => *bias.wrapping_add(row.wrapping_mul(stride)),
                Start::Rows => *out,
            };
            let weights = product
                .weights
                .wrapping_add(row.wrapping_mul(product.row_stride));
            for (k, &operand) in product.operands.iter().enumerate() {
                let weight = *weights.wrapping_add(k.wrapping_mul(product.depth_stride));
                sum = sum + weight * *product.tile.add(operand as usize);
            }
            *out = finished(product.finish, product.tile, row, sum);
        }
    }
}

/// As [`Kernels::gathered`](crate::kernels::Kernels), for one lane.
///
/// # Safety
/// What [`Gathered`] asks for holds, but that rows are numbers.
pub(super) unsafe fn gathered<S: ProgramScalar>(gathered: &Gathered<'_, S>) {
    for (row, &out) in gathered.out.iter().enumerate() {
        // SAFETY: weights and biases are readable, and rows lie in the tile.
        unsafe {
            let out = gathered.tile.add(out as usize);
            let mut sum = match gathered.start {
                GatheredStart::Zero => S::from_f64(0.0),
                GatheredStart::Bias(biases, offsets) => {
                    *biases.add(*offsets.get_unchecked(row) as usize)
                }
                GatheredStart::Rows => *out,
            };
            let start = *gathered.starts.get_unchecked(row) as usize;
            let end = *gathered.starts.get_unchecked(row + 1) as usize;
            for k in start..end {
                let weight = *gathered.weight_offsets.get_unchecked(k) as usize;
                let operand = *gathered.operands.get_unchecked(k) as usize;
                sum = sum + *gathered.weights.add(weight) * *gathered.tile.add(operand);
            }
            *out = finished(gathered.finish, gathered.tile, row, sum);
        }
    }
}

/// What becomes of a sum.
///
/// # Safety
/// The numbers that it needs beside the sum lie in the tile.
#[inline(always)]
unsafe fn finished<S: ProgramScalar>(finish: Finish<'_>, tile: *const S, row: usize, x: S) -> S {
    let (zero, one) = (S::from_f64(0.0), S::from_f64(1.0));
    // SAFETY: the caller's promise.
    let with = |list: &[u32]| unsafe { *tile.add(*list.get_unchecked(row) as usize) };
    match finish {
        Finish::None => x,
        Finish::Relu => x.le(zero).select(zero, x),
        Finish::ReluMask { with: list } => with(list).le(zero).select(zero, x),
        Finish::TanhPartial { with: list } => x * (one - with(list) * with(list)),
        Finish::SigmoidPartial { with: list } => x * (with(list) * (one - with(list))),
        Finish::Mul { with: list } => x * with(list),
    }
}
