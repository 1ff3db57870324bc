//! A matrix of parameters times one or two rows: too few operands for blocks of many registers to get under way.
//!
//! Here the weights of some results stay in registers, and run over all lanes. Sums are those of
//! [`product`](super::product), bit by bit.

use crate::kernels::product::{Product, Start};
use crate::kernels::register::{Register, Task};

/// How many operands are few.
pub(super) const FEW: usize = 2;

/// As [`product`](super::product::product), of one or two operands.
///
/// # Safety
/// As there.
pub(super) unsafe fn product<V: Register>(product: &Product<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        if product.operands.len() == 1 {
            V::run(Shallow::<'_, V, 1>(product));
        } else {
            V::run(Shallow::<'_, V, 2>(product));
        }
    }
}

/// A product of `K` operands.
struct Shallow<'a, V: Register, const K: usize>(&'a Product<'a, V::Scalar>);

impl<V: Register, const K: usize> Task<V> for Shallow<'_, V, K> {
    #[inline(always)]
    unsafe fn run(self) {
        let rows = self.0.out.len();
        let mut row = 0;
        // SAFETY: the caller's promise; the blocks lie in the rows.
        unsafe {
            while row + 4 <= rows {
                self.rows::<4>(row);
                row += 4;
            }
            while row < rows {
                self.rows::<1>(row);
                row += 1;
            }
        }
    }
}

impl<V: Register, const K: usize> Shallow<'_, V, K> {
    /// `R` rows, from `row` on.
    ///
    /// # Safety
    /// As [`product`].
    #[inline(always)]
    unsafe fn rows<const R: usize>(&self, row: usize) {
        let product = self.0;
        // SAFETY: rows, operands and weights lie where `Product` says that they do.
        unsafe {
            let mut panel = [product.tile.cast_const(); K];
            for (k, operand) in panel.iter_mut().enumerate() {
                *operand = operand.add(*product.operands.get_unchecked(k) as usize);
            }
            let (mut out, mut starts) = ([product.tile; R], [V::zero(); R]);
            let mut weights = [[V::zero(); K]; R];
            for r in 0..R {
                out[r] = out[r].add(*product.out.get_unchecked(row + r) as usize);
                let of_row = product.weights.add((row + r) * product.row_stride);
                for k in 0..K {
                    weights[r][k] = V::splat(*of_row.add(k * product.depth_stride));
                }
                if let Start::Bias { bias, stride } = product.start {
                    starts[r] = V::splat(*bias.add((row + r) * stride));
                }
            }
            let mut lane = 0;
            while lane < product.lanes {
                let operands = panel.map(|operand| V::load(operand.add(lane)));
                let mut sums = [[V::zero(); 1]; R];
                for r in 0..R {
                    let mut sum = match product.start {
                        Start::Rows => V::load(out[r].add(lane)),
                        Start::Zero | Start::Bias { .. } => starts[r],
                    };
                    for k in 0..K {
                        sum = weights[r][k].multiply_add(operands[k], sum);
                    }
                    sums[r][0] = sum;
                }
                let sums = product.finish.apply(sums, product.tile, row, lane);
                for r in 0..R {
                    sums[r][0].store(out[r].add(lane));
                }
                lane += V::LANES;
            }
        }
    }
}
