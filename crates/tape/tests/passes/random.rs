//! Passes on random graphs of every operation and on their first and second derivatives.

use super::listing;
use dagrad_ops::{Float, check_same_bits};
use dagrad_tape::passes::{Exactness, Options, Pass, optimise};
use dagrad_tape::{
    InputKind, Tape, TapeScalar, Variables, differentiate, differentiate_mean,
    differentiate_seeded, directional_derivative, interpret, lower_outputs, mean_output,
};
use dagrad_testsuite::number::Number;
use dagrad_testsuite::problem::{Problem, Sample};
use dagrad_testsuite::strategies::{Shape, population};

/// What every exact pass has to survive, beside the samples.
const NASTY: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    1e-310,
    -1e-42,
    1e300,
    -3e38,
];

/// The tape of a problem, with its gradient, with a second derivative, with the dots of that, and with
/// means.
fn tapes(problem: &Problem) -> Vec<Tape> {
    let tape = lower_outputs(&problem.graph).unwrap();
    let of = tape.outputs()[0].name.clone();
    let first = differentiate_seeded(&tape, &of, Variables::Inputs, "by inputs").unwrap();
    let first = differentiate_seeded(&first, &of, Variables::Parameters, "by parameters").unwrap();
    let second = differentiate(&first, "by inputs", Variables::Inputs, "twice").unwrap();
    let with_dots = optimise::<f64>(&second, &Options::FAST).0;
    let means = differentiate_mean(&tape, &of, Variables::Parameters, "of the mean").unwrap();
    let means = mean_output(&means, &of, "means").unwrap();
    let directions = Variables::Parameters;
    let product = directional_derivative(&means, "of the mean", directions, "product").unwrap();
    // A product with 1 that nobody needs would be a use that is gone the second time.
    let product = optimise::<f64>(&product, &Options::STRICT).0;
    vec![tape, first, second, with_dots, means, product]
}

/// The values of all outputs, one after the other.
fn outputs<S: TapeScalar>(tape: &Tape, inputs: &[f64], parameters: &[f64]) -> Vec<S> {
    let convert = |list: &[f64]| -> Vec<S> { list.iter().map(|&x| S::from_f64(x)).collect() };
    let values = interpret(tape, &convert(inputs), &convert(parameters)).unwrap();
    let slots = tape.outputs().iter().flat_map(|output| &output.slots);
    slots.map(|slot| values[slot.index()]).collect()
}

/// The samples' inputs, with seeds where the tape wants them.
fn rows(problem: &Problem, tape: &Tape) -> Vec<Vec<f64>> {
    let sample = |sample: &Sample<f64>| {
        let mut features = sample.features.iter();
        let mut targets = sample.targets.iter();
        // Each gradient has seeds of its own, with the same values.
        let mut seeds = problem.seeds.iter().cycle();
        let inputs = tape.inputs().iter().map(|input| match input.kind {
            InputKind::Feature => *features.next().unwrap(),
            InputKind::Target => *targets.next().unwrap(),
            InputKind::Seed | InputKind::Direction => *seeds.next().unwrap(),
        });
        inputs.collect()
    };
    problem.samples.iter().map(sample).collect()
}

fn parameters(problem: &Problem) -> Vec<f64> {
    let value = |id| problem.graph.parameter_value(id).unwrap();
    problem.graph.parameters().map(value).collect()
}

fn same_outputs<S: TapeScalar + Float>(
    pass: &str,
    before: &Tape,
    after: &Tape,
    inputs: &[f64],
    parameters: &[f64],
) {
    let wanted: Vec<S> = outputs(before, inputs, parameters);
    let got: Vec<S> = outputs(after, inputs, parameters);
    check_same_bits(&got, &wanted).unwrap_or_else(|difference| {
        panic!(
            "{pass} at {inputs:?}, {parameters:?}: {difference}\n{}\n\n{}",
            listing(before),
            listing(after)
        )
    });
}

/// Checks an exact change of a tape on the samples and on special values.
fn check_exact<S: TapeScalar + Float>(pass: &str, problem: &Problem, before: &Tape, after: &Tape) {
    let parameters = parameters(problem);
    for row in rows(problem, before) {
        same_outputs::<S>(pass, before, after, &row, &parameters);
    }
    for round in 0..NASTY.len() {
        let mut special = NASTY.iter().copied().cycle().skip(round).step_by(3);
        let mut list = |count: usize| -> Vec<f64> { special.by_ref().take(count).collect() };
        let inputs = list(before.inputs().len());
        let parameters = list(before.parameters().len());
        same_outputs::<S>(pass, before, after, &inputs, &parameters);
    }
}

fn each_pass<S: TapeScalar + Float>(shape: Shape, count: usize) {
    for problem in population(shape, 4, count) {
        for before in tapes(&problem) {
            for pass in Pass::all::<S>() {
                let (after, changed) = pass.run(before.clone());
                after.verify().unwrap();
                if changed == 0 {
                    assert_eq!(listing(&after), listing(&before), "{}", pass.name());
                }
                let (again, _) = pass.run(after.clone());
                assert_eq!(
                    listing(&again),
                    listing(&after),
                    "{} is not idempotent on\n{}",
                    pass.name(),
                    listing(&before)
                );
                let names = |tape: &Tape| -> Vec<_> {
                    let lists = tape.outputs().iter();
                    lists.map(|o| (o.name.clone(), o.slots.len())).collect()
                };
                assert_eq!(names(&after), names(&before));
                if pass.exactness() == Exactness::Exact {
                    check_exact::<S>(pass.name(), &problem, &before, &after);
                }
            }
            let (after, _) = optimise::<S>(&before, &Options::STRICT);
            after.verify().unwrap();
            check_exact::<S>("all", &problem, &before, &after);
        }
    }
}

#[test]
fn passes_are_idempotent_and_exact_where_they_say_so_f64() {
    each_pass::<f64>(Shape::SMALL, 100);
    each_pass::<f64>(Shape::LARGE, 2);
}

#[test]
fn passes_are_idempotent_and_exact_where_they_say_so_f32() {
    each_pass::<f32>(Shape::SMALL, 100);
    each_pass::<f32>(Shape::LARGE, 2);
}

/// Rounding otherwise may move a result by this many of the bounds that any order of adding stays within.
const FACTOR: f64 = 8.0;

/// Values and gradients stay within what rounding can do to them, one inexact pass at a time and all of
/// them together.
fn inexact<S: TapeScalar + Number>(shape: Shape, count: usize) {
    let mut checked = 0;
    for problem in population(shape, 7, count) {
        let Ok(bounds) = S::bounds(&problem) else {
            continue;
        };
        let tape = total(&problem);
        let parameters = parameters(&problem);
        let mut after = Vec::new();
        for pass in Pass::all::<S>() {
            if pass.exactness() == Exactness::Inexact {
                after.push((pass.name(), pass.run(tape.clone()).0));
            }
        }
        after.push(("all", optimise::<S>(&tape, &Options::FAST).0));
        for (name, after) in after {
            after.verify().unwrap();
            for (row, bounds) in rows(&problem, &tape).iter().zip(&bounds) {
                let got: Vec<S> = outputs(&after, row, &parameters);
                let wanted = bounds.values.iter().chain(&bounds.gradient);
                assert_eq!(got.len(), wanted.clone().count());
                for (number, (&got, bound)) in got.iter().zip(wanted).enumerate() {
                    let verdict = bound.admits(got.to_f64(), FACTOR);
                    checked += usize::from(verdict.is_some());
                    assert!(
                        verdict != Some(false),
                        "{name}: {got:?} for {bound:?} as number {number} at {row:?}, {parameters:?} of\n{}\n\n{}",
                        listing(&tape),
                        listing(&after)
                    );
                }
            }
        }
    }
    assert!(checked > 10 * count);
}

/// All outputs, then the gradient of their weighted sum by inputs and parameters.
fn total(problem: &Problem) -> Tape {
    let mut graph = problem.graph.clone();
    let ids: Vec<_> = graph.outputs().flat_map(|(_, ids)| ids).collect();
    graph.add_output("everything", &ids).unwrap();
    let tape = dagrad_tape::lower(&graph, &[("everything", &ids)]).unwrap();
    let tape = differentiate_seeded(&tape, "everything", Variables::Inputs, "by inputs").unwrap();
    differentiate_seeded(&tape, "everything", Variables::Parameters, "by parameters").unwrap()
}

#[test]
fn inexact_passes_stay_within_rounding_f64() {
    inexact::<f64>(Shape::SMALL, 100);
}

#[test]
fn inexact_passes_stay_within_rounding_f32() {
    inexact::<f32>(Shape::SMALL, 100);
}
