//! Tells two kinds of iris apart, versicolor and virginica, from four measures of the flower: a small
//! sigmoid network, built node by node, on real data that lies in `examples/data/`.
//!
//! Five times the hundred flowers are split at random, by a seed, into 70 to learn from and 30 to be
//! tested on, both with as many of either kind. It prints the loss while learning, which of the test
//! flowers were confused, and the accuracy, whose mean over the five splits has to reach 90 %.

use dagrad::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::error::Error;

const KINDS: [&str; 2] = ["versicolor", "virginica"];
const MEASURES: usize = 4;
const HIDDEN: usize = 3;
const TRAINED_OF_EACH: usize = 35;
/// What keeps the logarithms of the cross-entropy finite.
const EPSILON: f64 = 1e-8;

fn main() -> Result<(), Box<dyn Error>> {
    let flowers = read()?;
    println!(
        "{} flowers, {} of each kind\n",
        flowers.len(),
        flowers.len() / 2
    );
    let mut accuracies = Vec::new();
    for seed in 1..=5 {
        println!("Split {seed}");
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let (mut training, mut testing) = split(&flowers, &mut rng);
        standardise(&mut training, &mut testing);
        let mut g = network(&mut rng)?;
        PerSample::new()
            .epochs(201)
            .learning_rate(0.05)
            .print_every(50)
            .minimize_pair(
                &mut g,
                "virginica",
                &training,
                cross_entropy,
                cross_entropy_gradient,
            )?;
        accuracies.push(test(&g, &testing)?);
    }
    let mean = accuracies.iter().sum::<f64>() / 5.0;
    println!("Mean accuracy over five splits: {:.1} %", 100.0 * mean);
    if mean < 0.9 {
        return Err("the mean accuracy is below 90 %".into());
    }
    Ok(())
}

/// The flowers of the two kinds: four measures in cm, and 1 for virginica.
fn read() -> Result<Vec<Sample>, Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let mut flowers = Vec::new();
    for row in csv::Reader::from_path(path)?.records() {
        let row = row?;
        let kind = row.get(MEASURES).ok_or("a row has no kind")?;
        if let Some(target) = KINDS.iter().position(|&name| name == kind) {
            let measures = row.iter().take(MEASURES).map(str::parse);
            let features: Vec<f64> = measures.collect::<Result<_, _>>()?;
            flowers.push(Sample::new(features, [if target == 1 { 1.0 } else { 0.0 }]));
        }
    }
    Ok(flowers)
}

/// As many of each kind to learn from, the rest to be tested on.
fn split(flowers: &[Sample], rng: &mut Xoshiro256PlusPlus) -> (Vec<Sample>, Vec<Sample>) {
    let (mut training, mut testing) = (Vec::new(), Vec::new());
    for kind in [0.0, 1.0] {
        let mut of_kind: Vec<Sample> = flowers
            .iter()
            .filter(|flower| flower.targets == [kind])
            .cloned()
            .collect();
        of_kind.shuffle(rng);
        testing.extend(of_kind.split_off(TRAINED_OF_EACH));
        training.extend(of_kind);
    }
    training.shuffle(rng);
    (training, testing)
}

/// Gives every measure mean 0 and deviation 1 over the training flowers.
fn standardise(training: &mut [Sample], testing: &mut [Sample]) {
    let count = training.len() as f64;
    for i in 0..MEASURES {
        let mean = training
            .iter()
            .map(|flower| flower.features[i])
            .sum::<f64>()
            / count;
        let squares = training
            .iter()
            .map(|flower| (flower.features[i] - mean).powi(2));
        let deviation = (squares.sum::<f64>() / count).sqrt();
        for flower in training.iter_mut().chain(testing.iter_mut()) {
            flower.features[i] = (flower.features[i] - mean) / deviation;
        }
    }
}

/// Four measures, three hidden sigmoids, one sigmoid: every node is written here.
fn network(rng: &mut Xoshiro256PlusPlus) -> Result<Graph, Box<dyn Error>> {
    let mut draw = || rng.random_range(-1.0..1.0);
    let mut g = Graph::new();
    let mut measures = Vec::new();
    for name in ["sepal length", "sepal width", "petal length", "petal width"] {
        measures.push(g.feature(name)?);
    }
    let virginica = g.scope(|s| {
        let mut neuron = |inputs: &[NodeId]| {
            let mut terms = Vec::new();
            for &input in inputs {
                terms.push(s.parameter(None, draw()) * input);
            }
            terms.push(s.parameter(None, draw()));
            s.add(terms).sigmoid().id()
        };
        let hidden: Vec<NodeId> = (0..HIDDEN).map(|_| neuron(&measures)).collect();
        neuron(&hidden)
    })?;
    g.add_output("virginica", &[virginica])?;
    Ok(g)
}

fn cross_entropy(t: &[f64], y: &[f64]) -> f64 {
    let y = y[0].clamp(EPSILON, 1.0 - EPSILON);
    -t[0] * y.ln() - (1.0 - t[0]) * (1.0 - y).ln()
}

fn cross_entropy_gradient(t: &[f64], y: &[f64], to: &mut [f64]) {
    let y = y[0].clamp(EPSILON, 1.0 - EPSILON);
    to[0] = (y - t[0]) / (y * (1.0 - y));
}

/// Prints the confusion table and gives the accuracy.
fn test(g: &Graph, testing: &[Sample]) -> Result<f64, Box<dyn Error>> {
    let mut predictor = Predictor::new(g)?;
    let mut counts = [[0_usize; 2]; 2];
    for flower in testing {
        let predicted = usize::from(predictor.predict(g, &flower.features)?[0] > 0.5);
        let actual = usize::from(flower.targets[0] > 0.5);
        counts[actual][predicted] += 1;
    }
    println!("{:>12}  predicted {}  predicted {}", "", KINDS[0], KINDS[1]);
    for (kind, [versicolor, virginica]) in KINDS.iter().zip(counts) {
        println!("{kind:>12}  {versicolor:20}  {virginica:19}");
    }
    let accuracy = (counts[0][0] + counts[1][1]) as f64 / testing.len() as f64;
    println!("accuracy {:.1} %\n", 100.0 * accuracy);
    Ok(accuracy)
}
