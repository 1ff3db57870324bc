#![forbid(unsafe_code)]
//! Sorts parcels by their shape: small, flat or tall.
//!
//! A program like any other that depends on `dagrad`, and on nothing else: it builds a model, trains it, and
//! predicts. Its tests snapshot what it builds.

use dagrad::prelude::*;
use std::error::Error;

/// The kinds of parcels, in the order of the model's outputs.
pub const KINDS: [&str; 3] = ["small", "flat", "tall"];

/// The model, with its layers as macros: from a width and a height to the probability of each kind.
///
/// Area and aspect are computed once and used by both layers, and the logits by probabilities and loss.
///
/// # Errors
/// None that a caller could cause.
pub fn model() -> Result<Graph, Box<dyn Error>> {
    let mut g = Graph::new();
    let (width, height) = (g.feature("width")?, g.feature("height")?);
    let mut targets = Vec::new();
    for kind in KINDS {
        targets.push(g.target(format!("is {kind}").as_str())?);
    }
    let [area, aspect] = g.scope(|s| {
        let area = s.at(width) * height;
        let aspect = (s.at(width) / height).ln();
        [area.id(), aspect.id()]
    })?;
    g.set_name(area, "area")?;
    g.set_name(aspect, "aspect")?;

    let network = Mlp::new([2]).output(Activation::Tanh);
    let hidden = g.mlp("hidden", &[width, height, area, aspect], network)?;
    let logits = g.linear("out", &[&hidden[..], &[area, aspect]].concat(), 3)?;
    let probabilities = g.softmax("kind", &logits)?;
    let loss = g.softmax_cross_entropy("cross entropy", &logits, &targets)?;
    g.add_output("probabilities", &probabilities)?;
    g.add_output("loss", &[loss])?;
    Ok(g)
}

/// Parcels of every kind, but none that is as wide as it is high and not small.
#[must_use]
pub fn parcels() -> Vec<Sample> {
    let sizes: [f64; 6] = [0.4, 0.7, 1.0, 1.3, 1.6, 1.9];
    let pairs = sizes.map(|width| sizes.map(|height| (width, height)));
    let mut samples = Vec::new();
    for (width, height) in pairs.into_iter().flatten() {
        let kind = kind_of(width, height);
        if kind == 0 || width != height {
            let mut targets = [0.0; 3];
            targets[kind] = 1.0;
            samples.push(Sample::new([width, height], targets));
        }
    }
    samples
}

/// What the model has to find out: the number of the kind.
#[must_use]
pub fn kind_of(width: f64, height: f64) -> usize {
    match (width * height < 0.75, width > height) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// Expands the model with initial values of this seed, and trains it. Gives the mean loss of each epoch.
///
/// # Errors
/// Where the graph is not [`model`], or does not expand.
pub fn train(g: &mut Graph, seed: u64, epochs: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    g.expand(seed)?;
    let loss = g.output("loss").ok_or("the model has a loss")?[0];
    let mut training = PerSample::new()
        .epochs(epochs)
        .learning_rate(0.1)
        .print_every(0);
    Ok(training.minimize(g, loss, &parcels())?)
}

/// The most probable kind of a parcel, and its probability.
///
/// # Errors
/// Where the graph is not [`model`], or has not been expanded.
pub fn sort(g: &Graph, width: f64, height: f64) -> Result<(&'static str, f64), Box<dyn Error>> {
    let mut predictor = Predictor::of(g, "probabilities")?;
    let probabilities = predictor.predict_named(g, &[("width", width), ("height", height)])?;
    let kinds = KINDS.into_iter().zip(probabilities);
    let best = kinds.max_by(|(_, a), (_, b)| a.total_cmp(b));
    best.ok_or_else(|| "there are kinds".into())
}
