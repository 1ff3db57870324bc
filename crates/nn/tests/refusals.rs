//! What is wrong is said in words.

use dagrad_graph::{ExpansionLimits, Graph};
use dagrad_nn::{GraphLayers as _, Initializer, LinearParameters, registry};
use dagrad_ops::Op;
use insta::assert_snapshot;

/// What the parser says of a macro of two operands.
fn parsing(macro_: &str) -> String {
    let text = format!("dagrad graph 1\n%0 = feature\n%1 = macro {macro_}(%0, %0)\n");
    Graph::parse(&text, &registry()).unwrap_err().to_string()
}

#[test]
fn a_wrong_configuration() {
    assert_snapshot!(parsing("linear"), @"line 3, column 12: `linear` takes a number of outputs in brackets, and `weights=` and `bias=` an initialiser or `bias=none`, as in `linear[3 weights=xavier_uniform bias=none]`, got no configuration");
    assert_snapshot!(parsing("linear[3 bias=nothing]"), @"line 3, column 12: `linear` takes a number of outputs in brackets, and `weights=` and `bias=` an initialiser or `bias=none`, as in `linear[3 weights=xavier_uniform bias=none]`, got [3 bias=nothing]");
    for wrong in [
        "linear[3 4]",
        "linear[-1]",
        "linear[3 weight=zeros]",
        "linear[3 weights=zeros(1)]",
        "linear[weights=zeros 3]",
        "linear[3 bias=none bias=none]",
    ] {
        assert!(
            parsing(wrong).contains("`linear` takes a number of outputs"),
            "{wrong}"
        );
    }
    assert_snapshot!(parsing("mlp[3 x]"), @"line 3, column 12: `mlp` takes the number of outputs of each layer in brackets, and `hidden=` and `output=` an activation, `weights=` and `bias=` an initialiser or `bias=none`, as in `mlp[8 3 hidden=tanh weights=xavier_normal]`, got [3 x]");
    assert_snapshot!(parsing("activate[step]"), @"line 3, column 12: `activate` takes an activation in brackets, as in `activate[relu]`, got [step]");
    assert_snapshot!(parsing("softmax[2]"), @"line 3, column 12: `softmax` takes no configuration, got [2]");
    assert_snapshot!(parsing("huber[0.5]"), @"line 3, column 12: `huber` takes nothing or `delta=` a number, as in `huber[delta=0.5]`, got [0.5]");
    assert_snapshot!(parsing("binary_cross_entropy[eps=1]"), @"line 3, column 12: `binary_cross_entropy` takes nothing or `epsilon=` a number, as in `binary_cross_entropy[epsilon=1e-7]`, got [eps=1]");
    assert_snapshot!(parsing("linear_with[inputs=1]"), @"line 3, column 12: `linear_with` takes the numbers of inputs and outputs in brackets, and `bias=none` where there are none, as in `linear_with[inputs=4 outputs=3]`, got [inputs=1]");
    assert_snapshot!(parsing("linear_parameters[1 2]"), @"line 3, column 12: `linear_parameters` takes the numbers of inputs and outputs in brackets, and `weights=` and `bias=` an initialiser or `bias=none`, as in `linear_parameters[inputs=4 outputs=3 bias=zeros]`, got [1 2]");
}

#[test]
fn a_wrong_name() {
    assert_snapshot!("he".parse::<Initializer>().unwrap_err(), @"expected `uniform(low,high)`, `xavier_uniform`, `xavier_normal`, `kaiming_uniform`, `kaiming_normal`, `zeros` or `constant(value)`, got `he`");
    assert_snapshot!("step".parse::<dagrad_nn::Activation>().unwrap_err(), @"expected `identity`, `relu`, `sigmoid`, `tanh`, `softplus`, `leaky_relu(slope)`, `elu(alpha)`, `silu` or `gelu`, got `step`");
}

/// What is said of a macro of one operand, or of none, when it is read or when it is expanded; the graph
/// is then as it was.
fn expanding(macro_: &str) -> String {
    let text = format!("dagrad graph 1\n%0 = feature\n%1 = macro {macro_} \"it\"\n");
    let mut graph = match Graph::parse(&text, &registry()) {
        Ok(graph) => graph,
        Err(error) => return error.to_string(),
    };
    let error = graph.expand(1).unwrap_err();
    assert_eq!(graph.to_string(), text);
    error.to_string()
}

#[test]
fn layers_of_nothing() {
    assert_snapshot!(expanding("linear[0](%0)"), @"line 3, column 12: the macro linear[0] has no ports");
    assert_snapshot!(expanding("mlp(%0)"), @"line 3, column 12: the macro mlp has no ports");
    assert_snapshot!(expanding("mlp[2 0 1](%0)"), @r#"the macro mlp[2 0 1] at "it" cannot be built: each layer of a network has at least one output"#);
    assert_snapshot!(expanding("linear_parameters[inputs=0 outputs=2]()"), @r#"the macro linear_parameters[inputs=0 outputs=2] at "it" cannot be built: a layer has at least one input"#);
    assert_snapshot!(expanding("linear_parameters[inputs=2 outputs=0]()"), @"line 3, column 12: the macro linear_parameters[inputs=2 outputs=0] has no ports");
    assert_snapshot!(expanding("linear_with[inputs=1 outputs=0](%0)"), @"line 3, column 12: the macro linear_with[inputs=1 outputs=0] has no ports");
    let mut g = Graph::<Op>::new();
    assert_snapshot!(g.linear("none", &[], 1).unwrap_err(), @"linear[1] takes at least 1 operand, got 0");
}

#[test]
fn a_wrong_number_of_targets() {
    let mut g = Graph::<Op>::new();
    let (y, t) = (g.feature("y").unwrap(), g.target("t").unwrap());
    assert_snapshot!(g.mean_squared("loss", &[y, y, y], &[t]).unwrap_err(), @"mean_squared of 3 prediction(s) wants as many targets, got 1");
    assert_snapshot!(g.softmax_cross_entropy("loss", &[], &[]).unwrap_err(), @"softmax_cross_entropy takes at least 2 operands, got 0");
    assert_snapshot!(g.loss("loss", dagrad_nn::Softmax, &[y], &[t]).unwrap_err(), @"a loss has one port, softmax has 2");
    assert_eq!(g.len(), 2);
    g.add_macro("loss", dagrad_nn::Hinge, &[y, y, t]).unwrap();
    assert_snapshot!(g.expand(1).unwrap_err(), @r#"the macro hinge at "loss" cannot be built: a loss takes predictions and as many targets, got 3 operand(s) in all"#);
}

#[test]
fn shared_parameters_of_another_shape() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let shared = g.linear_parameters("shared", LinearParameters::new(2, 1));
    let error = g.linear_with("a", &shared.unwrap(), &[x]).unwrap_err();
    assert_snapshot!(error, @r#"linear_with[inputs=2 outputs=1] takes 5 operands, got 4: %2 = port[0](%1); %3 = port[1](%1); %4 = port[2](%1); %0 = feature "x""#);
    assert_snapshot!(g.residual(&[x, x], &[x]).unwrap_err(), @"a residual of 2 input(s) wants as many values of the branch, got 1");
}

#[test]
fn sizes_from_outside_that_nobody_could_build() {
    for huge in [
        "linear[18446744073709551615](%0)",
        "mlp[18446744073709551615 2](%0)",
        "linear_parameters[inputs=18446744073709551615 outputs=9]()",
        "linear_parameters[inputs=9 outputs=18446744073709551615]()",
    ] {
        let text = format!("dagrad graph 1\n%0 = feature\n%1 = macro {huge}\n");
        let mut graph = Graph::parse(&text, &registry()).unwrap();
        let limits = ExpansionLimits {
            nodes: 1000,
            ..ExpansionLimits::default()
        };
        let error = graph.expand_within(limits, 1).unwrap_err().to_string();
        assert!(error.contains("more than 1000 new nodes"), "{error}");
        assert_eq!(graph.len(), 2);
    }
    let beyond = "linear_with[inputs=18446744073709551615 outputs=2]";
    assert!(parsing(beyond).contains("takes 18446744073709551615 operands, got 2"));
}
