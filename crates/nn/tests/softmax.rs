//! The softmax, against exponentials that are divided where they can be.

use crate::support::{CLOSE, check_close, evaluate};
use dagrad_nn::Softmax;
use dagrad_ops::Tolerance;

/// The probabilities are `wanted`, and the gradient of each is `pᵢ·(δᵢⱼ − pⱼ)`.
fn check(logits: &[f64], wanted: &[f64], tolerance: Tolerance) {
    let got = evaluate(Softmax, logits, tolerance);
    check_close(&got.values, wanted, tolerance, logits);
    for (i, gradient) in got.gradients.iter().enumerate() {
        let delta = |j| if i == j { 1.0 } else { 0.0 };
        let partials = wanted.iter().enumerate();
        let partials: Vec<_> = partials.map(|(j, p)| wanted[i] * (delta(j) - p)).collect();
        check_close(gradient, &partials, tolerance, logits);
    }
}

fn quotients(logits: &[f64]) -> Vec<f64> {
    let powers: Vec<f64> = logits.iter().map(|x| x.exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

#[test]
fn quotients_of_exponentials() {
    for logits in [&[0.3, -1.2, 2.5][..], &[0.0; 4], &[7.0], &[-20.0, 5.0]] {
        check(logits, &quotients(logits), CLOSE);
    }
}

#[test]
fn logits_of_1e4_do_not_overflow() {
    check(&[1e4, -1e4, 0.0], &[1.0, 0.0, 0.0], CLOSE);
    check(&[-1e4, -1e4], &[0.5, 0.5], Tolerance::relative(2e-12));
    check(&[-1e300, 1e300], &[0.0, 1.0], CLOSE);
    // An ulp of 1e4 is all that is lost.
    let wanted = quotients(&[0.0, 1.0, -2.0]);
    let tolerance = Tolerance::relative(4e-12);
    check(&[1e4, 1e4 + 1.0, 1e4 - 2.0], &wanted, tolerance);
    check(&[-1e4, -1e4 + 1.0, -1e4 - 2.0], &wanted, tolerance);
}
