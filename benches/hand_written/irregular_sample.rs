//! The value and the gradient of a network of tanhs without layers, for one sample, in double precision.
//!
//! Neurons stand by level. Sums are taken one by one, since what they add lies anywhere, and tanhs by the
//! vector, over the sums of a level. Backwards, weights lie a second time, in the order of users.

use super::math::{Powers, tanh_double};
use super::sparse::Network;
use super::vector::{Kernel, Number as _, Vector};
use crate::contenders::{Contender, Results};
use dagrad_ops::Op;
use dagrad_testsuite::workloads::Workload;

/// Room behind lists, for vectors that reach beyond the last number.
const ROOM: usize = 8;

pub(crate) struct IrregularSample {
    powers: Powers,
    features: Vec<f64>,
    targets: Vec<f64>,
    /// For each level the number of its neurons.
    levels: Vec<usize>,
    /// For each neuron its bias, which a sum starts from, and the number of its edges.
    neurons: Vec<(f64, u32)>,
    /// For each edge its weight and the value that it takes.
    edges: Vec<(f64, u32)>,
    /// For each value that is no output, from the last to the first, the number of its edges.
    backward: Vec<u32>,
    /// For each of those edges its weight and the neuron that takes it.
    users: Vec<(f64, u32)>,
    values: Vec<f64>,
    /// For each value the gradient by the sum that it is the tanh of, which is that by the bias.
    gradients: Vec<f64>,
    /// For each of the edges backwards.
    by_weights: Vec<f64>,
    loss: f64,
    /// The parameters that biases are, and weights backwards.
    parameters: [Vec<usize>; 2],
}

impl IrregularSample {
    pub(crate) fn new(workload: &Workload) -> Self {
        let mut network = Network::of(&workload.graph, &Op::Tanh);
        let (features, hidden) = (network.features, network.values() - network.outputs);
        let mut order: Vec<usize> = (features..hidden).collect();
        order.sort_by_key(|&value| network.neurons[value - features].level);
        order.extend(hidden..network.values());
        network.reorder(&order);
        let neurons = &network.neurons;
        let mut levels: Vec<usize> = neurons[..hidden - features]
            .chunk_by(|a, b| a.level == b.level)
            .map(<[_]>::len)
            .collect();
        levels.push(network.outputs);
        let parameters = workload.parameters();
        let weighted = |&(value, weight): &(usize, usize)| (parameters[weight], value as u32);
        let mut users = network.users();
        users.truncate(hidden);
        users.reverse();
        let count = network.values() + ROOM;
        Self {
            powers: Powers::new(),
            features: workload.features.clone(),
            targets: workload.targets.clone(),
            levels,
            neurons: neurons
                .iter()
                .map(|neuron| (parameters[neuron.bias], neuron.edges.len() as u32))
                .collect(),
            edges: neurons
                .iter()
                .flat_map(|neuron| neuron.edges.iter().map(weighted))
                .collect(),
            backward: users.iter().map(|users| users.len() as u32).collect(),
            users: users.iter().flatten().map(weighted).collect(),
            values: vec![0.0; count],
            gradients: vec![0.0; count],
            by_weights: vec![0.0; users.iter().map(Vec::len).sum()],
            loss: 0.0,
            parameters: [
                neurons.iter().map(|neuron| neuron.bias).collect(),
                users.iter().flatten().map(|&(_, weight)| weight).collect(),
            ],
        }
    }
}

impl Contender for IrregularSample {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            f64::run(Sample(self));
        }
    }

    fn results(&mut self) -> Results {
        self.repeat(1);
        let [biases, weights] = &self.parameters;
        let mut gradient = vec![0.0; biases.len() + weights.len()];
        let by_biases = &self.gradients[self.features.len()..];
        let biases = biases.iter().zip(by_biases);
        for (&parameter, &number) in biases.chain(weights.iter().zip(&self.by_weights)) {
            gradient[parameter] = number;
        }
        Results {
            output: vec![self.loss],
            gradient,
            parameters: Vec::new(),
        }
    }
}

struct Sample<'s>(&'s mut IrregularSample);

impl Kernel<f64> for Sample<'_> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f64>, const C: usize>(self) {
        // SAFETY: the processor has the instructions, or this would not be run.
        unsafe {
            self.0.forward::<V>();
            self.0.backward::<V>();
        }
    }
}

impl IrregularSample {
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn forward<V: Vector<Scalar = f64>>(&mut self) {
        let features = self.features.len();
        self.values[..features].copy_from_slice(&self.features);
        let values = self.values.as_mut_ptr();
        let mut neuron = self.neurons.as_ptr();
        let mut edge = self.edges.as_ptr();
        // SAFETY: the caller's; the numbers in the lists are those of values, and there is room for a vector
        // that begins at any of them.
        unsafe {
            let mut to = values.add(features);
            for &count in &self.levels {
                for at in 0..count {
                    let (bias, edges) = *neuron;
                    let mut sums = [bias, 0.0];
                    for _ in 0..edges / 2 {
                        for sum in &mut sums {
                            let (weight, value) = *edge;
                            *sum = V::fused(weight, *values.add(value as usize), *sum);
                            edge = edge.add(1);
                        }
                    }
                    if edges % 2 == 1 {
                        let (weight, value) = *edge;
                        sums[0] = V::fused(weight, *values.add(value as usize), sums[0]);
                        edge = edge.add(1);
                    }
                    *to.add(at) = sums[0] + sums[1];
                    neuron = neuron.add(1);
                }
                // Beyond the level nothing is computed yet.
                for at in (0..count).step_by(V::LANES) {
                    let at = to.add(at);
                    tanh_double(V::load(at), &self.powers).store(at);
                }
                to = to.add(count);
            }
        }
    }

    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn backward<V: Vector<Scalar = f64>>(&mut self) {
        let (values, gradients) = (self.values.as_ptr(), self.gradients.as_mut_ptr());
        let hidden = self.backward.len();
        self.loss = 0.0;
        for (at, target) in self.targets.iter().enumerate() {
            let value = self.values[hidden + at];
            let error = value - target;
            self.loss += error * error;
            self.gradients[hidden + at] = 2.0 * error * (1.0 - value * value);
        }
        let mut user = self.users.as_ptr();
        let mut by_weight = self.by_weights.as_mut_ptr();
        let mut at = hidden;
        // SAFETY: the caller's; the numbers in the lists are those of values.
        unsafe {
            for &edges in &self.backward {
                at -= 1;
                let value = *values.add(at);
                let mut sum = 0.0;
                for _ in 0..edges {
                    let (weight, neuron) = *user;
                    let gradient = *gradients.add(neuron as usize);
                    sum = V::fused(weight, gradient, sum);
                    *by_weight = value * gradient;
                    user = user.add(1);
                    by_weight = by_weight.add(1);
                }
                *gradients.add(at) = sum * (1.0 - value * value);
            }
        }
    }
}
