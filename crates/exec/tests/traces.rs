//! NaNs and infinities are traced to the first slot that has one, and its operands, through all passes.

use dagrad_exec::{Batch, Layout, Mode, Options, Parameters, Program};
use dagrad_graph::Graph;
use dagrad_ops::{GraphScope, Op, same_bits};
use dagrad_tape::{Tape, Variables, differentiate_mean, lower_outputs};
use insta::assert_snapshot;

/// What is told of a batch of features, in rows.
fn trace(program: &Program<f64>, parameters: &[f64], features: &[f64]) -> Option<String> {
    let parameters = Parameters::new(program.layout(), parameters).unwrap();
    let batch = Batch::of(features.len() / program.features(), features);
    let found = program.first_non_finite(&parameters, &batch).unwrap();
    found.map(|found| found.to_string())
}

#[test]
fn a_node_is_named_with_its_operands() {
    let tape: Tape = r#"dagrad tape 1
        input[0] = feature "x"
        parameter[0] = "w"
        %0 = input[0]
        %1 = parameter[0]
        %2 = constant 1.0
        %3 = mul(%1, %0, %2) "product" in "layer"
        %4 = add(%3, %2) "inside" in "layer"
        %5 = stop_gradient(%4)
        %6 = sqrt(%5) "root"
        %7 = sub(%6, %0)
        %8 = square(%7) "loss"
        output "loss" = %8
    "#
    .parse()
    .unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let program = Program::<f64>::compile(&tape, &Layout::new(1), Options::default()).unwrap();
    assert_eq!(trace(&program, &[1.0], &[1.0, 2.0]), None);
    assert_snapshot!(trace(&program, &[-1.0], &[1.0, 3.0]).unwrap(), @r#"row 1: %4 (sqrt "root") is NaN where %3 (dot "inside") is -2.0"#);
    assert_snapshot!(trace(&program, &[1e200], &[1.0, 1e200]).unwrap(), @r#"row 1: %3 (dot "inside") in "layer" is inf where %1 (parameter "w") is 1e200 and %0 (input "x") is 1e200 and %2 (constant) is 1.0"#);
    assert_snapshot!(trace(&program, &[f64::NAN], &[1.0]).unwrap(), @r#"row 0: %1 (parameter "w") is NaN"#);
    assert_snapshot!(trace(&program, &[1.0], &[1.0, f64::INFINITY]).unwrap(), @r#"row 1: %0 (input "x") is inf"#);
}

#[test]
fn of_many_operands_the_greatest_are_told() {
    let mut text = "dagrad tape 1\n".to_owned();
    for at in 0..20 {
        text += &format!("input[{at}] = feature \"x{at}\"\n%{at} = input[{at}]\n");
    }
    let list: Vec<_> = (0..20).map(|at| format!("%{at}")).collect();
    text += &format!(
        "%20 = add({}) \"sum\"\noutput \"y\" = %20\n",
        list.join(", ")
    );
    let tape = text.parse().unwrap();
    let program = Program::<f64>::compile(&tape, &Layout::new(0), Options::default()).unwrap();
    let mut features = [1.0; 20];
    (features[3], features[17]) = (1e308, 1e308);
    assert_snapshot!(trace(&program, &[], &features).unwrap(), @r#"row 0: %20 (add "sum") is inf where %0 (input "x0") is 1.0 and %1 (input "x1") is 1.0 and %2 (input "x2") is 1.0 and %3 (input "x3") is 1e308 and %4 (input "x4") is 1.0 and %5 (input "x5") is 1.0 and %6 (input "x6") is 1.0 and %17 (input "x17") is 1e308 (12 operands of smaller size left out)"#);
}

#[test]
fn what_is_computed_of_means_is_traced() {
    let tape = "dagrad tape 1\ninput[0] = feature \"x\"\n%0 = input[0]\n%1 = mean(%0)\n%2 = ln(%1) \"log\"\noutput per run \"y\" = %2\n";
    let tape = tape.parse().unwrap();
    let program = Program::<f64>::compile(&tape, &Layout::new(0), Options::default()).unwrap();
    // The logarithm of a single one would be none.
    assert_eq!(trace(&program, &[], &[-1.0, 2.0]), None);
    assert_snapshot!(trace(&program, &[], &[-3.0, 2.0]).unwrap(), @r#"over the batch: %2 (ln "log") is NaN where %1 (mean) is -0.5"#);
    assert_snapshot!(trace(&program, &[], &[1e308, 1e308]).unwrap(), @r#"over the batch: %1 (mean) is inf where %0 (input "x") is 1e308"#);
}

/// A fast program tells the same node as a strict one: its operands' values, its scope, the row.
#[test]
fn both_modes_tell_node_operands_scope_and_row() {
    let mut g = Graph::<Op>::new();
    let (x, w) = (g.feature("x").unwrap(), g.parameter("w", 2.0).unwrap());
    let build = |g: &mut Graph<Op>| g.scope(|s| (s.at(w) * x).exp().id());
    let e = g.within("layer", |g| g.within("0", build)).unwrap();
    g.set_name(e, "growth").unwrap();
    let loss = g.scope(|s| ((s.at(e) + 1.0).ln() - s.at(e)).square().id());
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    for mode in [Mode::Strict, Mode::Fast] {
        for lanes in [Some(1), None] {
            let options = Options {
                mode,
                lanes,
                level: None,
                ..Options::default()
            };
            let program = Program::<f64>::compile(&tape, &Layout::new(1), options).unwrap();
            let parameters = Parameters::new(program.layout(), &[2.0]).unwrap();
            let features = [0.5, 1.0, 400.0, 500.0];
            let batch = Batch::of(4, &features);
            let mut workspace = program.workspace();
            program.run(&mut workspace, &parameters, &batch).unwrap();
            let gradient = workspace.mean(&program, "gradient").unwrap();
            assert!(gradient[0].is_nan());
            let found = program.first_non_finite(&parameters, &batch).unwrap();
            let found = found.unwrap();
            assert_eq!(found.row, Some(2));
            assert_eq!(found.scope, "layer.0");
            assert!(found.slot.contains("exp \"growth\""), "{found}");
            assert_eq!(found.operands.len(), 1);
            assert!(same_bits(found.operands[0].1, 800.0));
            assert_eq!(trace(&program, &[2.0], &features[..2]), None);
            let text = found.to_string();
            assert!(
                text.starts_with("row 2: ") && text.contains("in \"layer.0\" is inf where"),
                "{text}"
            );
        }
    }
}
