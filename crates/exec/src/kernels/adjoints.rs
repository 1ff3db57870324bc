//! Adjoints of values with many users, and the gradients of the edges to these.
//!
//! A value's adjoint is the sum of its users' adjoints times the weights of the edges, and the gradient of such an edge
//! is the sum over lanes of the user's adjoint times the value: both read the same row, which is what takes the time,
//! so it is read once for both.

use crate::kernels::gathered::{Gathered, GatheredStart};
use crate::kernels::register::{Register, Task};

/// Dots as of [`Gathered`], each with a [`Finish`](super::Finish) that has an operand, its value `v`; and
/// `sums[k] = Σₗ v[l] · operand[k][l]` for every product k of a row, and `own[r] = Σₗ out[r][l]` for every row,
/// added to what is there if `adds`. So they lie as they come: to bring each to its place would take as long as to
/// add it up.
///
/// # What has to hold
/// - What [`Gathered`] asks for; `out[r]` may be the row that `v` is of it, and of no other.
/// - There is room for a sum of each product, and of each row if `own` is not null.
/// - `sample_weights`, if not null, has a number for each lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Adjoints<'a, S> {
    pub(crate) dots: Gathered<'a, S>,
    pub(crate) sums: *mut S,
    pub(crate) own: *mut S,
    pub(crate) adds: bool,
    /// What each lane counts in sums over lanes.
    pub(crate) sample_weights: *const S,
}

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
            // A block keeps two rows in registers, and four sums, a weight and an operand.
            at += if V::COLUMNS >= 4 && whole - at >= 8 {
                V::run(Block::<V, 8, false> { adjoints, lane });
                8
            } else if whole - at >= 4 {
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

    /// Adds the product of this number to the sums of its row. Gives back that of the value with its operand, with
    /// lanes still to be added up.
    ///
    /// # Safety
    /// As [`Adjoints`] says.
    #[inline(always)]
    unsafe fn product(&self, k: usize, value: &[V; C], sums: &mut [V; C]) -> V {
        let dots = &self.adjoints.dots;
        // SAFETY: the caller's promise.
        unsafe {
            let weight = *dots.weight_offsets.get_unchecked(k) as usize;
            let weight = V::splat(*dots.weights.add(weight));
            let operand = *dots.operands.get_unchecked(k) as usize + self.lane;
            let operand = dots.tile.add(operand).cast_const();
            let mut product = V::zero();
            for c in 0..C {
                let operand = self.load_one(operand, c);
                sums[c] = weight.multiply_add(operand, sums[c]);
                product = if c == 0 {
                    value[c].multiply(operand)
                } else {
                    value[c].multiply_add(operand, product)
                };
            }
            product
        }
    }

    /// Adds up sums of as many lists of lanes.
    ///
    /// # Safety
    /// There is room for them.
    #[inline(always)]
    unsafe fn put<const N: usize>(&self, to: *mut V::Scalar, sums: [V::Scalar; N]) {
        // The first block begins the sums, the others go on.
        let adds = self.adjoints.adds || self.lane > 0;
        let to = to.cast::<[V::Scalar; N]>();
        // SAFETY: the caller's promise; numbers lie anywhere.
        unsafe {
            let mut all = sums;
            if adds {
                let before = to.read_unaligned();
                for (all, before) in all.iter_mut().zip(before) {
                    *all = before + *all;
                }
            }
            to.write_unaligned(all);
        }
    }
}

impl<V: Register, const C: usize, const PART: bool> Task<V> for Block<'_, V, C, PART> {
    #[inline(always)]
    unsafe fn run(self) {
        let Adjoints {
            dots,
            sums: to,
            own,
            ..
        } = self.adjoints;
        let Some(with) = dots.finish.with() else {
            return;
        };
        let lane = self.lane;
        // SAFETY: rows, weights, biases and sums lie where `Adjoints` says that they do.
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
                let mut k = *dots.starts.get_unchecked(row) as usize;
                let end = *dots.starts.get_unchecked(row + 1) as usize;
                while k + 4 <= end {
                    let products = [
                        self.product(k, &value, &mut sums),
                        self.product(k + 1, &value, &mut sums),
                        self.product(k + 2, &value, &mut sums),
                        self.product(k + 3, &value, &mut sums),
                    ];
                    self.put(to.add(k), V::sums(products));
                    k += 4;
                }
                // Of four sums at once, what is left of the products, and the result's own.
                let left = end - k;
                let mut rest = [V::zero(); 4];
                if left > 0 {
                    rest[0] = self.product(k, &value, &mut sums);
                }
                if left > 1 {
                    rest[1] = self.product(k + 1, &value, &mut sums);
                }
                if left > 2 {
                    rest[2] = self.product(k + 2, &value, &mut sums);
                }
                let [sums] = dots.finish.apply([sums], dots.tile, row, lane);
                for c in 0..C {
                    sums[c].store(out.add(c * V::LANES));
                }
                if !own.is_null() {
                    let finished = self.load_weighted(out);
                    rest[3] = finished[0];
                    for c in 1..C {
                        rest[3] = rest[3].add(finished[c]);
                    }
                }
                if left > 0 || !own.is_null() {
                    let rest = V::sums(rest);
                    for (j, &sum) in rest.iter().enumerate().take(left) {
                        self.put(to.add(k + j), [sum]);
                    }
                    if !own.is_null() {
                        self.put(own.add(row), [rest[3]]);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Adjoints;
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
                    let mut sums: Vec<S> = Numbers::new(8).list(28);
                    let mut wanted = sums.clone();
                    let scale = S::ONE;
                    // SAFETY: all lists are as long as they have to be.
                    unsafe {
                        (kernels.adjoints)(&Adjoints {
                            dots: dots(one.as_mut_ptr(), &rows),
                            sums: sums.as_mut_ptr(),
                            own: sums.as_mut_ptr().add(22),
                            adds,
                            sample_weights: std::ptr::null(),
                        });
                        for row in 0..6 {
                            for k in starts[row]..starts[row + 1] {
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
                        for (&row, target) in rows.iter().zip(22..) {
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
                    for row in 0..6 {
                        let range = row * stride..row * stride + lanes;
                        assert_eq!(one[range.clone()], other[range], "{lanes} lanes, row {row}");
                    }
                    let unit = if size_of::<S>() == 4 { 1e-4 } else { 1e-12 };
                    for (got, wanted) in sums.iter().zip(&wanted) {
                        assert!((got.wide() - wanted.wide()).abs() <= unit, "{lanes} lanes");
                    }
                }
            }
        }
    }
}
