//! Training sample by sample.

use dagrad_graph::{Evaluator, Graph, NodeId};
use dagrad_ops::{GraphScope, Op, same_bits};
use dagrad_train::{PerSample, Sample, TrainError};
use insta::assert_snapshot;

struct Line {
    graph: Graph<Op>,
    loss: NodeId,
    w: NodeId,
    b: NodeId,
}

/// `y = w · x + b` and its squared error.
fn line() -> Line {
    let mut graph = Graph::new();
    let (w, b) = (
        graph.parameter("w", 0.25).unwrap(),
        graph.parameter("b", -0.5).unwrap(),
    );
    let (y, loss) = graph
        .scope(|s| {
            let y = s.at(w) * s.feature("x") + b;
            (y.id(), (y - s.target("t")).square().id())
        })
        .unwrap();
    graph.add_output("y", &[y]).unwrap();
    Line { graph, loss, w, b }
}

fn data() -> Vec<Sample> {
    (0..7)
        .map(|i| f64::from(i) / 4.0 - 1.0)
        .map(|x| Sample::new([x], [3.0 * x + 1.0]))
        .collect()
}

fn squared(t: &[f64], y: &[f64]) -> f64 {
    (y[0] - t[0]) * (y[0] - t[0])
}

fn squared_gradient(t: &[f64], y: &[f64], to: &mut [f64]) {
    to[0] = 2.0 * (y[0] - t[0]);
}

#[test]
fn a_step_is_the_gradient_times_the_rate_after_each_sample() {
    let mut line = line();
    let data = data();
    let (mut w, mut b) = (0.25, -0.5);
    let mut total = 0.0;
    for sample in &data {
        let mut evaluator = Evaluator::<f64>::new(&line.graph);
        line.graph.set_parameter(line.w, w).unwrap();
        line.graph.set_parameter(line.b, b).unwrap();
        evaluator
            .set_features(&line.graph, &sample.features)
            .unwrap();
        evaluator.set_targets(&line.graph, &sample.targets).unwrap();
        evaluator.reverse(&line.graph, &[(line.loss, 1.0)]).unwrap();
        total += evaluator.value(line.loss).unwrap();
        w -= evaluator.adjoint(line.w).unwrap() * 0.1;
        b -= evaluator.adjoint(line.b).unwrap() * 0.025;
    }
    let mut fresh = self::line();
    let losses = PerSample::new()
        .epochs(1)
        .learning_rate(0.1)
        .learning_rate_of(fresh.b, 0.025)
        .print_every(0)
        .minimize(&mut fresh.graph, fresh.loss, &data)
        .unwrap();
    assert!(same_bits(losses[0], total / 7.0));
    assert!(same_bits(fresh.graph.parameter_value(fresh.w).unwrap(), w));
    assert!(same_bits(fresh.graph.parameter_value(fresh.b).unwrap(), b));
}

#[test]
fn a_loss_beside_the_graph_trains_as_one_in_it() {
    let (mut inside, mut beside) = (line(), line());
    let training = || {
        PerSample::new()
            .epochs(400)
            .learning_rate(0.05)
            .print_every(0)
    };
    let losses = training()
        .minimize(&mut inside.graph, inside.loss, &data())
        .unwrap();
    let pair = training()
        .minimize_pair(&mut beside.graph, "y", &data(), squared, squared_gradient)
        .unwrap();
    for (inside, beside) in losses.iter().zip(&pair) {
        assert!((inside - beside).abs() <= 1e-12, "{inside} {beside}");
    }
    let w = beside.graph.parameter_value(beside.w).unwrap();
    assert!((w - 3.0).abs() < 1e-6, "{w}");
}

#[test]
fn the_tutorial_s_settings_are_the_defaults() {
    let mut reports = Vec::new();
    let mut line = line();
    let mut training = PerSample::new().report(|epoch, _| reports.push(epoch));
    let losses = training
        .minimize(&mut line.graph, line.loss, &data())
        .unwrap();
    drop(training);
    assert_eq!(losses.len(), 1000);
    assert_eq!(reports, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    assert!(format!("{:?}", PerSample::new()).contains("learning_rate: 0.01"));
}

#[track_caller]
fn refused(data: &[Sample]) -> String {
    let mut line = line();
    let before = line.graph.to_string();
    let mut training = PerSample::new().epochs(1).print_every(0);
    let error = training
        .minimize(&mut line.graph, line.loss, data)
        .unwrap_err();
    assert_eq!(line.graph.to_string(), before);
    error.to_string()
}

#[test]
fn what_cannot_be_learnt_from_is_refused() {
    assert_snapshot!(refused(&[]), @"there is no data to train on");
    assert_snapshot!(refused(&[Sample::new([1.0, 2.0], [1.0])]), @"sample 0: the graph has 1 feature, got 2 values");
    assert_snapshot!(refused(&[Sample::new([1.0], [])]), @"sample 0: the graph has 1 target, got 0 values");
    let fine = Sample::new([1.0], [1.0]);
    assert_snapshot!(refused(&[fine.clone(), Sample::new([f64::NAN], [1.0])]), @"row 1, feature 0 is NaN, both counted from 0; `allow_non_finite` lets it pass");
    assert_snapshot!(refused(&[fine, Sample::new([1.0], [f64::NEG_INFINITY])]), @"row 1, target 0 is -inf, both counted from 0; `allow_non_finite` lets it pass");
}

#[test]
fn what_is_not_finite_passes_where_it_is_allowed() {
    let mut line = line();
    let mut training = PerSample::new().epochs(1).print_every(0).allow_non_finite();
    let data = [Sample::new([f64::INFINITY], [1.0])];
    let losses = training
        .minimize(&mut line.graph, line.loss, &data)
        .unwrap();
    assert!(losses[0].is_infinite());
}

#[test]
fn a_rate_of_what_is_no_parameter_is_refused() {
    let mut line = line();
    let foreign = self::line().w;
    for wrong in [line.loss, foreign] {
        let mut training = PerSample::new().print_every(0).learning_rate_of(wrong, 0.1);
        let error = training
            .minimize(&mut line.graph, line.loss, &data())
            .unwrap_err();
        assert!(matches!(error, TrainError::Rate(_)), "{error}");
    }
    let mut training = PerSample::new().print_every(0);
    let error = training
        .minimize_pair(&mut line.graph, "z", &data(), squared, squared_gradient)
        .unwrap_err();
    assert_snapshot!(error, @r#"there is no output "z"; there is: y"#);
}

/// Training refuses before it learns, whichever sample is the wrong one.
#[test]
fn a_refused_training_changes_nothing() {
    let (mut line, foreign) = (line(), line().loss);
    let before = line.graph.to_string();
    let fine = Sample::new([1.0], [1.0]);
    for wrong in [Sample::new([], [1.0]), Sample::new([1.0], [])] {
        let error = PerSample::new()
            .minimize(&mut line.graph, line.loss, &[fine.clone(), wrong])
            .unwrap_err();
        assert!(error.to_string().starts_with("sample 1: "), "{error}");
    }
    let error = PerSample::new()
        .minimize(&mut line.graph, foreign, &data())
        .unwrap_err();
    assert_snapshot!(error, @"the loss is a key of another graph");
    let error = PerSample::new()
        .learning_rate_of(line.b, f64::NAN)
        .minimize(&mut line.graph, line.loss, &data())
        .unwrap_err();
    assert_snapshot!(error, @r#"the learning rate of %3 = parameter -0.5 "b" is NaN"#);
    assert_eq!(line.graph.to_string(), before);
}

/// A port that became an alias of a parameter is a key to that parameter.
#[test]
fn a_rate_given_to_an_alias_is_that_of_what_it_denotes() {
    let text = r#"dagrad graph 1
        %0 = parameter 1.0 "w"
        %1 = alias(%0) "also w"
        %2 = square(%0)
        output "y" = %2"#;
    let mut graph: Graph<Op> = text.parse().unwrap();
    let (w, alias) = (
        graph.find("", "w").unwrap(),
        graph.find("", "also w").unwrap(),
    );
    let loss = graph.output("y").unwrap()[0];
    PerSample::new()
        .epochs(1)
        .print_every(0)
        .learning_rate_of(alias, 0.5)
        .minimize(&mut graph, loss, &[Sample::default()])
        .unwrap();
    assert!(same_bits(graph.parameter_value(w).unwrap(), 0.0));
}

/// A gradient that leaves out what does not change is that of zeros, not of the sample before.
#[test]
fn a_gradient_beside_the_graph_is_written_over_zeros() {
    let mut line = line();
    let data = [Sample::new([1.0], [1.0]), Sample::new([1.0], [0.0])];
    let gradient = |t: &[f64], _: &[f64], to: &mut [f64]| {
        if t[0] > 0.5 {
            to[0] = 1.0;
        }
    };
    let mut training = PerSample::new().epochs(1).print_every(0).learning_rate(0.5);
    training
        .minimize_pair(&mut line.graph, "y", &data, squared, gradient)
        .unwrap();
    assert!(same_bits(
        line.graph.parameter_value(line.w).unwrap(),
        -0.25
    ));
}
