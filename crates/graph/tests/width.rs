//! Width: a value with very many users, and a node with very many operands. What is done to them takes
//! time in proportion; were it quadratic, these tests would not end.

use crate::toy::macros::{ToyMacro, registry};
use crate::toy::{Graph, Toy, body, node, read};
use dagrad_graph::Build as _;
use dagrad_graph::Evaluator;

const USERS: usize = 200_000;

/// A feature `x` and a constant `c` that all of `USERS` products use.
fn wide() -> Graph {
    let mut graph = read("%0 = feature \"x\"\n%1 = constant 2.0 \"c\"");
    let (x, c) = (node(&graph, "x"), node(&graph, "c"));
    for _ in 0..USERS {
        graph.operation(Toy::Mul, &[x, c]).unwrap();
    }
    graph
}

#[test]
fn a_value_with_many_users_is_removed_with_all_of_them() {
    let mut graph = wide();
    let removed = graph.remove_cascade(node(&graph, "x")).unwrap();
    assert_eq!(removed.nodes, USERS + 1);
    assert_eq!(body(&graph), "%0 = constant 2.0 \"c\"\n");
    graph.verify().unwrap();
}

#[test]
fn many_users_are_pruned_and_the_others_stay() {
    let mut graph = wide();
    let x = node(&graph, "x");
    let kept: Vec<_> = graph.users(x).unwrap().step_by(1000).collect();
    graph.add_output("y", &kept).unwrap();
    assert_eq!(graph.prune(), USERS - kept.len());
    assert!(graph.users(x).unwrap().eq(kept));
    graph.verify().unwrap();
}

#[test]
fn a_value_with_many_users_is_replaced_in_all_of_them() {
    let mut graph = wide();
    let (x, c) = (node(&graph, "x"), node(&graph, "c"));
    graph.replace(x, c).unwrap();
    assert_eq!(graph.users(x).unwrap().len(), 0);
    assert_eq!(graph.users(c).unwrap().len(), 2 * USERS);
    graph.verify().unwrap();
}

#[test]
fn additions_of_many_users_are_taken_back() {
    let mut graph = wide();
    let (x, c) = (node(&graph, "x"), node(&graph, "c"));
    let mut additions = graph.additions();
    for _ in 0..USERS {
        additions.operation(Toy::Mul, &[x, c]).unwrap();
    }
    drop(additions);
    assert_eq!(graph.users(x).unwrap().len(), USERS);
    graph.verify().unwrap();
}

#[test]
fn a_sum_of_many_operands_is_swept_and_its_errors_come_at_once() {
    let mut graph = wide();
    let (x, c) = (node(&graph, "x"), node(&graph, "c"));
    let operands: Vec<_> = graph.users(x).unwrap().collect();
    let sum = graph.operation(Toy::Add, &operands).unwrap();
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.reverse(&graph, &[(sum, 1.0)]).unwrap();
    assert_eq!(evaluator.value(sum), Ok(6.0 * USERS as f64));
    assert_eq!(evaluator.adjoint(x), Ok(2.0 * USERS as f64));
    assert_eq!(evaluator.adjoint(c), Ok(3.0 * USERS as f64));

    // A message about many operands looks for all of their positions in one pass.
    let many = graph
        .operation(Toy::Mul, &operands)
        .unwrap_err()
        .to_string();
    assert!(
        many.starts_with("mul takes 2 operands, got 200000: %2 = "),
        "{many}"
    );
    evaluator.set_features(&graph, &[5e303]).unwrap();
    evaluator.forward(&graph, &[sum]).unwrap();
    let traced = evaluator.first_non_finite(&graph).unwrap().unwrap();
    assert_eq!(traced.operands.len() + traced.more, USERS);
    assert!(
        traced.to_string().len() < 500,
        "{:.500}",
        traced.to_string()
    );
}

#[test]
fn many_macros_of_one_value_are_expanded() {
    const MACROS: usize = USERS / 4;
    let mut graph = read("%0 = feature \"x\"");
    let x = node(&graph, "x");
    let ports: Vec<_> = (0..MACROS)
        .map(|number| {
            let name = format!("m{number}");
            graph.add_macro(&*name, ToyMacro::Square, &[x]).unwrap()[0]
        })
        .collect();
    let sum = graph.operation(Toy::Add, &ports).unwrap();
    graph.expand(0).unwrap();
    graph.verify().unwrap();
    assert_eq!(graph.len(), 2 + MACROS);
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.forward(&graph, &[sum]).unwrap();
    assert_eq!(evaluator.value(sum), Ok(9.0 * MACROS as f64));
}

#[test]
fn a_macro_with_many_ports_is_read_and_expanded() {
    const PORTS: usize = USERS / 4;
    let mut graph = read("%0 = feature \"x\"");
    let x = node(&graph, "x");
    let fan = graph.add_macro(None, ToyMacro::Fan(PORTS), &[x]).unwrap();
    let passed = graph.add_macro(None, ToyMacro::Pass, &fan).unwrap();
    let sum = graph.operation(Toy::Add, &passed).unwrap();
    graph.add_output("y", &[sum]).unwrap();
    graph.add_output("passed", &passed).unwrap();
    let text = graph.to_string();
    let mut copy = Graph::parse(&text, &registry()).unwrap();
    graph.expand(0).unwrap();
    graph.verify().unwrap();
    assert_eq!(graph.len(), 2 + 3 * PORTS);
    assert_eq!(graph.output("passed"), Some(fan));
    copy.expand(0).unwrap();
    assert!(
        copy.to_string() == graph.to_string(),
        "the copy has another text"
    );
}

#[test]
fn many_nodes_of_an_expansion_that_fails_are_taken_back() {
    let mut graph = wide();
    let (x, c) = (node(&graph, "x"), node(&graph, "c"));
    let port = graph
        .add_macro(None, ToyMacro::Fan(USERS / 4), &[x])
        .unwrap()[0];
    graph
        .add_macro(None, ToyMacro::Fails("refused".to_owned()), &[port])
        .unwrap();
    graph.expand(0).unwrap_err();
    assert_eq!(graph.users(x).unwrap().len(), USERS + 1);
    assert_eq!(graph.users(c).unwrap().len(), USERS);
    graph.verify().unwrap();
}

/// Each edit of a leaf's use costs what it touches, not what the graph holds.
#[test]
fn many_edits_of_one_sum_come_at_once() {
    let mut graph = read("%0 = feature \"x\"\n%1 = feature \"z\"");
    let (x, z) = (node(&graph, "x"), node(&graph, "z"));
    let sum = graph.operation(Toy::Add, &vec![x; USERS]).unwrap();
    graph.replace(x, z).unwrap();
    assert_eq!(graph.users(x).unwrap().len(), 0);
    assert_eq!(graph.users(z).unwrap().len(), USERS);
    for _ in 0..USERS / 10 {
        graph.push_operand(sum, x).unwrap();
        let spare = graph.operation(Toy::Add, &[x, x]).unwrap();
        graph.redirect(spare, 0, z).unwrap();
        graph.remove(spare).unwrap();
    }
    let last = graph.operands(sum).unwrap().len() - 1;
    for operand in (last - 1000..=last).rev() {
        graph.remove_operand(sum, operand).unwrap();
    }
    graph.verify().unwrap();
    graph.remove(sum).unwrap();
    graph.verify().unwrap();
}
