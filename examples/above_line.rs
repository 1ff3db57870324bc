//! Learns to tell whether a point (x, y) lies above the line y = x: the tutorial's classifier, one
//! hidden relu and a sigmoid, trained with its clamped binary cross-entropy.
//!
//! A relu whose input is negative for every sample passes no gradient, so a start from which it is, or
//! becomes, dead learns nothing more than the share of points above the line. Such a start is drawn
//! again, and said so.

use dagrad::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::error::Error;

/// What keeps the logarithms of the cross-entropy finite.
const EPSILON: f64 = 1e-8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let data: Vec<Sample> = (0..1000)
        .map(|_| {
            let (x, y): (f64, f64) = (rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0));
            Sample::new([x, y], [if y > x { 1.0 } else { 0.0 }])
        })
        .collect();

    for start in 1..=20 {
        println!("Start {start}");
        let (mut g, hidden) = classifier(&mut rng)?;
        PerSample::new().minimize_pair(&mut g, "above", &data, bce_loss, bce_loss_gradient)?;
        if is_dead(&g, hidden, &data)? {
            println!("The relu has died: it is 0 for every point. Drawing again.\n");
            continue;
        }
        return judge(&g);
    }
    Err("the relu died from every start".into())
}

/// `sigmoid(w2 · relu(w0 · x + w1 · y + b0) + b1)`, and the node of the relu.
fn classifier(rng: &mut Xoshiro256PlusPlus) -> Result<(Graph, NodeId), Box<dyn Error>> {
    let mut g = Graph::new();
    let mut draw = || rng.random_range(-1.0..1.0);
    let (hidden, above) = g.scope(|s| {
        let (x, y) = (s.feature("x"), s.feature("y"));
        let weighted = [s.parameter("w0", draw()) * x, s.parameter("w1", draw()) * y];
        let hidden = s
            .add([weighted[0], weighted[1], s.parameter("b0", draw())])
            .relu();
        let above = (s.parameter("w2", draw()) * hidden + s.parameter("b1", draw())).sigmoid();
        (hidden.id(), above.id())
    })?;
    g.add_output("above", &[above])?;
    g.add_output("hidden", &[hidden])?;
    Ok((g, hidden))
}

fn bce_loss(t: &[f64], y: &[f64]) -> f64 {
    let y = y[0].clamp(EPSILON, 1.0 - EPSILON);
    -t[0] * y.ln() - (1.0 - t[0]) * (1.0 - y).ln()
}

fn bce_loss_gradient(t: &[f64], y: &[f64], to: &mut [f64]) {
    let y = y[0].clamp(EPSILON, 1.0 - EPSILON);
    to[0] = (y - t[0]) / (y * (1.0 - y));
}

fn is_dead(g: &Graph, hidden: NodeId, data: &[Sample]) -> Result<bool, Box<dyn Error>> {
    let mut evaluator = Evaluator::new(g);
    for sample in data {
        evaluator.set_features(g, &sample.features)?;
        evaluator.forward(g, &[hidden])?;
        if evaluator.value(hidden)? > 0.0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Prints the tutorial's predictions, and fails if one of them is on the wrong side.
fn judge(g: &Graph) -> Result<(), Box<dyn Error>> {
    let mut predictor = Predictor::of(g, "above")?;
    println!();
    for (x, y) in [
        (1.0, 0.0),
        (0.0, 1.0),
        (0.0, 1000.0),
        (-5.0, 3.0),
        (0.0, 0.0),
    ] {
        let above = predictor.predict_named(g, &[("x", x), ("y", y)])?[0];
        println!("({x}, {y}) is above the line with probability {above:.3e}");
        let wrong = if y > x {
            above <= 0.99
        } else {
            y < x && above >= 0.01
        };
        if wrong {
            return Err(format!("({x}, {y}) is on the wrong side").into());
        }
    }
    Ok(())
}
