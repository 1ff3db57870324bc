//! Long chains and wide sums: nothing recurses, and nothing takes quadratic time.

use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::passes::{Options, Pass, optimise};
use dagrad_tape::{Tape, Variables, differentiate, lower_outputs};

const LENGTH: usize = 2_000_000;

/// A chain, each node made of the one before and of one of the two leaves.
fn chain(operation: impl Fn(usize) -> Op) -> Tape {
    let mut g = Graph::<Op>::with_capacity(LENGTH + 2);
    let leaves = [g.feature("x").unwrap(), g.parameter("w", 0.5).unwrap()];
    let mut last = leaves[0];
    for number in 0..LENGTH {
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
    let tape = chain(|_| Op::Add);
    for options in [Options::STRICT, Options::FAST] {
        let (tape, _) = optimise::<f64>(tape.clone(), &options);
        assert!(tape.len() <= 5, "{}", tape.len());
    }
}

#[test]
fn a_long_chain_of_signs_vanishes() {
    let tape = chain(|number| if number % 2 == 0 { Op::Neg } else { Op::Add });
    let (tape, _) = optimise::<f64>(tape, &Options::FAST);
    assert!(tape.len() < LENGTH);
}

#[test]
fn every_pass_walks_a_long_chain_and_its_derivative() {
    let ops = [Op::Mul, Op::Add, Op::Tanh, Op::Sub, Op::Max];
    let tape = chain(|number| ops[number % ops.len()].clone());
    let tape = differentiate(&tape, "y", Variables::Parameters, "gradient").unwrap();
    for pass in Pass::all::<f64>() {
        let (after, _) = pass.run(tape.clone());
        assert!(after.len() <= tape.len(), "{}", pass.name());
    }
}
