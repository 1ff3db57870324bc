//! Depth: nothing recurses over it. A chain of many nodes goes through everything on a thread with a
//! stack of 256 KiB.

use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::{
    Tape, Variables, differentiate, directional_derivative, interpret, lower_outputs, output_values,
};

/// Runs everything on a chain, each of whose nodes is the one before with its sign changed or with the first
/// added.
fn check(nodes: usize) {
    let run = move || {
        let mut graph = Graph::<Op>::with_capacity(nodes);
        let x = graph.parameter("x", 1.0).unwrap();
        let mut y = x;
        for at in 1..nodes {
            y = if at % 2 == 0 {
                graph.operation(Op::Add, &[y, x]).unwrap()
            } else {
                graph.operation(Op::Neg, &[y]).unwrap()
            };
        }
        graph.add_output("y", &[y]).unwrap();
        let tape = lower_outputs(&graph).unwrap();
        drop(graph);
        assert_eq!(tape.len(), nodes);
        let text = tape.to_string();
        let copy: Tape = text.parse().unwrap();
        assert!(copy.to_string() == text, "the copy has another text");
        let gradient = differentiate(&tape, "y", Variables::Parameters, "d").unwrap();
        let values = interpret(&gradient, &[], &[1.0]).unwrap();
        // x, −x, 0, 0, x, −x, …
        let (y, d) = (
            output_values(&gradient, "y", &values),
            output_values(&gradient, "d", &values),
        );
        let wanted = [0.0, 1.0, -1.0, 0.0][nodes % 4];
        assert_eq!((y, d), (Some(vec![wanted]), Some(vec![wanted])));
        let second = directional_derivative(&gradient, "d", Variables::Parameters, "dd").unwrap();
        let values = interpret(&second, &[1.0], &[1.0]).unwrap();
        assert_eq!(output_values(&second, "dd", &values), Some(vec![0.0]));
    };
    let thread = std::thread::Builder::new().stack_size(256 * 1024);
    thread.spawn(run).unwrap().join().unwrap();
}

#[test]
fn a_deep_chain_goes_through_everything() {
    check(200_001);
}

#[test]
#[ignore = "takes half a minute without optimisation"]
fn a_chain_of_two_million_goes_through_everything() {
    check(2_000_001);
}
