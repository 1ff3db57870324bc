//! Rows and columns change places: samples in rows become a tile's rows of lanes, and back.

use crate::kernels::register::{Register, Task};

/// `to[j * stride + i] = from[i][j]` for every `i` below the number of rows and `j` below that of columns.
///
/// # What has to hold
/// Every row has `columns` numbers to read, and every place of `to` can be written. They do not overlap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transpose<'a, S> {
    pub(crate) from: Rows<'a, S>,
    pub(crate) columns: usize,
    pub(crate) to: *mut S,
    pub(crate) stride: usize,
}

/// Where rows start.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rows<'a, S> {
    /// So many, as far apart.
    Strided {
        start: *const S,
        count: usize,
        stride: usize,
    },
    /// At these offsets of a tile.
    Listed { tile: *const S, offsets: &'a [u32] },
}

impl<S> Rows<'_, S> {
    #[inline(always)]
    fn count(&self) -> usize {
        match self {
            Self::Strided { count, .. } => *count,
            Self::Listed { offsets, .. } => offsets.len(),
        }
    }

    /// # Safety
    /// There are more rows.
    #[inline(always)]
    unsafe fn at(&self, row: usize) -> *const S {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Strided { start, stride, .. } => start.add(row * stride),
                Self::Listed { tile, offsets } => tile.add(*offsets.get_unchecked(row) as usize),
            }
        }
    }
}

/// Transposes, for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Transpose`] asks for holds.
pub(crate) unsafe fn transpose<V: Register>(transpose: &Transpose<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe { V::run(*transpose) };
}

impl<V: Register> Task<V> for Transpose<'_, V::Scalar> {
    #[inline(always)]
    unsafe fn run(self) {
        let Self {
            from,
            columns,
            to,
            stride,
        } = self;
        let rows = from.count();
        let (whole_rows, whole_columns) = (rows / V::SIDE * V::SIDE, columns / V::SIDE * V::SIDE);
        // SAFETY: what has to hold holds; all squares and rests lie within.
        unsafe {
            for i in (0..whole_rows).step_by(V::SIDE) {
                let mut square = [to.cast_const(); 8];
                for (k, row) in square.iter_mut().enumerate().take(V::SIDE) {
                    *row = from.at(i + k);
                }
                for j in (0..whole_columns).step_by(V::SIDE) {
                    let square = square.map(|row| row.wrapping_add(j));
                    V::transpose_square(square, to.add(j * stride + i), stride);
                }
            }
            // What is left of the columns and of the rows, along the longer side.
            let mut j = whole_columns;
            while j < columns {
                let right = |i: usize| from.at(i).add(j);
                let to = to.add(j * stride);
                match columns - j {
                    1 => few_columns::<V, 1>(rows, right, to, stride),
                    2 => few_columns::<V, 2>(rows, right, to, stride),
                    _ => few_columns::<V, 3>(rows, right, to, stride),
                }
                j += 3;
            }
            let mut i = whole_rows;
            while i < rows {
                let low = |row: usize| from.at(i + row);
                let to = to.add(i);
                match rows - i {
                    1 => few_rows::<V, 1>(whole_columns, low, to, stride),
                    2 => few_rows::<V, 2>(whole_columns, low, to, stride),
                    _ => few_rows::<V, 3>(whole_columns, low, to, stride),
                }
                i += 3;
            }
        }
    }
}

/// A [`Transpose`] of at most three columns.
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn few_columns<V: Register, const COLUMNS: usize>(
    rows: usize,
    from: impl Fn(usize) -> *const V::Scalar,
    to: *mut V::Scalar,
    stride: usize,
) {
    let odd = COLUMNS - 1;
    let squares = if COLUMNS == 2 { rows / V::SIDE } else { 0 };
    let done = squares * V::SIDE;
    // SAFETY: the caller's promise.
    unsafe {
        for i in (0..done).step_by(V::SIDE) {
            let mut list = [from(i); 8];
            for (k, row) in list.iter_mut().enumerate().take(V::SIDE) {
                *row = from(i + k);
            }
            V::transpose_two_columns(list, to.add(i), stride);
        }
        for i in (done..rows & !1).step_by(2) {
            let two = [from(i), from(i + 1)];
            if COLUMNS > 1 {
                V::transpose_small_square(two, to.add(i), stride);
            }
            if COLUMNS % 2 == 1 {
                let to = to.add(odd * stride + i);
                // Volatile, since many of them would be gathered, which is slower than one by one.
                *to = two[0].add(odd).read_volatile();
                *to.add(1) = two[1].add(odd).read_volatile();
            }
        }
        if rows % 2 == 1 {
            let (row, to) = (from(rows - 1), to.add(rows - 1));
            for j in 0..COLUMNS {
                *to.add(j * stride) = *row.add(j);
            }
        }
    }
}

/// A [`Transpose`] of at most three rows.
///
/// # Safety
/// As there; the number of columns is even.
#[inline(always)]
unsafe fn few_rows<V: Register, const ROWS: usize>(
    columns: usize,
    from: impl Fn(usize) -> *const V::Scalar,
    to: *mut V::Scalar,
    stride: usize,
) {
    let odd = ROWS - 1;
    // SAFETY: the caller's promise.
    unsafe {
        let (first, second, last) = (from(0), from(1 % ROWS), from(odd));
        // Where results follow each other they are written by whole registers.
        let mut done = 0;
        while ROWS == 3 && stride == 3 && done + 4 <= columns {
            let three = [first, second, last].map(|row| row.add(done));
            V::interleave_three(three, to.add(3 * done));
            done += 4;
        }
        for j in (done..columns).step_by(2) {
            let to = to.add(j * stride);
            if ROWS > 1 {
                V::transpose_small_square([first.add(j), second.add(j)], to, stride);
            }
            if ROWS % 2 == 1 {
                *to.add(odd) = *last.add(j);
                *to.add(stride + odd) = *last.add(j + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rows, Transpose};
    use crate::kernels::register::Float;
    use crate::kernels::testing::{Numbers, for_both, kernels};

    for_both! { all_shapes }

    fn all_shapes<S: Float>() {
        for kernels in kernels::<S>() {
            for rows in 0..20 {
                for columns in 0..20 {
                    let numbers: Vec<S> = Numbers::new(7).list(rows * columns);
                    let offsets: Vec<u32> = (0..rows).map(|row| (row * columns) as u32).collect();
                    let start = numbers.as_ptr();
                    let strided = Rows::Strided {
                        start,
                        count: rows,
                        stride: columns,
                    };
                    let listed = Rows::Listed {
                        tile: start,
                        offsets: &offsets,
                    };
                    let lists = [strided, strided, listed, listed];
                    for (from, room) in lists.into_iter().zip([3, 0, 3, 0]) {
                        let stride = rows + room;
                        let mut to = vec![S::ONE; columns * stride];
                        // SAFETY: both lists are as long as they have to be.
                        unsafe {
                            (kernels.transpose)(&Transpose {
                                from,
                                columns,
                                to: to.as_mut_ptr(),
                                stride,
                            });
                        }
                        for j in 0..columns {
                            for i in 0..stride {
                                let wanted = if i < rows {
                                    numbers[i * columns + j]
                                } else {
                                    S::ONE
                                };
                                let got = to[j * stride + i];
                                assert!(got == wanted, "{rows} {columns} {i} {j}");
                            }
                        }
                    }
                }
            }
        }
    }
}
