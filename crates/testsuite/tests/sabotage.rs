//! A wrong contribution inside a random graph is noticed, whichever it is.
#![allow(clippy::unwrap_used, reason = "a failed check ends the test")]

use dagrad_graph::Operator;
use dagrad_ops::{Op, for_each_operation};
use dagrad_testsuite::backend::Backend;
use dagrad_testsuite::check::{check, check_derivatives};
use dagrad_testsuite::mutation::Mutation;
use dagrad_testsuite::operation_rows;
use dagrad_testsuite::problem::Problem;
use dagrad_testsuite::sabotage::Sabotaged;
use dagrad_testsuite::samples::operand_counts;
use dagrad_testsuite::strategies::{Shape, population};
use std::sync::LazyLock;

/// Random graphs that all tests look through.
static GRAPHS: LazyLock<Vec<Problem>> = LazyLock::new(|| population(Shape::SMALL, 5, 1500));

/// How many operands the operation is tried with at most.
fn places(operation: &Op) -> usize {
    operand_counts(operation).into_iter().max().unwrap_or(0)
}

/// Whether the derivatives of what this backend answers are found wrong. The reference's bits are not
/// asked for, so it is the dual numbers and the differences that find it.
fn is_noticed(backend: &Sabotaged, problem: &Problem) -> bool {
    let answers = backend.run(&problem.job()).unwrap();
    check_derivatives(problem, &answers).is_err()
}

/// Turns each contribution of each operation of this name wrong, in random graphs that have the
/// operation.
fn noticed_in_random_graphs(name: &str) {
    let graphs: Vec<_> = GRAPHS
        .iter()
        .filter(|problem| problem.operations().any(|op| op.name() == name))
        .collect();
    assert!(
        graphs.len() > 30,
        "only {} graphs have {name}",
        graphs.len()
    );
    for operation in Op::all().into_iter().filter(|op| op.name() == name) {
        for operand in 0..places(&operation) {
            for &mutation in Mutation::possible(operation.contributes(operand)) {
                let backend = Sabotaged {
                    operation: operation.clone(),
                    operand,
                    mutation,
                };
                let noticed = graphs.iter().any(|problem| is_noticed(&backend, problem));
                assert!(
                    noticed,
                    "{backend:?} went unnoticed in {} graphs",
                    graphs.len()
                );
            }
        }
    }
}

/// The same in the rows that each operation has, and for every operand.
fn noticed_in_operation_rows(name: &str) {
    let problems = operation_rows::problems(name).unwrap();
    for operation in Op::all().into_iter().filter(|op| op.name() == name) {
        for operand in 0..places(&operation) {
            for &mutation in Mutation::possible(operation.contributes(operand)) {
                let backend = Sabotaged {
                    operation: operation.clone(),
                    operand,
                    mutation,
                };
                let noticed = problems
                    .iter()
                    .any(|problem| check(&backend, problem).is_err());
                assert!(noticed, "{backend:?} went unnoticed");
            }
        }
    }
}

macro_rules! rows {
    ($($type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;)*) => {$(
        mod $name {
            #[test]
            fn noticed_in_random_graphs() {
                super::noticed_in_random_graphs(stringify!($name));
            }

            #[test]
            fn noticed_in_operation_rows() {
                super::noticed_in_operation_rows(stringify!($name));
            }
        }
    )*};
}

for_each_operation!(rows);
