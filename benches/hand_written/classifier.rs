//! A step of a network of relus whose outputs are logits of classes, in single precision: `digits` and `wide`.

use super::dense::{Layer, Store, StoreRelu};
use super::math::exp_single;
use super::vector::{Kernel, Number as _, Vector, widths};
use crate::contenders::{Contender, Results};
use dagrad_testsuite::workloads::{Wanted, Workload};

/// The classes, at most as many as the lanes of two vectors.
const MOST_CLASSES: usize = 16;

pub(crate) struct Classifier {
    samples: usize,
    /// What the parameters start from.
    start: Vec<f64>,
    layers: Vec<Layer<f32>>,
    /// For each layer its inputs, and then the outputs of the last one: a row for each sample.
    values: Vec<Vec<f32>>,
    /// For each layer the gradients by its sums.
    gradients: Vec<Vec<f32>>,
    /// For each vector of samples a row for each class.
    targets: Vec<f32>,
    rate: f32,
    loss: f32,
}

impl Classifier {
    pub(crate) fn new(workload: &Workload, sizes: &[usize]) -> Self {
        let Wanted::Step(rate) = workload.wanted else {
            unreachable!("a step is wanted");
        };
        let (samples, start) = (workload.rows, workload.parameters());
        let layers = layers(workload.feature_count(), sizes, &start);
        let features = workload.features.iter().map(|&x| x as f32).collect();
        let mut values: Vec<Vec<f32>> = vec![features];
        values.extend(layers.iter().map(|layer| vec![0.0; samples * layer.width]));
        let (lanes, _) = widths::<f32>();
        assert!(samples.is_multiple_of(lanes), "vectors of samples are full");
        let classes = workload.target_count();
        let mut targets = vec![0.0; samples * classes];
        for (at, &target) in workload.targets.iter().enumerate() {
            let (sample, class) = (at / classes, at % classes);
            let block = sample / lanes * lanes;
            targets[block * classes + class * lanes + sample % lanes] = target as f32;
        }
        Self {
            samples,
            gradients: values[1..].to_vec(),
            layers,
            start,
            values,
            targets,
            rate: rate as f32,
            loss: 0.0,
        }
    }

    fn reset(&mut self) {
        let sizes: Vec<usize> = self.layers.iter().map(|layer| layer.outputs).collect();
        self.layers = layers(self.layers[0].inputs, &sizes, &self.start);
    }

    fn parameters(&self) -> Vec<f64> {
        self.layers.iter().flat_map(Layer::parameters).collect()
    }
}

fn layers(features: usize, sizes: &[usize], parameters: &[f64]) -> Vec<Layer<f32>> {
    let (mut inputs, mut from) = (features, parameters.iter().copied());
    let mut layers = Vec::new();
    for &outputs in sizes {
        layers.push(Layer::new(inputs, outputs, layers.is_empty(), &mut from));
        inputs = outputs;
    }
    layers
}

impl Contender for Classifier {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            f32::run(Step(self));
        }
    }

    fn results(&mut self) -> Results {
        self.reset();
        let rate = self.rate;
        f32::run(Step(self));
        let (output, parameters) = (vec![f64::from(self.loss)], self.parameters());
        // The gradient is nowhere as a whole, so it is read off a step at the rate 1.
        self.reset();
        self.rate = 1.0;
        f32::run(Step(self));
        let moved = self.parameters();
        let gradient = self.start.iter().zip(moved).map(|(a, b)| a - b).collect();
        self.rate = rate;
        self.reset();
        Results {
            output,
            gradient,
            parameters,
        }
    }

    fn set_rate(&mut self, rate: f64) {
        self.rate = rate as f32;
    }
}

struct Step<'c>(&'c mut Classifier);

impl Kernel<f32> for Step<'_> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f32>, const C: usize>(self) {
        let this = self.0;
        let samples = this.samples;
        // SAFETY: the processor has the instructions, or this would not be run, and the constructor made
        // tables for so many samples.
        unsafe {
            for (at, layer) in this.layers.iter().enumerate() {
                let (before, after) = this.values.split_at_mut(at + 1);
                let (from, to) = (before[at].as_ptr(), after[0].as_mut_ptr());
                if at + 1 < this.layers.len() {
                    layer.forward::<V, C>(samples, from, StoreRelu(to));
                } else {
                    layer.forward::<V, C>(samples, from, Store(to));
                }
            }
            this.cross_entropy::<V>();
            for at in (0..this.layers.len()).rev() {
                let (layer, values) = (&mut this.layers[at], this.values[at].as_ptr());
                let (before, after) = this.gradients.split_at_mut(at);
                let gradients = after[0].as_ptr();
                if let Some(before) = before.last_mut() {
                    layer.backward::<V, C>(samples, gradients, values, before.as_mut_ptr());
                }
                layer.step::<V, C>(samples, gradients, values, this.rate);
            }
        }
    }
}

impl Classifier {
    /// The loss and the gradients by logits, from logits. The targets of a sample add up to 1.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn cross_entropy<V: Vector<Scalar = f32>>(&mut self) {
        let last = self.layers.len() - 1;
        let (width, classes) = (self.layers[last].width, self.layers[last].outputs);
        let logits = self.values[last + 1].as_ptr();
        let gradients = self.gradients[last].as_mut_ptr();
        let targets = self.targets.as_ptr();
        let mut block = [0.0_f32; MOST_CLASSES * MOST_CLASSES];
        // SAFETY: the caller's; the tables are as the constructor made them.
        unsafe {
            let scale = V::splat(1.0 / self.samples as f32);
            let (mut products, mut wanted) = (V::splat(1.0), V::splat(0.0));
            for sample in (0..self.samples).step_by(V::LANES) {
                let columns = block.as_mut_ptr();
                for class in (0..width).step_by(V::LANES) {
                    V::transpose(
                        logits.add(sample * width + class),
                        width,
                        columns.add(class * V::LANES),
                        V::LANES,
                    );
                }
                let column = |class: usize| columns.add(class * V::LANES);
                let target =
                    |class: usize| V::load(targets.add(sample * classes + class * V::LANES));
                let mut most = V::load(column(0));
                for class in 1..classes {
                    most = most.max(V::load(column(class)));
                }
                let mut sum = V::splat(0.0);
                for class in 0..classes {
                    let x = V::load(column(class)).sub(most);
                    wanted = x.mul_add(target(class), wanted);
                    let e = exp_single(x);
                    sum = sum.add(e);
                    e.store(column(class));
                }
                // The logarithms of the sums are added as one logarithm of their product.
                products = products.mul(sum);
                let share = scale.div(sum);
                for class in 0..classes {
                    let p = V::load(column(class)).mul(share);
                    target(class).neg_mul_add(scale, p).store(column(class));
                }
                for class in (0..width).step_by(V::LANES) {
                    V::transpose(
                        columns.add(class * V::LANES),
                        V::LANES,
                        gradients.add(sample * width + class),
                        width,
                    );
                }
            }
            let mut lanes = [1.0_f32; 16];
            products.store(lanes.as_mut_ptr());
            let product: f64 = lanes.iter().map(|&lane| f64::from(lane)).product();
            let wanted = f64::from(wanted.sum());
            self.loss = ((product.ln() - wanted) / self.samples as f64) as f32;
        }
    }
}
