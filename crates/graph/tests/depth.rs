//! Depth: nothing recurses over it. A chain of a million nodes goes through everything on a thread with
//! a stack of 256 KiB.

use crate::toy::{Graph, Toy};
use dagrad_graph::{Evaluator, NodeId};

const NODES: usize = 1_000_000;

/// Runs `claim` on a chain, each of whose nodes is the one before plus a constant, on a small stack,
/// on which the chain is dropped too.
fn check(claim: impl FnOnce(&mut Graph, NodeId, NodeId) + Send + 'static) {
    let run = move || {
        let mut graph = Graph::with_capacity(NODES);
        let x = graph.feature("x").unwrap();
        let one = graph.constant(1.0);
        let mut y = x;
        for _ in 2..NODES {
            y = graph.operation(Toy::Add, &[y, one]).unwrap();
        }
        graph.add_output("y", &[y]).unwrap();
        assert_eq!(graph.len(), NODES);
        claim(&mut graph, x, y);
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_deep_graph_is_sorted_and_swept_both_ways() {
    check(|graph, x, y| {
        assert_eq!(graph.canonical_order().position(y), Some(NODES - 1));
        let mut evaluator = Evaluator::new(graph);
        evaluator.set_features(graph, &[5.0]).unwrap();
        evaluator.reverse(graph, &[(y, 3.0)]).unwrap();
        assert_eq!(evaluator.value(y), Ok((NODES + 3) as f64));
        assert_eq!(evaluator.adjoint(x), Ok(3.0));
        assert_eq!(evaluator.first_non_finite(graph), Ok(None));
    });
}

#[test]
fn a_deep_graph_is_printed_and_read() {
    check(|graph, _, _| {
        let text = graph.to_string();
        let copy: Graph = text.parse().unwrap();
        assert!(copy.to_string() == text, "the copy has another text");
    });
}

#[test]
fn a_deep_graph_is_verified_cloned_edited_and_pruned() {
    check(|graph, x, y| {
        graph.verify().unwrap();
        assert!(graph.describe(y).unwrap().starts_with("%999999 = add("));
        // The path around the cycle has a million nodes; the message shows its ends.
        let first = graph.users(x).unwrap().next().unwrap();
        let cycle = graph.redirect(first, 0, y).unwrap_err().to_string();
        assert!(
            cycle.starts_with("the edit would close a cycle: %2 = add(%0, %1), used by "),
            "{cycle}"
        );
        assert!(cycle.contains("(999991 more)"), "{cycle}");
        let mut clone = graph.clone();
        graph.remove_output("y").unwrap();
        assert_eq!(graph.prune(), NODES - 1);
        graph.verify().unwrap();
        let x = clone.find("", "x").unwrap();
        assert_eq!(clone.remove_cascade(x).unwrap().nodes, NODES - 1);
        clone.verify().unwrap();
    });
}

#[test]
fn a_deep_graph_is_written_as_a_formula() {
    check(|graph, _, y| {
        let chain = format!("x{}", " + 1".repeat(NODES - 2));
        let formula = graph.formula(y).unwrap();
        assert!(formula.to_string() == chain, "another text");
        let inlined = formula.inlined(chain.len()).unwrap();
        assert!(inlined.to_string() == chain, "another text");
    });
}

#[test]
fn a_formula_of_nested_functions_is_cut_into_lines() {
    const FUNCTIONS: usize = 1 << 20;
    let run = || {
        let mut graph = Graph::with_capacity(FUNCTIONS + 1);
        let mut y = graph.feature("x").unwrap();
        for _ in 0..FUNCTIONS {
            y = graph.operation(Toy::Weigh(vec![1]), &[y]).unwrap();
        }
        let text = graph.formula(y).unwrap().to_string();
        assert_eq!(text.lines().count(), FUNCTIONS / 16);
        let length = "weigh()".len() * FUNCTIONS + 1;
        let inlined = graph.formula(y).unwrap().inlined(length).unwrap();
        assert_eq!(inlined.to_string().len(), length);
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(run).unwrap().join().unwrap();
}
