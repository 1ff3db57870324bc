//! The recursive tree against the graph's reference sweeps, on the tutorial's models and on two larger
//! ones, on an Mlp from a macro, and on a ladder of shared values, which a tree can only copy.
//!
//! Every group times the same work by `tree` (which computes again whatever it needs), `tree_caching`
//! and `reference`. Before anything is timed all three learn side by side, and have to agree on every
//! prediction and every parameter to the bit.
//!
//! - `build`: from nothing to what can be run.
//! - `forward`: a prediction for each row; every row changes all inputs.
//! - `backward`: one reverse pass from a known value. Its derivative is 0, which costs the same as any
//!   other and leaves parameters, and with them all values, as they are.
//! - `step`: for each row a prediction, the loss's gradient, a reverse pass, and an update.

#![allow(
    clippy::unwrap_used,
    reason = "a bench that cannot run has nothing to report"
)]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use dagrad::prelude::*;
use dagrad::{Kind, Op};
use dagrad_tree::{
    CachingTree, DEFAULT_LEARNING_RATE, Model, Node, RecomputingTree, add, bce_loss_gradient,
    input, mse_loss_gradient, operation, parameter,
};
use std::hint::black_box;
use std::time::Duration;

/// Where models are built: one formula makes the tree and the graph.
trait Build {
    type Value;

    /// The feature of this number. A tree needs a leaf for each use, in order from left to right.
    fn feature(&mut self, number: usize) -> Self::Value;

    /// The next parameter, drawn.
    fn parameter(&mut self) -> Self::Value;

    fn operation(
        &mut self,
        op: Op,
        operands: impl Into<Vec<Self::Value>> + AsRef<[Self::Value]>,
    ) -> Self::Value;
}

/// `w · x + b`.
fn linear<B: Build>(to: &mut B) -> B::Value {
    let product = [to.parameter(), to.feature(0)];
    let sum = [to.operation(Op::Mul, product), to.parameter()];
    to.operation(Op::Add, sum)
}

/// One neuron before its activation: the sum of a weight times each value, and a bias.
fn neuron<B: Build>(
    to: &mut B,
    values: usize,
    mut value: impl FnMut(&mut B, usize) -> B::Value,
) -> B::Value {
    let mut terms = Vec::with_capacity(values + 1);
    for number in 0..values {
        let product = [to.parameter(), value(to, number)];
        terms.push(to.operation(Op::Mul, product));
    }
    terms.push(to.parameter());
    to.operation(Op::Add, terms)
}

/// A network of one hidden layer of relus and a sigmoid. With one hidden neuron and two features it is
/// the tutorial's binary model.
fn network<B: Build>(to: &mut B, features: usize, hidden: usize) -> B::Value {
    let sum = neuron(to, hidden, |to, _| {
        let sum = neuron(to, features, B::feature);
        to.operation(Op::Relu, [sum])
    });
    to.operation(Op::Sigmoid, [sum])
}

/// A chain of neurons, each with one operand.
fn chain<B: Build>(to: &mut B, layers: usize) -> B::Value {
    if layers == 0 {
        return to.feature(0);
    }
    let sum = neuron(to, 1, |to, _| chain(to, layers - 1));
    to.operation(Op::Sigmoid, [sum])
}

#[derive(Clone, Copy)]
enum Workload {
    Linear,
    Binary,
    Layered,
    Deep,
}

impl Workload {
    const ALL: [Self; 4] = [Self::Linear, Self::Binary, Self::Layered, Self::Deep];

    fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Binary => "binary",
            Self::Layered => "layered_6_12_1",
            Self::Deep => "deep_16",
        }
    }

    fn features(self) -> usize {
        match self {
            Self::Linear | Self::Deep => 1,
            Self::Binary => 2,
            Self::Layered => 6,
        }
    }

    fn build<B: Build>(self, to: &mut B) -> B::Value {
        match self {
            Self::Linear => linear(to),
            Self::Binary => network(to, 2, 1),
            Self::Layered => network(to, 6, 12),
            Self::Deep => chain(to, 16),
        }
    }

    fn loss_gradient(self, wanted: f64, predicted: f64) -> f64 {
        match self {
            Self::Linear => mse_loss_gradient(wanted, predicted),
            Self::Binary | Self::Layered | Self::Deep => bce_loss_gradient(wanted, predicted),
        }
    }

    /// Features and what to predict from them: whether they add up to more than 0.
    fn rows(self) -> Vec<(Vec<f64>, f64)> {
        let mut draw = Draw(7);
        let mut row = |_| {
            let features: Vec<f64> = (0..self.features()).map(|_| draw.next()).collect();
            let wanted = f64::from(features.iter().sum::<f64>() > 0.0);
            (features, wanted)
        };
        (0..8).map(&mut row).collect()
    }

    /// The tree, and which feature each of its inputs is.
    fn tree(self) -> (Node, Vec<usize>) {
        let mut builder = TreeBuilder {
            draw: Draw(1),
            features: Vec::new(),
        };
        let root = self.build(&mut builder);
        (root, builder.features)
    }

    fn graph(self) -> Reference {
        let mut graph = Graph::new();
        let features = (0..self.features()).map(|_| graph.feature(None).unwrap());
        let features = features.collect();
        let mut builder = GraphBuilder {
            draw: Draw(1),
            graph,
            features,
        };
        let output = self.build(&mut builder);
        Reference::new(builder.graph, output)
    }
}

/// Numbers from −1 to 1, always the same ones.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        f64::from((self.0 >> 32) as u32) / f64::from(1_u32 << 31) - 1.0
    }
}

struct TreeBuilder {
    draw: Draw,
    features: Vec<usize>,
}

impl Build for TreeBuilder {
    type Value = Node;

    fn feature(&mut self, number: usize) -> Node {
        self.features.push(number);
        input()
    }

    fn parameter(&mut self) -> Node {
        parameter(self.draw.next())
    }

    fn operation(&mut self, op: Op, operands: impl Into<Vec<Node>> + AsRef<[Node]>) -> Node {
        operation(op, operands).unwrap()
    }
}

struct GraphBuilder {
    draw: Draw,
    graph: Graph,
    features: Vec<NodeId>,
}

impl Build for GraphBuilder {
    type Value = NodeId;

    fn feature(&mut self, number: usize) -> NodeId {
        self.features[number]
    }

    fn parameter(&mut self) -> NodeId {
        self.graph.parameter(None, self.draw.next()).unwrap()
    }

    fn operation(&mut self, op: Op, operands: impl Into<Vec<NodeId>> + AsRef<[NodeId]>) -> NodeId {
        self.graph.operation(op, operands.as_ref()).unwrap()
    }
}

/// What is timed.
trait Contender {
    fn predict(&mut self, inputs: &[f64]) -> f64;

    /// A reverse pass and an update.
    fn backward(&mut self, derivative: f64);

    fn parameters(&self) -> Vec<f64>;
}

impl<M: Model> Contender for M {
    fn predict(&mut self, inputs: &[f64]) -> f64 {
        Model::predict(self, inputs).unwrap()
    }

    fn backward(&mut self, derivative: f64) {
        Model::backward(self, derivative);
    }

    fn parameters(&self) -> Vec<f64> {
        let node = self.to_node();
        let parameters = node.parameters();
        parameters.iter().map(|parameter| parameter.value).collect()
    }
}

/// A graph and its reference sweeps.
struct Reference {
    graph: Graph,
    evaluator: Evaluator<f64>,
    output: NodeId,
    parameters: Vec<NodeId>,
}

impl Reference {
    fn new(graph: Graph, output: NodeId) -> Self {
        Self {
            evaluator: Evaluator::new(&graph),
            parameters: graph.parameters().collect(),
            output,
            graph,
        }
    }
}

impl Contender for Reference {
    fn predict(&mut self, inputs: &[f64]) -> f64 {
        let Self {
            graph,
            evaluator,
            output,
            ..
        } = self;
        evaluator.set_features(graph, inputs).unwrap();
        evaluator.forward(graph, &[*output]).unwrap();
        evaluator.value(*output).unwrap()
    }

    fn backward(&mut self, derivative: f64) {
        let Self {
            graph,
            evaluator,
            output,
            parameters,
        } = self;
        evaluator.reverse(graph, &[(*output, derivative)]).unwrap();
        for &mut id in parameters {
            let step = evaluator.adjoint(id).unwrap() * DEFAULT_LEARNING_RATE;
            let value = graph.parameter_value(id).unwrap();
            graph.set_parameter(id, value - step).unwrap();
        }
    }

    fn parameters(&self) -> Vec<f64> {
        let values = self.parameters.iter();
        values
            .map(|&id| self.graph.parameter_value(id).unwrap())
            .collect()
    }
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Rows as one contender takes them, and what to predict.
type Rows = Vec<(Vec<f64>, f64)>;

fn step(workload: Workload, contender: &mut dyn Contender, rows: &Rows) {
    for (inputs, wanted) in rows {
        let predicted = contender.predict(inputs);
        contender.backward(workload.loss_gradient(*wanted, predicted));
    }
}

/// The contenders by name, each with its rows. They start from the same parameters.
fn contenders(workload: Workload) -> [(&'static str, Box<dyn Contender>, Rows); 3] {
    let rows = workload.rows();
    let (node, features) = workload.tree();
    let spread = |(row, wanted): &(Vec<f64>, f64)| {
        (
            features.iter().map(|&number| row[number]).collect(),
            *wanted,
        )
    };
    let spread: Rows = rows.iter().map(spread).collect();
    let told = RecomputingTree::new(node.clone());
    let caching = CachingTree::compile(node);
    [
        ("tree", Box::new(told), spread.clone()),
        ("tree_caching", Box::new(caching), spread),
        ("reference", Box::new(workload.graph()), rows),
    ]
}

/// Lets all contenders learn, and has them agree to the bit.
fn compare(workload: Workload) {
    let mut contenders = contenders(workload);
    let start = contenders[2].1.parameters();
    let results = contenders.each_mut().map(|(_, contender, rows)| {
        (0..20).for_each(|_| step(workload, contender.as_mut(), rows));
        let predicted: Vec<f64> = rows.iter().map(|row| contender.predict(&row.0)).collect();
        (bits(&contender.parameters()), bits(&predicted))
    });
    assert_ne!(
        results[2].0,
        bits(&start),
        "{} learns nothing",
        workload.name()
    );
    assert_eq!(results[0], results[2], "{} by tree", workload.name());
    assert_eq!(
        results[1],
        results[2],
        "{} by caching tree",
        workload.name()
    );
}

fn models(criterion: &mut Criterion) {
    for workload in Workload::ALL {
        compare(workload);
        let name = workload.name();

        let mut group = criterion.benchmark_group(format!("{name}/build"));
        group.bench_function("tree", |bencher| {
            bencher.iter_with_large_drop(|| RecomputingTree::new(workload.tree().0));
        });
        group.bench_function("tree_caching", |bencher| {
            bencher.iter_with_large_drop(|| CachingTree::compile(workload.tree().0));
        });
        group.bench_function("reference", |bencher| {
            bencher.iter_with_large_drop(|| workload.graph());
        });
        group.finish();

        let mut group = criterion.benchmark_group(format!("{name}/forward"));
        for (id, mut contender, rows) in contenders(workload) {
            group.bench_function(id, |bencher| {
                bencher.iter(|| {
                    for (inputs, _) in &rows {
                        black_box(contender.predict(inputs));
                    }
                });
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group(format!("{name}/backward"));
        for (id, mut contender, rows) in contenders(workload) {
            contender.predict(&rows[0].0);
            group.bench_function(id, |bencher| {
                bencher.iter(|| contender.backward(black_box(0.0)));
            });
        }
        group.finish();

        let mut group = criterion.benchmark_group(format!("{name}/step"));
        for (id, mut contender, rows) in contenders(workload) {
            group.bench_function(id, |bencher| {
                bencher.iter(|| step(workload, contender.as_mut(), &rows));
            });
        }
        group.finish();
    }
}

/// The last ladder that the tree climbs. It has 2^14 leaves; each level more takes it twice as long.
const HIGHEST_FOR_A_TREE: usize = 14;

/// `x ← x + x`, so many times.
fn ladder_tree(levels: usize) -> Node {
    (0..levels).fold(input(), |below, _| add([below.clone(), below]))
}

fn ladder_graph(levels: usize) -> Reference {
    let mut graph = Graph::new();
    let x = graph.feature(None).unwrap();
    let double = |below, _| graph.operation(Op::Add, &[below, below]).unwrap();
    let output = (0..levels).fold(x, double);
    Reference::new(graph, output)
}

/// A prediction from a new input, and a reverse pass.
fn ladder(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ladder");
    println!(
        "ladder: the tree stops at {HIGHEST_FOR_A_TREE} levels, which are 2^{HIGHEST_FOR_A_TREE} leaves"
    );
    for levels in [2, 6, 10, HIGHEST_FOR_A_TREE, 60] {
        let mut contenders: Vec<(&str, Box<dyn Contender>, usize)> = Vec::new();
        if levels <= HIGHEST_FOR_A_TREE {
            let (node, leaves) = (ladder_tree(levels), 1 << levels);
            let told = RecomputingTree::new(node.clone());
            contenders.push(("tree", Box::new(told), leaves));
            contenders.push(("tree_caching", Box::new(CachingTree::compile(node)), leaves));
        }
        contenders.push(("reference", Box::new(ladder_graph(levels)), 1));
        for (id, mut contender, inputs) in contenders {
            let rows = [0.75, -1.5].map(|x| vec![x; inputs]);
            for row in &rows {
                let doubled = row[0] * 2.0_f64.powi(i32::try_from(levels).unwrap());
                assert_eq!(bits(&[contender.predict(row)]), bits(&[doubled]), "{id}");
            }
            group.bench_function(BenchmarkId::new(id, levels), |bencher| {
                bencher.iter(|| {
                    for row in &rows {
                        black_box(contender.predict(row));
                        contender.backward(1.0);
                    }
                });
            });
        }
    }
    group.finish();
}

/// An Mlp of two hidden layers, expanded from its macro.
fn mlp_graph() -> Reference {
    let mut graph = Graph::new();
    let inputs: Vec<NodeId> = (0..6).map(|_| graph.feature(None).unwrap()).collect();
    let mlp = Mlp::new([8, 8, 1]).hidden(Activation::Tanh);
    let output = graph.mlp("net", &inputs, mlp).unwrap()[0];
    graph.expand(1).unwrap();
    Reference::new(graph, output)
}

/// The tree of a value of a graph, in which every use is a copy, and the numbers of the features at its
/// inputs, from left to right.
fn unrolled(graph: &Graph, id: NodeId, features: &mut Vec<usize>) -> Node {
    match graph.kind(id).unwrap() {
        Kind::Input(_) => {
            features.push(graph.inputs().position(|other| other == id).unwrap());
            input()
        }
        Kind::Parameter(value) => parameter(*value),
        Kind::Operation(op) => {
            let operands = graph.operands(id).unwrap();
            let children: Vec<Node> = operands
                .map(|operand| unrolled(graph, operand, features))
                .collect();
            operation(op.clone(), children).unwrap()
        }
        Kind::Constant(_) | Kind::Macro(_) | Kind::Port(_) | Kind::Alias => {
            unreachable!("an expanded network of inputs, parameters and operations")
        }
    }
}

/// Contenders by name, each with the inputs of each row.
type Inputs<'r> = [(&'static str, Box<dyn Contender>, &'r [Vec<f64>]); 3];

/// The same network for all: every neuron of the first layer has eight users, so the tree has eight copies.
/// Updates would change each copy on its own, so this is timed with a derivative of 0.
fn mlp(criterion: &mut Criterion) {
    let reference = mlp_graph();
    let mut features = Vec::new();
    let node = unrolled(&reference.graph, reference.output, &mut features);
    let mut draw = Draw(3);
    let rows: Vec<Vec<f64>> = (0..8)
        .map(|_| (0..6).map(|_| draw.next()).collect())
        .collect();
    let spread = |row: &Vec<f64>| features.iter().map(|&number| row[number]).collect();
    let spread: Vec<Vec<f64>> = rows.iter().map(spread).collect();
    let mut contenders: Inputs<'_> = [
        (
            "tree",
            Box::new(RecomputingTree::new(node.clone())),
            &spread,
        ),
        (
            "tree_caching",
            Box::new(CachingTree::compile(node)),
            &spread,
        ),
        ("reference", Box::new(reference), &rows),
    ];
    let predicted = contenders.each_mut().map(|(_, contender, rows)| {
        bits(
            &rows
                .iter()
                .map(|row| contender.predict(row))
                .collect::<Vec<f64>>(),
        )
    });
    assert_eq!(predicted[0], predicted[2], "the Mlp by tree");
    assert_eq!(predicted[1], predicted[2], "the Mlp by caching tree");
    let mut group = criterion.benchmark_group("mlp_6_8_8_1");
    for (id, contender, rows) in &mut contenders {
        group.bench_function(*id, |bencher| {
            bencher.iter(|| {
                for row in *rows {
                    black_box(contender.predict(row));
                    contender.backward(black_box(0.0));
                }
            });
        });
    }
    group.finish();
}

fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .without_plots()
}

criterion_group! {
    name = tree_vs_graph;
    config = quick();
    targets = models, mlp, ladder
}
criterion_main!(tree_vs_graph);
