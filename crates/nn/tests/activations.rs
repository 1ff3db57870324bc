//! Every activation, value and slope, against its formula in a textbook.

use crate::support::{CLOSE, POINTS, check_close, evaluate, expanded, sigmoid, softplus};
use dagrad_graph::Evaluator;
use dagrad_nn::{Activate, Activation};
use dagrad_ops::Tolerance;
use std::f64::consts::{PI, SQRT_2};

/// The value and the slope of `activation` at every point are those of `formula`.
fn check(activation: Activation, formula: impl Fn(f64) -> (f64, f64)) {
    check_within(activation, CLOSE, formula);
}

fn check_within(activation: Activation, tolerance: Tolerance, formula: impl Fn(f64) -> (f64, f64)) {
    for x in POINTS {
        let got = evaluate(Activate(activation), &[x], tolerance);
        let (value, slope) = formula(x);
        check_close(&got.values, &[value], tolerance, &[x]);
        check_close(&got.gradients[0], &[slope], tolerance, &[x]);
    }
}

#[test]
fn identity() {
    check(Activation::Identity, |x| (x, 1.0));
}

#[test]
fn relu_has_slope_0_at_0() {
    check(Activation::Relu, |x| (x.max(0.0), f64::from(x > 0.0)));
}

#[test]
fn sigmoid_at_any_size() {
    let formula = |x| (sigmoid(x), sigmoid(x) * sigmoid(-x));
    check(Activation::Sigmoid, formula);
}

#[test]
fn tanh() {
    check(Activation::Tanh, |x| (x.tanh(), x.cosh().powi(2).recip()));
}

#[test]
fn softplus_at_any_size() {
    check(Activation::Softplus, |x| (softplus(x), sigmoid(x)));
}

#[test]
fn leaky_relu_has_the_lower_slope_at_0() {
    for slope in [0.01, 0.5, 0.0, -1.0, 3.0] {
        check(Activation::LeakyRelu { slope }, |x| {
            if x > 0.0 {
                (x, 1.0)
            } else {
                (slope * x, slope)
            }
        });
    }
}

#[test]
fn elu_has_the_lower_slope_at_0_and_no_nan_far_above() {
    for alpha in [1.0, 0.25, 2.0] {
        check(Activation::Elu { alpha }, |x| {
            if x > 0.0 {
                (x, 1.0)
            } else {
                (alpha * x.exp_m1(), alpha * x.exp())
            }
        });
    }
}

#[test]
fn silu_at_any_size() {
    check(Activation::Silu, |x| {
        let slope = sigmoid(x) + x * sigmoid(x) * sigmoid(-x);
        (x * sigmoid(x), slope)
    });
}

#[test]
fn gelu_is_the_exact_one() {
    let tolerance = Tolerance::relative(1e-12).and_absolute(2e-15);
    check_within(Activation::Gelu, tolerance, |x| {
        let below = 0.5 * libm::erfc(-x / SQRT_2);
        let density = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
        (x * below, below + x * density)
    });
    // Hendrycks and Gimpel's approximation is off by some 1e-4 here.
    let got = evaluate(Activate(Activation::Gelu), &[1.0], CLOSE);
    check_close(&got.values, &[0.841_344_746_068_542_9], CLOSE, &[1.0]);
}

#[test]
fn nan_propagates() {
    for activation in [
        Activation::Identity,
        Activation::Relu,
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Softplus,
        Activation::LEAKY_RELU,
        Activation::ELU,
        Activation::Silu,
        Activation::Gelu,
    ] {
        let (graph, _, ports) = expanded(Activate(activation), 1);
        let mut evaluator = Evaluator::new(&graph);
        evaluator.set_features(&graph, &[f64::NAN]).unwrap();
        evaluator.forward(&graph, &ports).unwrap();
        assert!(evaluator.value(ports[0]).unwrap().is_nan(), "{activation}");
    }
}

#[test]
fn each_value_of_a_list_has_a_port_and_constants_are_made_once() {
    let (graph, _, ports) = expanded(Activate(Activation::Gelu), 5);
    assert_eq!(ports.len(), 5);
    assert_eq!(graph.len(), 5 + 3 + 5 * 5);
    let got = evaluate(Activate(Activation::Tanh), &[0.5, -1.0], CLOSE);
    check_close(&got.values, &[0.5_f64.tanh(), -1_f64.tanh()], CLOSE, &[]);
    assert_eq!((got.gradients[0][1], got.gradients[1][0]), (0.0, 0.0));
}
