//! The multilayer perceptron, against layers and a gradient that are written by hand.

use crate::support::{CLOSE, check_close, check_exact, evaluate, expanded};
use dagrad_graph::{Evaluator, Graph, Kind, NodeId};
use dagrad_nn::{Activation, Initializer, Mlp};
use dagrad_ops::Op;

fn parameter(graph: &Graph<Op>, id: NodeId) -> f64 {
    match graph.kind(id).unwrap() {
        Kind::Parameter(value) => *value,
        other => panic!("{other:?}"),
    }
}

/// The weights of each neuron and then its bias, of a layer of several neurons.
fn layer(graph: &Graph<Op>, path: &str, inputs: usize, outputs: usize) -> Vec<Vec<NodeId>> {
    let neuron = |j| {
        let weights = (0..inputs).map(|i| format!("{path}.{j}.w{i}"));
        let names = weights.chain([format!("{path}.{j}.b")]);
        names.map(|name| graph.find_path(&name).unwrap()).collect()
    };
    (0..outputs).map(neuron).collect()
}

#[test]
fn value_and_gradient_are_those_of_backpropagation_by_hand() {
    let network = Mlp::new([3, 2])
        .hidden(Activation::Tanh)
        .output(Activation::Sigmoid);
    let (graph, features, ports) = expanded(network, 2);
    let x = [0.75, -0.5];
    let (first, second) = (layer(&graph, "it.0", 2, 3), layer(&graph, "it.1", 3, 2));
    let number = |neuron: &[NodeId]| -> Vec<f64> {
        neuron.iter().map(|&id| parameter(&graph, id)).collect()
    };
    let sum = |w: &[f64], x: &[f64]| -> f64 {
        let products = w.iter().zip(x).map(|(w, x)| w * x);
        products.sum::<f64>() + w[x.len()]
    };
    let h: Vec<f64> = first.iter().map(|n| sum(&number(n), &x).tanh()).collect();
    let y = second
        .iter()
        .map(|n| 1.0 / (1.0 + (-sum(&number(n), &h)).exp()));
    let y: Vec<f64> = y.collect();

    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &x).unwrap();
    let seeds = [(ports[0], 1.0), (ports[1], -2.0)];
    evaluator.reverse(&graph, &seeds).unwrap();
    let values = ports.iter().map(|&port| evaluator.value(port).unwrap());
    check_close(&values.collect::<Vec<_>>(), &y, CLOSE, &x);

    let adjoints = |ids: &[NodeId]| -> Vec<f64> {
        ids.iter()
            .map(|&id| evaluator.adjoint(id).unwrap())
            .collect()
    };
    let out: Vec<f64> = (0..2).map(|k| seeds[k].1 * y[k] * (1.0 - y[k])).collect();
    let mut hidden = [0.0; 3];
    for (neuron, d) in second.iter().zip(&out) {
        check_close(
            &adjoints(neuron),
            &[d * h[0], d * h[1], d * h[2], *d],
            CLOSE,
            &x,
        );
        for (to, w) in hidden.iter_mut().zip(number(neuron)) {
            *to += d * w;
        }
    }
    let mut inputs = [0.0; 2];
    for (j, neuron) in first.iter().enumerate() {
        let d = hidden[j] * (1.0 - h[j] * h[j]);
        check_close(&adjoints(neuron), &[d * x[0], d * x[1], d], CLOSE, &x);
        for (to, w) in inputs.iter_mut().zip(number(neuron)) {
            *to += d * w;
        }
    }
    check_close(&adjoints(&features), &inputs, CLOSE, &x);
}

#[test]
fn dual_numbers_confirm_every_activation_inside() {
    for hidden in [Activation::Relu, Activation::Gelu, Activation::ELU] {
        let network = Mlp::new([4, 4, 2]).hidden(hidden);
        let got = evaluate(network, &[0.3, -0.8, 1.1], CLOSE);
        assert_eq!(got.values.len(), 2);
    }
}

#[test]
fn paths_are_network_layer_output_weight() {
    let (graph, _, _) = expanded(Mlp::new([16, 16, 1]), 4);
    for path in ["it.0.5.w3", "it.1.15.w15", "it.2.w15", "it.2.b"] {
        assert!(graph.find_path(path).is_some(), "{path}");
    }
    assert_eq!(graph.parameters().len(), 16 * 5 + 16 * 17 + 17);
}

#[test]
fn every_layer_starts_as_the_network_says() {
    let network = Mlp::new([3, 2])
        .weights(Initializer::KaimingUniform)
        .bias(Initializer::Zeros);
    let (graph, _, _) = expanded(network, 50);
    for id in graph.parameters() {
        let value = parameter(&graph, id);
        let path = graph.path(id).unwrap().unwrap();
        if path.ends_with('b') {
            check_exact(&[value], &[0.0]);
        } else {
            let inputs = if path.starts_with("it.0") { 50.0 } else { 3.0 };
            assert!(value.abs() <= f64::sqrt(6.0 / inputs), "{path}");
        }
    }
}
