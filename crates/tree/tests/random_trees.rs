//! Random trees of every operation: both variants and the graph agree to the bit.

#![allow(
    clippy::unwrap_used,
    reason = "a helper outside a test fails the test that calls it"
)]

use dagrad_graph::{Arity, Evaluator, Operator};
use dagrad_ops::{Op, check_same_bits};
use dagrad_tree::{
    CachingTree, Input, Model, Node, Parameter, RecomputingTree, constant, operation,
};
use proptest::prelude::*;

/// Ordinary numbers mostly, and what is special among the others.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        16 => -3.0..3.0_f64,
        1 => Just(0.0),
        1 => Just(-0.0),
        1 => Just(1.0),
        1 => Just(-1e4),
        1 => Just(f64::INFINITY),
        1 => Just(f64::NAN),
    ]
}

fn leaf() -> impl Strategy<Value = Node> {
    let input = number().prop_map(|value| Node::Input(Input { name: None, value }));
    let rate = prop_oneof![Just(1.0), Just(0.01)];
    let parameter =
        (number(), rate).prop_map(|(value, rate)| Parameter::new(value).learning_rate(rate).into());
    prop_oneof![input, parameter, number().prop_map(constant)]
}

/// An operation over trees, more often one of the tutorial's than chance would have it.
fn tree() -> impl Strategy<Value = Node> {
    leaf().prop_recursive(5, 60, 4, |below| {
        let tutorial = prop::sample::select(vec![Op::Add, Op::Mul, Op::Relu, Op::Sigmoid]);
        prop_oneof![tutorial, prop::sample::select(Op::all())].prop_flat_map(move |op| {
            let count = match op.arity() {
                Arity::Exactly(count) => count..=count,
                Arity::AtLeast(least) => least..=4,
            };
            prop::collection::vec(below.clone(), count)
                .prop_map(move |children| operation(op.clone(), children).unwrap())
        })
    })
}

fn values_of(mut node: Node) -> Vec<f64> {
    let inputs = node.find_input_nodes();
    inputs.into_iter().map(|input| input.value).collect()
}

fn learnt(node: &Node) -> Vec<f64> {
    let parameters = node.parameters();
    parameters.iter().map(|parameter| parameter.value).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn trees_and_graph_agree_to_the_bit(node in tree(), derivative in number()) {
        let mut graph = node.to_graph("y").unwrap();
        let root = graph.output("y").unwrap()[0];
        let inputs = values_of(node.clone());
        let rates = node.parameters();
        let mut evaluator = Evaluator::<f64>::new(&graph);
        let mut told = RecomputingTree::new(node.clone());
        let mut caching = CachingTree::compile(node.clone());

        // Twice, so that the second prediction meets what the first step left.
        for _ in 0..2 {
            evaluator.set_features(&graph, &inputs).unwrap();
            evaluator.reverse(&graph, &[(root, derivative)]).unwrap();
            let value = evaluator.value(root).unwrap();
            let ids: Vec<_> = graph.parameters().collect();
            for (&id, parameter) in ids.iter().zip(&rates) {
                let before = graph.parameter_value(id).unwrap();
                let after = before - evaluator.adjoint(id).unwrap() * parameter.learning_rate;
                graph.set_parameter(id, after).unwrap();
            }
            let wanted: Vec<_> = ids.iter().map(|&id| graph.parameter_value(id).unwrap()).collect();

            let trees: [&mut dyn Model; 2] = [&mut told, &mut caching];
            for tree in trees {
                let predicted = tree.predict(&inputs).unwrap();
                check_same_bits(&[predicted], &[value]).unwrap();
                tree.backward(derivative);
                check_same_bits(&learnt(&tree.to_node()), &wanted).unwrap();
            }
            prop_assert_eq!(told.to_node().to_string(), caching.to_node().to_string());
        }
    }
}
