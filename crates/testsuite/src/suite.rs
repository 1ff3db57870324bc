//! The suite itself: every row as a test of its own, for any backend.

use crate::backend::{Backend, Refusal};
use crate::cases;
use crate::check::{Complaint, check};
use crate::operation_rows;
use crate::problem::Problem;
use crate::strategies::{Shape, problems, runner};
use dagrad_ops::Op;
use proptest::test_runner::{TestCaseError, TestError};

/// Runs the whole suite over each backend: a module of tests for each, one test for each row.
///
/// ```
/// use dagrad_testsuite::{reference::Reference, suite};
///
/// suite! {
///     sweeps_f64 = Reference::<f64>::new();
///     sweeps_f32 = Reference::<f32>::new();
/// }
/// # fn main() {}
/// ```
///
/// gives the tests `sweeps_f64::operations::add`, `sweeps_f64::cases::shared_value`,
/// `sweeps_f64::random::small` and so on.
#[macro_export]
macro_rules! suite {
    ($($name:ident = $backend:expr;)+) => {$(
        fn $name() -> impl $crate::backend::Backend {
            $backend
        }

        mod $name {
            mod operations {
                use super::super::$name as backend;
                use $crate::operation_tests;
                $crate::for_each_operation!(operation_tests);
            }

            mod cases {
                use super::super::$name as backend;
                use $crate::case_tests;
                $crate::for_each_case!(case_tests);
            }

            mod random {
                use super::super::$name as backend;
                $crate::random_tests!(small SMALL 500, large LARGE 50, batches BATCHES 60, macros MACROS 200);
            }

            #[test]
            fn declines_rows_that_exist() {
                $crate::suite::check_declines(&super::$name());
            }
        }
    )+};
}

/// One test for each operation of the list.
#[doc(hidden)]
#[macro_export]
macro_rules! operation_tests {
    ($($type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;)*) => {$(
        #[test]
        fn $name() {
            $crate::suite::operation(&backend(), stringify!($name));
        }
    )*};
}

/// One test for each case file.
#[doc(hidden)]
#[macro_export]
macro_rules! case_tests {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            $crate::suite::case(&backend(), stringify!($name));
        }
    )*};
}

/// One test for each shape of random problems.
#[doc(hidden)]
#[macro_export]
macro_rules! random_tests {
    ($($name:ident $shape:ident $cases:literal),*) => {$(
        #[test]
        fn $name() {
            let shape = $crate::strategies::Shape::$shape;
            $crate::suite::random(&backend(), stringify!($name), shape, $cases);
        }
    )*};
}

/// The row of an operation.
///
/// # Panics
/// Where the backend does not pass.
pub fn operation(backend: &impl Backend, name: &str) {
    let run = || {
        for problem in operation_rows::problems(name).map_err(Refusal::Failed)? {
            check(backend, &problem)?;
        }
        Ok(())
    };
    row(backend, &format!("operations::{name}"), run);
}

/// The row of a case file.
///
/// # Panics
/// Where the backend does not pass.
pub fn case(backend: &impl Backend, name: &str) {
    let run = || {
        let problem = cases::case(name).map_err(Refusal::Failed)?;
        check(backend, &problem).map(|_| ())
    };
    row(backend, &format!("cases::{name}"), run);
}

/// A row of random problems.
///
/// # Panics
/// Where the backend does not pass; the message shows the simplest problem found at which it does not.
pub fn random(backend: &impl Backend, name: &str, shape: Shape, cases: u32) {
    let run = || {
        // A refusal is no counterexample, so it is kept apart from what proptest makes of failures.
        let mut refused = std::cell::RefCell::new(None);
        let test = |problem: Problem| match check(backend, &problem) {
            Ok(_) => Ok(()),
            Err(complaint) => {
                let message = complaint.to_string();
                *refused.borrow_mut() = Some(complaint);
                Err(TestCaseError::fail(message))
            }
        };
        let outcome = runner(cases).run(&problems(shape.clone()), test);
        match (outcome, refused.get_mut().take()) {
            (Ok(()), _) => Ok(()),
            (Err(_), Some(Complaint::Refused(refusal))) => Err(refusal.into()),
            (Err(TestError::Fail(reason, problem)), _) => {
                Err(Refusal::Failed(format!("{reason}\n{problem:?}")).into())
            }
            (Err(TestError::Abort(reason)), _) => Err(Refusal::Failed(reason.to_string()).into()),
        }
    };
    row(backend, &format!("random::{name}"), run);
}

/// Runs a row, and holds the backend to the list of rows that it declines.
fn row(backend: &impl Backend, row: &str, run: impl FnOnce() -> Result<(), Complaint>) {
    if let Some(reason) = backend.unavailable() {
        println!("{}: {row} skipped: {reason}", backend.name());
        return;
    }
    let listed = backend
        .declines()
        .iter()
        .find(|(declined, _)| *declined == row);
    let verdict = match (run(), listed) {
        (Err(Complaint::Refused(Refusal::Declined(reason))), Some((_, words)))
            if reason.contains(words) =>
        {
            println!("{}: {row} declined: {reason}", backend.name());
            Ok(())
        }
        (Err(complaint), _) => Err(complaint.to_string()),
        (Ok(()), Some((_, words))) => Err(format!("listed as declined ({words}), and runs")),
        (Ok(()), None) => Ok(()),
    };
    if let Err(complaint) = verdict {
        fail(&format!("{}: {row}: {complaint}", backend.name()));
    }
}

/// Checks that every row that the backend lists as declined is a row.
///
/// # Panics
/// Where one is not.
pub fn check_declines(backend: &impl Backend) {
    let operations = Op::NAMES.iter().map(|name| format!("operations::{name}"));
    let cases = cases::TEXTS
        .iter()
        .map(|(name, _)| format!("cases::{name}"));
    let random = ["small", "large", "batches", "macros"].map(|name| format!("random::{name}"));
    let rows: Vec<_> = operations.chain(cases).chain(random).collect();
    for (declined, _) in backend.declines() {
        if !rows.iter().any(|row| row == declined) {
            fail(&format!(
                "{} declines {declined}, which is no row",
                backend.name()
            ));
        }
    }
}

#[expect(clippy::panic, reason = "this is how a test fails")]
fn fail(message: &str) -> ! {
    panic!("{message}")
}
