//! Matrix products in tiles of registers, and layers of neurons made of them.
//!
//! A batch is a matrix whose rows are samples. All three products of a layer (its values, and the gradients
//! by its inputs and by its weights) have then one form, in which a row of the result is the sum of scalars of one
//! matrix times rows of another: no batch is ever transposed. Weights lie in panels as wide as a tile, one row of
//! it for each input.

use super::vector::{Number, Vector, widths};

/// The rows of a tile. Six rows of four vectors leave registers for a row of the other matrix.
const ROWS: usize = 6;

/// A matrix whose scalars are taken one at a time, in any direction.
#[derive(Clone, Copy)]
pub(super) struct Scalars<S> {
    pub(super) at: *const S,
    /// The distance between rows of the result.
    pub(super) row: usize,
    /// The distance between terms of the sum.
    pub(super) term: usize,
}

/// `result[r][c] = start[c] + Σ a(r, k) · b[k · b_term + c]`, for `R` rows and `C` vectors of columns.
///
/// # Safety
/// As all methods of [`Vector`]; both matrices are as large as what is taken of them.
#[inline(always)]
pub(super) unsafe fn tile<V: Vector, const R: usize, const C: usize>(
    a: Scalars<V::Scalar>,
    mut b: *const V::Scalar,
    b_term: usize,
    terms: usize,
    start: [V; C],
) -> [[V; C]; R] {
    let mut sums = [start; R];
    // SAFETY: the caller's.
    unsafe {
        let mut a_at = a.at;
        for _ in 0..terms {
            let mut row = start;
            for (c, vector) in row.iter_mut().enumerate() {
                *vector = V::load(b.add(c * V::LANES));
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let scalar = V::splat(*a_at.add(r * a.row));
                for (sum, &vector) in sums.iter_mut().zip(&row) {
                    *sum = scalar.mul_add(vector, *sum);
                }
            }
            a_at = a_at.wrapping_add(a.term);
            b = b.wrapping_add(b_term);
        }
    }
    sums
}

/// A product `C` vectors wide, row by row: `take` is given each row of the result.
///
/// # Safety
/// As [`tile`].
#[inline(always)]
pub(super) unsafe fn rows<V: Vector, const C: usize>(
    count: usize,
    a: Scalars<V::Scalar>,
    b: *const V::Scalar,
    b_term: usize,
    terms: usize,
    start: [V; C],
    mut take: impl FnMut(usize, [V; C]),
) {
    let from = |row: usize| Scalars {
        at: a.at.wrapping_add(row * a.row),
        ..a
    };
    let mut row = 0;
    // SAFETY: the caller's.
    unsafe {
        while count - row >= ROWS {
            let tile = tile::<V, ROWS, C>(from(row), b, b_term, terms, start);
            for (r, sums) in tile.into_iter().enumerate() {
                take(row + r, sums);
            }
            row += ROWS;
        }
        while count - row >= 4 {
            let tile = tile::<V, 4, C>(from(row), b, b_term, terms, start);
            for (r, sums) in tile.into_iter().enumerate() {
                take(row + r, sums);
            }
            row += 4;
        }
        while row < count {
            let [sums] = tile::<V, 1, C>(from(row), b, b_term, terms, start);
            take(row, sums);
            row += 1;
        }
    }
}

/// A layer: weights, biases, and a second copy of the weights for the gradient by its inputs.
pub(super) struct Layer<S> {
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// The number of outputs, rounded up to vectors.
    pub(super) width: usize,
    /// In panels of outputs, each with a row for each input. What has no output is zero.
    weights: Vec<S>,
    biases: Vec<S>,
    /// In panels of inputs, each with a row for each output; none in a first layer.
    transposed: Vec<S>,
}

impl<S: Number> Layer<S> {
    /// A layer of the parameters that `from` begins with, which come for each output as its weights and its bias.
    pub(super) fn new(
        inputs: usize,
        outputs: usize,
        is_first: bool,
        from: &mut impl Iterator<Item = f64>,
    ) -> Self {
        let (lanes, _) = widths::<S>();
        let width = outputs.next_multiple_of(lanes);
        let mut layer = Self {
            inputs,
            outputs,
            width,
            weights: vec![S::default(); inputs * width],
            biases: vec![S::default(); width],
            transposed: Vec::new(),
        };
        if !is_first {
            assert!(inputs.is_multiple_of(lanes), "vectors are full");
            layer.transposed = vec![S::default(); inputs * width];
        }
        for output in 0..outputs {
            for input in 0..inputs {
                let at = place::<S>(input, output, inputs, width);
                layer.weights[at] = S::of(from.next().unwrap());
            }
            layer.biases[output] = S::of(from.next().unwrap());
        }
        if !is_first {
            for output in 0..outputs {
                for input in 0..inputs {
                    // The roles are changed, and so is the number of rows.
                    let to = place::<S>(output, input, width, inputs);
                    layer.transposed[to] = layer.weights[place::<S>(input, output, inputs, width)];
                }
            }
        }
        layer
    }

    /// The parameters, as they came.
    pub(super) fn parameters(&self) -> Vec<f64> {
        self.in_order(&self.weights, &self.biases)
    }

    /// Numbers for weights and biases, in the order in which parameters came.
    pub(super) fn in_order(&self, weights: &[S], biases: &[S]) -> Vec<f64> {
        let mut numbers = Vec::new();
        for output in 0..self.outputs {
            for input in 0..self.inputs {
                let at = place::<S>(input, output, self.inputs, self.width);
                numbers.push(weights[at].wide());
            }
            numbers.push(biases[output].wide());
        }
        numbers
    }

    /// The layer's values for `samples` samples, one row of `width` each. `activate` is given each vector.
    ///
    /// # Safety
    /// As all methods of [`Vector`]; `values` has the rows of `inputs` values, `results` room for those of
    /// the results.
    #[inline(always)]
    pub(super) unsafe fn forward<V: Vector<Scalar = S>, const C: usize>(
        &self,
        samples: usize,
        values: *const S,
        results: *mut S,
        activate: impl Fn(V) -> V,
    ) {
        let &Self { inputs, width, .. } = self;
        let a = Scalars {
            at: values,
            row: inputs,
            term: 1,
        };
        let vectors = width / V::LANES;
        let mut vector = 0;
        // SAFETY: the caller's, and the weights are as many as the constructor made.
        unsafe {
            while vector < vectors {
                let column = vector * V::LANES;
                let b = self.weights.as_ptr().add(column * inputs);
                let to = results.add(column);
                let bias = self.biases.as_ptr().add(column);
                if vectors - vector >= C {
                    let start = load::<V, C>(bias);
                    let term = C * V::LANES;
                    rows::<V, C>(samples, a, b, term, inputs, start, |row, sums| {
                        for (c, sum) in sums.into_iter().enumerate() {
                            activate(sum).store(to.add(row * width + c * V::LANES));
                        }
                    });
                    vector += C;
                } else {
                    let start = load::<V, 1>(bias);
                    rows::<V, 1>(samples, a, b, V::LANES, inputs, start, |row, [sum]| {
                        activate(sum).store(to.add(row * width));
                    });
                    vector += 1;
                }
            }
        }
    }

    /// The gradients by the sums of the layer before, whose values `values` the layer has as inputs; each is
    /// zero where the value is not positive. `gradients` are those by this layer's sums.
    ///
    /// # Safety
    /// As [`forward`](Self::forward).
    #[inline(always)]
    pub(super) unsafe fn backward<V: Vector<Scalar = S>, const C: usize>(
        &self,
        samples: usize,
        gradients: *const S,
        values: *const S,
        results: *mut S,
    ) {
        let &Self { inputs, width, .. } = self;
        let a = Scalars {
            at: gradients,
            row: width,
            term: 1,
        };
        let vectors = inputs / V::LANES;
        let mut vector = 0;
        // SAFETY: the caller's, and the weights are as many as the constructor made.
        unsafe {
            let zero = V::splat(S::default());
            while vector < vectors {
                let column = vector * V::LANES;
                let b = self.transposed.as_ptr().add(column * width);
                let take = |row: usize, c: usize, sum: V| {
                    let at = row * inputs + column + c * V::LANES;
                    V::load(values.add(at))
                        .where_positive(sum)
                        .store(results.add(at));
                };
                if vectors - vector >= C {
                    let term = C * V::LANES;
                    rows::<V, C>(samples, a, b, term, self.outputs, [zero; C], |row, sums| {
                        for (c, sum) in sums.into_iter().enumerate() {
                            take(row, c, sum);
                        }
                    });
                    vector += C;
                } else {
                    rows::<V, 1>(
                        samples,
                        a,
                        b,
                        V::LANES,
                        self.outputs,
                        [zero],
                        |row, [sum]| {
                            take(row, 0, sum);
                        },
                    );
                    vector += 1;
                }
            }
        }
    }

    /// Moves the parameters against their gradients, which are sums over the samples, at this rate.
    ///
    /// # Safety
    /// As [`forward`](Self::forward).
    #[inline(always)]
    pub(super) unsafe fn step<V: Vector<Scalar = S>, const C: usize>(
        &mut self,
        samples: usize,
        gradients: *const S,
        values: *const S,
        rate: S,
    ) {
        let weights = self.weights.as_mut_ptr();
        let biases = self.biases.as_mut_ptr();
        // SAFETY: the caller's, and weights and biases have the places that are told.
        unsafe {
            let rate = V::splat(rate);
            let update = |at: *mut S, sum: V| sum.neg_mul_add(rate, V::load(at)).store(at);
            self.by_parameters::<V, C>(
                samples,
                gradients,
                values,
                |at, sum| update(weights.add(at), sum),
                |at, sum| update(biases.add(at), sum),
            );
            if !self.transposed.is_empty() {
                self.transpose::<V, C>();
            }
        }
    }

    /// Gives the gradients by weights and by biases away, which are sums over the samples, vector by vector,
    /// each with its place.
    ///
    /// # Safety
    /// As [`forward`](Self::forward).
    #[inline(always)]
    pub(super) unsafe fn by_parameters<V: Vector<Scalar = S>, const C: usize>(
        &self,
        samples: usize,
        gradients: *const S,
        values: *const S,
        by_weights: impl Fn(usize, V),
        by_biases: impl Fn(usize, V),
    ) {
        let &Self { inputs, width, .. } = self;
        let a = Scalars {
            at: values,
            row: 1,
            term: inputs,
        };
        let vectors = width / V::LANES;
        let mut vector = 0;
        // SAFETY: the caller's.
        unsafe {
            let zero = V::splat(S::default());
            while vector < vectors {
                let column = vector * V::LANES;
                let b = gradients.add(column);
                let first = column * inputs;
                if vectors - vector >= C {
                    rows::<V, C>(inputs, a, b, width, samples, [zero; C], |row, sums| {
                        for (c, sum) in sums.into_iter().enumerate() {
                            by_weights(first + (row * C + c) * V::LANES, sum);
                        }
                    });
                    let sums = column_sums::<V, C>(samples, b, width);
                    for (c, sum) in sums.into_iter().enumerate() {
                        by_biases(column + c * V::LANES, sum);
                    }
                    vector += C;
                } else {
                    rows::<V, 1>(inputs, a, b, width, samples, [zero], |row, [sum]| {
                        by_weights(first + row * V::LANES, sum);
                    });
                    let [sum] = column_sums::<V, 1>(samples, b, width);
                    by_biases(column, sum);
                    vector += 1;
                }
            }
        }
    }

    /// Copies the weights to where they lie transposed.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn transpose<V: Vector<Scalar = S>, const C: usize>(&mut self) {
        let &mut Self { inputs, width, .. } = self;
        let (from, to) = (self.weights.as_ptr(), self.transposed.as_mut_ptr());
        // SAFETY: the caller's; both copies are made of squares of `LANES` × `LANES`.
        unsafe {
            for column in (0..width).step_by(V::LANES) {
                let (from_start, from_row) = in_panel(column, inputs, width, V::LANES, C);
                for row in (0..inputs).step_by(V::LANES) {
                    let (to_start, to_row) = in_panel(row, width, inputs, V::LANES, C);
                    V::transpose(
                        from.add(from_start + row * from_row),
                        from_row,
                        to.add(to_start + column * to_row),
                        to_row,
                    );
                }
            }
        }
    }
}

/// # Safety
/// As [`Vector::load`].
#[inline(always)]
pub(super) unsafe fn load<V: Vector, const C: usize>(from: *const V::Scalar) -> [V; C] {
    // SAFETY: the caller's.
    std::array::from_fn(|c| unsafe { V::load(from.add(c * V::LANES)) })
}

/// The sums over all samples.
///
/// # Safety
/// As [`tile`].
#[inline(always)]
unsafe fn column_sums<V: Vector, const C: usize>(
    samples: usize,
    from: *const V::Scalar,
    width: usize,
) -> [V; C] {
    // SAFETY: the caller's.
    unsafe {
        let zero = V::splat(V::Scalar::default());
        // Two sums of each, since an addition takes longer than the next can wait.
        let mut sums = [[zero; C]; 2];
        for sample in 0..samples {
            let row = load::<V, C>(from.add(sample * width));
            for (sum, value) in sums[sample % 2].iter_mut().zip(row) {
                *sum = sum.add(value);
            }
        }
        std::array::from_fn(|c| sums[0][c].add(sums[1][c]))
    }
}

/// Where the panel begins that has this column, at the column, and how far its rows lie apart.
#[inline(always)]
fn in_panel(
    column: usize,
    rows: usize,
    columns: usize,
    lanes: usize,
    vectors: usize,
) -> (usize, usize) {
    let whole = columns / (lanes * vectors) * (lanes * vectors);
    let panel = if column < whole {
        lanes * vectors
    } else {
        lanes
    };
    let first = column / panel * panel;
    (first * rows + column - first, panel)
}

/// Where a matrix in panels has this row and column.
fn place<S: Number>(row: usize, column: usize, rows: usize, columns: usize) -> usize {
    let (lanes, panel) = widths::<S>();
    let (start, distance) = in_panel(column, rows, columns, lanes, panel / lanes);
    start + row * distance
}
