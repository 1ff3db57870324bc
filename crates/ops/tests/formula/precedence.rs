//! Every operation inside every other, at every operand: the text means the graph, to our grammar and to a
//! published expression crate, and no pair of parentheses could be left out.

use crate::evaluation::evaluate_all;
use crate::grammar::{meaning, parse, without_each_pair};
use dagrad_graph::{Evaluator, NodeId, Operator};
use dagrad_ops::{Expr, GraphScope, Op, Scope, Tolerance};

type Graph = dagrad_graph::Graph<Op>;

/// What stands in the table: every operation, with as many operands as it takes.
fn rows() -> Vec<(Op, usize)> {
    let counts = |op: &Op| {
        (1..=3)
            .filter(|&count| op.arity().accepts(count))
            .collect::<Vec<_>>()
    };
    let row = |op: Op| {
        counts(&op)
            .into_iter()
            .map(move |count| (op.clone(), count))
    };
    Op::all().into_iter().flat_map(row).collect()
}

/// `inner` of fresh inputs, or a negative number.
fn inner(graph: &mut Graph, inner: Option<&(Op, usize)>) -> NodeId {
    match inner {
        None => graph.constant(-2.0),
        Some((op, count)) => {
            let inputs: Vec<_> = (0..*count).map(|_| graph.feature(None).unwrap()).collect();
            graph.operation(op.clone(), &inputs).unwrap()
        }
    }
}

#[test]
fn every_operation_in_every_other() {
    let rows = rows();
    let mut pairs = 0;
    for (outer, count) in &rows {
        for at in 0..*count {
            for inside in rows.iter().map(Some).chain([None]) {
                let mut graph = Graph::new();
                let operands: Vec<_> = (0..*count)
                    .map(|operand| {
                        if operand == at {
                            inner(&mut graph, inside)
                        } else {
                            graph.feature(None).unwrap()
                        }
                    })
                    .collect();
                let y = graph.operation(outer.clone(), &operands).unwrap();
                check(&graph, y);
                pairs += 1;
            }
        }
    }
    assert_eq!(
        pairs,
        rows.iter().map(|row| row.1).sum::<usize>() * (rows.len() + 1)
    );
}

/// A deeper look at those that are not written as functions.
#[test]
fn three_deep() {
    let rows: Vec<_> = [
        (Op::Add, 2),
        (Op::Sub, 2),
        (Op::Mul, 2),
        (Op::Div, 2),
        (Op::Neg, 1),
        (Op::Recip, 1),
        (Op::Square, 1),
        (Op::Powi(-3), 1),
        (Op::Pow, 2),
        (Op::Lt, 2),
        (Op::Exp, 1),
    ]
    .into();
    for (outer, outers) in &rows {
        for (middle, middles) in &rows {
            for (outer_at, middle_at) in
                (0..*outers).flat_map(|a| (0..*middles).map(move |b| (a, b)))
            {
                for inside in rows.iter().map(Some).chain([None]) {
                    let mut graph = Graph::new();
                    let y = inner(&mut graph, inside);
                    let y = around(&mut graph, y, middle, *middles, middle_at);
                    let y = around(&mut graph, y, outer, *outers, outer_at);
                    check(&graph, y);
                }
            }
        }
    }
}

/// `op` of `id`, at this position, and of fresh inputs.
fn around(graph: &mut Graph, id: NodeId, op: &Op, count: usize, at: usize) -> NodeId {
    let operands: Vec<_> = (0..count)
        .map(|operand| {
            if operand == at {
                id
            } else {
                graph.feature(None).unwrap()
            }
        })
        .collect();
    graph.operation(op.clone(), &operands).unwrap()
}

#[track_caller]
fn check(graph: &Graph, y: NodeId) {
    let formula = graph.formula(y).unwrap();
    let tree = Some(meaning(graph, y, &formula.variables()));
    let text = formula.to_string();
    assert_eq!(parse(&text), tree, "{text}");
    for shorter in without_each_pair(&text) {
        assert_ne!(parse(&shorter), tree, "{shorter} would do for {text}");
    }

    // Within every domain, so that NaN, of which programs make what they like, comes last or not at all.
    let features: Vec<_> = [0.7, 0.6, 0.3, 0.9, 0.2, 0.4, 0.8]
        .into_iter()
        .cycle()
        .take(graph.features().count())
        .collect();
    let mut evaluator = Evaluator::<f64>::new(graph);
    evaluator.set_features(graph, &features).unwrap();
    let everything: Vec<_> = graph.canonical_order().iter().collect();
    evaluator.forward(graph, &everything).unwrap();
    let ascii = formula.ascii();
    let variables: Vec<_> = ascii
        .variables()
        .into_iter()
        .map(|(id, name)| (name, evaluator.value(id).unwrap()))
        .collect();
    let text = ascii.to_string();
    let (got, wanted) = (
        evaluate_all(&text, &variables)[0],
        evaluator.value(y).unwrap(),
    );
    let tolerance = Tolerance::relative(1e-12).and_absolute(1e-12);
    if let Err(difference) = tolerance.check(got, wanted, 0.0) {
        panic!("{text}: {difference}");
    }
}

type Build<'b> = &'b dyn for<'s> Fn(Scope<'s>, [Expr<'s>; 3]) -> NodeId;

#[test]
fn the_classic_traps() {
    let mut g = Graph::new();
    let (a, b, c) = (
        g.feature("a").unwrap(),
        g.feature("b").unwrap(),
        g.feature("c").unwrap(),
    );
    let mut check = |build: Build<'_>, text: &str, ascii: &str| {
        let y = g.scope(|s| build(s, [s.at(a), s.at(b), s.at(c)])).unwrap();
        assert_eq!(g.formula(y).unwrap().to_string(), text);
        assert_eq!(g.formula(y).unwrap().ascii().to_string(), ascii);
    };
    check(&|_, [a, _, _]| (-a.square()).id(), "-a^2", "-(a^2)");
    check(&|_, [a, _, _]| (-a).square().id(), "(-a)^2", "(-a)^2");
    check(&|_, [a, b, c]| a.pow(b.pow(c)).id(), "a^b^c", "a^(b^c)");
    check(&|_, [a, b, c]| a.pow(b).pow(c).id(), "(a^b)^c", "(a^b)^c");
    check(&|_, [a, b, _]| a.pow(-b).id(), "a^(-b)", "a^(-b)");
    check(&|_, [a, _, _]| a.powi(-2).id(), "a^(-2)", "a^(-2)");
    check(
        &|s, [a, _, _]| s.constant(-2.0).pow(a).id(),
        "(-2)^a",
        "(-2)^a",
    );
    check(
        &|s, [a, _, _]| (a - s.constant(-2.0)).id(),
        "a - (-2)",
        "a - (-2)",
    );
    check(
        &|_, [a, b, c]| (a + -b * c).id(),
        "a + (-b·c)",
        "a + (-b*c)",
    );
    check(&|_, [a, b, c]| (-b * c + a).id(), "-b·c + a", "-b*c + a");
    check(&|_, [a, b, _]| (-(a * b)).id(), "-(a·b)", "-(a*b)");
    check(&|_, [a, _, _]| (-(-a)).id(), "-(-a)", "-(-a)");
    check(
        &|_, [a, b, c]| (a - (b - c)).id(),
        "a - (b - c)",
        "a - (b - c)",
    );
    check(&|_, [a, b, c]| (a / (b * c)).id(), "a/(b·c)", "a/(b*c)");
    check(&|_, [a, b, c]| (a / b * c).id(), "a/b·c", "a/b*c");
    check(
        &|_, [a, b, _]| ((a + b).recip() * a).id(),
        "1/(a + b)·a",
        "1/(a + b)*a",
    );
    check(&|_, [a, b, _]| (a * b.recip()).id(), "a·(1/b)", "a*(1/b)");
    check(
        &|_, [a, b, c]| a.lt(b).lt(c).id(),
        "(a < b) < c",
        "(a < b) < c",
    );
    check(
        &|_, [a, b, c]| (a + b).tanh().lt(b + c).id(),
        "tanh(a + b) < b + c",
        "tanh(a + b) < b + c",
    );
}
