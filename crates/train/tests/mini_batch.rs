//! Training by batches: it learns, it repeats itself, and strict programs step as the reference sweeps say.

use dagrad_exec::Mode;
use dagrad_graph::{Evaluator, Graph, NodeId};
use dagrad_ops::{GraphScope, Op};
use dagrad_train::{MiniBatch, Sample, TrainError};

fn network() -> (Graph<Op>, NodeId) {
    let mut g = Graph::new();
    let loss = g.scope(|s| {
        let (x, t) = (s.feature("x"), s.target("t"));
        let mut y = s.parameter("c", 0.0);
        for (at, (w, v)) in [(0.9, 0.5), (-0.4, 0.3), (0.2, -0.7)]
            .into_iter()
            .enumerate()
        {
            let z = s.parameter(format!("w{at}").as_str(), w) * x
                + s.parameter(format!("b{at}").as_str(), 0.1);
            y = y + s.parameter(format!("v{at}").as_str(), v) * z.tanh();
        }
        (y - t).square().id()
    });
    (g, loss.unwrap())
}

fn data(count: usize) -> Vec<Sample> {
    let sample = |at: usize| {
        let x = at as f64 / count as f64 * 4.0 - 2.0;
        Sample::new([x], [(1.5 * x).sin()])
    };
    (0..count).map(sample).collect()
}

fn values(g: &Graph<Op>) -> Vec<f64> {
    g.parameters()
        .map(|id| g.parameter_value(id).unwrap())
        .collect()
}

#[test]
fn it_learns_in_either_mode_and_scalar() {
    let data = data(60);
    let trained = |mode| {
        let (mut g, loss) = network();
        let mut training = MiniBatch::<f64>::new()
            .learning_rate(0.1)
            .epochs(300)
            .batch(7)
            .mode(mode);
        let losses = training.minimize(&mut g, loss, &data).unwrap();
        assert!(
            losses[299] < 0.1 * losses[0],
            "{} {}",
            losses[0],
            losses[299]
        );
        values(&g)
    };
    for (strict, fast) in trained(Mode::Strict).iter().zip(trained(Mode::Fast)) {
        assert!((strict - fast).abs() < 1e-6, "{strict} {fast}");
    }
    let (mut g, loss) = network();
    let losses = MiniBatch::<f32>::new()
        .learning_rate(0.1)
        .epochs(300)
        .minimize(&mut g, loss, &data);
    let losses = losses.unwrap();
    assert!(losses[299] < 0.2 * losses[0]);
}

#[test]
fn the_same_seed_gives_the_same_parameters_and_another_one_others() {
    let data = data(30);
    let trained = |seed| {
        let (mut g, loss) = network();
        let training = MiniBatch::<f64>::new().epochs(3).seed(seed);
        training.batch(4).minimize(&mut g, loss, &data).unwrap();
        values(&g)
    };
    assert_eq!(trained(7), trained(7));
    assert_ne!(trained(7), trained(8));
}

#[test]
fn a_strict_step_is_that_of_the_sweeps() {
    let data = data(5);
    let (g, loss) = network();
    let mut sums = vec![0.0; g.parameters().count()];
    let mut evaluator = Evaluator::<f64>::new(&g);
    for (at, sample) in data.iter().enumerate() {
        evaluator.set_features(&g, &sample.features).unwrap();
        evaluator.set_targets(&g, &sample.targets).unwrap();
        evaluator.reverse(&g, &[(loss, 1.0)]).unwrap();
        for (sum, id) in sums.iter_mut().zip(g.parameters()) {
            let adjoint = evaluator.adjoint(id).unwrap();
            *sum = if at == 0 { adjoint } else { *sum + adjoint };
        }
    }
    let wanted: Vec<f64> = values(&g)
        .iter()
        .zip(&sums)
        .map(|(value, sum)| value - sum / 5.0 * 0.2)
        .collect();
    let (mut g, loss) = network();
    let mut training = MiniBatch::<f64>::new()
        .epochs(1)
        .batch(5)
        .in_order()
        .learning_rate(0.2);
    training = training.mode(Mode::Strict);
    training.minimize(&mut g, loss, &data).unwrap();
    assert_eq!(values(&g), wanted);
}

#[test]
fn what_cannot_be_learnt_is_refused() {
    let (mut g, loss) = network();
    let before = values(&g);
    let mut refused = |data: &[Sample], rate: f64| {
        let mut training = MiniBatch::<f64>::new().learning_rate(rate);
        training.minimize(&mut g, loss, data).unwrap_err()
    };
    assert_eq!(refused(&[], 0.1), TrainError::NoData);
    let narrow = [Sample::new([], [1.0])];
    assert!(matches!(
        refused(&narrow, 0.1),
        TrainError::Sample { sample: 0, .. }
    ));
    let nan = [Sample::new([f64::NAN], [1.0])];
    assert!(matches!(
        refused(&nan, 0.1),
        TrainError::NotFinite { row: 0, .. }
    ));
    assert!(matches!(
        refused(&data(3), f64::NAN),
        TrainError::RateNotFinite { .. }
    ));
    assert_eq!(values(&g), before);
}
