//! What is built is what is there: operands, users, names, scopes, inputs, outputs.

use crate::toy::{Graph, Toy, body, node, read};
use dagrad_graph::{Kind, NodeId, Role};
use insta::assert_snapshot;

/// The users of the node called `name`, by name.
fn check_users(listing: &str, name: &str, users: &[&str]) {
    let graph = read(listing);
    let found = graph.users(node(&graph, name)).unwrap();
    let found: Vec<_> = found.map(|id| graph.name(id).unwrap().unwrap()).collect();
    assert_eq!(found, users);
}

/// The operands of the node called `name`, by name.
fn check_operands(listing: &str, name: &str, operands: &[&str]) {
    let graph = read(listing);
    let found = graph.operands(node(&graph, name)).unwrap();
    let found: Vec<_> = found.map(|id| graph.name(id).unwrap().unwrap()).collect();
    assert_eq!(found, operands);
}

#[test]
fn a_value_has_many_users_in_the_order_in_which_they_came() {
    let listing = r#"
        %0 = feature "x"
        %1 = mul(%0, %0) "square"
        %2 = weigh[-1](%0) "minus"
        %3 = add(%1, %0, %2) "sum"
    "#;
    check_users(listing, "x", &["square", "square", "minus", "sum"]);
    check_users(listing, "sum", &[]);
}

#[test]
fn operands_keep_their_order_and_their_repetitions_at_any_length() {
    let listing = r#"
        %0 = feature "x"
        %1 = feature "y"
        %2 = add(%1) "one"
        %3 = mul(%1, %0) "two"
        %4 = add(%1, %0, %1) "three"
        %5 = add(%0, %1, %0, %0, %1, %0, %2, %0, %1) "nine"
    "#;
    check_operands(listing, "one", &["y"]);
    check_operands(listing, "two", &["y", "x"]);
    check_operands(listing, "three", &["y", "x", "y"]);
    let nine = ["x", "y", "x", "x", "y", "x", "one", "x", "y"];
    check_operands(listing, "nine", &nine);
    check_operands(listing, "x", &[]);
}

#[test]
fn a_listing_shows_what_was_built() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let t = graph.target("t").unwrap();
    let y = graph.within("hidden.0", |g| {
        let w = g.parameter("w", 0.5).unwrap();
        g.operation(Toy::Mul, &[w, x]).unwrap()
    });
    let minus = graph.constant(-1.0);
    let negative = graph.operation(Toy::Mul, &[t, minus]).unwrap();
    let error = graph.operation(Toy::Add, &[y, negative]).unwrap();
    graph.set_name(error, "error").unwrap();
    graph.add_output("y", &[y]).unwrap();
    graph.add_output("both", &[error, y]).unwrap();
    graph.verify().unwrap();
    assert_snapshot!(graph, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = target "t"
    %2 = parameter 0.5 "w" in "hidden.0"
    %3 = mul(%2, %0) in "hidden.0"
    %4 = constant -1.0
    %5 = mul(%1, %4)
    %6 = add(%3, %5) "error"
    output "y" = %3
    output "both" = %6, %3
    "#);
}

#[test]
fn kinds_are_told() {
    let graph = read(
        r#"
        %0 = feature "x"
        %1 = target "t"
        %2 = parameter 2.5 "w"
        %3 = constant -1.0 "c"
        %4 = mul(%0, %2) "y"
    "#,
    );
    let kind = |name| graph.kind(node(&graph, name)).unwrap();
    assert!(matches!(kind("x"), Kind::Input(Role::Feature)));
    assert!(matches!(kind("t"), Kind::Input(Role::Target)));
    assert!(matches!(kind("w"), Kind::Parameter(2.5)));
    assert!(matches!(kind("c"), Kind::Constant(-1.0)));
    assert!(matches!(kind("y"), Kind::Operation(Toy::Mul)));
}

#[test]
fn inputs_and_parameters_stay_in_declared_order() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let v = graph.parameter("v", 1.0).unwrap();
    let t = graph.target("t").unwrap();
    let z = graph.feature(None).unwrap();
    let w = graph.parameter(None, 2.0).unwrap();
    let u = graph.target("u").unwrap();
    assert!(graph.inputs().eq([x, t, z, u]));
    assert!(graph.features().eq([x, z]));
    assert!(graph.targets().eq([t, u]));
    assert!(graph.parameters().eq([v, w]));
    graph.remove(t).unwrap();
    assert!(graph.inputs().eq([x, z, u]));
    assert!(graph.targets().eq([u]));
}

#[test]
fn an_output_is_a_list_and_a_node_may_be_in_several() {
    let graph = read(
        r#"
        %0 = feature "x"
        %1 = add(%0, %0) "y"
        output "probs" = %1, %0, %1
        output "y" = %1
    "#,
    );
    let (x, y) = (node(&graph, "x"), node(&graph, "y"));
    assert_eq!(graph.output("probs"), Some(vec![y, x, y]));
    assert_eq!(graph.output("y"), Some(vec![y]));
    assert_eq!(graph.output("z"), None);
    let names: Vec<_> = graph.outputs().map(|(name, _)| name).collect();
    assert_eq!(names, ["probs", "y"]);
}

#[test]
fn a_name_is_unique_in_its_scope_only() {
    let mut graph = Graph::new();
    let outer = graph.feature("w").unwrap();
    let (inner, deep) = graph.within("a", |g| {
        let inner = g.feature("w").unwrap();
        assert_eq!(g.current_scope(), "a");
        let deep = g.within("b.0", |g| {
            assert_eq!(g.current_scope(), "a.b.0");
            g.parameter("w", 0.0).unwrap()
        });
        (inner, deep)
    });
    assert_eq!(graph.current_scope(), "");
    assert_eq!(graph.find("", "w"), Some(outer));
    assert_eq!(graph.find("a", "w"), Some(inner));
    assert_eq!(graph.find("a.b.0", "w"), Some(deep));
    assert_eq!(graph.find("a.b", "w"), None);
    assert_eq!(graph.find("", "v"), None);
    assert_eq!(graph.scope_path(deep).unwrap(), "a.b.0");
    assert_eq!(graph.scope_path(outer).unwrap(), "");
    graph.verify().unwrap();
}

#[test]
fn a_path_is_the_scope_and_the_name() {
    let graph = read(
        r#"
        %0 = feature "w"
        %1 = feature "w" in "a.b"
        %2 = feature "b.w" in "a"
        %3 = feature in "a"
    "#,
    );
    let order = graph.canonical_order();
    let paths: Vec<_> = order.iter().map(|id| graph.path(id).unwrap()).collect();
    let path = |text: &str| Some(text.to_owned());
    assert_eq!(paths, [path("w"), path("a.b.w"), path("a.b.w"), None]);
    let found = |path| graph.find_path(path).and_then(|id| order.position(id));
    assert_eq!(found("w"), Some(0));
    // Two nodes have this path; that of the shorter scope is found.
    assert_eq!(found("a.b.w"), Some(2));
    assert_eq!(found("b.w"), None);
}

#[test]
fn an_empty_segment_is_the_same_scope() {
    let mut graph = Graph::new();
    graph.within("", |g| g.feature("x").unwrap());
    graph.within("a", |g| g.within("", |g| g.feature("x").unwrap()));
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = feature "x" in "a"
    "#);
}

#[test]
fn a_new_name_frees_the_old_one() {
    let mut graph = read("%0 = feature \"x\"\n%1 = feature \"y\"");
    let (x, y) = (node(&graph, "x"), node(&graph, "y"));
    graph.set_name(x, "z").unwrap();
    graph.set_name(y, "x").unwrap();
    graph.set_name(y, "x").unwrap();
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "z"
    %1 = feature "x"
    "#);
    assert_eq!(graph.find("", "x"), Some(y));
    assert_eq!(graph.find("", "y"), None);
}

#[test]
fn the_name_of_a_removed_node_is_free() {
    let mut graph = read("%0 = feature \"x\"");
    graph.remove(node(&graph, "x")).unwrap();
    assert_eq!(graph.find("", "x"), None);
    let x = graph.target("x").unwrap();
    assert_eq!(graph.find("", "x"), Some(x));
    graph.verify().unwrap();
}

#[test]
fn an_empty_graph_is_a_graph() {
    let graph = Graph::default();
    assert!(graph.is_empty());
    assert_eq!(graph.to_string(), "dagrad graph 1\n");
    assert!(graph.canonical_order().is_empty());
    graph.verify().unwrap();
}

#[test]
fn every_change_of_structure_raises_the_generation() {
    let mut graph = Graph::new();
    let mut last = graph.generation();
    let mut raised = |graph: &Graph| {
        assert!(graph.generation() > last);
        last = graph.generation();
    };
    let x = graph.feature("x").unwrap();
    raised(&graph);
    let w = graph.parameter("w", 1.0).unwrap();
    raised(&graph);
    let y = graph.operation(Toy::Add, &[x, w]).unwrap();
    raised(&graph);
    graph.set_name(y, "y").unwrap();
    raised(&graph);
    graph.add_output("y", &[y]).unwrap();
    raised(&graph);
    let before = graph.generation();
    graph.set_parameter(w, 2.0).unwrap();
    assert_eq!(graph.generation(), before);
}

#[test]
fn a_graph_and_its_keys_can_go_to_another_thread() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Graph>();
    check::<NodeId>();
    check::<dagrad_graph::Evaluator<f64>>();
}
