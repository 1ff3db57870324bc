//! The value and the gradient of a network of tanhs without layers, over a batch, in double precision.
//!
//! A tile of samples goes through the network forwards and backwards. Backwards, a value takes the gradients of all
//! neurons that it is an input of: with each it multiplies one way for its own gradient and the other way
//! for that of the edge, so that what lies in memory is read once for both. The gradient of a neuron then
//! takes the place of its value.

use super::math::{Powers, tanh_double};
use super::sparse::Network;
use super::vector::{Kernel, Number as _, Vector, widths};
use crate::contenders::{Contender, Results};
use dagrad_ops::Op;
use dagrad_testsuite::workloads::Workload;

/// Gradients of edges that are summed over lanes at once: as many as there are lanes at most.
const MOST_LANES: usize = 8;

pub(crate) struct IrregularBatch {
    rows: usize,
    features: Vec<f64>,
    targets: Vec<f64>,
    network: Edges,
    powers: Powers,
    /// The values of all nodes for the samples of a tile, one node after the other.
    tile: Vec<f64>,
    /// In the order of the edges backwards.
    gradient: Vec<f64>,
    loss: f64,
}

/// A network as lists for both directions.
struct Edges {
    features: usize,
    outputs: Vec<usize>,
    /// For each neuron the number of its edges.
    forward: Vec<u32>,
    /// For each edge the value that it takes.
    values: Vec<u32>,
    /// For each neuron its bias and then the weights of its edges.
    weights: Vec<f64>,
    /// For each value, from the last to the first, the number of its edges.
    backward: Vec<u32>,
    /// For each of those edges the neuron that takes it and the weight.
    users: Vec<(f64, usize)>,
    /// For each number of the gradient the parameter that it belongs to.
    parameters: Vec<usize>,
}

impl Edges {
    fn new(network: &Network, parameters: &[f64]) -> Self {
        let mut edges = Self {
            features: network.features,
            outputs: network.outputs.clone(),
            forward: Vec::new(),
            values: Vec::new(),
            weights: Vec::new(),
            backward: Vec::new(),
            users: Vec::new(),
            parameters: Vec::new(),
        };
        for neuron in &network.neurons {
            edges.forward.push(neuron.edges.len() as u32);
            edges.weights.push(parameters[neuron.bias]);
            for &(value, weight) in &neuron.edges {
                edges.values.push(value as u32);
                edges.weights.push(parameters[weight]);
            }
        }
        for (value, users) in network.users().iter().enumerate().rev() {
            edges.backward.push(users.len() as u32);
            for &(user, weight) in users {
                edges.users.push((parameters[weight], user));
                edges.parameters.push(weight);
            }
            if let Some(neuron) = value.checked_sub(network.features) {
                edges.parameters.push(network.neurons[neuron].bias);
            }
        }
        edges
    }
}

impl IrregularBatch {
    pub(crate) fn new(workload: &Workload) -> Self {
        let network = Network::of(&workload.graph, &Op::Tanh);
        let edges = Edges::new(&network, &workload.parameters());
        let (lanes, panel) = widths::<f64>();
        assert!(lanes <= MOST_LANES, "sums of lanes are vectors");
        Self {
            rows: workload.rows,
            features: workload.features.clone(),
            targets: workload.targets.clone(),
            tile: vec![0.0; network.values() * 2 * panel],
            gradient: vec![0.0; edges.parameters.len().next_multiple_of(lanes)],
            network: edges,
            powers: Powers::new(),
            loss: 0.0,
        }
    }
}

impl Contender for IrregularBatch {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            f64::run(Batch(self));
        }
    }

    fn results(&mut self) -> Results {
        self.repeat(1);
        let mut gradient = vec![0.0; self.network.parameters.len()];
        for (&parameter, &number) in self.network.parameters.iter().zip(&self.gradient) {
            gradient[parameter] = number;
        }
        Results {
            output: vec![self.loss],
            gradient,
            parameters: Vec::new(),
        }
    }
}

struct Batch<'b>(&'b mut IrregularBatch);

impl Kernel<f64> for Batch<'_> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f64>, const C: usize>(self) {
        let this = self.0;
        this.gradient.fill(0.0);
        this.loss = 0.0;
        let mut row = 0;
        // SAFETY: the processor has the instructions, or this would not be run; tiles and lists are as the
        // constructor made them.
        unsafe {
            while row < this.rows {
                // Where C is 4, these are all that there can be; where it is 2, the first two.
                let left = (this.rows - row).div_ceil(V::LANES);
                let vectors = match (C, left) {
                    (4, 8..) => this.tile::<V, 8>(row),
                    (_, 6..) if C == 4 => this.tile::<V, 6>(row),
                    (_, 5) if C == 4 => this.tile::<V, 5>(row),
                    (_, 4..) => this.tile::<V, 4>(row),
                    (_, 2..) => this.tile::<V, 2>(row),
                    _ => this.tile::<V, 1>(row),
                };
                row += vectors * V::LANES;
            }
        }
        let rows = this.rows as f64;
        this.loss /= rows;
    }
}

impl IrregularBatch {
    /// Goes both ways over as many samples as `N` vectors have lanes, from `row` on. Gives back `N`.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn tile<V: Vector<Scalar = f64>, const N: usize>(&mut self, row: usize) -> usize {
        let lanes = N * V::LANES;
        let (rows, features) = (lanes.min(self.rows - row), self.network.features);
        for feature in 0..features {
            let column = &mut self.tile[feature * lanes..][..lanes];
            let from = self.features[row * features + feature..].iter();
            column
                .iter_mut()
                .zip(from.step_by(features))
                .for_each(|(to, &from)| *to = from);
        }
        // SAFETY: the caller's.
        unsafe {
            self.forward::<V, N>();
            self.backward::<V, N>(row, rows);
        }
        N
    }

    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn forward<V: Vector<Scalar = f64>, const N: usize>(&mut self) {
        let lanes = N * V::LANES;
        let network = &self.network;
        let tile = self.tile.as_mut_ptr();
        // SAFETY: the caller's; the numbers in the lists are those of values.
        unsafe {
            let mut to = tile.add(network.features * lanes);
            let mut weight = network.weights.as_ptr();
            let mut value = network.values.as_ptr();
            for &edges in &network.forward {
                let mut sums = [V::splat(*weight); N];
                weight = weight.add(1);
                for _ in 0..edges {
                    let from = tile.add(*value as usize * lanes);
                    let factor = V::splat(*weight);
                    for (at, sum) in sums.iter_mut().enumerate() {
                        *sum = factor.mul_add(V::load(from.add(at * V::LANES)), *sum);
                    }
                    weight = weight.add(1);
                    value = value.add(1);
                }
                for (at, sum) in sums.into_iter().enumerate() {
                    tanh_double(sum, &self.powers).store(to.add(at * V::LANES));
                }
                to = to.add(lanes);
            }
        }
    }

    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn backward<V: Vector<Scalar = f64>, const N: usize>(
        &mut self,
        row: usize,
        rows: usize,
    ) {
        let lanes = N * V::LANES;
        let network = &self.network;
        let tile = self.tile.as_mut_ptr();
        let mut sums = Sums::<V>::new(self.gradient.as_mut_ptr());
        let outputs = network.outputs.len();
        // SAFETY: the caller's; the numbers in the lists are those of values.
        unsafe {
            let one = V::splat(1.0);
            let mut user = network.users.as_ptr();
            let mut value = network.backward.len();
            for &edges in &network.backward {
                value -= 1;
                let at = tile.add(value * lanes);
                let values: [V; N] = std::array::from_fn(|n| V::load(at.add(n * V::LANES)));
                let mut adjoints = [V::splat(0.0); N];
                for _ in 0..edges {
                    let (weight, neuron) = *user;
                    let from = tile.add(neuron * lanes);
                    let factor = V::splat(weight);
                    let mut products = [V::splat(0.0); 2];
                    for n in 0..N {
                        let adjoint = V::load(from.add(n * V::LANES));
                        adjoints[n] = factor.mul_add(adjoint, adjoints[n]);
                        products[n % 2] = values[n].mul_add(adjoint, products[n % 2]);
                    }
                    sums.push(products[0].add(products[1]));
                    user = user.add(1);
                }
                if value < network.features {
                    continue;
                }
                if edges == 0 {
                    // An output; which one, is looked for among few.
                    let output = network.outputs.iter().position(|&output| output == value);
                    let mut errors = [0.0; 64];
                    let table = self.targets[row * outputs + output.unwrap_or_default()..].iter();
                    let targets = table.step_by(outputs).take(rows);
                    for (lane, (error, target)) in errors.iter_mut().zip(targets).enumerate() {
                        *error = *at.add(lane) - target;
                        self.loss += *error * *error;
                    }
                    let factor = V::splat(2.0 / self.rows as f64);
                    for (n, adjoint) in adjoints.iter_mut().enumerate() {
                        *adjoint = V::load(errors.as_ptr().add(n * V::LANES)).mul(factor);
                    }
                }
                let mut bias = V::splat(0.0);
                for n in 0..N {
                    let slope = values[n].neg_mul_add(values[n], one);
                    let adjoint = adjoints[n].mul(slope);
                    adjoint.store(at.add(n * V::LANES));
                    bias = bias.add(adjoint);
                }
                sums.push(bias);
            }
            sums.flush();
        }
    }
}

/// Vectors whose lanes are to be added, and added to a list, one vector to each number; so many of them at a
/// time as a vector has lanes.
struct Sums<V> {
    pending: [std::mem::MaybeUninit<V>; MOST_LANES],
    count: usize,
    to: *mut f64,
}

impl<V: Vector<Scalar = f64>> Sums<V> {
    fn new(to: *mut f64) -> Self {
        Self {
            pending: [const { std::mem::MaybeUninit::uninit() }; MOST_LANES],
            count: 0,
            to,
        }
    }

    /// # Safety
    /// As all methods of [`Vector`]; the list has room.
    #[inline(always)]
    unsafe fn push(&mut self, vector: V) {
        // SAFETY: the caller's; below the number of lanes, the count is below the length too.
        unsafe {
            self.pending.get_unchecked_mut(self.count).write(vector);
            self.count += 1;
            if self.count == V::LANES {
                self.join();
            }
        }
    }

    /// # Safety
    /// As [`push`](Self::push), and as many vectors are pending as there are lanes.
    #[inline(always)]
    unsafe fn join(&mut self) {
        // SAFETY: the caller's.
        unsafe {
            let vectors: [V; MOST_LANES] =
                std::array::from_fn(|at| self.pending[at % V::LANES].assume_init());
            let sums = V::sums(&vectors[..V::LANES]);
            V::load(self.to).add(sums).store(self.to);
            self.to = self.to.add(V::LANES);
            self.count = 0;
        }
    }

    /// # Safety
    /// As [`push`](Self::push).
    #[inline(always)]
    unsafe fn flush(&mut self) {
        // SAFETY: the caller's.
        unsafe {
            while self.count > 0 {
                self.push(V::splat(0.0));
            }
        }
    }
}
