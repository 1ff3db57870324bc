//! Edits of graphs with macros, ports and aliases.

use crate::toy::{Graph, Toy, body, node, read, state};
use dagrad_graph::{EditError, Evaluator};
use insta::assert_snapshot;

const MACROS: &str = r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro swap(%0, %1) "m"
    %3 = port[0](%2) "a"
    %4 = port[1](%2) "b"
    %5 = macro square(%3) "n"
    %6 = port[0](%5) "c"
    %7 = add(%6, %4, %3) "y"
    output "y" = %7, %3
"#;

/// The listing after an edit, and whether what is left can be expanded.
fn edited<R>(edit: impl FnOnce(&mut Graph) -> Result<R, EditError>) -> String {
    let mut graph = read(MACROS);
    edit(&mut graph).unwrap();
    graph.verify().unwrap();
    let listing = body(&graph);
    graph.expand(0).unwrap();
    graph.verify().unwrap();
    listing
}

fn refused<R>(edit: impl FnOnce(&mut Graph) -> Result<R, EditError>) -> String {
    let mut graph = read(MACROS);
    let before = state(&graph).unwrap();
    let error = edit(&mut graph).err().expect("an error");
    assert_eq!(state(&graph).unwrap(), before);
    graph.verify().unwrap();
    error.to_string()
}

#[test]
fn operands_of_a_macro_are_edited_like_those_of_an_operation() {
    let redirected = edited(|g| g.redirect(node(g, "n"), 0, node(g, "b")));
    assert_snapshot!(redirected, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro swap(%0, %1) "m"
    %3 = port[1](%2) "b"
    %4 = macro square(%3) "n"
    %5 = port[0](%4) "c"
    %6 = port[0](%2) "a"
    %7 = add(%5, %3, %6) "y"
    output "y" = %7, %6
    "#);
    let inserted = edited(|g| g.insert_between(node(g, "m"), 1, Toy::Mul, &[node(g, "x")]));
    assert_snapshot!(inserted, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%1, %0)
    %3 = macro swap(%0, %2) "m"
    %4 = port[0](%3) "a"
    %5 = macro square(%4) "n"
    %6 = port[0](%5) "c"
    %7 = port[1](%3) "b"
    %8 = add(%6, %7, %4) "y"
    output "y" = %8, %4
    "#);
}

#[test]
fn operands_of_a_macro_are_added_and_taken_away_where_its_ports_stay_the_same() {
    let mut graph = read("%0 = feature \"x\"\n%1 = macro pass(%0, %0) \"m\"\n%2 = port[0](%1)");
    let [x, m] = ["x", "m"].map(|name| node(&graph, name));
    let before = state(&graph).unwrap();
    assert_snapshot!(graph.push_operand(m, x).unwrap_err(), @r#"pass takes 2 operands, got 3: %0 = feature "x"; %0 = feature "x"; %0 = feature "x""#);
    assert_snapshot!(graph.remove_operand(m, 0).unwrap_err(), @r#"pass takes 2 operands, got 1: %0 = feature "x""#);
    let mut square = read("%0 = feature \"x\"\n%1 = macro square(%0) \"m\"");
    let m = node(&square, "m");
    assert_snapshot!(square.remove_operand(m, 0).unwrap_err(), @"square takes 1 operand, got 0");
    assert_eq!(state(&graph).unwrap(), before);
    let mut tangle = read("%0 = feature \"x\"\n%1 = macro tangle[1 2 3](%0) \"m\"");
    let [x, m] = ["x", "m"].map(|name| node(&tangle, name));
    tangle.push_operand(m, x).unwrap();
    tangle.remove_operand(m, 0).unwrap();
    tangle.remove_operand(m, 0).unwrap();
    tangle.verify().unwrap();
    assert_eq!(tangle.operands(m).unwrap().len(), 0);
}

#[test]
fn a_port_is_replaced_and_removed() {
    let replaced = edited(|g| g.replace(node(g, "a"), node(g, "x")));
    assert_snapshot!(replaced, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro square(%0) "n"
    %3 = port[0](%2) "c"
    %4 = macro swap(%0, %1) "m"
    %5 = port[1](%4) "b"
    %6 = add(%3, %5, %0) "y"
    %7 = port[0](%4) "a"
    output "y" = %6, %0
    "#);
    let removed = edited(|g| {
        g.replace(node(g, "a"), node(g, "x"))?;
        g.remove(node(g, "a"))
    });
    assert_snapshot!(removed, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro square(%0) "n"
    %3 = port[0](%2) "c"
    %4 = macro swap(%0, %1) "m"
    %5 = port[1](%4) "b"
    %6 = add(%3, %5, %0) "y"
    output "y" = %6, %0
    "#);
    assert_snapshot!(refused(|g| g.remove(node(g, "a"))), @r#"%3 = port[0](%2) "a" is used by %4 = macro square(%3) "n""#);
    assert_snapshot!(refused(|g| g.remove(node(g, "n"))), @r#"%4 = macro square(%3) "n" is used by %5 = port[0](%4) "c""#);
}

#[test]
fn a_value_is_inserted_after_a_port_and_before_a_macro() {
    let after = edited(|g| g.insert_after(node(g, "a"), Toy::Mul, &[node(g, "z")]));
    assert_snapshot!(after, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro swap(%0, %1) "m"
    %3 = port[0](%2) "a"
    %4 = mul(%3, %1)
    %5 = macro square(%4) "n"
    %6 = port[0](%5) "c"
    %7 = port[1](%2) "b"
    %8 = add(%6, %7, %4) "y"
    output "y" = %8, %4
    "#);
    let before_output = edited(|g| g.insert_after(node(g, "y"), Toy::Add, &[]));
    assert_snapshot!(before_output, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro swap(%0, %1) "m"
    %3 = port[0](%2) "a"
    %4 = macro square(%3) "n"
    %5 = port[0](%4) "c"
    %6 = port[1](%2) "b"
    %7 = add(%5, %6, %3) "y"
    %8 = add(%7)
    output "y" = %8, %3
    "#);
    let twice = edited(|g| g.insert_after(node(g, "x"), Toy::Mul, &[node(g, "x")]));
    assert_snapshot!(twice, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0)
    %3 = macro swap(%2, %1) "m"
    %4 = port[0](%3) "a"
    %5 = macro square(%4) "n"
    %6 = port[0](%5) "c"
    %7 = port[1](%3) "b"
    %8 = add(%6, %7, %4) "y"
    output "y" = %8, %4
    "#);
    assert_snapshot!(refused(|g| g.insert_after(node(g, "a"), Toy::Mul, &[node(g, "c")])), @r#"the edit would close a cycle: %4 = macro square(%3) "n", used by %5 = port[0](%4) "c", used by %4 = macro square(%3) "n""#);
    assert_snapshot!(refused(|g| g.insert_after(node(g, "a"), Toy::Mul, &[])), @r#"mul takes 2 operands, got 1: %3 = port[0](%2) "a""#);
}

#[test]
fn a_removal_goes_up_through_macros() {
    let mut graph = read(MACROS);
    let removed = graph.remove_cascade(node(&graph, "z")).unwrap();
    assert_eq!((removed.nodes, removed.outputs), (7, vec!["y".to_owned()]));
    assert_eq!(body(&graph), "%0 = feature \"x\"\n");
    graph.verify().unwrap();
    let mut graph = read(MACROS);
    assert_eq!(graph.remove_cascade(node(&graph, "n")).unwrap().nodes, 3);
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro swap(%0, %1) "m"
    %3 = port[0](%2) "a"
    %4 = port[1](%2) "b"
    "#);
}

#[test]
fn pruning_takes_macros_and_ports_that_no_output_needs() {
    let mut graph = read(MACROS);
    graph.redirect_output("y", &[node(&graph, "b")]).unwrap();
    assert_eq!(graph.prune(), 4);
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = macro swap(%0, %1) "m"
    %3 = port[1](%2) "b"
    output "y" = %3
    "#);
}

#[test]
fn a_cycle_through_a_macro_is_named() {
    assert_snapshot!(refused(|g| g.redirect(node(g, "m"), 0, node(g, "c"))), @r#"the edit would close a cycle: %2 = macro swap(%0, %1) "m", used by %3 = port[0](%2) "a", used by %4 = macro square(%3) "n", used by %5 = port[0](%4) "c", used by %2 = macro swap(%0, %1) "m""#);
    assert_snapshot!(refused(|g| g.redirect(node(g, "n"), 0, node(g, "c"))), @r#"the edit would close a cycle: %4 = macro square(%3) "n", used by %5 = port[0](%4) "c", used by %4 = macro square(%3) "n""#);
    assert_snapshot!(refused(|g| g.replace(node(g, "x"), node(g, "a"))), @r#"the edit would close a cycle: %2 = macro swap(%0, %1) "m", used by %3 = port[0](%2) "a", used by %2 = macro swap(%0, %1) "m""#);
}

/// The same graph, expanded: `a` is an alias of `z`, and `b` one of `x`.
fn expanded() -> Graph {
    let mut graph = read(MACROS);
    graph.expand(0).unwrap();
    graph
}

/// The listing after an edit of the expanded graph.
fn edited_later<R>(edit: impl FnOnce(&mut Graph) -> Result<R, EditError>) -> String {
    let mut graph = expanded();
    edit(&mut graph).unwrap();
    graph.verify().unwrap();
    let text = graph.to_string();
    assert_eq!(text.parse::<Graph>().unwrap().to_string(), text);
    body(&graph)
}

#[test]
fn an_alias_stands_for_what_it_denotes() {
    assert_snapshot!(body(&expanded()), @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%1, %1) "c"
    %3 = add(%2, %0, %1) "y"
    %4 = alias(%1) "a"
    %5 = alias(%0) "b"
    output "y" = %3, %1
    "#);
    let used = edited_later(|g| {
        let [a, b, y] = ["a", "b", "y"].map(|name| node(g, name));
        let sum = g.operation(Toy::Add, &[a, y, b]).unwrap();
        g.add_output("sum", &[sum, a]).unwrap();
        g.push_operand(y, a)?;
        g.redirect(y, 0, b)
    });
    assert_snapshot!(used, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = add(%0, %0, %1, %1) "y"
    %3 = add(%1, %2, %0)
    %4 = alias(%1) "a"
    %5 = mul(%1, %1) "c"
    %6 = alias(%0) "b"
    output "y" = %2, %1
    output "sum" = %3, %1
    "#);
    let after = edited_later(|g| g.insert_after(node(g, "a"), Toy::Add, &[node(g, "b")]));
    assert_snapshot!(after, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = add(%1, %0)
    %3 = mul(%2, %2) "c"
    %4 = add(%3, %0, %2) "y"
    %5 = alias(%1) "a"
    %6 = alias(%0) "b"
    output "y" = %4, %2
    "#);
    let replaced = edited_later(|g| g.replace(node(g, "a"), node(g, "x")));
    assert_snapshot!(replaced, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "c"
    %3 = add(%2, %0, %0) "y"
    %4 = alias(%0) "a"
    %5 = alias(%0) "b"
    output "y" = %3, %0
    "#);
    assert_eq!(
        edited_later(|g| g.replace(node(g, "a"), node(g, "z"))),
        body(&expanded())
    );
}

#[test]
fn an_alias_of_an_operation_is_edited_as_the_operation() {
    let mut graph = read(
        r#"
        %0 = feature "x"
        %1 = add(%0) "sum"
        %2 = macro pass(%1) "m"
        %3 = port[0](%2) "same"
        "#,
    );
    graph.expand(0).unwrap();
    let [x, sum, same] = ["x", "sum", "same"].map(|name| node(&graph, name));
    graph.push_operand(same, x).unwrap();
    graph.set_operation(same, Toy::Mul).unwrap();
    graph.insert_between(same, 0, Toy::Add, &[x]).unwrap();
    let cycle = graph.redirect(sum, 0, same).unwrap_err();
    assert_snapshot!(cycle, @r#"the edit would close a cycle: %2 = mul(%1, %0) "sum", used by %2 = mul(%1, %0) "sum""#);
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = add(%0, %0)
    %2 = mul(%1, %0) "sum"
    %3 = alias(%2) "same"
    "#);
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.forward(&graph, &[same]).unwrap();
    assert_eq!(evaluator.value(sum), Ok(18.0));
    assert_eq!(evaluator.value(same), Ok(18.0));
}

#[test]
fn aliases_are_removed_and_named_by_themselves() {
    let removed = edited_later(|g| {
        g.set_name(node(g, "b"), "other").unwrap();
        g.remove(node(g, "a"))
    });
    assert_snapshot!(removed, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%1, %1) "c"
    %3 = add(%2, %0, %1) "y"
    %4 = alias(%0) "other"
    output "y" = %3, %1
    "#);
    let mut graph = expanded();
    // An alias keeps what it denotes from being removed, goes with it, and is pruned.
    let one = graph.operation(Toy::Add, &[node(&graph, "x")]).unwrap();
    let used = graph.remove(node(&graph, "x")).unwrap_err();
    assert_snapshot!(used, @r#"%0 = feature "x" is used by %5 = alias(%0) "b""#);
    assert_eq!(graph.prune(), 3);
    assert!(!graph.contains(one));
    graph.verify().unwrap();
    let mut graph = expanded();
    assert_eq!(graph.remove_cascade(node(&graph, "z")).unwrap().nodes, 4);
    graph.verify().unwrap();
    assert_snapshot!(body(&graph), @r#"
    %0 = feature "x"
    %1 = alias(%0) "b"
    "#);
}
