//! Sweeps: values, partial targets, edits in between, and where a NaN came from.

use crate::toy::{Graph, Toy, node, read};
use dagrad_graph::{EvaluationError, Evaluator};
use insta::assert_snapshot;

/// Features and targets in declared order give the value of `y`.
fn check(listing: &str, features: &[f64], value: f64) {
    let graph = read(listing);
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, features).unwrap();
    let y = node(&graph, "y");
    evaluator.forward(&graph, &[y]).unwrap();
    let found = evaluator.value(y).unwrap();
    assert_eq!(found.to_bits(), value.to_bits(), "{found} is not {value}");
    let mut single = Evaluator::<f32>::new(&graph);
    for (input, &value) in graph.features().zip(features) {
        single.set_input(&graph, input, value as f32).unwrap();
    }
    single.forward(&graph, &[y]).unwrap();
    assert_eq!(single.value(y).unwrap().to_bits(), (value as f32).to_bits());
}

#[test]
fn a_sweep_gives_the_value() {
    check("%0 = feature \"y\"", &[3.0], 3.0);
    check("%0 = parameter -0.0 \"y\"", &[], -0.0);
    check("%0 = constant 2.0 \"y\"", &[], 2.0);
    check("%0 = feature\n%1 = mul(%0, %0) \"y\"", &[3.0], 9.0);
    check(
        r#"
        %0 = feature
        %1 = feature
        %2 = parameter 2.0
        %3 = constant -5.0
        %4 = mul(%0, %2)
        %5 = weigh[1 -3](%4, %1)
        %6 = add(%5, %3, %5, %0) "y"
        "#,
        &[3.0, 1.0],
        4.0,
    );
}

#[test]
fn operands_arrive_from_left_to_right() {
    // 1e16 + 1 rounds to 1e16.
    let large = "10000000000000000";
    for (weights, value) in [
        (format!("{large} 1 -{large}"), 0.0),
        (format!("{large} -{large} 1"), 1.0),
    ] {
        let graph = read(&format!(
            "%0 = constant 1.0\n%1 = weigh[{weights}](%0, %0, %0) \"y\""
        ));
        let y = node(&graph, "y");
        let mut evaluator = Evaluator::<f64>::new(&graph);
        evaluator.forward(&graph, &[y]).unwrap();
        assert_eq!(evaluator.value(y), Ok(value));
    }
}

const LOSS: &str = r#"
    %0 = feature "x"
    %1 = target "t"
    %2 = parameter 2.0 "w"
    %3 = mul(%2, %0) "prediction"
    %4 = weigh[1 -1](%3, %1) "error"
    %5 = mul(%4, %4) "loss"
    output "prediction" = %3
    output "loss" = %5
"#;

#[test]
fn a_prediction_needs_no_targets_and_a_loss_does() {
    let graph = read(LOSS);
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    let [prediction, loss] = ["prediction", "loss"].map(|name| node(&graph, name));
    evaluator.forward(&graph, &[prediction]).unwrap();
    assert_eq!(evaluator.value(prediction), Ok(6.0));
    assert_eq!(evaluator.value(loss), Err(EvaluationError::NotComputed));
    let unset = evaluator.forward_outputs(&graph).unwrap_err();
    assert!(matches!(unset, EvaluationError::InputNotSet { .. }));
    evaluator.set_targets(&graph, &[7.0]).unwrap();
    evaluator.forward_outputs(&graph).unwrap();
    assert_eq!(evaluator.value(loss), Ok(1.0));
    // A sweep of nothing does nothing.
    evaluator.forward(&graph, &[]).unwrap();
}

#[test]
fn a_parameter_that_is_changed_in_the_graph_is_noticed() {
    let mut graph = read(LOSS);
    let prediction = node(&graph, "prediction");
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.forward(&graph, &[prediction]).unwrap();
    graph.set_parameter(node(&graph, "w"), -1.0).unwrap();
    evaluator.forward(&graph, &[prediction]).unwrap();
    assert_eq!(evaluator.value(prediction), Ok(-3.0));
}

#[test]
fn edits_are_noticed_and_inputs_kept() {
    let mut graph = read(LOSS);
    let [x, t, prediction, loss] = ["x", "t", "prediction", "loss"].map(|name| node(&graph, name));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.set_targets(&graph, &[7.0]).unwrap();
    evaluator.forward(&graph, &[loss]).unwrap();

    // Another feature, declared later, has no value yet; the others have theirs.
    let z = graph.feature("z").unwrap();
    graph.insert_between(prediction, 1, Toy::Add, &[z]).unwrap();
    let unset = evaluator.forward(&graph, &[loss]).unwrap_err();
    assert_snapshot!(unset, @r#"%2 = feature "z" has no value, and is needed; `set_features` gives it one"#);
    evaluator.set_input(&graph, z, 1.0).unwrap();
    evaluator.forward(&graph, &[loss]).unwrap();
    assert_eq!(evaluator.value(prediction), Ok(8.0));
    assert_eq!(evaluator.value(loss), Ok(1.0));

    // A slot that is used again gets no value of the node that it held before.
    graph.replace(x, z).unwrap();
    graph.remove(x).unwrap();
    let other = graph.feature("x").unwrap();
    evaluator.forward(&graph, &[loss]).unwrap();
    assert_eq!(evaluator.value(prediction), Ok(4.0));
    assert_eq!(evaluator.value(other), Err(EvaluationError::NotComputed));
    assert_eq!(evaluator.value(t), Ok(7.0));
}

#[test]
fn what_was_computed_before_an_edit_is_forgotten_by_the_next_sweep() {
    let mut graph = read(LOSS);
    let prediction = node(&graph, "prediction");
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.reverse(&graph, &[(prediction, 1.0)]).unwrap();
    assert_eq!(evaluator.adjoint(node(&graph, "x")), Ok(2.0));
    graph.set_operation(prediction, Toy::Add).unwrap();
    evaluator.forward(&graph, &[]).unwrap();
    assert_eq!(
        evaluator.value(prediction),
        Err(EvaluationError::NotComputed)
    );
    assert_eq!(
        evaluator.adjoint(node(&graph, "x")),
        Err(EvaluationError::NotComputed)
    );
    evaluator.forward(&graph, &[prediction]).unwrap();
    assert_eq!(evaluator.value(prediction), Ok(5.0));
}

#[test]
fn the_graph_is_walked_once_and_again_after_a_batch_of_edits_only() {
    let mut graph = read(LOSS);
    let [x, w, loss] = ["x", "w", "loss"].map(|name| node(&graph, name));
    let mut evaluator = Evaluator::new(&graph);
    for step in 0..100 {
        let value = f64::from(step);
        evaluator.set_features(&graph, &[value]).unwrap();
        evaluator.set_targets(&graph, &[value]).unwrap();
        evaluator.reverse(&graph, &[(loss, 1.0)]).unwrap();
        graph.set_parameter(w, value).unwrap();
    }
    assert_eq!(evaluator.orderings(), 1);
    for _ in 0..10 {
        let c = graph.constant(1.0);
        graph.operation(Toy::Mul, &[x, c]).unwrap();
    }
    evaluator.reverse(&graph, &[(loss, 1.0)]).unwrap();
    evaluator.forward(&graph, &[loss]).unwrap();
    assert_eq!(evaluator.orderings(), 2);
}

#[test]
fn a_copy_of_an_evaluator_goes_on_by_itself() {
    let graph = read("%0 = feature \"x\"\n%1 = add(%0, %0) \"y\"");
    let (x, y) = (node(&graph, "x"), node(&graph, "y"));
    let mut one = Evaluator::new(&graph);
    one.set_input(&graph, x, 1.0).unwrap();
    let mut other = one.clone();
    other.set_input(&graph, x, 2.0).unwrap();
    one.forward(&graph, &[y]).unwrap();
    other.forward(&graph, &[y]).unwrap();
    assert_eq!((one.value(y), other.value(y)), (Ok(2.0), Ok(4.0)));
}

/// Where the first NaN or infinity came from, with 1e300 for every feature.
fn traced(graph: &Graph) -> String {
    let mut evaluator = Evaluator::new(graph);
    let features = vec![1e300; graph.features().count()];
    evaluator.set_features(graph, &features).unwrap();
    let all: Vec<_> = graph.canonical_order().iter().collect();
    evaluator.forward(graph, &all).unwrap();
    let found = evaluator.first_non_finite(graph).unwrap();
    found.map_or("every value is finite".to_owned(), |found| {
        found.to_string()
    })
}

#[test]
fn the_first_value_that_is_not_finite_is_found() {
    let overflow = traced(&read(
        r#"
        %0 = feature "x"
        %1 = parameter -2.0 "w" in "a"
        %2 = add(%0, %1) "fine"
        %3 = mul(%0, %2) "overflow"
        %4 = weigh[0 1](%3, %3) "nan"
        output "y" = %4
    "#,
    ));
    assert_snapshot!(overflow, @r#"%3 = mul(%0, %2) "overflow" is inf where %0 = feature "x" is 1e300 and %2 = add(%0, %1) "fine" is 1e300"#);
    assert_snapshot!(traced(&read("%0 = feature \"x\"\n%1 = parameter nan \"w\"\n%2 = mul(%0, %1)")), @r#"%1 = parameter nan "w" is NaN"#);
    assert_snapshot!(traced(&read("%0 = feature \"x\"\n%1 = add(%0)")), @"every value is finite");
}

#[test]
fn what_was_not_computed_is_not_searched() {
    let graph = read("%0 = feature \"x\"\n%1 = mul(%0, %0) \"square\"");
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[1e300]).unwrap();
    assert_eq!(evaluator.first_non_finite(&graph), Ok(None));
    evaluator
        .forward(&graph, &[node(&graph, "square")])
        .unwrap();
    assert!(evaluator.first_non_finite(&graph).unwrap().is_some());
    // The square is that of another value now.
    evaluator.set_features(&graph, &[1.0]).unwrap();
    assert_eq!(evaluator.first_non_finite(&graph), Ok(None));
}
