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
    Activation, Batch, Graph, GraphLayers as _, GraphScope as _, GroupKind, Layout, Mlp, Mode,
    NodeId, Op, Options, Parameters, Program, Report,
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
    let [_, gradient] = reports(&graph, loss, Mode::Strict);
    insta::assert_snapshot!("gradient_strict", gradient);
}

/// How a sum is written.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Together,
    Chain,
    Tree,
}

/// A layer of single multiplications and additions, in an order that `random` decides.
fn by_hand(
    graph: &mut Graph,
    inputs: &[NodeId],
    outputs: usize,
    shape: Shape,
    random: &mut Random,
) -> Vec<NodeId> {
    let mut layer = Vec::new();
    for _ in 0..outputs {
        let mut terms: Vec<NodeId> = Vec::new();
        for &input in inputs {
            let weight = graph
                .parameter(None, random.random_range(-1.0..1.0))
                .unwrap();
            let mut factors = [weight, input];
            factors.shuffle(random);
            terms.push(graph.operation(Op::Mul, &factors).unwrap());
        }
        terms.push(
            graph
                .parameter(None, random.random_range(-1.0..1.0))
                .unwrap(),
        );
        terms.shuffle(random);
        layer.push(sum(graph, &terms, shape));
    }
    layer
}

fn sum(graph: &mut Graph, terms: &[NodeId], shape: Shape) -> NodeId {
    match (shape, terms) {
        (_, &[only]) => only,
        (Shape::Together, _) => graph.operation(Op::Add, terms).unwrap(),
        (Shape::Chain, _) => {
            let (first, rest) = terms.split_first().unwrap();
            rest.iter().fold(*first, |sum, &term| {
                graph.operation(Op::Add, &[sum, term]).unwrap()
            })
        }
        (Shape::Tree, _) => {
            let (left, right) = terms.split_at(terms.len() / 2);
            let halves = [sum(graph, left, shape), sum(graph, right, shape)];
            graph.operation(Op::Add, &halves).unwrap()
        }
    }
}

/// The same but for the names of scopes, which a network written by hand has not.
fn without_scopes(report: Report) -> Report {
    Report {
        scopes: Vec::new(),
        ..report
    }
}

#[test]
fn dense_layers_by_hand_are_those_of_the_macro() {
    let sizes = [7, 5, 3];
    let inputs = 4;
    let mut graph = Graph::new();
    let features: Vec<NodeId> = (0..inputs).map(|_| graph.feature(None).unwrap()).collect();
    let outputs = graph.mlp("net", &features, Mlp::new(sizes)).unwrap();
    let loss = squared_error(&mut graph, &outputs);
    graph.expand(1).unwrap();
    graph.add_output("y", &outputs).unwrap();
    let wanted = reports(&graph, loss, Mode::Fast).map(without_scopes);
    let is_product = |report: &Report, rows: usize, inner: usize| {
        let mut groups = report.groups.iter();
        groups
            .any(|group| (group.kind, group.rows, group.inner) == (GroupKind::Product, rows, inner))
    };
    for (rows, inner) in [(7, 4), (5, 7), (3, 5)] {
        assert!(is_product(&wanted[0], rows, inner), "{rows} × {inner}");
    }

    for seed in 0..20 {
        let mut random = Random::seed_from_u64(seed);
        for shape in [Shape::Together, Shape::Chain, Shape::Tree] {
            let mut graph = Graph::new();
            let mut layer: Vec<NodeId> =
                (0..inputs).map(|_| graph.feature(None).unwrap()).collect();
            for (number, &size) in sizes.iter().enumerate() {
                layer = by_hand(&mut graph, &layer, size, shape, &mut random);
                if number + 1 < sizes.len() {
                    let relu = |&id: &NodeId| graph.operation(Op::Relu, &[id]).unwrap();
                    layer = layer.iter().map(relu).collect();
                }
            }
            let loss = squared_error(&mut graph, &layer);
            graph.add_output("y", &layer).unwrap();
            let got = reports(&graph, loss, Mode::Fast).map(without_scopes);
            assert_eq!(got, wanted, "seed {seed}, {shape:?}");
        }
    }
}

#[test]
fn weights_shared_by_windows_by_hand_are_those_of_the_macro() {
    let (width, windows, channels) = (3, 6, 2);
    let written = |by_hand: bool| {
        let mut graph = Graph::new();
        let features: Vec<NodeId> = (0..windows + width - 1)
            .map(|_| graph.feature(None).unwrap())
            .collect();
        let outputs: Vec<NodeId> = if by_hand {
            let kernel: Vec<NodeId> = (0..channels * (width + 1))
                .map(|at| graph.parameter(None, 0.1 * at as f64).unwrap())
                .collect();
            let mut outputs = Vec::new();
            for window in features.windows(width) {
                for row in kernel.chunks_exact(width + 1) {
                    let mut terms: Vec<NodeId> = (0..width)
                        .rev()
                        .map(|at| graph.operation(Op::Mul, &[window[at], row[at]]).unwrap())
                        .collect();
                    terms.insert(1, row[width]);
                    outputs.push(sum(&mut graph, &terms, Shape::Chain));
                }
            }
            outputs
        } else {
            let shared =
                linear_parameters(&mut graph, "kernel", LinearParameters::new(width, channels))
                    .unwrap();
            let layers = features
                .windows(width)
                .map(|window| linear_with(&mut graph, None, &shared, window).unwrap());
            layers.collect::<Vec<_>>().concat()
        };
        let relu = |&id: &NodeId| graph.operation(Op::Relu, &[id]).unwrap();
        let outputs: Vec<NodeId> = outputs.iter().map(relu).collect();
        let loss = squared_error(&mut graph, &outputs);
        graph.expand(1).unwrap();
        graph.add_output("y", &outputs).unwrap();
        reports(&graph, loss, Mode::Fast).map(without_scopes)
    };
    assert_eq!(written(true), written(false));
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
