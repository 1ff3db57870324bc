//! User operations in programs: as many operands as there are, at every number of lanes, as in the reference sweeps.

use dagrad_exec::{Batch, Layout, Mode, Options, Parameters, Program};
use dagrad_graph::{Arity, Evaluator, Graph, NodeId};
use dagrad_ops::{GraphScope, Op, Tolerance, User, UserOperation, check_same_bits};
use dagrad_tape::{Variables, differentiate, interpret, lower_outputs, output_values};

/// The sum of the operands that are positive. Of partials it writes those that are not zero, and no others.
struct Positives;

impl UserOperation for Positives {
    fn name(&self) -> &'static str {
        "positives"
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        operands.iter().map(|x| x.max(0.0)).sum()
    }

    fn partials(&self, operands: &[f64], _: f64, partials: &mut [f64]) {
        for (partial, _) in partials.iter_mut().zip(operands).filter(|(_, x)| **x > 0.0) {
            *partial = 1.0;
        }
    }
}

/// The positive ones of `count` features, each times a weight.
fn graph(count: usize) -> (Graph<Op>, NodeId) {
    let mut g = Graph::new();
    let positives = User::new(Positives).unwrap();
    let y = g.scope(|s| {
        let terms: Vec<_> = (0..count)
            .map(|at| s.parameter(None, 1.0 + at as f64 / 64.0) * s.feature(None))
            .collect();
        s.operation(Op::User(positives), terms).square().id()
    });
    let y = y.unwrap();
    g.add_output("y", &[y]).unwrap();
    (g, y)
}

/// Of each sample other features are positive.
fn features(rows: usize, count: usize) -> Vec<f64> {
    let feature = |at: usize| ((at * 37 % 101) as f64 - 50.0) / 50.0;
    (0..rows * count).map(feature).collect()
}

#[test]
fn partials_that_are_not_written_are_zero() {
    for count in [1, 3, 5, 70] {
        let (g, y) = graph(count);
        let rows = 9;
        let features = features(rows, count);
        let mut evaluator = Evaluator::<f64>::new(&g);
        let mut wanted = Vec::new();
        for row in features.chunks(count) {
            evaluator.set_features(&g, row).unwrap();
            evaluator.reverse(&g, &[(y, 1.0)]).unwrap();
            wanted.extend(g.parameters().map(|id| evaluator.adjoint(id).unwrap()));
        }
        assert!(wanted.contains(&0.0) && wanted.iter().any(|&x| x != 0.0));
        let values: Vec<f64> = g
            .parameters()
            .map(|id| g.parameter_value(id).unwrap())
            .collect();
        let tape = lower_outputs(&g).unwrap();
        let tape = differentiate(&tape, "y", Variables::Parameters, "gradient").unwrap();
        for (row, wanted) in features.chunks(count).zip(wanted.chunks(count)) {
            let interpreted = interpret(&tape, row, &values).unwrap();
            let gradient = output_values(&tape, "gradient", &interpreted).unwrap();
            check_same_bits(&gradient, wanted).unwrap();
        }
        let layout = Layout::new(count);
        let parameters = Parameters::new(&layout, &values).unwrap();
        for mode in [Mode::Strict, Mode::Fast] {
            for lanes in [Some(1), Some(4), None] {
                let options = Options {
                    mode,
                    lanes,
                    level: None,
                    ..Options::default()
                };
                let program = Program::<f64>::compile(&tape, &layout, options).unwrap();
                let mut workspace = program.workspace();
                program
                    .run(&mut workspace, &parameters, &Batch::of(rows, &features))
                    .unwrap();
                let got = workspace.rows(&program, "gradient").unwrap();
                let got: Vec<f64> = got.flatten().copied().collect();
                let tolerance = match mode {
                    Mode::Strict => Tolerance::relative(0.0),
                    Mode::Fast => Tolerance::relative(1e-13),
                };
                for (&got, &wanted) in got.iter().zip(&wanted) {
                    tolerance.check(got, wanted, wanted).unwrap();
                }
            }
        }
    }
}
