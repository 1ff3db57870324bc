//! A macro of one's own that contains others: listed before and after its expansion, trained, and read back
//! from its own text.
//!
//! The macro is a gate: `g · a + (1 − g) · b`, where `g` is a sigmoid layer of both of its operands.

use dagrad::graph::{Arity, Expansion, Macro, MacroError};
use dagrad::ops::Op;
use dagrad::prelude::*;
use std::error::Error;

/// Mixes two values by a gate that looks at both.
struct Gate;

impl Macro<Op> for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(2)
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let score = at.linear("score", operands, 1)?;
        let gate = at.sigmoid(score[0])?;
        let mixed = at.scope(|s| {
            let (gate, a, b) = (s.at(gate), s.at(operands[0]), s.at(operands[1]));
            (gate * a + (1.0 - gate) * b).id()
        })?;
        Ok(vec![mixed])
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut g = Graph::new();
    let (x, y, t) = (g.feature("x")?, g.feature("y")?, g.target("larger")?);
    let first = g.add_macro("first", Gate, &[x, y])?[0];
    // A macro is an operand like any other value, and `first` has two users.
    let second = g.add_macro("second", Gate, &[first, x])?[0];
    let loss = g.scope(|s| (s.at(second) - s.at(t)).square().id())?;
    g.add_output("mixed", &[first, second])?;

    let before = g.to_string();
    println!("Before expansion:\n{before}");
    let registry = dagrad::nn::registry().with_macro("gate", |configuration| match configuration {
        None => Ok(Gate),
        Some(_) => Err("no configuration".to_owned()),
    });
    let read = Graph::parse(&before, &registry)?;
    if read.to_string() != before {
        return Err("the listing does not read back".into());
    }

    g.expand(3)?;
    println!(
        "After it, without the values of parameters:\n{}",
        g.listing().without_parameter_values()
    );

    println!("Learning which of two numbers is larger:");
    let data: Vec<Sample> = (0..100)
        .map(|i| {
            let (x, y) = (f64::from(i % 10) / 5.0 - 0.9, f64::from(i / 10) / 5.0 - 0.9);
            Sample::new([x, y], [x.max(y)])
        })
        .collect();
    let losses = PerSample::new()
        .epochs(401)
        .learning_rate(0.1)
        .print_every(100)
        .minimize(&mut g, loss, &data)?;
    // `second` is the key of a port, and denotes the same value as before.
    println!("\nThe mixture is\n{}", g.formula(second)?);
    if losses.last().is_none_or(|&loss| loss > 0.01) {
        return Err("the gates were not learnt".into());
    }
    Ok(())
}
