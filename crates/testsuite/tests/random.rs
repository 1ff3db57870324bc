//! The random graphs themselves: what occurs among them, how large their values are, how much of their answers
//! is checked, and that their text reads back.
#![allow(clippy::unwrap_used, reason = "a failed check ends the test")]

use dagrad_graph::{Arity, Graph, Kind, Operator};
use dagrad_ops::{Op, same_bits};
use dagrad_testsuite::backend::Backend;
use dagrad_testsuite::check::{Count, Tally, check};
use dagrad_testsuite::direct::Direct;
use dagrad_testsuite::problem::Problem;
use dagrad_testsuite::reference::Reference;
use dagrad_testsuite::strategies::{GREATEST, Shape, population, problems, runner};
use std::collections::{BTreeMap, BTreeSet};

/// Enough for every operation to occur in many graphs.
fn graphs() -> Vec<Problem> {
    population(Shape::SMALL, 0, 600)
}

/// Those operations of which the answers depend on at least one contribution, with their numbers of operands.
fn used(problem: &Problem) -> Vec<(Op, usize)> {
    let mut pruned = problem.graph.clone();
    pruned.prune();
    let nodes: Vec<_> = pruned.canonical_order().iter().collect();
    nodes
        .into_iter()
        .filter_map(|id| match pruned.kind(id).unwrap() {
            Kind::Operation(op) => Some((op.clone(), pruned.operands(id).unwrap().len())),
            Kind::Input(_)
            | Kind::Parameter(_)
            | Kind::Constant(_)
            | Kind::Macro(_)
            | Kind::Port(_)
            | Kind::Alias => None,
        })
        .collect()
}

#[test]
fn every_operation_and_every_number_of_operands_occurs() {
    let mut graphs_with: BTreeMap<String, usize> = BTreeMap::new();
    let mut any_number = BTreeSet::new();
    for problem in graphs() {
        let used = used(&problem);
        let names: BTreeSet<_> = used.iter().map(|(op, _)| op.name().to_owned()).collect();
        for name in names {
            *graphs_with.entry(name).or_default() += 1;
        }
        let of_any_number = used
            .iter()
            .filter(|(op, _)| matches!(op.arity(), Arity::AtLeast(_)));
        any_number.extend(of_any_number.map(|(op, count)| (op.name().to_owned(), *count)));
    }
    println!("{graphs_with:?}");
    for name in Op::NAMES {
        let found = graphs_with.get(*name).copied().unwrap_or_default();
        assert!(
            found >= 20,
            "{name} is needed by the outputs of {found} graphs only"
        );
    }
    for name in ["add", "mul", "min", "max", "log_sum_exp"] {
        for count in 1..=5 {
            assert!(
                any_number.contains(&(name.to_owned(), count)),
                "no {name} of {count}"
            );
        }
    }
}

#[test]
fn every_kind_of_sharing_occurs() {
    let graphs = graphs();
    let some = |what: &str, holds: &dyn Fn(&Problem) -> bool| {
        let found = graphs.iter().filter(|problem| holds(problem)).count();
        assert!(found >= 20, "{what}: {found} graphs only");
    };
    let nodes = |problem: &Problem| problem.graph.canonical_order().iter().collect::<Vec<_>>();
    some("a value with three users", &|problem| {
        nodes(problem).iter().any(|&id| {
            let users: BTreeSet<_> = problem.graph.users(id).unwrap().collect();
            users.len() >= 3
        })
    });
    some("an operand used twice", &|problem| {
        nodes(problem).iter().any(|&id| {
            let operands: Vec<_> = problem.graph.operands(id).unwrap().collect();
            operands.iter().collect::<BTreeSet<_>>().len() < operands.len()
        })
    });
    some("a node in two outputs", &|problem| {
        let outputs = problem.outputs();
        outputs.iter().collect::<BTreeSet<_>>().len() < outputs.len()
    });
    some("a list of several nodes", &|problem| {
        problem.graph.outputs().any(|(_, list)| list.len() > 1)
    });
    some("a node that no output needs", &|problem| {
        problem.graph.clone().prune() > 0
    });
    some("a target", &|problem| problem.graph.targets().count() > 0);
    some("a parameter", &|problem| {
        problem.graph.parameters().count() > 0
    });
    some("no operation", &|problem| problem.operations().count() == 0);
}

#[test]
fn macros_and_macros_in_macros_were_expanded() {
    let graphs = population(Shape::MACROS, 3, 200);
    let some = |what: &str, holds: &dyn Fn(&Problem) -> bool| {
        let found = graphs.iter().filter(|problem| holds(problem)).count();
        assert!(found >= 40, "{what}: {found} graphs only");
    };
    let nodes = |problem: &Problem| problem.graph.canonical_order().iter().collect::<Vec<_>>();
    let is_inside = |problem: &Problem, part: &str| {
        nodes(problem).into_iter().any(|id| {
            let path = problem.graph.path(id).unwrap();
            path.is_some_and(|path| path.contains(part))
        })
    };
    some("a macro", &|problem| is_inside(problem, "block0."));
    some("several", &|problem| is_inside(problem, "block2."));
    some("one in another", &|problem| is_inside(problem, ".inner."));
    some("one in that", &|problem| {
        is_inside(problem, ".inner.inner.")
    });
    some("an alias", &|problem| {
        let is_alias = |&id: &_| matches!(problem.graph.kind(id).unwrap(), Kind::Alias);
        nodes(problem).iter().any(is_alias)
    });
    for problem in &graphs {
        assert!(!problem.graph.has_macros(), "{problem:?}");
        let Tally { expected, .. } = check(&Reference::<f64>::new(), problem).unwrap();
        // What every output is worth was told before the macros were expanded.
        let values = problem.samples.len() * problem.outputs().len();
        assert_eq!(expected.checked + expected.skipped, values, "{problem:?}");
    }
}

#[test]
fn values_stay_within_ten() {
    for problem in population(Shape::SMALL, 1, 300)
        .iter()
        .chain(&population(Shape::LARGE, 1, 20))
        .chain(&population(Shape::MACROS, 1, 100))
    {
        let direct = Direct::new(problem);
        for sample in &problem.samples {
            let leaves = direct.leaves::<f64>(sample);
            for value in direct.values(|id| leaves[&id], None) {
                assert!(value.abs() <= GREATEST, "{value} in\n{problem:?}");
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_graphs() {
    let texts = |seed| {
        let graphs = population(Shape::SMALL, seed, 20);
        graphs
            .iter()
            .map(|problem| format!("{problem:?}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(3), texts(3));
    assert_ne!(texts(3), texts(4));
}

fn tally(backend: &impl Backend) -> Tally {
    let mut tally = Tally::default();
    for problem in population(Shape::SMALL, 2, 300) {
        tally += check(backend, &problem).unwrap();
    }
    println!("{}: {tally:?}", backend.name());
    tally
}

#[test]
fn nearly_all_numbers_are_checked() {
    let enough = |count: Count, percent| {
        let all = count.checked + count.skipped;
        assert!(count.checked * 100 >= all * percent && all > 0, "{count:?}");
    };
    let double = tally(&Reference::<f64>::new());
    enough(double.duals, 100);
    enough(double.differences, 80);
    let single = tally(&Reference::<f32>::new());
    enough(single.duals, 100);
    enough(single.bounds, 90);
}

/// parse(print(g)) is g, and both give the same bits, values and adjoints alike.
fn reads_back(problem: &Problem) {
    let text = problem.graph.to_string();
    let graph: Graph<Op> = text.parse().unwrap();
    graph.verify().unwrap();
    assert_eq!(graph.to_string(), text);
    let copy = Problem {
        graph,
        ..problem.clone()
    };
    same_answers(&Reference::<f64>::new(), problem, &copy);
    same_answers(&Reference::<f32>::new(), problem, &copy);
}

fn same_answers(backend: &impl Backend, one: &Problem, other: &Problem) {
    let one = backend.run(&one.job()).unwrap();
    let other = backend.run(&other.job()).unwrap();
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(&other) {
        let numbers = one.values.iter().chain(&one.gradient);
        for (&a, &b) in numbers.zip(other.values.iter().chain(&other.gradient)) {
            assert!(same_bits(a, b), "{a:?} {b:?}");
        }
    }
}

#[test]
fn texts_read_back_to_the_same_bits() {
    let test = |problem: Problem| {
        reads_back(&problem);
        Ok(())
    };
    runner(256).run(&problems(Shape::SMALL), test).unwrap();
    runner(8).run(&problems(Shape::LARGE), test).unwrap();
}
