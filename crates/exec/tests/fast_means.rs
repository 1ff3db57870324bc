//! Means of fast programs: as near to those of strict ones as rounding lets them come, whatever the level, the number
//! of lanes and the size of the batch.

use dagrad_exec::{Batch, Layout, Level, Mode, Options, Parameters, Program};
use dagrad_ops::Tolerance;
use dagrad_tape::{Tape, Variables, differentiate_mean, lower_outputs, mean_output};
use dagrad_testsuite::workloads::{Workload, irregular, moons, population, tiny};

/// Means and gradient of a workload's output over its first samples.
fn results(
    workload: &Workload,
    tape: &Tape,
    rows: usize,
    weights: Option<&[f64]>,
    options: Options,
) -> Vec<f64> {
    let values = workload.parameters();
    let layout = Layout::new(values.len());
    let parameters = Parameters::new(&layout, &values).unwrap();
    let program = Program::<f64>::compile(tape, &layout, options).unwrap();
    let features = &workload.features[..rows * workload.feature_count()];
    let targets = &workload.targets[..rows * workload.target_count()];
    let mut batch = Batch::of(rows, features).with_targets(targets);
    if let Some(weights) = weights {
        batch = batch.with_weights(&weights[..rows]);
    }
    let mut workspace = program.workspace();
    // The second run finds what the first one left.
    for _ in 0..2 {
        program.run(&mut workspace, &parameters, &batch).unwrap();
    }
    let lists = ["mean", "gradient"].map(|name| workspace.mean(&program, name).unwrap());
    lists.concat()
}

fn check(workload: &Workload, sizes: &[usize]) {
    let tape = lower_outputs(&workload.graph).unwrap();
    let tape = mean_output(&tape, workload.output, "mean").unwrap();
    let tape =
        differentiate_mean(&tape, workload.output, Variables::Parameters, "gradient").unwrap();
    let weights: Vec<f64> = (0..workload.rows)
        .map(|row| 0.5 + (row % 7) as f64)
        .collect();
    for &rows in sizes {
        for weights in [None, Some(weights.as_slice())] {
            let wanted = results(workload, &tape, rows, weights, Options::default());
            let largest = wanted
                .iter()
                .fold(0.0_f64, |most, value| most.max(value.abs()));
            let tolerance = Tolerance::relative(1e-11).and_absolute(1e-12 * largest);
            for level in Level::ALL.into_iter().filter(|level| level.is_available()) {
                for lanes in [None, Some(1), Some(2), Some(7), Some(64), Some(1000)] {
                    let options = Options {
                        mode: Mode::Fast,
                        lanes,
                        level: Some(level),
                        ..Options::default()
                    };
                    let got = results(workload, &tape, rows, weights, options);
                    assert_eq!(got.len(), wanted.len());
                    for (at, (&got, &wanted)) in got.iter().zip(&wanted).enumerate() {
                        assert!(
                            tolerance.check(got, wanted, wanted).is_ok(),
                            "{}, {rows} samples, {options:?}: result {at} is {got}, wanted {wanted}",
                            workload.name,
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_dense_network_with_a_penalty() {
    check(&moons::step().unwrap(), &[1, 2, 63, 65, 100]);
}

#[test]
fn an_irregular_network() {
    check(&irregular::gradient(9).unwrap(), &[9]);
}

#[test]
fn an_expression_without_parameters() {
    check(&tiny::points(70).unwrap(), &[1, 70]);
}

/// Among them are means of a product that finishes a dot, and of products of all other kinds.
#[test]
fn small_graphs_of_every_form() {
    let rows = 70;
    let (features, targets) = population::rows(rows);
    let batch = Batch::of(rows, &features).with_targets(&targets);
    for (number, graph) in population::graphs(300).unwrap().iter().enumerate() {
        let values = graph
            .parameters()
            .map(|id| graph.parameter_value(id).unwrap());
        let parameters = Parameters::of(&values.collect::<Vec<f64>>());
        let loss = graph.output("loss").unwrap()[0];
        let [wanted, got] = [Mode::Strict, Mode::Fast].map(|mode| {
            let options = Options {
                mode,
                ..Options::default()
            };
            let program = Program::of_loss(graph, loss, parameters.layout(), options).unwrap();
            let mut workspace = program.workspace();
            program.run(&mut workspace, &parameters, &batch).unwrap();
            let lists = ["mean", "gradient"].map(|name| workspace.mean(&program, name).unwrap());
            lists.concat()
        });
        let largest = wanted
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let tolerance = Tolerance::relative(1e-11).and_absolute(1e-12 * largest);
        if let Err(difference) = tolerance.check_all(&got, &wanted) {
            panic!("graph {number}: {difference}");
        }
    }
}
