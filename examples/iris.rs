//! Tells three kinds of iris apart from four measures of the flower: two layers and a softmax, on real data
//! that lies in `examples/data/`.
//!
//! Five times the 150 flowers are split at random, by a seed, into 105 to learn from and 45 to be tested on,
//! both with as many of each kind. The first split is shown: its loss while learning, which of the test
//! flowers were confused, and the accuracy; `--folds` shows all five. The mean over the five has to reach
//! 95 %. The graph is written to `target/iris/`, before and after expansion, as text and as DOT. At the end the
//! first split is learnt once more with the tutorial's pair of functions in the place of the loss in the
//! graph, which has to give the same result.

use dagrad::ops::same_bits;
use dagrad::prelude::*;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use std::error::Error;
use std::path::Path;

const KINDS: [&str; 3] = ["setosa", "versicolor", "virginica"];
const MEASURES: [&str; 4] = ["sepal length", "sepal width", "petal length", "petal width"];
const HIDDEN: usize = 6;
const TRAINED_OF_EACH: usize = 35;
const SPLITS: u64 = 5;
const EPOCHS: usize = 40;
/// What keeps the logarithms of the cross-entropy finite.
const EPSILON: f64 = 1e-8;

fn main() -> Result<(), Box<dyn Error>> {
    let show_all = std::env::args().any(|argument| argument == "--folds");
    let flowers = read()?;
    println!("{} flowers of {} kinds\n", flowers.len(), KINDS.len());
    let mut accuracies = Vec::new();
    for seed in 1..=SPLITS {
        let show = show_all || seed == 1;
        let (training, testing) = split(&flowers, seed);
        let mut model = Model::new(seed, (seed == 1).then_some(Path::new("target/iris")))?;
        if show {
            println!("Split {seed}");
        }
        model.learn(&training, usize::from(show))?;
        accuracies.push(model.test(&testing, show)?);
    }
    let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
    println!("Mean accuracy over five splits: {:.1} %", 100.0 * mean);
    if mean < 0.95 {
        return Err("the mean accuracy is below 95 %".into());
    }
    compare_with_the_pair(&flowers)
}

/// A network and its loss.
struct Model {
    graph: Graph,
    loss: NodeId,
}

impl Model {
    /// Four measures, a hidden layer, and the probability of each kind.
    fn new(seed: u64, write_to: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let mut graph = Graph::new();
        let mut measures = Vec::new();
        for name in MEASURES {
            measures.push(graph.feature(name)?);
        }
        let mut kinds = Vec::new();
        for name in KINDS {
            kinds.push(graph.target(format!("is {name}").as_str())?);
        }
        let hidden = graph.linear("hidden", &measures, HIDDEN)?;
        let hidden = graph.activate("tanh", &hidden, Activation::Tanh)?;
        let logits = graph.linear("out", &hidden, KINDS.len())?;
        let probabilities = graph.softmax("softmax", &logits)?;
        let loss = graph.categorical_cross_entropy("loss", &probabilities, &kinds)?;
        graph.add_output("probabilities", &probabilities)?;
        if let Some(folder) = write_to {
            write(&graph, folder, "before")?;
        }
        graph.expand(seed)?;
        if let Some(folder) = write_to {
            write(&graph, folder, "after")?;
            println!();
        }
        // The key is that of a macro's port; it denotes the same value after the expansion.
        Ok(Self { graph, loss })
    }

    fn learn(&mut self, training: &[Sample], print_every: usize) -> Result<(), Box<dyn Error>> {
        let mut training_loop = training_loop(print_every);
        training_loop.minimize(&mut self.graph, self.loss, training)?;
        Ok(())
    }

    /// Gives the accuracy, and prints the confusion table if `show`.
    fn test(&self, testing: &[Sample], show: bool) -> Result<f64, Box<dyn Error>> {
        let mut predictor = Predictor::of(&self.graph, "probabilities")?;
        let mut counts = [[0_usize; 3]; 3];
        for flower in testing {
            let predicted = predictor.predict(&self.graph, &flower.features)?;
            counts[largest(&flower.targets)][largest(&predicted)] += 1;
        }
        let right: usize = (0..KINDS.len()).map(|kind| counts[kind][kind]).sum();
        let accuracy = right as f64 / testing.len() as f64;
        if show {
            println!(
                "\n{:>12}{:>14}{:>14}{:>14}",
                "predicted:", KINDS[0], KINDS[1], KINDS[2]
            );
            for (kind, counts) in KINDS.iter().zip(counts) {
                println!(
                    "{kind:>12}{:>14}{:>14}{:>14}",
                    counts[0], counts[1], counts[2]
                );
            }
            println!("accuracy {:.1} %\n", 100.0 * accuracy);
        }
        Ok(accuracy)
    }
}

fn training_loop(print_every: usize) -> PerSample<'static> {
    PerSample::new()
        .epochs(EPOCHS)
        .learning_rate(0.05)
        .print_every(print_every)
}

/// Learns the first split with the loss in the graph and with a pair of functions beside it.
fn compare_with_the_pair(flowers: &[Sample]) -> Result<(), Box<dyn Error>> {
    let (training, testing) = split(flowers, 1);
    let (mut inside, mut beside) = (Model::new(1, None)?, Model::new(1, None)?);
    inside.learn(&training, 0)?;
    let mut training_loop = training_loop(0);
    let graph = &mut beside.graph;
    training_loop.minimize_pair(graph, "probabilities", &training, loss, loss_gradient)?;
    let accuracies = (inside.test(&testing, false)?, beside.test(&testing, false)?);
    let mut furthest = 0.0_f64;
    for (one, other) in inside.graph.parameters().zip(beside.graph.parameters()) {
        let one = inside.graph.parameter_value(one)?;
        furthest = furthest.max((one - beside.graph.parameter_value(other)?).abs());
    }
    println!(
        "With the tutorial's pair of functions: {:.1} %,",
        100.0 * accuracies.1
    );
    println!("and no parameter further than {furthest:.0e} from those with the loss in the graph.");
    if !same_bits(accuracies.0, accuracies.1) || furthest > 1e-9 {
        return Err("the loss beside the graph gives another result".into());
    }
    Ok(())
}

/// Categorical cross-entropy, clamped.
fn loss(t: &[f64], y: &[f64]) -> f64 {
    t.iter()
        .zip(y)
        .map(|(t, y)| -t * y.clamp(EPSILON, 1.0 - EPSILON).ln())
        .sum()
}

/// Its derivatives by the predictions; none beyond the clamp, where it does not change.
fn loss_gradient(t: &[f64], y: &[f64], to: &mut [f64]) {
    for ((to, t), y) in to.iter_mut().zip(t).zip(y) {
        let inside = (EPSILON..=1.0 - EPSILON).contains(y);
        *to = if inside { -t / y } else { 0.0 };
    }
}

/// The four measures in cm, and 1 for the flower's kind, 0 for the others.
fn read() -> Result<Vec<Sample>, Box<dyn Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let mut flowers = Vec::new();
    for row in csv::Reader::from_path(path)?.records() {
        let row = row?;
        let measures = row.iter().take(MEASURES.len()).map(str::parse);
        let features: Vec<f64> = measures.collect::<Result<_, _>>()?;
        let kind = row.get(MEASURES.len()).ok_or("a row has no kind")?;
        let targets = KINDS.map(|name| if name == kind { 1.0 } else { 0.0 });
        flowers.push(Sample::new(features, targets));
    }
    Ok(flowers)
}

/// As many of each kind to learn from, the rest to be tested on; every measure with mean 0 and deviation 1
/// over the flowers to learn from.
fn split(flowers: &[Sample], seed: u64) -> (Vec<Sample>, Vec<Sample>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mut training, mut testing) = (Vec::new(), Vec::new());
    for kind in 0..KINDS.len() {
        let of_kind = flowers
            .iter()
            .filter(|flower| largest(&flower.targets) == kind);
        let mut of_kind: Vec<Sample> = of_kind.cloned().collect();
        of_kind.shuffle(&mut rng);
        testing.extend(of_kind.split_off(TRAINED_OF_EACH));
        training.extend(of_kind);
    }
    training.shuffle(&mut rng);
    let count = training.len() as f64;
    for i in 0..MEASURES.len() {
        let mean = training
            .iter()
            .map(|flower| flower.features[i])
            .sum::<f64>()
            / count;
        let squares = training
            .iter()
            .map(|flower| (flower.features[i] - mean).powi(2));
        let deviation = (squares.sum::<f64>() / count).sqrt();
        for flower in training.iter_mut().chain(&mut testing) {
            flower.features[i] = (flower.features[i] - mean) / deviation;
        }
    }
    (training, testing)
}

/// The number of the largest value.
fn largest(values: &[f64]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

/// Writes a graph as text and as DOT.
fn write(graph: &Graph, folder: &Path, stage: &str) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    for (ending, text) in [("txt", graph.to_string()), ("dot", graph.dot().text()?)] {
        let path = folder.join(format!("{stage}.{ending}"));
        std::fs::write(&path, text)?;
        println!("wrote {}, {} nodes", path.display(), graph.len());
    }
    Ok(())
}
