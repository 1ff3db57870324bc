//! Every macro prints its configuration and reads it back.

use dagrad_graph::{Graph, Macro};
use dagrad_nn::{
    Activate, Activation, BinaryCrossEntropy, BinaryCrossEntropyFromLogits,
    CategoricalCrossEntropy, Hinge, Huber, Initializer, Linear, LinearParameters, LinearWith,
    MeanAbsolute, MeanSquared, Mlp, Softmax, SoftmaxCrossEntropy, registry,
};
use dagrad_ops::Op;

/// The macro prints as `text`; the graph that it stands in reads back, and expands into the same graph.
fn check(macro_: impl Macro<Op> + 'static, operands: usize, text: &str) {
    let mut graph = Graph::<Op>::new();
    let xs: Vec<_> = (0..operands)
        .map(|_| graph.feature(None).unwrap())
        .collect();
    let ports = graph.add_macro("it", macro_, &xs).unwrap();
    graph.add_output("all", &ports).unwrap();
    let listing = graph.to_string();
    let macro_line = listing.lines().find(|line| line.contains("macro")).unwrap();
    let printed = macro_line.split_once("= macro ").unwrap().1;
    assert!(
        printed.starts_with(&format!("{text}(%")) || printed.starts_with(&format!("{text}()")),
        "{printed}"
    );

    let mut read = Graph::parse(&listing, &registry()).unwrap();
    assert_eq!(read.to_string(), listing);
    graph.expand(9).unwrap();
    read.expand(9).unwrap();
    assert_eq!(read.to_string(), graph.to_string());
}

const NARROW: Initializer = Initializer::Uniform {
    low: -0.5,
    high: 1e-9,
};

#[test]
fn linear() {
    check(Linear::new(3), 2, "linear[3]");
    check(Linear::new(1).without_bias(), 2, "linear[1 bias=none]");
    let kaiming = Linear::new(3).weights(Initializer::KaimingNormal);
    check(
        kaiming.bias(Initializer::Zeros),
        2,
        "linear[3 weights=kaiming_normal bias=zeros]",
    );
    let constant = Linear::new(3)
        .weights(NARROW)
        .bias(Initializer::Constant(-0.1));
    let text = "linear[3 weights=uniform(-0.5,1e-9) bias=constant(-0.1)]";
    check(constant, 1, text);
    let usual = Linear::new(2).weights(Initializer::default());
    check(usual, 1, "linear[2]");
}

#[test]
fn every_initialiser() {
    for initializer in [
        Initializer::default(),
        NARROW,
        Initializer::XavierUniform,
        Initializer::XavierNormal,
        Initializer::KaimingUniform,
        Initializer::KaimingNormal,
        Initializer::Zeros,
        Initializer::Constant(-0.0),
        Initializer::Constant(f64::INFINITY),
    ] {
        let text = initializer.to_string();
        assert_eq!(text.parse::<Initializer>().unwrap().to_string(), text);
    }
}

#[test]
fn tied_layers() {
    let shape = "inputs=2 outputs=3";
    check(
        LinearParameters::new(2, 3),
        0,
        &format!("linear_parameters[{shape}]"),
    );
    let parameters = LinearParameters::new(2, 3).weights(NARROW).without_bias();
    let text = format!("linear_parameters[{shape} weights=uniform(-0.5,1e-9) bias=none]");
    check(parameters, 0, &text);
    check(
        LinearWith::new(2, 3),
        3 * 3 + 2,
        &format!("linear_with[{shape}]"),
    );
    let text = format!("linear_with[{shape} bias=none]");
    check(LinearWith::new(2, 3).without_bias(), 3 * 2 + 2, &text);
}

#[test]
fn activations() {
    check(Activate(Activation::Identity), 1, "activate[identity]");
    check(Activate(Activation::Relu), 1, "activate[relu]");
    check(Activate(Activation::Sigmoid), 1, "activate[sigmoid]");
    check(Activate(Activation::Tanh), 3, "activate[tanh]");
    check(Activate(Activation::Softplus), 1, "activate[softplus]");
    check(Activate(Activation::LEAKY_RELU), 1, "activate[leaky_relu]");
    let steep = Activation::LeakyRelu { slope: 0.2 };
    check(Activate(steep), 1, "activate[leaky_relu(0.2)]");
    check(Activate(Activation::ELU), 1, "activate[elu]");
    check(
        Activate(Activation::Elu { alpha: 1e-7 }),
        1,
        "activate[elu(1e-7)]",
    );
    check(Activate(Activation::Silu), 1, "activate[silu]");
    check(Activate(Activation::Gelu), 2, "activate[gelu]");
}

#[test]
fn mlp() {
    check(Mlp::new([4, 4, 1]), 2, "mlp[4 4 1]");
    check(Mlp::new([1]), 1, "mlp[1]");
    let all = Mlp::new([2, 3])
        .hidden(Activation::LeakyRelu { slope: 0.2 })
        .output(Activation::Sigmoid)
        .weights(Initializer::XavierUniform)
        .without_bias();
    let text = "mlp[2 3 hidden=leaky_relu(0.2) output=sigmoid weights=xavier_uniform bias=none]";
    check(all, 2, text);
    let zeros = Mlp::new([2]).bias(Initializer::Zeros);
    check(zeros, 2, "mlp[2 bias=zeros]");
}

#[test]
fn softmax() {
    check(Softmax, 3, "softmax");
}

#[test]
fn losses() {
    check(MeanSquared, 4, "mean_squared");
    check(MeanAbsolute, 2, "mean_absolute");
    check(Huber::default(), 2, "huber");
    check(Huber { delta: 0.5 }, 2, "huber[delta=0.5]");
    check(Hinge, 2, "hinge");
    let (usual, other) = (
        BinaryCrossEntropy::default(),
        BinaryCrossEntropy { epsilon: 1e-7 },
    );
    check(usual, 2, "binary_cross_entropy");
    check(other, 2, "binary_cross_entropy[epsilon=1e-7]");
    check(
        BinaryCrossEntropyFromLogits,
        2,
        "binary_cross_entropy_from_logits",
    );
    let usual = CategoricalCrossEntropy::default();
    let other = CategoricalCrossEntropy { epsilon: 0.125 };
    check(usual, 4, "categorical_cross_entropy");
    check(other, 4, "categorical_cross_entropy[epsilon=0.125]");
    check(SoftmaxCrossEntropy, 4, "softmax_cross_entropy");
}

#[test]
fn pairs_are_read_in_any_order_and_usual_values_need_not_be_left_out() {
    let text =
        "dagrad graph 1\n%0 = feature\n%1 = macro linear[2 bias=uniform  weights=zeros](%0)\n";
    let graph = Graph::parse(text, &registry()).unwrap();
    assert!(graph.to_string().contains("linear[2 weights=zeros](%0)"));
}
