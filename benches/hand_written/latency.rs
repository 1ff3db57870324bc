//! One prediction of a network of one hidden layer of relus, in single precision.

use super::vector::{Kernel, Number as _, Vector, widths};
use crate::contenders::{Contender, Results};
use dagrad_testsuite::workloads::Workload;
use std::hint::black_box;

/// A network of `I` features, `H` hidden values and `O` outputs.
pub(crate) struct Prediction<const I: usize, const H: usize, const O: usize> {
    features: [f32; I],
    /// Biases, and then weights by input, in whole vectors.
    first: Vec<f32>,
    second: Vec<f32>,
    hidden: Vec<f32>,
    outputs: Vec<f32>,
}

impl<const I: usize, const H: usize, const O: usize> Prediction<I, H, O> {
    pub(crate) fn new(workload: &Workload) -> Self {
        let (lanes, _) = widths::<f32>();
        let mut parameters = workload.parameters().into_iter();
        let mut layer = |inputs: usize, outputs: usize| {
            let width = outputs.next_multiple_of(lanes);
            let mut layer = vec![0.0; (inputs + 1) * width];
            for output in 0..outputs {
                for row in (1..=inputs).chain([0]) {
                    layer[row * width + output] = parameters.next().unwrap() as f32;
                }
            }
            layer
        };
        Self {
            features: std::array::from_fn(|at| workload.features[at] as f32),
            first: layer(I, H),
            second: layer(H, O),
            hidden: vec![0.0; H.next_multiple_of(lanes)],
            outputs: vec![0.0; O.next_multiple_of(lanes)],
        }
    }
}

impl<const I: usize, const H: usize, const O: usize> Contender for Prediction<I, H, O> {
    fn repeat(&mut self, times: u64) {
        f32::run(Repeat(self, times));
    }

    fn results(&mut self) -> Results {
        self.repeat(1);
        Results {
            output: self.outputs[..O].iter().map(|&y| f64::from(y)).collect(),
            ..Results::default()
        }
    }
}

struct Repeat<'p, const I: usize, const H: usize, const O: usize>(&'p mut Prediction<I, H, O>, u64);

impl<const I: usize, const H: usize, const O: usize> Kernel<f32> for Repeat<'_, I, H, O> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f32>, const C: usize>(self) {
        let Self(this, times) = self;
        for _ in 0..times {
            let Prediction {
                features,
                first,
                second,
                hidden,
                outputs,
            } = black_box(&mut *this);
            // SAFETY: the processor has the instructions, or this would not be run, and tables are as the
            // constructor made them.
            unsafe {
                let (features, hidden) = (features.as_ptr(), hidden.as_mut_ptr());
                let zero = V::splat(0.0);
                layer::<V, I, H>(first.as_ptr(), features, hidden, |sum| sum.max(zero));
                let outputs = outputs.as_mut_ptr();
                layer::<V, H, O>(second.as_ptr(), hidden, outputs, |sum| sum);
            }
        }
    }
}

/// A layer of `I` inputs and `O` outputs.
///
/// # Safety
/// As all methods of [`Vector`]; there is room for whole vectors.
#[inline(always)]
unsafe fn layer<V: Vector<Scalar = f32>, const I: usize, const O: usize>(
    parameters: *const f32,
    inputs: *const f32,
    outputs: *mut f32,
    activate: impl Fn(V) -> V,
) {
    let vectors = O.div_ceil(V::LANES);
    // SAFETY: the caller's.
    unsafe {
        for vector in (0..vectors).step_by(4) {
            let at = vector * V::LANES;
            let (from, to) = (parameters.add(at), outputs.add(at));
            match vectors - vector {
                1 => sums::<V, I, 1, 4>(from, vectors * V::LANES, inputs, to, &activate),
                2 => sums::<V, I, 2, 2>(from, vectors * V::LANES, inputs, to, &activate),
                3 => sums::<V, I, 3, 2>(from, vectors * V::LANES, inputs, to, &activate),
                _ => sums::<V, I, 4, 1>(from, vectors * V::LANES, inputs, to, &activate),
            }
        }
    }
}

/// `N` vectors of outputs, each the sum of `P` sums that do not wait for each other.
///
/// # Safety
/// As [`layer`].
#[inline(always)]
unsafe fn sums<V: Vector<Scalar = f32>, const I: usize, const N: usize, const P: usize>(
    parameters: *const f32,
    width: usize,
    inputs: *const f32,
    outputs: *mut f32,
    activate: &impl Fn(V) -> V,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; P];
        sums[0] = super::dense::load::<V, N>(parameters);
        for input in 0..I {
            let scalar = V::splat(*inputs.add(input));
            let row = parameters.add((input + 1) * width);
            for (n, sum) in sums[input % P].iter_mut().enumerate() {
                *sum = scalar.mul_add(V::load(row.add(n * V::LANES)), *sum);
            }
        }
        for n in 0..N {
            let mut sum = sums[0][n];
            for part in &sums[1..] {
                sum = sum.add(part[n]);
            }
            activate(sum).store(outputs.add(n * V::LANES));
        }
    }
}
