//! Additions: several nodes, all or none.

use crate::toy::macros::ToyMacro;
use crate::toy::{Toy, body, node, read, state};
use dagrad_graph::Build as _;
use dagrad_graph::{Additions, NodeId};
use insta::assert_snapshot;

/// Additions that are dropped leave the graph as it was, and what comes later has the same text as if
/// they had never been.
fn check_dropped(listing: &str, add: impl FnOnce(&mut Additions<'_, Toy>)) {
    let mut graph = read(listing);
    let (mut fresh, map) = graph.clone_with_keys();
    let (before, generation) = (state(&graph).unwrap(), graph.generation());
    let mut additions = graph.additions();
    add(&mut additions);
    drop(additions);
    graph.verify().unwrap();
    assert_eq!(state(&graph).unwrap(), before);
    assert!(graph.generation() > generation);

    let x = node(&graph, "x");
    graph.operation(Toy::Mul, &[x, x]).unwrap();
    let x = map.get(x).unwrap();
    fresh.operation(Toy::Mul, &[x, x]).unwrap();
    assert_eq!(state(&graph).unwrap(), state(&fresh).unwrap());
}

/// The node of this name in the graph that is being added to.
fn at(additions: &Additions<'_, Toy>, name: &str) -> NodeId {
    node(additions.graph(), name)
}

#[test]
fn what_was_dropped_was_never_there() {
    let listing = r#"
        %0 = feature "x"
        %1 = parameter 1.0 "w"
        %2 = mul(%0, %1) "y"
        output "y" = %2
    "#;
    check_dropped(listing, |additions| {
        let (x, y) = (at(additions, "x"), at(additions, "y"));
        let z = additions.feature("z").unwrap();
        let t = additions.target("t").unwrap();
        let v = additions.parameter("v", 2.0).unwrap();
        let c = additions.constant(3.0).unwrap();
        let sum = additions
            .operation(Toy::Add, &[x, z, t, v, c, y, x])
            .unwrap();
        additions.operation(Toy::Mul, &[sum, x]).unwrap();
    });
}

#[test]
fn macros_are_taken_back_with_their_ports_and_names() {
    check_dropped(
        "%0 = feature \"x\"\n%1 = macro square(%0) \"m\"",
        |additions| {
            let x = at(additions, "x");
            let twin = additions.add_macro("twin", ToyMacro::Twin, &[x]).unwrap();
            let one = additions
                .add_macro(None, ToyMacro::Square, &[twin[1]])
                .unwrap();
            additions.add_macro(None, ToyMacro::Square, &one).unwrap();
            additions
                .add_macro(None, ToyMacro::Pass, &[x, twin[0], x])
                .unwrap();
            additions
                .add_macro("m", ToyMacro::Square, &[x])
                .unwrap_err();
            additions.add_macro(None, ToyMacro::Swap, &[x]).unwrap_err();
        },
    );
}

#[test]
fn lists_of_users_come_back_from_the_pool_and_stay_in_order() {
    // From none, one, two users, which lie in the node, and from three, four and five, which do not.
    for users in 0..6 {
        let mut listing = "%0 = feature \"x\"\n".to_owned();
        for user in 1..=users {
            listing += &format!("%{user} = add(%0)\n");
        }
        for added in 1..20 {
            check_dropped(&listing, |additions| {
                let x = at(additions, "x");
                for number in 0..added {
                    let operands = vec![x; 1 + number % 4];
                    additions.operation(Toy::Add, &operands).unwrap();
                }
            });
        }
    }
}

#[test]
fn what_is_added_while_others_are_refused_can_still_be_dropped() {
    let other = read("%0 = feature \"x\"");
    check_dropped("%0 = feature \"x\"", |additions| {
        let x = at(additions, "x");
        let y = additions.operation(Toy::Add, &[x]).unwrap();
        additions.operation(Toy::Mul, &[x]).unwrap_err();
        additions
            .operation(Toy::Mul, &[y, node(&other, "x")])
            .unwrap_err();
        additions.feature("x").unwrap_err();
        additions.parameter("", 0.0).unwrap_err();
        additions.target("x").unwrap_err();
    });
}

#[test]
fn what_was_committed_stays() {
    let mut graph = read("%0 = feature \"x\"");
    let x = node(&graph, "x");
    let mut additions = graph.additions();
    let w = additions.parameter("w", 2.0).unwrap();
    let y = additions.operation(Toy::Mul, &[x, w]).unwrap();
    additions.commit();
    graph.add_output("y", &[y]).unwrap();
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = parameter 2.0 "w"
    %2 = mul(%0, %1)
    output "y" = %2
    "#);
}

#[test]
fn additions_of_nothing_change_nothing() {
    let mut graph = read("%0 = feature \"x\"");
    let generation = graph.generation();
    drop(graph.additions());
    graph.additions().commit();
    assert_eq!(graph.generation(), generation);
    graph.verify().unwrap();
}
