//! Adjoints of values with many users, and the gradients of the edges to these.
//!
//! A value's adjoint is the sum of its users' adjoints times the weights of the edges, and the gradient of such an edge
//! is the sum over lanes of the user's adjoint times the value: both read the same row, which is what takes the time,
//! so it is read once for both.

use crate::kernels::gathered::{Gathered, GatheredStart};
use crate::kernels::register::{Register, Task};

/// Dots as of [`Gathered`], each with a [`Finish`](super::Finish) that has an operand, its value `v`; and
/// `means[targets[k]] = scale · Σₗ v[l] · operand[k][l]` for every product k of a row, and
/// `means[own[r]] = scale · Σₗ out[r][l]` for every row, added to what is there if `adds`.
///
/// # What has to hold
/// - What [`Gathered`] asks for; `out[r]` may be the row that `v` is of it, and of no other.
/// - Every target can be written, and stands once. [`NO_TARGET`] is none.
/// - `sample_weights`, if not null, has a number for each lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adjoints<'a, S> {
    pub(crate) dots: Gathered<'a, S>,
    pub(crate) means: *mut S,
    pub(crate) targets: &'a [u32],
    pub(crate) own: &'a [u32],
    pub(crate) scale: S,
    pub(crate) adds: bool,
    /// What each lane counts in sums over lanes.
    pub(crate) sample_weights: *const S,
}

/// A sum that nobody wants.
pub(crate) const NO_TARGET: u32 = u32::MAX;

/// The adjoints for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Adjoints`] asks for holds.
pub(crate) unsafe fn adjoints<V: Register>(adjoints: &Adjoints<'_, V::Scalar>) {
    let whole = adjoints.dots.lanes / V::LANES;
    let mut at = 0;
    // SAFETY: the caller's promise; the blocks cover the lanes.
    unsafe {
        while at < whole {
            let lane = at * V::LANES;
            // A block keeps two rows in registers, and four sums and four weights.
            at += if V::COLUMNS >= 4 && whole - at >= 8 {
                V::run(Block::<V, 8, false> { adjoints, lane });
                8
            } else if V::COLUMNS >= 4 && whole - at >= 4 {
                V::run(Block::<V, 4, false> { adjoints, lane });
                4
            } else if whole - at >= 2 {
                V::run(Block::<V, 2, false> { adjoints, lane });
                2
            } else {
                V::run(Block::<V, 1, false> { adjoints, lane });
                1
            };
        }
        if !adjoints.dots.lanes.is_multiple_of(V::LANES) {
            let lane = whole * V::LANES;
            V::run(Block::<V, 1, true> { adjoints, lane });
        }
    }
}

/// `C` registers from `lane` on; `PART` of one, if that is all that is left.
struct Block<'a, V: Register, const C: usize, const PART: bool> {
    adjoints: &'a Adjoints<'a, V::Scalar>,
    lane: usize,
}

impl<V: Register, const C: usize, const PART: bool> Block<'_, V, C, PART> {
    /// Loads the lanes that there are.
    ///
    /// # Safety
    /// They lie at `from`.
    #[inline(always)]
    unsafe fn load(&self, from: *const V::Scalar) -> [V; C] {
        let mut row = [V::zero(); C];
        for (c, register) in row.iter_mut().enumerate() {
            // SAFETY: the caller's promise.
            *register = unsafe { self.load_one(from, c) };
        }
        row
    }

    /// Loads one register of them.
    ///
    /// # Safety
    /// As [`load`](Self::load).
    #[inline(always)]
    unsafe fn load_one(&self, from: *const V::Scalar, c: usize) -> V {
        // SAFETY: the caller's promise.
        unsafe {
            if PART {
                V::load_first(from, self.adjoints.dots.lanes - self.lane)
            } else {
                V::load(from.add(c * V::LANES))
            }
        }
    }

    /// The same times what lanes count.
    ///
    /// # Safety
    /// As [`load`](Self::load).
    #[inline(always)]
    unsafe fn load_weighted(&self, from: *const V::Scalar) -> [V; C] {
        let weights = self.adjoints.sample_weights;
        // SAFETY: the caller's promise, and that of `Adjoints`.
        unsafe {
            let mut row = self.load(from);
            if !weights.is_null() {
                let weights = self.load(weights.add(self.lane));
                for c in 0..C {
                    row[c] = row[c].multiply(weights[c]);
                }
            }
            row
        }
    }

    /// # Safety
    /// The target can be written.
    #[inline(always)]
    unsafe fn put(&self, target: u32, sum: V::Scalar) {
        let adjoints = self.adjoints;
        if target != NO_TARGET {
            // The first block begins the sums, the others go on.
            let adds = adjoints.adds || self.lane > 0;
            let sum = sum * adjoints.scale;
            // SAFETY: the caller's promise.
            unsafe {
                let target = adjoints.means.add(target as usize);
                *target = if adds { *target + sum } else { sum };
            }
        }
    }
}

impl<V: Register, const C: usize, const PART: bool> Task<V> for Block<'_, V, C, PART> {
    #[inline(always)]
    unsafe fn run(self) {
        let Adjoints {
            dots, targets, own, ..
        } = self.adjoints;
        let Some(with) = dots.finish.with() else {
            return;
        };
        let lane = self.lane;
        // SAFETY: rows, weights, biases and targets lie where `Adjoints` says that they do.
        unsafe {
            let tile = dots.tile.add(lane);
            for row in 0..dots.out.len() {
                let out = tile.add(*dots.out.get_unchecked(row) as usize);
                let value = self.load_weighted(tile.add(*with.get_unchecked(row) as usize));
                let mut sums = [V::zero(); C];
                match dots.start {
                    GatheredStart::Zero => {}
                    GatheredStart::Bias(biases, offsets) => {
                        let bias = *biases.add(*offsets.get_unchecked(row) as usize);
                        sums = [V::splat(bias); C];
                    }
                    GatheredStart::Rows => {
                        for c in 0..C {
                            sums[c] = V::load(out.add(c * V::LANES));
                        }
                    }
                }
                let weight = |k: usize| {
                    let weight = *dots.weight_offsets.get_unchecked(k) as usize;
                    V::splat(*dots.weights.add(weight))
                };
                let operand = |k: usize| tile.add(*dots.operands.get_unchecked(k) as usize);
                let mut k = *dots.starts.get_unchecked(row) as usize;
                let end = *dots.starts.get_unchecked(row + 1) as usize;
                while k + 4 <= end {
                    let mut products = [V::zero(); 4];
                    for j in 0..4 {
                        let weight = weight(k + j);
                        let operand = operand(k + j).cast_const();
                        for c in 0..C {
                            let operand = self.load_one(operand, c);
                            sums[c] = weight.multiply_add(operand, sums[c]);
                            products[j] = value[c].multiply_add(operand, products[j]);
                        }
                    }
                    let totals = V::sums(products);
                    for (j, total) in totals.into_iter().enumerate() {
                        self.put(*targets.get_unchecked(k + j), total);
                    }
                    k += 4;
                }
                while k < end {
                    let weight = weight(k);
                    let operand = operand(k).cast_const();
                    let mut product = V::zero();
                    for c in 0..C {
                        let operand = self.load_one(operand, c);
                        sums[c] = weight.multiply_add(operand, sums[c]);
                        product = value[c].multiply_add(operand, product);
                    }
                    self.put(*targets.get_unchecked(k), product.sum());
                    k += 1;
                }
                let [sums] = dots.finish.apply([sums], dots.tile, row, lane);
                for c in 0..C {
                    sums[c].store(out.add(c * V::LANES));
                }
                let own = *own.get_unchecked(row);
                if own != NO_TARGET {
                    let row = self.load_weighted(out);
                    let mut sum = row[0];
                    for c in 1..C {
                        sum = sum.add(row[c]);
                    }
                    self.put(own, sum.sum());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Adjoints, NO_TARGET};
    use crate::kernels::gathered::{Gathered, GatheredStart, WeightOrder};
    use crate::kernels::register::Float;
    use crate::kernels::testing::{Numbers, for_both, kernels};
    use crate::kernels::{Finish, GatheredGradients, LaneSums};

    for_both! { like_the_kernels_apart }

    /// Six values with up to nine users, rows 0 to 5 and 6 to 14: the same as dots, gradients and sums of their own.
    fn like_the_kernels_apart<S: Float>() {
        let users = [9, 0, 1, 4, 5, 3];
        for kernels in kernels::<S>() {
            for lanes in [1, 2, 7, 8, 16, 31, 64, 100, 136] {
                let stride = 160;
                let mut numbers = Numbers::new(5);
                let tile: Vec<S> = numbers.list(15 * stride);
                let weights: Vec<S> = numbers.list(22);
                let starts = users.iter().scan(0, |start, count| {
                    *start += count;
                    Some(*start)
                });
                let starts: Vec<u32> = std::iter::once(0).chain(starts).collect();
                let user = |k: u32| (6 + k * 7 % 9) * stride as u32;
                let operands: Vec<u32> = (0..22).map(user).collect();
                let rows: Vec<u32> = (0..6).map(|row| row * stride as u32).collect();
                let offsets: Vec<u32> = (0..22).collect();
                let targets: Vec<u32> = (0..22)
                    .map(|k| if k % 5 == 3 { NO_TARGET } else { k })
                    .collect();
                let own = [22, NO_TARGET, 23, 24, 25, 26];
                let dots = |tile: *mut S, out| Gathered {
                    tile,
                    lanes,
                    starts: &starts,
                    operands: &operands,
                    weights: weights.as_ptr(),
                    weight_offsets: &offsets,
                    order: WeightOrder::Listed,
                    start: GatheredStart::Zero,
                    out,
                    finish: Finish::TanhPartial { with: &rows },
                };
                for adds in [false, true] {
                    let mut one = tile.clone();
                    let mut other = tile.clone();
                    let mut means: Vec<S> = Numbers::new(8).list(27);
                    let mut wanted = means.clone();
                    let scale = S::narrow(0.5);
                    // SAFETY: all lists are as long as they have to be.
                    unsafe {
                        (kernels.adjoints)(&Adjoints {
                            dots: dots(one.as_mut_ptr(), &rows),
                            means: means.as_mut_ptr(),
                            targets: &targets,
                            own: &own,
                            scale,
                            adds,
                            sample_weights: std::ptr::null(),
                        });
                        for row in 0..6 {
                            for k in starts[row]..starts[row + 1] {
                                if targets[k as usize] == NO_TARGET {
                                    continue;
                                }
                                (kernels.gathered_gradients)(&GatheredGradients {
                                    tile: other.as_ptr(),
                                    lanes,
                                    starts: &[0, 1],
                                    rows: &[rows[row]],
                                    columns: &[operands[k as usize]],
                                    target: wanted.as_mut_ptr(),
                                    targets: &[k],
                                    targets_follow: true,
                                    scale,
                                    adds,
                                });
                            }
                        }
                        (kernels.gathered)(&dots(other.as_mut_ptr(), &rows));
                        for (&row, &target) in rows.iter().zip(&own) {
                            if target != NO_TARGET {
                                (kernels.lane_sums)(&LaneSums {
                                    tile: other.as_ptr(),
                                    lanes,
                                    rows: &[row],
                                    target: wanted.as_mut_ptr(),
                                    targets: &[target],
                                    scale,
                                    adds,
                                });
                            }
                        }
                    }
                    for row in 0..6 {
                        let range = row * stride..row * stride + lanes;
                        assert_eq!(one[range.clone()], other[range], "{lanes} lanes, row {row}");
                    }
                    let unit = if size_of::<S>() == 4 { 1e-4 } else { 1e-12 };
                    for (got, wanted) in means.iter().zip(&wanted) {
                        assert!((got.wide() - wanted.wide()).abs() <= unit, "{lanes} lanes");
                    }
                }
            }
        }
    }
}
