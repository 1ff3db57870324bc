//! The interpreter: what instructions mean that no operation is, and what it refuses.

use crate::support::{cube, tape};
use dagrad_graph::Graph;
use dagrad_ops::{Dual, Op, Terms, same_bits};
use dagrad_tape::{InterpretError, Tape, interpret, lower_outputs, output_values};
use insta::assert_snapshot;

const FUSED: &str = "input[0..3] = feature\n%0 = input[0]\n%1 = input[1]\n%2 = input[2]\n\
                     %3 = fma(%0, %1, %2)\noutput \"y\" = %3";

fn y(tape: &Tape, inputs: &[f64]) -> f64 {
    let values = interpret(tape, inputs, &[]).unwrap();
    output_values(tape, "y", &values).unwrap()[0]
}

#[test]
fn a_fused_product_is_rounded_once() {
    let tape = tape(FUSED);
    let next = 1.0 + f64::EPSILON;
    // The square of 1 + ε is 1 + 2ε + ε²; rounding it on the way would lose the last part.
    assert!(same_bits(
        y(&tape, &[next, next, -1.0 - 2.0 * f64::EPSILON]),
        f64::EPSILON * f64::EPSILON
    ));
    let next = 1.0 + f32::EPSILON;
    let values = interpret(&tape, &[next, next, -1.0 - 2.0 * f32::EPSILON], &[]).unwrap();
    assert!(same_bits(values[3], f32::EPSILON * f32::EPSILON));
}

#[test]
fn a_fused_product_has_the_derivative_of_its_text() {
    let tape = tape(FUSED);
    let inputs = [
        Dual::variable(3.0),
        Dual::constant(5.0),
        Dual::variable(7.0),
    ];
    let value: Dual<f64> = interpret(&tape, &inputs, &[]).unwrap()[3];
    assert!(same_bits(value.value, 22.0) && same_bits(value.derivative, 6.0));
    let inputs = [3.0, -5.0, 7.0].map(Terms::leaf);
    let value: Terms<f64> = interpret(&tape, &inputs, &[]).unwrap()[3];
    assert!(same_bits(value.value, -8.0) && same_bits(value.magnitude, 22.0));
}

#[test]
fn a_dot_adds_from_left_to_right_and_rounds_each_time() {
    let tape = tape(
        "input[0..4] = feature\n%0 = input[0]\n%1 = input[1]\n%2 = input[2]\n%3 = input[3]\n\
         %4 = dot[1](%0, %1, %2, %3)\noutput \"y\" = %4",
    );
    // (1e16·1 + 1) − 1e16 loses the 1, as any other order would not.
    assert!(same_bits(y(&tape, &[1e16, 1.0, 1.0, -1e16]), 0.0));
    assert!(same_bits(y(&tape, &[2.0, 3.0, 4.0, 5.0]), 15.0));
    let only = tape_of_a_product();
    // The sum starts from its first term and not from zero, so a negative zero stays.
    assert!(same_bits(y(&only, &[-0.0, 1.0]), -0.0));
    let next = 1.0 + f64::EPSILON;
    assert!(same_bits(y(&only, &[next, next]), 1.0 + 2.0 * f64::EPSILON));
}

fn tape_of_a_product() -> Tape {
    tape(
        "input[0..2] = feature\n%0 = input[0]\n%1 = input[1]\n%2 = dot[1](%0, %1)\noutput \"y\" = %2",
    )
}

#[test]
fn constants_are_rounded_to_the_scalar_type() {
    let tape = tape("%0 = constant 0.1\noutput \"y\" = %0");
    assert!(same_bits(
        interpret::<f32>(&tape, &[], &[]).unwrap()[0],
        0.1_f32
    ));
}

#[test]
fn partials_of_user_operations_are_theirs() {
    let tape = tape(
        "input[0..2] = feature\n%0 = input[0]\n%1 = input[1]\n%2 = call[weigh](%0, %1, %0)\n\
         %3 = partial[weigh 2](%0, %1, %0, %2)\n%4 = call[cube](%3)\n%5 = partial[cube 0](%3, %4)",
    );
    let values = interpret(&tape, &[10.0, 100.0], &[]).unwrap();
    for (got, wanted) in values
        .into_iter()
        .zip([10.0, 100.0, 240.0, 3.0, 27.0, 27.0])
    {
        assert!(same_bits(got, wanted));
    }
}

#[test]
fn counts_have_to_be_right() {
    let tape = tape("input[0..2] = feature\nparameter[0..3]");
    assert_snapshot!(interpret(&tape, &[1.0], &[1.0; 3]).unwrap_err(), @"the tape has 2 inputs, got 1");
    assert_snapshot!(interpret(&tape, &[1.0; 2], &[1.0; 4]).unwrap_err(), @"the tape has 3 parameters, got 4");
    assert_eq!(interpret(&tape, &[1.0; 2], &[1.0; 3]).unwrap().len(), 0);
}

#[test]
fn user_operations_run_in_f64_only() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let y = g.operation(cube(), &[x]).unwrap();
    g.add_output("y", &[y]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    assert!(same_bits(interpret(&tape, &[2.0], &[]).unwrap()[1], 8.0));
    assert_snapshot!(interpret(&tape, &[2.0_f32], &[]).unwrap_err(), @"the user operation cube does not run in f32");
    let partial = tape_of_a_partial();
    let error: InterpretError = interpret(&partial, &[2.0_f32, 8.0], &[]).unwrap_err();
    assert_snapshot!(error, @"the user operation cube does not run in f32");
}

fn tape_of_a_partial() -> Tape {
    tape("input[0..2] = feature\n%0 = input[0]\n%1 = input[1]\n%2 = partial[cube 0](%0, %1)")
}

#[test]
fn outputs_have_names() {
    let tape = tape("%0 = constant 1.0\noutput \"y\" = %0, %0");
    let values: Vec<f64> = interpret(&tape, &[], &[]).unwrap();
    assert_eq!(output_values(&tape, "y", &values), Some(vec![1.0, 1.0]));
    assert_eq!(output_values(&tape, "z", &values), None);
}
