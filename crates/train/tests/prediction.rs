//! Prediction by position and by name.

use dagrad_graph::Graph;
use dagrad_ops::{GraphOperations, GraphScope, Op};
use dagrad_train::{Predictor, predict};
use insta::assert_snapshot;

/// `difference = x − y`, and a loss that needs a target.
fn graph() -> Graph<Op> {
    let mut graph = Graph::new();
    let (x, y) = (graph.feature("x").unwrap(), graph.feature("y").unwrap());
    let difference = graph.sub(x, y).unwrap();
    graph.add_output("difference", &[difference]).unwrap();
    graph
}

#[test]
fn features_are_given_by_position_or_by_name() {
    let graph = graph();
    assert_eq!(predict(&graph, &[5.0, 3.0]).unwrap(), [2.0]);
    let mut predictor = Predictor::new(&graph).unwrap();
    assert_eq!(predictor.predict(&graph, &[5.0, 3.0]).unwrap(), [2.0]);
    let named = predictor.predict_named(&graph, &[("y", 3.0), ("x", 5.0)]);
    assert_eq!(named.unwrap(), [2.0]);
}

#[test]
fn a_prediction_needs_no_targets_and_may_be_a_list() {
    let mut graph = graph();
    let difference = graph.output("difference").unwrap()[0];
    let x = graph.find("", "x").unwrap();
    let loss = graph
        .scope(|s| (s.at(difference) - s.target("t")).square().id())
        .unwrap();
    graph.add_output("loss", &[loss]).unwrap();
    graph.add_output("both", &[difference, x]).unwrap();
    let mut predictor = Predictor::of(&graph, "both").unwrap();
    assert_eq!(predictor.predict(&graph, &[5.0, 3.0]).unwrap(), [2.0, 5.0]);
    let mut predictor = Predictor::of(&graph, "loss").unwrap();
    let error = predictor.predict(&graph, &[5.0, 3.0]).unwrap_err();
    assert_snapshot!(error, @r#"%2 = target "t" has no value, and is needed; `set_targets` gives it one"#);
}

/// The tutorial's second exercise: its `predict` walks the whole tree to find the inputs.
#[test]
fn predicting_never_walks_the_graph_to_find_its_inputs() {
    let graph = graph();
    let mut predictor = Predictor::new(&graph).unwrap();
    for step in 0..100 {
        let x = f64::from(step);
        predictor.predict(&graph, &[x, 1.0]).unwrap();
        predictor
            .predict_named(&graph, &[("x", x), ("y", 2.0)])
            .unwrap();
    }
    assert_eq!(predictor.evaluator().orderings(), 1);
    assert_eq!(predictor.evaluator().evaluations(), 200);
}

#[test]
fn what_cannot_be_predicted_is_refused() {
    let refused = |features: &[(&str, f64)]| {
        let graph = graph();
        let mut predictor = Predictor::new(&graph).unwrap();
        predictor
            .predict_named(&graph, features)
            .unwrap_err()
            .to_string()
    };
    assert_snapshot!(refused(&[("x", 1.0)]), @r#"%1 = feature "y" is not given"#);
    assert_snapshot!(refused(&[("x", 1.0), ("z", 1.0)]), @r#"no feature is called "z"; there is: x, y"#);
    assert_snapshot!(refused(&[("x", 1.0), ("x", 1.0)]), @r#"the feature "x" is given twice"#);
    assert_snapshot!(predict(&graph(), &[1.0]).unwrap_err(), @"the graph has 2 features, got 1 value");
    let mut none = graph();
    none.remove_output("difference").unwrap();
    assert_snapshot!(predict(&none, &[1.0, 2.0]).unwrap_err(), @"the graph has no output; declare one with `add_output`");
    let mut several = graph();
    let x = several.find("", "x").unwrap();
    several.add_output("x", &[x]).unwrap();
    assert_snapshot!(predict(&several, &[1.0, 2.0]).unwrap_err(), @"the graph has several outputs, name one of them: difference, x");
    assert_snapshot!(Predictor::of(&several, "y").unwrap_err(), @r#"there is no output "y"; there is: difference, x"#);
    let mut predictor = Predictor::new(&graph()).unwrap();
    assert_snapshot!(predictor.predict(&graph(), &[1.0, 2.0]).unwrap_err(), @"this evaluator was made for another graph; make one with `Evaluator::new`");
}

#[test]
fn a_predictor_yields_what_its_output_has_become() {
    let mut graph = graph();
    let mut predictor = Predictor::new(&graph).unwrap();
    assert_eq!(predictor.predict(&graph, &[5.0, 3.0]).unwrap(), [2.0]);
    let (x, y) = (graph.find("", "x").unwrap(), graph.find("", "y").unwrap());
    graph.redirect_output("difference", &[y, x]).unwrap();
    assert_eq!(predictor.predict(&graph, &[5.0, 3.0]).unwrap(), [3.0, 5.0]);
    graph.remove_output("difference").unwrap();
    let error = predictor.predict(&graph, &[5.0, 3.0]).unwrap_err();
    assert_snapshot!(error, @r#"there is no output "difference"; there is: none"#);
}

#[test]
fn a_name_with_dots_is_looked_for_among_the_features() {
    let mut graph = Graph::<Op>::new();
    graph.parameter("a.b", 1.0).unwrap();
    let b = graph.within("a", |graph| graph.feature("b")).unwrap();
    graph.add_output("b", &[b]).unwrap();
    let mut predictor = Predictor::new(&graph).unwrap();
    let named = predictor.predict_named(&graph, &[("a.b", 2.0)]);
    assert_eq!(named.unwrap(), [2.0]);
    graph.feature("a.c").unwrap();
    graph.within("a", |graph| graph.feature("c")).unwrap();
    let named = predictor.predict_named(&graph, &[("a.c", 2.0)]);
    assert_snapshot!(named.unwrap_err(), @r#"several features are called "a.c"; give the features by position"#);
    let named = predictor.predict_named(&graph, &[("c", 2.0)]);
    assert_snapshot!(named.unwrap_err(), @r#"no feature is called "c"; there is: a.b, a.c, a.c"#);
}
