//! When the caching tree remembers, and when it does not.

#![allow(
    clippy::unwrap_used,
    reason = "a helper outside a test fails the test that calls it"
)]

use dagrad_graph::Operator;
use dagrad_ops::{Op, same_bits};
use dagrad_tree::{
    CachingTree, InputCountError, Model, Parameter, RecomputingTree, add, constant, input,
    multiply, operation, parameter, relu, sigmoid,
};

/// Predicts, and gives the number of operations that it took.
fn evaluations(tree: &mut CachingTree, inputs: &[f64]) -> u64 {
    let before = tree.counts().evaluations;
    tree.predict(inputs).unwrap();
    tree.counts().evaluations - before
}

/// Add(ReLU(Sigmoid(I)), Multiply(P, I), Sigmoid(P)): the root and, below it, 2, 1 and 1 operations.
fn tree() -> CachingTree {
    CachingTree::compile(add([
        relu(sigmoid(input())),
        multiply([parameter(0.5), input()]),
        sigmoid(Parameter::new(2.0).learning_rate(0.0).into()),
    ]))
}

#[test]
fn nothing_changed_nothing_is_evaluated() {
    let mut tree = tree();
    assert_eq!(evaluations(&mut tree, &[1.0, 2.0]), 5);
    let calls = tree.counts().forward_calls;
    assert_eq!(evaluations(&mut tree, &[1.0, 2.0]), 0);
    assert_eq!(tree.counts().forward_calls, calls + 1, "the root's");
    tree.forward();
    assert_eq!(tree.counts().evaluations, 5);
}

#[test]
fn a_changed_input_is_felt_above_it_only() {
    let mut tree = tree();
    evaluations(&mut tree, &[1.0, 2.0]);
    assert_eq!(evaluations(&mut tree, &[1.5, 2.0]), 3, "Sigmoid, ReLU, Add");
    assert_eq!(evaluations(&mut tree, &[1.5, 3.0]), 2, "Multiply, Add");
    assert_eq!(evaluations(&mut tree, &[0.0, 0.0]), 4, "all but one");
}

#[test]
fn changes_are_of_bits() {
    let mut tree = tree();
    evaluations(&mut tree, &[0.0, 0.0]);
    assert_eq!(evaluations(&mut tree, &[-0.0, 0.0]), 3);
    assert_eq!(evaluations(&mut tree, &[-0.0, 0.0]), 0);
    assert_eq!(evaluations(&mut tree, &[f64::NAN, 0.0]), 3);
    assert_eq!(evaluations(&mut tree, &[f64::NAN, 0.0]), 0);

    // A tree in which it matters.
    let mut tree = CachingTree::compile(operation(Op::Recip, [input()]).unwrap());
    assert!(same_bits(tree.predict(&[0.0]).unwrap(), f64::INFINITY));
    assert!(same_bits(tree.predict(&[-0.0]).unwrap(), f64::NEG_INFINITY));
}

#[test]
fn a_parameter_that_learns_is_felt_above_it_only() {
    let mut tree = tree();
    evaluations(&mut tree, &[1.0, 2.0]);
    tree.backward(1.0);
    assert_eq!(evaluations(&mut tree, &[1.0, 2.0]), 2, "Multiply, Add");
    tree.backward(0.0);
    assert_eq!(evaluations(&mut tree, &[1.0, 2.0]), 0, "nothing was learnt");
}

#[test]
fn what_receives_no_contribution_is_not_visited() {
    // Of Select(Gt(P, 0), P, StopGradient(P)) only the second parameter learns.
    let selected = || {
        let condition = operation(Op::Gt, [parameter(1.0), constant(0.0)]).unwrap();
        let stopped = operation(Op::StopGradient, [parameter(3.0)]).unwrap();
        operation(Op::Select, [condition, parameter(2.0), stopped]).unwrap()
    };
    let learnt = |mut tree: Box<dyn Model>| {
        tree.forward();
        tree.backward(100.0);
        let node = tree.to_node();
        node.to_string()
    };
    let expected =
        "Select(Gt(Parameter(1.0), Constant(0.0)), Parameter(1.0), StopGradient(Parameter(3.0)))";
    assert_eq!(learnt(Box::new(RecomputingTree::new(selected()))), expected);
    assert_eq!(learnt(Box::new(CachingTree::compile(selected()))), expected);
}

#[test]
fn a_wrong_number_of_inputs_is_refused_and_changes_nothing() {
    let model = || add([input(), multiply([input(), parameter(2.0)])]);
    let check = |tree: &mut dyn Model| {
        tree.predict(&[1.0, 2.0]).unwrap();
        let before = tree.to_node().to_string();
        for wrong in [&[][..], &[5.0], &[5.0, 6.0, 7.0]] {
            let error = tree.predict(wrong).unwrap_err();
            let (wanted, got) = (2, wrong.len());
            assert_eq!(error, InputCountError { wanted, got });
        }
        assert_eq!(tree.to_node().to_string(), before);
    };
    check(&mut RecomputingTree::new(model()));
    check(&mut CachingTree::compile(model()));
}

#[test]
fn a_wrong_number_of_children_is_refused() {
    let error = operation(Op::Sub, [input()]).unwrap_err();
    assert_eq!(error.to_string(), "sub takes 2 operands, got 1: Input(0.0)");
    for op in Op::all() {
        assert!(operation(op.clone(), []).is_err(), "{}", op.name());
    }
}
