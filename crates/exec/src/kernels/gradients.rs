//! Gradients of weights: sums over lanes of products of two rows each.
//!
//! Over a list of rows and a list of columns they are a matrix product, whose inner dimension is the lanes: the
//! columns are transposed to a panel, a row of them for each lane, and the rest is as for a
//! [product](super::product).

use crate::kernels::product::{accumulate, blocks};
use crate::kernels::register::{Float, Register, Task};

/// `target[r, c] = scale · Σₗ rows[r][l] · panel[l][c]`, added to what is there if `adds`.
///
/// # What has to hold
/// - Every row at an offset of `rows` has `lanes` numbers.
/// - The panel has `columns` numbers at `l * panel_stride` for every lane.
/// - `target` has room for `columns` numbers at `r * target_stride` for every row, and so has what a step
///   updates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradients<'a, S> {
    pub(crate) tile: *const S,
    pub(crate) lanes: usize,
    pub(crate) rows: &'a [u32],
    pub(crate) panel: *const S,
    pub(crate) panel_stride: usize,
    pub(crate) columns: usize,
    pub(crate) target: *mut S,
    pub(crate) target_stride: usize,
    pub(crate) scale: S,
    pub(crate) adds: bool,
}

/// The gradients for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Gradients`] asks for holds.
pub(crate) unsafe fn gradients<V: Register>(gradients: &Gradients<'_, V::Scalar>) {
    let whole = gradients.columns / V::LANES;
    let mut column = 0;
    // SAFETY: the caller's promise; the blocks cover the columns.
    unsafe {
        if whole > 0 {
            for registers in blocks(whole, V::COLUMNS) {
                if registers == 1 {
                    rows::<V, 1, false>(gradients, column);
                } else if V::COLUMNS >= 2 && registers == 2 {
                    rows::<V, 2, false>(gradients, column);
                } else if V::COLUMNS >= 3 && registers == 3 {
                    rows::<V, 3, false>(gradients, column);
                } else if V::COLUMNS >= 4 {
                    rows::<V, 4, false>(gradients, column);
                }
                column += registers * V::LANES;
            }
        }
        if column < gradients.columns {
            rows::<V, 1, true>(gradients, column);
        }
    }
}

/// All rows in `C` registers from `column` on; `PART` of a register, if that is all that is left.
///
/// # Safety
/// As [`gradients`].
unsafe fn rows<V: Register, const C: usize, const PART: bool>(
    gradients: &Gradients<'_, V::Scalar>,
    column: usize,
) {
    let count = gradients.rows.len();
    let mut row = 0;
    while row < count {
        let left = count - row;
        // SAFETY: the caller's promise; the block lies in the rows that are left.
        unsafe {
            if V::ROWS[C] >= 8 && left >= 8 {
                V::run(Block::<V, 8, C, PART>::new(gradients, row, column));
                row += 8;
            } else if V::ROWS[C] >= 6 && left >= 6 {
                V::run(Block::<V, 6, C, PART>::new(gradients, row, column));
                row += 6;
            } else if left >= 4 {
                V::run(Block::<V, 4, C, PART>::new(gradients, row, column));
                row += 4;
            } else if left >= 2 {
                V::run(Block::<V, 2, C, PART>::new(gradients, row, column));
                row += 2;
            } else {
                V::run(Block::<V, 1, C, PART>::new(gradients, row, column));
                row += 1;
            }
        }
    }
}

struct Block<'a, V: Register, const R: usize, const C: usize, const PART: bool> {
    gradients: &'a Gradients<'a, V::Scalar>,
    row: usize,
    column: usize,
}

impl<'a, V: Register, const R: usize, const C: usize, const PART: bool> Block<'a, V, R, C, PART> {
    #[inline(always)]
    fn new(gradients: &'a Gradients<'a, V::Scalar>, row: usize, column: usize) -> Self {
        Self {
            gradients,
            row,
            column,
        }
    }
}

impl<V: Register, const R: usize, const C: usize, const PART: bool> Task<V>
    for Block<'_, V, R, C, PART>
{
    #[inline(always)]
    unsafe fn run(self) {
        let Self {
            gradients,
            row,
            column,
        } = self;
        // SAFETY: rows, panel and targets lie where `Gradients` says that they do.
        unsafe {
            let mut factors = [gradients.tile; R];
            for r in 0..R {
                factors[r] = gradients
                    .tile
                    .add(*gradients.rows.get_unchecked(row + r) as usize);
            }
            let panel = gradients.panel.add(column);
            let panel = |lane: usize| panel.add(lane * gradients.panel_stride);
            let mut sums = [[V::zero(); C]; R];
            let left = gradients.columns - column;
            if PART {
                for lane in 0..gradients.lanes {
                    let term = V::load_first(panel(lane), left);
                    for r in 0..R {
                        let factor = V::splat(*factors[r].add(lane));
                        sums[r][0] = factor.multiply_add(term, sums[r][0]);
                    }
                }
            } else {
                sums = accumulate(sums, factors, 1, panel, gradients.lanes);
            }
            let scale = V::splat(gradients.scale);
            for r in 0..R {
                let target = gradients
                    .target
                    .add((row + r) * gradients.target_stride + column);
                for c in 0..C {
                    let target = target.add(c * V::LANES);
                    if PART {
                        let before = if gradients.adds {
                            V::load_first(target, left)
                        } else {
                            V::zero()
                        };
                        sums[r][c]
                            .multiply(scale)
                            .add(before)
                            .store_first(target, left);
                    } else {
                        let sum = sums[r][c].multiply(scale);
                        let sum = if gradients.adds {
                            sum.add(V::load(target))
                        } else {
                            sum
                        };
                        sum.store(target);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Gradients;
    use crate::kernels::register::Float;
    use crate::kernels::testing::{Numbers, for_both, kernels, sizes};

    for_both! { sizes_and_lanes }

    fn sizes_and_lanes<S: Float>() {
        let mut numbers = Numbers::new(3);
        for kernels in kernels::<S>() {
            for (rows, lanes) in
                sizes().zip([1, 2, 7, 16, 63, 64, 65, 100, 128].into_iter().cycle())
            {
                for columns in [1, 2, 3, 8, 16, 17, 31, 64, 79] {
                    let tile: Vec<S> = numbers.list(rows * lanes);
                    let panel: Vec<S> = numbers.list(lanes * columns);
                    let before: Vec<S> = numbers.list(rows * (columns + 1));
                    for adds in [false, true] {
                        let mut target = before.clone();
                        let offsets: Vec<u32> = (0..rows).map(|row| (row * lanes) as u32).collect();
                        // SAFETY: all lists are as long as they have to be.
                        unsafe {
                            (kernels.gradients)(&Gradients {
                                tile: tile.as_ptr(),
                                lanes,
                                rows: &offsets,
                                panel: panel.as_ptr(),
                                panel_stride: columns,
                                columns,
                                target: target.as_mut_ptr(),
                                target_stride: columns + 1,
                                scale: S::narrow(0.5),
                                adds,
                            });
                        }
                        for row in 0..rows {
                            for column in 0..=columns {
                                let at = row * (columns + 1) + column;
                                let term = |lane: usize| {
                                    tile[row * lanes + lane].wide()
                                        * panel[lane * columns + column].wide()
                                };
                                let (wanted, size) = if column == columns {
                                    (before[at].wide(), 0.0)
                                } else {
                                    let sum: f64 = (0..lanes).map(term).sum();
                                    let size: f64 = (0..lanes).map(|lane| term(lane).abs()).sum();
                                    let old = if adds { before[at].wide() } else { 0.0 };
                                    (0.5 * sum + old, size + old.abs())
                                };
                                let unit = if size_of::<S>() == 4 { 6e-8 } else { 2e-16 };
                                let allowed = unit * (lanes as f64 + 2.0) * size;
                                let got = target[at].wide();
                                assert!((got - wanted).abs() <= allowed, "{got} {wanted}");
                            }
                        }
                    }
                }
            }
        }
    }
}
