//! What compiling costs: the time of each stage and each pass, on an irregular network.
//!
//! `cargo run --release -p dagrad-tape --example pass_times [nodes]`
#![allow(
    clippy::unwrap_used,
    reason = "an example of its own graph, whose parts exist"
)]

use dagrad_graph::{Graph, NodeId};
use dagrad_ops::Op;
use dagrad_tape::passes::{Options, Pass, optimise};
use dagrad_tape::{Variables, differentiate, lower_outputs};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// 20 inputs, `hidden` tanh nodes of 2 to 8 random earlier ones each, weights on edges and a bias, five
/// outputs that collect what nobody uses, and the squared error.
fn irregular(hidden: usize) -> Graph<Op> {
    let mut g = Graph::new();
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize % below
    };
    let mut nodes: Vec<NodeId> = (0..20).map(|_| g.feature(None).unwrap()).collect();
    let mut used = vec![false; 20 + hidden];
    let neuron = |g: &mut Graph<Op>, from: &[NodeId]| {
        let mut terms = Vec::new();
        for &x in from {
            let w = g.parameter(None, 0.1).unwrap();
            terms.push(g.operation(Op::Mul, &[w, x]).unwrap());
        }
        terms.push(g.parameter(None, 0.0).unwrap());
        let sum = g.operation(Op::Add, &terms).unwrap();
        g.operation(Op::Tanh, &[sum]).unwrap()
    };
    for _ in 0..hidden {
        let count = 2 + random(7);
        let chosen: Vec<usize> = (0..count).map(|_| random(nodes.len())).collect();
        let from: Vec<NodeId> = chosen.iter().map(|&at| nodes[at]).collect();
        chosen.iter().for_each(|&at| used[at] = true);
        let node = neuron(&mut g, &from);
        nodes.push(node);
    }
    let sinks = nodes.iter().zip(&used).filter(|(_, used)| !**used);
    let sinks: Vec<NodeId> = sinks.map(|(&node, _)| node).collect();
    let mut errors = Vec::new();
    for _ in 0..5 {
        let y = neuron(&mut g, &sinks);
        let t = g.target(None).unwrap();
        let error = g.operation(Op::Sub, &[y, t]).unwrap();
        errors.push(g.operation(Op::Square, &[error]).unwrap());
    }
    let loss = g.operation(Op::Add, &errors).unwrap();
    g.add_output("loss", &[loss]).unwrap();
    g
}

/// The shortest of several runs, each of which is given what `prepare` makes.
fn shortest<A, T>(
    runs: usize,
    mut prepare: impl FnMut() -> A,
    mut run: impl FnMut(A) -> T,
) -> (Duration, T) {
    let mut best: Option<(Duration, T)> = None;
    for _ in 0..runs {
        let argument = prepare();
        let start = Instant::now();
        let result = black_box(run(argument));
        let took = start.elapsed();
        if best.as_ref().is_none_or(|(least, _)| took < *least) {
            best = Some((took, result));
        }
    }
    best.unwrap()
}

fn main() {
    let hidden = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let hidden = hidden.unwrap_or(1000);
    let runs = (400_000 / hidden).clamp(3, 400);
    let g = irregular(hidden);
    let report = |what: &str, took: Duration, instructions: usize| {
        let nanoseconds = took.as_nanos() as f64;
        println!(
            "{what:16} {:10.1} µs {:8.1} ns per node {:8.2} ns per instruction",
            nanoseconds / 1e3,
            nanoseconds / g.len() as f64,
            nanoseconds / instructions as f64
        );
    };
    println!("{} nodes", g.len());
    let (took, _) = shortest(runs, || (), |()| g.canonical_order());
    report("order", took, g.len());
    let (took, tape) = shortest(runs, || (), |()| lower_outputs(&g).unwrap());
    report("lower", took, tape.len());
    let (took, tape) = shortest(
        runs,
        || (),
        |()| differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap(),
    );
    println!("{} instructions", tape.len());
    report("differentiate", took, tape.len());
    for (name, options) in [("strict", Options::STRICT), ("fast", Options::FAST)] {
        let (took, (_, steps)) = shortest(
            runs,
            || tape.clone(),
            |tape| optimise::<f64>(&tape, &options),
        );
        report(name, took, tape.len());
        let mut current = tape.clone();
        for step in steps {
            let pass = Pass::all::<f64>().into_iter();
            let pass = pass
                .into_iter()
                .find(|pass| pass.name() == step.pass)
                .unwrap();
            let before = current.len();
            let (took, (next, changed)) = shortest(runs, || current.clone(), |tape| pass.run(tape));
            report(&format!("  {}", step.pass), took, before);
            println!("{:60} {before} to {}, {changed} changed", "", next.len());
            current = next;
        }
    }
}
