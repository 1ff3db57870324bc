//! A macro of one's own that is made of layers.

use crate::support::check_exact;
use dagrad_graph::{Arity, Build as _, Evaluator, Expansion, Graph, Macro, MacroError, NodeId};
use dagrad_nn::{
    Activation, GraphLayers as _, Initializer, Linear, concatenate, predictions_and_targets,
};
use dagrad_ops::{GraphScope as _, Op};
use insta::assert_snapshot;

/// A layer that sees its inputs and a gate of them: nested, and with a parameter of its own.
struct Gated;

impl Macro<Op> for Gated {
    fn name(&self) -> &str {
        "gated"
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let gate = at.linear("gate", operands, 1)?;
        let gate = at.activate(None, &gate, Activation::Sigmoid)?;
        let zeros = Linear::new(1).weights(Initializer::Zeros);
        let sum = at.linear("sum", &concatenate(&[operands, &gate]), zeros)?;
        let scale = at.parameter("scale", 2.0)?;
        let scaled = at.scope(|s| (s.at(sum[0]) * s.at(scale)).id())?;
        Ok(vec![scaled])
    }
}

#[test]
fn it_expands_into_layers_in_its_scope() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let y = g.add_macro("block", Gated, &[x]).unwrap()[0];
    g.add_output("y", &[y]).unwrap();
    assert_snapshot!(g, @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = macro gated(%0) "block"
    %2 = port[0](%1)
    output "y" = %2
    "#);
    g.expand(1).unwrap();
    g.verify().unwrap();
    assert_snapshot!(g.listing().without_parameter_values(), @r#"
    dagrad graph 1
    %0 = feature "x"
    %1 = parameter _ "scale" in "block"
    %2 = parameter _ "w0" in "block.gate"
    %3 = parameter _ "b" in "block.gate"
    %4 = parameter _ "w0" in "block.sum"
    %5 = parameter _ "w1" in "block.sum"
    %6 = parameter _ "b" in "block.sum"
    %7 = mul(%4, %0) in "block.sum"
    %8 = mul(%2, %0) in "block.gate"
    %9 = add(%8, %3) in "block.gate"
    %10 = sigmoid(%9) in "block.activate"
    %11 = mul(%5, %10) in "block.sum"
    %12 = add(%7, %11, %6) in "block.sum"
    %13 = mul(%12, %1) in "block"
    output "y" = %13
    "#);
}

/// A loss of one's own: the mean of the fourth powers.
struct Quartic;

impl Macro<Op> for Quartic {
    fn name(&self) -> &str {
        "quartic"
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(2)
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let (ys, ts) = predictions_and_targets(operands)?;
        let value = at.scope(|s| {
            let terms = ys
                .iter()
                .zip(ts)
                .map(|(&y, &t)| (s.at(y) - s.at(t)).powi(4));
            (s.add(terms.collect::<Vec<_>>()) / ys.len() as f64).id()
        });
        Ok(vec![value?])
    }
}

#[test]
fn a_loss_of_ones_own_is_a_loss() {
    let mut g = Graph::<Op>::new();
    let ys = [g.feature(None).unwrap(), g.feature(None).unwrap()];
    let ts = [g.target(None).unwrap(), g.target(None).unwrap()];
    let loss = g.loss("loss", Quartic, &ys, &ts).unwrap();
    g.expand(0).unwrap();
    let mut evaluator = Evaluator::new(&g);
    evaluator.set_features(&g, &[1.0, 4.0]).unwrap();
    evaluator.set_targets(&g, &[0.0, 2.0]).unwrap();
    evaluator.reverse(&g, &[(loss, 1.0)]).unwrap();
    check_exact(&[evaluator.value(loss).unwrap()], &[8.5]);
    check_exact(&[evaluator.adjoint(ys[1]).unwrap()], &[16.0]);
}
