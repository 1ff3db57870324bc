//! Derivatives on the tape are those of the reference sweeps, to the bit.

use dagrad_graph::{Evaluator, Graph};
use dagrad_ops::{GraphScope, Op, same_bits};
use dagrad_tape::{Variables, differentiate, interpret, lower_outputs, output_values};

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

#[test]
fn gradients_are_those_of_the_reference_sweep_to_the_bit() {
    let g = network();
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    tape.verify().unwrap();
    let loss = g.output("loss").unwrap()[0];
    let mut evaluator = Evaluator::<f64>::new(&g);
    evaluator.set_features(&g, &[1.25]).unwrap();
    evaluator.set_targets(&g, &[0.5]).unwrap();
    evaluator.reverse(&g, &[(loss, 1.0)]).unwrap();
    let values = interpret(&tape, &[1.25, 0.5], &[0.3, -0.7]).unwrap();
    let gradient = output_values(&tape, "gradient", &values).unwrap();
    for (id, got) in g.parameters().zip(gradient) {
        assert!(same_bits(got, evaluator.adjoint(id).unwrap()));
    }
}
