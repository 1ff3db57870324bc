//! Reverse accumulation: derivatives are those of the reference sweeps, to the bit.

use crate::random::{Numbers, wild_graph};
use crate::support::{cube, graph, small_network, tape};
use dagrad_graph::{Evaluator, Graph, Kind, NodeId, Scalar};
use dagrad_ops::{Float, Op, same_bits};
use dagrad_tape::{
    Slot, Tape, TapeScalar, Variables, differentiate, differentiate_mean, differentiate_seeded,
    differentiate_slot, directional_derivative, interpret, lower_outputs, mean_output,
    output_values,
};
use insta::assert_snapshot;

fn parameters<S: Scalar>(graph: &Graph<Op>) -> Vec<S> {
    let value = |id: NodeId| match graph.kind(id).unwrap() {
        Kind::Parameter(value) => S::from_f64(*value),
        other => panic!("{other:?} is no parameter"),
    };
    graph.parameters().map(value).collect()
}

/// The derivatives of the first node of output `y` by inputs and parameters, by the tape and by the
/// sweeps.
#[track_caller]
fn check<S: TapeScalar + Float>(graph: &Graph<Op>, inputs: &[S]) {
    let tape = lower_outputs(graph).unwrap();
    let tape = differentiate(&tape, "y", Variables::Inputs, "by inputs").unwrap();
    let tape = differentiate(&tape, "y", Variables::Parameters, "by parameters").unwrap();
    tape.verify().unwrap();
    let values = interpret(&tape, inputs, &parameters::<S>(graph)).unwrap();

    let mut evaluator = Evaluator::<S>::new(graph);
    for (id, &value) in graph.inputs().zip(inputs) {
        evaluator.set_input(graph, id, value).unwrap();
    }
    let y = graph.output("y").unwrap()[0];
    evaluator.reverse(graph, &[(y, S::from_f64(1.0))]).unwrap();

    let value = output_values(&tape, "y", &values).unwrap()[0];
    assert!(
        Float::bits(value) == Float::bits(evaluator.value(y).unwrap()) || value.wide().is_nan()
    );
    for (name, nodes) in [
        ("by inputs", graph.inputs().collect::<Vec<_>>()),
        ("by parameters", graph.parameters().collect()),
    ] {
        let got = output_values(&tape, name, &values).unwrap();
        assert_eq!(got.len(), nodes.len());
        for (number, (id, got)) in nodes.into_iter().zip(got).enumerate() {
            let wanted = evaluator.adjoint(id).unwrap();
            assert!(
                same_bits(got, wanted),
                "{name}, {number}: {got:?} instead of {wanted:?}\n{inputs:?}\n{graph}"
            );
        }
    }
}

#[test]
fn gradients_are_those_of_the_sweeps_whatever_the_values() {
    let operations = Op::all();
    for seed in 0..400 {
        let mut numbers = Numbers(seed);
        let graph = wild_graph(&mut numbers, &operations, 24);
        for _ in 0..2 {
            let inputs = [0; 4].map(|_| numbers.wild());
            check::<f64>(&graph, &inputs);
            check::<f32>(&graph, &inputs.map(|x| x as f32));
        }
    }
}

#[test]
fn gradients_through_user_operations_are_those_of_the_sweeps() {
    let operations = [cube(), crate::support::weigh(), Op::Mul, Op::Tanh];
    for seed in 0..50 {
        let mut numbers = Numbers(seed);
        let graph = wild_graph(&mut numbers, &operations, 12);
        check::<f64>(&graph, &[0; 4].map(|_| numbers.wild()));
    }
}

#[test]
fn products_with_zeros_keep_their_derivatives() {
    let g = graph(
        "%0 = feature\n%1 = feature\n%2 = feature\n%3 = feature\n%4 = mul(%0, %1, %2, %3, %0)\noutput \"y\" = %4",
    );
    for inputs in [
        [0.0, 2.0, 3.0, 5.0],
        [1.0, 0.0, -0.0, 5.0],
        [1.0, 0.0, f64::INFINITY, f64::NAN],
    ] {
        check::<f64>(&g, &inputs);
    }
}

#[test]
fn ties_go_to_the_first() {
    let g = graph(
        "%0 = feature\n%1 = feature\n%2 = feature\n%3 = max(%0, %1, %2)\n%4 = min(%2, %1)\n%5 = add(%3, %4)\noutput \"y\" = %5",
    );
    for inputs in [
        [1.0, 1.0, 1.0],
        [0.0, -0.0, -1.0],
        [f64::NAN, 1.0, f64::NAN],
    ] {
        check::<f64>(&g, &inputs);
    }
}

#[test]
fn what_an_output_does_not_depend_on_has_a_derivative_of_zero() {
    let g = graph(
        "%0 = feature \"x\"\n%1 = feature \"unused\"\n%2 = parameter 1.0 \"compared\"\n%3 = parameter 2.0 \"stopped\"\n\
         %4 = lt(%2, %0)\n%5 = stop_gradient(%3)\n%6 = select(%4, %5, %0)\noutput \"y\" = %6",
    );
    check::<f64>(&g, &[0.5, 0.25]);
    let tape = lower_outputs(&g).unwrap();
    // No adjoint is asked for by a parameter, so none is computed.
    let tape = differentiate(&tape, "y", Variables::Parameters, "gradient").unwrap();
    assert_snapshot!(tape, @r#"
    dagrad tape 1
    input[0] = feature "x"
    input[1] = feature "unused"
    parameter[0] = "compared"
    parameter[1] = "stopped"
    per sample %0 = input[0]
    shared     %1 = parameter[0]
    shared     %2 = parameter[1]
    per sample %3 = lt(%1, %0)
    shared     %4 = stop_gradient(%2)
    per sample %5 = select(%3, %4, %0)
    constant   %6 = constant 1.0
    constant   %7 = constant 0.0
    output "y" = %5
    output "gradient" = %7, %7
    "#);
}

#[test]
fn a_value_is_its_own_derivative_by_itself() {
    let tape = tape(
        "input[0] = feature\n%0 = input[0]\n%1 = exp(%0)\noutput \"y\" = %1\noutput \"x\" = %0",
    );
    let by_x = differentiate(&tape, "x", Variables::Inputs, "d").unwrap();
    let values = interpret(&by_x, &[3.0], &[]).unwrap();
    assert_eq!(output_values(&by_x, "d", &values), Some(vec![1.0]));
    let y = tape.output("y").unwrap()[0];
    let by_both = [y, Slot::new(0), y];
    let tape = differentiate_slot(&tape, y, Variables::Slots(&by_both), "d").unwrap();
    let values = interpret(&tape, &[3.0], &[]).unwrap();
    assert_eq!(
        output_values(&tape, "d", &values),
        Some(vec![1.0, 3.0_f64.exp(), 1.0])
    );
}

#[test]
fn only_what_is_asked_for_is_computed() {
    let tape = tape(
        "input[0] = feature \"x\"\nparameter[0] = \"w\"\n%0 = input[0]\n%1 = parameter[0]\n%2 = sin(%0)\n\
         %3 = mul(%2, %1)\noutput \"y\" = %3",
    );
    // Not the cosine, which only the input needs.
    assert_snapshot!(differentiate(&tape, "y", Variables::Parameters, "gradient").unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "x"
    parameter[0] = "w"
    per sample %0 = input[0]
    shared     %1 = parameter[0]
    per sample %2 = sin(%0)
    per sample %3 = mul(%2, %1)
    constant   %4 = constant 1.0
    per sample %5 = mul(%4, %2)
    output "y" = %3
    output "gradient" = %5
    "#);
}

#[test]
fn seeds_come_in_as_inputs() {
    let tape = tape(
        "input[0] = feature \"x\"\n%0 = input[0]\n%1 = square(%0)\n%2 = neg(%1)\noutput \"y\" = %1, %2, %1",
    );
    let tape = differentiate_seeded(&tape, "y", Variables::Inputs, "vjp").unwrap();
    assert_snapshot!(tape, @r#"
    dagrad tape 1
    input[0] = feature "x"
    input[1..4] = seed "vjp.seed.0".."vjp.seed.2"
    per sample %0 = input[0]
    per sample %1 = square(%0)
    per sample %2 = neg(%1)
    per sample %3 = input[1]
    per sample %4 = input[2]
    per sample %5 = input[3]
    per sample %6 = neg(%4)
    per sample %7 = add(%3, %5, %6)
    per sample %8 = add(%0, %0)
    per sample %9 = mul(%7, %8)
    output "y" = %1, %2, %1
    output "vjp" = %9
    "#);
    let values = interpret(&tape, &[3.0, 1.0, 10.0, 100.0], &[]).unwrap();
    assert_eq!(
        output_values(&tape, "vjp", &values),
        Some(vec![(101.0 - 10.0) * 6.0])
    );
}

#[test]
fn sums_of_products_that_only_a_tape_has_are_differentiated() {
    let text = "input[0..5] = feature\n%0 = input[0]\n%1 = input[1]\n%2 = input[2]\n%3 = input[3]\n%4 = input[4]\n";
    for (filling, wanted) in [
        ("fma(%0, %1, %2)", [3.0, 2.0, 1.0, 0.0, 0.0]),
        ("fma(%0, %0, %0)", [5.0, 0.0, 0.0, 0.0, 0.0]),
        ("dot[2](%0, %1, %2, %3, %4)", [3.0, 2.0, 7.0, 5.0, 1.0]),
        ("dot[1](%0, %0, %1, %2)", [4.0, 1.0, 1.0, 0.0, 0.0]),
    ] {
        let tape = tape(&format!("{text}%5 = {filling}\noutput \"y\" = %5"));
        let tape = differentiate(&tape, "y", Variables::Inputs, "d").unwrap();
        let values = interpret(&tape, &[2.0, 3.0, 5.0, 7.0, 11.0], &[]).unwrap();
        assert_eq!(
            output_values(&tape, "d", &values).unwrap(),
            wanted,
            "{filling}"
        );
    }
}

#[test]
fn a_user_operation_has_no_second_derivative() {
    let tape = tape("input[0] = feature\n%0 = input[0]\n%1 = call[cube](%0)\noutput \"y\" = %1");
    let first = differentiate(&tape, "y", Variables::Inputs, "d").unwrap();
    let values = interpret(&first, &[2.0], &[]).unwrap();
    assert_eq!(output_values(&first, "d", &values), Some(vec![12.0]));
    assert_snapshot!(differentiate(&first, "d", Variables::Inputs, "dd").unwrap_err(), @"the user operation cube has no second derivative; a macro of listed operations would have");
}

#[test]
fn features_are_inputs_without_targets() {
    let tape = tape(
        "input[0] = feature \"a\"\ninput[1] = target \"t\"\ninput[2] = feature \"unused\"\ninput[3] = feature \"b\"\n\
         %0 = input[0]\n%1 = input[1]\n%2 = input[3]\n%3 = mul(%0, %1, %2)\noutput \"y\" = %3",
    );
    let values = [2.0, 3.0, 11.0, 5.0];
    let by = differentiate(&tape, "y", Variables::Features, "d").unwrap();
    let numbers = interpret(&by, &values, &[]).unwrap();
    assert_eq!(
        output_values(&by, "d", &numbers),
        Some(vec![15.0, 0.0, 6.0])
    );
    let along = directional_derivative(&tape, "y", Variables::Features, "d").unwrap();
    let direction = [1.0, 100.0, 10.0];
    let numbers = interpret(&along, &[&values[..], &direction].concat(), &[]).unwrap();
    assert_eq!(
        output_values(&along, "d", &numbers),
        Some(vec![15.0 + 60.0])
    );
    let mean = mean_output(&tape, "y", "mean").unwrap();
    assert_snapshot!(differentiate_mean(&mean, "y", Variables::Features, "d").unwrap_err(), @r#"the mean over the samples has no derivative by what each sample has its own of: feature "a""#);
}

#[test]
fn what_cannot_be_differentiated_is_refused() {
    let tape = tape("input[0] = feature\n%0 = input[0]\noutput \"y\" = %0\noutput \"none\" =");
    let error = |of, variables, name| differentiate(&tape, of, variables, name).unwrap_err();
    assert_snapshot!(error("z", Variables::Inputs, "d"), @r#"the tape has no output "z""#);
    assert_snapshot!(error("none", Variables::Inputs, "d"), @r#"the tape has no output "none""#);
    assert_snapshot!(error("y", Variables::Inputs, "y"), @r#"the tape has an output "y" already"#);
    assert_snapshot!(error("y", Variables::Slots(&[Slot::new(1)]), "d"), @"the tape has no slot %1");
    let error = differentiate_slot(&tape, Slot::new(7), Variables::Inputs, "d").unwrap_err();
    assert_snapshot!(error, @"the tape has no slot %7");
}

#[test]
fn the_derivative_of_a_small_network_is_listed() {
    let tape = lower_outputs(&small_network()).unwrap();
    let first = differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    assert_snapshot!(first, @r#"
    dagrad tape 1
    input[0] = feature "x"
    input[1] = target "t"
    parameter[0] = "v"
    parameter[1] = "w"
    per sample %0 = input[0]
    per sample %1 = input[1]
    shared     %2 = parameter[0]
    shared     %3 = parameter[1]
    per sample %4 = mul(%2, %0)
    per sample %5 = add(%4, %3)
    per sample %6 = tanh(%5)
    per sample %7 = mul(%6, %6, %3)
    per sample %8 = sigmoid(%6)
    per sample %9 = add(%7, %8)
    per sample %10 = max(%0, %6)
    per sample %11 = abs(%10)
    per sample %12 = add(%9, %11)
    per sample %13 = sub(%12, %1)
    per sample %14 = square(%13)
    constant   %15 = constant 0.001
    shared     %16 = mul(%2, %2)
    shared     %17 = mul(%3, %3)
    shared     %18 = add(%16, %17)
    shared     %19 = mul(%15, %18)
    per sample %20 = add(%14, %19)
    constant   %21 = constant 1.0
    constant   %22 = mul(%21, %15)
    shared     %23 = mul(%22, %3)
    shared     %24 = mul(%22, %3)
    shared     %25 = mul(%22, %2)
    shared     %26 = mul(%22, %2)
    per sample %27 = add(%13, %13)
    per sample %28 = mul(%21, %27)
    constant   %29 = constant 0.0
    per sample %30 = lt(%10, %29)
    per sample %31 = neg(%28)
    per sample %32 = eq(%10, %29)
    per sample %33 = select(%32, %29, %28)
    per sample %34 = select(%30, %31, %33)
    per sample %35 = eq(%0, %0)
    per sample %36 = eq(%0, %10)
    per sample %37 = select(%35, %36, %21)
    per sample %38 = select(%21, %37, %29)
    per sample %39 = select(%38, %29, %21)
    per sample %40 = eq(%6, %6)
    per sample %41 = eq(%6, %10)
    per sample %42 = select(%40, %41, %21)
    per sample %43 = select(%39, %42, %29)
    per sample %44 = select(%43, %34, %29)
    per sample %45 = sub(%21, %8)
    per sample %46 = mul(%8, %45)
    per sample %47 = mul(%28, %46)
    per sample %48 = mul(%6, %6)
    per sample %49 = mul(%28, %48)
    per sample %50 = mul(%6, %3)
    per sample %51 = mul(%28, %50)
    per sample %52 = mul(%6, %3)
    per sample %53 = mul(%28, %52)
    per sample %54 = add(%53, %51, %47, %44)
    per sample %55 = mul(%6, %6)
    per sample %56 = sub(%21, %55)
    per sample %57 = mul(%54, %56)
    per sample %58 = mul(%57, %0)
    per sample %59 = add(%57, %49, %24, %23)
    per sample %60 = add(%58, %26, %25)
    output "loss" = %20
    output "gradient" = %60, %59
    "#);
}

#[test]
fn a_second_derivative_is_listed() {
    let tape: Tape =
        tape("input[0] = feature \"x\"\n%0 = input[0]\n%1 = tanh(%0)\noutput \"y\" = %1");
    let first = differentiate(&tape, "y", Variables::Inputs, "d").unwrap();
    assert_snapshot!(differentiate(&first, "d", Variables::Inputs, "dd").unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "x"
    per sample %0 = input[0]
    per sample %1 = tanh(%0)
    constant   %2 = constant 1.0
    per sample %3 = mul(%1, %1)
    per sample %4 = sub(%2, %3)
    per sample %5 = mul(%2, %4)
    constant   %6 = constant 1.0
    constant   %7 = mul(%6, %2)
    constant   %8 = neg(%7)
    per sample %9 = mul(%8, %1)
    per sample %10 = mul(%8, %1)
    per sample %11 = add(%10, %9)
    per sample %12 = mul(%1, %1)
    per sample %13 = sub(%6, %12)
    per sample %14 = mul(%11, %13)
    output "y" = %1
    output "d" = %5
    output "dd" = %14
    "#);
}
