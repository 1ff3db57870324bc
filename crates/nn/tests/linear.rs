//! The linear layer, against sums of products.

use crate::support::{CLOSE, check_close, check_exact, evaluate, expanded};
use dagrad_graph::{Evaluator, Kind, NodeId};
use dagrad_nn::{Initializer, Linear, LinearWith};

#[test]
fn one_output_has_the_tutorials_parameters() {
    let (graph, _, ports) = expanded(Linear::new(1), 3);
    let names = graph.parameters().map(|p| graph.path(p).unwrap().unwrap());
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["it.w0", "it.w1", "it.w2", "it.b"]);
    let operands: Vec<NodeId> = graph.operands(ports[0]).unwrap().collect();
    assert_eq!(operands.len(), 4);
    assert_eq!(operands[3], graph.find("it", "b").unwrap());
}

#[test]
fn each_of_several_outputs_has_a_scope() {
    let (graph, _, _) = expanded(Linear::new(2), 2);
    let names = graph.parameters().map(|p| graph.path(p).unwrap().unwrap());
    let wanted = [
        "it.0.w0", "it.0.w1", "it.0.b", "it.1.w0", "it.1.w1", "it.1.b",
    ];
    assert_eq!(names.collect::<Vec<_>>(), wanted);
}

#[test]
fn value_and_gradient_are_those_of_sums_of_products() {
    let (graph, features, ports) = expanded(Linear::new(3), 2);
    let x = [0.75, -2.0];
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &x).unwrap();
    for (j, &port) in ports.iter().enumerate() {
        let node = |name: &str| graph.find(&format!("it.{j}"), name).unwrap();
        let parameter = |name: &str| match graph.kind(node(name)).unwrap() {
            Kind::Parameter(value) => *value,
            other => panic!("{other:?}"),
        };
        evaluator.reverse(&graph, &[(port, 2.0)]).unwrap();
        let w = [parameter("w0"), parameter("w1")];
        let y = w[0] * x[0] + w[1] * x[1] + parameter("b");
        check_close(&[evaluator.value(port).unwrap()], &[y], CLOSE, &x);
        let adjoint = |id| evaluator.adjoint(id).unwrap();
        let by_inputs = features.iter().map(|&x| adjoint(x));
        check_exact(&by_inputs.collect::<Vec<_>>(), &w.map(|w| 2.0 * w));
        let by_parameters = ["w0", "w1", "b"].map(|name| adjoint(node(name)));
        check_exact(&by_parameters, &[2.0 * x[0], 2.0 * x[1], 2.0]);
        let of_another = graph.find(&format!("it.{}", (j + 1) % 3), "w0").unwrap();
        check_exact(&[adjoint(of_another)], &[0.0]);
    }
}

#[test]
fn the_gradient_by_weights_is_confirmed_by_dual_numbers() {
    // Weights and biases of two outputs, then two inputs.
    let operands = [0.5, -1.5, 0.25, 2.0, 3.0, -1.0, 0.75, -2.0];
    let got = evaluate(LinearWith::new(2, 2), &operands, CLOSE);
    let first = 0.5 * 0.75 + -1.5 * -2.0 + 0.25;
    let second = 2.0 * 0.75 + 3.0 * -2.0 - 1.0;
    check_close(&got.values, &[first, second], CLOSE, &operands);
    let gradients = [
        vec![0.75, -2.0, 1.0, 0.0, 0.0, 0.0, 0.5, -1.5],
        vec![0.0, 0.0, 0.0, 0.75, -2.0, 1.0, 2.0, 3.0],
    ];
    check_exact(&got.gradients.concat(), &gradients.concat());
    let got = evaluate(
        LinearWith::new(1, 2).without_bias(),
        &[0.5, 2.0, 3.0],
        CLOSE,
    );
    check_exact(&got.values, &[1.5, 6.0]);
}

#[test]
fn biases_can_be_left_out_and_started_elsewhere() {
    let (graph, _, _) = expanded(Linear::new(2).without_bias(), 3);
    assert_eq!(graph.parameters().len(), 6);
    let layer = Linear::new(2)
        .weights(Initializer::Constant(0.5))
        .bias(Initializer::Zeros);
    let got = evaluate(layer, &[1.0, 2.0, 4.0], CLOSE);
    check_exact(&got.values, &[3.5, 3.5]);
}
