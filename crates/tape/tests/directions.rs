//! Forward accumulation: directional derivatives against dual numbers, which never ask for a
//! contribution.

use crate::support::tape;
use dagrad_graph::Kind;
use dagrad_ops::{Dual, Terms, Tolerance};
use dagrad_tape::{
    InputKind, Slot, Variables, directional_derivative, interpret, lower, output_values,
};
use dagrad_testsuite::strategies::{Shape, population};
use insta::assert_snapshot;

/// Every output of every random graph, in a direction of all parameters and inputs.
#[test]
fn directional_derivatives_are_those_of_dual_numbers() {
    for problem in population(Shape::SMALL, 3, 200) {
        let graph = &problem.graph;
        let outputs = problem.outputs();
        let base = lower(graph, &[("y", &outputs)]).unwrap();
        let sample = &problem.samples[0];
        let inputs: Vec<f64> = sample
            .features
            .iter()
            .chain(&sample.targets)
            .copied()
            .collect();
        let parameters: Vec<f64> = graph
            .parameters()
            .map(|id| match graph.kind(id) {
                Ok(Kind::Parameter(value)) => *value,
                other => panic!("{other:?} is no parameter"),
            })
            .collect();
        for variables in [Variables::Inputs, Variables::Parameters] {
            let tape = directional_derivative(&base, "y", variables, "v").unwrap();
            let is_input = variables == Variables::Inputs;
            let count = if is_input {
                inputs.len()
            } else {
                parameters.len()
            };
            let direction: Vec<f64> = (0..count).map(|at| [0.5, -1.25, 2.0][at % 3]).collect();
            let all: Vec<f64> = inputs.iter().chain(&direction).copied().collect();
            let leaves = |list: &[f64]| list.iter().copied().map(Terms::leaf).collect::<Vec<_>>();
            let values = interpret(&tape, &leaves(&all), &leaves(&parameters)).unwrap();
            let got = output_values(&tape, "v", &values).unwrap();

            let duals = |list: &[f64], moves: bool| -> Vec<Dual<f64>> {
                let direction = direction
                    .iter()
                    .copied()
                    .map(|v| if moves { v } else { 0.0 });
                let direction = direction.chain(std::iter::repeat(0.0));
                list.iter()
                    .zip(direction)
                    .map(|(&x, v)| Dual::new(x, v))
                    .collect()
            };
            let (x, p) = (duals(&inputs, is_input), duals(&parameters, !is_input));
            let values = interpret(&base, &x, &p).unwrap();
            let wanted = output_values(&base, "y", &values).unwrap();
            // The rule is for one operation; a chain of several rounds as often.
            let one = Tolerance::derivative::<f64>();
            let ulps = one.ulps * base.len() as f64;
            let tolerance = Tolerance { ulps, ..one };
            for (got, wanted) in got.into_iter().zip(wanted) {
                let checked = tolerance.check(got.value, wanted.derivative, got.magnitude);
                if let Err(difference) = checked {
                    panic!("{difference}\n{problem:?}\n{tape}");
                }
            }
        }
    }
}

#[test]
fn the_direction_comes_in_once_per_run_or_with_each_sample() {
    let tape = tape(
        "input[0] = feature \"x\"\ninput[1] = feature \"unused\"\nparameter[0] = \"w\"\nparameter[1] = \"unused\"\n\
         %0 = input[0]\n%1 = parameter[0]\n%2 = mul(%0, %1)\n%3 = exp(%1)\noutput \"y\" = %2, %3",
    );
    let by_parameters = directional_derivative(&tape, "y", Variables::Parameters, "v").unwrap();
    assert_snapshot!(by_parameters, @r#"
    dagrad tape 1
    input[0] = feature "x"
    input[1] = feature "unused"
    input[2] = direction "v.0"
    input[3] = direction "v.1"
    parameter[0] = "w"
    parameter[1] = "unused"
    per sample %0 = input[0]
    shared     %1 = parameter[0]
    per sample %2 = mul(%0, %1)
    shared     %3 = exp(%1)
    shared     %4 = input[2]
    shared     %5 = input[3]
    constant   %6 = constant 1.0
    per sample %7 = mul(%6, %0)
    shared     %8 = mul(%6, %1)
    per sample %9 = mul(%7, %4)
    shared     %10 = mul(%6, %3)
    shared     %11 = mul(%10, %4)
    constant   %12 = constant 0.0
    output "y" = %2, %3
    output "v" = %9, %11
    "#);
    let by_inputs = directional_derivative(&tape, "y", Variables::Inputs, "v").unwrap();
    let kinds: Vec<_> = by_inputs.inputs().iter().map(|input| input.kind).collect();
    assert_eq!(kinds, [InputKind::Feature; 4]);
}

#[test]
fn a_slot_in_between_moves_with_what_it_depends_on_and_by_itself() {
    let tape = tape(
        "input[0] = feature\n%0 = input[0]\n%1 = square(%0)\n%2 = mul(%1, %0)\noutput \"y\" = %2",
    );
    let variables = [0, 1, 1].map(Slot::new);
    let tape = directional_derivative(&tape, "y", Variables::Slots(&variables), "v").unwrap();
    for (direction, wanted) in [
        ([1.0, 0.0, 0.0], 12.0),
        ([0.0, 1.0, 0.0], 2.0),
        ([1.0, 10.0, 100.0], 232.0),
    ] {
        let inputs = [[2.0].as_slice(), &direction].concat();
        let values = interpret(&tape, &inputs, &[]).unwrap();
        assert_eq!(output_values(&tape, "v", &values), Some(vec![wanted]));
    }
}

#[test]
fn an_output_that_does_not_move_has_a_derivative_of_zero() {
    let tape = tape(
        "input[0] = feature\nparameter[0]\n%0 = input[0]\n%1 = exp(%0)\n%2 = parameter[0]\n%3 = stop_gradient(%2)\noutput \"y\" = %1, %3",
    );
    let tape = directional_derivative(&tape, "y", Variables::Parameters, "v").unwrap();
    let values = interpret(&tape, &[1.0, 5.0], &[2.0]).unwrap();
    assert_eq!(output_values(&tape, "v", &values), Some(vec![0.0, 0.0]));
}

#[test]
fn what_cannot_be_differentiated_is_refused() {
    let tape = tape(
        "input[0] = feature\n%0 = input[0]\n%1 = call[cube](%0)\n%2 = partial[cube 0](%0, %1)\noutput \"y\" = %2",
    );
    let error = |of, name| directional_derivative(&tape, of, Variables::Inputs, name).unwrap_err();
    assert_snapshot!(error("z", "v"), @r#"the tape has no output "z""#);
    assert_snapshot!(error("y", "y"), @r#"the tape has an output "y" already"#);
    assert_snapshot!(error("y", "v"), @"the user operation cube has no second derivative; a macro of listed operations would have");
}
