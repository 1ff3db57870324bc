//! What a snapshot of a build shows, before and after expansion.

use dagrad_graph::{Graph, Macro, NodeId};
use dagrad_nn::{
    Activate, Activation, BinaryCrossEntropy, BinaryCrossEntropyFromLogits,
    CategoricalCrossEntropy, GraphLayers as _, Hinge, Huber, MeanAbsolute, MeanSquared, Mlp,
    SoftmaxCrossEntropy,
};
use dagrad_ops::Op;
use insta::assert_snapshot;

/// The listing, without the values of parameters, before and after expansion.
fn listings(build: impl FnOnce(&mut Graph<Op>)) -> (String, String) {
    let mut graph = Graph::new();
    build(&mut graph);
    let before = graph.to_string();
    graph.expand(1).unwrap();
    graph.verify().unwrap();
    let after = graph.listing().without_parameter_values();
    (before, after.to_string())
}

#[test]
fn a_classifier() {
    let (before, after) = listings(|g| {
        let xs = [g.feature("x").unwrap(), g.feature("y").unwrap()];
        let ts = [g.target("is_a").unwrap(), g.target("is_b").unwrap()];
        let logits = g.linear("out", &xs, 2).unwrap();
        let probabilities = g.softmax("softmax", &logits).unwrap();
        let loss = g
            .categorical_cross_entropy("loss", &probabilities, &ts)
            .unwrap();
        g.add_output("probabilities", &probabilities).unwrap();
        g.add_output("loss", &[loss]).unwrap();
    });
    assert_snapshot!(before, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = feature "y"
    %2 = target "is_a"
    %3 = target "is_b"
    %4 = macro linear[2](%0, %1) "out"
    %5 = port[0](%4)
    %6 = port[1](%4)
    %7 = macro softmax(%5, %6) "softmax"
    %8 = port[0](%7)
    %9 = port[1](%7)
    %10 = macro categorical_cross_entropy(%8, %9, %2, %3) "loss"
    %11 = port[0](%10)
    output "probabilities" = %8, %9
    output "loss" = %11
    "#);
    assert_snapshot!(after, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = feature "y"
    %2 = target "is_a"
    %3 = target "is_b"
    %4 = parameter _ "w0" in "out.0"
    %5 = parameter _ "w1" in "out.0"
    %6 = parameter _ "b" in "out.0"
    %7 = parameter _ "w0" in "out.1"
    %8 = parameter _ "w1" in "out.1"
    %9 = parameter _ "b" in "out.1"
    %10 = mul(%4, %0) in "out.0"
    %11 = mul(%5, %1) in "out.0"
    %12 = add(%10, %11, %6) in "out.0"
    %13 = mul(%7, %0) in "out.1"
    %14 = mul(%8, %1) in "out.1"
    %15 = add(%13, %14, %9) in "out.1"
    %16 = log_sum_exp(%12, %15) in "softmax"
    %17 = sub(%12, %16) in "softmax"
    %18 = exp(%17) in "softmax"
    %19 = sub(%15, %16) in "softmax"
    %20 = exp(%19) in "softmax"
    %21 = constant 1e-8 in "loss"
    %22 = max(%18, %21) in "loss"
    %23 = constant 0.99999999 in "loss"
    %24 = min(%22, %23) in "loss"
    %25 = ln(%24) in "loss"
    %26 = mul(%2, %25) in "loss"
    %27 = max(%20, %21) in "loss"
    %28 = min(%27, %23) in "loss"
    %29 = ln(%28) in "loss"
    %30 = mul(%3, %29) in "loss"
    %31 = add(%26, %30) in "loss"
    %32 = neg(%31) in "loss"
    output "probabilities" = %18, %20
    output "loss" = %32
    "#);
}

#[test]
fn a_network() {
    let (before, after) = listings(|g| {
        let x = g.feature("x").unwrap();
        let network = Mlp::new([2, 1]).output(Activation::Sigmoid);
        let y = g.mlp("net", &[x], network).unwrap();
        g.add_output("y", &y).unwrap();
    });
    assert_snapshot!(before, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = macro mlp[2 1 output=sigmoid](%0) "net"
    %2 = port[0](%1)
    output "y" = %2
    "#);
    assert_snapshot!(after, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = parameter _ "w0" in "net.0.0"
    %2 = parameter _ "b" in "net.0.0"
    %3 = parameter _ "w0" in "net.0.1"
    %4 = parameter _ "b" in "net.0.1"
    %5 = parameter _ "w0" in "net.1"
    %6 = parameter _ "w1" in "net.1"
    %7 = parameter _ "b" in "net.1"
    %8 = mul(%1, %0) in "net.0.0"
    %9 = add(%8, %2) in "net.0.0"
    %10 = relu(%9) in "net.0.relu"
    %11 = mul(%5, %10) in "net.1"
    %12 = mul(%3, %0) in "net.0.1"
    %13 = add(%12, %4) in "net.0.1"
    %14 = relu(%13) in "net.0.relu"
    %15 = mul(%6, %14) in "net.1"
    %16 = add(%11, %15, %7) in "net.1"
    %17 = sigmoid(%16) in "net.1.sigmoid"
    output "y" = %17
    "#);
}

#[test]
fn an_identity_passes_its_operand_through() {
    let (_, after) = listings(|g| {
        let x = g.feature("x").unwrap();
        let y = g.activate("same", &[x], Activation::Identity).unwrap();
        g.add_output("y", &y).unwrap();
    });
    assert_snapshot!(after, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = alias(%0)
    output "y" = %0
    "#);
}

/// What the macro makes of so many features.
fn made_of(macro_: impl Macro<Op> + 'static, operands: usize) -> String {
    let (_, after) = listings(|g| {
        let xs: Vec<NodeId> = (0..operands).map(|_| g.feature(None).unwrap()).collect();
        g.add_macro("it", macro_, &xs).unwrap();
    });
    let lines = after.lines().skip(1 + operands);
    let lines = lines.map(|line| line.trim_end_matches(" in \"it\""));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn activations() {
    assert_snapshot!(made_of(Activate(Activation::LEAKY_RELU), 1), @"
    %1 = constant 0.0
    %2 = gt(%0, %1)
    %3 = constant 0.01
    %4 = mul(%3, %0)
    %5 = select(%2, %0, %4)
    ");
    assert_snapshot!(made_of(Activate(Activation::ELU), 1), @"
    %1 = constant 0.0
    %2 = gt(%0, %1)
    %3 = constant 1.0
    %4 = select(%2, %1, %0)
    %5 = expm1(%4)
    %6 = mul(%3, %5)
    %7 = select(%2, %0, %6)
    ");
    assert_snapshot!(made_of(Activate(Activation::Silu), 1), @"
    %1 = sigmoid(%0)
    %2 = mul(%0, %1)
    ");
    assert_snapshot!(made_of(Activate(Activation::Gelu), 1), @"
    %1 = constant 0.5
    %2 = mul(%1, %0)
    %3 = constant 1.0
    %4 = constant 0.7071067811865476
    %5 = mul(%0, %4)
    %6 = erf(%5)
    %7 = add(%3, %6)
    %8 = mul(%2, %7)
    ");
}

#[test]
fn losses() {
    assert_snapshot!(made_of(MeanSquared, 2), @"
    %2 = sub(%0, %1)
    %3 = square(%2)
    ");
    assert_snapshot!(made_of(MeanSquared, 4), @"
    %4 = sub(%0, %2)
    %5 = square(%4)
    %6 = sub(%1, %3)
    %7 = square(%6)
    %8 = add(%5, %7)
    %9 = constant 2.0
    %10 = div(%8, %9)
    ");
    assert_snapshot!(made_of(MeanAbsolute, 2), @"
    %2 = sub(%0, %1)
    %3 = abs(%2)
    ");
    assert_snapshot!(made_of(Huber::default(), 2), @"
    %2 = sub(%0, %1)
    %3 = abs(%2)
    %4 = constant 1.0
    %5 = min(%3, %4)
    %6 = constant 0.5
    %7 = mul(%6, %5)
    %8 = sub(%3, %7)
    %9 = mul(%5, %8)
    ");
    assert_snapshot!(made_of(Hinge, 2), @"
    %2 = constant 1.0
    %3 = mul(%1, %0)
    %4 = sub(%2, %3)
    %5 = relu(%4)
    ");
    assert_snapshot!(made_of(BinaryCrossEntropy::default(), 2), @"
    %2 = neg(%1)
    %3 = constant 1e-8
    %4 = max(%0, %3)
    %5 = constant 0.99999999
    %6 = min(%4, %5)
    %7 = ln(%6)
    %8 = mul(%2, %7)
    %9 = constant 1.0
    %10 = sub(%9, %1)
    %11 = sub(%9, %6)
    %12 = ln(%11)
    %13 = mul(%10, %12)
    %14 = sub(%8, %13)
    ");
    assert_snapshot!(made_of(BinaryCrossEntropyFromLogits, 2), @"
    %2 = neg(%0)
    %3 = softplus(%2)
    %4 = mul(%1, %3)
    %5 = constant 1.0
    %6 = sub(%5, %1)
    %7 = softplus(%0)
    %8 = mul(%6, %7)
    %9 = add(%4, %8)
    ");
    assert_snapshot!(made_of(CategoricalCrossEntropy::default(), 4), @"
    %4 = constant 1e-8
    %5 = max(%0, %4)
    %6 = constant 0.99999999
    %7 = min(%5, %6)
    %8 = ln(%7)
    %9 = mul(%2, %8)
    %10 = max(%1, %4)
    %11 = min(%10, %6)
    %12 = ln(%11)
    %13 = mul(%3, %12)
    %14 = add(%9, %13)
    %15 = neg(%14)
    ");
    assert_snapshot!(made_of(SoftmaxCrossEntropy, 4), @"
    %4 = log_sum_exp(%0, %1)
    %5 = sub(%4, %0)
    %6 = mul(%2, %5)
    %7 = sub(%4, %1)
    %8 = mul(%3, %7)
    %9 = add(%6, %8)
    ");
}
