//! A matrix of parameters times rows of a tile.

use crate::kernels::finish::Finish;
use crate::kernels::register::{Register, Task};
use crate::kernels::shallow;

/// `out[r] = finish(start[r] + Σₖ weights[r, k] · operand[k])`, lane by lane.
///
/// The tile is the packed panel of a product of matrices already; the weights are read one by one where
/// they lie, so a matrix and its transpose are the same to it.
///
/// # What has to hold
/// - `weights + r * row_stride + k * depth_stride` is readable for every row and operand, and what
///   [`Start`] says.
/// - Every row at an offset of `operands`, `out` and of `finish` lies in the tile, with room for the lanes
///   rounded up to a vector.
/// - `finish` has as many offsets as `out`.
/// - No row of `out` is an operand or another row of `out`. It may be the row that its own finish reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product<'a, S> {
    /// Where the tile starts.
    pub(crate) tile: *mut S,
    pub(crate) lanes: usize,
    pub(crate) weights: *const S,
    pub(crate) row_stride: usize,
    pub(crate) depth_stride: usize,
    pub(crate) operands: &'a [u32],
    /// Whether the operands' offsets are one more each, in a tile of one lane.
    pub(crate) operands_follow: bool,
    pub(crate) out: &'a [u32],
    /// Whether the results' offsets are one more each, in a tile of one lane.
    pub(crate) outs_follow: bool,
    pub(crate) start: Start<S>,
    pub(crate) finish: Finish<'a>,
}

/// What a sum starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Start<S> {
    Zero,
    /// The parameter at `bias + r * stride`, which is readable for every row.
    Bias {
        bias: *const S,
        stride: usize,
    },
    /// What is in the row of the result.
    Rows,
}

/// The product for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Product`] asks for holds.
pub(crate) unsafe fn product<V: Register>(product: &Product<'_, V::Scalar>) {
    if let Some(with) = product.finish.with() {
        debug_assert_eq!(with.len(), product.out.len(), "an operand for each row");
    }
    if (1..=shallow::FEW).contains(&product.operands.len()) {
        // SAFETY: the caller's promise.
        unsafe { shallow::product::<V>(product) };
        return;
    }
    let vectors = product.lanes.div_ceil(V::LANES);
    let panel = product.operands.len() * vectors * V::LANES * size_of::<V::Scalar>();
    let mut columns = blocks(vectors, V::COLUMNS).peekable();
    let mut lane = 0;
    while let Some(registers) = columns.next() {
        let mut count = 1;
        // Blocks of one width go through the rows together where the operands stay in the first cache meanwhile.
        while panel <= IN_CACHE && columns.next_if_eq(&registers).is_some() {
            count += 1;
        }
        // SAFETY: the caller's promise; the blocks cover the lanes, rounded up.
        unsafe {
            if registers == 1 {
                rows::<V, 1>(product, lane, count);
            } else if V::COLUMNS >= 2 && registers == 2 {
                rows::<V, 2>(product, lane, count);
            } else if V::COLUMNS >= 3 && registers == 3 {
                rows::<V, 3>(product, lane, count);
            } else if V::COLUMNS >= 4 {
                rows::<V, 4>(product, lane, count);
            }
        }
        lane += count * registers * V::LANES;
    }
}

/// How many bytes of operands stay in the first cache.
const IN_CACHE: usize = 24 << 10;

/// Splits `count` into as few blocks as possible of at most `most`, the sizes of which differ by one.
pub(crate) fn blocks(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let blocks = count.div_ceil(most).max(1);
    let (each, larger) = (count / blocks, count % blocks);
    (0..blocks).map(move |block| each + usize::from(block < larger))
}

/// All rows in `count` times `C` registers from `lane` on, in blocks that fill the registers and then smaller ones.
///
/// # Safety
/// As [`product`].
unsafe fn rows<V: Register, const C: usize>(
    product: &Product<'_, V::Scalar>,
    lane: usize,
    count: usize,
) {
    let rows = product.out.len();
    let mut row = 0;
    while row < rows {
        let left = rows - row;
        // SAFETY: the caller's promise; the block lies in the rows that are left.
        unsafe {
            if V::ROWS[C] >= 8 && left >= 8 {
                V::run(Block::<V, 8, C>::new(product, row, lane, count));
                row += 8;
            } else if V::ROWS[C] >= 6 && left >= 6 {
                V::run(Block::<V, 6, C>::new(product, row, lane, count));
                row += 6;
            } else if left >= 4 {
                V::run(Block::<V, 4, C>::new(product, row, lane, count));
                row += 4;
            } else if left >= 2 {
                V::run(Block::<V, 2, C>::new(product, row, lane, count));
                row += 2;
            } else {
                V::run(Block::<V, 1, C>::new(product, row, lane, count));
                row += 1;
            }
        }
    }
}

/// `R` rows of a product, from `row` on, in `count` times `C` registers from `lane` on.
struct Block<'a, V: Register, const R: usize, const C: usize> {
    product: &'a Product<'a, V::Scalar>,
    row: usize,
    lane: usize,
    count: usize,
}

impl<'a, V: Register, const R: usize, const C: usize> Block<'a, V, R, C> {
    #[inline(always)]
    fn new(product: &'a Product<'a, V::Scalar>, row: usize, lane: usize, count: usize) -> Self {
        Self {
            product,
            row,
            lane,
            count,
        }
    }
}

impl<V: Register, const R: usize, const C: usize> Task<V> for Block<'_, V, R, C> {
    #[inline(always)]
    unsafe fn run(self) {
        let Self {
            product,
            row,
            lane: first,
            count,
        } = self;
        // SAFETY: rows, operands and weights lie where `Product` says that they do.
        unsafe {
            let mut out = [product.tile; R];
            let mut weights = [product.weights; R];
            for r in 0..R {
                out[r] = product
                    .tile
                    .add(*product.out.get_unchecked(row + r) as usize);
                weights[r] = product.weights.add((row + r) * product.row_stride);
            }
            let operands = product.operands;
            for block in 0..count {
                let lane = first + block * C * V::LANES;
                let mut sums = [[V::zero(); C]; R];
                match product.start {
                    Start::Zero => {}
                    Start::Bias { bias, stride } => {
                        for r in 0..R {
                            sums[r] = [V::splat(*bias.add((row + r) * stride)); C];
                        }
                    }
                    Start::Rows => {
                        for r in 0..R {
                            for c in 0..C {
                                sums[r][c] = V::load(out[r].add(lane + c * V::LANES));
                            }
                        }
                    }
                }
                let panel = product.tile.cast_const().add(lane);
                let panel = |k: usize| panel.add(*operands.get_unchecked(k) as usize);
                let depth = operands.len();
                let sums = accumulate(sums, weights, product.depth_stride, panel, depth);
                let sums = product.finish.apply(sums, product.tile, row, lane);
                for r in 0..R {
                    for c in 0..C {
                        sums[r][c].store(out[r].add(lane + c * V::LANES));
                    }
                }
            }
        }
    }
}

/// Adds `factors[r][k * stride] * panel(k)` to each row of sums, for each `k` below `depth` in order. Every
/// product of matrices comes down to this.
///
/// # Safety
/// The factors are readable, and `panel` yields addresses where `C` registers can be read.
#[inline(always)]
pub(crate) unsafe fn accumulate<V: Register, const R: usize, const C: usize>(
    mut sums: [[V; C]; R],
    factors: [*const V::Scalar; R],
    stride: usize,
    panel: impl Fn(usize) -> *const V::Scalar,
    depth: usize,
) -> [[V; C]; R] {
    for k in 0..depth {
        let row = panel(k);
        let mut terms = [V::zero(); C];
        for c in 0..C {
            // SAFETY: the caller's promise.
            terms[c] = unsafe { V::load(row.add(c * V::LANES)) };
        }
        for r in 0..R {
            // SAFETY: the caller's promise.
            let factor = V::splat(unsafe { *factors[r].add(k * stride) });
            for c in 0..C {
                sums[r][c] = factor.multiply_add(terms[c], sums[r][c]);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::{Product, Start, blocks};
    use crate::kernels::finish::Finish;
    use crate::kernels::register::Float;
    use crate::kernels::testing::{LANES, Numbers, Sum, Tile, for_both, kernels, sizes};

    for_both! { sizes_and_strides starts finishes a_row_stands_alone a_lane_stands_alone }

    /// A tile with `depth` operands and `rows` results in some order, and as many further rows.
    struct Problem<S> {
        tile: Tile<S>,
        operands: Vec<usize>,
        out: Vec<usize>,
        others: Vec<usize>,
        weights: Vec<S>,
        bias: Vec<S>,
        strides: [usize; 2],
    }

    impl<S: Float> Problem<S> {
        fn new(rows: usize, depth: usize, lanes: usize, transposed: bool) -> Self {
            let mut numbers = Numbers::new((rows * 1000 + depth) as u64);
            let order = numbers.permutation(depth + 2 * rows);
            let tile = Tile::new(order.len(), lanes, &mut numbers);
            let (operands, results) = order.split_at(depth);
            let (out, others) = results.split_at(rows);
            // A gap between rows, or columns, as a matrix that is part of another has.
            let strides = if transposed {
                [1, rows + 3]
            } else {
                [depth + 3, 1]
            };
            Self {
                tile,
                operands: operands.to_vec(),
                out: out.to_vec(),
                others: others.to_vec(),
                weights: numbers.list((rows + 3) * (depth + 3)),
                bias: numbers.list(rows),
                strides,
            }
        }

        /// Runs the product of some of the rows and returns the tile.
        fn run(
            &self,
            kernels: &crate::kernels::Kernels<S>,
            rows: std::ops::Range<usize>,
            start: Start<S>,
            finish: impl Fn(&[u32]) -> Finish<'_>,
        ) -> Tile<S> {
            let mut tile = self.tile.clone();
            let [row_stride, depth_stride] = self.strides;
            let start = match start {
                Start::Bias { bias, stride } => Start::Bias {
                    bias: bias.wrapping_add(rows.start * stride),
                    stride,
                },
                start => start,
            };
            let with = tile.offsets(&self.others[rows.clone()]);
            let product = Product {
                tile: tile.start(),
                lanes: tile.lanes,
                operands_follow: false,
                outs_follow: false,
                weights: self.weights[rows.start * row_stride..].as_ptr(),
                row_stride,
                depth_stride,
                operands: &tile.offsets(&self.operands),
                out: &tile.offsets(&self.out[rows]),
                start,
                finish: finish(&with),
            };
            // SAFETY: the problem is made of rows of the tile, results are no operands, and the weights
            // have as many numbers as the strides ask for.
            unsafe { (kernels.product)(&product) };
            tile
        }

        /// The sum of a row without start and finish.
        fn sum(&self, row: usize, lane: usize) -> Sum {
            let mut sum = Sum::default();
            for (k, &operand) in self.operands.iter().enumerate() {
                let weight = self.weights[row * self.strides[0] + k * self.strides[1]];
                sum.add(weight.wide() * self.tile.get(operand, lane));
            }
            sum
        }
    }

    fn sizes_and_strides<S: Float>() {
        for (number, rows) in sizes().enumerate() {
            for depth in [0, 1, 2, rows, 21] {
                let lanes = LANES[(number + depth) % LANES.len()];
                for transposed in [false, true] {
                    let problem = Problem::<S>::new(rows, depth, lanes, transposed);
                    for kernels in kernels() {
                        let tile = problem.run(&kernels, 0..rows, Start::Zero, |_| Finish::None);
                        for (row, &out) in problem.out.iter().enumerate() {
                            for lane in 0..lanes {
                                problem.sum(row, lane).check::<S>(tile.get(out, lane), || {
                                    format!(
                                        "{} {rows}x{depth}x{lanes}, {row} {lane}",
                                        kernels.level
                                    )
                                });
                            }
                        }
                        for &row in problem.operands.iter().chain(&problem.others) {
                            assert_eq!(
                                tile.bits(row),
                                problem.tile.bits(row),
                                "only results change"
                            );
                        }
                    }
                }
            }
        }
    }

    fn starts<S: Float>() {
        for lanes in LANES {
            let problem = Problem::<S>::new(11, 5, lanes, false);
            let bias = Start::Bias {
                bias: problem.bias.as_ptr(),
                stride: 1,
            };
            for kernels in kernels() {
                let from_bias = problem.run(&kernels, 0..11, bias, |_| Finish::None);
                let from_rows = problem.run(&kernels, 0..11, Start::Rows, |_| Finish::None);
                for (row, &out) in problem.out.iter().enumerate() {
                    for lane in 0..lanes {
                        let mut sum = problem.sum(row, lane);
                        sum.add(problem.bias[row].wide());
                        sum.check::<S>(from_bias.get(out, lane), || format!("bias, {row} {lane}"));
                        let mut sum = problem.sum(row, lane);
                        sum.add(problem.tile.get(out, lane));
                        sum.check::<S>(from_rows.get(out, lane), || format!("rows, {row} {lane}"));
                    }
                }
            }
        }
    }

    fn finishes<S: Float>() {
        for lanes in LANES {
            let mut problem = Problem::<S>::new(9, 4, lanes, false);
            // What is no number passes through a relu, and masks nothing.
            problem.weights[0] = S::narrow(f64::NAN);
            for (number, &row) in problem.others.iter().enumerate().take(4) {
                *problem.tile.at(row, number % lanes) =
                    S::narrow([f64::NAN, 0.0, -0.0, -1.0][number]);
            }
            for kernels in kernels() {
                let plain = problem.run(&kernels, 0..9, Start::Zero, |_| Finish::None);
                let check =
                    |name: &str, finish: fn(&[u32]) -> Finish<'_>, wanted: fn(S, S) -> S| {
                        let tile = problem.run(&kernels, 0..9, Start::Zero, finish);
                        for (&out, &with) in problem.out.iter().zip(&problem.others) {
                            for lane in 0..lanes {
                                let of = |tile: &Tile<S>, row| S::narrow(tile.get(row, lane));
                                let wanted = wanted(of(&plain, out), of(&plain, with)).wide();
                                let got = tile.get(out, lane);
                                let same = got.to_bits() == wanted.to_bits()
                                    || got.is_nan() && wanted.is_nan();
                                assert!(same, "{name} {}: {got}, {wanted}", kernels.level);
                            }
                        }
                    };
                let zero = |condition: S, x: S| if condition <= S::ZERO { S::ZERO } else { x };
                let _ = zero;
                check(
                    "relu",
                    |_| Finish::Relu,
                    |x, _| if x <= S::ZERO { S::ZERO } else { x },
                );
                check(
                    "mask",
                    |with| Finish::ReluMask { with },
                    |x, y| if y <= S::ZERO { S::ZERO } else { x },
                );
                check("times", |with| Finish::Mul { with }, |x, y| x * y);
                check(
                    "tanh",
                    |with| Finish::TanhPartial { with },
                    |x, y| x * (S::ONE - y * y),
                );
                check(
                    "sigmoid",
                    |with| Finish::SigmoidPartial { with },
                    |x, y| x * (y * (S::ONE - y)),
                );
            }
        }
    }

    fn a_row_stands_alone<S: Float>() {
        for lanes in LANES {
            let problem = Problem::<S>::new(23, 17, lanes, true);
            for kernels in kernels() {
                let all = problem.run(&kernels, 0..23, Start::Zero, |_| Finish::None);
                for part in [0..1, 3..5, 2..6, 5..11, 1..9, 9..23] {
                    let some = problem.run(&kernels, part.clone(), Start::Zero, |_| Finish::None);
                    for &row in &problem.out[part] {
                        assert_eq!(some.bits(row), all.bits(row), "{}", kernels.level);
                    }
                }
            }
        }
    }

    fn a_lane_stands_alone<S: Float>() {
        let wide = Problem::<S>::new(13, 9, 128, false);
        for lanes in LANES {
            let mut narrow = Problem::<S>::new(13, 9, lanes, false);
            narrow.weights.clone_from(&wide.weights);
            for row in 0..narrow.tile.rows {
                for lane in 0..lanes {
                    *narrow.tile.at(row, lane) = S::narrow(wide.tile.get(row, 128 - lanes + lane));
                }
            }
            assert_eq!(narrow.out, wide.out);
            for kernels in kernels() {
                let of = |problem: &Problem<S>| {
                    problem.run(&kernels, 0..13, Start::Zero, |_| Finish::None)
                };
                let (all, some) = (of(&wide), of(&narrow));
                for &row in &wide.out {
                    assert_eq!(some.bits(row), all.bits(row)[128 - lanes..], "{lanes}");
                }
            }
        }
    }

    #[test]
    fn blocks_are_even() {
        assert_eq!(blocks(13, 4).collect::<Vec<_>>(), [4, 3, 3, 3]);
        assert_eq!(blocks(8, 4).collect::<Vec<_>>(), [4, 4]);
        assert_eq!(blocks(5, 8).collect::<Vec<_>>(), [5]);
    }
}
