//! The value and the gradient of a network of layers of relus and a mean squared error, in single precision:
//! `pruned` before anything was pruned.

use super::dense::{Layer, Store, StoreRelu};
use super::vector::{Kernel, Number as _, Vector, widths};
use crate::contenders::{Contender, Results};
use dagrad_testsuite::workloads::Workload;

pub(crate) struct Layered {
    samples: usize,
    layers: [Layer<f32>; 2],
    features: Vec<f32>,
    targets: Vec<f32>,
    hidden: Vec<f32>,
    by_hidden: Vec<f32>,
    /// The outputs, and then the gradients by them.
    outputs: Vec<f32>,
    /// For each layer the gradients by weights and by biases.
    gradients: [[Vec<f32>; 2]; 2],
    loss: f64,
}

impl Layered {
    pub(crate) fn new(workload: &Workload) -> Self {
        let mut parameters = workload.parameters().into_iter();
        let layers = [
            Layer::new(64, 64, true, &mut parameters),
            Layer::new(64, 16, false, &mut parameters),
        ];
        let samples = workload.rows;
        let (lanes, _) = widths::<f32>();
        assert_eq!(16 % lanes, 0, "the outputs are whole vectors");
        let narrow = |numbers: &[f64]| numbers.iter().map(|&number| number as f32).collect();
        Self {
            samples,
            features: narrow(&workload.features),
            targets: narrow(&workload.targets),
            hidden: vec![0.0; samples * 64],
            by_hidden: vec![0.0; samples * 64],
            outputs: vec![0.0; samples * 16],
            gradients: layers.each_ref().map(|layer| {
                [
                    vec![0.0; layer.inputs * layer.width],
                    vec![0.0; layer.width],
                ]
            }),
            layers,
            loss: 0.0,
        }
    }
}

impl Contender for Layered {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            f32::run(Run(self));
        }
    }

    fn results(&mut self) -> Results {
        self.repeat(1);
        let parts = self.layers.iter().zip(&self.gradients);
        let gradient = parts.flat_map(|(layer, [weights, biases])| layer.in_order(weights, biases));
        Results {
            output: vec![self.loss],
            gradient: gradient.collect(),
            parameters: Vec::new(),
        }
    }
}

struct Run<'l>(&'l mut Layered);

impl Kernel<f32> for Run<'_> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f32>, const C: usize>(self) {
        let this = self.0;
        let samples = this.samples;
        // SAFETY: the processor has the instructions, or this would not be run, and the constructor made
        // tables for so many samples.
        unsafe {
            let zero = V::splat(0.0);
            let (hidden, outputs) = (this.hidden.as_mut_ptr(), this.outputs.as_mut_ptr());
            let [first, second] = &this.layers;
            let features = this.features.as_ptr();
            first.forward::<V, C>(samples, features, StoreRelu(hidden));
            second.forward::<V, C>(samples, hidden, Store(outputs));
            let factor = V::splat(2.0 / (16 * samples) as f32);
            let mut squares = [zero; 2];
            for at in (0..samples * 16).step_by(V::LANES) {
                let place = outputs.add(at);
                let error = V::load(place).sub(V::load(this.targets.as_ptr().add(at)));
                let square = &mut squares[at / V::LANES % 2];
                *square = error.mul_add(error, *square);
                error.mul(factor).store(place);
            }
            this.loss = f64::from(squares[0].add(squares[1]).sum()) / (16 * samples) as f64;
            let by_hidden = this.by_hidden.as_mut_ptr();
            second.backward::<V, C>(samples, outputs, hidden, by_hidden);
            let [of_first, of_second] = &mut this.gradients;
            let [weights, biases] = of_second.each_mut().map(|list| Store(list.as_mut_ptr()));
            second.by_parameters::<V, C>(samples, outputs, hidden, weights, biases);
            let [weights, biases] = of_first.each_mut().map(|list| Store(list.as_mut_ptr()));
            first.by_parameters::<V, C>(samples, by_hidden, features, weights, biases);
        }
    }
}
