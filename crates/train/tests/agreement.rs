//! Programs and sweeps learn the same: every loss and every parameter, bit for bit.

use dagrad_graph::{Arity, Graph};
use dagrad_ops::{GraphScope, Op, User, UserOperation, check_same_bits, same_bits};
use dagrad_train::{PerSample, Sample, TrainError};
use insta::assert_snapshot;

type Gradient = fn(&[f64], &[f64], &mut [f64]);

/// What becomes small: a node of the graph, or a function of the predictions.
#[derive(Clone, Copy)]
enum Loss {
    Inside,
    Beside(fn(&[f64], &[f64]) -> f64, Gradient),
}

/// Trains a clone. Gives losses and parameters.
fn trained(
    graph: &Graph<Op>,
    loss: Loss,
    data: &[Sample],
    epochs: usize,
    by_sweeps: bool,
) -> Result<(Vec<f64>, Vec<f64>), TrainError> {
    let mut g = graph.clone();
    let mut training = PerSample::new()
        .epochs(epochs)
        .learning_rate(0.05)
        .print_every(0)
        .allow_non_finite();
    let own = g.parameters().nth(1);
    if let Some(own) = own {
        training = training.learning_rate_of(own, 0.003);
    }
    let losses = match (loss, by_sweeps) {
        (Loss::Inside, _) => {
            let loss = g.output("loss").unwrap()[0];
            if by_sweeps {
                training.by_sweeps().minimize(&mut g, loss, data)?
            } else {
                training.minimize(&mut g, loss, data)?
            }
        }
        (Loss::Beside(loss, gradient), true) => {
            let mut training = training.by_sweeps();
            training.minimize_pair(&mut g, "y", data, loss, gradient)?
        }
        (Loss::Beside(loss, gradient), false) => {
            training.minimize_pair(&mut g, "y", data, loss, gradient)?
        }
    };
    let values = g.parameters().map(|id| g.parameter_value(id).unwrap());
    Ok((losses, values.collect()))
}

/// A hundred steps or more, both ways.
#[track_caller]
fn check(graph: &Graph<Op>, loss: Loss, data: &[Sample]) -> (Vec<f64>, Vec<f64>) {
    let epochs = 100_usize.div_ceil(data.len());
    let (losses, values) = trained(graph, loss, data, epochs, false).unwrap();
    let (wanted_losses, wanted) = trained(graph, loss, data, epochs, true).unwrap();
    check_same_bits(&losses, &wanted_losses).unwrap();
    check_same_bits(&values, &wanted).unwrap();
    (losses, values)
}

fn squared(t: &[f64], y: &[f64]) -> f64 {
    y.iter().map(|y| (y - t[0]).powi(2)).sum()
}

fn squared_gradient(t: &[f64], y: &[f64], to: &mut [f64]) {
    for (to, y) in to.iter_mut().zip(y) {
        *to = 2.0 * (y - t[0]);
    }
}

const SQUARED: Loss = Loss::Beside(squared, squared_gradient);

fn data(count: usize) -> Vec<Sample> {
    let sample = |at: usize| {
        let x = at as f64 / count as f64 * 4.0 - 2.0;
        Sample::new([x], [(1.5 * x).sin()])
    };
    (0..count).map(sample).collect()
}

#[test]
fn a_line() {
    let mut g = Graph::new();
    let (y, loss) = g
        .scope(|s| {
            let y = s.parameter("w", 0.25) * s.feature("x") + s.parameter("b", -0.5);
            (y.id(), (y - s.target("t")).square().id())
        })
        .unwrap();
    g.add_output("y", &[y]).unwrap();
    g.add_output("loss", &[loss]).unwrap();
    for loss in [Loss::Inside, SQUARED] {
        let (losses, values) = check(&g, loss, &data(7));
        assert!(losses[14] < losses[0] && !same_bits(values[0], 0.25));
    }
}

/// Values with several users, sums of many terms, kinks, ties, a weight penalty, a parameter that nobody uses, and a
/// list of outputs in which one stands twice.
fn network() -> Graph<Op> {
    let mut g = Graph::new();
    let (outputs, loss) = g
        .scope(|s| {
            let (x, t) = (s.feature("x"), s.target("t"));
            let _ = s.parameter("unused", -0.0);
            let weights: Vec<_> = (0..5)
                .map(|at| s.parameter(None, 0.9 - 0.4 * f64::from(at)))
                .collect();
            let penalty = 0.01 * s.add(weights.iter().map(|&w| w.square()));
            let hidden: Vec<_> = weights
                .iter()
                .map(|&w| (w * x + s.parameter(None, 0.1)).tanh())
                .collect();
            let largest = s.max([hidden[0], hidden[1], hidden[2]]);
            let product = s.mul([hidden[3], hidden[4].relu(), largest]);
            let y = s.add([largest, product, hidden[0], weights[2].exp()]);
            let loss = (y - t).square() + (y - t).abs().sqrt() + penalty;
            ([y.id(), hidden[0].id(), y.id()], loss.id())
        })
        .unwrap();
    g.add_output("y", &outputs).unwrap();
    g.add_output("loss", &[loss]).unwrap();
    g
}

#[test]
fn a_network_of_shared_values() {
    for loss in [Loss::Inside, SQUARED] {
        let (losses, values) = check(&network(), loss, &data(13));
        assert!(losses[7] < losses[0]);
        assert!(same_bits(values[0], -0.0), "nobody uses it");
    }
}

#[test]
fn training_that_comes_to_no_number() {
    let nan = Sample::new([f64::NAN], [0.5]);
    let data = [data(3), vec![nan]].concat();
    for loss in [Loss::Inside, SQUARED] {
        let (losses, _) = check(&network(), loss, &data);
        assert!(losses[0].is_nan());
    }
}

#[test]
fn one_sample_and_graphs_that_lack_something() {
    let no_features = "dagrad graph 1
        %0 = target \"t\"
        %1 = parameter 0.5 \"w\"
        %2 = sub(%1, %0)
        %3 = square(%2)
        output \"loss\" = %3
        output \"y\" = %1";
    let no_parameters = "dagrad graph 1
        %0 = feature \"x\"
        %1 = target \"t\"
        %2 = sub(%0, %1)
        output \"loss\" = %2
        output \"y\" = %0, %0";
    let no_user_of_parameters = "dagrad graph 1
        %0 = feature \"x\"
        %1 = target \"t\"
        %2 = parameter 0.5 \"w\"
        output \"loss\" = %1
        output \"y\" = %0";
    let a_parameter_alone = "dagrad graph 1
        %0 = target \"t\"
        %1 = parameter 0.5 \"w\"
        output \"loss\" = %1
        output \"y\" = %1";
    for text in [
        no_features,
        no_parameters,
        no_user_of_parameters,
        a_parameter_alone,
    ] {
        let g: Graph<Op> = text.parse().unwrap();
        let features = vec![0.75; g.features().count()];
        let targets = vec![2.0; g.targets().count()];
        for loss in [Loss::Inside, SQUARED] {
            check(&g, loss, &[Sample::new(features.clone(), targets.clone())]);
        }
    }
}

/// x³, told without a listed operation.
struct Cube;

impl UserOperation for Cube {
    fn name(&self) -> &'static str {
        "cube"
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        operands[0].powi(3)
    }

    fn partials(&self, operands: &[f64], _: f64, partials: &mut [f64]) {
        partials[0] = 3.0 * operands[0].powi(2);
    }
}

#[test]
fn a_user_operation() {
    let mut g = Graph::new();
    let cube = User::new(Cube).unwrap();
    let (y, loss) = g
        .scope(|s| {
            let inner = s.parameter("w", 0.5) * s.feature("x") + s.parameter("b", 0.1);
            let y = s.operation(Op::User(cube), [inner]);
            (y.id(), (y - s.target("t")).square().id())
        })
        .unwrap();
    g.add_output("y", &[y]).unwrap();
    g.add_output("loss", &[loss]).unwrap();
    for loss in [Loss::Inside, SQUARED] {
        let (losses, _) = check(&g, loss, &data(10));
        assert!(losses[9] < losses[0]);
    }
}

/// A loss beside the graph keeps the targets to itself, whoever runs the graph.
#[test]
fn an_output_that_needs_a_target_is_refused_by_name() {
    let text = r#"dagrad graph 1
        %0 = feature "x"
        %1 = target "unrelated"
        %2 = target "t"
        %3 = sub(%0, %2) "error"
        output "y" = %3"#;
    let g: Graph<Op> = text.parse().unwrap();
    let data = [Sample::new([0.5], [0.5, 0.5])];
    let refused = |by_sweeps| trained(&g, SQUARED, &data, 1, by_sweeps).unwrap_err();
    assert_snapshot!(refused(false), @r#"sample 0: %2 = target "t" has no value, and is needed; `set_targets` gives it one"#);
    assert_eq!(refused(false), refused(true));
}
