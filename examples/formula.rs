//! Writes a network out as mathematics: by names and by numbers, with shared values named once and with
//! everything inlined; and checks by hand that the formula says what the network computes.

use dagrad::prelude::*;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut g = Graph::new();
    let xs = [g.feature("x")?, g.feature("y")?];
    let hidden = g.linear("hidden", &xs, 2)?;
    let hidden = g.activate("tanh", &hidden, Activation::Tanh)?;
    let logits = g.linear("out", &hidden, 2)?;
    let probabilities = g.softmax("softmax", &logits)?;
    g.add_output("p", &probabilities)?;

    println!(
        "The layers, before expansion:\n\n{}\n",
        g.formula_of_output("p")?
    );
    g.expand(7)?;
    println!("The scalars, by name:\n\n{}\n", g.formula_of_output("p")?);
    println!(
        "The same by numbers:\n\n{}\n",
        g.formula_of_output("p")?.numbers()
    );

    let first = g.formula(hidden[0])?.ascii();
    println!("One hidden value alone, ready for a program to read:\n\n{first}\n");

    let inlined = g.formula_of_output("p")?.inlined(2_000)?;
    println!("All of it inlined, where every use is written out:\n\n{inlined}\n");
    let refused = g
        .formula_of_output("p")?
        .inlined(100)
        .err()
        .ok_or("100 characters are enough?")?;
    println!("With at most 100 characters: {refused}");

    // The tutorial's own example, to the letter.
    let mut sum = Graph::new();
    let parts = [sum.parameter(None, 0.1)?, sum.parameter(None, 0.2)?];
    let sum_of_parts = sum.add(&parts)?;
    let text = sum.formula(sum_of_parts)?.numbers().to_string();
    println!("\nadd(parameter 0.1, parameter 0.2) is {text}");
    if text != "0.1 + 0.2" {
        return Err("the tutorial's formula is another".into());
    }

    // tanh(w0·x + w1·y + b), computed here from the parameters.
    let of = |name: &str| g.find_path(name).ok_or(format!("no node is called {name}"));
    let value = |name: &str| Ok::<_, Box<dyn Error>>(g.parameter_value(of(name)?)?);
    let (w0, w1, b) = (
        value("hidden.0.w0")?,
        value("hidden.0.w1")?,
        value("hidden.0.b")?,
    );
    let by_hand = (w0 * 0.3 + w1 * -0.8 + b).tanh();
    let mut evaluator = Evaluator::new(&g);
    evaluator.set_features(&g, &[0.3, -0.8])?;
    // The key is that of a macro's port; it denotes the same value after the expansion.
    evaluator.forward(&g, &[hidden[0]])?;
    let computed: f64 = evaluator.value(hidden[0])?;
    println!("\nat x = 0.3, y = −0.8 it is {computed}, by hand {by_hand}");
    if (computed - by_hand).abs() > 1e-15 {
        return Err("the formula does not say what the network computes".into());
    }
    Ok(())
}
