//! Formulas to look at.

use dagrad_ops::{Expr, GraphScope, Op, Scope};
use insta::assert_snapshot;

type Graph = dagrad_graph::Graph<Op>;

/// A weighted sum of two values.
fn neuron<'s>(s: Scope<'s>, path: &str, inputs: [Expr<'s>; 2], start: f64) -> Expr<'s> {
    let parameter = |name: &str, value| s.parameter(format!("{path}.{name}").as_str(), value);
    parameter("w0", start) * inputs[0]
        + parameter("w1", start + 0.25) * inputs[1]
        + parameter("b", -start)
}

/// Two inputs, two hidden values, and the chances of two classes.
fn network() -> Graph {
    let mut g = Graph::new();
    let chances = g
        .scope(|s| {
            let x = [s.feature("x"), s.feature("y")];
            let hidden = [("hidden.0", 0.5), ("hidden.1", -1.0)]
                .map(|(path, start)| neuron(s, path, x, start).tanh());
            let logits = [("out.0", 0.1), ("out.1", 0.75)]
                .map(|(path, start)| neuron(s, path, hidden, start));
            let total = s.log_sum_exp(logits);
            logits.map(|logit| (logit - total).exp().id())
        })
        .unwrap();
    g.add_output("chances", &chances).unwrap();
    g
}

#[test]
fn a_network_in_names() {
    assert_snapshot!(network().formula_of_output("chances").unwrap(), @"
    chances[0] = exp(h2 - h4)
    chances[1] = exp(h3 - h4)
    where h0 = tanh(hidden_0_w0·x + hidden_0_w1·y + hidden_0_b)
    where h1 = tanh(hidden_1_w0·x + hidden_1_w1·y + hidden_1_b)
    where h2 = out_0_w0·h0 + out_0_w1·h1 + out_0_b
    where h3 = out_1_w0·h0 + out_1_w1·h1 + out_1_b
    where h4 = log_sum_exp(h2, h3)
    ");
}

#[test]
fn a_network_in_numbers() {
    assert_snapshot!(network().formula_of_output("chances").unwrap().numbers(), @"
    chances[0] = exp(h2 - h4)
    chances[1] = exp(h3 - h4)
    where h0 = tanh(0.5·x + 0.75·y + (-0.5))
    where h1 = tanh(-1·x + (-0.75·y) + 1)
    where h2 = 0.1·h0 + 0.35·h1 + (-0.1)
    where h3 = 0.75·h0 + 1·h1 + (-0.75)
    where h4 = log_sum_exp(h2, h3)
    ");
}

#[test]
fn a_network_for_a_program() {
    assert_snapshot!(network().formula_of_output("chances").unwrap().ascii(), @"
    chances[0] = exp(h2 - h4)
    chances[1] = exp(h3 - h4)
    where h0 = tanh(hidden_0_w0*x + hidden_0_w1*y + hidden_0_b)
    where h1 = tanh(hidden_1_w0*x + hidden_1_w1*y + hidden_1_b)
    where h2 = out_0_w0*h0 + out_0_w1*h1 + out_0_b
    where h3 = out_1_w0*h0 + out_1_w1*h1 + out_1_b
    where h4 = log_sum_exp(h2, h3)
    ");
}

#[test]
fn one_value_inlined() {
    let g = network();
    let y = g.output("chances").unwrap()[0];
    let inlined = g.formula(y).unwrap().numbers().inlined(1000).unwrap();
    assert_snapshot!(inlined, @"exp(0.1·tanh(0.5·x + 0.75·y + (-0.5)) + 0.35·tanh(-1·x + (-0.75·y) + 1) + (-0.1) - log_sum_exp(0.1·tanh(0.5·x + 0.75·y + (-0.5)) + 0.35·tanh(-1·x + (-0.75·y) + 1) + (-0.1), 0.75·tanh(0.5·x + 0.75·y + (-0.5)) + 1·tanh(-1·x + (-0.75·y) + 1) + (-0.75)))");
}
