//! Every derivative of every operation, checked in three ways; and every check checked.
#![allow(
    clippy::unwrap_used,
    reason = "a failed check ends the test with its explanation"
)]

use dagrad_graph::Operator;
use dagrad_ops::{Op, Tolerance, for_each_operation};
use dagrad_testsuite::derivatives::{
    check_against_differences, check_against_duals, check_second_derivatives,
};
use dagrad_testsuite::mutation::{Mutant, Mutation};
use dagrad_testsuite::samples::{moderate_lists, operand_counts, operand_lists};

/// Every operation of this name: several, if it takes a configuration.
fn called(name: &str) -> Vec<Op> {
    Op::all()
        .into_iter()
        .filter(|op| op.name() == name)
        .collect()
}

/// The first complaint, if the check has one, about `operation` at the operands on which `original` is
/// tried.
fn first_complaint<O>(original: &Op, operation: &O) -> Option<String>
where
    O: dagrad_testsuite::derivatives::Differentiable<f64>,
{
    operand_lists(original).iter().find_map(|operands| {
        [1.0, -0.7]
            .iter()
            .find_map(|&adjoint| check_against_duals(operation, operands, adjoint).err())
            .map(|e| e.to_string())
    })
}

fn agrees_with_duals(name: &str) {
    for op in called(name) {
        assert_eq!(first_complaint(&op, &op), None);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the samples are rounded on purpose"
)]
fn agrees_with_duals_in_f32(name: &str) {
    for op in called(name) {
        for operands in moderate_lists(&op) {
            let operands: Vec<_> = operands.iter().map(|&x| x as f32).collect();
            check_against_duals(&op, &operands, -0.7_f32).unwrap();
        }
    }
}

fn agrees_with_differences(name: &str) {
    // It is the identity to a difference, and a constant to a derivative: that is its purpose.
    if name == "stop_gradient" {
        return;
    }
    for op in called(name) {
        for operands in moderate_lists(&op) {
            check_against_differences(&op, &operands, !op.properties().smooth).unwrap();
        }
    }
}

fn has_second_derivatives(name: &str) {
    for op in called(name) {
        for operands in moderate_lists(&op) {
            check_second_derivatives(&op, &operands, Tolerance::relative(1e-9).and_absolute(1e-9))
                .unwrap();
        }
    }
}

fn wrong_contributions_are_found(name: &str) {
    for op in called(name) {
        for count in operand_counts(&op) {
            for operand in 0..count {
                for &mutation in Mutation::possible(op.contributes(operand)) {
                    let mutant = Mutant {
                        original: op.clone(),
                        operand,
                        mutation,
                    };
                    let complaint = first_complaint(&op, &mutant);
                    assert!(complaint.is_some(), "{mutant:?} went unnoticed");
                }
            }
        }
    }
}

macro_rules! rows {
    ($($type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;)*) => {
        $(
            mod $name {
                #[test]
                fn agrees_with_duals() {
                    super::agrees_with_duals(stringify!($name));
                }

                #[test]
                fn agrees_with_duals_in_f32() {
                    super::agrees_with_duals_in_f32(stringify!($name));
                }

                #[test]
                fn agrees_with_differences() {
                    super::agrees_with_differences(stringify!($name));
                }

                #[test]
                fn has_second_derivatives() {
                    super::has_second_derivatives(stringify!($name));
                }

                #[test]
                fn wrong_contributions_are_found() {
                    super::wrong_contributions_are_found(stringify!($name));
                }
            }
        )*
    };
}

for_each_operation!(rows);
