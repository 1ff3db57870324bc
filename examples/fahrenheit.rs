//! Learns to convert Fahrenheit to Celsius from a thousand examples, with one weight and one bias.
//!
//! The graph computes `w · f + b`; the loss and its gradient are a pair of functions beside it. The
//! formula it has to find is `5/9 · f − 160/9`.

use dagrad::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let data: Vec<Sample> = (0..1000)
        .map(|_| {
            let f = rng.random_range(-1.0..1.0);
            Sample::new([f], [(f - 32.0) * 5.0 / 9.0])
        })
        .collect();

    let mut g = Graph::new();
    let f = g.feature("f")?;
    let w = g.parameter("w", rng.random_range(-1.0..1.0))?;
    let b = g.parameter("b", rng.random_range(-1.0..1.0))?;
    let c = g.scope(|s| (s.at(w) * s.at(f) + s.at(b)).id())?;
    g.add_output("c", &[c])?;

    let squared = |t: &[f64], y: &[f64]| (t[0] - y[0]).powi(2);
    let gradient = |t: &[f64], y: &[f64], to: &mut [f64]| to[0] = -2.0 * (t[0] - y[0]);
    PerSample::new().minimize_pair(&mut g, "c", &data, squared, gradient)?;

    print!("\n{g}");
    let (w, b) = (g.parameter_value(w)?, g.parameter_value(b)?);
    println!("\nlearnt  c = {w} · f {b:+}");
    println!("wanted  c = {} · f {:+}", 5.0 / 9.0, -160.0 / 9.0);
    let at_freezing = predict(&g, &[32.0])?[0];
    println!("32 °F is {at_freezing:.1e} °C");

    let found = (w - 5.0 / 9.0).abs() < 1e-6 && (b + 160.0 / 9.0).abs() < 1e-6;
    if !found || at_freezing.abs() > 1e-6 {
        return Err("the formula was not found to 1e-6".into());
    }
    Ok(())
}
