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

/// What becomes of a result, vector by vector. These are methods, and not closures, since those cannot be made to be
/// inlined, and outside a kernel they would be without its instructions.
pub(super) trait Epilogue<V: Vector>: Copy {
    /// Takes a vector of the result, and its place there.
    ///
    /// # Safety
    /// As all methods of [`Vector`], and there is such a place.
    unsafe fn take(self, place: usize, sum: V);
}

/// Writes the result.
#[derive(Clone, Copy)]
pub(super) struct Store<S>(pub(super) *mut S);

impl<V: Vector> Epilogue<V> for Store<V::Scalar> {
    #[inline(always)]
    unsafe fn take(self, place: usize, sum: V) {
        // SAFETY: the caller's.
        unsafe { sum.store(self.0.add(place)) }
    }
}

/// Writes the relu of the result.
#[derive(Clone, Copy)]
pub(super) struct StoreRelu<S>(pub(super) *mut S);

impl<V: Vector> Epilogue<V> for StoreRelu<V::Scalar> {
    #[inline(always)]
    unsafe fn take(self, place: usize, sum: V) {
        // SAFETY: the caller's.
        unsafe {
            let zero = V::splat(V::Scalar::default());
            sum.max(zero).store(self.0.add(place));
        }
    }
}

/// Writes the result where the relu at the same place is above zero, else zero.
#[derive(Clone, Copy)]
struct StoreByRelu<S> {
    relus: *const S,
    to: *mut S,
}

impl<V: Vector> Epilogue<V> for StoreByRelu<V::Scalar> {
    #[inline(always)]
    unsafe fn take(self, place: usize, sum: V) {
        // SAFETY: the caller's.
        unsafe {
            let relu = V::load(self.relus.add(place));
            relu.where_positive(sum).store(self.to.add(place));
        }
    }
}

/// Moves what is there against the result, at this rate.
#[derive(Clone, Copy)]
struct Move<S> {
    to: *mut S,
    rate: S,
}

impl<V: Vector> Epilogue<V> for Move<V::Scalar> {
    #[inline(always)]
    unsafe fn take(self, place: usize, sum: V) {
        // SAFETY: the caller's.
        unsafe {
            let to = self.to.add(place);
            sum.neg_mul_add(V::splat(self.rate), V::load(to)).store(to);
        }
    }
}

/// Where the rows of a result begin, and how far they lie apart.
#[derive(Clone, Copy)]
struct Places {
    first: usize,
    row: usize,
}

/// A product `C` vectors wide.
///
/// # Safety
/// As [`tile`], and for `take` there are such places.
#[inline(always)]
unsafe fn rows<V: Vector, const C: usize>(
    count: usize,
    a: Scalars<V::Scalar>,
    b: *const V::Scalar,
    b_term: usize,
    terms: usize,
    start: [V; C],
    places: Places,
    epilogue: impl Epilogue<V>,
) {
    let mut row = 0;
    // SAFETY: the caller's.
    unsafe {
        while count - row >= ROWS {
            some_rows::<V, ROWS, C>(row, a, b, b_term, terms, start, places, epilogue);
            row += ROWS;
        }
        while count - row >= 4 {
            some_rows::<V, 4, C>(row, a, b, b_term, terms, start, places, epilogue);
            row += 4;
        }
        while row < count {
            some_rows::<V, 1, C>(row, a, b, b_term, terms, start, places, epilogue);
            row += 1;
        }
    }
}

/// `R` rows of a product, from this one on.
///
/// # Safety
/// As [`rows`].
#[inline(always)]
unsafe fn some_rows<V: Vector, const R: usize, const C: usize>(
    row: usize,
    a: Scalars<V::Scalar>,
    b: *const V::Scalar,
    b_term: usize,
    terms: usize,
    start: [V; C],
    places: Places,
    epilogue: impl Epilogue<V>,
) {
    // SAFETY: the caller's.
    unsafe {
        let from = Scalars {
            at: a.at.add(row * a.row),
            ..a
        };
        let sums = tile::<V, R, C>(from, b, b_term, terms, start);
        for (r, sums) in sums.into_iter().enumerate() {
            for (c, sum) in sums.into_iter().enumerate() {
                let place = places.first + (row + r) * places.row + c * V::LANES;
                epilogue.take(place, sum);
            }
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
        for (output, bias) in biases.iter().enumerate().take(self.outputs) {
            for input in 0..self.inputs {
                let at = place::<S>(input, output, self.inputs, self.width);
                numbers.push(weights[at].wide());
            }
            numbers.push(bias.wide());
        }
        numbers
    }

    /// The layer's sums for `samples` samples, one row of `width` each.
    ///
    /// # Safety
    /// As all methods of [`Vector`]; `values` has the rows of `inputs` values, and `epilogue` places for those of
    /// the results.
    #[inline(always)]
    pub(super) unsafe fn forward<V: Vector<Scalar = S>, const C: usize>(
        &self,
        samples: usize,
        values: *const S,
        epilogue: impl Epilogue<V>,
    ) {
        let &Self { inputs, width, .. } = self;
        let a = Scalars {
            at: values,
            row: inputs,
            term: 1,
        };
        let mut first = 0;
        // SAFETY: the caller's, and the weights are as many as the constructor made.
        unsafe {
            while first < width {
                let b = self.weights.as_ptr().add(first * inputs);
                let bias = self.biases.as_ptr().add(first);
                let places = Places { first, row: width };
                if width - first >= C * V::LANES {
                    let start = load::<V, C>(bias);
                    let term = C * V::LANES;
                    rows::<V, C>(samples, a, b, term, inputs, start, places, epilogue);
                    first += C * V::LANES;
                } else {
                    let start = load::<V, 1>(bias);
                    rows::<V, 1>(samples, a, b, V::LANES, inputs, start, places, epilogue);
                    first += V::LANES;
                }
            }
        }
    }

    /// The gradients by the sums of the layer before, whose relus `values` the layer has as inputs, to `results`.
    /// `gradients` are those by this layer's sums.
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
        let &Self {
            inputs,
            outputs,
            width,
            ..
        } = self;
        let a = Scalars {
            at: gradients,
            row: width,
            term: 1,
        };
        let epilogue = StoreByRelu {
            relus: values,
            to: results,
        };
        let mut first = 0;
        // SAFETY: the caller's, and the weights are as many as the constructor made.
        unsafe {
            let zero = V::splat(S::default());
            while first < inputs {
                let b = self.transposed.as_ptr().add(first * width);
                let places = Places { first, row: inputs };
                if inputs - first >= C * V::LANES {
                    let term = C * V::LANES;
                    rows::<V, C>(samples, a, b, term, outputs, [zero; C], places, epilogue);
                    first += C * V::LANES;
                } else {
                    rows::<V, 1>(samples, a, b, V::LANES, outputs, [zero], places, epilogue);
                    first += V::LANES;
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
        let [weights, biases] = [&mut self.weights, &mut self.biases].map(|list| Move {
            to: list.as_mut_ptr(),
            rate,
        });
        // SAFETY: the caller's, and weights and biases have the places that are told.
        unsafe {
            self.by_parameters::<V, C>(samples, gradients, values, weights, biases);
            if !self.transposed.is_empty() {
                self.transpose::<V, C>();
            }
        }
    }

    /// The gradients by weights and by biases, which are sums over the samples.
    ///
    /// # Safety
    /// As [`forward`](Self::forward).
    #[inline(always)]
    pub(super) unsafe fn by_parameters<V: Vector<Scalar = S>, const C: usize>(
        &self,
        samples: usize,
        gradients: *const S,
        values: *const S,
        by_weights: impl Epilogue<V>,
        by_biases: impl Epilogue<V>,
    ) {
        let &Self { inputs, width, .. } = self;
        let a = Scalars {
            at: values,
            row: 1,
            term: inputs,
        };
        let mut column = 0;
        // SAFETY: the caller's.
        unsafe {
            let zero = V::splat(S::default());
            while column < width {
                let b = gradients.add(column);
                let first = column * inputs;
                if width - column >= C * V::LANES {
                    let row = C * V::LANES;
                    let places = Places { first, row };
                    rows::<V, C>(inputs, a, b, width, samples, [zero; C], places, by_weights);
                    let sums = column_sums::<V, C>(samples, b, width);
                    for (c, sum) in sums.into_iter().enumerate() {
                        by_biases.take(column + c * V::LANES, sum);
                    }
                    column += C * V::LANES;
                } else {
                    let row = V::LANES;
                    let places = Places { first, row };
                    rows::<V, 1>(inputs, a, b, width, samples, [zero], places, by_weights);
                    let [sum] = column_sums::<V, 1>(samples, b, width);
                    by_biases.take(column, sum);
                    column += V::LANES;
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
