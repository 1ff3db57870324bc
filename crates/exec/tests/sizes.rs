//! What tapes take in memory.

use dagrad_exec::{Layout, Mode, Options, Program};
use dagrad_tape::{Tape, Variables, differentiate_mean, lower_outputs, mean_output};
use dagrad_testsuite::workloads::large::{self, Shape};
use dagrad_testsuite::workloads::{irregular, moons};

/// An instruction and its operands take at most 40 bytes, before and after the passes, on graphs of every kind.
#[test]
fn an_instruction_with_its_operands_takes_forty_bytes_at_most() {
    let graphs = [
        irregular::network().unwrap(),
        moons::step().unwrap().graph,
        large::graph(Shape::Chain, 10_000).unwrap(),
        large::graph(Shape::Random, 10_000).unwrap(),
    ];
    for graph in graphs {
        let lowered = lower_outputs(&graph).unwrap();
        let tape = mean_output(&lowered, "loss", "mean").unwrap();
        let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
        fits(&lowered);
        fits(&tape);
        for mode in [Mode::Strict, Mode::Fast] {
            let options = Options {
                mode,
                ..Options::default()
            };
            let layout = Layout::new(tape.parameters().len());
            fits(
                Program::<f64>::compile(&tape, &layout, options)
                    .unwrap()
                    .tape(),
            );
        }
    }
}

fn fits(tape: &Tape) {
    let each = tape.bytes() as f64 / tape.len() as f64;
    assert!(each <= 40.0, "{each} bytes");
}
