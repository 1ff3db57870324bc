//! The value and the gradient of a network without layers, over a batch: `irregular_1000` and `pruned`.
//!
//! A tile of samples goes through the network forwards and backwards. Backwards, a value takes the gradients of all
//! neurons that it is an input of: with each it multiplies one way for its own gradient and the other way
//! for that of the edge, so that what lies in memory is read once for both. The gradient of a neuron then
//! takes the place of its value.

use super::math::{Powers, tanh_double};
use super::sparse::Network;
use super::vector::{Kernel, Number, Vector, widths};
use crate::contenders::{Contender, Results};
use dagrad_ops::Op;
use dagrad_testsuite::workloads::Workload;

/// The most lanes that a vector has.
const MOST_LANES: usize = 16;

/// The most vectors that a tile is wide.
const MOST_VECTORS: usize = 8;

/// The activation of neurons, and the loss.
pub(crate) trait Activation: 'static {
    type Scalar: Number;

    /// The operation that activates hidden neurons.
    const OPERATION: Op;

    /// What the squared error of each output counts in the loss.
    const SHARE: f64;

    fn new() -> Self;

    /// # Safety
    /// As all methods of [`Vector`], as the others.
    unsafe fn hidden<V: Vector<Scalar = Self::Scalar>>(&self, sum: V) -> V;
    unsafe fn output<V: Vector<Scalar = Self::Scalar>>(&self, sum: V) -> V;

    /// The gradient by the sum, of that by the value.
    unsafe fn by_hidden<V: Vector<Scalar = Self::Scalar>>(gradient: V, value: V) -> V;
    unsafe fn by_output<V: Vector<Scalar = Self::Scalar>>(gradient: V, value: V) -> V;
}

/// Tanhs everywhere, and the sum of squared errors.
pub(crate) struct Tanh(Powers);

impl Activation for Tanh {
    type Scalar = f64;

    const OPERATION: Op = Op::Tanh;
    const SHARE: f64 = 1.0;

    fn new() -> Self {
        Self(Powers::new())
    }

    #[inline(always)]
    unsafe fn hidden<V: Vector<Scalar = f64>>(&self, sum: V) -> V {
        // SAFETY: the caller's.
        unsafe { tanh_double(sum, &self.0) }
    }

    #[inline(always)]
    unsafe fn output<V: Vector<Scalar = f64>>(&self, sum: V) -> V {
        // SAFETY: the caller's.
        unsafe { tanh_double(sum, &self.0) }
    }

    #[inline(always)]
    unsafe fn by_hidden<V: Vector<Scalar = f64>>(gradient: V, value: V) -> V {
        // SAFETY: the caller's.
        unsafe { gradient.mul(value.neg_mul_add(value, V::splat(1.0))) }
    }

    #[inline(always)]
    unsafe fn by_output<V: Vector<Scalar = f64>>(gradient: V, value: V) -> V {
        // SAFETY: the caller's.
        unsafe { Self::by_hidden(gradient, value) }
    }
}

/// Relus, outputs without activation, and the mean of squared errors of 16 outputs.
pub(crate) struct Relu;

impl Activation for Relu {
    type Scalar = f32;

    const OPERATION: Op = Op::Relu;
    const SHARE: f64 = 1.0 / 16.0;

    fn new() -> Self {
        Self
    }

    #[inline(always)]
    unsafe fn hidden<V: Vector<Scalar = f32>>(&self, sum: V) -> V {
        // SAFETY: the caller's.
        unsafe { sum.max(V::splat(0.0)) }
    }

    #[inline(always)]
    unsafe fn output<V: Vector<Scalar = f32>>(&self, sum: V) -> V {
        sum
    }

    #[inline(always)]
    unsafe fn by_hidden<V: Vector<Scalar = f32>>(gradient: V, value: V) -> V {
        // SAFETY: the caller's.
        unsafe { value.where_positive(gradient) }
    }

    #[inline(always)]
    unsafe fn by_output<V: Vector<Scalar = f32>>(gradient: V, _: V) -> V {
        gradient
    }
}

pub(crate) struct SparseBatch<A: Activation> {
    activation: A,
    rows: usize,
    features: Vec<A::Scalar>,
    targets: Vec<A::Scalar>,
    network: Edges<A::Scalar>,
    /// The values of all nodes for the samples of a tile, one node after the other, and then the targets.
    tile: Vec<A::Scalar>,
    /// In the order of the edges backwards.
    gradient: Vec<A::Scalar>,
    loss: f64,
}

/// A network as lists for both directions.
struct Edges<S> {
    features: usize,
    outputs: usize,
    /// For each neuron the number of its edges.
    forward: Vec<u32>,
    /// For each edge the value that it takes.
    values: Vec<u32>,
    /// For each neuron its bias and then the weights of its edges.
    weights: Vec<S>,
    /// For each value, from the last to the first, the number of its edges.
    backward: Vec<u32>,
    /// For each of those edges the neuron that takes it and the weight.
    users: Vec<(S, u32)>,
    /// For each number of the gradient the parameter that it belongs to.
    parameters: Vec<usize>,
}

impl<S: Number> Edges<S> {
    fn new(network: &Network, parameters: &[f64]) -> Self {
        let mut edges = Self {
            features: network.features,
            outputs: network.outputs,
            forward: Vec::new(),
            values: Vec::new(),
            weights: Vec::new(),
            backward: Vec::new(),
            users: Vec::new(),
            parameters: Vec::new(),
        };
        for neuron in &network.neurons {
            edges.forward.push(neuron.edges.len() as u32);
            edges.weights.push(S::of(parameters[neuron.bias]));
            for &(value, weight) in &neuron.edges {
                edges.values.push(value as u32);
                edges.weights.push(S::of(parameters[weight]));
            }
        }
        for (value, users) in network.users().iter().enumerate().rev() {
            edges.backward.push(users.len() as u32);
            for &(user, weight) in users {
                edges.users.push((S::of(parameters[weight]), user as u32));
                edges.parameters.push(weight);
            }
            if let Some(neuron) = value.checked_sub(network.features) {
                edges.parameters.push(network.neurons[neuron].bias);
            }
        }
        edges
    }
}

impl<A: Activation> SparseBatch<A> {
    pub(crate) fn new(workload: &Workload) -> Self {
        let network = Network::of(&workload.graph, &A::OPERATION);
        let edges = Edges::new(&network, &workload.parameters());
        let (lanes, _) = widths::<A::Scalar>();
        let narrow = |numbers: &[f64]| -> Vec<A::Scalar> {
            let numbers = numbers.iter();
            numbers.map(|&number| A::Scalar::of(number)).collect()
        };
        let zero = A::Scalar::default();
        let nodes = network.values() + network.outputs;
        Self {
            activation: A::new(),
            rows: workload.rows,
            features: narrow(&workload.features),
            targets: narrow(&workload.targets),
            tile: vec![zero; nodes * MOST_VECTORS * lanes],
            gradient: vec![zero; edges.parameters.len().next_multiple_of(lanes)],
            network: edges,
            loss: 0.0,
        }
    }
}

impl<A: Activation> Contender for SparseBatch<A> {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            A::Scalar::run(Batch(self));
        }
    }

    fn results(&mut self) -> Results {
        self.repeat(1);
        let mut gradient = vec![0.0; self.network.parameters.len()];
        for (&parameter, &number) in self.network.parameters.iter().zip(&self.gradient) {
            gradient[parameter] = number.wide();
        }
        Results {
            output: vec![self.loss],
            gradient,
            parameters: Vec::new(),
        }
    }
}

struct Batch<'b, A: Activation>(&'b mut SparseBatch<A>);

impl<A: Activation> Kernel<A::Scalar> for Batch<'_, A> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = A::Scalar>, const C: usize>(self) {
        let this = self.0;
        this.gradient.fill(A::Scalar::default());
        this.loss = 0.0;
        let mut row = 0;
        // SAFETY: the processor has the instructions, or this would not be run; tiles and lists are as the
        // constructor made them.
        unsafe {
            while row < this.rows {
                let left = (this.rows - row).div_ceil(V::LANES);
                // Registers are enough for two such tiles where a product has four vectors, else for half of one.
                let vectors = match left {
                    8.. if C == 4 => this.tile::<V, 8>(row),
                    6.. if C == 4 => this.tile::<V, 6>(row),
                    5 if C == 4 => this.tile::<V, 5>(row),
                    4.. => this.tile::<V, 4>(row),
                    2.. => this.tile::<V, 2>(row),
                    _ => this.tile::<V, 1>(row),
                };
                row += vectors * V::LANES;
            }
        }
        this.loss *= A::SHARE / this.rows as f64;
    }
}

impl<A: Activation> SparseBatch<A> {
    /// Goes both ways over as many samples as `N` vectors have lanes, from `row` on. Gives back `N`.
    ///
    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn tile<V: Vector<Scalar = A::Scalar>, const N: usize>(&mut self, row: usize) -> usize {
        let lanes = N * V::LANES;
        let rows = lanes.min(self.rows - row);
        let Edges {
            features, outputs, ..
        } = self.network;
        let nodes = self.network.backward.len();
        let (values, targets) = self.tile.split_at_mut(nodes * lanes);
        // SAFETY: the caller's.
        unsafe {
            transpose::<V>(&self.features, row..row + rows, features, values, lanes);
            transpose::<V>(&self.targets, row..row + rows, outputs, targets, lanes);
            self.forward::<V, N>();
            self.backward::<V, N>(rows);
        }
        N
    }

    /// # Safety
    /// As all methods of [`Vector`].
    #[inline(always)]
    unsafe fn forward<V: Vector<Scalar = A::Scalar>, const N: usize>(&mut self) {
        let lanes = N * V::LANES;
        let network = &self.network;
        let tile = self.tile.as_mut_ptr();
        let hidden = network.forward.len() - network.outputs;
        // SAFETY: the caller's; the numbers in the lists are those of values.
        unsafe {
            let mut to = tile.add(network.features * lanes);
            let mut lists = (network.weights.as_ptr(), network.values.as_ptr());
            for &edges in &network.forward[..hidden] {
                let sums = sums::<V, N>(tile, &mut lists, edges);
                for (at, sum) in sums.into_iter().enumerate() {
                    self.activation.hidden(sum).store(to.add(at * V::LANES));
                }
                to = to.add(lanes);
            }
            for &edges in &network.forward[hidden..] {
                let sums = sums::<V, N>(tile, &mut lists, edges);
                for (at, sum) in sums.into_iter().enumerate() {
                    self.activation.output(sum).store(to.add(at * V::LANES));
                }
                to = to.add(lanes);
            }
        }
    }

    /// # Safety
    /// As all methods of [`Vector`], and `rows` of the lanes are samples.
    #[inline(always)]
    unsafe fn backward<V: Vector<Scalar = A::Scalar>, const N: usize>(&mut self, rows: usize) {
        let lanes = N * V::LANES;
        let network = &self.network;
        let tile = self.tile.as_mut_ptr();
        let mut sums = Sums::<V>::new(self.gradient.as_mut_ptr());
        let nodes = network.backward.len();
        // SAFETY: the caller's; the numbers in the lists are those of values.
        unsafe {
            let factor = V::splat(A::Scalar::of(2.0 * A::SHARE / self.rows as f64));
            let mut squares = [V::splat(A::Scalar::default()); N];
            for output in (nodes - network.outputs..nodes).rev() {
                let at = tile.add(output * lanes);
                let targets = at.add(network.outputs * lanes);
                // Lanes without samples have no error.
                for lane in rows..lanes {
                    *targets.add(lane) = *at.add(lane);
                }
                let mut by_bias = V::splat(A::Scalar::default());
                for (n, square) in squares.iter_mut().enumerate() {
                    let place = at.add(n * V::LANES);
                    let value = V::load(place);
                    let error = value.sub(V::load(targets.add(n * V::LANES)));
                    *square = error.mul_add(error, *square);
                    let gradient = A::by_output(error.mul(factor), value);
                    gradient.store(place);
                    by_bias = by_bias.add(gradient);
                }
                sums.push(by_bias);
            }
            for square in squares {
                self.loss += square.sum().wide();
            }
            let mut user = network.users.as_ptr();
            let mut value = nodes - network.outputs;
            for &edges in &network.backward[network.outputs..] {
                value -= 1;
                let at = tile.add(value * lanes);
                let values: [V; N] = std::array::from_fn(|n| V::load(at.add(n * V::LANES)));
                let mut gradients = [V::splat(A::Scalar::default()); N];
                for _ in 0..edges {
                    let (weight, neuron) = *user;
                    let from = tile.add(neuron as usize * lanes);
                    let factor = V::splat(weight);
                    let mut products = [V::splat(A::Scalar::default()); 2];
                    for n in 0..N {
                        let gradient = V::load(from.add(n * V::LANES));
                        gradients[n] = factor.mul_add(gradient, gradients[n]);
                        products[n % 2] = values[n].mul_add(gradient, products[n % 2]);
                    }
                    sums.push(products[0].add(products[1]));
                    user = user.add(1);
                }
                if value < network.features {
                    continue;
                }
                let mut by_bias = V::splat(A::Scalar::default());
                for n in 0..N {
                    let gradient = A::by_hidden(gradients[n], values[n]);
                    gradient.store(at.add(n * V::LANES));
                    by_bias = by_bias.add(gradient);
                }
                sums.push(by_bias);
            }
            sums.flush();
        }
    }
}

/// The sums of a neuron that has so many edges, of which `lists` has the bias and the weights, and the values.
///
/// # Safety
/// As all methods of [`Vector`]; the lists go on for so long, and the tile has the values.
#[inline(always)]
unsafe fn sums<V: Vector, const N: usize>(
    tile: *const V::Scalar,
    lists: &mut (*const V::Scalar, *const u32),
    edges: u32,
) -> [V; N] {
    // SAFETY: the caller's.
    unsafe {
        let (mut weight, mut value) = *lists;
        let mut sums = [V::splat(*weight); N];
        weight = weight.add(1);
        for _ in 0..edges {
            let from = tile.add(*value as usize * N * V::LANES);
            let factor = V::splat(*weight);
            for (n, sum) in sums.iter_mut().enumerate() {
                *sum = factor.mul_add(V::load(from.add(n * V::LANES)), *sum);
            }
            weight = weight.add(1);
            value = value.add(1);
        }
        *lists = (weight, value);
        sums
    }
}

/// Writes the columns of some rows of a table to rows that are `lanes` apart.
///
/// # Safety
/// As all methods of [`Vector`].
#[inline(always)]
unsafe fn transpose<V: Vector>(
    table: &[V::Scalar],
    rows: std::ops::Range<usize>,
    columns: usize,
    to: &mut [V::Scalar],
    lanes: usize,
) {
    let squares = columns / V::LANES * V::LANES;
    let whole = rows.len() / V::LANES * V::LANES;
    let from = table[rows.start * columns..rows.end * columns].as_ptr();
    let to = to[..columns * lanes].as_mut_ptr();
    // SAFETY: the caller's; both tables are as large as was just checked.
    unsafe {
        for row in (0..whole).step_by(V::LANES) {
            for column in (0..squares).step_by(V::LANES) {
                let from = from.add(row * columns + column);
                V::transpose(from, columns, to.add(column * lanes + row), lanes);
            }
        }
        for row in 0..rows.len() {
            let first = if row < whole { squares } else { 0 };
            for column in first..columns {
                *to.add(column * lanes + row) = *from.add(row * columns + column);
            }
        }
    }
}

/// Vectors whose lanes are to be added, and added to a list, one vector to each number; so many of them at a
/// time as a vector has lanes.
struct Sums<V: Vector> {
    pending: [std::mem::MaybeUninit<V>; MOST_LANES],
    count: usize,
    to: *mut V::Scalar,
}

impl<V: Vector> Sums<V> {
    fn new(to: *mut V::Scalar) -> Self {
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
                self.push(V::splat(V::Scalar::default()));
            }
        }
    }
}
