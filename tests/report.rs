//! What the compiler makes of graphs, and that it does not matter how they were written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

use dagrad::exec::Cost;
use dagrad::nn::{LinearParameters, linear_parameters, linear_with};
use dagrad::tape::Class;
use dagrad::{
    Activation, Batch, Expr, Graph, GraphLayers as _, GraphScope as _, GroupKind, Layout, Linear,
    Mlp, Mode, NodeId, Op, Options, Parameters, Program, Report,
};
use rand::rngs::Xoshiro256PlusPlus as Random;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};

fn options(mode: Mode) -> Options {
    Options {
        mode,
        ..Options::default()
    }
}

/// The program of an output, and that of the gradient of its mean.
fn reports(graph: &Graph, loss: NodeId, mode: Mode) -> [Report; 2] {
    let layout = Layout::new(graph.parameters().len());
    let values = Program::<f64>::of_outputs(graph, &layout, options(mode)).unwrap();
    let gradient = Program::<f64>::of_loss(graph, loss, &layout, options(mode)).unwrap();
    [values.report(), gradient.report()]
}

/// Half the sum of squared errors.
fn squared_error(graph: &mut Graph, outputs: &[NodeId]) -> NodeId {
    let targets: Vec<NodeId> = (0..outputs.len())
        .map(|_| graph.target(None).unwrap())
        .collect();
    graph
        .scope(|s| {
            let errors = outputs.iter().zip(&targets);
            let squares: Vec<_> = errors
                .map(|(&output, &target)| (s.at(output) - s.at(target)).square())
                .collect();
            (0.5 * s.add(squares)).id()
        })
        .unwrap()
}

fn small_network() -> (Graph, NodeId) {
    let mut graph = Graph::new();
    let features = [graph.feature("a").unwrap(), graph.feature("b").unwrap()];
    let outputs = graph.mlp("net", &features, Mlp::new([3, 1])).unwrap();
    let loss = squared_error(&mut graph, &outputs);
    graph.expand(7).unwrap();
    graph.add_output("y", &outputs).unwrap();
    (graph, loss)
}

#[test]
fn of_a_small_network() {
    let (graph, loss) = small_network();
    let [values, gradient] = reports(&graph, loss, Mode::Fast);
    insta::assert_snapshot!("values_fast", values);
    insta::assert_snapshot!("gradient_fast", gradient);
    let [values, gradient] = reports(&graph, loss, Mode::Strict);
    insta::assert_snapshot!("values_strict", values);
    insta::assert_snapshot!("gradient_strict", gradient);
}

/// How a sum is written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Together,
    /// From left to right, what is summed so far standing first.
    Chain,
    /// The same, what is summed so far standing last.
    ChainFromRight,
    /// A tree of sums of two to four, of any parts.
    Tree,
}

const SHAPES: [Shape; 4] = [
    Shape::Together,
    Shape::Chain,
    Shape::ChainFromRight,
    Shape::Tree,
];

/// A neuron of single multiplications and additions, in an order and a shape that `random` decides.
fn neuron_by_hand(
    graph: &mut Graph,
    weights: &[NodeId],
    bias: Option<NodeId>,
    inputs: &[NodeId],
    random: &mut Random,
) -> NodeId {
    let mut terms: Vec<NodeId> = bias.into_iter().collect();
    for (&weight, &input) in weights.iter().zip(inputs) {
        let mut factors = [weight, input];
        factors.shuffle(random);
        terms.push(graph.operation(Op::Mul, &factors).unwrap());
    }
    terms.shuffle(random);
    let shape = SHAPES[random.random_range(0..SHAPES.len())];
    sum(graph, terms, shape, random)
}

fn sum(graph: &mut Graph, mut terms: Vec<NodeId>, shape: Shape, random: &mut Random) -> NodeId {
    while terms.len() > 1 {
        let parts = match shape {
            Shape::Together => std::mem::take(&mut terms),
            Shape::Chain => terms.drain(..2).collect(),
            Shape::ChainFromRight => terms.drain(..2).rev().collect(),
            Shape::Tree => {
                terms.shuffle(random);
                let count = random.random_range(2..=terms.len().min(4));
                terms.drain(..count).collect::<Vec<_>>()
            }
        };
        terms.insert(0, graph.operation(Op::Add, &parts).unwrap());
    }
    terms[0]
}

/// The same but for the names of scopes, which a network written by hand has not.
fn without_scopes(report: Report) -> Report {
    Report {
        scopes: Vec::new(),
        ..report
    }
}

/// A network of dense layers: how many inputs, the sizes of the layers, and what is between them.
#[derive(Clone, Debug)]
struct Dense {
    inputs: usize,
    sizes: Vec<usize>,
    activation: Activation,
    has_biases: bool,
}

impl Dense {
    /// The network, its layers written by hand where there is a `random` to decide how.
    fn write(&self, mut by_hand: Option<&mut Random>) -> (Graph, NodeId) {
        let mut graph = Graph::new();
        let mut layer: Vec<NodeId> = (0..self.inputs)
            .map(|_| graph.feature(None).unwrap())
            .collect();
        for (number, &size) in self.sizes.iter().enumerate() {
            layer = match &mut by_hand {
                Some(random) => (0..size)
                    .map(|_| {
                        let weights: Vec<NodeId> = (0..layer.len())
                            .map(|_| graph.parameter(None, 0.5).unwrap())
                            .collect();
                        let bias = self
                            .has_biases
                            .then(|| graph.parameter(None, 0.25).unwrap());
                        neuron_by_hand(&mut graph, &weights, bias, &layer, random)
                    })
                    .collect(),
                None => {
                    let linear = Linear::new(size);
                    let linear = if self.has_biases {
                        linear
                    } else {
                        linear.without_bias()
                    };
                    dagrad::nn::linear(&mut graph, None, &layer, linear).unwrap()
                }
            };
            if number + 1 < self.sizes.len() {
                layer = graph.activate(None, &layer, self.activation).unwrap();
            }
        }
        let loss = squared_error(&mut graph, &layer);
        graph.expand(1).unwrap();
        graph.add_output("y", &layer).unwrap();
        (graph, loss)
    }

    fn reports(&self, by_hand: Option<&mut Random>) -> [Report; 2] {
        let (graph, loss) = self.write(by_hand);
        reports(&graph, loss, Mode::Fast).map(without_scopes)
    }
}

/// Whether there is such a group, needed first by this output.
fn has(report: &Report, kind: GroupKind, rows: usize, inner: usize, output: &str) -> bool {
    report.groups.iter().any(|group| {
        (group.kind, group.rows, group.inner) == (kind, rows, inner) && group.output == output
    })
}

#[test]
fn dense_layers_by_hand_are_those_of_the_macro() {
    let network = Dense {
        inputs: 4,
        sizes: vec![7, 5, 3],
        activation: Activation::Relu,
        has_biases: true,
    };
    let wanted = network.reports(None);
    // The layers, the adjoints of what is between them, and the gradients of their weights.
    let [values, gradient] = &wanted;
    for (rows, inner) in [(7, 4), (5, 7), (3, 5)] {
        assert!(
            has(values, GroupKind::Product, rows, inner, "y"),
            "{values}"
        );
        assert!(
            has(gradient, GroupKind::Product, rows, inner, "loss"),
            "{gradient}"
        );
        assert!(
            has(gradient, GroupKind::Gradients, rows, inner, "gradient"),
            "{gradient}"
        );
    }
    for (rows, inner) in [(7, 5), (5, 3)] {
        assert!(
            has(gradient, GroupKind::Product, rows, inner, "gradient"),
            "{gradient}"
        );
    }
    for seed in 0..20 {
        let got = network.reports(Some(&mut Random::seed_from_u64(seed)));
        assert_eq!(got, wanted, "seed {seed}");
    }
}

#[test]
fn networks_of_any_size_by_hand_are_those_of_the_macro() {
    let activations = [
        Activation::Identity,
        Activation::Relu,
        Activation::Tanh,
        Activation::Sigmoid,
    ];
    for seed in 0..60 {
        let mut random = Random::seed_from_u64(seed);
        let layers = random.random_range(1..4);
        let network = Dense {
            inputs: random.random_range(1..6),
            sizes: (0..layers).map(|_| random.random_range(1..7)).collect(),
            activation: activations[random.random_range(0..activations.len())],
            has_biases: random.random_range(0..3) > 0,
        };
        let wanted = network.reports(None);
        let got = network.reports(Some(&mut random));
        assert_eq!(got, wanted, "seed {seed}, {network:?}");
    }
}

/// Windows over a row of inputs, with one kernel for all of them.
fn windows(
    width: usize,
    windows: usize,
    channels: usize,
    mut by_hand: Option<&mut Random>,
) -> [Report; 2] {
    let mut graph = Graph::new();
    let features: Vec<NodeId> = (0..windows + width - 1)
        .map(|_| graph.feature(None).unwrap())
        .collect();
    let mut outputs = Vec::new();
    match &mut by_hand {
        Some(random) => {
            let kernel: Vec<NodeId> = (0..channels * (width + 1))
                .map(|_| graph.parameter(None, 0.5).unwrap())
                .collect();
            for window in features.windows(width) {
                for row in kernel.chunks_exact(width + 1) {
                    let (weights, bias) = row.split_at(width);
                    let bias = bias.first().copied();
                    outputs.push(neuron_by_hand(&mut graph, weights, bias, window, random));
                }
            }
        }
        None => {
            let parameters = LinearParameters::new(width, channels);
            let shared = linear_parameters(&mut graph, "kernel", parameters).unwrap();
            for window in features.windows(width) {
                outputs.extend(linear_with(&mut graph, None, &shared, window).unwrap());
            }
        }
    }
    let outputs = graph.activate(None, &outputs, Activation::Relu).unwrap();
    let loss = squared_error(&mut graph, &outputs);
    graph.expand(1).unwrap();
    graph.add_output("y", &outputs).unwrap();
    reports(&graph, loss, Mode::Fast).map(without_scopes)
}

#[test]
fn weights_shared_by_windows_by_hand_are_those_of_the_macro() {
    let wanted = windows(3, 6, 2, None);
    // A product for each window.
    let group = wanted[0]
        .groups
        .iter()
        .find(|group| (group.kind, group.rows, group.inner) == (GroupKind::Product, 2, 3));
    assert_eq!(group.map(|group| group.times), Some(6), "{}", wanted[0]);
    for seed in 0..10 {
        let got = windows(3, 6, 2, Some(&mut Random::seed_from_u64(seed)));
        assert_eq!(got, wanted, "seed {seed}");
    }
    for seed in 0..20 {
        let mut random = Random::seed_from_u64(seed);
        let mut size = |end| random.random_range(1..end);
        let (width, count, channels) = (size(5), size(7), size(4));
        assert_eq!(
            windows(width, count, channels, Some(&mut random)),
            windows(width, count, channels, None),
            "seed {seed}: {count} windows of {width}, {channels} channels"
        );
    }
}

/// Neurons count as their layer, and layers as their network has them.
#[test]
fn parts_are_layers() {
    let mut graph = Graph::new();
    let features: Vec<NodeId> = (0..4).map(|_| graph.feature(None).unwrap()).collect();
    let hidden = graph.linear("hidden", &features, 20).unwrap();
    let outputs = graph.mlp("net", &hidden, Mlp::new([12, 3, 1])).unwrap();
    graph.add_output("y", &outputs).unwrap();
    graph.expand(1).unwrap();
    let layout = Layout::new(graph.parameters().len());
    for mode in [Mode::Strict, Mode::Fast] {
        let program = Program::<f64>::of_outputs(&graph, &layout, options(mode)).unwrap();
        let mut report = program.report();
        let flops = |count: usize, inputs: usize| count * 2 * inputs;
        report
            .scopes
            .sort_by(|one, other| one.scope.cmp(&other.scope));
        let parts: Vec<(&str, usize, usize)> = report
            .scopes
            .iter()
            .map(|share| (share.scope.as_str(), share.flops, share.flops_per_run))
            .collect();
        assert_eq!(
            parts,
            [
                ("", 0, 0),
                ("hidden", flops(20, 4), 0),
                // With a relu for each.
                ("net.0", flops(12, 20) + 12, 0),
                ("net.1", flops(3, 12) + 3, 0),
                ("net.2", flops(1, 3), 0),
            ],
            "{mode:?}"
        );
    }
}

#[test]
fn operations_without_a_vector_form_are_named() {
    let mut graph = Graph::new();
    let outputs = graph
        .scope(|s| {
            let x = s.feature("x");
            let shared = s.parameter("w", 0.5).atan();
            [x.sin(), x.tanh(), x.exp(), x.erf(), x.tan() * shared].map(Expr::id)
        })
        .unwrap();
    graph.add_output("y", &outputs).unwrap();
    let layout = Layout::new(1);
    let program = Program::<f64>::of_outputs(&graph, &layout, options(Mode::Fast)).unwrap();
    // What is computed once for a run does not count.
    assert_eq!(program.report().lane_by_lane, ["erf", "tan"]);
}

/// Flops are those that the documentation of a cost says.
#[test]
fn operations_cost_what_they_consist_of() {
    let flops = |operation: Op, operands: usize| {
        let mut graph = Graph::new();
        let features: Vec<NodeId> = (0..operands)
            .map(|_| graph.feature(None).unwrap())
            .collect();
        let output = graph.operation(operation, &features).unwrap();
        graph.add_output("y", &[output]).unwrap();
        let program =
            Program::<f64>::of_outputs(&graph, &Layout::new(0), options(Mode::Strict)).unwrap();
        let costs = program.report().costs;
        costs.iter().map(|cost| cost.flops).sum::<usize>()
    };
    for (operation, operands, wanted) in [
        (Op::Neg, 1, 1),
        (Op::Tanh, 1, 1),
        (Op::Sub, 2, 1),
        (Op::Le, 2, 1),
        (Op::Atan2, 2, 1),
        (Op::Select, 3, 1),
        (Op::Add, 5, 4),
        (Op::Mul, 5, 4),
        (Op::Max, 5, 4),
        // The greatest, what is left of each without it, the exponentials, their sum, its logarithm, and the greatest again.
        (Op::LogSumExp, 5, 4 + 5 + 5 + 4 + 1 + 1),
        (Op::LogSumExp, 1, 4),
    ] {
        assert_eq!(
            flops(operation.clone(), operands),
            wanted,
            "{operation:?} of {operands}"
        );
    }
}

/// A penalty on all parameters is done once for a run, whatever the batch.
#[test]
fn a_penalty_costs_one_pass_for_a_run() {
    let network = |with_penalty: bool| {
        let mut graph = Graph::new();
        let features = [graph.feature("a").unwrap(), graph.feature("b").unwrap()];
        let mlp = Mlp::new([4, 1]).hidden(Activation::Tanh);
        let outputs = graph.mlp("net", &features, mlp).unwrap();
        let loss = squared_error(&mut graph, &outputs);
        graph.expand(7).unwrap();
        let parameters: Vec<NodeId> = graph.parameters().collect();
        let loss = if with_penalty {
            graph
                .scope(|s| {
                    let squares: Vec<_> = parameters.iter().map(|&id| s.at(id).square()).collect();
                    (s.at(loss) + 1e-3 * s.add(squares)).id()
                })
                .unwrap()
        } else {
            loss
        };
        (graph, loss)
    };
    for mode in [Mode::Strict, Mode::Fast] {
        let mut costs = Vec::new();
        for with_penalty in [false, true] {
            let (graph, loss) = network(with_penalty);
            let layout = Layout::new(graph.parameters().len());
            let program = Program::<f64>::of_loss(&graph, loss, &layout, options(mode)).unwrap();
            let report = program.report();
            let is_per_sample = |cost: &&Cost| cost.class == Class::PerSample;
            let (own, once): (Vec<_>, Vec<_>) = report.costs.iter().partition(is_per_sample);
            let flops = |costs: Vec<&Cost>| costs.iter().map(|cost| cost.flops).sum::<usize>();
            costs.push((flops(own), flops(once)));
            let mut workspace = program.workspace();
            let parameters = Parameters::new(&layout, &vec![0.1; layout.len()]).unwrap();
            let mut run = |rows: usize| {
                let features = vec![0.5; 2 * rows];
                let targets = vec![0.25; rows];
                let batch = Batch::of(rows, &features).with_targets(&targets);
                program.run(&mut workspace, &parameters, &batch).unwrap();
                workspace.steps()
            };
            let (few, many) = (run(2), run(200));
            assert_eq!(
                (few.shared, few.reduced),
                (many.shared, many.reduced),
                "{mode:?}"
            );
        }
        // Each sample's loss has the penalty added, and that is all; the rest is done once, at least a square and a
        // sum for each of the 17 parameters.
        let [without, with] = [costs[0], costs[1]];
        assert!(with.0 <= without.0 + 2, "{mode:?}: {costs:?}");
        assert!(with.1 >= without.1 + 2 * 17, "{mode:?}: {costs:?}");
    }
}
