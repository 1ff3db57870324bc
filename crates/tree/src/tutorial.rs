//! The tutorial's models and losses.

use crate::builders::{add, input, multiply, parameter, relu, sigmoid};
use crate::node::Node;

/// How far from 0 and 1 [`bce_loss`] keeps a prediction.
const EPSILON: f64 = 1e-8;

/// `w · x + b`, which learns to turn Fahrenheit into Celsius.
#[must_use]
pub fn linear_classifier([w, b]: [f64; 2]) -> Node {
    add([multiply([parameter(w), input()]), parameter(b)])
}

/// `sigmoid(v · relu(w₀ · x + w₁ · y + b) + c)`, which learns whether (x, y) is above the diagonal. The
/// parameters are given as they stand in the tree: `[v, w₀, w₁, b, c]`.
#[must_use]
pub fn binary_classifier([v, w0, w1, b, c]: [f64; 5]) -> Node {
    let hidden = relu(add([
        multiply([parameter(w0), input()]),
        multiply([parameter(w1), input()]),
        parameter(b),
    ]));
    sigmoid(add([multiply([parameter(v), hidden]), parameter(c)]))
}

/// The squared error.
#[must_use]
pub fn mse_loss(wanted: f64, predicted: f64) -> f64 {
    let error = wanted - predicted;
    error * error
}

/// The derivative of [`mse_loss`] with respect to the prediction.
#[must_use]
pub fn mse_loss_gradient(wanted: f64, predicted: f64) -> f64 {
    -2.0 * (wanted - predicted)
}

/// The binary cross-entropy, of a prediction kept 1e-8 away from 0 and 1.
#[must_use]
pub fn bce_loss(wanted: f64, predicted: f64) -> f64 {
    let predicted = predicted.clamp(EPSILON, 1.0 - EPSILON);
    -wanted * predicted.ln() - (1.0 - wanted) * (1.0 - predicted).ln()
}

/// What the tutorial takes for the derivative of [`bce_loss`]: that of the unclamped loss at the clamped
/// prediction, which beyond the clamp, where the loss is constant, is not 0.
#[must_use]
pub fn bce_loss_gradient(wanted: f64, predicted: f64) -> f64 {
    let predicted = predicted.clamp(EPSILON, 1.0 - EPSILON);
    (predicted - wanted) / (predicted * (1.0 - predicted))
}
