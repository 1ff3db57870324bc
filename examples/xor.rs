//! Learns exclusive or with a small network of layers, the problem that no single layer can solve.
//!
//! The layers are macros: the graph is written with four nodes and expanded into its scalars before it is
//! trained.

use dagrad::prelude::*;
use std::error::Error;

const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let mut g = Graph::new();
    let (a, b, t) = (g.feature("a")?, g.feature("b")?, g.target("t")?);
    let network = Mlp::new([4, 1])
        .hidden(Activation::Tanh)
        .output(Activation::Sigmoid);
    let xor = g.mlp("net", &[a, b], network)?;
    let loss = g.binary_cross_entropy("loss", &xor, &[t])?;
    g.add_output("xor", &xor)?;
    println!("Before expansion:\n{g}");

    g.expand(SEED)?;
    println!("After it there are {} nodes. Training:", g.len());
    let row = |a: bool, b: bool| Sample::new([bit(a), bit(b)], [bit(a != b)]);
    let data = [
        row(false, false),
        row(false, true),
        row(true, false),
        row(true, true),
    ];
    PerSample::new()
        .epochs(1001)
        .learning_rate(0.1)
        .print_every(250)
        .minimize(&mut g, loss, &data)?;

    println!();
    let mut predictor = Predictor::of(&g, "xor")?;
    for sample in &data {
        let said = predictor.predict(&g, &sample.features)?[0];
        let [a, b] = [sample.features[0], sample.features[1]];
        println!("{a} xor {b} is {said:.4}");
        if (said - sample.targets[0]).abs() > 0.05 {
            return Err("exclusive or was not learnt".into());
        }
    }
    Ok(())
}

fn bit(value: bool) -> f64 {
    if value { 1.0 } else { 0.0 }
}
