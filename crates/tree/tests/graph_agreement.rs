//! Both variants of the tree, and the graph over sweeps and over programs, train to the same bits on the tutorial's models.

#![allow(
    clippy::unwrap_used,
    reason = "a helper outside a test fails the test that calls it"
)]

use dagrad_ops::{check_same_bits, same_bits};
use dagrad_train::{PerSample, Sample};
use dagrad_tree::{
    CachingTree, Input, Model, Node, Parameter, RecomputingTree, Settings, TrainError, add,
    bce_loss, bce_loss_gradient, binary_classifier, input, linear_classifier, mse_loss,
    mse_loss_gradient, multiply, parameter, train_model,
};

type Data = Vec<(Vec<f64>, f64)>;
type Pair = (fn(f64, f64) -> f64, fn(f64, f64) -> f64);

const MSE: Pair = (mse_loss, mse_loss_gradient);
const BCE: Pair = (bce_loss, bce_loss_gradient);

/// Numbers from −1 to 1 by a linear congruential generator (Knuth's MMIX), always the same ones.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let unit = (self.0 >> 11) as f64 * (0.5_f64).powi(53);
        2.0 * unit - 1.0
    }

    fn array<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.next())
    }
}

fn values(node: &Node) -> Vec<f64> {
    let parameters = node.parameters();
    parameters.iter().map(|parameter| parameter.value).collect()
}

/// The parameters and the losses of each epoch, of a tree.
fn by_tree(
    mut tree: impl Model,
    (loss, gradient): Pair,
    data: &Data,
    epochs: usize,
) -> (Vec<f64>, Vec<f64>) {
    let mut losses = Vec::new();
    let settings = Settings {
        epochs,
        print_every: 1,
    };
    let report = |_, loss| losses.push(loss);
    train_model(&mut tree, loss, gradient, data, settings, report).unwrap();
    (values(&tree.to_node()), losses)
}

/// The same of the graph that the tree converts to, over programs or over the reference sweeps.
fn by_graph(
    node: &Node,
    (loss, gradient): Pair,
    data: &Data,
    epochs: usize,
    by_sweeps: bool,
) -> (Vec<f64>, Vec<f64>) {
    let mut graph = node.to_graph("prediction").unwrap();
    let mut training = PerSample::new().epochs(epochs).print_every(0);
    for (id, parameter) in graph.parameters().zip(node.parameters()) {
        training = training.learning_rate_of(id, parameter.learning_rate);
    }
    let samples: Vec<_> = data
        .iter()
        .map(|(inputs, wanted)| Sample::new(inputs.as_slice(), [*wanted]))
        .collect();
    let loss = |wanted: &[f64], predicted: &[f64]| loss(wanted[0], predicted[0]);
    let gradient = |wanted: &[f64], predicted: &[f64], gradients: &mut [f64]| {
        gradients[0] = gradient(wanted[0], predicted[0]);
    };
    let losses = if by_sweeps {
        let mut training = training.by_sweeps();
        training.minimize_pair(&mut graph, "prediction", &samples, loss, gradient)
    } else {
        training.minimize_pair(&mut graph, "prediction", &samples, loss, gradient)
    };
    let parameters = graph.parameters();
    let learnt = parameters.map(|id| graph.parameter_value(id).unwrap());
    (learnt.collect(), losses.unwrap())
}

/// Trains for `epochs` over `data`, by the graph in both ways and by both trees.
fn check(node: &Node, pair: Pair, data: &Data, epochs: usize) {
    assert!(epochs * data.len() >= 100, "a hundred steps");
    let (wanted, wanted_losses) = by_graph(node, pair, data, epochs, true);
    let mut moved = wanted.iter().zip(values(node));
    assert!(
        moved.all(|(&after, before)| !same_bits(after, before)),
        "every parameter learns"
    );
    let told = by_tree(RecomputingTree::new(node.clone()), pair, data, epochs);
    let caching = by_tree(CachingTree::compile(node.clone()), pair, data, epochs);
    let by_programs = by_graph(node, pair, data, epochs, false);
    for (learnt, losses) in [told, caching, by_programs] {
        check_same_bits(&learnt, &wanted).unwrap();
        check_same_bits(&losses, &wanted_losses).unwrap();
    }
}

#[test]
fn fahrenheit_to_celsius() {
    for seed in 0..10 {
        let mut draw = Draw(seed);
        let model = linear_classifier(draw.array());
        let data: Data = (0..20)
            .map(|_| draw.next())
            .map(|fahrenheit| (vec![fahrenheit], (fahrenheit - 32.0) * 5.0 / 9.0))
            .collect();
        check(&model, MSE, &data, 5);
    }
}

#[test]
fn above_the_line() {
    // Five starts from which relu lives.
    for seed in 0..5 {
        let mut draw = Draw(seed);
        let [v, w0, w1, b, c] = draw.array();
        let model = binary_classifier([v, w0, w1, b.abs() + 0.5, c]);
        let data: Data = (0..50)
            .map(|_| draw.array::<2>())
            .map(|[x, y]| (vec![x, y], if y > x { 1.0 } else { 0.0 }))
            .collect();
        check(&model, BCE, &data, 4);
    }
}

#[test]
fn a_nested_product_of_three() {
    let mut draw = Draw(7);
    let [a, b, c, d] = draw.array();
    let inner = multiply([parameter(b), input(), parameter(c)]);
    let model = add([multiply([parameter(a), inner, input()]), parameter(d)]);
    let data: Data = (0..25)
        .map(|_| draw.array::<2>())
        .map(|[x, y]| (vec![x, y], 0.7 * x * y - 0.2))
        .collect();
    check(&model, MSE, &data, 4);
}

#[test]
fn parameters_learn_at_their_own_rates() {
    let mut draw = Draw(3);
    let slope = Parameter::new(0.1).named("slope").learning_rate(0.25);
    let offset = Parameter::new(0.2).named("offset").learning_rate(0.001);
    let x = Input::default().named("x");
    let model = add([multiply([slope.into(), x.into()]), offset.into()]);
    let data: Data = (0..100)
        .map(|_| draw.next())
        .map(|x| (vec![x], 3.0 * x - 1.0))
        .collect();
    check(&model, MSE, &data, 1);
}

/// The tutorial's own claim for its first model, and its defaults.
#[test]
fn the_linear_classifier_learns_the_formula() {
    let mut draw = Draw(1);
    let data: Data = (0..100)
        .map(|_| draw.next())
        .map(|fahrenheit| (vec![fahrenheit], (fahrenheit - 32.0) * 5.0 / 9.0))
        .collect();
    let mut tree = CachingTree::compile(linear_classifier(draw.array()));
    let mut reported = Vec::new();
    train_model(
        &mut tree,
        mse_loss,
        mse_loss_gradient,
        &data,
        Settings::default(),
        |epoch, _| reported.push(epoch),
    )
    .unwrap();
    assert_eq!(reported, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    assert!(tree.predict(&[32.0]).unwrap().abs() < 1e-6);
}

#[test]
fn training_names_what_it_cannot_use() {
    let mut tree = RecomputingTree::new(linear_classifier([0.0, 0.0]));
    let mut train = |data: &Data| {
        let settings = Settings::default();
        train_model(&mut tree, MSE.0, MSE.1, data, settings, |_, _| {}).unwrap_err()
    };
    assert_eq!(train(&vec![]), TrainError::NoData);
    let error = train(&vec![(vec![1.0], 1.0), (vec![1.0, 2.0], 1.0)]);
    assert_eq!(
        error.to_string(),
        "row 1: the tree has 1 input(s), got 2 value(s)"
    );
}
