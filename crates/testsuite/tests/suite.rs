//! The suite holds a backend to what it says of itself: nothing is skipped in silence.

use dagrad_testsuite::backend::{Agreement, Answer, Backend, Job, Refusal};
use dagrad_testsuite::reference::sweep;
use dagrad_testsuite::strategies::Shape;
use dagrad_testsuite::suite::{case, check_declines, operation, random};

/// The reference sweeps, with a say in everything else.
#[derive(Default)]
struct Backed {
    listed: Vec<(&'static str, &'static str)>,
    refusal: Option<Refusal>,
    unavailable: bool,
    short: bool,
}

impl Backend for Backed {
    type Scalar = f64;

    fn name(&self) -> String {
        "a backend".to_owned()
    }

    fn agreement(&self) -> Agreement {
        Agreement::Bits
    }

    fn declines(&self) -> &[(&'static str, &'static str)] {
        &self.listed
    }

    fn unavailable(&self) -> Option<String> {
        self.unavailable.then(|| "not on this machine".to_owned())
    }

    fn run(&self, job: &Job<'_, f64>) -> Result<Vec<Answer<f64>>, Refusal> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let mut answers = sweep(job.graph, job)?;
        if self.short {
            answers.pop();
        }
        Ok(answers)
    }
}

/// A backend that declines everything, and lists these rows.
fn declining(listed: &[(&'static str, &'static str)]) -> Backed {
    Backed {
        listed: listed.to_vec(),
        refusal: Some(Refusal::Declined("it cannot multiply".to_owned())),
        ..Backed::default()
    }
}

#[test]
fn a_listed_row_may_be_declined() {
    let backend = declining(&[
        ("cases::kinks", "cannot multiply"),
        ("random::small", "multiply"),
        ("operations::mul", "it"),
    ]);
    case(&backend, "kinks");
    random(&backend, "small", Shape::SMALL, 4);
    operation(&backend, "mul");
    check_declines(&backend);
}

#[test]
#[should_panic(expected = "operations::mul: declined: it cannot multiply")]
fn another_may_not() {
    operation(&declining(&[("operations::add", "multiply")]), "mul");
}

#[test]
#[should_panic(expected = "random::small: declined: it cannot multiply")]
fn nor_may_random_graphs() {
    random(&declining(&[]), "small", Shape::SMALL, 4);
}

#[test]
#[should_panic(expected = "declined: it cannot multiply")]
fn nor_for_another_reason() {
    case(&declining(&[("cases::kinks", "cannot add")]), "kinks");
}

#[test]
#[should_panic(expected = "listed as declined (cannot multiply), and runs")]
fn a_listed_row_must_be_declined() {
    let listed = vec![("cases::kinks", "cannot multiply")];
    case(
        &Backed {
            listed,
            ..Backed::default()
        },
        "kinks",
    );
}

#[test]
#[should_panic(expected = "declines cases::nothing, which is no row")]
fn a_listed_row_must_exist() {
    check_declines(&declining(&[("cases::nothing", "multiply")]));
}

#[test]
#[should_panic(expected = "cases::kinks: failed: on fire")]
fn a_failure_cannot_be_listed() {
    let refusal = Some(Refusal::Failed("on fire".to_owned()));
    case(
        &Backed {
            refusal,
            ..declining(&[("cases::kinks", "fire")])
        },
        "kinks",
    );
}

#[test]
#[should_panic(expected = "do not have the shape")]
fn every_sample_needs_an_answer() {
    case(
        &Backed {
            short: true,
            ..Backed::default()
        },
        "kinks",
    );
}

#[test]
fn what_is_not_available_passes() {
    let backend = Backed {
        unavailable: true,
        ..declining(&[])
    };
    case(&backend, "kinks");
}
