//! Workloads are what they say they are.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test fails as the test does"
)]

use dagrad_graph::{Evaluator, Graph, Kind, NodeId};
use dagrad_ops::{Op, Tolerance};
use dagrad_testsuite::workloads::large::{self, Shape};
use dagrad_testsuite::workloads::{
    Precision, Workload, digits, irregular, latency, moons, population, pruned, tiny, wide,
};

fn count(graph: &Graph<Op>, is_counted: impl Fn(&Kind<Op>) -> bool) -> usize {
    let order = graph.canonical_order();
    order
        .iter()
        .filter(|&id| is_counted(graph.kind(id).unwrap()))
        .count()
}

fn products(graph: &Graph<Op>) -> usize {
    count(graph, |kind| matches!(kind, Kind::Operation(Op::Mul)))
}

fn evaluator(workload: &Workload, row: usize) -> Evaluator<f64> {
    let Workload {
        graph,
        features,
        targets,
        ..
    } = workload;
    let mut evaluator = Evaluator::new(graph);
    let of = |table: &[f64], width: usize| table[row * width..(row + 1) * width].to_vec();
    evaluator
        .set_features(graph, &of(features, workload.feature_count()))
        .unwrap();
    evaluator
        .set_targets(graph, &of(targets, workload.target_count()))
        .unwrap();
    evaluator
}

/// How many neurons the longest path has.
fn levels(graph: &Graph<Op>) -> usize {
    let order = graph.canonical_order();
    let mut levels = vec![0; order.len()];
    for (at, id) in order.iter().enumerate() {
        let operands = graph.operands(id).unwrap();
        let below = operands
            .map(|operand| levels[order.position(operand).unwrap()])
            .max();
        let is_neuron = matches!(graph.kind(id).unwrap(), Kind::Operation(Op::Tanh));
        levels[at] = below.unwrap_or(0) + usize::from(is_neuron);
    }
    levels.into_iter().max().unwrap()
}

fn all() -> Vec<Workload> {
    let mut all = vec![
        tiny::point(),
        tiny::points(1024),
        moons::step(),
        digits::step(),
        wide(),
        irregular::gradient(1),
        irregular::gradient(1000),
        pruned::pruned(),
        pruned::full(),
    ];
    all.extend(latency::SIZES.map(latency::forward));
    all.into_iter().collect::<Result<_, _>>().unwrap()
}

#[test]
fn tables_have_their_shapes_and_numbers_their_precision() {
    for workload in all() {
        let Workload {
            name,
            graph,
            output,
            rows,
            features,
            targets,
            ..
        } = &workload;
        assert_eq!(features.len(), rows * workload.feature_count(), "{name}");
        assert_eq!(targets.len(), rows * workload.target_count(), "{name}");
        assert!(graph.output(output).is_some(), "{name}");
        assert!(!graph.has_macros(), "{name}");
        if workload.precision == Precision::Single {
            let fits = |&number: &f64| f64::from(number as f32).to_bits() == number.to_bits();
            assert!(
                features.iter().all(fits) && targets.iter().all(fits),
                "{name}"
            );
        }
    }
}

#[test]
fn the_tiny_expression_has_the_values_that_are_known() {
    let tiny = tiny::point().unwrap();
    let graph = &tiny.graph;
    let g = graph.output(tiny.output).unwrap()[0];
    let mut evaluator = evaluator(&tiny, 0);
    evaluator.reverse(graph, &[(g, 1.0)]).unwrap();
    let mut found = vec![evaluator.value(g).unwrap()];
    found.extend(graph.features().map(|id| evaluator.adjoint(id).unwrap()));
    let known = Tolerance::EXACT.and_absolute(5e-5);
    known
        .check_all(&found, &[24.7041, 138.8338, 645.5773])
        .unwrap();
}

#[test]
fn networks_have_their_sizes() {
    let moons = moons::step().unwrap();
    assert_eq!(moons.graph.parameters().len(), 337);
    assert_eq!(moons.targets.iter().filter(|&&side| side > 0.0).count(), 50);
    let digits = digits::step().unwrap().graph;
    assert_eq!(digits.parameters().len(), 65 * 128 + 129 * 64 + 65 * 10);
    let wide = wide().unwrap().graph;
    assert_eq!(wide.parameters().len(), 785 * 256 + 257 * 128 + 129 * 10);
    let pruned = pruned::pruned().unwrap().graph;
    let edges = 64 * 64 / 10 + 64 * 16 / 10;
    assert_eq!(pruned.parameters().len(), edges + 64 + 16);
    let full = pruned::full().unwrap().graph;
    assert_eq!(full.parameters().len(), 65 * 64 + 65 * 16);
}

#[test]
fn the_irregular_network_is_irregular() {
    let graph = irregular::network().unwrap();
    let neurons = count(&graph, |kind| matches!(kind, Kind::Operation(Op::Tanh)));
    assert_eq!(neurons, 1005);
    let edges = products(&graph);
    assert_eq!(graph.parameters().len(), edges + neurons);
    println!(
        "{edges} edges {} levels {} nodes",
        levels(&graph),
        graph.len()
    );
    assert!((5200..5400).contains(&edges), "{edges}");
    assert_eq!(levels(&graph), 37);
    // Only the loss has no user.
    let unused = graph
        .canonical_order()
        .iter()
        .filter(|&id: &NodeId| graph.users(id).unwrap().len() == 0)
        .count();
    assert_eq!(unused, 1);
}

#[test]
fn nothing_of_the_pruned_network_is_without_effect() {
    let graph = pruned::pruned().unwrap().graph;
    let loss = graph.output("loss").unwrap()[0];
    let order = graph.canonical_order();
    let idle: Vec<NodeId> = order
        .iter()
        .filter(|&id| id != loss && graph.users(id).unwrap().len() == 0)
        .collect();
    assert_eq!(idle, []);
}

#[test]
fn large_graphs_have_the_nodes_asked_for_and_finite_derivatives() {
    for (shape, nodes) in [
        (Shape::Chain, 20),
        (Shape::Random, 20),
        (Shape::Chain, 5000),
        (Shape::Random, 5000),
    ] {
        let graph = large::graph(shape, nodes).unwrap();
        assert_eq!(graph.len(), nodes + 1, "{shape:?}");
        let mut evaluator = Evaluator::<f64>::new(&graph);
        let features = vec![0.5; graph.features().count()];
        evaluator.set_features(&graph, &features).unwrap();
        let loss = graph.output("loss").unwrap()[0];
        evaluator.reverse(&graph, &[(loss, 1.0)]).unwrap();
        assert!(evaluator.value(loss).unwrap().is_finite(), "{shape:?}");
        for id in graph.parameters() {
            assert!(evaluator.adjoint(id).unwrap().is_finite(), "{shape:?}");
        }
    }
}

#[test]
fn populations_are_small_graphs_that_need_their_operations() {
    let graphs = population::graphs(200).unwrap();
    for graph in &graphs {
        assert!(population::NODES.contains(&graph.len()), "{graph}");
        assert_eq!(graph.features().count(), population::FEATURES);
        let mut pruned = graph.clone();
        pruned.prune();
        let operations =
            |graph: &Graph<Op>| count(graph, |kind| matches!(kind, Kind::Operation(_)));
        assert_eq!(operations(graph), operations(&pruned), "{graph}");
    }
    let texts: std::collections::BTreeSet<String> = graphs.iter().map(Graph::to_string).collect();
    assert_eq!(texts.len(), graphs.len());
}
