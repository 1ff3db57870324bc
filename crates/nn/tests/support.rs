//! A macro at given operands: values and gradients, which dual numbers confirm.

use dagrad_graph::{Evaluator, Graph, Macro, NodeId};
use dagrad_ops::{Dual, Op, Tolerance};

/// Rounding, and what cancels between numbers of size 1.
pub(crate) const CLOSE: Tolerance = Tolerance::relative(1e-12).and_absolute(1e-15);

/// The values of a macro and, for each, its gradient by the operands.
#[derive(Debug)]
pub(crate) struct Evaluated {
    pub(crate) values: Vec<f64>,
    pub(crate) gradients: Vec<Vec<f64>>,
}

/// The graph of one macro over features, expanded, its features and its ports.
pub(crate) fn expanded(
    macro_: impl Macro<Op> + 'static,
    operands: usize,
) -> (Graph<Op>, Vec<NodeId>, Vec<NodeId>) {
    let mut graph = Graph::new();
    let features: Vec<_> = (0..operands)
        .map(|_| graph.feature(None).unwrap())
        .collect();
    let ports = graph.add_macro("it", macro_, &features).unwrap();
    graph.expand(1).unwrap();
    graph.verify().unwrap();
    (graph, features, ports)
}

/// The macro's values and gradients at `operands`, once dual numbers have given the same.
pub(crate) fn evaluate(
    macro_: impl Macro<Op> + 'static,
    operands: &[f64],
    tolerance: Tolerance,
) -> Evaluated {
    let (graph, features, ports) = expanded(macro_, operands.len());
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, operands).unwrap();
    let mut evaluated = Evaluated {
        values: Vec::new(),
        gradients: Vec::new(),
    };
    for &port in &ports {
        evaluator.reverse(&graph, &[(port, 1.0)]).unwrap();
        evaluated.values.push(evaluator.value(port).unwrap());
        let adjoint = |&x: &NodeId| evaluator.adjoint(x).unwrap();
        evaluated
            .gradients
            .push(features.iter().map(adjoint).collect());
    }
    confirm(&graph, &ports, operands, &evaluated, tolerance);
    evaluated
}

/// Compares each gradient with the derivatives that dual numbers carry forward.
fn confirm(
    graph: &Graph<Op>,
    ports: &[NodeId],
    operands: &[f64],
    evaluated: &Evaluated,
    tolerance: Tolerance,
) {
    let mut evaluator = Evaluator::new(graph);
    for (by, _) in operands.iter().enumerate() {
        let variable = |(at, &x): (usize, &f64)| Dual::new(x, if at == by { 1.0 } else { 0.0 });
        let duals: Vec<_> = operands.iter().enumerate().map(variable).collect();
        evaluator.set_features(graph, &duals).unwrap();
        evaluator.forward(graph, ports).unwrap();
        for (port, gradient) in ports.iter().zip(&evaluated.gradients) {
            let dual = evaluator.value(*port).unwrap().derivative;
            let check = tolerance.check(gradient[by], dual, dual);
            check.unwrap_or_else(|error| panic!("{operands:?}: by operand {by}: {error}"));
        }
    }
}

#[track_caller]
pub(crate) fn check_close(got: &[f64], wanted: &[f64], tolerance: Tolerance, at: &[f64]) {
    let check = tolerance.check_all(got, wanted);
    check.unwrap_or_else(|error| panic!("at {at:?}: {error}; got {got:?}, wanted {wanted:?}"));
}

/// The same numbers; zeros of either sign are one.
#[track_caller]
pub(crate) fn check_exact(got: &[f64], wanted: &[f64]) {
    check_close(got, wanted, Tolerance::EXACT, &[]);
}

/// Where functions of one number are looked at.
pub(crate) const POINTS: [f64; 19] = [
    -1e300, -1e4, -745.0, -40.0, -9.0, -3.0, -1.0, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0, 3.0, 9.0,
    40.0, 745.0, 1e4, 1e300,
];

/// The logistic function, by another formula on each side.
pub(crate) fn sigmoid(x: f64) -> f64 {
    if x < 0.0 {
        x.exp() / (1.0 + x.exp())
    } else {
        1.0 / (1.0 + (-x).exp())
    }
}

/// `ln(1 + e^x)`.
pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
