//! One vector of parameters serves every program of a graph.

use dagrad_exec::{Batch, Layout, Mode, Options, Parameters, Program, RunError, Sgd};
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::{GraphScope, Op, same_bits};
use dagrad_tape::{Tape, Variables, differentiate_mean, lower};

/// `y = w · x + b`, `z = v · y²`, and the squared error of y. Only z uses v, and nothing uses `unused`.
struct Model {
    graph: Graph<Op>,
    y: NodeId,
    z: NodeId,
    loss: NodeId,
}

fn model() -> Model {
    let mut graph = Graph::new();
    let [y, z, loss] = graph
        .scope(|s| {
            let _ = s.parameter("unused", 7.0);
            let y = s.parameter("w", 0.25) * s.feature("x") + s.parameter("b", -0.5);
            let z = s.parameter("v", 3.0) * y.square();
            [y.id(), z.id(), (y - s.target("t")).square().id()]
        })
        .unwrap();
    Model { graph, y, z, loss }
}

const MODES: [Mode; 2] = [Mode::Strict, Mode::Fast];

fn compile(tape: &Tape, layout: &Layout, mode: Mode) -> Program<f64> {
    let options = Options {
        mode,
        ..Options::default()
    };
    Program::compile(tape, layout, options).unwrap()
}

#[test]
fn three_programs_have_one_set_of_weights() {
    let Model { graph, y, z, loss } = model();
    let predict = lower(&graph, &[("y", &[y])]).unwrap();
    let other = lower(&graph, &[("z", &[z])]).unwrap();
    let train = lower(&graph, &[("loss", &[loss])]).unwrap();
    let train = differentiate_mean(&train, "loss", Variables::Parameters, "gradient").unwrap();
    // Each may have a mode of its own.
    for modes in [[MODES[0]; 3], [MODES[1]; 3], [MODES[0], MODES[1], MODES[0]]] {
        let mut parameters = Parameters::of(&[7.0, 0.25, -0.5, 3.0]);
        let layout = parameters.layout().clone();
        let [predict, train, other] = [(&predict, 0), (&train, 1), (&other, 2)]
            .map(|(tape, number)| compile(tape, &layout, modes[number]));
        let mut predicting = predict.workspace();
        let mut training = train.workspace();
        let mut another = other.workspace();
        let one = |program: &Program<f64>,
                   workspace: &mut dagrad_exec::Workspace<f64>,
                   parameters: &Parameters<f64>,
                   name: &str| {
            // Twice, since weights that are known may be copied.
            for _ in 0..2 {
                let batch = Batch::of(1, &[2.0]);
                program.run(workspace, parameters, &batch).unwrap();
            }
            workspace.rows(program, name).unwrap().next().unwrap()[0]
        };
        assert!(same_bits(
            one(&predict, &mut predicting, &parameters, "y"),
            0.0
        ));
        assert!(same_bits(one(&other, &mut another, &parameters, "z"), 0.0));
        let features = [-1.0, 0.0, 1.0, 2.0];
        let targets = features.map(|x| 4.0 * x + 1.0);
        let batch = Batch::of(4, &features).with_targets(&targets);
        let mut sgd = Sgd { rate: 0.3 };
        for step in 0..200 {
            train
                .step(&mut training, &mut parameters, &batch, "gradient", &mut sgd)
                .unwrap();
            let [w, b] = [1, 2].map(|at| parameters.get(at).unwrap());
            let y = one(&predict, &mut predicting, &parameters, "y");
            assert!((y - (2.0 * w + b)).abs() <= 1e-14 * y.abs(), "step {step}");
            let z = one(&other, &mut another, &parameters, "z");
            assert!((z - 3.0 * y * y).abs() <= 1e-13 * z.abs(), "step {step}");
        }
        let y = one(&predict, &mut predicting, &parameters, "y");
        assert!((y - 9.0).abs() < 1e-9, "{y}");
        // What training does not use is as it was.
        assert_eq!(
            (parameters.get(0), parameters.get(3)),
            (Some(7.0), Some(3.0))
        );
        // A parameter that one program alone uses is the vector's all the same.
        assert!(parameters.set(3, -1.0));
        let z = one(&other, &mut another, &parameters, "z");
        assert!((z + 81.0).abs() < 1e-7, "{z}");
        assert!(same_bits(
            one(&predict, &mut predicting, &parameters, "y"),
            y
        ));
        assert_eq!(parameters.layout(), &layout);
    }
}

#[test]
fn a_vector_of_another_layout_is_refused_though_it_looks_alike() {
    let Model { graph, y, .. } = model();
    let tape = lower(&graph, &[("y", &[y])]).unwrap();
    for mode in MODES {
        let layout = Layout::new(4);
        let program = compile(&tape, &layout, mode);
        let mut workspace = program.workspace();
        let values = [7.0, 0.25, -0.5, 3.0];
        let own = Parameters::new(&layout, &values).unwrap();
        let alike = Parameters::of(&values);
        let batch = Batch::of(1, &[2.0]);
        program.run(&mut workspace, &own, &batch).unwrap();
        program.run(&mut workspace, &own.clone(), &batch).unwrap();
        let refused = program.run(&mut workspace, &alike, &batch);
        assert_eq!(refused, Err(RunError::Layout { wanted: 4, got: 4 }));
    }
}
