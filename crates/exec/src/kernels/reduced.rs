//! Gradients of few weights: sums over lanes of products of two rows each, where registers run along the lanes.
//!
//! [`gradients`](super::gradients) needs its columns transposed, which pays where many rows share them. Here nothing is,
//! but each sum ends with one over the lanes of a register.

use crate::kernels::register::{Register, Task};
use std::marker::PhantomData;

/// `target[r, c] = scale · Σₗ rows[r][l] · columns[c][l]`, added to what is there if `adds`.
///
/// # What has to hold
/// - Every row at an offset of `rows` from `row_tile`, and every column at one of `columns` from `tile`, has `lanes`
///   numbers.
/// - `target` has room for as many numbers as there are columns at `r * target_stride` for every row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reduced<'a, S> {
    pub(crate) lanes: usize,
    pub(crate) row_tile: *const S,
    pub(crate) rows: &'a [u32],
    pub(crate) tile: *const S,
    pub(crate) columns: &'a [u32],
    pub(crate) target: *mut S,
    pub(crate) target_stride: usize,
    pub(crate) scale: S,
    pub(crate) adds: bool,
}

/// The gradients for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Reduced`] asks for holds.
pub(crate) unsafe fn reduced<V: Register>(reduced: &Reduced<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(Sums {
            reduced,
            register: PhantomData::<V>,
        });
    }
}

struct Sums<'a, V: Register> {
    reduced: &'a Reduced<'a, V::Scalar>,
    register: PhantomData<V>,
}

impl<V: Register> Task<V> for Sums<'_, V> {
    #[inline(always)]
    unsafe fn run(self) {
        let columns = self.reduced.columns.len();
        let mut column = 0;
        // SAFETY: the caller's promise; the blocks cover the columns.
        unsafe {
            while column + 4 <= columns {
                self.columns::<2, 4>(column);
                column += 4;
            }
            if column + 2 <= columns {
                self.columns::<4, 2>(column);
                column += 2;
            }
            if column < columns {
                self.columns::<4, 1>(column);
            }
        }
    }
}

impl<V: Register> Sums<'_, V> {
    /// `C` columns from `column` on, in blocks of `R` rows.
    ///
    /// # Safety
    /// As [`reduced`].
    #[inline(always)]
    unsafe fn columns<const R: usize, const C: usize>(&self, column: usize) {
        let rows = self.reduced.rows.len();
        let mut row = 0;
        // SAFETY: the caller's promise; the blocks lie in the rows.
        unsafe {
            while row + R <= rows {
                self.block::<R, C>(row, column);
                row += R;
            }
            while row < rows {
                self.block::<1, C>(row, column);
                row += 1;
            }
        }
    }

    /// `R` rows from `row` on with `C` columns from `column` on, at most four.
    ///
    /// # Safety
    /// As [`reduced`].
    #[inline(always)]
    unsafe fn block<const R: usize, const C: usize>(&self, row: usize, column: usize) {
        let reduced = self.reduced;
        // SAFETY: rows, columns and targets lie where `Reduced` says that they do.
        unsafe {
            let (mut rows, mut columns) = ([reduced.row_tile; R], [reduced.tile; C]);
            for r in 0..R {
                rows[r] = rows[r].add(*reduced.rows.get_unchecked(row + r) as usize);
            }
            for c in 0..C {
                columns[c] = columns[c].add(*reduced.columns.get_unchecked(column + c) as usize);
            }
            let mut sums = [[V::zero(); C]; R];
            let whole = reduced.lanes / V::LANES * V::LANES;
            let mut lane = 0;
            while lane < whole {
                let factors = rows.map(|row| V::load(row.add(lane)));
                for c in 0..C {
                    let term = V::load(columns[c].add(lane));
                    for r in 0..R {
                        sums[r][c] = factors[r].multiply_add(term, sums[r][c]);
                    }
                }
                lane += V::LANES;
            }
            let left = reduced.lanes - whole;
            if left > 0 {
                let factors = rows.map(|row| V::load_first(row.add(lane), left));
                for c in 0..C {
                    let term = V::load_first(columns[c].add(lane), left);
                    for r in 0..R {
                        sums[r][c] = factors[r].multiply_add(term, sums[r][c]);
                    }
                }
            }
            for r in 0..R {
                let mut four = [V::zero(); 4];
                four[..C].copy_from_slice(&sums[r]);
                let four = V::sums(four);
                let target = reduced
                    .target
                    .add((row + r) * reduced.target_stride + column);
                for (c, &sum) in four.iter().enumerate().take(C) {
                    let sum = sum * reduced.scale;
                    let target = target.add(c);
                    *target = if reduced.adds { *target + sum } else { sum };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Reduced;
    use crate::kernels::register::Float;
    use crate::kernels::testing::{Numbers, Sum, for_both, kernels};

    for_both! { sizes_and_lanes }

    fn sizes_and_lanes<S: Float>() {
        for kernels in kernels::<S>() {
            for rows in 1..8 {
                for columns in 1..10 {
                    for lanes in [1, 2, 7, 16, 63, 100] {
                        for adds in [false, true] {
                            check(&kernels, [rows, columns, lanes], adds);
                        }
                    }
                }
            }
        }
    }

    fn check<S: Float>(
        kernels: &crate::kernels::Kernels<S>,
        [rows, columns, lanes]: [usize; 3],
        adds: bool,
    ) {
        let mut numbers = Numbers::new((rows * 1000 + columns) as u64);
        let [of_rows, of_columns]: [Vec<S>; 2] =
            [rows, columns].map(|count| numbers.list(count * lanes));
        let offsets = |count: usize| -> Vec<u32> {
            let offset = |row: usize| u32::try_from(row * lanes).unwrap();
            (0..count).rev().map(offset).collect()
        };
        let (row_offsets, column_offsets) = (offsets(rows), offsets(columns));
        let stride = columns + 1;
        let before: Vec<S> = numbers.list(rows * stride);
        let mut target = before.clone();
        // SAFETY: all lists are as long as they have to be.
        unsafe {
            (kernels.reduced)(&Reduced {
                lanes,
                row_tile: of_rows.as_ptr(),
                rows: &row_offsets,
                tile: of_columns.as_ptr(),
                columns: &column_offsets,
                target: target.as_mut_ptr(),
                target_stride: stride,
                scale: S::narrow(0.5),
                adds,
            });
        }
        for row in 0..rows {
            for column in 0..columns {
                let (one, other) = (row_offsets[row] as usize, column_offsets[column] as usize);
                let mut sum = Sum::default();
                for lane in 0..lanes {
                    sum.add(of_rows[one + lane].wide() * of_columns[other + lane].wide() * 0.5);
                }
                let at = row * stride + column;
                if adds {
                    sum.add(before[at].wide());
                }
                sum.check::<S>(target[at].wide(), || {
                    format!(
                        "{} {rows}x{columns}, {lanes}: {row}, {column}",
                        kernels.level
                    )
                });
            }
            let gap = row * stride + columns;
            assert!(target[gap] == before[gap], "only targets change");
        }
    }
}
