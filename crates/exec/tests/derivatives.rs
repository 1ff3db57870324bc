//! Derivatives by programs, against nested dual numbers, which know nothing of adjoints, tapes' derivatives or kernels.

use dagrad_exec::{Batch, Mode, Options, Parameters, Program};
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::{Dual, GraphScope, Op, Tolerance};
use dagrad_tape::{
    Tape, TapeScalar, Variables, differentiate, differentiate_mean, differentiate_seeded,
    directional_derivative, interpret, jacobian, lower_outputs, output_values,
};

/// Numbers of no meaning from −1 to 1, the same each time.
fn numbers(count: usize, phase: f64) -> Vec<f64> {
    (0..count)
        .map(|at| ((at * at) as f64 * 0.37 + at as f64 + phase).sin())
        .collect()
}

/// A network of tanhs of these sizes, its outputs and half of their squared error.
fn network(sizes: &[usize]) -> Graph<Op> {
    let mut g = Graph::new();
    let mut values: Vec<NodeId> = (0..sizes[0]).map(|_| g.feature(None).unwrap()).collect();
    let mut starts = numbers(10_000, 0.5).into_iter();
    for &size in &sizes[1..] {
        let neuron = |_| {
            let mut start = || 0.8 * starts.next().unwrap();
            let value = g.scope(|s| {
                let mut terms: Vec<_> = Vec::new();
                for &value in &values {
                    terms.push(s.parameter(None, start()) * value);
                }
                terms.push(s.parameter(None, start()));
                s.add(terms).tanh().id()
            });
            value.unwrap()
        };
        values = (0..size).map(neuron).collect();
    }
    let loss = g.scope(|s| {
        let errors: Vec<_> = values
            .iter()
            .map(|&y| (s.at(y) - s.target(None)).square())
            .collect();
        (0.5 * s.add(errors)).id()
    });
    g.add_output("y", &values).unwrap();
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    g
}

fn parameters(g: &Graph<Op>) -> Vec<f64> {
    let values = g.parameters().map(|id| g.parameter_value(id).unwrap());
    values.collect()
}

/// Calls `check` with a program of each kind.
fn each_program(tape: &Tape, parameters: &Parameters<f64>, mut check: impl FnMut(&Program<f64>)) {
    for mode in [Mode::Strict, Mode::Fast] {
        for lanes in [Some(1), Some(4), None] {
            let options = Options {
                mode,
                lanes,
                level: None,
                ..Options::default()
            };
            check(&Program::compile(tape, parameters.layout(), options).unwrap());
        }
    }
}

#[track_caller]
fn near(got: &[f64], wanted: &[f64]) {
    assert_eq!(got.len(), wanted.len());
    let scale = wanted.iter().map(|x| x.abs()).fold(0.0, f64::max);
    assert!(scale > 1e-3, "zeros say nothing");
    let tolerance = Tolerance::relative(1e-11).and_absolute(1e-13 * scale);
    for (&got, &wanted) in got.iter().zip(wanted) {
        tolerance.check(got, wanted, wanted).unwrap();
    }
}

/// Duals of `values`, the one of this number being the variable, if it is one of these.
fn duals(values: &[f64], variable: Option<usize>) -> Vec<Dual<f64>> {
    let dual = |(at, &value): (usize, &f64)| {
        let derivative = if Some(at) == variable { 1.0 } else { 0.0 };
        Dual::new(value, derivative)
    };
    values.iter().enumerate().map(dual).collect()
}

fn values_at<S: TapeScalar>(tape: &Tape, name: &str, inputs: &[S], parameters: &[S]) -> Vec<S> {
    let values = interpret(tape, inputs, parameters).unwrap();
    output_values(tape, name, &values).unwrap()
}

#[test]
fn jacobian_rows_of_a_network_of_three_outputs() {
    let g = network(&[2, 4, 3]);
    let base = lower_outputs(&g).unwrap();
    let values = parameters(&g);
    let parameters = Parameters::of(&values);
    let rows = 5;
    let (features, targets) = (numbers(rows * 2, 0.0), numbers(rows * 3, 7.0));
    // For each sample, each output by each parameter, and then by each input.
    let (mut by_parameters, mut by_inputs) = (Vec::new(), Vec::new());
    for (x, t) in features.chunks(2).zip(targets.chunks(3)) {
        let inputs = [x, t].concat();
        let column = |input: Option<usize>, parameter: Option<usize>| -> Vec<f64> {
            let (x, p) = (duals(&inputs, input), duals(&values, parameter));
            let outputs = values_at(&base, "y", &x, &p);
            outputs.iter().map(|output| output.derivative).collect()
        };
        let of_parameters: Vec<_> = (0..values.len()).map(|at| column(None, Some(at))).collect();
        let of_inputs: Vec<_> = (0..inputs.len()).map(|at| column(Some(at), None)).collect();
        for row in 0..3 {
            by_parameters.extend(of_parameters.iter().map(|column| column[row]));
            by_inputs.extend(of_inputs.iter().map(|column| column[row]));
        }
    }
    let tape = jacobian(&base, "y", Variables::Parameters, "by parameters").unwrap();
    let tape = jacobian(&tape, "y", Variables::Inputs, "by inputs").unwrap();
    let tape = differentiate_seeded(&tape, "y", Variables::Parameters, "row").unwrap();
    each_program(&tape, &parameters, |program| {
        let mut workspace = program.workspace();
        for row in 0..3 {
            let seeds: Vec<f64> = (0..rows * 3)
                .map(|at| if at % 3 == row { 1.0 } else { 0.0 })
                .collect();
            let batch = Batch::of(rows, &features)
                .with_targets(&targets)
                .with_seeds(&seeds);
            program.run(&mut workspace, &parameters, &batch).unwrap();
            for (name, wanted) in [("by parameters", &by_parameters), ("by inputs", &by_inputs)] {
                let mut got = vec![0.0; wanted.len()];
                workspace.copy(program, name, &mut got).unwrap();
                near(&got, wanted);
            }
            let count = values.len();
            let own = workspace.rows(program, "row").unwrap();
            for (own, all) in own.zip(by_parameters.chunks(3 * count)) {
                near(own, &all[row * count..(row + 1) * count]);
            }
        }
    });
}

type Nested = Dual<Dual<f64>>;

/// Values that move along `v`, and that of this number by itself, too.
fn nested(values: &[f64], v: &[f64], variable: Option<usize>) -> Vec<Nested> {
    let moving = |(at, (&value, &v)): (usize, (&f64, &f64))| {
        let own = if Some(at) == variable { 1.0 } else { 0.0 };
        Dual::new(Dual::new(value, v), Dual::new(own, 0.0))
    };
    values.iter().zip(v).enumerate().map(moving).collect()
}

#[test]
fn hessian_vector_products_of_a_network() {
    let g = network(&[2, 16, 16, 1]);
    let base = lower_outputs(&g).unwrap();
    let values = parameters(&g);
    assert_eq!(values.len(), 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1);
    let parameters = Parameters::of(&values);
    let (features, targets) = (numbers(6, 0.0), numbers(3, 7.0));
    let weights = [1.0, 2.0, 0.5];
    let tape = differentiate(&base, "loss", Variables::Parameters, "gradients").unwrap();
    let tape = directional_derivative(&tape, "gradients", Variables::Parameters, "each").unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let tape = directional_derivative(&tape, "gradient", Variables::Parameters, "mean").unwrap();
    // The direction of each product, one after the other: both in one run.
    let directions = [1.0, 2.0].map(|phase| numbers(values.len(), phase));
    let product = |x: &[f64], t: &[f64], v: &[f64]| -> Vec<f64> {
        let inputs = [x, t].concat();
        let inputs = nested(&inputs, &vec![0.0; inputs.len()], None);
        (0..values.len())
            .map(|at| values_at(&base, "loss", &inputs, &nested(&values, v, Some(at)))[0])
            .map(|loss| loss.derivative.derivative)
            .collect()
    };
    let samples: Vec<_> = features.chunks(2).zip(targets.chunks(1)).collect();
    let products = |v: &[f64]| {
        samples
            .iter()
            .map(|(x, t)| product(x, t, v))
            .collect::<Vec<_>>()
    };
    let each = products(&directions[0]);
    let total: f64 = weights.iter().sum();
    let of_mean = products(&directions[1]);
    let mean: Vec<f64> = (0..values.len())
        .map(|at| {
            let terms = of_mean
                .iter()
                .zip(weights)
                .map(|(row, weight)| row[at] * weight);
            terms.sum::<f64>() / total
        })
        .collect();
    let direction = directions.concat();
    each_program(&tape, &parameters, |program| {
        let mut workspace = program.workspace();
        let batch = Batch::of(3, &features)
            .with_targets(&targets)
            .with_direction(&direction)
            .with_weights(&weights);
        program.run(&mut workspace, &parameters, &batch).unwrap();
        let got = workspace.rows(program, "each").unwrap();
        for (got, wanted) in got.zip(&each) {
            near(got, wanted);
        }
        near(workspace.mean(program, "mean").unwrap(), &mean);
    });
}

/// The three outputs of a program of a loss, against the mean of duals by their weights.
#[test]
fn a_loss_and_the_gradient_of_its_mean() {
    let g = network(&[3, 5, 2]);
    let loss = g.output("loss").unwrap()[0];
    let base = lower_outputs(&g).unwrap();
    let values = parameters(&g);
    let parameters = Parameters::of(&values);
    let rows = 70;
    let (features, targets) = (numbers(rows * 3, 0.0), numbers(rows * 2, 7.0));
    let weights: Vec<f64> = numbers(rows, 3.0).iter().map(|w| w + 1.5).collect();
    let total: f64 = weights.iter().sum();
    let mut losses = Vec::new();
    let mut wanted = vec![0.0; values.len() + 1];
    for (row, (x, t)) in features.chunks(3).zip(targets.chunks(2)).enumerate() {
        let inputs = duals(&[x, t].concat(), None);
        for at in 0..values.len() {
            let loss = values_at(&base, "loss", &inputs, &duals(&values, Some(at)))[0];
            wanted[at] += loss.derivative * weights[row] / total;
            if at == 0 {
                losses.push(loss.value);
                wanted[values.len()] += loss.value * weights[row] / total;
            }
        }
    }
    for mode in [Mode::Strict, Mode::Fast] {
        let options = Options {
            mode,
            ..Options::default()
        };
        let program = Program::of_loss(&g, loss, parameters.layout(), options).unwrap();
        let mut workspace = program.workspace();
        let batch = Batch::of(rows, &features)
            .with_targets(&targets)
            .with_weights(&weights);
        program.run(&mut workspace, &parameters, &batch).unwrap();
        let gradient = workspace.mean(&program, "gradient").unwrap();
        let mean = workspace.mean(&program, "mean").unwrap();
        near(&[gradient, mean].concat(), &wanted);
        let mut got = vec![0.0; rows];
        workspace.copy(&program, "loss", &mut got).unwrap();
        near(&got, &losses);
        let program = Program::of_outputs(&g, parameters.layout(), options).unwrap();
        let mut workspace = program.workspace();
        program.run(&mut workspace, &parameters, &batch).unwrap();
        workspace.copy(&program, "loss", &mut got).unwrap();
        near(&got, &losses);
    }
}
