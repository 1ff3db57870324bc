//! The canonical order: it depends on how the graph was written, and on nothing else.

use crate::random::{graphs, integers, plain_names, recipes};
use crate::toy::{Graph, Toy, body, node, read, state};
use dagrad_graph::NodeId;
use insta::assert_snapshot;
use proptest::prelude::*;
use std::collections::HashSet;

/// Reading takes any order in which operands come first, so the listing shows how it is put right.
fn canonical(listing: &str) -> String {
    body(&read(listing))
}

#[test]
fn inputs_come_first_and_parameters_next_as_declared() {
    let listing = canonical(
        r#"
        %9 = constant 1.0
        %8 = parameter 8.0
        %7 = target "t"
        %6 = add(%7, %8, %9)
        %5 = feature "x"
        %4 = parameter 4.0
        %3 = target "u"
    "#,
    );
    assert_snapshot!(listing, @r#"
    %0 = target "t"
    %1 = feature "x"
    %2 = target "u"
    %3 = parameter 8.0
    %4 = parameter 4.0
    %5 = constant 1.0
    %6 = add(%0, %3, %5)
    "#);
}

#[test]
fn outputs_are_followed_in_declared_order_and_operands_from_left_to_right() {
    let listing = canonical(
        r#"
        %1 = feature
        %20 = weigh[2](%1)
        %30 = weigh[3](%1)
        %40 = weigh[4](%1)
        %60 = mul(%30, %20)
        %50 = mul(%40, %60)
        output "second to third" = %60, %40
        output "all" = %50
    "#,
    );
    assert_snapshot!(listing, @r#"
    %0 = feature
    %1 = weigh[3](%0)
    %2 = weigh[2](%0)
    %3 = mul(%1, %2)
    %4 = weigh[4](%0)
    %5 = mul(%4, %3)
    output "second to third" = %3, %4
    output "all" = %5
    "#);
}

#[test]
fn what_no_output_reaches_comes_last_from_the_oldest_on() {
    let listing = canonical(
        r#"
        %0 = feature
        %1 = weigh[1](%0) "oldest"
        %2 = weigh[2](%0) "older"
        %3 = weigh[3](%0) "reached"
        %4 = mul(%2, %1) "young"
        output "y" = %3
    "#,
    );
    assert_snapshot!(listing, @r#"
    %0 = feature
    %1 = weigh[3](%0) "reached"
    %2 = weigh[1](%0) "oldest"
    %3 = weigh[2](%0) "older"
    %4 = mul(%3, %2) "young"
    output "y" = %1
    "#);
}

#[test]
fn an_old_node_with_a_young_operand_comes_after_it() {
    let mut graph = read("%0 = feature\n%1 = add(%0) \"old\"\n%2 = add(%0) \"young\"");
    graph
        .redirect(node(&graph, "old"), 0, node(&graph, "young"))
        .unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature
    %1 = add(%0) "young"
    %2 = add(%1) "old"
    "#);
}

#[test]
fn a_graph_that_was_changed_back_and_forth_has_the_text_of_a_fresh_one() {
    let build = |graph: &mut Graph| {
        let x = graph.feature("x").unwrap();
        let w = graph.parameter("w", 1.0).unwrap();
        let c = graph.constant(3.0);
        let y = graph.operation(Toy::Add, &[c, x, w, x]).unwrap();
        let unused = graph.operation(Toy::Mul, &[w, c]).unwrap();
        graph.add_output("y", &[y]).unwrap();
        [x, w, c, y, unused]
    };
    let mut fresh = Graph::new();
    build(&mut fresh);
    let mut graph = Graph::new();
    for _ in 0..5 {
        let [x, w, c, _, unused] = build(&mut graph);
        graph.remove(unused).unwrap();
        graph.remove_cascade(x).unwrap();
        graph.remove(c).unwrap();
        graph.remove(w).unwrap();
        assert!(graph.is_empty());
    }
    build(&mut graph);
    assert_eq!(state(&graph).unwrap(), state(&fresh).unwrap());
}

#[test]
fn the_order_counts_positions_and_goes_both_ways() {
    let graph = read("%0 = feature \"x\"\n%1 = add(%0) \"y\"");
    let (x, y) = (node(&graph, "x"), node(&graph, "y"));
    let order = graph.canonical_order();
    assert_eq!(order.len(), 2);
    assert!(order.iter().eq([x, y]));
    assert!(order.iter().rev().eq([y, x]));
    assert_eq!(order.position(x), Some(0));
    assert_eq!(order.position(y), Some(1));
}

proptest! {
    #[test]
    fn every_node_stands_once_and_after_its_operands(graph in graphs()) {
        let graph = graph.0;
        let order = graph.canonical_order();
        prop_assert_eq!(order.len(), graph.len());
        let mut seen: HashSet<NodeId> = HashSet::new();
        for (position, id) in order.iter().enumerate() {
            prop_assert_eq!(order.position(id), Some(position));
            prop_assert!(graph.operands(id).unwrap().all(|operand| seen.contains(&operand)));
            prop_assert!(seen.insert(id));
        }
        let declared: Vec<_> = graph.inputs().chain(graph.parameters()).collect();
        prop_assert!(order.iter().take(declared.len()).eq(declared));
    }

    /// Nodes that come and go between the others leave holes in the arena, and no trace in the order.
    #[test]
    fn slots_that_are_used_again_do_not_show(
        recipe in recipes(integers(), plain_names(), 16),
        junk in proptest::collection::vec((0..4_usize, any::<bool>()), 16),
    ) {
        let (mut graph, mut nodes) = (Graph::new(), Vec::new());
        let mut passing: Vec<NodeId> = Vec::new();
        for (step, &(count, goes)) in recipe.steps.iter().zip(&junk) {
            for _ in 0..count {
                passing.push(graph.constant(0.0));
            }
            nodes.push(step.add_to(&mut graph, &nodes));
            if goes {
                for id in passing.drain(..) {
                    graph.remove(id).unwrap();
                }
            }
        }
        for id in passing {
            graph.remove(id).unwrap();
        }
        recipe.add_outputs(&mut graph, &nodes);
        graph.verify().unwrap();
        prop_assert_eq!(state(&graph).unwrap(), state(&recipe.build()).unwrap());
    }
}
