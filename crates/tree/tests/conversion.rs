//! What a tree looks like as a graph.

use dagrad_tree::{
    ConvertError, Input, Parameter, add, binary_classifier, constant, input, multiply,
};

#[test]
fn every_node_becomes_a_node_of_its_own() {
    let graph = binary_classifier([0.7, -0.3, 0.9, 0.2, -0.1]).to_graph("above");
    let graph = graph.unwrap();
    graph.verify().unwrap();
    insta::assert_snapshot!(graph.to_string(), @r#"
    dagrad graph 1
    %0 = feature
    %1 = feature
    %2 = parameter 0.7
    %3 = parameter -0.3
    %4 = parameter 0.9
    %5 = parameter 0.2
    %6 = parameter -0.1
    %7 = mul(%3, %0)
    %8 = mul(%4, %1)
    %9 = add(%7, %8, %5)
    %10 = relu(%9)
    %11 = mul(%2, %10)
    %12 = add(%11, %6)
    %13 = sigmoid(%12)
    output "above" = %13
    "#);
}

#[test]
fn leaves_keep_their_names() {
    let weight = Parameter::new(0.5).named("w");
    let tree = add([
        multiply([weight.into(), Input::default().named("x").into()]),
        constant(-1.0),
        input(),
    ]);
    insta::assert_snapshot!(tree.to_graph("y").unwrap().to_string(), @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = feature
    %2 = parameter 0.5 "w"
    %3 = mul(%2, %0)
    %4 = constant -1.0
    %5 = add(%3, %4, %1)
    output "y" = %5
    "#);
}

#[test]
fn a_leaf_alone_is_a_graph() {
    insta::assert_snapshot!(constant(-0.0).to_graph("zero").unwrap().to_string(), @r#"
    dagrad graph 1
    %0 = constant -0.0
    output "zero" = %0
    "#);
}

#[test]
fn a_name_that_two_leaves_have_is_refused() {
    let x = || Input::default().named("x").into();
    let error = add([x(), x()]).to_graph("y").unwrap_err();
    assert!(matches!(error, ConvertError::Build(_)));
    insta::assert_snapshot!(error.to_string(), @r#"the name "x" is taken by %0 = feature "x""#);
    let error = x().to_graph("").unwrap_err();
    assert!(matches!(error, ConvertError::Output(_)));
}
