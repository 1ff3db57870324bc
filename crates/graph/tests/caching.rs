//! Caching: a value is computed again only where something that it depends on has changed in its bits.
//! Operations that count their calls prove it.

use crate::random::{Random, choose, graphs};
use crate::toy::{Calls, Graph, node, read};
use dagrad_graph::{Evaluator, Kind, NodeId};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

const GRAPH: &str = r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = parameter 2.0 "w"
    %3 = mul(%0, %2) "of x"
    %4 = mul(%1, %2) "of z"
    %5 = add(%3, %4, %3) "of both"
    output "y" = %5
"#;

/// The graph, each of whose operations counts in the same place, and that place.
fn counted(mut graph: Graph) -> (Graph, Calls) {
    let calls = Calls::default();
    let nodes: Vec<_> = graph.canonical_order().iter().collect();
    for id in nodes {
        if let Ok(Kind::Operation(operation)) = graph.kind(id) {
            let operation = calls.of(operation.clone());
            graph.set_operation(id, operation).unwrap();
        }
    }
    (graph, calls)
}

/// How many operations the sweep of the outputs computes, after one that computed all and `change`.
fn check(evaluations: u64, change: impl FnOnce(&mut Evaluator<f64>, &mut Graph)) {
    let (mut graph, calls) = counted(read(GRAPH));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0, 0.0]).unwrap();
    evaluator.forward_outputs(&graph).unwrap();
    assert_eq!((calls.take(), evaluator.evaluations()), (3, 3));
    change(&mut evaluator, &mut graph);
    evaluator.forward_outputs(&graph).unwrap();
    assert_eq!(calls.take(), evaluations);
    assert_eq!(evaluator.evaluations(), 3 + evaluations);
}

#[test]
fn nothing_changed_and_nothing_is_computed_again() {
    check(0, |_, _| {});
    check(0, |e, g| e.set_features(g, &[3.0, 0.0]).unwrap());
    check(0, |e, g| e.forward(g, &[node(g, "of x")]).unwrap());
    check(0, |e, g| {
        e.reverse(g, &[(node(g, "of both"), 1.0)]).unwrap();
    });
    check(0, |_, g| g.set_parameter(node(g, "w"), 2.0).unwrap());
}

#[test]
fn a_change_reaches_only_what_depends_on_it() {
    check(2, |e, g| e.set_features(g, &[4.0, 0.0]).unwrap());
    check(2, |e, g| e.set_input(g, node(g, "z"), 1.0).unwrap());
    check(3, |e, g| e.set_features(g, &[4.0, 1.0]).unwrap());
    check(3, |_, g| g.set_parameter(node(g, "w"), 3.0).unwrap());
}

#[test]
fn a_change_is_one_of_bits() {
    check(2, |e, g| e.set_input(g, node(g, "z"), -0.0).unwrap());
    check(3, |_, g| g.set_parameter(node(g, "w"), f64::NAN).unwrap());
    // A NaN is not equal to itself, but its bits are.
    let nan = f64::from_bits(0x7ff8_0000_0000_0001);
    let (graph, calls) = counted(read(GRAPH));
    let mut evaluator = Evaluator::new(&graph);
    for (bits, evaluations) in [(nan, 3), (nan, 0), (f64::NAN, 2), (f64::NAN, 0)] {
        evaluator.set_features(&graph, &[bits, 1.0]).unwrap();
        evaluator.forward_outputs(&graph).unwrap();
        assert_eq!(calls.take(), evaluations);
    }
}

#[test]
fn a_change_that_is_taken_back_before_the_sweep_costs_a_computation_only() {
    check(2, |e, g| {
        e.set_input(g, node(g, "x"), 4.0).unwrap();
        e.set_input(g, node(g, "x"), 3.0).unwrap();
    });
}

#[test]
fn a_change_is_not_lost_when_another_sweep_goes_first() {
    let (graph, calls) = counted(read(GRAPH));
    let [x, of_x, of_z, of_both] = ["x", "of x", "of z", "of both"].map(|name| node(&graph, name));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0, 5.0]).unwrap();
    evaluator.forward_outputs(&graph).unwrap();
    calls.take();
    evaluator.set_input(&graph, x, 4.0).unwrap();
    evaluator.forward(&graph, &[of_z]).unwrap();
    assert_eq!(calls.take(), 0);
    evaluator.forward(&graph, &[of_x]).unwrap();
    assert_eq!(calls.take(), 1);
    evaluator.forward(&graph, &[of_both]).unwrap();
    assert_eq!(calls.take(), 1);
    assert_eq!(evaluator.value(of_both), Ok(26.0));
}

#[test]
fn an_edit_costs_a_whole_sweep() {
    check(3, |_, g| {
        g.constant(0.0);
    });
}

#[test]
fn a_sweep_that_fails_keeps_what_it_computed_and_loses_nothing() {
    let (graph, calls) = counted(read(GRAPH));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_input(&graph, node(&graph, "x"), 3.0).unwrap();
    evaluator.forward_outputs(&graph).unwrap_err();
    evaluator.set_input(&graph, node(&graph, "z"), 5.0).unwrap();
    evaluator.forward_outputs(&graph).unwrap();
    assert_eq!(calls.take(), 3);
    assert_eq!(evaluator.value(node(&graph, "of both")), Ok(22.0));
}

/// The operations that depend on a node, found by its users.
fn dependents(graph: &Graph, of: NodeId) -> HashSet<NodeId> {
    let (mut found, mut stack) = (HashSet::new(), vec![of]);
    while let Some(id) = stack.pop() {
        stack.extend(graph.users(id).unwrap().filter(|&user| found.insert(user)));
    }
    found
}

proptest! {
    #[test]
    fn a_change_computes_just_what_depends_on_it(
        Random(graph) in graphs(),
        changes in vec((any::<u16>(), -2_i8..=2), 0..20),
    ) {
        let (mut graph, calls) = counted(graph);
        let nodes: Vec<_> = graph.canonical_order().iter().collect();
        let changeable: Vec<_> = graph.inputs().chain(graph.parameters()).collect();
        let mut evaluator = Evaluator::<f64>::new(&graph);
        for input in graph.inputs() {
            evaluator.set_input(&graph, input, 1.0).unwrap();
        }
        evaluator.forward(&graph, &nodes).unwrap();
        calls.take();
        for (number, value) in changes {
            let Some(id) = choose(&changeable, number) else { break };
            let value = f64::from(value);
            let changes = evaluator.value(id).unwrap().to_bits() != value.to_bits();
            if matches!(graph.kind(id), Ok(Kind::Parameter(_))) {
                graph.set_parameter(id, value).unwrap();
            } else {
                evaluator.set_input(&graph, id, value).unwrap();
            }
            evaluator.forward(&graph, &nodes).unwrap();
            let wanted = if changes { dependents(&graph, id).len() } else { 0 };
            prop_assert_eq!(calls.take(), wanted as u64);
        }
        // What was kept is what a fresh evaluator computes.
        let mut fresh = Evaluator::new(&graph);
        for input in graph.inputs() {
            fresh.set_input(&graph, input, evaluator.value(input).unwrap()).unwrap();
        }
        fresh.forward(&graph, &nodes).unwrap();
        for &id in &nodes {
            let [kept, fresh] = [evaluator.value(id).unwrap(), fresh.value(id).unwrap()];
            prop_assert_eq!(kept.to_bits(), fresh.to_bits());
        }
    }
}
