//! One set of parameters, used by two branches: a score that is learnt from comparisons.
//!
//! Items have two properties. Nobody knows their worth; what is known is which of two items was
//! preferred. Both items go through the same little network, with the same parameters, and the
//! difference of their scores has to tell which one won. Since each parameter has users in both
//! branches, its gradient is the sum over both; the example shows that by building the branches a
//! second time with parameters of their own.

use dagrad::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::error::Error;

/// The parameters of one scorer: `v · tanh(w0 · p + w1 · q + b)`.
const NAMES: [&str; 4] = ["w0", "w1", "b", "v"];
const STARTS: [f64; 4] = [0.3, -0.2, 0.1, 0.5];

fn main() -> Result<(), Box<dyn Error>> {
    let (mut shared, first, second) = comparison(true)?;
    assert_same(&first, &second)?;
    let (separate, left, right) = comparison(false)?;

    println!("Two items of properties (0.9, 0.1) and (0.2, 0.6), of which the first won:\n");
    let sample = Sample::new([0.9, 0.1, 0.2, 0.6], [1.0]);
    let of_shared = gradients(&shared, &sample, &first)?;
    let of_left = gradients(&separate, &sample, &left)?;
    let of_right = gradients(&separate, &sample, &right)?;
    println!("parameter   left branch  right branch         sum      shared");
    for (i, name) in NAMES.iter().enumerate() {
        let sum = of_left[i] + of_right[i];
        let (left, right, shared) = (of_left[i], of_right[i], of_shared[i]);
        println!("{name:9} {left:13.9} {right:13.9} {sum:11.9} {shared:11.9}");
        if (sum - shared).abs() > 1e-15 {
            return Err(format!("the gradient of {name} is not the sum over both branches").into());
        }
    }

    println!("\nTraining on 200 comparisons by a hidden worth of 2 p − q:");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let data: Vec<Sample> = (0..200)
        .map(|_| {
            let item: [f64; 4] = std::array::from_fn(|_| rng.random_range(0.0..1.0));
            let won = 2.0 * item[0] - item[1] > 2.0 * item[2] - item[3];
            Sample::new(item, [if won { 1.0 } else { 0.0 }])
        })
        .collect();
    let loss = shared.find("", "loss").ok_or("the loss has a name")?;
    PerSample::new()
        .epochs(301)
        .learning_rate(0.05)
        .minimize(&mut shared, loss, &data)?;

    let mut predictor = Predictor::of(&shared, "first wins")?;
    let mut right = 0;
    for sample in &data {
        let first_wins = predictor.predict(&shared, &sample.features)?[0] > 0.5;
        right += usize::from(first_wins == (sample.targets[0] > 0.5));
    }
    println!("\n{right} of {} comparisons are told right.", data.len());
    if right < 190 {
        return Err("fewer than 95 % are told right".into());
    }
    Ok(())
}

/// A graph that compares two items, and the parameters of its two branches.
type Comparison = (Graph, [NodeId; 4], [NodeId; 4]);

/// Builds a comparison, with one set of parameters for both branches if `shared`.
fn comparison(shared: bool) -> Result<Comparison, Box<dyn Error>> {
    let mut g = Graph::new();
    let items = ["p of first", "q of first", "p of second", "q of second"];
    let mut inputs = [NodeId::dangling(); 4];
    for (input, name) in inputs.iter_mut().zip(items) {
        *input = g.feature(name)?;
    }
    let first = g.within("scorer", scorer)?;
    let second = if shared {
        first
    } else {
        g.within("second scorer", scorer)?
    };
    let (first_wins, loss) = g.scope(|s| {
        let score = |[w0, w1, b, v]: [NodeId; 4], p: NodeId, q: NodeId| {
            s.at(v) * (s.at(w0) * p + s.at(w1) * q + b).tanh()
        };
        let difference = score(first, inputs[0], inputs[1]) - score(second, inputs[2], inputs[3]);
        // −ln sigmoid(d) is softplus(−d): the logistic loss of the one who won.
        let sign = s.target("first won") * 2.0 - 1.0;
        (
            difference.sigmoid().id(),
            (-(sign * difference)).softplus().id(),
        )
    })?;
    g.set_name(loss, "loss")?;
    g.add_output("first wins", &[first_wins])?;
    Ok((g, first, second))
}

/// The parameters of one scorer.
fn scorer(g: &mut Graph) -> Result<[NodeId; 4], dagrad::NameError> {
    let mut parameters = [NodeId::dangling(); 4];
    for (i, parameter) in parameters.iter_mut().enumerate() {
        *parameter = g.parameter(NAMES[i], STARTS[i])?;
    }
    Ok(parameters)
}

fn gradients(g: &Graph, sample: &Sample, of: &[NodeId; 4]) -> Result<[f64; 4], Box<dyn Error>> {
    let loss = g.find("", "loss").ok_or("the loss has a name")?;
    let mut evaluator = Evaluator::new(g);
    evaluator.set_features(g, &sample.features)?;
    evaluator.set_targets(g, &sample.targets)?;
    evaluator.reverse(g, &[(loss, 1.0)])?;
    let mut gradients = [0.0; 4];
    for (gradient, &id) in gradients.iter_mut().zip(of) {
        *gradient = evaluator.adjoint(id)?;
    }
    Ok(gradients)
}

fn assert_same(first: &[NodeId; 4], second: &[NodeId; 4]) -> Result<(), Box<dyn Error>> {
    if first == second {
        Ok(())
    } else {
        Err("the branches do not share parameters".into())
    }
}
