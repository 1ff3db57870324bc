//! A dense layer is the same dots however it is written, forward and backward.

use super::listing;
use dagrad_graph::Graph;
use dagrad_ops::{Expr, GraphScope, Op, Scope};
use dagrad_tape::passes::{Options, optimise};
use dagrad_tape::{Code, Instruction, Slot, Tape, Variables, differentiate, lower_outputs};

const INPUTS: usize = 5;
const NEURONS: usize = 3;

/// Writes one neuron, given its weights, the inputs and its bias.
type Write = for<'s> fn(Scope<'s>, &[Expr<'s>], &[Expr<'s>], Expr<'s>) -> Expr<'s>;

/// As the Linear layer does: products, then the bias, in one sum.
fn one_sum<'s>(s: Scope<'s>, w: &[Expr<'s>], x: &[Expr<'s>], b: Expr<'s>) -> Expr<'s> {
    let products = w.iter().zip(x).map(|(&w, &x)| w * x);
    let terms: Vec<_> = products.chain([b]).collect();
    s.add(terms)
}

fn chain<'s>(_: Scope<'s>, w: &[Expr<'s>], x: &[Expr<'s>], b: Expr<'s>) -> Expr<'s> {
    w.iter().zip(x).fold(b, |sum, (&w, &x)| sum + x * w)
}

fn backwards<'s>(_: Scope<'s>, w: &[Expr<'s>], x: &[Expr<'s>], b: Expr<'s>) -> Expr<'s> {
    let mut products = w.iter().zip(x).rev().map(|(&w, &x)| x * w);
    let first = products.next().unwrap();
    products.fold(first, |sum, product| product + sum) + b
}

fn tree<'s>(_: Scope<'s>, w: &[Expr<'s>], x: &[Expr<'s>], b: Expr<'s>) -> Expr<'s> {
    let p: Vec<_> = w.iter().zip(x).map(|(&w, &x)| w * x).collect();
    ((p[3] + p[1]) + (b + p[4])) + (p[0] + p[2])
}

fn mixture<'s>(s: Scope<'s>, w: &[Expr<'s>], x: &[Expr<'s>], b: Expr<'s>) -> Expr<'s> {
    let p: Vec<_> = w.iter().zip(x).map(|(&w, &x)| x * w).collect();
    s.add([p[2], s.add([b, p[4], p[0]])]) - (-p[1] - p[3])
}

/// The listing of the layer under a loss, with the gradients by inputs and parameters.
fn layer(write: Write) -> Tape {
    let mut g = Graph::<Op>::new();
    // In the order of the Linear layer, whatever the formula's order.
    let mut declare = |name: String, is_input: bool| {
        if is_input {
            g.feature(&*name).unwrap()
        } else {
            g.parameter(&*name, 0.5).unwrap()
        }
    };
    let x: Vec<_> = (0..INPUTS)
        .map(|i| declare(format!("x{i}"), true))
        .collect();
    let mut rows = Vec::new();
    for neuron in 0..NEURONS {
        let w = (0..INPUTS).map(|i| declare(format!("w{neuron}.{i}"), false));
        let w: Vec<_> = w.collect();
        rows.push((w, declare(format!("b{neuron}"), false)));
    }
    let loss = g
        .scope(|s| {
            // A hidden layer, so that the adjoints of the layer's operands matter.
            let x: Vec<_> = x.iter().map(|&id| s.at(id).tanh()).collect();
            let mut terms = Vec::new();
            for (w, b) in &rows {
                let w: Vec<_> = w.iter().map(|&id| s.at(id)).collect();
                terms.push(write(s, &w, &x, s.at(*b)).tanh());
            }
            s.add(terms).id()
        })
        .unwrap();
    g.add_output("loss", &[loss]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate(&tape, "loss", Variables::Parameters, "by parameters").unwrap();
    let tape = differentiate(&tape, "loss", Variables::Inputs, "by inputs").unwrap();
    optimise::<f64>(&tape, &Options::FAST).0
}

/// For each number of products, how many dots there are of it, whether they have one list of second factors,
/// and how many terms they have.
fn dots(tape: &Tape) -> Vec<(usize, usize, bool, Vec<usize>)> {
    let products = |slot: &Slot| tape.instruction(*slot).products();
    let mut sizes: Vec<usize> = tape.slots().filter_map(|slot| products(&slot)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let group = |size: usize| {
        let rows = || {
            tape.slots()
                .filter(move |slot| products(slot) == Some(size))
        };
        let seconds = |slot: Slot| -> Vec<Slot> {
            let factors = tape.operands(slot)[..2 * size].iter();
            factors.skip(1).step_by(2).copied().collect()
        };
        let lists: Vec<_> = rows().map(seconds).collect();
        let is_one = lists.windows(2).all(|pair| pair[0] == pair[1]);
        let terms = rows().map(|slot| tape.operands(slot).len() - 2 * size);
        (size, lists.len(), is_one, terms.collect())
    };
    sizes.into_iter().map(group).collect()
}

#[test]
fn a_layer_is_the_same_dots_however_it_is_written() {
    let ways: [Write; 5] = [one_sum, chain, backwards, tree, mixture];
    for write in ways {
        let tape = layer(write);
        // Neurons, each with a bias, and the adjoints of their operands.
        let wanted = [
            (NEURONS, INPUTS, true, vec![0; INPUTS]),
            (INPUTS, NEURONS, true, vec![1; NEURONS]),
        ];
        assert_eq!(dots(&tape), wanted, "{}", listing(&tape));
    }
}

#[test]
fn a_layer_is_the_same_instructions_in_the_order_of_its_operands() {
    let linear = layer(one_sum);
    let ways: [Write; 4] = [chain, backwards, tree, mixture];
    for write in ways {
        let other = layer(write);
        assert_eq!(other.len(), linear.len());
        let (mut codes, mut wanted) = (codes(&other), codes(&linear));
        codes.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(codes, wanted);
    }
}

fn codes(tape: &Tape) -> Vec<Code> {
    let instructions = tape.instructions();
    instructions.map(Instruction::code).collect()
}
