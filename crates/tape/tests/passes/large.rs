//! Long chains and wide sums: nothing recurses, and nothing takes quadratic time.

use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::passes::{Options, Pass, optimise};
use dagrad_tape::{Tape, Variables, differentiate, lower_outputs};

const LENGTH: usize = 2_000_000;

/// A chain, each node made of the one before and of one of the two leaves.
fn chain(length: usize, operation: impl Fn(usize) -> Op) -> Tape {
    let mut g = Graph::<Op>::with_capacity(length + 2);
    let leaves = [g.feature("x").unwrap(), g.parameter("w", 0.5).unwrap()];
    let mut last = leaves[0];
    for number in 0..length {
        let operands = [last, leaves[number % 2]];
        let op = operation(number);
        let count = if op == Op::Tanh || op == Op::Neg {
            1
        } else {
            2
        };
        last = g.operation(op, &operands[..count]).unwrap();
    }
    g.add_output("y", &[last]).unwrap();
    lower_outputs(&g).unwrap()
}

#[test]
fn a_long_chain_of_sums_becomes_one() {
    let tape = chain(LENGTH, |_| Op::Add);
    let (strict, _) = optimise::<f64>(&tape, &Options::STRICT);
    assert_eq!(strict.len(), 3);
    // A million times each leaf.
    let (fast, _) = optimise::<f64>(&tape, &Options::FAST);
    assert_eq!(
        fast.formula_of_output("y").unwrap().to_string(),
        "1000001·x + 1000000·w"
    );
}

const OPS: [Op; 5] = [Op::Mul, Op::Add, Op::Tanh, Op::Sub, Op::Max];

#[test]
fn a_long_chain_of_everything_is_optimised() {
    let tape = chain(LENGTH, |number| OPS[number % OPS.len()].clone());
    for options in [Options::STRICT, Options::FAST] {
        let (after, _) = optimise::<f64>(&tape, &options);
        assert!(after.len() < tape.len());
    }
}

#[test]
fn every_pass_walks_a_chain_and_its_derivative() {
    let tape = chain(LENGTH / 20, |number| OPS[number % OPS.len()].clone());
    let tape = differentiate(&tape, "y", Variables::Parameters, "gradient").unwrap();
    for pass in Pass::all::<f64>() {
        let (after, _) = pass.run(tape.clone());
        assert!(after.len() <= tape.len(), "{}", pass.name());
    }
}

/// One value with very many users, in one sum and in products with each other.
#[test]
fn many_uses_of_one_value_take_no_longer() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let mut terms = Vec::new();
    for number in 0..LENGTH / 20 {
        let factor = g.constant(number as f64);
        terms.push(g.operation(Op::Mul, &[x, factor]).unwrap());
        terms.push(g.operation(Op::Mul, &[factor, x]).unwrap());
    }
    let sum = g.operation(Op::Add, &terms).unwrap();
    g.add_output("y", &[sum]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    for options in [Options::STRICT, Options::FAST] {
        let (after, _) = optimise::<f64>(&tape, &options);
        assert!(after.len() <= LENGTH / 10 + 2, "{}", after.len());
    }
}
