//! A step of the 2-16-16-1 network of relus with the hinge loss and a penalty, in double precision.
//!
//! Samples are rows. A row of 16 values is a few vectors, so that every sum stays in registers; the table of the
//! second hidden layer's values becomes that of its gradients in place, and the tables stay in the first cache.

use super::dense::{Scalars, load, tile};
use super::vector::{Kernel, Number as _, Vector, widths};
use crate::contenders::{Contender, Results};
use dagrad_testsuite::workloads::moons::PENALTY;
use dagrad_testsuite::workloads::{Wanted, Workload};

/// The values of a hidden layer.
const HIDDEN: usize = 16;

/// Samples at a time, where rows are two vectors.
const BLOCK: usize = 10;

/// Where parameters of each layer begin: weights by input, then biases.
const FIRST: usize = 0;
const FIRST_BIASES: usize = FIRST + 2 * HIDDEN;
const SECOND: usize = FIRST_BIASES + HIDDEN;
const SECOND_BIASES: usize = SECOND + HIDDEN * HIDDEN;
const THIRD: usize = SECOND_BIASES + HIDDEN;
const LAST_BIAS: usize = THIRD + HIDDEN;
const PARAMETERS: usize = LAST_BIAS + 1;

pub(crate) struct Moons {
    samples: usize,
    points: Vec<f64>,
    sides: Vec<f64>,
    start: Vec<f64>,
    parameters: [f64; PARAMETERS],
    /// The second layer's weights by output.
    transposed: [f64; HIDDEN * HIDDEN],
    rate: f64,
    loss: f64,
    first: Vec<f64>,
    second: Vec<f64>,
    /// For each sample what its score is the sum of, and then the gradients by scores.
    scores: Vec<f64>,
}

impl Moons {
    pub(crate) fn new(workload: &Workload) -> Self {
        let Wanted::Step(rate) = workload.wanted else {
            unreachable!("a step is wanted");
        };
        let samples = workload.rows;
        let (lanes, _) = widths::<f64>();
        let padded = samples.next_multiple_of(lanes);
        let mut sides = workload.targets.clone();
        // A sample that is not there has a margin of 1, and so no loss.
        sides.resize(padded, 0.0);
        let mut moons = Self {
            samples,
            points: workload.features.clone(),
            sides,
            start: workload.parameters(),
            parameters: [0.0; PARAMETERS],
            transposed: [0.0; HIDDEN * HIDDEN],
            rate,
            loss: 0.0,
            first: vec![0.0; samples * HIDDEN],
            second: vec![0.0; samples * HIDDEN],
            scores: vec![0.0; padded * lanes],
        };
        moons.reset();
        moons
    }

    fn reset(&mut self) {
        for (at, &value) in places().into_iter().zip(&self.start) {
            self.parameters[at] = value;
        }
        for input in 0..HIDDEN {
            for output in 0..HIDDEN {
                self.transposed[output * HIDDEN + input] =
                    self.parameters[SECOND + input * HIDDEN + output];
            }
        }
    }

    fn in_order(&self) -> Vec<f64> {
        let places = places().into_iter();
        places.map(|at| self.parameters[at]).collect()
    }
}

/// Where the parameters lie that come for each output as its weights and its bias.
fn places() -> Vec<usize> {
    let mut places = Vec::new();
    for (weights, biases, inputs, outputs) in [
        (FIRST, FIRST_BIASES, 2, HIDDEN),
        (SECOND, SECOND_BIASES, HIDDEN, HIDDEN),
        (THIRD, LAST_BIAS, HIDDEN, 1),
    ] {
        for output in 0..outputs {
            places.extend((0..inputs).map(|input| weights + input * outputs + output));
            places.push(biases + output);
        }
    }
    places
}

impl Contender for Moons {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            f64::run(Step(self));
        }
    }

    fn results(&mut self) -> Results {
        self.reset();
        self.repeat(1);
        let (output, parameters) = (vec![self.loss], self.in_order());
        let moved = self.start.iter().zip(&parameters).map(|(a, b)| a - b);
        let gradient = moved.map(|moved| moved / self.rate).collect();
        self.reset();
        Results {
            output,
            gradient,
            parameters,
        }
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}

struct Step<'m>(&'m mut Moons);

impl Kernel<f64> for Step<'_> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f64>, const C: usize>(self) {
        // SAFETY: the processor has the instructions, or this would not be run.
        unsafe {
            match V::LANES {
                8 => self.0.step::<V, 2, BLOCK, 8>(),
                4 => self.0.step::<V, 4, 2, 2>(),
                _ => self.0.step::<V, 8, 1, 1>(),
            }
        }
    }
}

impl Moons {
    /// A step, where a row is `W` vectors, in blocks of `R` samples, and in blocks of `I` inputs where the sum
    /// goes over samples.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn step<V: Vector<Scalar = f64>, const W: usize, const R: usize, const I: usize>(
        &mut self,
    ) {
        // SAFETY: the caller's; tables are as the constructor made them, and the number of samples is one of whole
        // blocks or the rest is done one by one.
        unsafe {
            let mut sample = 0;
            while sample < self.samples {
                if self.samples - sample >= R {
                    self.forward::<V, W, R>(sample);
                    sample += R;
                } else {
                    self.forward::<V, W, 1>(sample);
                    sample += 1;
                }
            }
            let hinge = self.hinge::<V>();
            let by_last = self.last_layer::<V, W>();
            let mut by_first = [[V::splat(0.0); W]; 3];
            let mut sample = 0;
            while sample < self.samples {
                if self.samples - sample >= R {
                    self.backward::<V, W, R>(sample, &mut by_first);
                    sample += R;
                } else {
                    self.backward::<V, W, 1>(sample, &mut by_first);
                    sample += 1;
                }
            }
            self.update::<V, W, I>(hinge, by_last, by_first);
        }
    }

    /// The hidden layers, and what scores are sums of.
    ///
    /// # Safety
    /// As all methods of [`Vector`], and there are `R` samples from this one on.
    #[inline(always)]
    unsafe fn forward<V: Vector<Scalar = f64>, const W: usize, const R: usize>(
        &mut self,
        sample: usize,
    ) {
        let parameters = self.parameters.as_ptr();
        let first = self.first[sample * HIDDEN..].as_mut_ptr();
        let second = self.second[sample * HIDDEN..].as_mut_ptr();
        let scores = self.scores[sample * V::LANES..].as_mut_ptr();
        // SAFETY: the caller's.
        unsafe {
            let zero = V::splat(0.0);
            let biases = load::<V, W>(parameters.add(FIRST_BIASES));
            let by_x = load::<V, W>(parameters.add(FIRST));
            let by_y = load::<V, W>(parameters.add(FIRST + HIDDEN));
            let point = self.points[sample * 2..].as_ptr();
            for row in 0..R {
                let (x, y) = (*point.add(2 * row), *point.add(2 * row + 1));
                let (x, y) = (V::splat(x), V::splat(y));
                for w in 0..W {
                    let sum = y.mul_add(by_y[w], x.mul_add(by_x[w], biases[w]));
                    sum.max(zero).store(first.add(row * HIDDEN + w * V::LANES));
                }
            }
            let start = load::<V, W>(parameters.add(SECOND_BIASES));
            let weights = parameters.add(SECOND);
            let a = Scalars {
                at: first.cast_const(),
                row: HIDDEN,
                term: 1,
            };
            let sums = tile::<V, R, W>(a, weights, HIDDEN, HIDDEN, start);
            let last = load::<V, W>(parameters.add(THIRD));
            for (row, sums) in sums.into_iter().enumerate() {
                let mut score = zero;
                for w in 0..W {
                    let value = sums[w].max(zero);
                    value.store(second.add(row * HIDDEN + w * V::LANES));
                    score = value.mul_add(last[w], score);
                }
                score.store(scores.add(row * V::LANES));
            }
        }
    }

    /// The gradients by scores, to where scores were. Gives back the sum of losses and that of those gradients.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn hinge<V: Vector<Scalar = f64>>(&mut self) -> (f64, f64) {
        let scores = self.scores.as_mut_ptr();
        // SAFETY: the caller's.
        unsafe {
            let bias = V::splat(self.parameters[LAST_BIAS]);
            let (zero, one) = (V::splat(0.0), V::splat(1.0));
            let share = V::splat(-1.0 / self.samples as f64);
            let (mut losses, mut gradients) = (zero, zero);
            for sample in (0..self.sides.len()).step_by(V::LANES) {
                let from = scores.add(sample * V::LANES);
                let mut parts = [zero; 8];
                for (lane, part) in parts.iter_mut().take(V::LANES).enumerate() {
                    *part = V::load(from.add(lane * V::LANES));
                }
                let score = V::sums(&parts[..V::LANES]).add(bias);
                let side = V::load(self.sides.as_ptr().add(sample));
                let margin = side.neg_mul_add(score, one);
                let is_there = side.mul(side);
                losses = margin.max(zero).mul_add(is_there, losses);
                let gradient = margin.where_positive(side.mul(share));
                gradients = gradients.add(gradient);
                gradient.store(scores.add(sample));
            }
            (losses.sum(), gradients.sum())
        }
    }

    /// The gradients by the second hidden layer's sums, to where its values were. Gives back the gradients by the
    /// last weights and by the second biases.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn last_layer<V: Vector<Scalar = f64>, const W: usize>(&mut self) -> [[V; W]; 2] {
        let second = self.second.as_mut_ptr();
        // SAFETY: the caller's.
        unsafe {
            let last = load::<V, W>(self.parameters.as_ptr().add(THIRD));
            let [mut by_weights, mut by_biases] = [[V::splat(0.0); W]; 2];
            for sample in 0..self.samples {
                let gradient = V::splat(*self.scores.as_ptr().add(sample));
                for w in 0..W {
                    let at = second.add(sample * HIDDEN + w * V::LANES);
                    let value = V::load(at);
                    by_weights[w] = value.mul_add(gradient, by_weights[w]);
                    let by_sum = value.where_positive(gradient.mul(last[w]));
                    by_biases[w] = by_biases[w].add(by_sum);
                    by_sum.store(at);
                }
            }
            [by_weights, by_biases]
        }
    }

    /// The gradients by the first layer's weights and biases, added to `by_first`.
    ///
    /// # Safety
    /// As all methods of [`Vector`], and there are `R` samples from this one on.
    #[inline(always)]
    unsafe fn backward<V: Vector<Scalar = f64>, const W: usize, const R: usize>(
        &self,
        sample: usize,
        by_first: &mut [[V; W]; 3],
    ) {
        // SAFETY: the caller's.
        unsafe {
            let a = Scalars {
                at: self.second[sample * HIDDEN..].as_ptr(),
                row: HIDDEN,
                term: 1,
            };
            let start = [V::splat(0.0); W];
            let sums = tile::<V, R, W>(a, self.transposed.as_ptr(), HIDDEN, HIDDEN, start);
            let first = self.first[sample * HIDDEN..].as_ptr();
            let point = self.points[sample * 2..].as_ptr();
            let [by_x, by_y, by_bias] = by_first;
            for (row, sums) in sums.into_iter().enumerate() {
                let (x, y) = (*point.add(2 * row), *point.add(2 * row + 1));
                let (x, y) = (V::splat(x), V::splat(y));
                for w in 0..W {
                    let value = V::load(first.add(row * HIDDEN + w * V::LANES));
                    let by_sum = value.where_positive(sums[w]);
                    by_x[w] = by_sum.mul_add(x, by_x[w]);
                    by_y[w] = by_sum.mul_add(y, by_y[w]);
                    by_bias[w] = by_bias[w].add(by_sum);
                }
            }
        }
    }

    /// Moves all parameters.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn update<V: Vector<Scalar = f64>, const W: usize, const I: usize>(
        &mut self,
        (losses, by_score): (f64, f64),
        [by_last, by_second_biases]: [[V; W]; 2],
        [by_x, by_y, by_first_biases]: [[V; W]; 3],
    ) {
        let parameters = self.parameters.as_mut_ptr();
        // SAFETY: the caller's.
        unsafe {
            let rate = V::splat(self.rate);
            let decay = V::splat(1.0 - 2.0 * PENALTY * self.rate);
            let mut squares = [V::splat(0.0); W];
            let update = Update {
                parameters,
                rate,
                decay,
            };
            update.step(FIRST, by_x, &mut squares);
            update.step(FIRST + HIDDEN, by_y, &mut squares);
            update.step(FIRST_BIASES, by_first_biases, &mut squares);
            update.step(SECOND_BIASES, by_second_biases, &mut squares);
            update.step(THIRD, by_last, &mut squares);
            for input in (0..HIDDEN).step_by(I) {
                let a = Scalars {
                    at: self.first.as_ptr().add(input),
                    row: 1,
                    term: HIDDEN,
                };
                let b = self.second.as_ptr();
                let start = [V::splat(0.0); W];
                let sums = tile::<V, I, W>(a, b, HIDDEN, self.samples, start);
                for (row, sums) in sums.into_iter().enumerate() {
                    update.step(SECOND + (input + row) * HIDDEN, sums, &mut squares);
                }
            }
            let bias = *parameters.add(LAST_BIAS);
            *parameters.add(LAST_BIAS) = bias - self.rate * (by_score + 2.0 * PENALTY * bias);
            let mut square = bias * bias;
            for vector in squares {
                square += vector.sum();
            }
            self.loss = losses / self.samples as f64 + PENALTY * square;
            for input in (0..HIDDEN).step_by(V::LANES) {
                for output in (0..HIDDEN).step_by(V::LANES) {
                    let from = parameters.add(SECOND + input * HIDDEN + output);
                    let to = self.transposed.as_mut_ptr().add(output * HIDDEN + input);
                    V::transpose(from.cast_const(), HIDDEN, to, HIDDEN);
                }
            }
        }
    }
}

/// How rows of parameters move.
struct Update<V> {
    parameters: *mut f64,
    rate: V,
    /// What a parameter is multiplied by, on account of the penalty.
    decay: V,
}

impl<V: Vector<Scalar = f64>> Update<V> {
    /// Moves the row that begins at `at`, and adds its squares.
    ///
    /// # Safety
    /// As all methods of [`Vector`], and there is such a row.
    #[inline(always)]
    unsafe fn step<const W: usize>(&self, at: usize, gradient: [V; W], squares: &mut [V; W]) {
        // SAFETY: the caller's.
        unsafe {
            for w in 0..W {
                let to = self.parameters.add(at + w * V::LANES);
                let old = V::load(to);
                squares[w] = old.mul_add(old, squares[w]);
                gradient[w]
                    .neg_mul_add(self.rate, old.mul(self.decay))
                    .store(to);
            }
        }
    }
}
