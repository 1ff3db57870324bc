//! The case files themselves: that all of them run, and that malformed ones are refused.
#![allow(clippy::unwrap_used, reason = "a failed check ends the test")]

use dagrad_graph::Operator;
use dagrad_ops::Op;
use dagrad_testsuite::cases::{TEXTS, case, parse};
use dagrad_testsuite::check::check;
use dagrad_testsuite::problem::Problem;
use dagrad_testsuite::reference::Reference;
use dagrad_testsuite::strategies::{Shape, population};
use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn every_file_is_in_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let cases = files.filter(|path| path.extension().is_some_and(|kind| kind == "txt"));
    let names: BTreeSet<_> = cases
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let listed: BTreeSet<_> = TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names, listed);
}

#[test]
fn every_operation_has_a_value_from_elsewhere() {
    let case = case("elementary").unwrap();
    assert!(
        case.expected
            .iter()
            .all(|expected| expected.values.is_some())
    );
    let names: BTreeSet<_> = case.operations().map(|op| op.name().to_owned()).collect();
    for name in Op::NAMES {
        assert!(
            names.contains(*name),
            "cases/elementary.txt has no {name}: add a line to it, teach {name} to cases/derive.py and run that"
        );
    }
}

#[test]
fn nearly_all_expected_numbers_are_compared() {
    let (mut checked, mut skipped) = (0, 0);
    for (name, _) in TEXTS {
        let tally = check(&Reference::<f64>::new(), &case(name).unwrap()).unwrap();
        checked += tally.expected.checked;
        skipped += tally.expected.skipped;
    }
    println!("{checked} compared, {skipped} skipped");
    assert!(
        checked > 20 * skipped,
        "{checked} compared, {skipped} skipped"
    );
}

/// The text of a case with `x` for a feature and its square, and these lines.
fn with(lines: &str) -> Result<Problem, String> {
    let graph = "dagrad graph 1\n%0 = feature \"x\"\n%1 = square(%0)\noutput \"y\" = %1\n";
    parse("a case", &format!("{lines}\n{graph}"))
}

#[test]
fn an_expected_number_that_is_wrong_is_noticed() {
    let complaint = |lines| {
        check(&Reference::<f64>::new(), &with(lines).unwrap())
            .err()
            .map(|e| e.to_string())
    };
    assert_eq!(
        complaint("#> features 0.1\n#> values 0.010000000000000002\n#> gradient 0.2"),
        None
    );
    assert_eq!(
        complaint("#> exact\n#> features -0.0\n#> values 0.0\n#> gradient -0.0"),
        None
    );
    let wrong = [
        "#> features 0.1\n#> values 0.01000000000000001",
        "#> features 0.1\n#> gradient 0.20000000000000018",
        "#> features 3.0\n#> values inf",
        "#> features 3.0\n#> values NaN",
        "#> features 3.0\n#> values 9.000000000000002",
        "#> exact\n#> features -0.0\n#> gradient 0.0",
    ];
    for lines in wrong {
        assert!(complaint(lines).is_some(), "{lines}");
    }
}

#[test]
fn a_random_graph_prints_as_a_case() {
    for problem in population(Shape::SMALL, 8, 50) {
        let read = parse("a random graph", &format!("{problem:?}")).unwrap();
        assert_eq!(read.samples, problem.samples);
        assert_eq!(format!("{read:?}"), format!("{problem:?}"));
    }
}

#[test]
fn what_is_malformed_is_refused() {
    let refused = |lines: &str, wanted: &str| {
        let error = with(lines).err().unwrap_or_default();
        assert!(error.contains(wanted), "{lines}: {error}");
    };
    refused("", "a sample");
    refused("#> features", "0 features, wanted 1");
    refused("#> features 1.0 2.0", "2 features");
    refused("#> features 1.0 targets 2.0", "1 targets");
    refused("#> features one", "`one` is no number");
    refused("#> values 1.0", "says nothing");
    refused("#> features 1.0\n#> values 1.0 2.0", "2 values");
    refused("#> features 1.0\n#> gradient", "0 derivatives");
    refused("#> features 1.0\n#> seeds 1.0 2.0", "2 seeds");
    refused("#> tolerance 1.0", "says nothing");
    refused("%0 = nothing\n#> features 1.0", "line 1");
}
