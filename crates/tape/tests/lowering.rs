//! Lowering: what outputs need, in canonical order, and nothing else.

use crate::support::{graph, registry};
use dagrad_graph::{Arity, Build as _, Expansion, Graph, Macro, MacroError, NodeId};
use dagrad_ops::Op;
use dagrad_tape::{Class, LowerError, lower, lower_outputs};
use insta::assert_snapshot;

#[test]
fn what_no_output_needs_is_not_lowered_but_keeps_its_number() {
    let g = graph(
        r#"
        %0 = feature "unused"
        %1 = feature "x"
        %2 = target "t"
        %3 = parameter 1.0 "v" in "a"
        %4 = parameter 2.0 "w" in "a"
        %5 = constant 3.0 "rate"
        %6 = mul(%4, %1) "product" in "a"
        %7 = mul(%6, %6) "square"
        output "y" = %6
        "#,
    );
    assert_snapshot!(lower_outputs(&g).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "unused"
    input[1] = feature "x"
    input[2] = target "t"
    parameter[0] = "a.v"
    parameter[1] = "a.w"
    per sample %0 = input[1]
    shared     %1 = parameter[1] in "a"
    per sample %2 = mul(%1, %0) "product" in "a"
    output "y" = %2
    "#);
}

#[test]
fn only_the_outputs_that_are_asked_for_are_lowered() {
    let g =
        graph("%0 = feature\n%1 = neg(%0)\n%2 = exp(%1)\noutput \"a\" = %1\noutput \"b\" = %2\n");
    let a = g.output("a").unwrap()[0];
    assert_snapshot!(lower(&g, &[("only", &[a])]).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature
    per sample %0 = input[0]
    per sample %1 = neg(%0)
    output "only" = %1
    "#);
    assert_snapshot!(lower(&g, &[]).unwrap(), @"
    dagrad tape 1
    input[0] = feature
    ");
}

#[test]
fn outputs_share_slots_and_may_be_constant_or_leaves() {
    let g = graph(
        "%0 = feature\n%1 = parameter 0.5\n%2 = constant 2.0\n%3 = square(%2)\n%4 = mul(%3, %1)\n\
         output \"list\" = %4, %0, %4, %3\noutput \"leaf\" = %1\noutput \"constant\" = %2",
    );
    let tape = lower_outputs(&g).unwrap();
    assert_snapshot!(tape, @r#"
    dagrad tape 1
    input[0] = feature
    parameter[0]
    per sample %0 = input[0]
    shared     %1 = parameter[0]
    constant   %2 = constant 2.0
    constant   %3 = square(%2)
    shared     %4 = mul(%3, %1)
    output "list" = %4, %0, %4, %3
    output "leaf" = %1
    output "constant" = %2
    "#);
    assert_eq!(
        tape.instruction(tape.output("list").unwrap()[3]).class(),
        Class::Constant
    );
}

#[test]
fn aliases_are_read_through() {
    let g = graph(
        "%0 = feature \"x\"\n%1 = alias(%0) \"same\"\n%2 = alias(%1)\n%3 = add(%1, %2, %0)\n\
         %4 = alias(%3)\noutput \"y\" = %4, %1",
    );
    assert_snapshot!(lower_outputs(&g).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "x"
    per sample %0 = input[0]
    per sample %1 = add(%0, %0, %0)
    output "y" = %1, %0
    "#);
}

#[test]
fn names_and_scopes_come_along() {
    let g = graph(
        r#"
        %0 = feature "x" in "data"
        %1 = constant 0.5 "rate" in "a.b"
        %2 = mul(%0, %1) "scaled" in "a.b"
        %3 = neg(%2) in "c"
        %4 = exp(%3)
        output "y" = %4
        "#,
    );
    assert_snapshot!(lower_outputs(&g).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "data.x"
    per sample %0 = input[0] in "data"
    constant   %1 = constant 0.5 "rate" in "a.b"
    per sample %2 = mul(%0, %1) "scaled" in "a.b"
    per sample %3 = neg(%2) in "c"
    per sample %4 = exp(%3)
    output "y" = %4
    "#);
}

#[test]
fn user_operations_become_calls() {
    let text = "dagrad graph 1\n%0 = feature\n%1 = cube(%0)\n%2 = weigh(%1, %0, %1, %0)\noutput \"y\" = %2";
    let g = Graph::parse(text, &registry()).unwrap();
    assert_snapshot!(lower_outputs(&g).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature
    per sample %0 = input[0]
    per sample %1 = call[cube](%0)
    per sample %2 = call[weigh](%1, %0, %1, %0)
    output "y" = %2
    "#);
}

/// A macro whose value is its operand, negated.
struct Minus;

impl Macro<Op> for Minus {
    fn name(&self) -> &str {
        "minus"
    }
    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }
    fn expand(&self, at: &mut Expansion<'_, Op>, x: &[NodeId]) -> Result<Vec<NodeId>, MacroError> {
        Ok(vec![at.operation(Op::Neg, x)?])
    }
}

#[test]
fn macros_have_to_be_expanded_first() {
    let mut g = Graph::new();
    let x = g.feature("x").unwrap();
    let ports = g.add_macro("flip", Minus, &[x]).unwrap();
    let y = g.operation(Op::Exp, &[ports[0]]).unwrap();
    g.add_output("y", &[y]).unwrap();
    assert_snapshot!(lower_outputs(&g).unwrap_err(), @r#"%1 = macro minus(%0) "flip" has to be expanded first: call `expand`"#);
    // What needs no macro can be lowered beside it.
    assert_eq!(lower(&g, &[("x", &[x])]).unwrap().len(), 1);
    g.expand(0).unwrap();
    assert_snapshot!(lower_outputs(&g).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "x"
    per sample %0 = input[0]
    per sample %1 = neg(%0) in "flip"
    per sample %2 = exp(%1)
    output "y" = %2
    "#);
}

#[test]
fn keys_of_other_graphs_are_refused() {
    let (mut g, mut other) = (Graph::<Op>::new(), Graph::<Op>::new());
    let (_, x) = (g.feature("x").unwrap(), other.feature("x").unwrap());
    assert!(matches!(lower(&g, &[("y", &[x])]), Err(LowerError::Key(_))));
}

#[test]
fn a_tape_of_nothing_is_a_tape() {
    let tape = lower_outputs(&Graph::<Op>::new()).unwrap();
    assert!(tape.is_empty());
    assert_snapshot!(tape, @"dagrad tape 1");
}
