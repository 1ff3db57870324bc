//! What a formula evaluates to is what the graph computes.

use crate::evaluation::evaluate_all;
use crate::grammar::{meaning, parse, without_each_pair};
use crate::random::{Random, graphs};
use dagrad_graph::{Evaluate, Evaluator, Formula, GraphValues, Kind, NodeId};
use dagrad_ops::{Op, Tolerance};
use proptest::prelude::*;

type Graph = dagrad_graph::Graph<Op>;

/// The values of the leaves that a formula names.
fn bind(variables: Vec<(NodeId, String)>, evaluator: &Evaluator<f64>) -> Vec<(String, f64)> {
    let bind = |(id, name)| (name, evaluator.value(id).unwrap());
    variables.into_iter().map(bind).collect()
}

/// For each node, in canonical order, what the roundings on the way to it amount to, in units of the last
/// place of 1, to first order: its own, and those of its operands times its slope.
fn magnitudes(graph: &Graph, evaluator: &Evaluator<f64>) -> Vec<f64> {
    let order = graph.canonical_order();
    let mut magnitudes: Vec<f64> = Vec::new();
    for id in order.iter() {
        let value = evaluator.value(id).unwrap();
        let mut magnitude = value.abs();
        if let Kind::Operation(op) = graph.kind(id).unwrap() {
            let operands: Vec<_> = graph.operands(id).unwrap().collect();
            let values: Vec<_> = operands
                .iter()
                .map(|&id| evaluator.value(id).unwrap())
                .collect();
            let mut slopes = vec![0.0; operands.len()];
            op.contributions(&values, value, 1.0, &mut slopes);
            for (at, &operand) in operands
                .iter()
                .enumerate()
                .filter(|(at, _)| op.contributes(*at))
            {
                magnitude += slopes[at].abs() * magnitudes[order.position(operand).unwrap()];
            }
        }
        magnitudes.push(magnitude);
    }
    magnitudes
}

/// The formulas, shared and inlined, in names and in numbers, evaluate to what `ids` are.
fn check<'g>(
    graph: &'g Graph,
    features: &[f64],
    ids: &[NodeId],
    formula: impl Fn() -> Formula<GraphValues<'g, Op>>,
) -> Result<(), TestCaseError> {
    let mut evaluator = Evaluator::<f64>::new(graph);
    evaluator.set_features(graph, features).unwrap();
    let everything: Vec<_> = graph.canonical_order().iter().collect();
    evaluator.forward(graph, &everything).unwrap();
    let magnitudes = magnitudes(graph, &evaluator);
    // Beside 1e-12, what roundings may amount to in terms that cancel, since the crate adds `a + b - c` up
    // from the right. At an infinite slope nothing is promised.
    let tolerance = Tolerance::relative(1e-12).and_ulps(16.0);
    let styles = [formula().ascii(), formula().ascii().numbers()];
    for formula in styles {
        let variables = bind(formula.variables(), &evaluator);
        let mut texts = vec![formula.to_string()];
        if let Ok(inlined) = formula.inlined(100_000) {
            texts.push(inlined.to_string());
        }
        for text in texts {
            let values = evaluate_all(&text, &variables);
            prop_assert_eq!(values.len(), ids.len());
            for (&id, value) in ids.iter().zip(values) {
                let magnitude = magnitudes[graph.canonical_order().position(id).unwrap()];
                let wanted = evaluator.value(id).unwrap();
                if let Err(difference) = tolerance.check(value, wanted, magnitude) {
                    prop_assert!(!magnitude.is_finite(), "{}: {}", text, difference);
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_formula_evaluates_to_what_the_graph_computes(random in graphs(40)) {
        let Random { graph, features, nodes } = random;
        check(&graph, &features, &nodes[nodes.len() - 3..], || {
            graph.formula_of_output("last").unwrap()
        })?;
        for id in nodes.into_iter().rev().take(8) {
            check(&graph, &features, &[id], || graph.formula(id).unwrap())?;
        }
    }

    #[test]
    fn a_formula_means_the_graph_and_has_no_parentheses_to_spare(random in graphs(12)) {
        let Random { graph, nodes, .. } = random;
        for id in nodes {
            let formula = graph.formula(id).unwrap();
            let names = formula.variables();
            if let Ok(text) = formula.inlined(2000) {
                let text = text.to_string();
                let tree = Some(meaning(&graph, id, &names));
                prop_assert_eq!(parse(&text), tree.clone(), "{}", text);
                for shorter in without_each_pair(&text) {
                    prop_assert_ne!(parse(&shorter), tree.clone(), "{} for {}", shorter, text);
                }
            }
        }
    }
}
