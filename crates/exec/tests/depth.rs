//! Nothing recurses over the depth of a graph: a chain is built, compiled and run where the stack is small.

use dagrad_exec::{Batch, Mode, Options, Parameters, Program};
use dagrad_graph::Graph;
use dagrad_ops::{GraphOperations, Op};
use dagrad_tape::{Variables, differentiate, differentiate_mean, lower_outputs};

/// The smallest stack that this has to do with, in bytes.
const STACK: usize = 256 << 10;

/// Runs `work` on a thread with a small stack.
fn on_a_small_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, work).unwrap();
    });
}

/// How a link changes a value, and the derivatives by the value before it and by the parameter.
fn link(at: usize, x: f64, w: f64) -> (f64, f64, f64) {
    match at % 3 {
        0 => (x * w, w, x),
        1 => (x + w, 1.0, 1.0),
        _ => (x.sin(), x.cos(), 0.0),
    }
}

/// A chain of so many nodes with one parameter, at three samples: value, derivative by the input, and the gradient of
/// the mean, strict, and fast with one lane at a time and with many.
fn check(nodes: usize) {
    let (mut g, w) = (Graph::<Op>::new(), 0.75);
    let (x, parameter) = (g.feature("x").unwrap(), g.parameter("w", w).unwrap());
    let mut end = x;
    for at in 0..nodes {
        end = match at % 3 {
            0 => g.mul(&[end, parameter]).unwrap(),
            1 => g.add(&[end, parameter]).unwrap(),
            _ => g.sin(end).unwrap(),
        };
    }
    g.add_output("y", &[end]).unwrap();
    assert_eq!(g.len(), nodes + 2);
    let features = [-0.4, 0.3, 1.1];
    // By forward accumulation, beside the graph.
    let wanted = features.map(|x| {
        let (mut y, mut by_x, mut by_w) = (x, 1.0, 0.0);
        for at in 0..nodes {
            let (next, through, own) = link(at, y, w);
            (y, by_x, by_w) = (next, by_x * through, by_w * through + own);
        }
        [y, by_x, by_w]
    });
    let mean = wanted.iter().map(|[_, _, by_w]| by_w).sum::<f64>() / 3.0;
    let tape = lower_outputs(&g).unwrap();
    drop(g);
    let tape = differentiate(&tape, "y", Variables::Inputs, "by input").unwrap();
    let tape = differentiate_mean(&tape, "y", Variables::Parameters, "gradient").unwrap();
    let parameters = Parameters::of(&[w]);
    for (mode, lanes) in [
        (Mode::Strict, None),
        (Mode::Fast, Some(1)),
        (Mode::Fast, None),
    ] {
        let options = Options {
            mode,
            lanes,
            level: None,
            ..Options::default()
        };
        let program = Program::compile(&tape, parameters.layout(), options).unwrap();
        let mut workspace = program.workspace();
        let batch = Batch::of(3, &features);
        program.run(&mut workspace, &parameters, &batch).unwrap();
        let near = |got: f64, wanted: f64| {
            let difference = (got - wanted).abs();
            assert!(
                difference <= 1e-9 * wanted.abs().max(1e-300),
                "{got} {wanted}"
            );
        };
        for (name, number) in [("y", 0), ("by input", 1)] {
            let rows = workspace.rows(&program, name).unwrap();
            for (row, wanted) in rows.zip(wanted) {
                near(row[0], wanted[number]);
            }
        }
        near(workspace.mean(&program, "gradient").unwrap()[0], mean);
        if mode == Mode::Strict {
            assert_eq!(program.first_non_finite(&parameters, &batch), Ok(None));
        }
    }
}

#[test]
fn a_chain_of_200_000_nodes() {
    on_a_small_stack(|| check(200_000));
}

#[test]
#[ignore = "it takes minutes without optimisation; run it with --release"]
fn a_chain_of_2_000_000_nodes() {
    on_a_small_stack(|| check(2_000_000));
}
