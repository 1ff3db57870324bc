//! The two losses that take logits, near zero and far from it.

use crate::support::{CLOSE, POINTS, check_close, evaluate, sigmoid, softplus};
use dagrad_nn::{BinaryCrossEntropyFromLogits, SoftmaxCrossEntropy};
use dagrad_ops::Tolerance;

#[test]
fn binary_at_logits_of_any_size() {
    for x in POINTS {
        for t in [0.0, 1.0, 0.25] {
            let got = evaluate(BinaryCrossEntropyFromLogits, &[x, t], CLOSE);
            let value = t * softplus(-x) + (1.0 - t) * softplus(x);
            check_close(&got.values, &[value], CLOSE, &[x, t]);
            let slope = (1.0 - t) * sigmoid(x) - t * sigmoid(-x);
            check_close(&got.gradients[0][..1], &[slope], CLOSE, &[x, t]);
        }
    }
}

#[test]
fn binary_keeps_its_digits_where_the_prediction_is_sure_and_right() {
    let relative = Tolerance::relative(1e-14);
    for x in [40.0, -40.0, 700.0, -700.0] {
        let t = f64::from(x > 0.0);
        let got = evaluate(BinaryCrossEntropyFromLogits, &[x, t], CLOSE);
        let rest = (-f64::abs(x)).exp();
        check_close(&got.values, &[rest], relative, &[x, t]);
        check_close(
            &got.gradients[0][..1],
            &[rest.copysign(-x)],
            relative,
            &[x, t],
        );
    }
}

#[test]
fn binary_of_a_list_is_the_mean() {
    let (xs, ts) = ([0.5, -1.5, 1e4], [1.0, 0.0, 0.0]);
    let got = evaluate(BinaryCrossEntropyFromLogits, &[xs, ts].concat(), CLOSE);
    let sum = softplus(-0.5) + softplus(-1.5) + 1e4;
    check_close(&got.values, &[sum / 3.0], CLOSE, &xs);
    let slopes = [-sigmoid(-0.5) / 3.0, sigmoid(-1.5) / 3.0, 1.0 / 3.0];
    check_close(&got.gradients[0][..3], &slopes, CLOSE, &xs);
}

/// The loss of `logits` is `value`, and its gradient `softmax·Σt − t`.
fn check(logits: &[f64], targets: &[f64], value: f64, softmax: &[f64], tolerance: Tolerance) {
    let operands = [logits, targets].concat();
    let got = evaluate(SoftmaxCrossEntropy, &operands, tolerance);
    check_close(&got.values, &[value], tolerance, logits);
    let total: f64 = targets.iter().sum();
    let slopes = softmax.iter().zip(targets).map(|(p, t)| p * total - t);
    let slopes: Vec<_> = slopes.collect();
    check_close(
        &got.gradients[0][..logits.len()],
        &slopes,
        tolerance,
        logits,
    );
}

#[test]
fn softmax_cross_entropy_is_the_logarithm_of_a_quotient() {
    let logits = [0.3_f64, -1.2, 2.5];
    let sum: f64 = logits.iter().map(|x| x.exp()).sum();
    let softmax = logits.map(|x| x.exp() / sum);
    let wanted = |ts: [f64; 3]| -> f64 { (0..3).map(|i| -ts[i] * softmax[i].ln()).sum() };
    for targets in [
        [0.0, 1.0, 0.0],
        [1.0, 0.0, 0.0],
        [0.2, 0.3, 0.5],
        [0.5, 0.5, 0.5],
    ] {
        check(&logits, &targets, wanted(targets), &softmax, CLOSE);
    }
}

#[test]
fn softmax_cross_entropy_at_logits_of_1e4() {
    let softmax = [1.0, 0.0, 0.0];
    let logits = [1e4, -1e4, 0.0];
    check(&logits, &[1.0, 0.0, 0.0], 0.0, &softmax, CLOSE);
    check(&logits, &[0.0, 1.0, 0.0], 2e4, &softmax, CLOSE);
    check(&logits, &[0.0, 0.25, 0.75], 1.25e4, &softmax, CLOSE);
    let close = [1e4, 1e4 + 1.0];
    let softmax = [sigmoid(-1.0), sigmoid(1.0)];
    let tolerance = Tolerance::relative(1e-11);
    check(&close, &[1.0, 0.0], softplus(1.0), &softmax, tolerance);
    check(
        &[-1e4, -1e4 + 1.0],
        &[1.0, 0.0],
        softplus(1.0),
        &softmax,
        tolerance,
    );
    check(&[1e300, -1e300], &[0.0, 1.0], 2e300, &[1.0, 0.0], CLOSE);
}
