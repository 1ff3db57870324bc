//! What the examples train, and every layer and loss, trained over programs and over the reference sweeps: the same
//! losses and the same parameters, bit for bit.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

use dagrad::nn::LinearParameters;
use dagrad::ops::check_same_bits;
use dagrad::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

type Pair = (fn(&[f64], &[f64]) -> f64, fn(&[f64], &[f64], &mut [f64]));

/// Trains clones of `graph`, whose loss is its output `loss`, or is beside it and of its output `y`.
#[track_caller]
fn check(graph: &Graph, pair: Option<Pair>, data: &[Sample], rate: f64) {
    let epochs = 100_usize.div_ceil(data.len());
    let trained = |by_sweeps: bool| {
        let mut g = graph.clone();
        let training = PerSample::new().epochs(epochs).learning_rate(rate);
        let mut training = training.print_every(0);
        let losses = match (pair, by_sweeps) {
            (None, _) => {
                let loss = g.output("loss").unwrap()[0];
                if by_sweeps {
                    training.by_sweeps().minimize(&mut g, loss, data)
                } else {
                    training.minimize(&mut g, loss, data)
                }
            }
            (Some((loss, gradient)), true) => {
                let mut training = training.by_sweeps();
                training.minimize_pair(&mut g, "y", data, loss, gradient)
            }
            (Some((loss, gradient)), false) => {
                training.minimize_pair(&mut g, "y", data, loss, gradient)
            }
        };
        (losses.unwrap(), values(&g))
    };
    let ((losses, learnt), (wanted_losses, wanted)) = (trained(false), trained(true));
    check_same_bits(&losses, &wanted_losses).unwrap();
    check_same_bits(&learnt, &wanted).unwrap();
    assert_ne!(learnt, values(graph));
}

fn values(graph: &Graph) -> Vec<f64> {
    let values = graph.parameters().map(|id| graph.parameter_value(id));
    values.collect::<Result<_, _>>().unwrap()
}

const SQUARED: Pair = (
    |t, y| (t[0] - y[0]).powi(2),
    |t, y, to| to[0] = -2.0 * (t[0] - y[0]),
);

const EPSILON: f64 = 1e-8;

/// Binary cross-entropy, clamped.
const CROSS_ENTROPY: Pair = (
    |t, y| {
        let y = y[0].clamp(EPSILON, 1.0 - EPSILON);
        -t[0] * y.ln() - (1.0 - t[0]) * (1.0 - y).ln()
    },
    |t, y, to| {
        let y = y[0].clamp(EPSILON, 1.0 - EPSILON);
        to[0] = (y - t[0]) / (y * (1.0 - y));
    },
);

/// Categorical cross-entropy, clamped.
const CATEGORICAL: Pair = (
    |t, y| {
        let term = |(t, y): (&f64, &f64)| -t * y.clamp(EPSILON, 1.0 - EPSILON).ln();
        t.iter().zip(y).map(term).sum()
    },
    |t, y, to| {
        for ((to, t), y) in to.iter_mut().zip(t).zip(y) {
            let inside = (EPSILON..=1.0 - EPSILON).contains(y);
            *to = if inside { -t / y } else { 0.0 };
        }
    },
);

fn bit(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}

#[test]
fn fahrenheit() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let data: Vec<Sample> = (0..1000)
        .map(|_| rng.random_range(-1.0..1.0))
        .map(|f: f64| Sample::new([f], [(f - 32.0) * 5.0 / 9.0]))
        .collect();
    let mut g = Graph::new();
    let c = g.scope(|s| (s.parameter("w", 0.3) * s.feature("f") + s.parameter("b", -0.2)).id());
    g.add_output("y", &[c.unwrap()]).unwrap();
    check(&g, Some(SQUARED), &data, 0.01);
}

#[test]
fn above_line() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let data: Vec<Sample> = (0..200)
        .map(|_| [rng.random_range(-1.0..1.0), rng.random_range(-1.0..1.0)])
        .map(|[x, y]: [f64; 2]| Sample::new([x, y], [bit(y > x)]))
        .collect();
    let mut g = Graph::new();
    let above = g.scope(|s| {
        let (x, y) = (s.feature("x"), s.feature("y"));
        let weighted = [s.parameter("w0", -0.6) * x, s.parameter("w1", 0.7) * y];
        let hidden = s.add([weighted[0], weighted[1], s.parameter("b0", 0.2)]);
        (s.parameter("w2", 0.4) * hidden.relu() + s.parameter("b1", 0.1))
            .sigmoid()
            .id()
    });
    g.add_output("y", &[above.unwrap()]).unwrap();
    check(&g, Some(CROSS_ENTROPY), &data, 0.01);
}

#[test]
fn exclusive_or() {
    let mut g = Graph::new();
    let (a, b, t) = (
        g.feature("a").unwrap(),
        g.feature("b").unwrap(),
        g.target("t").unwrap(),
    );
    let network = Mlp::new([4, 1])
        .hidden(Activation::Tanh)
        .output(Activation::Sigmoid);
    let xor = g.mlp("net", &[a, b], network).unwrap();
    let loss = g.binary_cross_entropy("loss", &xor, &[t]).unwrap();
    g.expand(1).unwrap();
    g.add_output("loss", &[loss]).unwrap();
    g.add_output("y", &xor).unwrap();
    let data = [(false, false), (false, true), (true, false), (true, true)]
        .map(|(a, b)| Sample::new([bit(a), bit(b)], [bit(a != b)]));
    check(&g, None, &data, 0.1);
    check(&g, Some(CROSS_ENTROPY), &data, 0.1);
}

#[test]
fn shared_weights() {
    let mut g = Graph::new();
    let loss = g.scope(|s| {
        let weights = [0.3, -0.2, 0.1, 0.5].map(|start| s.parameter(None, start));
        let score = |p, q| {
            let [w0, w1, b, v] = weights;
            v * (w0 * p + w1 * q + b).tanh()
        };
        let first = score(s.feature("p"), s.feature("q"));
        let difference = first - score(s.feature("r"), s.feature("s"));
        let sign = s.target("first won") * 2.0 - 1.0;
        (-(sign * difference)).softplus().id()
    });
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let data: Vec<Sample> = (0..50)
        .map(|_| std::array::from_fn(|_| rng.random_range(0.0..1.0)))
        .map(|item: [f64; 4]| {
            let won = 2.0 * item[0] - item[1] > 2.0 * item[2] - item[3];
            Sample::new(item, [bit(won)])
        })
        .collect();
    check(&g, None, &data, 0.05);
}

/// Four measures of flowers, and for each of these kinds whether it is that one.
fn flowers(kinds: &[&str]) -> Vec<Sample> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/iris.csv");
    let mut flowers = Vec::new();
    for row in csv::Reader::from_path(path).unwrap().records() {
        let row = row.unwrap();
        let features: Vec<f64> = row
            .iter()
            .take(4)
            .map(|text| text.parse().unwrap())
            .collect();
        let targets: Vec<f64> = kinds.iter().map(|&kind| bit(&row[4] == kind)).collect();
        flowers.push(Sample::new(features, targets));
    }
    flowers
}

#[test]
fn iris_of_two_kinds() {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut draw = || rng.random_range(-1.0..1.0);
    let mut g = Graph::new();
    let measures: Vec<NodeId> = (0..4).map(|_| g.feature(None).unwrap()).collect();
    let virginica = g.scope(|s| {
        let mut neuron = |inputs: &[NodeId]| {
            let mut terms: Vec<_> = Vec::new();
            for &input in inputs {
                terms.push(s.parameter(None, draw()) * input);
            }
            terms.push(s.parameter(None, draw()));
            s.add(terms).sigmoid().id()
        };
        let hidden: Vec<NodeId> = (0..3).map(|_| neuron(&measures)).collect();
        neuron(&hidden)
    });
    g.add_output("y", &[virginica.unwrap()]).unwrap();
    check(&g, Some(CROSS_ENTROPY), &flowers(&["virginica"]), 0.05);
}

#[test]
fn iris() {
    let kinds = ["setosa", "versicolor", "virginica"];
    let mut g = Graph::new();
    let measures: Vec<NodeId> = (0..4).map(|_| g.feature(None).unwrap()).collect();
    let targets: Vec<NodeId> = kinds.iter().map(|_| g.target(None).unwrap()).collect();
    let hidden = g.linear("hidden", &measures, 6).unwrap();
    let hidden = g.activate("tanh", &hidden, Activation::Tanh).unwrap();
    let logits = g.linear("out", &hidden, 3).unwrap();
    let probabilities = g.softmax("softmax", &logits).unwrap();
    let loss = g.categorical_cross_entropy("loss", &probabilities, &targets);
    g.expand(1).unwrap();
    g.add_output("y", &probabilities).unwrap();
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    let flowers = flowers(&kinds);
    assert!(flowers.iter().all(|flower| flower.targets.contains(&1.0)));
    check(&g, None, &flowers, 0.05);
    check(&g, Some(CATEGORICAL), &flowers, 0.05);
}

#[test]
fn every_activation_and_every_loss() {
    let mut activations = vec![Activation::Identity, Activation::Relu, Activation::Sigmoid];
    activations.extend([Activation::Tanh, Activation::Softplus, Activation::Silu]);
    activations.extend([Activation::LeakyRelu { slope: 0.01 }, Activation::Gelu]);
    activations.push(Activation::Elu { alpha: 1.0 });
    for activation in activations {
        let mut g = Graph::new();
        let xs = [g.feature(None).unwrap(), g.feature(None).unwrap()];
        let ts = [g.target(None).unwrap(), g.target(None).unwrap()];
        let shared = g.linear_parameters("shared", LinearParameters::new(2, 2));
        let shared = shared.unwrap();
        let hidden = g.linear_with("first", &shared, &xs).unwrap();
        let hidden = g.activate("between", &hidden, activation).unwrap();
        let hidden = g.linear_with("second", &shared, &hidden).unwrap();
        let network = Mlp::new([3, 2]).hidden(activation);
        let scores = g.mlp("net", &hidden, network).unwrap();
        let shares = g.softmax("softmax", &scores).unwrap();
        let losses = [
            g.mean_squared("mean squared", &scores, &ts),
            g.mean_absolute("mean absolute", &scores, &ts),
            g.huber("huber", &scores, &ts),
            g.hinge("hinge", &scores, &ts),
            g.binary_cross_entropy("binary", &shares, &ts),
            g.binary_cross_entropy_from_logits("binary logits", &scores, &ts),
            g.categorical_cross_entropy("categorical", &shares, &ts),
            g.softmax_cross_entropy("softmax loss", &scores, &ts),
        ];
        let losses = losses.map(|loss| loss.unwrap());
        let loss = g.add(&losses).unwrap();
        g.expand(5).unwrap();
        g.add_output("loss", &[loss]).unwrap();
        g.add_output("y", &scores).unwrap();
        let data: Vec<Sample> = (0..20)
            .map(|at| (f64::from(at) * 0.7).sin_cos())
            .map(|(x, y)| Sample::new([x, y], [bit(x > y), bit(x <= y)]))
            .collect();
        check(&g, None, &data, 0.01);
        check(&g, Some(SQUARED), &data, 0.01);
    }
}

/// The two losses of a graph with a macro that was not expanded: both ways name it.
#[test]
fn a_macro_that_is_not_expanded_is_named() {
    let mut g = Graph::new();
    let (x, t) = (g.feature("x").unwrap(), g.target("t").unwrap());
    let y = g.linear("layer", &[x], 1).unwrap();
    let loss = g.scope(|s| (s.at(y[0]) - t).square().id()).unwrap();
    g.add_output("y", &y).unwrap();
    let data = [Sample::new([1.0], [1.0])];
    let training = || PerSample::new().print_every(0);
    let (of_loss, gradient) = SQUARED;
    let errors = [
        training().minimize(&mut g, loss, &data),
        training().minimize_pair(&mut g, "y", &data, of_loss, gradient),
        training().by_sweeps().minimize(&mut g, loss, &data),
    ];
    for error in errors {
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("linear[1]") && error.contains("`expand`"),
            "{error}"
        );
    }
}
