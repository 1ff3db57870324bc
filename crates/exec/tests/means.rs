//! Strict means are sums in the order that is promised, whatever the lanes.

use dagrad_exec::{Batch, Consume, Layout, Options, Parameters, Program};
use dagrad_graph::{Evaluator, Graph};
use dagrad_ops::{GraphScope, Op, same_bits};
use dagrad_tape::{Variables, differentiate, lower_outputs};

fn network() -> Graph<Op> {
    let mut g = Graph::new();
    let loss = g.scope(|s| {
        let (x, t) = (s.feature("x"), s.target("t"));
        let (v, w) = (s.parameter("v", 0.3), s.parameter("w", -0.7));
        let h = (v * x + w).tanh();
        let y = s.mul([h, h, w]) + h.sigmoid() + x.max(h).abs();
        ((y - t).square() + 1e-3 * (v * v + w * w)).id()
    });
    let loss = loss.unwrap();
    g.add_output("loss", &[loss]).unwrap();
    g
}

/// The rule, written once more and recursively: blocks of 64 from left to right, joined pairwise.
fn by_the_rule(terms: &[f64]) -> f64 {
    let blocks: Vec<f64> = terms
        .chunks(64)
        .map(|block| block.iter().copied().reduce(|a, b| a + b).unwrap())
        .collect();
    fn join(blocks: &[f64]) -> f64 {
        match blocks {
            [only] => *only,
            _ => {
                let half = blocks.len().next_power_of_two() / 2;
                join(&blocks[..half]) + join(&blocks[half..])
            }
        }
    }
    join(&blocks)
}

#[test]
fn means_follow_the_rule_to_the_bit() {
    let g = network();
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let loss = g.output("loss").unwrap()[0];
    let layout = Layout::new(2);
    let parameters = Parameters::new(&layout, &[0.3, -0.7]).unwrap();
    for rows in [1, 2, 63, 64, 65, 200, 1000] {
        let features: Vec<f64> = (0..rows).map(|i| (i as f64 * 0.37).sin() * 2.0).collect();
        let targets: Vec<f64> = (0..rows).map(|i| (i as f64 * 0.11).cos()).collect();
        let mut wanted: Vec<Vec<f64>> = vec![Vec::new(); 3];
        let mut evaluator = Evaluator::<f64>::new(&g);
        for row in 0..rows {
            evaluator.set_features(&g, &[features[row]]).unwrap();
            evaluator.set_targets(&g, &[targets[row]]).unwrap();
            evaluator.reverse(&g, &[(loss, 1.0)]).unwrap();
            wanted[0].push(evaluator.value(loss).unwrap());
            for (at, id) in g.parameters().enumerate() {
                wanted[at + 1].push(evaluator.adjoint(id).unwrap());
            }
        }
        for lanes in [1, 2, 7, 64] {
            let consume = [("loss", Consume::Mean), ("gradient", Consume::Mean)];
            let program = Program::compile(&tape, &layout, &consume, Options { lanes }).unwrap();
            let mut workspace = program.workspace();
            let batch = Batch::of(rows, &features).with_targets(&targets);
            program.run(&mut workspace, &parameters, &batch).unwrap();
            let means = ["loss", "gradient"].map(|name| workspace.mean(&program, name).unwrap());
            for (got, terms) in means.concat().iter().zip(&wanted) {
                let wanted = by_the_rule(terms) / rows as f64;
                assert!(same_bits(*got, wanted), "{got} {wanted} {rows} {lanes}");
            }
        }
    }
}
