//! Every loss of numbers and of probabilities, value and gradient, against its formula.

use crate::support::{CLOSE, check_close, check_exact, evaluate, expanded};
use dagrad_graph::{Evaluator, Macro};
use dagrad_nn::{
    BinaryCrossEntropy, CategoricalCrossEntropy, Hinge, Huber, MeanAbsolute, MeanSquared,
};
use dagrad_ops::{Op, Tolerance, same_bits};

/// The value, and the gradient by the predictions.
fn evaluated(loss: impl Macro<Op> + 'static, ys: &[f64], ts: &[f64]) -> (f64, Vec<f64>) {
    let operands = [ys, ts].concat();
    let mut got = evaluate(loss, &operands, CLOSE);
    assert_eq!(got.values.len(), 1);
    let mut gradient = got.gradients.remove(0);
    gradient.truncate(ys.len());
    (got.values[0], gradient)
}

/// Of single predictions, value and slope are those of `formula`; of all of them in a list, their mean.
fn check_mean(
    loss: impl Macro<Op> + Clone + 'static,
    pairs: &[(f64, f64)],
    formula: impl Fn(f64, f64) -> (f64, f64),
) {
    let (mut sum, mut slopes) = (0.0, Vec::new());
    let n = pairs.len() as f64;
    for &(y, t) in pairs {
        let (value, slope) = formula(y, t);
        let (got, gradient) = evaluated(loss.clone(), &[y], &[t]);
        check_close(&[got], &[value], CLOSE, &[y, t]);
        check_close(&gradient, &[slope], CLOSE, &[y, t]);
        sum += value;
        slopes.push(slope / n);
    }
    let (ys, ts): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
    let (got, gradient) = evaluated(loss, &ys, &ts);
    check_close(&[got], &[sum / n], CLOSE, &ys);
    check_close(&gradient, &slopes, CLOSE, &ys);
}

const NUMBERS: [(f64, f64); 7] = [
    (0.5, 0.25),
    (-2.0, 3.0),
    (1e4, -1e4),
    (0.0, 0.0),
    (1.0, 1.0),
    (-0.75, -1.0),
    (1e-9, 0.0),
];

#[test]
fn mean_squared() {
    check_mean(MeanSquared, &NUMBERS, |y, t| {
        ((y - t) * (y - t), 2.0 * (y - t))
    });
}

#[test]
fn mean_squared_of_one_prediction_is_the_tutorials() {
    for (y, t) in [(0.1, 0.7), (-1.3, 2.9), (1e8, 1.0)] {
        let (value, gradient) = evaluated(MeanSquared, &[y], &[t]);
        assert!(same_bits(value, (t - y) * (t - y)));
        assert!(same_bits(gradient[0], -2.0 * (t - y)));
    }
}

#[test]
fn mean_absolute_has_slope_0_at_0() {
    check_mean(MeanAbsolute, &NUMBERS, |y, t| {
        let sign = f64::from(y > t) - f64::from(y < t);
        ((y - t).abs(), sign)
    });
}

#[test]
fn huber_is_half_a_square_up_to_delta_and_a_line_beyond() {
    for delta in [1.0, 0.25, 5.0] {
        // The last pairs lie at delta itself and just around it.
        let kinks = [delta, -delta, delta * 1.000_001, -delta * 0.999_999];
        let kinks = kinks.map(|error| (3.0 + error, 3.0));
        check_mean(Huber { delta }, &[&NUMBERS[..], &kinks].concat(), |y, t| {
            let error = y - t;
            if error.abs() <= delta {
                (0.5 * error * error, error)
            } else {
                (delta * (error.abs() - 0.5 * delta), delta * error.signum())
            }
        });
    }
}

#[test]
fn hinge_has_slope_0_at_a_margin_of_1() {
    let pairs = [
        (0.5, 1.0),
        (0.5, -1.0),
        (1.0, 1.0),
        (-1.0, -1.0),
        (2.0, 1.0),
        (-1e4, 1.0),
        (0.0, -1.0),
    ];
    check_mean(Hinge, &pairs, |y, t| {
        let slack = 1.0 - t * y;
        if slack > 0.0 { (slack, -t) } else { (0.0, 0.0) }
    });
}

/// Value and slope at 1e300 and at −1e300, the target being `t`.
fn check_huge(loss: impl Macro<Op> + Clone + 'static, t: f64, above: [f64; 2], below: [f64; 2]) {
    for (y, wanted) in [(1e300, above), (-1e300, below)] {
        let (value, gradient) = evaluated(loss.clone(), &[y], &[t]);
        check_exact(&[value, gradient[0]], &wanted);
    }
}

#[test]
fn huge_errors_are_no_nan() {
    let infinite = f64::INFINITY;
    check_huge(MeanSquared, 0.0, [infinite, 2e300], [infinite, -2e300]);
    check_huge(MeanAbsolute, 0.0, [1e300, 1.0], [1e300, -1.0]);
    check_huge(Huber { delta: 0.5 }, 0.0, [5e299, 0.5], [5e299, -0.5]);
    check_huge(Hinge, 1.0, [0.0, 0.0], [1e300, -1.0]);
}

/// The tutorial's `bce_loss`, word for word.
fn bce_loss(y_true: f64, y_pred: f64, eps: f64) -> f64 {
    let y_pred = y_pred.max(eps).min(1.0 - eps);
    -y_true * y_pred.ln() - (1.0 - y_true) * (1.0 - y_pred).ln()
}

/// The tutorial's `bce_loss_grad`, but for what lies beyond the clamp.
fn bce_loss_grad(y_true: f64, y_pred: f64, eps: f64) -> f64 {
    if y_pred < eps || y_pred > 1.0 - eps {
        0.0
    } else {
        (y_pred - y_true) / (y_pred * (1.0 - y_pred))
    }
}

const PROBABILITIES: [f64; 11] = [
    -0.5,
    0.0,
    1e-9,
    1e-8,
    0.001,
    0.3,
    0.5,
    0.999,
    1.0 - 1e-8,
    1.0,
    2.0,
];

#[test]
fn binary_cross_entropy_is_the_tutorials() {
    for epsilon in [1e-8, 1e-3] {
        let mut pairs = Vec::new();
        for t in [0.0, 1.0, 0.25] {
            pairs.extend(PROBABILITIES.map(|p| (p, t)));
        }
        check_mean(BinaryCrossEntropy { epsilon }, &pairs, |p, t| {
            (bce_loss(t, p, epsilon), bce_loss_grad(t, p, epsilon))
        });
    }
    for p in PROBABILITIES {
        for t in [0.0, 1.0, 0.25] {
            let (value, _) = evaluated(BinaryCrossEntropy::default(), &[p], &[t]);
            assert!(same_bits(value, bce_loss(t, p, 1e-8)), "{p} {t}");
        }
    }
}

#[test]
fn binary_cross_entropy_is_flat_beyond_the_clamp() {
    for (p, t) in [(0.0, 1.0), (0.0, 0.0), (1.0, 0.0), (1.0, 1.0)] {
        let (value, gradient) = evaluated(BinaryCrossEntropy::default(), &[p], &[t]);
        assert!(value.is_finite());
        check_close(&gradient, &[0.0], Tolerance::EXACT, &[p, t]);
    }
}

#[test]
fn in_f32_the_usual_epsilon_is_lost_beside_1() {
    let value = |epsilon| {
        let (graph, _, ports) = expanded(BinaryCrossEntropy { epsilon }, 2);
        let mut evaluator = Evaluator::<f32>::new(&graph);
        evaluator.set_features(&graph, &[1.0, 1.0]).unwrap();
        evaluator.forward(&graph, &ports).unwrap();
        evaluator.value(ports[0]).unwrap()
    };
    assert!(value(1e-8).is_nan());
    assert!(value(1e-7).is_finite());
}

/// `−Σ t ln p` of clamped probabilities, and `−t/p` where nothing was clamped.
fn check_categorical(ps: &[f64], ts: &[f64], epsilon: f64) {
    let (value, gradient) = evaluated(CategoricalCrossEntropy { epsilon }, ps, ts);
    let clamped = |p: f64| p.max(epsilon).min(1.0 - epsilon);
    let pairs = || ps.iter().zip(ts);
    let wanted: f64 = pairs().map(|(&p, t)| -t * clamped(p).ln()).sum();
    check_close(&[value], &[wanted], CLOSE, ps);
    let slope = |(&p, t): (&f64, &f64)| {
        if p < epsilon || p > 1.0 - epsilon {
            0.0
        } else {
            -t / p
        }
    };
    let slopes: Vec<_> = pairs().map(slope).collect();
    check_close(&gradient, &slopes, CLOSE, ps);
}

#[test]
fn categorical_cross_entropy_is_a_sum_over_the_classes() {
    check_categorical(&[0.2, 0.5, 0.3], &[0.0, 1.0, 0.0], 1e-8);
    check_categorical(&[0.2, 0.5, 0.3], &[0.1, 0.2, 0.7], 1e-8);
    check_categorical(&[0.0, 1.0, 1e-9], &[1.0, 0.0, 0.0], 1e-8);
    check_categorical(&[0.0, 1.0, 1e-8], &[0.2, 0.3, 0.5], 1e-8);
    check_categorical(&[0.05, 0.95], &[0.5, 0.5], 0.1);
    check_categorical(&[0.4], &[1.0], 1e-8);
}
