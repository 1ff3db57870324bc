//! Values and contributions at the points where a choice was made. Each test names the section of
//! `docs/numerics.md` that it holds to, and fails if there is no such section.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a difference ends the test with its explanation"
)]

use dagrad_graph::Evaluate;
use dagrad_ops::{Op, Real, check_same_bits};
use std::f64::consts::LN_2;

const NAN: f64 = f64::NAN;
const INFINITY: f64 = f64::INFINITY;
const NEG_INFINITY: f64 = f64::NEG_INFINITY;

/// Names the section that a test holds to.
fn section(heading: &str) {
    let page = include_str!("../../../docs/numerics.md");
    let line = format!("## {heading}");
    assert!(
        page.lines().any(|found| found == line),
        "docs/numerics.md has no section `{heading}`"
    );
}

fn value(op: &Op, operands: &[f64]) -> f64 {
    op.value(operands)
}

/// Checks the value, to the bit.
#[track_caller]
fn gives(op: &Op, operands: &[f64], wanted: f64) {
    let got = value(op, operands);
    assert!(
        check_same_bits(&[got], &[wanted]).is_ok(),
        "{op:?}{operands:?} is {got:?}, not {wanted:?}"
    );
}

/// Checks the contributions to the operands that any are made to, to the bit.
#[track_caller]
fn contributes(op: &Op, operands: &[f64], adjoint: f64, wanted: &[f64]) {
    let mut got = vec![0.0; operands.len()];
    op.contributions(operands, value(op, operands), adjoint, &mut got);
    let got: Vec<_> = got
        .into_iter()
        .enumerate()
        .filter(|(i, _)| op.contributes(*i))
        .map(|(_, c)| c)
        .collect();
    check_same_bits(&got, wanted)
        .unwrap_or_else(|e| panic!("{op:?}{operands:?} contributes {got:?}: {e}"));
}

#[test]
fn kinks_contribute_nothing() {
    section("Kinks");
    gives(&Op::Relu, &[0.0], 0.0);
    for zero in [0.0, -0.0] {
        contributes(&Op::Relu, &[zero], 3.0, &[0.0]);
        contributes(&Op::Abs, &[zero], 3.0, &[0.0]);
    }
    contributes(&Op::Relu, &[f64::MIN_POSITIVE], 3.0, &[3.0]);
    contributes(&Op::Relu, &[-f64::MIN_POSITIVE], 3.0, &[0.0]);
    contributes(&Op::Abs, &[-1e-300], 3.0, &[-3.0]);
}

#[test]
fn routing_multiplies_nothing() {
    section("Kinks");
    contributes(&Op::Relu, &[-1.0], INFINITY, &[0.0]);
    contributes(&Op::Abs, &[0.0], NAN, &[0.0]);
    contributes(&Op::Max, &[1.0, 2.0], INFINITY, &[0.0, INFINITY]);
    contributes(&Op::Min, &[1.0, 2.0], NAN, &[NAN, 0.0]);
    contributes(&Op::Select, &[1.0, 5.0, 6.0], INFINITY, &[INFINITY, 0.0]);
    contributes(&Op::Select, &[0.0, 5.0, 6.0], NAN, &[0.0, NAN]);
}

#[test]
fn comparisons_and_conditions_contribute_nothing() {
    section("Kinks");
    for op in [Op::Lt, Op::Le, Op::Gt, Op::Ge, Op::Eq, Op::Ne] {
        contributes(&op, &[1.0, 1.0], 3.0, &[]);
    }
    contributes(&Op::StopGradient, &[2.0], 3.0, &[]);
    assert!(!Op::Select.contributes(0) && Op::Select.contributes(1) && Op::Select.contributes(2));
}

#[test]
fn the_angle_has_a_slope_on_its_jump() {
    section("Kinks");
    gives(&Op::Atan2, &[0.0, -2.0], std::f64::consts::PI);
    gives(&Op::Atan2, &[-0.0, -2.0], -std::f64::consts::PI);
    contributes(&Op::Atan2, &[0.0, -2.0], 1.0, &[-0.5, -0.0]);
    contributes(&Op::Atan2, &[0.0, 0.0], 1.0, &[NAN, NAN]);
}

#[test]
fn the_first_of_equal_operands_gets_the_adjoint() {
    section("Ties");
    contributes(&Op::Max, &[1.0, 4.0, 4.0, 4.0], 3.0, &[0.0, 3.0, 0.0, 0.0]);
    contributes(&Op::Min, &[2.0, 1.0, 1.0], 3.0, &[0.0, 3.0, 0.0]);
    contributes(&Op::Max, &[0.0, -0.0], 3.0, &[3.0, 0.0]);
    contributes(&Op::Min, &[0.0, -0.0], 3.0, &[3.0, 0.0]);
    contributes(&Op::Max, &[INFINITY, INFINITY], 3.0, &[3.0, 0.0]);
    contributes(&Op::Max, &[NEG_INFINITY; 2], 3.0, &[3.0, 0.0]);
    contributes(&Op::Max, &[7.0], 3.0, &[3.0]);
}

#[test]
fn zero_times_infinity_is_not_a_number() {
    section("Zero times infinity");
    gives(&Op::Mul, &[0.0, INFINITY], NAN);
    contributes(&Op::Mul, &[0.0, INFINITY], 0.0, &[NAN, 0.0]);
    contributes(&Op::Exp, &[INFINITY], 0.0, &[NAN]);
    contributes(&Op::Recip, &[0.0], 0.0, &[NAN]);
}

#[test]
fn a_safe_operand_keeps_a_select_free_of_it() {
    section("Zero times infinity");
    // The reverse sweep of select(inside, sqrt(operand), 0) at x = 0, by hand.
    let root = |operand: f64, inside: f64| {
        let mut adjoint = [0.0; 3];
        Op::Select.contributions(&[inside, operand.sqrt(), 0.0], 0.0, 1.0, &mut adjoint);
        let mut slope = [0.0];
        Op::Sqrt.contributions(&[operand], operand.sqrt(), adjoint[1], &mut slope);
        slope[0]
    };
    let (x, inside) = (0.0, 0.0);
    assert!(root(x, inside).is_nan());
    check_same_bits(&[root(inside.select(x, 1.0), inside)], &[0.0]).unwrap();
}

#[test]
fn products_survive_zeros() {
    section("Products with zeros");
    contributes(&Op::Mul, &[5.0], 3.0, &[3.0]);
    contributes(&Op::Mul, &[5.0, 7.0], 3.0, &[21.0, 15.0]);
    contributes(&Op::Mul, &[2.0, 0.0, 5.0], 3.0, &[0.0, 30.0, 0.0]);
    contributes(&Op::Mul, &[0.0, 2.0, 5.0], 1.0, &[10.0, 0.0, 0.0]);
    contributes(&Op::Mul, &[2.0, 5.0, 0.0], 1.0, &[0.0, 0.0, 10.0]);
    contributes(&Op::Mul, &[2.0, 0.0, 5.0, 0.0], 3.0, &[0.0, 0.0, 0.0, 0.0]);
    contributes(
        &Op::Mul,
        &[2.0, 3.0, 5.0, 7.0, 11.0],
        1.0,
        &[1155.0, 770.0, 462.0, 330.0, 210.0],
    );
    // A division of the product by a factor would lose these.
    contributes(&Op::Mul, &[1e-200, 1e-200, 1e200], 1.0, &[1.0, 1.0, 0.0]);
}

#[test]
fn a_sum_starts_from_its_first_term() {
    section("Sums start from the first term");
    gives(&Op::Add, &[-0.0], -0.0);
    gives(&Op::Add, &[-0.0, -0.0], -0.0);
    gives(&Op::Add, &[0.0, -0.0], 0.0);
    gives(&Op::Mul, &[-0.0], -0.0);
    contributes(&Op::Add, &[1.0, 2.0], -0.0, &[-0.0, -0.0]);
}

#[test]
fn terms_are_added_in_their_order() {
    section("Order of summation");
    gives(&Op::Add, &[1.0, 1e100, -1e100], 0.0);
    gives(&Op::Add, &[1e100, -1e100, 1.0], 1.0);
    gives(&Op::Mul, &[1e200, 1e200, 1e-200], INFINITY);
    gives(&Op::Mul, &[1e200, 1e-200, 1e200], 1e200);
}

#[test]
fn powers_at_zero() {
    section("Pow at 0");
    for x in [0.0, -0.0, 3.0, -3.0, INFINITY, NAN] {
        gives(&Op::Pow, &[x, 0.0], 1.0);
    }
    contributes(&Op::Pow, &[0.0, 0.0], 3.0, &[0.0, 0.0]);
    contributes(&Op::Pow, &[f64::from_bits(1), 0.0], 0.0, &[0.0, -0.0]);
    contributes(&Op::Pow, &[std::f64::consts::E, 0.0], 3.0, &[0.0, 3.0]);
    contributes(&Op::Pow, &[-2.0, 0.0], 3.0, &[-0.0, NAN]);
    contributes(&Op::Pow, &[0.0, 1.0], 3.0, &[3.0, 0.0]);
    contributes(&Op::Pow, &[0.0, 2.0], 3.0, &[0.0, 0.0]);
    contributes(&Op::Pow, &[0.0, 0.5], 3.0, &[INFINITY, 0.0]);
    gives(&Op::Pow, &[0.0, -2.0], INFINITY);
    contributes(&Op::Pow, &[0.0, -2.0], 3.0, &[NEG_INFINITY, NEG_INFINITY]);
    contributes(&Op::Pow, &[-0.0, -2.0], 3.0, &[INFINITY, NEG_INFINITY]);
    gives(&Op::Pow, &[-2.0, 3.0], -8.0);
    contributes(&Op::Pow, &[-2.0, 3.0], 1.0, &[12.0, NAN]);
    gives(&Op::Pow, &[-2.0, 0.5], NAN);
    contributes(&Op::Pow, &[-2.0, 0.5], 1.0, &[NAN, NAN]);
}

#[test]
fn integer_powers_at_the_ends_of_their_range() {
    section("Pow at 0");
    gives(&Op::Powi(0), &[NAN], 1.0);
    assert!(!Op::Powi(0).contributes(0));
    contributes(&Op::Powi(1), &[0.0], 3.0, &[3.0]);
    contributes(&Op::Powi(2), &[0.0], 3.0, &[0.0]);
    gives(&Op::Powi(-1), &[-0.0], NEG_INFINITY);
    contributes(&Op::Powi(-2), &[-0.0], 1.0, &[INFINITY]);
    gives(&Op::Powi(i32::MIN), &[2.0], 0.0);
    gives(&Op::Powi(i32::MIN), &[-1.0], 1.0);
    contributes(&Op::Powi(i32::MIN), &[-1.0], 1.0, &[2_147_483_648.0]);
    contributes(&Op::Powi(i32::MAX), &[1.0], 1.0, &[2_147_483_647.0]);
    // The chain for 7 is (x · x²) · x⁴, whatever the machine.
    let x = 1.1_f64;
    gives(&Op::Powi(7), &[x], (x * (x * x)) * ((x * x) * (x * x)));
    gives(
        &Op::Powi(-7),
        &[x],
        1.0 / ((x * (x * x)) * ((x * x) * (x * x))),
    );
}

#[test]
fn slopes_that_are_infinite() {
    section("Sqrt at 0");
    contributes(&Op::Sqrt, &[0.0], 3.0, &[INFINITY]);
    contributes(&Op::Sqrt, &[0.0], 0.0, &[NAN]);
    gives(&Op::Sqrt, &[-0.0], -0.0);
    contributes(&Op::Sqrt, &[-0.0], 3.0, &[NEG_INFINITY]);
    gives(&Op::Sqrt, &[-1.0], NAN);
    for end in [1.0, -1.0] {
        contributes(&Op::Asin, &[end], 3.0, &[INFINITY]);
        contributes(&Op::Acos, &[end], 3.0, &[NEG_INFINITY]);
    }
    gives(&Op::Ln, &[0.0], NEG_INFINITY);
    contributes(&Op::Ln, &[0.0], 3.0, &[INFINITY]);
    gives(&Op::Log1p, &[-1.0], NEG_INFINITY);
}

#[test]
fn sigmoid_and_softplus_far_out() {
    section("Stable functions");
    gives(&Op::Sigmoid, &[0.0], 0.5);
    gives(&Op::Sigmoid, &[-0.0], 0.5);
    gives(&Op::Sigmoid, &[1e4], 1.0);
    gives(&Op::Sigmoid, &[-1e4], 0.0);
    gives(&Op::Sigmoid, &[INFINITY], 1.0);
    gives(&Op::Sigmoid, &[NEG_INFINITY], 0.0);
    gives(&Op::Sigmoid, &[-740.0], (-740.0_f64).exp());
    contributes(&Op::Sigmoid, &[1e4], 3.0, &[0.0]);
    contributes(&Op::Sigmoid, &[-1e4], 3.0, &[0.0]);
    gives(&Op::Softplus, &[0.0], LN_2);
    gives(&Op::Softplus, &[1e4], 1e4);
    gives(&Op::Softplus, &[-1e4], 0.0);
    gives(&Op::Softplus, &[-50.0], (-50.0_f64).exp());
    gives(&Op::Softplus, &[INFINITY], INFINITY);
    gives(&Op::Softplus, &[NEG_INFINITY], 0.0);
    contributes(&Op::Softplus, &[1e4], 3.0, &[3.0]);
    contributes(&Op::Softplus, &[INFINITY], 3.0, &[3.0]);
    contributes(&Op::Softplus, &[-1e4], 3.0, &[0.0]);
    contributes(&Op::Softplus, &[NEG_INFINITY], 3.0, &[0.0]);
}

#[test]
fn log_sum_exp_far_out() {
    section("Stable functions");
    gives(&Op::LogSumExp, &[1e4, 1e4], 1e4 + LN_2);
    gives(&Op::LogSumExp, &[-1e4, -1e4], -1e4 + LN_2);
    gives(&Op::LogSumExp, &[1e4, -1e4], 1e4);
    contributes(&Op::LogSumExp, &[1e4, -1e4], 3.0, &[3.0, 0.0]);
    gives(&Op::LogSumExp, &[5.0], 5.0);
    contributes(&Op::LogSumExp, &[5.0], 3.0, &[3.0]);
    gives(&Op::LogSumExp, &[NEG_INFINITY], NEG_INFINITY);
    gives(&Op::LogSumExp, &[NEG_INFINITY; 3], NEG_INFINITY);
    contributes(&Op::LogSumExp, &[NEG_INFINITY; 3], 3.0, &[0.0; 3]);
    gives(&Op::LogSumExp, &[NEG_INFINITY, 2.0], 2.0);
    contributes(&Op::LogSumExp, &[NEG_INFINITY, 2.0], 3.0, &[0.0, 3.0]);
    gives(&Op::LogSumExp, &[INFINITY, 2.0], INFINITY);
    gives(&Op::LogSumExp, &[NEG_INFINITY, INFINITY], INFINITY);
    contributes(&Op::LogSumExp, &[INFINITY, 2.0], 3.0, &[NAN, 0.0]);
}

#[test]
fn saturated_slopes() {
    section("Stable functions");
    contributes(&Op::Tanh, &[1e4], 3.0, &[0.0]);
    contributes(&Op::Tanh, &[NEG_INFINITY], 3.0, &[0.0]);
    contributes(&Op::Expm1, &[-1e4], 3.0, &[0.0]);
    contributes(&Op::Erf, &[1e200], 3.0, &[0.0]);
    contributes(
        &Op::Atan2,
        &[3e200, 4e200],
        1.0,
        &[0.16 / 1e200, -0.12 / 1e200],
    );
}

#[test]
fn not_a_number_passes_through_everything() {
    section("NaN");
    for op in Op::all() {
        let operands = match op {
            Op::Select => vec![1.0, NAN, 1.0],
            Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne | Op::Powi(0) => continue,
            Op::Add | Op::Mul | Op::Min | Op::Max | Op::LogSumExp => vec![1.0, NAN, 3.0],
            Op::Sub | Op::Div | Op::Atan2 | Op::Pow => vec![NAN, 2.0],
            _ => vec![NAN],
        };
        gives(&op, &operands, NAN);
    }
    for op in [Op::Min, Op::Max, Op::LogSumExp, Op::Add, Op::Mul] {
        for place in 0..3 {
            let mut operands = [1.0, 2.0, 3.0];
            operands[place] = NAN;
            gives(&op, &operands, NAN);
        }
    }
    gives(&Op::Pow, &[1.0, NAN], 1.0);
    gives(&Op::Select, &[1.0, 2.0, NAN], 2.0);
    gives(&Op::Select, &[NAN, 2.0, 3.0], 2.0);
    for (op, wanted) in [
        (Op::Lt, 0.0),
        (Op::Le, 0.0),
        (Op::Gt, 0.0),
        (Op::Ge, 0.0),
        (Op::Eq, 0.0),
        (Op::Ne, 1.0),
    ] {
        gives(&op, &[NAN, 1.0], wanted);
        gives(&op, &[1.0, NAN], wanted);
        gives(&op, &[NAN, NAN], wanted);
    }
}

#[test]
fn not_a_number_takes_the_adjoint() {
    section("NaN");
    contributes(&Op::Relu, &[NAN], 3.0, &[3.0]);
    contributes(&Op::Abs, &[NAN], 3.0, &[3.0]);
    contributes(&Op::Max, &[1.0, NAN, NAN], 3.0, &[0.0, 3.0, 0.0]);
    contributes(&Op::Min, &[NAN, 1.0], 3.0, &[3.0, 0.0]);
    contributes(&Op::Select, &[NAN, 1.0, 2.0], 3.0, &[3.0, 0.0]);
    contributes(&Op::Pow, &[NAN, 0.0], 3.0, &[0.0, NAN]);
}

#[test]
fn zeros_keep_their_signs() {
    section("Signed zeros");
    gives(&Op::Abs, &[-0.0], 0.0);
    gives(&Op::Relu, &[-0.0], 0.0);
    gives(&Op::Square, &[-0.0], 0.0);
    gives(&Op::Neg, &[0.0], -0.0);
    for op in [
        Op::Sin,
        Op::Tan,
        Op::Asin,
        Op::Atan,
        Op::Sinh,
        Op::Tanh,
        Op::Erf,
        Op::Expm1,
        Op::Log1p,
        Op::Sqrt,
    ] {
        gives(&op, &[-0.0], -0.0);
    }
    for op in [Op::Min, Op::Max] {
        gives(&op, &[-0.0, 0.0], -0.0);
        gives(&op, &[0.0, -0.0], 0.0);
    }
    gives(&Op::Eq, &[0.0, -0.0], 1.0);
    gives(&Op::Lt, &[-0.0, 0.0], 0.0);
    gives(&Op::Select, &[-0.0, 1.0, 2.0], 2.0);
}

#[test]
fn the_error_function_is_msun_s() {
    section("Error function");
    // Reference values: Abramowitz and Stegun, table 7.1; more digits by series.
    gives(&Op::Erf, &[0.5], 0.520_499_877_813_046_5);
    gives(&Op::Erf, &[1.0], 0.842_700_792_949_714_9);
    gives(&Op::Erf, &[-1.0], -0.842_700_792_949_714_9);
    gives(&Op::Erf, &[INFINITY], 1.0);
}

#[test]
fn the_tutorial_s_sigmoid_has_the_same_bits_from_zero_on() {
    section("Where the tutorial differs");
    let told = |x: f64| 1.0 / (1.0 + (-x).exp());
    for x in [0.0, 0.3, 1.0, 7.5, 40.0, 800.0] {
        gives(&Op::Sigmoid, &[x], told(x));
    }
    check_same_bits(&[told(-745.0)], &[0.0]).unwrap();
    gives(&Op::Sigmoid, &[-745.0], f64::from_bits(1));
}
