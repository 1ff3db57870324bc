//! How often each variant evaluates, counted by hand.
//!
//! In the comments F(t) is the number of nodes of the tree t, which is how many calls of `forward` it
//! takes to evaluate it with nothing remembered.

#![allow(
    clippy::unwrap_used,
    reason = "a helper outside a test fails the test that calls it"
)]

use dagrad_tree::{
    CachingTree, Counts, Model, Node, RecomputingTree, add, binary_classifier, input,
    linear_classifier, multiply, parameter, relu, sigmoid,
};

/// What one prediction and one step back cost: forward calls and evaluations of each.
fn check(name: &str, tree: &mut impl Model, inputs: &[f64], predict: [u64; 2], back: [u64; 2]) {
    let spent = |before: Counts, after: Counts| {
        [
            after.forward_calls - before.forward_calls,
            after.evaluations - before.evaluations,
        ]
    };
    let start = tree.counts();
    tree.predict(inputs).unwrap();
    let predicted = tree.counts();
    assert_eq!(spent(start, predicted), predict, "{name}: predict");
    tree.backward(0.5);
    assert_eq!(spent(predicted, tree.counts()), back, "{name}: backward");
}

#[test]
fn the_linear_classifier() {
    // Add(Multiply(P, I), P): 5 nodes, 2 of them operations.
    // Back: Add asks nothing, Multiply asks I for P and P for I.
    let model = linear_classifier([0.5, -1.0]);
    let mut told = RecomputingTree::new(model.clone());
    let mut caching = CachingTree::compile(model);
    for _ in 0..3 {
        // All of it changes with every step, so that remembering saves nothing here.
        check("recomputing", &mut told, &[2.0], [5, 2], [2, 0]);
        check("caching", &mut caching, &[2.0], [5, 2], [2, 0]);
    }
}

#[test]
fn the_binary_classifier() {
    // Sigmoid(Add(Multiply(P, ReLU(Add(Multiply(P, I), Multiply(P, I), P))), P)): 14 nodes, 7 operations.
    let model = binary_classifier([0.7, -0.3, 0.9, 0.2, -0.1]);
    // Back, recomputing:
    //   Sigmoid, itself twice    2 · 14 calls   2 · 7 evaluations
    //   Add                          0              0
    //   Multiply, P and F(ReLU)  1 + 9              4   (ReLU, Add, Multiply, Multiply)
    //   ReLU, F(Add)                 8              3
    //   Add                          0              0
    //   Multiply, twice          2 · 2              0
    let mut told = RecomputingTree::new(model.clone());
    check("recomputing", &mut told, &[0.4, 0.8], [14, 7], [50, 21]);
    check("again", &mut told, &[0.4, 0.8], [14, 7], [50, 21]);
    // Back, caching: the same questions, each answered at once. Nothing below the nodes that are asked
    // has learnt when they are: 2 + (1 + 1) + 1 + 2 · 2.
    let mut caching = CachingTree::compile(model);
    check("caching", &mut caching, &[0.4, 0.8], [14, 7], [9, 0]);
    check("again", &mut caching, &[0.4, 0.8], [14, 7], [9, 0]);
}

#[test]
fn a_product_asks_for_every_other_child_for_every_child() {
    // Multiply(P, Multiply(P, I, P), ReLU(I)): 8 nodes, 3 operations.
    let model = || {
        multiply([
            parameter(0.5),
            multiply([parameter(1.5), input(), parameter(-2.0)]),
            relu(input()),
        ])
    };
    // Back: each of the three children is asked twice, 2 · (1 + 4 + 2) calls and 2 · (1 + 1) evaluations;
    // so are those of the inner product, 2 · 3; ReLU asks its input, 1.
    let mut told = RecomputingTree::new(model());
    check("recomputing", &mut told, &[2.0, 3.0], [8, 3], [21, 4]);
    // Remembered, each of the outer product's questions is one call: 2 · 3 + 2 · 3 + 1.
    let mut caching = CachingTree::compile(model());
    check("caching", &mut caching, &[2.0, 3.0], [8, 3], [13, 0]);
    // ReLU has no parameter below it, so it is not computed again: 8 nodes less the one input below it.
    check("again", &mut caching, &[2.0, 3.0], [7, 2], [13, 0]);
}

#[test]
fn a_chain_of_sigmoids_costs_its_square_only_where_values_are_forgotten() {
    let chain = |length: u64| (0..length).fold(parameter(0.3), |below, _| sigmoid(below));
    for length in [1, 2, 10, 100] {
        // Back: the sigmoid over k nodes asks itself twice, 2 · (k + 1) calls, 2 · k evaluations.
        let evaluations = length * (length + 1);
        let mut told = RecomputingTree::new(chain(length));
        let back = [evaluations + 2 * length, evaluations];
        check("recomputing", &mut told, &[], [length + 1, length], back);
        let mut caching = CachingTree::compile(chain(length));
        check(
            "caching",
            &mut caching,
            &[],
            [length + 1, length],
            [2 * length, 0],
        );
    }
}

#[test]
fn a_value_that_is_used_twice_is_computed_twice() {
    // x ← x + x, five times: 2⁵ leaves, 2⁵ − 1 sums.
    let ladder = (0..5).fold(input(), |x: Node, _| add([x.clone(), x]));
    let mut told = RecomputingTree::new(ladder.clone());
    check("recomputing", &mut told, &[1.0; 32], [63, 31], [0, 0]);
    let mut caching = CachingTree::compile(ladder);
    check("caching", &mut caching, &[1.0; 32], [63, 31], [0, 0]);
}
