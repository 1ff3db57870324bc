//! Bad input gives an error that names the node or the shape; nothing panics, and what is merely unusual runs.

use dagrad_exec::{
    Batch, CompileError, Layout, Level, Mode, Options, Parameters, Program, RunError, Sgd,
    Workspace,
};
use dagrad_graph::{Arity, Evaluator, Graph, Macro, MacroError, NodeId};
use dagrad_ops::{GraphScope, Op, User, UserOperation, check_same_bits};
use dagrad_tape::{
    Tape, Variables, differentiate_mean, differentiate_seeded, lower, lower_outputs, mean_output,
};
use insta::assert_snapshot;

const MODES: [Mode; 2] = [Mode::Strict, Mode::Fast];

fn options(mode: Mode) -> Options {
    Options {
        mode,
        ..Options::default()
    }
}

/// `y = tanh(w · x0 + x1)`, the loss of it and a target, its mean and gradient, and a seeded derivative.
fn tape() -> Tape {
    let mut g = Graph::<Op>::new();
    let (y, loss) = g
        .scope(|s| {
            let y = (s.parameter("w", 0.5) * s.feature("x0") + s.feature("x1")).tanh();
            (y.id(), (y - s.target("t")).square().id())
        })
        .unwrap();
    g.add_output("y", &[y]).unwrap();
    g.add_output("loss", &[loss]).unwrap();
    let tape = mean_output(&lower_outputs(&g).unwrap(), "loss", "mean").unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    differentiate_seeded(&tape, "y", Variables::Inputs, "seeded").unwrap()
}

/// A program in both modes, with parameters and a workspace.
fn programs() -> Vec<(Program<f64>, Parameters<f64>, Workspace<f64>)> {
    let of = |mode| {
        let parameters = Parameters::of(&[0.5]);
        let program = Program::compile(&tape(), parameters.layout(), options(mode)).unwrap();
        let workspace = program.workspace();
        (program, parameters, workspace)
    };
    MODES.map(of).into()
}

#[track_caller]
fn says(error: impl std::fmt::Display, wanted: &str) {
    assert_eq!(error.to_string(), wanted);
}

const FEATURES: [f64; 6] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
const TARGETS: [f64; 3] = [0.5, 0.25, 0.0];
const SEEDS: [f64; 3] = [1.0, 2.0, 3.0];

fn batch() -> Batch<'static, f64> {
    Batch::of(3, &FEATURES)
        .with_targets(&TARGETS)
        .with_seeds(&SEEDS)
}

/// What both modes say about a batch. After it they run one that fits.
#[track_caller]
fn refused(batch: Batch<'_, f64>) -> String {
    let errors: Vec<String> = programs()
        .into_iter()
        .map(|(program, parameters, mut workspace)| {
            let error = program.run(&mut workspace, &parameters, &batch);
            let error = error.unwrap_err().to_string();
            let traced = program.first_non_finite(&parameters, &batch);
            assert!(traced.is_ok() || traced.unwrap_err().to_string() == error);
            program
                .run(&mut workspace, &parameters, &self::batch())
                .unwrap();
            error
        })
        .collect();
    assert_eq!(errors[0], errors[1]);
    errors[0].clone()
}

#[test]
fn a_batch_of_another_shape() {
    let fine = batch();
    assert_snapshot!(refused(Batch { rows: 0, features: &[], targets: &[], seeds: &[], ..fine }), @"the batch has no samples");
    assert_snapshot!(refused(Batch { rows: 2, ..fine }), @"the features should be 2 × 2 values, got 6");
    assert_snapshot!(refused(Batch { features: &FEATURES[..5], ..fine }), @"the features should be 3 × 2 values, got 5");
    assert_snapshot!(refused(Batch { features: &[], ..fine }), @"the features should be 3 × 2 values, got 0");
    assert_snapshot!(refused(fine.with_targets(&[])), @"the targets should be 3 × 1 values, got 0");
    assert_snapshot!(refused(fine.with_targets(&FEATURES)), @"the targets should be 3 × 1 values, got 6");
    assert_snapshot!(refused(fine.with_seeds(&[1.0])), @"the seeds should be 3 × 1 values, got 1");
    assert_snapshot!(refused(fine.with_direction(&[1.0])), @"the direction should be 1 × 0 values, got 1");
    assert_snapshot!(refused(fine.with_weights(&[1.0, 2.0])), @"the weights should be 3 × 1 values, got 2");
    assert_snapshot!(refused(Batch { rows: usize::MAX, ..fine }), @"the features should be 18446744073709551615 × 2 values, got 6");
}

#[test]
fn weights_that_make_no_mean() {
    let fine = batch();
    assert_snapshot!(refused(fine.with_weights(&[0.0; 3])), @"the weights of the samples add up to 0, which cannot make a mean");
    assert_snapshot!(refused(fine.with_weights(&[1.0, -3.0, 1.0])), @"the weights of the samples add up to -1, which cannot make a mean");
    assert_snapshot!(refused(fine.with_weights(&[1.0, f64::NAN, 1.0])), @"the weights of the samples add up to NaN, which cannot make a mean");
    assert_snapshot!(refused(fine.with_weights(&[f64::INFINITY; 3])), @"the weights of the samples add up to inf, which cannot make a mean");
}

/// A refused step leaves parameters as they were.
#[test]
fn what_belongs_to_another_program() {
    for (program, parameters, mut workspace) in programs() {
        let other = Parameters::of(&[0.5]);
        let error = program.run(&mut workspace, &other, &batch()).unwrap_err();
        says(
            error,
            "the parameters lie in another layout of 1 than the program was compiled against",
        );
        let longer = Parameters::of(&[0.5; 3]);
        let error = program.run(&mut workspace, &longer, &batch()).unwrap_err();
        says(
            error,
            "the parameters lie in a layout of 3, the program was compiled against one of 1",
        );
        let error = program.first_non_finite(&longer, &batch()).unwrap_err();
        assert!(matches!(error, RunError::Layout { wanted: 1, got: 3 }));
        let error = Program::<f64>::compile(program.tape(), &Layout::new(2), Options::default());
        says(
            error.unwrap_err(),
            "the layout has 2 parameters, the tape 1",
        );
        assert!(Parameters::new(program.layout(), &[0.5, 1.0]).is_none());

        // A program of the same tape is another one, too, and so is one with fewer outputs.
        let same = Program::<f64>::compile(program.tape(), program.layout(), Options::default());
        let empty = "dagrad tape 1\nparameter[0] = \"w\"".parse().unwrap();
        let empty = Program::<f64>::compile(&empty, program.layout(), Options::default());
        for other in [same.unwrap(), empty.unwrap()] {
            let error = other.run(&mut workspace, &parameters, &Batch::of(1, &[]));
            assert_eq!(error, Err(RunError::Workspace));
            program.run(&mut workspace, &parameters, &batch()).unwrap();
            assert!(workspace.rows(&other, "y").is_none());
            assert!(workspace.mean(&other, "mean").is_none());
            let copied = workspace.copy(&other, "y", &mut [0.0; 3]);
            says(
                copied.unwrap_err(),
                "the workspace was made for another program",
            );
        }
        let mut other = program.clone().workspace();
        program.run(&mut other, &parameters, &batch()).unwrap();

        let mut parameters = parameters;
        let before = parameters.clone();
        let mut sgd = Sgd { rate: 0.1 };
        let mut step = |batch, gradient| {
            program.step(&mut workspace, &mut parameters, &batch, gradient, &mut sgd)
        };
        for name in ["y", "none"] {
            let wanted = Err(RunError::NoSuchMean(name.to_owned()));
            assert_eq!(step(batch(), name), wanted);
        }
        step(batch().with_weights(&[0.0; 3]), "gradient").unwrap_err();
        assert_eq!(parameters, before);
        let error = parameters.update(&[1.0, 2.0], &mut sgd).unwrap_err();
        says(error, "the gradient should be 1 × 1 values, got 2");
        assert!(!parameters.set(1, 0.0) && parameters.get(1).is_none());
    }
}

#[test]
fn outputs_are_copied_where_there_is_as_much_room() {
    for (program, parameters, mut workspace) in programs() {
        program.run(&mut workspace, &parameters, &batch()).unwrap();
        let rows = workspace.rows(&program, "seeded").unwrap();
        let wanted: Vec<f64> = rows.flatten().copied().collect();
        let mut out = [0.0; 9];
        workspace.copy(&program, "seeded", &mut out).unwrap();
        check_same_bits(&out, &wanted).unwrap();
        let mut mean = [0.0];
        workspace.copy(&program, "mean", &mut mean).unwrap();
        assert_eq!(Some(&mean[..]), workspace.mean(&program, "mean"));
        let mut refused = |name, room| {
            let error = workspace.copy(&program, name, &mut out[..room]);
            error.unwrap_err().to_string()
        };
        says(
            refused("seeded", 8),
            "the output \"seeded\" has 3 × 3 values, got room for 8",
        );
        says(
            refused("mean", 3),
            "the output \"mean\" has 1 × 1 values, got room for 3",
        );
        says(
            refused("z", 3),
            "the program has no output \"z\"; there is: y, loss, mean, gradient, seeded",
        );
    }
}

#[test]
fn what_cannot_be_compiled() {
    for mode in MODES {
        let compile = |options| Program::<f64>::compile(&tape(), &Layout::new(1), options);
        let none = Options {
            lanes: Some(0),
            ..options(mode)
        };
        says(compile(none).unwrap_err(), "a tile needs at least one lane");
        let all = Options {
            lanes: Some(usize::MAX),
            ..options(mode)
        };
        let program = compile(all).unwrap();
        let mut workspace = program.workspace();
        let parameters = Parameters::new(program.layout(), &[0.5]).unwrap();
        program.run(&mut workspace, &parameters, &batch()).unwrap();
        for level in Level::ALL {
            let level_of = Options {
                level: Some(level),
                ..options(mode)
            };
            match compile(level_of) {
                Ok(_) => assert!(level.is_available()),
                Err(error) => {
                    assert!(!level.is_available());
                    assert_eq!(error, CompileError::Level(level));
                }
            }
        }
    }
    says(
        CompileError::Level(Level::Avx512),
        "this machine has no AVX-512 instructions",
    );
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
fn a_user_operation_where_it_cannot_go() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let cube = Op::User(User::new(Cube).unwrap());
    let y = g.within("layer", |g| g.operation(cube, &[x])).unwrap();
    g.set_name(y, "volume").unwrap();
    g.add_output("y", &[y]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    for mode in MODES {
        let compiled = Program::<f32>::compile(&tape, &Layout::new(0), options(mode));
        says(
            compiled.unwrap_err(),
            "the user operation cube does not run in f32: %1 (call \"volume\") in \"layer\"",
        );
    }
    let tape = dagrad_tape::differentiate(&tape, "y", Variables::Inputs, "d").unwrap();
    let twice = dagrad_tape::differentiate(&tape, "d", Variables::Inputs, "dd");
    says(
        twice.unwrap_err(),
        "the user operation cube has no second derivative; a macro of listed operations would have",
    );
}

/// Twice a value.
struct Twice;

impl Macro<Op> for Twice {
    fn name(&self) -> &str {
        "twice"
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }

    fn expand(
        &self,
        at: &mut dagrad_graph::Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        Ok(vec![at.scope(|s| (2.0 * s.at(operands[0])).id())?])
    }
}

#[test]
fn an_output_that_depends_on_an_unexpanded_macro() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let y = g.add_macro("double", Twice, &[x]).unwrap()[0];
    let z = g.scope(|s| s.at(y).exp().id()).unwrap();
    g.add_output("z", &[z]).unwrap();
    assert_snapshot!(lower_outputs(&g).unwrap_err(), @r#"%1 = macro twice(%0) "double" has to be expanded first: call `expand`"#);
    // What does not need it runs.
    let e = g.scope(|s| s.at(x).exp().id()).unwrap();
    let tape = lower(&g, &[("e", &[e])]).unwrap();
    Program::<f64>::compile(&tape, &Layout::new(0), Options::default()).unwrap();
    g.expand(1).unwrap();
    lower_outputs(&g).unwrap();
}

/// Without inputs any number of samples fits, but not into memory.
#[test]
fn more_samples_than_memory_holds() {
    let tape = "dagrad tape 1\n%0 = constant 2.5\noutput \"y\" = %0"
        .parse()
        .unwrap();
    for mode in MODES {
        let parameters = Parameters::of(&[]);
        let program = Program::<f64>::compile(&tape, parameters.layout(), options(mode)).unwrap();
        for rows in [usize::MAX, isize::MAX as usize, usize::MAX / 8 + 1] {
            let batch = Batch::of(rows, &[]);
            let run = program.run(&mut program.workspace(), &parameters, &batch);
            assert_eq!(run, Err(RunError::TooManySamples(rows)));
        }
    }
}

/// Graphs that lack something, in both modes, at one sample and several, against the sweeps.
#[test]
fn graphs_that_lack_something_run() {
    let nothing = "dagrad graph 1";
    let no_inputs = "dagrad graph 1\n%0 = parameter 0.5 \"w\"\n%1 = exp(%0)\noutput \"y\" = %1, %0";
    let no_parameters = "dagrad graph 1\n%0 = feature \"x\"\n%1 = exp(%0)\noutput \"y\" = %1";
    let no_operations =
        "dagrad graph 1\n%0 = feature \"x\"\n%1 = constant 2.5\noutput \"y\" = %0, %1";
    let no_outputs = "dagrad graph 1\n%0 = feature \"x\"\n%1 = exp(%0)";
    for text in [nothing, no_inputs, no_parameters, no_operations, no_outputs] {
        let g: Graph<Op> = text.parse().unwrap();
        let values: Vec<f64> = g.parameters().map(|_| 0.5).collect();
        let parameters = Parameters::of(&values);
        let tape = lower_outputs(&g).unwrap();
        for (mode, rows) in MODES.into_iter().flat_map(|mode| [(mode, 1), (mode, 3)]) {
            let program = Program::compile(&tape, parameters.layout(), options(mode)).unwrap();
            let mut workspace = program.workspace();
            let features = &[0.5, -1.0, 2.0][..rows * program.features()];
            let batch = Batch::of(rows, features);
            program.run(&mut workspace, &parameters, &batch).unwrap();
            assert_eq!(program.first_non_finite(&parameters, &batch), Ok(None));
            let Some(nodes) = g.output("y") else {
                assert!(workspace.rows(&program, "y").is_none());
                continue;
            };
            let got = workspace.rows(&program, "y").unwrap();
            assert_eq!(got.len(), rows);
            let mut evaluator = Evaluator::<f64>::new(&g);
            for (row, got) in got.enumerate() {
                let width = program.features();
                let own = &features[row * width..][..width];
                evaluator.set_features(&g, own).unwrap();
                evaluator.forward(&g, &nodes).unwrap();
                for (&id, got) in nodes.iter().zip(got) {
                    let wanted = evaluator.value(id).unwrap();
                    assert!(
                        (got - wanted).abs() <= 1e-15 * wanted.abs(),
                        "{got} {wanted}"
                    );
                }
            }
        }
    }
}

#[test]
fn data_that_are_no_numbers_run_and_are_traced() {
    for (program, parameters, mut workspace) in programs() {
        for (at, bad) in [(0, f64::NAN), (3, f64::INFINITY), (5, f64::NAN)] {
            let mut features = FEATURES;
            features[at] = bad;
            let batch = Batch {
                features: &features,
                ..batch()
            };
            program.run(&mut workspace, &parameters, &batch).unwrap();
            let rows = workspace.rows(&program, "y").unwrap();
            for (row, y) in rows.enumerate() {
                assert_eq!(y[0].is_nan(), row == at / 2 && bad.is_nan(), "{y:?}");
            }
            let mean = workspace.mean(&program, "mean").unwrap()[0];
            assert_eq!(mean.is_nan(), bad.is_nan());
            let found = program.first_non_finite(&parameters, &batch).unwrap();
            let found = found.unwrap();
            assert_eq!(found.row, Some(at / 2));
            assert_eq!(found.value.is_nan(), bad.is_nan());
            let name = format!("\"x{}\"", at % 2);
            assert!(found.slot.contains(&name), "{found}");
        }
    }
}
