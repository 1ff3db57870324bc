//! Rows and columns change places: samples in rows become a tile's rows of lanes, and back.

use crate::kernels::register::Float;

/// `to[j * stride + i] = from(i)[j]` for every `i` below `rows` and `j` below `columns`.
///
/// # Safety
/// Every `from(i)` has `columns` numbers to read, and every place of `to` can be written. They do not overlap.
#[inline]
pub(crate) unsafe fn transpose<S: Float>(
    rows: usize,
    columns: usize,
    from: impl Fn(usize) -> *const S,
    to: *mut S,
    stride: usize,
) {
    let (whole_rows, whole_columns) = (rows / 4 * 4, columns / 4 * 4);
    // SAFETY: the caller's promise; all squares and rests lie within.
    unsafe {
        for i in (0..whole_rows).step_by(4) {
            let four = [from(i), from(i + 1), from(i + 2), from(i + 3)];
            for j in (0..whole_columns).step_by(4) {
                let square = four.map(|row| row.add(j));
                S::transpose_square(square, to.add(j * stride + i), stride);
            }
        }
        // What is left of the columns and of the rows, along the longer side.
        for j in whole_columns..columns {
            let to = to.add(j * stride);
            for i in 0..whole_rows {
                *to.add(i) = *from(i).add(j);
            }
        }
        for i in whole_rows..rows {
            let (row, to) = (from(i), to.add(i));
            for j in 0..columns {
                *to.add(j * stride) = *row.add(j);
            }
        }
    }
}

/// Transposes a square of four rows of four numbers.
///
/// # Safety
/// Four numbers can be read from each row, and four written to each of the four rows at `to`.
#[cfg_attr(
    target_arch = "x86_64",
    allow(dead_code, reason = "x86-64 has instructions for it")
)]
#[inline(always)]
pub(crate) unsafe fn plain_square<S: Copy>(from: [*const S; 4], to: *mut S, stride: usize) {
    for (i, row) in from.into_iter().enumerate() {
        for j in 0..4 {
            // SAFETY: the caller's promise.
            unsafe { *to.add(j * stride + i) = *row.add(j) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::transpose;
    use crate::kernels::register::Float;
    use crate::kernels::testing::{Numbers, for_both};

    for_both! { all_shapes }

    fn all_shapes<S: Float>() {
        for rows in 0..13 {
            for columns in 0..13 {
                let numbers: Vec<S> = Numbers::new(7).list(rows * columns);
                let mut to = vec![S::ONE; columns * (rows + 3)];
                // SAFETY: both lists are as long as they have to be.
                unsafe {
                    let from = |i: usize| numbers.as_ptr().add(i * columns);
                    transpose(rows, columns, from, to.as_mut_ptr(), rows + 3);
                }
                for j in 0..columns {
                    for i in 0..rows + 3 {
                        let wanted = if i < rows {
                            numbers[i * columns + j]
                        } else {
                            S::ONE
                        };
                        assert!(to[j * (rows + 3) + i] == wanted, "{rows} {columns} {i} {j}");
                    }
                }
            }
        }
    }
}
