//! Dots over lists of their own, and gradients of their weights.
//!
//! A call takes many rows, since each is short. Of every row as many lanes as registers can hold are computed at a time.

use crate::kernels::finish::Finish;
use crate::kernels::register::{Float, Register, Task};

/// `out[r] = finish(start[r] + Σₖ weights[k] · operand[k])`, k from `starts[r]` to `starts[r + 1]`.
///
/// # What has to hold
/// - Rows at offsets of `operands`, `out` and of `finish` lie in the tile, with room for the lanes rounded up to
///   a vector.
/// - Weights and biases are readable at their offsets.
/// - No row of `out` is an operand or another row of `out`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gathered<'a, S> {
    pub(crate) tile: *mut S,
    pub(crate) lanes: usize,
    pub(crate) starts: &'a [u32],
    pub(crate) operands: &'a [u32],
    pub(crate) weights: *const S,
    pub(crate) weight_offsets: &'a [u32],
    pub(crate) order: WeightOrder,
    pub(crate) start: GatheredStart<'a, S>,
    pub(crate) out: &'a [u32],
    pub(crate) finish: Finish<'a>,
}

/// How weights lie, which kernels of one lane make use of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WeightOrder {
    /// Anywhere.
    Listed,
    /// All of them follow each other: their offsets are their numbers, and need not be looked up.
    Packed,
}

/// What gathered dots start from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GatheredStart<'a, S> {
    Zero,
    /// A bias at an offset for each row.
    Bias(*const S, &'a [u32]),
    /// What lies in the results' rows.
    Rows,
}

/// `target[k] = scale · Σₗ rows[r][l] · columns[k][l]`, k from `starts[r]` to `starts[r + 1]`, added to what is
/// there if `adds`. A row without columns is left out.
///
/// # What has to hold
/// - Rows and columns at their offsets have `lanes` numbers.
/// - Every offset of `targets` can be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GatheredGradients<'a, S> {
    pub(crate) tile: *const S,
    pub(crate) lanes: usize,
    pub(crate) starts: &'a [u32],
    pub(crate) rows: &'a [u32],
    pub(crate) columns: &'a [u32],
    pub(crate) target: *mut S,
    pub(crate) targets: &'a [u32],
    /// Whether each row's targets follow each other.
    pub(crate) targets_follow: bool,
    pub(crate) scale: S,
    pub(crate) adds: bool,
}

/// `target[r] = scale · Σₗ rows[r][l]`, added to what is there if `adds`.
///
/// # What has to hold
/// As for [`GatheredGradients`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct LaneSums<'a, S> {
    pub(crate) tile: *const S,
    pub(crate) lanes: usize,
    pub(crate) rows: &'a [u32],
    pub(crate) target: *mut S,
    pub(crate) targets: &'a [u32],
    pub(crate) scale: S,
    pub(crate) adds: bool,
}

/// Calls `$run` with the number of registers as a constant, for blocks that cover all of them.
macro_rules! in_blocks {
    ($vectors:expr, $run:ident, $($argument:expr),*) => {{
        let (mut at, vectors) = (0, $vectors);
        while at < vectors {
            let left = vectors - at;
            if left >= 8 {
                $run::<V, 8>($($argument,)* at);
                at += 8;
            } else if left >= 4 {
                $run::<V, 4>($($argument,)* at);
                at += 4;
            } else if left >= 2 {
                $run::<V, 2>($($argument,)* at);
                at += 2;
            } else {
                $run::<V, 1>($($argument,)* at);
                at += 1;
            }
        }
    }};
}

/// The dots for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Gathered`] asks for holds.
pub(crate) unsafe fn gathered<V: Register>(gathered: &Gathered<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe { in_blocks!(gathered.lanes.div_ceil(V::LANES), dots, gathered) }
}

/// # Safety
/// As [`gathered`].
unsafe fn dots<V: Register, const C: usize>(gathered: &Gathered<'_, V::Scalar>, at: usize) {
    let lane = at * V::LANES;
    // SAFETY: the caller's promise.
    unsafe { V::run(Dots::<V, C> { gathered, lane }) }
}

struct Dots<'a, V: Register, const C: usize> {
    gathered: &'a Gathered<'a, V::Scalar>,
    lane: usize,
}

impl<V: Register, const C: usize> Task<V> for Dots<'_, V, C> {
    #[inline(always)]
    unsafe fn run(self) {
        let Self { gathered, lane } = self;
        // SAFETY: rows, weights and biases lie where `Gathered` says that they do.
        unsafe {
            let tile = gathered.tile.add(lane);
            for row in 0..gathered.out.len() {
                let out = tile.add(*gathered.out.get_unchecked(row) as usize);
                let mut sums = [V::zero(); C];
                match gathered.start {
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
                let start = *gathered.starts.get_unchecked(row) as usize;
                let end = *gathered.starts.get_unchecked(row + 1) as usize;
                for k in start..end {
                    let weight = *gathered.weight_offsets.get_unchecked(k) as usize;
                    let weight = V::splat(*gathered.weights.add(weight));
                    let operand = tile.add(*gathered.operands.get_unchecked(k) as usize);
                    for c in 0..C {
                        let operand = V::load(operand.add(c * V::LANES));
                        sums[c] = weight.multiply_add(operand, sums[c]);
                    }
                }
                let [sums] = gathered.finish.apply([sums], gathered.tile, row, lane);
                for c in 0..C {
                    sums[c].store(out.add(c * V::LANES));
                }
            }
        }
    }
}

/// The gradients for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`GatheredGradients`] asks for holds.
pub(crate) unsafe fn gathered_gradients<V: Register>(gradients: &GatheredGradients<'_, V::Scalar>) {
    // SAFETY: the caller's promise; the blocks cover the lanes.
    unsafe {
        in_blocks!(gradients.lanes / V::LANES, sums, gradients);
        if !gradients.lanes.is_multiple_of(V::LANES) {
            let lane = gradients.lanes / V::LANES * V::LANES;
            V::run(Sums::<V, 1, true> { gradients, lane });
        }
    }
}

/// # Safety
/// As [`gathered_gradients`].
unsafe fn sums<V: Register, const C: usize>(
    gradients: &GatheredGradients<'_, V::Scalar>,
    at: usize,
) {
    let lane = at * V::LANES;
    // SAFETY: the caller's promise.
    unsafe { V::run(Sums::<V, C, false> { gradients, lane }) }
}

/// Sums over `C` registers from `lane` on; over `PART` of one, if that is all that is left.
struct Sums<'a, V: Register, const C: usize, const PART: bool> {
    gradients: &'a GatheredGradients<'a, V::Scalar>,
    lane: usize,
}

impl<V: Register, const C: usize, const PART: bool> Task<V> for Sums<'_, V, C, PART> {
    #[inline(always)]
    unsafe fn run(self) {
        let Self { gradients, lane } = self;
        let left = gradients.lanes - lane;
        // The first block begins the sums, the others go on.
        let adds = gradients.adds || lane > 0;
        // SAFETY: rows, columns and targets lie where `GatheredGradients` says that they do.
        unsafe {
            let tile = gradients.tile.add(lane);
            let load = |offset: u32, c: usize| {
                let from = tile.add(offset as usize + c * V::LANES);
                if PART {
                    V::load_first(from, left)
                } else {
                    V::load(from)
                }
            };
            let put = |k: usize, sum: V::Scalar| {
                let target = *gradients.targets.get_unchecked(k) as usize;
                let target = gradients.target.add(target);
                let sum = sum * gradients.scale;
                *target = if adds { *target + sum } else { sum };
            };
            for row in 0..gradients.rows.len() {
                let offset = *gradients.rows.get_unchecked(row);
                let mut factors = [V::zero(); C];
                for c in 0..C {
                    factors[c] = load(offset, c);
                }
                let product = |k: usize| {
                    let offset = *gradients.columns.get_unchecked(k);
                    let mut sum = factors[0].multiply(load(offset, 0));
                    for c in 1..C {
                        sum = factors[c].multiply_add(load(offset, c), sum);
                    }
                    sum
                };
                let mut k = *gradients.starts.get_unchecked(row) as usize;
                let end = *gradients.starts.get_unchecked(row + 1) as usize;
                while k + 4 <= end {
                    let four = [product(k), product(k + 1), product(k + 2), product(k + 3)];
                    let four = V::sums(four);
                    put(k, four[0]);
                    put(k + 1, four[1]);
                    put(k + 2, four[2]);
                    put(k + 3, four[3]);
                    k += 4;
                }
                while k < end {
                    put(k, product(k).sum());
                    k += 1;
                }
            }
        }
    }
}

/// The sums over lanes for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`LaneSums`] asks for holds.
pub(crate) unsafe fn lane_sums<V: Register>(sums: &LaneSums<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(Lanes {
            sums,
            register: std::marker::PhantomData::<V>,
        });
    }
}

struct Lanes<'a, V: Register> {
    sums: &'a LaneSums<'a, V::Scalar>,
    register: std::marker::PhantomData<V>,
}

impl<V: Register> Task<V> for Lanes<'_, V> {
    #[inline(always)]
    unsafe fn run(self) {
        let count = self.sums.rows.len();
        let mut row = 0;
        // SAFETY: the caller's promise; the blocks lie in the rows.
        unsafe {
            while row + 4 <= count {
                self.rows::<4>(row);
                row += 4;
            }
            while row < count {
                self.rows::<1>(row);
                row += 1;
            }
        }
    }
}

impl<V: Register> Lanes<'_, V> {
    /// The sums of `R` rows, at most four, so that none waits for another.
    ///
    /// # Safety
    /// As [`lane_sums`].
    #[inline(always)]
    unsafe fn rows<const R: usize>(&self, row: usize) {
        let sums = self.sums;
        let whole = sums.lanes / V::LANES * V::LANES;
        let left = sums.lanes - whole;
        // SAFETY: rows and targets lie where `LaneSums` says that they do.
        unsafe {
            let mut rows = [sums.tile; R];
            for r in 0..R {
                rows[r] = rows[r].add(*sums.rows.get_unchecked(row + r) as usize);
            }
            let mut four = [V::zero(); 4];
            for lane in (0..whole).step_by(V::LANES) {
                for r in 0..R {
                    four[r] = four[r].add(V::load(rows[r].add(lane)));
                }
            }
            if left > 0 {
                for r in 0..R {
                    four[r] = four[r].add(V::load_first(rows[r].add(whole), left));
                }
            }
            let four = V::sums(four);
            for r in 0..R {
                let target = *sums.targets.get_unchecked(row + r) as usize;
                let target = sums.target.add(target);
                let sum = four[r] * sums.scale;
                *target = if sums.adds { *target + sum } else { sum };
            }
        }
    }
}

/// `out = Σ factors[2k] · factors[2k + 1] + Σ terms`, of rows.
///
/// # What has to hold
/// Rows lie in the tile, with room for the lanes rounded up to a vector; `out` is none of the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pairs<'a, S> {
    pub(crate) tile: *mut S,
    pub(crate) lanes: usize,
    pub(crate) factors: &'a [u32],
    pub(crate) terms: &'a [u32],
    pub(crate) out: u32,
}

/// The sum for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Pairs`] asks for holds.
pub(crate) unsafe fn pairs<V: Register>(pairs: &Pairs<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe { in_blocks!(pairs.lanes.div_ceil(V::LANES), pair_sums, pairs) }
}

/// # Safety
/// As [`pairs`].
unsafe fn pair_sums<V: Register, const C: usize>(pairs: &Pairs<'_, V::Scalar>, at: usize) {
    let lane = at * V::LANES;
    // SAFETY: the caller's promise.
    unsafe { V::run(PairSums::<V, C> { pairs, lane }) }
}

struct PairSums<'a, V: Register, const C: usize> {
    pairs: &'a Pairs<'a, V::Scalar>,
    lane: usize,
}

impl<V: Register, const C: usize> Task<V> for PairSums<'_, V, C> {
    #[inline(always)]
    unsafe fn run(self) {
        let Self { pairs, lane } = self;
        // SAFETY: rows lie where `Pairs` says that they do.
        unsafe {
            let tile = pairs.tile.add(lane);
            let load = |offset: u32, c: usize| V::load(tile.add(offset as usize + c * V::LANES));
            let mut sums = [V::zero(); C];
            for pair in pairs.factors.chunks_exact(2) {
                for c in 0..C {
                    sums[c] = load(pair[0], c).multiply_add(load(pair[1], c), sums[c]);
                }
            }
            for &term in pairs.terms {
                for c in 0..C {
                    sums[c] = sums[c].add(load(term, c));
                }
            }
            for c in 0..C {
                sums[c].store(tile.add(pairs.out as usize + c * V::LANES));
            }
        }
    }
}
