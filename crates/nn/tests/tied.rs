//! Two layers, one set of parameters.

use crate::support::check_exact;
use dagrad_graph::{Evaluator, Graph, NodeId};
use dagrad_nn::{GraphLayers as _, Linear, LinearParameters};
use dagrad_ops::{GraphOperations as _, Op};

#[test]
fn the_gradient_is_the_sum_over_both_layers() {
    let mut g = Graph::<Op>::new();
    let xs = [g.feature("x0").unwrap(), g.feature("x1").unwrap()];
    let zs = [g.feature("z0").unwrap(), g.feature("z1").unwrap()];
    let shared = g.linear_parameters("shared", LinearParameters::new(2, 2));
    let shared = shared.unwrap();
    let a = g.linear_with("a", &shared, &xs).unwrap();
    let b = g.linear_with("b", &shared, &zs).unwrap();
    // 3·a₀ + 5·b₀: what reaches the parameters of output 0 is 3·x + 5·z.
    let (three, five) = (g.constant(3.0), g.constant(5.0));
    let left = g.mul(&[three, a[0]]).unwrap();
    let right = g.mul(&[five, b[0]]).unwrap();
    let loss = g.add(&[left, right]).unwrap();
    g.expand(7).unwrap();
    g.verify().unwrap();
    assert_eq!(g.parameters().len(), 6);

    let mut evaluator = Evaluator::new(&g);
    evaluator.set_features(&g, &[0.5, -1.0, 2.0, 0.25]).unwrap();
    evaluator.reverse(&g, &[(loss, 1.0)]).unwrap();
    let adjoint = |&id: &NodeId| evaluator.adjoint(id).unwrap();
    let adjoints: Vec<_> = shared.parameters().iter().map(adjoint).collect();
    let first = [3.0 * 0.5 + 5.0 * 2.0, -3.0 + 5.0 * 0.25, 3.0 + 5.0];
    check_exact(&adjoints, &[&first[..], &[0.0; 3]].concat());
}

#[test]
fn shared_parameters_are_those_of_a_layer_of_their_own() {
    let build = |tied: bool| {
        let mut g = Graph::<Op>::new();
        let xs = [g.feature("x").unwrap(), g.feature("y").unwrap()];
        if tied {
            let shared = g.linear_parameters("layer", LinearParameters::new(2, 3));
            g.linear_with("first", &shared.unwrap(), &xs).unwrap();
        } else {
            g.linear("layer", &xs, Linear::new(3)).unwrap();
        }
        g.expand(3).unwrap();
        let lines = g.parameters().map(|id| g.describe(id).unwrap());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(build(true), build(false));
}

#[test]
fn without_bias() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let parameters = LinearParameters::new(1, 2).without_bias();
    let shared = g.linear_parameters(None, parameters).unwrap();
    assert_eq!(shared.parameters().len(), 2);
    g.linear_with(None, &shared, &[x]).unwrap();
    g.expand(1).unwrap();
    assert_eq!(g.parameters().len(), 2);
}
