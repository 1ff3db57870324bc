//! Running allocates nothing. One test, since the allocator counts for all threads of the process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

use dagrad_exec::{Batch, Layout, Mode, Options, Parameters, Program, Sgd};
use dagrad_graph::{Arity, Graph, NodeId};
use dagrad_ops::{GraphScope, Op, User, UserOperation};
use dagrad_tape::{
    Tape, Variables, differentiate, differentiate_mean, differentiate_seeded, lower_outputs,
    mean_output,
};
use dagrad_testsuite::allocator::{Counting, measure};
use dagrad_testsuite::workloads::irregular;
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const STEPS: usize = 100_000;

#[test]
fn running_allocates_nothing() {
    let (small, many) = (small(), of_many_operands());
    for mode in [Mode::Strict, Mode::Fast] {
        for rows in [1, 5] {
            trains(&small, mode, rows, STEPS);
        }
        trains(&small, mode, 1000, 20);
        trains(&many, mode, 1, 100);
        trains(&many, mode, 70, 20);
        let irregular = irregular::network().unwrap();
        trains(&irregular, mode, 1, 20);
        trains(&irregular, mode, 70, 2);
        for rows in [1, 5] {
            gives_values_and_gradients(mode, rows, STEPS / 10);
        }
        alternates(mode);
        spreads(mode);
    }
}

/// Two features, three tanhs, and a penalty on one weight.
fn small() -> Graph<Op> {
    let mut g = Graph::new();
    let loss = g.scope(|s| {
        let (x, y) = (s.feature("x"), s.feature("y"));
        let hidden: Vec<_> = (0..3)
            .map(|at| {
                let v = s.parameter(None, 0.3 * f64::from(at));
                v * (s.parameter(None, 0.1) * x + s.parameter(None, 0.2) * y).tanh()
            })
            .collect();
        let penalty = s.parameter("w", 0.5).square();
        let error = s.add(hidden) + penalty - s.target("t");
        (error.square() + 0.01 * penalty).id()
    });
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    g
}

/// The largest operand.
struct Largest;

impl UserOperation for Largest {
    fn name(&self) -> &'static str {
        "largest"
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        operands.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    fn partials(&self, operands: &[f64], value: f64, partials: &mut [f64]) {
        if let Some(at) = operands.iter().position(|&operand| operand >= value) {
            partials[at] = 1.0;
        }
    }
}

/// Sums, products, extremes and a user operation of a hundred operands.
fn of_many_operands() -> Graph<Op> {
    let mut g = Graph::new();
    let largest = User::new(Largest).unwrap();
    let loss = g.scope(|s| {
        let (x, t) = (s.feature("x"), s.target("t"));
        let _ = s.feature("unused");
        let terms: Vec<_> = (0..100)
            .map(|at| (s.parameter(None, 0.01 * f64::from(at)) * x).tanh())
            .collect();
        let all = [
            s.add(terms.iter().copied()),
            s.mul(terms.iter().map(|&term| term + 1.0)),
            s.max(terms.iter().copied()),
            s.log_sum_exp(terms.iter().copied()),
            s.operation(Op::User(largest), terms),
        ];
        (0.001 * s.add(all) - t).square().id()
    });
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    g
}

fn parameters(g: &Graph<Op>) -> Parameters<f64> {
    let value = |id: NodeId| g.parameter_value(id).unwrap();
    let values: Vec<f64> = g.parameters().map(value).collect();
    Parameters::new(&Layout::new(values.len()), &values).unwrap()
}

fn compile(tape: &Tape, parameters: &Parameters<f64>, mode: Mode) -> Program<f64> {
    let options = Options {
        mode,
        ..Options::default()
    };
    Program::compile(tape, parameters.layout(), options).unwrap()
}

fn numbers(count: usize) -> Vec<f64> {
    (0..count).map(|at| (at as f64 * 0.7).sin()).collect()
}

/// Calls `run` once, and then so many times that it allocates nothing in.
#[track_caller]
fn allocates_nothing(mut run: impl FnMut(), steps: usize) {
    run();
    let ((), usage) = measure(|| (0..steps).for_each(|_| run()));
    assert_eq!(usage.allocations, 0, "{usage:?} in {steps} steps");
}

/// Loss, gradient and update; first with weights of samples, then without.
#[track_caller]
fn trains(g: &Graph<Op>, mode: Mode, rows: usize, steps: usize) {
    let mut parameters = parameters(g);
    let tape = mean_output(&lower_outputs(g).unwrap(), "loss", "mean").unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let program = compile(&tape, &parameters, mode);
    let mut workspace = program.workspace();
    let features = numbers(rows * program.features());
    let targets = numbers(rows * program.targets());
    let weights = vec![0.5; rows];
    let batch = Batch::of(rows, &features).with_targets(&targets);
    for (batch, steps) in [
        (batch.with_weights(&weights), steps.min(100)),
        (batch, steps),
    ] {
        let mut sgd = Sgd { rate: 1e-3 };
        let mut step = || {
            program
                .step(
                    &mut workspace,
                    &mut parameters,
                    &batch,
                    "gradient",
                    &mut sgd,
                )
                .unwrap();
            black_box(workspace.mean(&program, "mean").unwrap());
        };
        allocates_nothing(&mut step, steps);
    }
}

/// Outputs, per-sample gradients by inputs and parameters and a step along the first, and a seeded backward run.
#[track_caller]
fn gives_values_and_gradients(mode: Mode, rows: usize, steps: usize) {
    let g = small();
    let mut parameters = parameters(&g);
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate(&tape, "loss", Variables::Parameters, "by parameters").unwrap();
    let tape = differentiate(&tape, "loss", Variables::Inputs, "by inputs").unwrap();
    let tape = differentiate_seeded(&tape, "loss", Variables::Inputs, "seeded").unwrap();
    let program = compile(&tape, &parameters, mode);
    let mut workspace = program.workspace();
    let (features, targets) = (numbers(rows * 2), numbers(rows));
    let seeds = vec![2.0; rows];
    let batch = Batch::of(rows, &features)
        .with_targets(&targets)
        .with_seeds(&seeds);
    let (mut table, mut sgd) = (vec![0.0; rows * 3], Sgd { rate: 1e-3 });
    let run = || {
        program.run(&mut workspace, &parameters, &batch).unwrap();
        let first = workspace.rows(&program, "by parameters").unwrap().next();
        parameters.update(first.unwrap(), &mut sgd).unwrap();
        for name in ["loss", "by parameters", "by inputs", "seeded"] {
            let row = workspace.rows(&program, name).unwrap().next();
            black_box(row.unwrap());
        }
        workspace.copy(&program, "by inputs", &mut table).unwrap();
    };
    allocates_nothing(run, steps);
}

/// Batches of changing sizes, once all have been there.
#[track_caller]
fn alternates(mode: Mode) {
    let g = small();
    let parameters = parameters(&g);
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let program = compile(&tape, &parameters, mode);
    let mut workspace = program.workspace();
    let (features, targets) = (numbers(2000 * 2), numbers(2000));
    let run = || {
        for rows in [2000, 1, 63, 300, 64, 2] {
            let batch = Batch::of(rows, &features[..2 * rows]).with_targets(&targets[..rows]);
            program.run(&mut workspace, &parameters, &batch).unwrap();
        }
    };
    allocates_nothing(run, 5);
}

/// Several threads, inside their pool: whoever calls from outside hands his work over in memory that the pool allocates
/// now and then. What is counted is the thread that claims the first block, and others do as it does.
#[track_caller]
fn spreads(mode: Mode) {
    let g = small();
    let parameters = parameters(&g);
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let options = Options {
        mode,
        lanes: Some(16),
        block: Some(1),
        ..Options::default()
    };
    let program = Program::compile(&tape, parameters.layout(), options).unwrap();
    let mut workspace = program.workspace();
    workspace.set_threads(3);
    let (features, targets) = (numbers(2000 * 2), numbers(2000));
    let pool = rayon_core::ThreadPoolBuilder::new().num_threads(2);
    pool.build().unwrap().install(|| {
        let run = || {
            for rows in [2000, 1, 63, 300, 64, 2] {
                let batch = Batch::of(rows, &features[..2 * rows]).with_targets(&targets[..rows]);
                program.run(&mut workspace, &parameters, &batch).unwrap();
            }
        };
        allocates_nothing(run, 200);
    });
}
