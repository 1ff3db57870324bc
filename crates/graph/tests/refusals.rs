//! What is refused: the message names the node, what was wanted and what was got, and the graph stays
//! as it was.

use crate::toy::{Graph, Toy, node, read, state};
use dagrad_graph::Build as _;
use dagrad_graph::{EvaluationError, Evaluator, NodeId};
use insta::assert_snapshot;
use std::fmt::Display;

/// The message with which `attempt` fails on a graph that it leaves as it was.
fn refused<R, E: Display>(attempt: impl FnOnce(&mut Graph) -> Result<R, E>) -> String {
    let mut graph = read(
        r#"
        %0 = feature "x"
        %1 = target "t"
        %2 = parameter 0.5 "w" in "hidden.0"
        %3 = mul(%2, %0) in "hidden.0"
        %4 = add(%3, %0, %3) "sum"
        %5 = mul(%4, %4) "square"
        %6 = constant 1.0 "one"
        output "y" = %5, %3
        output "one" = %6
    "#,
    );
    let (before, generation) = (state(&graph).unwrap(), graph.generation());
    let error = attempt(&mut graph).err().expect("an error");
    assert_eq!(state(&graph).unwrap(), before);
    assert_eq!(graph.generation(), generation);
    assert_eq!(graph.current_scope(), "");
    graph.verify().unwrap();
    error.to_string()
}

/// The message with which a sweep or a look at one fails.
fn unswept<R>(
    attempt: impl FnOnce(&mut Evaluator<f64>, &Graph) -> Result<R, EvaluationError>,
) -> String {
    refused(|graph| attempt(&mut Evaluator::new(graph), graph))
}

#[test]
fn a_wrong_number_of_operands() {
    let few = refused(|g| g.operation(Toy::Mul, &[node(g, "x")]));
    assert_snapshot!(few, @r#"mul takes 2 operands, got 1: %0 = feature "x""#);
    let none = refused(|g| g.operation(Toy::Add, &[]));
    assert_snapshot!(none, @"add takes at least 1 operand, got 0");
    let many = refused(|g| {
        let operands = ["x", "t", "sum", "square", "one", "x"].map(|name| node(g, name));
        g.operation(Toy::Mul, &operands)
    });
    assert_snapshot!(many, @r#"mul takes 2 operands, got 6: %0 = feature "x"; %1 = target "t"; %4 = add(%3, %0, %3) "sum"; %5 = mul(%4, %4) "square"; …"#);
    let pushed = refused(|g| g.push_operand(node(g, "square"), node(g, "x")));
    assert_snapshot!(pushed, @r#"mul takes 2 operands, got 3: %4 = add(%3, %0, %3) "sum"; %4 = add(%3, %0, %3) "sum"; %0 = feature "x""#);
    let removed = refused(|g| g.remove_operand(node(g, "square"), 1));
    assert_snapshot!(removed, @r#"mul takes 2 operands, got 1: %4 = add(%3, %0, %3) "sum""#);
    let set = refused(|g| g.set_operation(node(g, "sum"), Toy::Weigh(vec![1, 2])));
    assert_snapshot!(set, @r#"weigh takes 2 operands, got 3: %3 = mul(%2, %0) in "hidden.0"; %0 = feature "x"; %3 = mul(%2, %0) in "hidden.0""#);
    let inserted = refused(|g| g.insert_between(node(g, "sum"), 0, Toy::Mul, &[]));
    assert_snapshot!(inserted, @r#"mul takes 2 operands, got 1: %3 = mul(%2, %0) in "hidden.0""#);
    let after = refused(|g| g.insert_after(node(g, "x"), Toy::Mul, &[]));
    assert_snapshot!(after, @r#"mul takes 2 operands, got 1: %0 = feature "x""#);
    let added = refused(|g| g.additions().operation(Toy::Mul, &[]));
    assert_snapshot!(added, @"mul takes 2 operands, got 0");
}

#[test]
fn a_name_that_is_taken() {
    let feature = refused(|g| g.feature("x"));
    assert_snapshot!(feature, @r#"the name "x" is taken by %0 = feature "x""#);
    let target = refused(|g| g.target("sum"));
    assert_snapshot!(target, @r#"the name "sum" is taken by %4 = add(%3, %0, %3) "sum""#);
    let parameter = refused(|g| g.within("hidden", |g| g.within("0", |g| g.parameter("w", 1.0))));
    assert_snapshot!(parameter, @r#"the name "hidden.0.w" is taken by %2 = parameter 0.5 "w" in "hidden.0""#);
    let set = refused(|g| g.set_name(node(g, "sum"), "t"));
    assert_snapshot!(set, @r#"the name "t" is taken by %1 = target "t""#);
    let output = refused(|g| g.add_output("y", &[node(g, "x")]));
    assert_snapshot!(output, @r#"the name "y" is taken by another output"#);
}

#[test]
fn an_empty_name() {
    let feature = refused(|g| g.feature(""));
    assert_snapshot!(feature, @"a name needs at least one character");
    let set = refused(|g| g.set_name(node(g, "x"), ""));
    assert_snapshot!(set, @"a name needs at least one character");
    let output = refused(|g| g.add_output("", &[node(g, "x")]));
    assert_snapshot!(output, @"a name needs at least one character");
}

#[test]
fn a_stale_key() {
    // Nothing is stale in a graph as it was read, so each of these makes its own key before.
    fn stale<R, E: Display>(attempt: impl FnOnce(&mut Graph, NodeId) -> Result<R, E>) -> String {
        let mut graph = read("%0 = feature \"x\"\n%1 = add(%0) \"y\"\noutput \"y\" = %1");
        let gone = graph.constant(0.0);
        graph.remove(gone).unwrap();
        let before = state(&graph).unwrap();
        let error = attempt(&mut graph, gone).err().expect("an error");
        assert_eq!(state(&graph).unwrap(), before);
        graph.verify().unwrap();
        error.to_string()
    }
    let operand = stale(|g, gone| g.operation(Toy::Mul, &[node(g, "x"), gone]));
    assert_snapshot!(operand, @"operand 1 of mul is the key of a node that was removed");
    let looked_at = stale(|g, gone| g.kind(gone).map(|_| ()));
    assert_snapshot!(looked_at, @"the key is the key of a node that was removed");
    let named = stale(|g, gone| g.set_name(gone, "z"));
    assert_snapshot!(named, @r#"the node to name "z" is the key of a node that was removed"#);
    let output = stale(|g, gone| g.add_output("z", &[node(g, "x"), gone]));
    assert_snapshot!(output, @r#"node 1 of the output "z" is the key of a node that was removed"#);
    let redirected = stale(|g, gone| g.redirect(node(g, "y"), 0, gone));
    assert_snapshot!(redirected, @"the new operand is the key of a node that was removed");
    let edited = stale(|g, gone| g.redirect(gone, 0, node(g, "x")));
    assert_snapshot!(edited, @"the node to edit is the key of a node that was removed");
    let replaced = stale(|g, gone| g.replace(gone, node(g, "x")));
    assert_snapshot!(replaced, @"the node to replace is the key of a node that was removed");
    let replacement = stale(|g, gone| g.replace(node(g, "x"), gone));
    assert_snapshot!(replacement, @"the replacement is the key of a node that was removed");
    let inserted = stale(|g, gone| g.insert_between(node(g, "y"), 0, Toy::Mul, &[gone]));
    assert_snapshot!(inserted, @"operand 1 of mul is the key of a node that was removed");
    let after = stale(|g, gone| g.insert_after(node(g, "x"), Toy::Mul, &[gone]));
    assert_snapshot!(after, @"operand 1 of mul is the key of a node that was removed");
    let after = stale(|g, gone| g.insert_after(gone, Toy::Add, &[]));
    assert_snapshot!(after, @"the node to insert after is the key of a node that was removed");
    let pushed = stale(|g, gone| g.push_operand(node(g, "y"), gone));
    assert_snapshot!(pushed, @"the new operand is the key of a node that was removed");
    let yielded = stale(|g, gone| g.redirect_output("y", &[gone]));
    assert_snapshot!(yielded, @r#"node 0 of the output "y" is the key of a node that was removed"#);
    let removed = stale(Graph::remove);
    assert_snapshot!(removed, @"the node to remove is the key of a node that was removed");
    stale(Graph::remove_cascade);
    let parameter = stale(|g, gone| g.set_parameter(gone, 1.0));
    assert_snapshot!(parameter, @"the parameter is the key of a node that was removed");
    let target = stale(|g, gone| Evaluator::<f64>::new(g).forward(g, &[gone]));
    assert_snapshot!(target, @"node 0 of the sweep is the key of a node that was removed");
    let seeded = stale(|g, gone| Evaluator::new(g).reverse(g, &[(gone, 1.0)]));
    assert_snapshot!(seeded, @"node 0 of the sweep is the key of a node that was removed");
    let input = stale(|g, gone| Evaluator::new(g).set_input(g, gone, 1.0));
    assert_snapshot!(input, @"the input is the key of a node that was removed");
}

#[test]
fn a_key_of_another_graph_or_of_a_clone() {
    let other = read("%0 = feature \"x\"");
    let operand = refused(|g| g.operation(Toy::Mul, &[node(g, "x"), node(&other, "x")]));
    assert_snapshot!(operand, @"operand 1 of mul is a key of another graph");
    let operand_of_clone = refused(|g| {
        let clone = g.clone();
        g.operation(Toy::Mul, &[node(&clone, "x"), node(g, "x")])
    });
    assert_snapshot!(operand_of_clone, @"operand 0 of mul is a key of another graph");
    let mapped = refused(|g| g.clone_with_keys().1.get(node(&other, "x")));
    assert_snapshot!(mapped, @"the key to map is a key of another graph");
    let swept = unswept(|e, g| e.forward(g, &[node(&other, "x")]));
    assert_snapshot!(swept, @"node 0 of the sweep is a key of another graph");
    let value = unswept(|e, _| e.value(node(&other, "x")));
    assert_snapshot!(value, @"the key is a key of another graph");
    let adjoint = unswept(|e, _| e.adjoint(node(&other, "x")));
    assert_snapshot!(adjoint, @"the key is a key of another graph");
}

#[test]
fn a_node_of_another_kind() {
    let redirected = refused(|g| g.redirect(node(g, "x"), 0, node(g, "t")));
    assert_snapshot!(redirected, @r#"an operation is wanted, got %0 = feature "x""#);
    let set = refused(|g| g.set_operation(node(g, "one"), Toy::Add));
    assert_snapshot!(set, @r#"an operation is wanted, got %6 = constant 1.0 "one""#);
    let pushed = refused(|g| g.push_operand(g.find("hidden.0", "w").unwrap(), node(g, "t")));
    assert_snapshot!(pushed, @r#"an operation is wanted, got %2 = parameter 0.5 "w" in "hidden.0""#);
    let parameter = refused(|g| g.set_parameter(node(g, "one"), 2.0));
    assert_snapshot!(parameter, @r#"a parameter is wanted, got %6 = constant 1.0 "one""#);
    let value = refused(|g| g.parameter_value(node(g, "sum")));
    assert_snapshot!(value, @r#"a parameter is wanted, got %4 = add(%3, %0, %3) "sum""#);
    let input = unswept(|e, g| e.set_input(g, node(g, "sum"), 1.0));
    assert_snapshot!(input, @r#"an input is wanted, got %4 = add(%3, %0, %3) "sum""#);
}

#[test]
fn an_operand_that_is_not_there() {
    let redirected = refused(|g| g.redirect(node(g, "square"), 2, node(g, "x")));
    assert_snapshot!(redirected, @r#"%5 = mul(%4, %4) "square" has no operand 2, only 2, counted from 0"#);
    refused(|g| g.remove_operand(node(g, "sum"), 3));
    refused(|g| g.insert_between(node(g, "sum"), 3, Toy::Add, &[]));
}

#[test]
fn an_edit_that_closes_a_cycle() {
    let redirected = refused(|g| g.redirect(node(g, "sum"), 1, node(g, "square")));
    assert_snapshot!(redirected, @r#"the edit would close a cycle: %4 = add(%3, %0, %3) "sum", used by %5 = mul(%4, %4) "square", used by %4 = add(%3, %0, %3) "sum""#);
    let to_itself = refused(|g| g.redirect(node(g, "sum"), 1, node(g, "sum")));
    assert_snapshot!(to_itself, @r#"the edit would close a cycle: %4 = add(%3, %0, %3) "sum", used by %4 = add(%3, %0, %3) "sum""#);
    let pushed = refused(|g| g.push_operand(node(g, "sum"), node(g, "sum")));
    assert_snapshot!(pushed, @r#"the edit would close a cycle: %4 = add(%3, %0, %3) "sum", used by %4 = add(%3, %0, %3) "sum""#);
    let inserted = refused(|g| {
        let others = ["t", "square"].map(|name| node(g, name));
        g.insert_between(node(g, "sum"), 0, Toy::Add, &others)
    });
    assert_snapshot!(inserted, @r#"the edit would close a cycle: %4 = add(%3, %0, %3) "sum", used by %5 = mul(%4, %4) "square", used by %4 = add(%3, %0, %3) "sum""#);
    let after = refused(|g| g.insert_after(node(g, "x"), Toy::Mul, &[node(g, "square")]));
    assert_snapshot!(after, @r#"the edit would close a cycle: %4 = add(%3, %0, %3) "sum", used by %5 = mul(%4, %4) "square", used by %4 = add(%3, %0, %3) "sum""#);
    // `square` stands above two users of `x`; that `sum` is one is found on the way.
    let replaced = refused(|g| g.replace(node(g, "x"), node(g, "square")));
    assert_snapshot!(replaced, @r#"the edit would close a cycle: %4 = add(%3, %0, %3) "sum", used by %5 = mul(%4, %4) "square", used by %4 = add(%3, %0, %3) "sum""#);
    let by_a_user = refused(|g| g.replace(node(g, "sum"), node(g, "square")));
    assert_snapshot!(by_a_user, @r#"the edit would close a cycle: %5 = mul(%4, %4) "square", used by %5 = mul(%4, %4) "square""#);
}

#[test]
fn removal_of_what_is_used() {
    let by_a_node = refused(|g| g.remove(node(g, "x")));
    assert_snapshot!(by_a_node, @r#"%0 = feature "x" is used by %3 = mul(%2, %0) in "hidden.0""#);
    let by_an_output = refused(|g| g.remove(node(g, "square")));
    assert_snapshot!(by_an_output, @r#"%5 = mul(%4, %4) "square" is used by the output "y""#);
}

#[test]
fn outputs_that_are_not_there_or_empty() {
    let added = refused(|g| g.add_output("z", &[]));
    assert_snapshot!(added, @r#"the output "z" needs at least one node"#);
    let redirected = refused(|g| g.redirect_output("y", &[]));
    assert_snapshot!(redirected, @r#"the output "y" needs at least one node"#);
    let missing = refused(|g| g.redirect_output("z", &[node(g, "x")]));
    assert_snapshot!(missing, @r#"there is no output "z""#);
    let removed = refused(|g| g.remove_output("z"));
    assert_snapshot!(removed, @r#"there is no output "z""#);
}

#[test]
fn an_evaluator_of_another_graph() {
    let clone = refused(|g| Evaluator::<f64>::new(&g.clone()).forward_outputs(g));
    assert_snapshot!(clone, @"this evaluator was made for another graph; make one with `Evaluator::new`");
    let set = refused(|g| Evaluator::<f64>::new(&g.clone()).set_features(g, &[1.0]));
    assert_eq!(set, clone);
    let input = refused(|g| Evaluator::<f64>::new(&g.clone()).set_input(g, node(g, "x"), 1.0));
    assert_eq!(input, clone);
    let reverse = refused(|g| Evaluator::<f64>::new(&g.clone()).reverse(g, &[]));
    assert_eq!(reverse, clone);
    let traced = refused(|g| Evaluator::<f64>::new(&g.clone()).first_non_finite(g));
    assert_eq!(traced, clone);
}

#[test]
fn inputs_that_are_missing_or_too_many() {
    let features = unswept(|e, g| e.set_features(g, &[]));
    assert_snapshot!(features, @"the graph has 1 feature, got 0 values");
    let targets = unswept(|e, g| e.set_targets(g, &[1.0, 2.0]));
    assert_snapshot!(targets, @"the graph has 1 target, got 2 values");
    let unset = unswept(Evaluator::forward_outputs);
    assert_snapshot!(unset, @r#"%0 = feature "x" has no value, and is needed; `set_features` gives it one"#);
    let unset = unswept(|e, g| e.reverse(g, &[(node(g, "t"), 1.0)]));
    assert_snapshot!(unset, @r#"%1 = target "t" has no value, and is needed; `set_targets` gives it one"#);
}

#[test]
fn values_that_were_never_computed() {
    let value = unswept(|e, g| e.value(node(g, "sum")));
    assert_snapshot!(value, @"this node has not been computed: run a sweep that needs it first");
    // An evaluator knows nothing of a node that is younger than its last sweep.
    let mut graph = read("%0 = feature \"x\"");
    let evaluator = Evaluator::<f64>::new(&graph);
    let young = graph.constant(1.0);
    assert_eq!(evaluator.value(young), Err(EvaluationError::NotComputed));
    assert_eq!(evaluator.adjoint(young), Err(EvaluationError::NotComputed));
    let traced = evaluator.first_non_finite(&graph);
    assert_eq!(traced, Err(EvaluationError::NotComputed));
}

#[test]
fn an_operation_that_does_not_run_in_this_scalar_type() {
    let mut graph = read("%0 = feature \"x\"\n%1 = weigh[16777217](%0) \"y\"");
    let (x, y) = (node(&graph, "x"), node(&graph, "y"));
    let mut evaluator = Evaluator::<f32>::new(&graph);
    evaluator.set_features(&graph, &[1.0]).unwrap();
    let error = evaluator.forward(&graph, &[y]).unwrap_err();
    assert_snapshot!(error, @r#"%1 = weigh[16777217](%0) "y" does not run in f32"#);
    // What does not need it is computed, and so is all once it is replaced.
    let double = graph.operation(Toy::Weigh(vec![2]), &[x]).unwrap();
    evaluator.forward(&graph, &[double]).unwrap();
    assert_eq!(evaluator.value(double), Ok(2.0));
    graph
        .set_operation(y, Toy::Weigh(vec![16_777_216]))
        .unwrap();
    evaluator.forward(&graph, &[y]).unwrap();
    assert_eq!(evaluator.value(y), Ok(16_777_216.0));
}
