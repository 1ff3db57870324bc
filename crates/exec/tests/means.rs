//! Strict means are sums in the order that is promised, whatever the lanes.

use dagrad_exec::{Batch, Layout, Options, Parameters, Program, RunError, StepCounts, Workspace};
use dagrad_graph::{Evaluator, Graph, NodeId};
use dagrad_ops::{GraphScope, Op, Tolerance, same_bits};
use dagrad_tape::{
    Class, Tape, Variables, differentiate, differentiate_mean, lower_outputs, mean_output,
};
use dagrad_testsuite::problem::Problem;
use dagrad_testsuite::strategies::{Shape, population};

/// The rule, written once more and recursively: blocks of 64 from left to right, joined pairwise.
fn by_the_rule(terms: &[f64]) -> f64 {
    let blocks: Vec<f64> = terms
        .chunks(64)
        .map(|block| block.iter().copied().reduce(|a, b| a + b).unwrap())
        .collect();
    fn join(blocks: &[f64]) -> f64 {
        match blocks {
            [only] => *only,
            _ => {
                let half = blocks.len().next_power_of_two() / 2;
                join(&blocks[..half]) + join(&blocks[half..])
            }
        }
    }
    join(&blocks)
}

/// Values and gradients of `of` by all parameters, one row for each sample, by the reference sweeps.
fn by_sweeps(graph: &Graph<Op>, of: NodeId, samples: &[(Vec<f64>, Vec<f64>)]) -> Vec<Vec<f64>> {
    let mut evaluator = Evaluator::<f64>::new(graph);
    let row = |(features, targets): &(Vec<f64>, Vec<f64>)| {
        evaluator.set_features(graph, features).unwrap();
        evaluator.set_targets(graph, targets).unwrap();
        evaluator.reverse(graph, &[(of, 1.0)]).unwrap();
        let gradient = graph.parameters().map(|id| evaluator.adjoint(id).unwrap());
        [evaluator.value(of).unwrap()]
            .into_iter()
            .chain(gradient)
            .collect()
    };
    samples.iter().map(row).collect()
}

/// What `program` gives for loss and gradient, one after the other.
fn results(program: &Program<f64>, workspace: &Workspace<f64>) -> Vec<f64> {
    let lists = ["mean loss", "gradient"].map(|name| workspace.mean(program, name).unwrap());
    lists.concat()
}

fn parameters(graph: &Graph<Op>, layout: &Layout) -> Parameters<f64> {
    let values = graph
        .parameters()
        .map(|id| graph.parameter_value(id).unwrap());
    Parameters::new(layout, &values.collect::<Vec<_>>()).unwrap()
}

/// Random problems, repeated until there are as many samples as are wanted.
fn samples(problem: &Problem, rows: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
    let samples = problem.samples.iter().cycle().take(rows).enumerate();
    let vary = |list: &[f64], row: usize| -> Vec<f64> {
        list.iter()
            .map(|x| x * (1.0 - row as f64 / 4096.0))
            .collect()
    };
    samples
        .map(|(row, sample)| (vary(&sample.features, row), vary(&sample.targets, row)))
        .collect()
}

/// Runs a program for loss and gradient in several numbers of lanes and calls `check` with its results.
fn each_lanes(
    graph: &Graph<Op>,
    of: &str,
    samples: &[(Vec<f64>, Vec<f64>)],
    weights: Option<&[f64]>,
    mut check: impl FnMut(&Tape, &[f64]),
) {
    let tape = lower_outputs(graph).unwrap();
    let tape = mean_output(&tape, of, "mean loss").unwrap();
    let tape = differentiate_mean(&tape, of, Variables::Parameters, "gradient").unwrap();
    let layout = Layout::new(graph.parameters().count());
    let parameters = parameters(graph, &layout);
    let features: Vec<f64> = samples.iter().flat_map(|(x, _)| x.clone()).collect();
    let targets: Vec<f64> = samples.iter().flat_map(|(_, t)| t.clone()).collect();
    let batch = Batch::of(samples.len(), &features).with_targets(&targets);
    let batch = weights.map_or(batch, |weights| batch.with_weights(weights));
    for lanes in [1, 7, 64] {
        let options = Options {
            lanes: Some(lanes),
            ..Options::default()
        };
        let program = Program::compile(&tape, &layout, options).unwrap();
        let mut workspace = program.workspace();
        program.run(&mut workspace, &parameters, &batch).unwrap();
        check(program.tape(), &results(&program, &workspace));
    }
}

/// Where no operation is shared, the mean of each derivative is that of the sweeps' derivatives, by the rule.
/// What does not depend on the sample is its own mean.
#[test]
fn plain_gradients_are_sums_over_samples_to_the_bit() {
    let mut compared = 0;
    for problem in population(Shape::SMALL, 5, 150) {
        let graph = &problem.graph;
        let y = graph.output("y0").unwrap()[0];
        let tape = lower_outputs(graph).unwrap();
        let is_plain = tape.slots().all(|slot| {
            let class = tape.instruction(slot).class();
            class == Class::PerSample || tape.operands(slot).is_empty()
        });
        if !is_plain {
            continue;
        }
        let rows = [1, 2, 63, 64, 65, 200, 1000][compared % 7];
        compared += 1;
        let samples = samples(&problem, rows);
        let sweeps = by_sweeps(graph, y, &samples);
        let weights: Vec<f64> = (0..rows).map(|row| 0.5 + (row % 5) as f64).collect();
        for weights in [None, Some(&*weights)] {
            let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
            let total = by_the_rule(&(0..rows).map(weight).collect::<Vec<_>>());
            each_lanes(graph, "y0", &samples, weights, |tape, got| {
                let slots = ["mean loss", "gradient"].map(|name| tape.output(name).unwrap());
                for (at, (&got, slot)) in got.iter().zip(slots.concat()).enumerate() {
                    let is_mean = tape.instruction(slot).class() == Class::Reduced;
                    let term = |row: usize| sweeps[row][at] * weight(row);
                    let wanted = if is_mean {
                        by_the_rule(&(0..rows).map(term).collect::<Vec<_>>()) / total
                    } else {
                        sweeps[0][at]
                    };
                    assert!(same_bits(got, wanted), "{got} {wanted} {rows}\n{tape}");
                }
            });
        }
    }
    assert!(compared > 20, "{compared}");
}

/// Parameters that others are derived from, and penalties, against the sums of what each sample has.
#[test]
fn derived_parameters_and_penalties_count_as_in_every_sample() {
    let mut g = Graph::<Op>::new();
    let loss = g.scope(|s| {
        let (x, t) = (s.feature("x"), s.target("t"));
        let (v, w) = (s.parameter("v", 0.3), s.parameter("w", -0.7));
        let scale = w.exp();
        let tied = scale.sin() + v;
        let h = (scale * x + tied).tanh();
        let y = s.mul([h, h, tied]) + h.sigmoid() * w;
        ((y - t).square() + 1e-3 * (v * v + scale.square())).id()
    });
    let loss = loss.unwrap();
    g.add_output("loss", &[loss]).unwrap();
    for rows in [1, 64, 300] {
        let sample = |i: usize| (vec![(i as f64 * 0.37).sin() * 2.0], vec![(i as f64).cos()]);
        let samples: Vec<_> = (0..rows).map(sample).collect();
        let sweeps = by_sweeps(&g, loss, &samples);
        each_lanes(&g, "loss", &samples, None, |_, got| {
            assert_eq!(got.len(), 3);
            for (at, &got) in got.iter().enumerate() {
                let sum: f64 = sweeps.iter().map(|row| row[at]).sum();
                let size: f64 = sweeps.iter().map(|row| row[at].abs()).sum();
                let (wanted, size) = (sum / rows as f64, size / rows as f64);
                Tolerance::relative(0.0)
                    .and_absolute(1e-13 * size)
                    .check(got, wanted, wanted)
                    .unwrap();
            }
        });
    }
}

/// A network of 20 weights and a penalty on all of them.
fn penalised() -> Graph<Op> {
    let mut g = Graph::<Op>::new();
    let loss = g.scope(|s| {
        let (x, t) = (s.feature("x"), s.target("t"));
        let weights: Vec<_> = (0..20).map(|_| s.parameter(None, 0.1)).collect();
        let y = s.add(weights.iter().map(|&w| (w * x).tanh()));
        let penalty = s.add(weights.iter().map(|&w| w.square()));
        ((y - t).square() + 0.01 * penalty).id()
    });
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    g
}

#[test]
fn a_penalty_costs_one_pass_for_each_run() {
    let graph = penalised();
    let plain = lower_outputs(&graph).unwrap();
    let tape = differentiate_mean(&plain, "loss", Variables::Parameters, "gradient").unwrap();
    let layout = Layout::new(20);
    let program = Program::compile(&tape, &layout, Options::default()).unwrap();
    let parameters = parameters(&graph, &layout);
    let mut workspace = program.workspace();
    let mut counts = |rows: usize| -> StepCounts {
        let batch = vec![0.5; rows];
        let batch = Batch::of(rows, &batch).with_targets(&batch);
        program.run(&mut workspace, &parameters, &batch).unwrap();
        workspace.steps()
    };
    let (one, many) = (counts(1), counts(1000));
    assert_eq!((many.shared, many.reduced), (one.shared, one.reduced));
    assert_eq!(many.per_sample, 1000 * one.per_sample);
    // A mean and a sum with what the penalty contributes for each weight, and not one for each sample.
    assert_eq!(one.reduced, 2 * 20);
    let tape = differentiate(&plain, "loss", Variables::Parameters, "gradient").unwrap();
    let program = Program::<f64>::compile(&tape, &layout, Options::default()).unwrap();
    let mut workspace = program.workspace();
    let batch = Batch::of(1, &[0.5]).with_targets(&[0.5]);
    program.run(&mut workspace, &parameters, &batch).unwrap();
    assert_eq!(workspace.steps().reduced, 0);
    assert!(
        workspace.steps().per_sample > one.per_sample,
        "each sample sweeps the penalty"
    );
}

#[test]
fn weights_that_make_no_mean_are_refused() {
    let graph = penalised();
    let tape = mean_output(&lower_outputs(&graph).unwrap(), "loss", "mean loss").unwrap();
    let layout = Layout::new(20);
    let program = Program::compile(&tape, &layout, Options::default()).unwrap();
    let parameters = parameters(&graph, &layout);
    let mut workspace = program.workspace();
    let table = [0.5, 0.25];
    let batch = Batch::of(2, &table).with_targets(&table);
    for weights in [
        [0.0, 0.0],
        [1.0, -1.0],
        [f64::NAN, 1.0],
        [f64::INFINITY, 1.0],
    ] {
        let run = program.run(&mut workspace, &parameters, &batch.with_weights(&weights));
        assert!(matches!(run, Err(RunError::Weights { .. })), "{weights:?}");
    }
    program
        .run(
            &mut workspace,
            &parameters,
            &batch.with_weights(&[0.0, 2.0]),
        )
        .unwrap();
}
