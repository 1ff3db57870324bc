//! Macros: a key to a port denotes the same value before and after expansion.

use crate::toy::macros::{ToyMacro, registry};
use crate::toy::{Graph, Toy, body, node, read, state};
use dagrad_graph::Build as _;
use dagrad_graph::{Arity, Evaluator, Expansion, Kind, Macro, MacroError, NodeId, stream};
use insta::assert_snapshot;
use rand_core::Rng as _;
use std::sync::{Arc, OnceLock};

/// The features 2, 3, 5 …, the targets 1, 1, 1 … and a seed of 1 at every node of every output give these
/// values and adjoints.
fn swept(graph: &Graph, keys: &[NodeId]) -> Vec<(f64, f64)> {
    let mut evaluator = Evaluator::new(graph);
    let features = [2.0, 3.0, 5.0, 7.0];
    evaluator
        .set_features(graph, &features[..graph.features().count()])
        .unwrap();
    evaluator
        .set_targets(graph, &vec![1.0; graph.targets().count()])
        .unwrap();
    let outputs: Vec<_> = graph.outputs().flat_map(|(_, ids)| ids).collect();
    let seeds: Vec<_> = outputs.iter().map(|&id| (id, 1.0)).collect();
    evaluator.forward(graph, keys).unwrap();
    evaluator.reverse(graph, &seeds).unwrap();
    let found = |&key| {
        (
            evaluator.value(key).unwrap(),
            evaluator.adjoint(key).unwrap(),
        )
    };
    keys.iter().map(found).collect()
}

/// Expands the first listing. What its outermost scope has names for has the value and the adjoint that
/// the second listing, written by hand, has for the same name; both have the same outputs.
fn check(listing: &str, by_hand: &str) -> Graph {
    let (mut graph, by_hand) = (read(listing), read(by_hand));
    let names: Vec<String> = graph
        .canonical_order()
        .iter()
        .filter(|&id| {
            graph.scope_path(id) == Ok("") && !matches!(graph.kind(id), Ok(Kind::Macro(_)))
        })
        .filter_map(|id| Some(graph.name(id).unwrap()?.to_owned()))
        .collect();
    let held: Vec<_> = names.iter().map(|name| node(&graph, name)).collect();
    graph.verify().unwrap();
    let generation = graph.generation();
    graph.expand(1).unwrap();
    graph.verify().unwrap();
    assert!(!graph.has_macros());
    assert!(graph.generation() > generation);
    for (name, &key) in names.iter().zip(&held) {
        assert_eq!(
            graph.find("", name),
            Some(key),
            "{name:?} is held by another key"
        );
    }
    let its: Vec<_> = names.iter().map(|name| node(&by_hand, name)).collect();
    let named = |values: Vec<(f64, f64)>| names.iter().cloned().zip(values).collect::<Vec<_>>();
    assert_eq!(
        named(swept(&graph, &held)),
        named(swept(&by_hand, &its)),
        "{graph}"
    );
    let text = graph.to_string();
    assert_eq!(text.parse::<Graph>().unwrap().to_string(), text);
    let outputs = |graph: &Graph| {
        graph
            .outputs()
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(outputs(&graph), outputs(&by_hand));
    graph
}

#[test]
fn a_port_becomes_the_node_that_was_made_for_it() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = macro affine[3 4](%0) "layer"
        %2 = port[0](%1)
        %3 = mul(%2, %0) "y"
        output "y" = %3
        "#,
        r#"
        %0 = feature "x"
        %1 = weigh[3](%0)
        %2 = constant 4
        %3 = add(%1, %2)
        %4 = mul(%3, %0) "y"
        output "y" = %4
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = parameter 3.0 "w" in "layer"
    %2 = parameter 4.0 "b" in "layer"
    %3 = mul(%1, %0) in "layer"
    %4 = add(%3, %2) in "layer"
    %5 = mul(%4, %0) "y"
    output "y" = %5
    "#);
}

#[test]
fn a_port_that_the_user_named_keeps_its_name() {
    let graph = check(
        r#"
        %0 = macro literal[7]() "seven"
        %1 = port[0](%0) "y"
        %2 = macro literal[8]() "eight" in "a"
        %3 = port[0](%2) "y" in "b"
        output "y" = %1, %3
        "#,
        "%0 = constant 7 \"y\"\n%1 = constant 8\noutput \"y\" = %0, %1",
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = constant 7.0 "y"
    %1 = constant 8.0 "y" in "b"
    output "y" = %0, %1
    "#);
    assert_eq!(graph.find("seven", "c"), None);
    assert!(graph.find("b", "y").is_some());
}

#[test]
fn a_port_that_is_an_operand_passed_through_is_an_alias() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = feature "z"
        %2 = macro swap(%0, %1) "m"
        %3 = port[0](%2) "a"
        %4 = port[1](%2) "b"
        %5 = mul(%3, %3) "square"
        %6 = add(%5, %4, %0) "y"
        output "y" = %6, %3, %3
        output "b" = %4
        "#,
        r#"
        %0 = feature "x"
        %1 = feature "z"
        %2 = add(%1) "_"
        %3 = mul(%1, %1) "square"
        %4 = add(%3, %0, %0) "y"
        %5 = alias(%1) "a"
        %6 = alias(%0) "b"
        output "y" = %4, %1, %1
        output "b" = %0
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%1, %1) "square"
    %3 = add(%2, %0, %0) "y"
    %4 = alias(%1) "a"
    %5 = alias(%0) "b"
    output "y" = %3, %1, %1
    output "b" = %0
    "#);
}

#[test]
fn one_node_behind_two_ports_is_the_first_and_the_other_an_alias() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = macro twin(%0) "m"
        %2 = port[1](%1) "b"
        %3 = port[0](%1) "a"
        %4 = mul(%2, %3) "y"
        output "y" = %4, %2, %3, %2
        "#,
        r#"
        %0 = feature "x"
        %1 = add(%0, %0) "a"
        %2 = alias(%1) "b"
        %3 = mul(%1, %1) "y"
        output "y" = %3, %1, %1, %1
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = add(%0, %0) "a"
    %2 = mul(%1, %1) "y"
    %3 = alias(%1) "b"
    output "y" = %2, %1, %1, %1
    "#);
}

#[test]
fn a_port_may_have_many_users_and_one_of_them_many_times() {
    check(
        r#"
        %0 = feature "x"
        %1 = macro square(%0) "m"
        %2 = port[0](%1) "s"
        %3 = add(%2, %2, %0, %2, %2, %2) "sum"
        %4 = mul(%2, %3) "p"
        %5 = mul(%4, %2) "q"
        %6 = add(%3, %4, %5, %2) "y"
        output "y" = %6
        "#,
        r#"
        %0 = feature "x"
        %2 = mul(%0, %0) "s"
        %3 = add(%2, %2, %0, %2, %2, %2) "sum"
        %4 = mul(%2, %3) "p"
        %5 = mul(%4, %2) "q"
        %6 = add(%3, %4, %5, %2) "y"
        output "y" = %6
        "#,
    );
}

#[test]
fn macros_in_macros_take_their_scope_paths_with_them() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = macro block(%0) "first" in "net"
        %2 = port[0](%1)
        %3 = macro chain[pass block pass](%2) "second" in "net"
        %4 = port[0](%3) "y"
        output "y" = %4
        "#,
        r#"
        %0 = feature "x"
        %1 = add(%0, %0)
        %2 = mul(%1, %1)
        %3 = add(%1, %1, %2)
        %4 = add(%3, %3)
        %5 = mul(%4, %4)
        %6 = add(%4, %4, %5) "y"
        output "y" = %6
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = add(%0, %0) in "net.first.twin"
    %2 = mul(%1, %1) in "net.first.square"
    %3 = add(%1, %1, %2) in "net.first"
    %4 = add(%3, %3) in "net.second.block.twin"
    %5 = mul(%4, %4) in "net.second.block.square"
    %6 = add(%4, %4, %5) "y"
    output "y" = %6
    "#);
}

#[test]
fn a_macro_is_an_operand_of_a_macro_and_passes_what_it_got() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = macro twin(%0) "one"
        %2 = port[0](%1) "a"
        %3 = port[1](%1) "b"
        %4 = macro swap(%2, %0) "two"
        %5 = port[0](%4) "c"
        %6 = port[1](%4) "d"
        %7 = macro pass(%6, %5, %3) "three"
        %8 = port[0](%7) "e"
        %9 = port[1](%7) "f"
        %10 = port[2](%7) "g"
        %11 = macro square(%8) "four"
        %12 = port[0](%11) "h"
        %13 = add(%8, %9, %10, %12, %5) "y"
        output "y" = %13, %10, %9
        "#,
        r#"
        %0 = feature "x"
        %1 = add(%0, %0) "a"
        %2 = alias(%1) "b"
        %3 = alias(%0) "c"
        %4 = alias(%1) "d"
        %5 = alias(%1) "e"
        %6 = alias(%0) "f"
        %7 = alias(%1) "g"
        %8 = mul(%1, %1) "h"
        %9 = add(%1, %0, %1, %8, %0) "y"
        output "y" = %9, %1, %0
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = add(%0, %0) "a"
    %2 = mul(%1, %1) "h"
    %3 = add(%1, %0, %1, %2, %0) "y"
    %4 = alias(%1) "d"
    %5 = alias(%0) "c"
    %6 = alias(%1) "b"
    %7 = alias(%1) "e"
    %8 = alias(%0) "f"
    %9 = alias(%1) "g"
    output "y" = %3, %1, %0
    "#);
}

#[test]
fn what_is_passed_through_inside_leaves_nothing_behind() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = macro chain[pass pass pass](%0) "m"
        %2 = port[0](%1) "y"
        %3 = macro chain[twin pass twin pass](%0) "n"
        %4 = port[0](%3) "z"
        output "y" = %2, %4
        "#,
        r#"
        %0 = feature "x"
        %1 = add(%0, %0)
        %2 = alias(%0) "y"
        %3 = add(%1, %1) "z"
        output "y" = %0, %3
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = add(%0, %0) in "n.twin"
    %2 = add(%1, %1) "z"
    %3 = alias(%0) "y"
    output "y" = %0, %2
    "#);
}

#[test]
fn a_port_may_be_a_parameter_a_constant_or_an_input() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = parameter 9 "v"
        %2 = macro weights[3]() "m"
        %3 = port[2](%2) "c"
        %4 = port[0](%2)
        %5 = macro literal[7]() "seven"
        %6 = port[0](%5) "seven_is"
        %7 = macro source() "data"
        %8 = port[1](%7) "t"
        %9 = port[0](%7) "z"
        %10 = macro pass(%3, %1) "p"
        %11 = port[0](%10) "c2"
        %12 = port[1](%10) "v2"
        %13 = weigh[1 2 3 4 5 6 7 8](%0, %3, %4, %6, %8, %9, %11, %12) "y"
        output "y" = %13, %8
        "#,
        r#"
        %0 = feature "x"
        %1 = feature "z"
        %2 = target "t"
        %3 = parameter 9 "v"
        %4 = parameter 0
        %5 = parameter 2 "c"
        %6 = constant 7 "seven_is"
        %7 = alias(%5) "c2"
        %8 = alias(%3) "v2"
        %9 = weigh[1 2 3 4 5 6 7 8](%0, %5, %4, %6, %2, %1, %5, %3) "y"
        output "y" = %9, %2
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = target "t"
    %3 = parameter 9.0 "v"
    %4 = parameter 0.0 "w0" in "m"
    %5 = parameter 1.0 "w1" in "m"
    %6 = parameter 2.0 "c"
    %7 = constant 7.0 "seven_is"
    %8 = weigh[1 2 3 4 5 6 7 8](%0, %6, %4, %7, %2, %1, %6, %3) "y"
    %9 = alias(%6) "c2"
    %10 = alias(%3) "v2"
    output "y" = %8, %2
    "#);
    let names = graph
        .parameters()
        .map(|id| graph.path(id).unwrap().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["v", "m.w0", "m.w1", "c"]);
}

#[test]
fn an_alias_of_a_parameter_or_an_input_is_a_key_to_it() {
    let mut graph = read(
        r#"
        %0 = feature "x"
        %1 = parameter 9 "v"
        %2 = macro pass(%0, %1) "m"
        %3 = port[0](%2) "a"
        %4 = port[1](%2) "b"
        %5 = mul(%3, %4) "y"
        "#,
    );
    graph.expand(0).unwrap();
    let [a, b, v, y] = ["a", "b", "v", "y"].map(|name| node(&graph, name));
    assert!(matches!(graph.kind(a), Ok(Kind::Alias)));
    graph.set_parameter(b, 4.0).unwrap();
    assert_eq!(graph.parameter_value(v), Ok(4.0));
    assert_eq!(graph.parameter_value(b), Ok(4.0));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_input(&graph, a, 5.0).unwrap();
    evaluator.reverse(&graph, &[(y, 1.0), (b, 100.0)]).unwrap();
    assert_eq!(evaluator.value(y), Ok(20.0));
    assert_eq!(evaluator.value(a), Ok(5.0));
    assert_eq!(evaluator.adjoint(a), Ok(4.0));
    assert_eq!(evaluator.adjoint(b), Ok(105.0));
    assert_eq!(evaluator.adjoint(v), Ok(105.0));
}

#[test]
fn ports_that_nobody_uses_and_macros_that_no_output_reaches() {
    let graph = check(
        r#"
        %0 = feature "x"
        %1 = macro twin(%0) "used"
        %2 = port[0](%1)
        %3 = port[1](%1) "idle"
        %4 = macro block(%0) "dead"
        %5 = port[0](%4) "d"
        %6 = macro pass(%5, %2) "deader"
        %7 = port[1](%6) "e"
        %8 = macro affine[1 2](%0) "without ports"
        output "y" = %2
        "#,
        r#"
        %0 = feature "x"
        %1 = add(%0, %0) "idle"
        %2 = alias(%1) "e"
        %3 = add(%0, %0)
        %4 = mul(%3, %3)
        %5 = add(%3, %3, %4) "d"
        output "y" = %1
        "#,
    );
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = parameter 1.0 "w" in "without ports"
    %2 = parameter 2.0 "b" in "without ports"
    %3 = add(%0, %0) in "used"
    %4 = alias(%3) "idle"
    %5 = add(%0, %0) in "dead.twin"
    %6 = mul(%5, %5) in "dead.square"
    %7 = add(%5, %5, %6) "d"
    %8 = alias(%3) "e"
    %9 = mul(%1, %0) in "without ports"
    %10 = add(%9, %2) in "without ports"
    output "y" = %3
    "#);
}

#[test]
fn after_pruning_what_is_left_is_expanded() {
    let mut graph = read(
        r#"
        %0 = feature "x"
        %1 = macro twin(%0) "used"
        %2 = port[0](%1)
        %3 = port[1](%1) "idle"
        %4 = macro block(%0) "dead"
        %5 = port[0](%4) "d"
        output "y" = %2
        "#,
    );
    assert_eq!(graph.prune(), 3);
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = macro twin(%0) "used"
    %2 = port[0](%1)
    output "y" = %2
    "#);
    graph.expand(0).unwrap();
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = add(%0, %0) in "used"
    output "y" = %1
    "#);
    assert_eq!(graph.prune(), 0);
}

#[test]
fn a_graph_without_macros_is_expanded_as_it_is() {
    let mut graph = read("%0 = feature \"x\"\n%1 = add(%0)");
    let (text, generation) = (graph.to_string(), graph.generation());
    graph.expand(0).unwrap();
    assert_eq!((graph.to_string(), graph.generation()), (text, generation));
}

#[test]
fn macros_are_added_to_what_was_expanded_and_expanded_again() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let mut y = x;
    let mut held = Vec::new();
    for round in 0..4 {
        // None has a name, so each takes a scope path that none took before.
        for _ in 0..2 {
            y = graph.add_macro(None, ToyMacro::Affine(2, 1), &[y]).unwrap()[0];
            y = graph.add_macro(None, ToyMacro::Pass, &[y]).unwrap()[0];
            held.push((
                y,
                f64::from(1 << held.len()) * 4.0 + f64::from((1 << (held.len() + 1)) - 1),
            ));
        }
        graph.expand(round).unwrap();
        graph.verify().unwrap();
    }
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[2.0]).unwrap();
    for (key, value) in held {
        evaluator.forward(&graph, &[key]).unwrap();
        assert_eq!(evaluator.value(key), Ok(value));
    }
    let names: Vec<_> = graph
        .parameters()
        .map(|id| graph.path(id).unwrap().unwrap())
        .collect();
    assert_eq!(
        names[..4],
        ["affine.w", "affine.b", "affine_2.w", "affine_2.b"]
    );
    assert_eq!(names[14..], ["affine_8.w", "affine_8.b"]);
}

#[test]
fn terms_are_added_in_the_order_that_the_expanded_graph_has() {
    // 1e16 + 1 rounds to 1e16. The adjoint of `x` is 1 where the terms that come through the port stand
    // among the others, by the positions of their users, and 0 were they added up by themselves.
    let mut graph = read(
        r#"
        %0 = feature "x"
        %1 = macro pass(%0) "m"
        %2 = port[0](%1) "a"
        %3 = weigh[10000000000000000](%2)
        %4 = weigh[-10000000000000000](%0)
        %5 = weigh[1](%2)
        %6 = add(%3, %4, %5) "y"
        output "y" = %6
        "#,
    );
    graph.expand(0).unwrap();
    let keys = ["x", "a"].map(|name| node(&graph, name));
    assert_eq!(swept(&graph, &keys), [(2.0, 1.0), (2.0, 1.0)]);
}

/// A macro that uses a key that it was made with, or given later.
struct Tied(Arc<OnceLock<NodeId>>);

impl Tied {
    fn to(key: NodeId) -> Self {
        Self(Arc::new(key.into()))
    }
}

impl Macro<Toy> for Tied {
    fn name(&self) -> &str {
        "tied"
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }

    fn ports(&self, _: usize) -> usize {
        2
    }

    fn expand(&self, at: &mut Expansion<'_, Toy>, x: &[NodeId]) -> Result<Vec<NodeId>, MacroError> {
        let key = *self.0.get().unwrap();
        Ok(vec![at.operation(Toy::Mul, &[x[0], key])?, key])
    }
}

#[test]
fn macros_may_share_what_stands_outside_them() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let w = graph.parameter("w", 3.0).unwrap();
    let deep = graph.add_macro(None, ToyMacro::Block, &[w]).unwrap()[0];
    // The last macro comes first in canonical order, and needs the port of one that comes later.
    let one = graph.add_macro(None, Tied::to(deep), &[x]).unwrap();
    let two = graph.add_macro(None, Tied::to(one[1]), &[one[0]]).unwrap();
    let three = graph.add_macro(None, Tied::to(two[1]), &[x]).unwrap();
    graph
        .add_output("y", &[three[0], three[1], two[0]])
        .unwrap();
    graph.verify().unwrap();
    graph.expand(0).unwrap();
    graph.verify().unwrap();
    // w + w = 6; 6 + 6 + 36 = 48.
    let shared = (48.0, 1.0 + 2.0 + 2.0 * 96.0 * 2.0 / 2.0);
    let keys = [one[1], two[1], three[1], deep];
    let found = swept(&graph, &keys);
    assert!(found.iter().all(|&pair| pair == shared), "{found:?}");
    assert_eq!(swept(&graph, &[two[0]]), [(2.0 * 48.0 * 48.0, 1.0)]);
}

#[test]
fn a_macro_that_uses_what_depends_on_it_is_refused() {
    let mut graph = read("%0 = feature \"x\"\n%1 = add(%0) \"k\"");
    let [x, k] = ["x", "k"].map(|name| node(&graph, name));
    let ports = graph.add_macro("m", Tied::to(k), &[x]).unwrap();
    let other = graph
        .add_macro("other", ToyMacro::Block, &[ports[0]])
        .unwrap()[0];
    graph.redirect(k, 0, other).unwrap();
    let before = state(&graph).unwrap();
    let error = graph.expand(0).unwrap_err();
    assert_snapshot!(error, @r#"the macro tied at "m" uses a value that depends on it"#);
    assert_eq!(state(&graph).unwrap(), before);
    graph.verify().unwrap();
    graph.redirect(k, 0, x).unwrap();
    graph.expand(0).unwrap();
    graph.verify().unwrap();
    assert_eq!(
        swept(&graph, &[ports[0], ports[1]]),
        [(4.0, 0.0), (2.0, 0.0)]
    );
    // Two that need each other are refused as well.
    let mut graph = read("%0 = feature \"x\"");
    let x = node(&graph, "x");
    let late = Arc::new(OnceLock::new());
    let one = graph
        .add_macro("one", Tied(Arc::clone(&late)), &[x])
        .unwrap();
    let two = graph.add_macro("two", Tied::to(one[1]), &[x]).unwrap();
    late.set(two[1]).unwrap();
    let error = graph.expand(0).unwrap_err();
    assert_snapshot!(error, @r#"the macro tied at "two" uses a value that depends on it"#);
    graph.verify().unwrap();
}

#[test]
fn unnamed_macros_are_numbered() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let add = |graph: &mut Graph, name: Option<&str>| {
        let port = graph.add_macro(name, ToyMacro::Square, &[x]).unwrap()[0];
        let own = graph.operands(port).unwrap().next().unwrap();
        graph.path(own).unwrap().unwrap()
    };
    assert_eq!(add(&mut graph, Some("square_2")), "square_2");
    assert_eq!(add(&mut graph, None), "square");
    assert_eq!(add(&mut graph, None), "square_3");
    assert_eq!(add(&mut graph, None), "square_4");
    assert_eq!(graph.within("a", |graph| add(graph, None)), "a.square");
    assert_eq!(graph.within("a", |graph| add(graph, None)), "a.square_2");
    let third = graph.find("", "square_3").unwrap();
    graph.remove_cascade(third).unwrap();
    // The number before the one that is taken has to be taken; not every gap is looked for.
    assert_eq!(add(&mut graph, None), "square_5");
    assert_eq!(add(&mut graph, None), "square_6");
    graph.verify().unwrap();
}

#[test]
fn a_macro_without_a_name_takes_no_scope_that_has_names() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    graph
        .within("affine.deep", |g| g.parameter("w", 1.0))
        .unwrap();
    graph.within("affine_2", |g| g.parameter("w", 1.0)).unwrap();
    let y = graph.add_macro(None, ToyMacro::Affine(1, 2), &[x]).unwrap()[0];
    assert_eq!(graph.describe(y).unwrap(), "%4 = port[0](%3)");
    assert!(graph.find("", "affine_3").is_some());
    graph.expand(0).unwrap();
    graph.verify().unwrap();
}

#[test]
fn parameters_draw_from_streams_of_their_own() {
    let drawn = |seed, scope| ((stream(seed, scope, "by").next_u64() >> 11) as f64).to_bits();
    let values = |names: &[&str], seed| {
        let mut graph = Graph::new();
        let x = graph.feature("x").unwrap();
        for name in names {
            graph.add_macro(*name, ToyMacro::Drawn, &[x]).unwrap();
        }
        graph
            .within("deep", |g| g.add_macro("a", ToyMacro::Drawn, &[x]))
            .unwrap();
        graph.expand(seed).unwrap();
        move |scope: &str| {
            let by = graph.find(scope, "by").unwrap();
            graph.parameter_value(by).unwrap().to_bits()
        }
    };
    for names in [
        &["a", "b", "c"][..],
        &["c", "a", "b"],
        &["b", "z", "a", "y"],
    ] {
        let found = values(names, 7);
        for scope in ["a", "b", "deep.a"] {
            assert_eq!(found(scope), drawn(7, scope), "{scope} of {names:?}");
        }
    }
    assert_ne!(values(&["a"], 8)("a"), drawn(7, "a"));
}

#[test]
fn a_listing_shows_macros_ports_and_aliases_and_reads_back() {
    let text = r#"%0 = feature "x"
%1 = parameter 0.5 "w"
%2 = macro pass(%0, %1, %0) "first" in "net"
%3 = port[1](%2) in "net"
%4 = alias(%3) "w2"
%5 = macro affine[3 -4](%4) "two words" in "net"
%6 = port[0](%5) "out" in "net"
%7 = macro literal[1]() "literal"
%8 = port[0](%7)
%9 = port[2](%2)
output "y" = %6, %8
"#;
    // An alias is a key and nothing else: what is made of it uses what it denotes.
    let canonical = text.replace("](%4)", "](%3)");
    assert_snapshot!(body(&read(text)), @r#"
    %0 = feature "x"
    %1 = parameter 0.5 "w"
    %2 = macro pass(%0, %1, %0) "first" in "net"
    %3 = port[1](%2) in "net"
    %4 = macro affine[3 -4](%3) "two words" in "net"
    %5 = port[0](%4) "out" in "net"
    %6 = macro literal[1]() "literal"
    %7 = port[0](%6)
    %8 = alias(%3) "w2"
    %9 = port[2](%2)
    output "y" = %5, %7
    "#);
    let again = body(&read(&canonical));
    assert_eq!(body(&read(&again)), again);
    let graph = read(text);
    let without = graph.listing().without_parameter_values().to_string();
    assert!(without.contains("%1 = parameter _ \"w\"\n"), "{without}");
    assert!(without.contains("macro affine[3 -4]("), "{without}");
}

#[test]
fn another_seed_is_the_same_listing_without_the_values_of_parameters() {
    let expanded = |seed| {
        let mut graph = read("%0 = feature \"x\"\n%1 = macro drawn(%0)\n%2 = port[0](%1)");
        graph.expand(seed).unwrap();
        let without = graph.listing().without_parameter_values().to_string();
        (graph.to_string(), without)
    };
    assert_eq!(expanded(1), expanded(1));
    assert_eq!(expanded(1).1, expanded(2).1);
    assert_ne!(expanded(1).0, expanded(2).0);
}

#[test]
fn clones_share_macros_and_are_expanded_by_themselves() {
    let mut graph = read(
        "%0 = feature \"x\"\n%1 = macro drawn(%0) \"m\"\n%2 = port[0](%1) \"y\"\noutput \"y\" = %2",
    );
    let y = node(&graph, "y");
    let (mut clone, map) = graph.clone_with_keys();
    let before = graph.to_string();
    clone.expand(3).unwrap();
    clone.verify().unwrap();
    assert!(matches!(
        clone.kind(map.get(y).unwrap()),
        Ok(Kind::Operation(Toy::Add))
    ));
    assert_eq!(graph.to_string(), before);
    graph.expand(3).unwrap();
    assert_eq!(graph.to_string(), clone.to_string());
    drop(clone);
    graph.verify().unwrap();
}

#[test]
fn a_graph_with_macros_goes_to_another_thread() {
    fn is_both<T: Send + Sync>(_: &T) {}
    let mut graph = read("%0 = feature \"x\"\n%1 = macro block(%0)\n%2 = port[0](%1)");
    is_both(&graph);
    is_both(&registry());
    std::thread::scope(|scope| scope.spawn(|| graph.expand(0)).join().unwrap()).unwrap();
    graph.verify().unwrap();
}
