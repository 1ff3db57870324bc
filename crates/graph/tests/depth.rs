//! Depth: nothing recurses over it. A chain of a million nodes goes through everything on a thread with
//! a stack of 256 KiB, and so do macros of which it is made.

use crate::toy::macros::{ToyMacro, registry};
use crate::toy::{Graph, Toy};
use dagrad_graph::{Evaluator, ExpansionLimits, NodeId};

const NODES: usize = 1_000_000;

/// Runs `claim` on a chain, each of whose nodes is the one before plus a constant, on a small stack,
/// on which the chain is dropped too.
fn check(claim: impl FnOnce(&mut Graph, NodeId, NodeId) + Send + 'static) {
    on_a_small_stack(move || {
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
    });
}

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
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
fn a_chain_of_macros_is_expanded_into_a_deep_graph() {
    const MACROS: usize = 25_000;
    on_a_small_stack(|| {
        let mut graph = Graph::new();
        let x = graph.feature("x").unwrap();
        let mut ports = vec![x];
        for _ in 0..MACROS {
            let last = ports[ports.len() - 1];
            let macro_ = ToyMacro::Affine(1, 1);
            let next = graph.add_macro(None, macro_, &[last]).unwrap()[0];
            ports.extend(graph.add_macro(None, ToyMacro::Pass, &[next]).unwrap());
        }
        let y = ports[MACROS];
        graph.add_output("y", &[y]).unwrap();
        let text = graph.to_string();
        let copy = Graph::parse(&text, &registry()).unwrap();
        assert!(copy.to_string() == text, "the copy has another text");
        let cycle = graph.insert_after(x, Toy::Add, &[y]).unwrap_err();
        assert!(
            cycle
                .to_string()
                .starts_with("the edit would close a cycle: "),
            "{cycle}"
        );
        graph.expand(0).unwrap();
        graph.verify().unwrap();
        assert_eq!(graph.len(), 1 + 5 * MACROS);
        let mut evaluator = Evaluator::new(&graph);
        evaluator.set_features(&graph, &[2.0]).unwrap();
        evaluator.reverse(&graph, &[(y, 3.0)]).unwrap();
        assert_eq!(evaluator.value(y), Ok((MACROS + 2) as f64));
        assert_eq!(evaluator.value(ports[1000]), Ok(1002.0));
        assert_eq!(evaluator.adjoint(x), Ok(3.0));
    });
}

#[test]
fn macros_that_only_pass_a_value_on_make_a_chain_of_no_length() {
    const MACROS: usize = 10_000;
    on_a_small_stack(|| {
        let mut graph = Graph::new();
        let x = graph.feature("x").unwrap();
        let inside = ToyMacro::Chain(vec![ToyMacro::Pass; MACROS]);
        let mut y = graph.add_macro(None, inside, &[x]).unwrap()[0];
        for _ in 0..MACROS {
            y = graph.add_macro(None, ToyMacro::Pass, &[y]).unwrap()[0];
        }
        graph.add_output("y", &[y]).unwrap();
        graph.expand(0).unwrap();
        graph.verify().unwrap();
        // An alias for each port that is held, and none for those inside.
        assert_eq!(graph.len(), 1 + 1 + MACROS);
        assert_eq!(graph.output("y"), Some(vec![x]));
    });
}

#[test]
fn macros_stand_in_macros_as_deep_as_they_are_allowed_to() {
    on_a_small_stack(|| {
        let within = |deep, depth| {
            let mut graph = Graph::new();
            let x = graph.feature("x").unwrap();
            let y = graph.add_macro("m", ToyMacro::Nest(deep), &[x]).unwrap()[0];
            let limits = ExpansionLimits {
                depth,
                ..ExpansionLimits::default()
            };
            let result = graph.expand_within(limits, 0);
            graph.verify().unwrap();
            result.map(|()| graph.scope_path(y).unwrap().len())
        };
        // The square is one deeper than the last nest, which counts 0.
        assert_eq!(within(62, 64), Ok(127));
        assert!(within(63, 64).is_err());
        assert_eq!(within(1998, 2000), Ok(3999));
    });
}
