//! The derivative of the derivative, against nested dual numbers, which know nothing of tapes or
//! contributions.
//!
//! What is allowed is a part of 1e-12 of the value wanted, and 4 ulps of the sum of the absolute values of
//! the terms that were added, of which the tape's own text says which they are: it is run over
//! [`Terms`]. That rule is for one operation; a chain of several rounds as often, so in random graphs, which
//! amplify what came before, each operation is allowed its 4 ulps.

use crate::random::{Numbers, tame_graph};
use crate::support::graph;
use dagrad_graph::{Graph, Kind, NodeId};
use dagrad_ops::{Dual, GraphScope, Op, Terms, Tolerance};
use dagrad_tape::{
    Code, Slot, Tape, Variables, differentiate, differentiate_slot, directional_derivative,
    interpret, lower_outputs, output_values,
};

type Nested = Dual<Dual<f64>>;

/// `x + ε·u + δ·v` for each number, so that the derivative of the derivative is `uᵀ H v`.
fn nested(x: &[f64], u: &[f64], v: &[f64]) -> Vec<Nested> {
    let number = |((&x, &u), &v)| Dual::new(Dual::new(x, u), Dual::new(v, 0.0));
    x.iter().zip(u).zip(v).map(number).collect()
}

fn unit(len: usize, at: usize) -> Vec<f64> {
    (0..len)
        .map(|other| f64::from(u8::from(other == at)))
        .collect()
}

/// Complains unless `got`, a second derivative with the magnitude of its terms, is `wanted` but for the rounding
/// of so many operations.
fn check(got: Terms<f64>, wanted: f64, operations: usize, what: impl FnOnce() -> String) {
    let one = Tolerance::derivative::<f64>();
    let tolerance = Tolerance {
        ulps: one.ulps * operations as f64,
        ..one
    };
    let checked = tolerance.check(got.value, wanted, got.magnitude);
    if let Err(difference) = checked {
        panic!("{difference}\n{}", what());
    }
}

fn leaves(numbers: &[f64]) -> Vec<Terms<f64>> {
    numbers.iter().copied().map(Terms::leaf).collect()
}

/// The Hessian of the first slot of the output `of`, row by row: one more output for each input.
fn hessian(tape: &Tape, of: &str) -> Tape {
    let mut tape = differentiate(tape, of, Variables::Inputs, "gradient").unwrap();
    let gradient = tape.output("gradient").unwrap().to_vec();
    for (row, slot) in gradient.into_iter().enumerate() {
        let name = format!("row {row}");
        tape = differentiate_slot(&tape, slot, Variables::Inputs, &name).unwrap();
    }
    tape
}

#[test]
fn the_hessian_of_rosenbrocks_function_is_exact() {
    let g = graph(
        "%0 = feature \"x\"\n%1 = feature \"y\"\n%2 = constant 1.0\n%3 = constant 100.0\n%4 = sub(%2, %0)\n\
         %5 = square(%4)\n%6 = square(%0)\n%7 = sub(%1, %6)\n%8 = square(%7)\n%9 = mul(%3, %8)\n\
         %10 = add(%5, %9)\noutput \"f\" = %10",
    );
    let base = lower_outputs(&g).unwrap();
    let tape = hessian(&base, "f");
    // At numbers like these nothing is rounded.
    for [x, y] in [
        [1.0, 1.0],
        [-1.5, 2.0],
        [0.0, 0.0],
        [3.0, -0.25],
        [-0.5, 0.125],
    ] {
        let values = interpret(&tape, &[x, y], &[]).unwrap();
        let row = |name: &str| output_values(&tape, name, &values).unwrap();
        assert_eq!(
            row("f"),
            [(1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x)]
        );
        assert_eq!(
            row("gradient"),
            [
                -2.0 * (1.0 - x) - 400.0 * x * (y - x * x),
                200.0 * (y - x * x)
            ]
        );
        assert_eq!(row("row 0"), [2.0 - 400.0 * y + 1200.0 * x * x, -400.0 * x]);
        assert_eq!(row("row 1"), [-400.0 * x, 200.0]);
        for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let inputs = nested(&[x, y], &unit(2, i), &unit(2, j));
            let f = output_values(&base, "f", &interpret(&base, &inputs, &[]).unwrap()).unwrap()[0];
            let got = row(&format!("row {i}"))[j];
            let wanted = f.derivative.derivative;
            Tolerance::EXACT.check(got, wanted, wanted).unwrap();
        }
    }
}

/// The squared error of a 2-16-16-1 network of tanh.
fn network() -> Graph<Op> {
    let mut g = Graph::new();
    let mut numbers = Numbers(11);
    let loss = g.scope(|s| {
        let mut layer = vec![s.feature("x0"), s.feature("x1")];
        for (depth, width) in [16, 16, 1].into_iter().enumerate() {
            let mut next = Vec::new();
            for neuron in 0..width {
                let mut terms = Vec::new();
                for (at, &x) in layer.iter().enumerate() {
                    let name = format!("w{depth}_{neuron}_{at}");
                    terms.push(s.parameter(&*name, 0.7 * numbers.unit()) * x);
                }
                terms.push(s.parameter(&*format!("b{depth}_{neuron}"), 0.3 * numbers.unit()));
                let sum = s.add(terms);
                next.push(if width == 1 { sum } else { sum.tanh() });
            }
            layer = next;
        }
        (layer[0] - s.target("t")).square().id()
    });
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    g
}

fn parameters(graph: &Graph<Op>) -> Vec<f64> {
    let value = |id: NodeId| match graph.kind(id) {
        Ok(Kind::Parameter(value)) => *value,
        other => panic!("{other:?} is no parameter"),
    };
    graph.parameters().map(value).collect()
}

#[test]
fn a_hessian_vector_product_of_a_network_is_that_of_nested_duals_and_of_differences() {
    let g = network();
    let base = lower_outputs(&g).unwrap();
    let p = parameters(&g);
    assert_eq!(p.len(), 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1);
    let sample = [0.6, -0.9, 0.25];
    let mut numbers = Numbers(12);
    let v: Vec<f64> = p.iter().map(|_| numbers.unit()).collect();

    // Forward over reverse: the direction comes in after the inputs.
    let gradient = differentiate(&base, "loss", Variables::Parameters, "gradient").unwrap();
    let product =
        directional_derivative(&gradient, "gradient", Variables::Parameters, "hv").unwrap();
    let inputs = [sample.as_slice(), &v].concat();
    let values = interpret(&product, &leaves(&inputs), &leaves(&p)).unwrap();
    let got = output_values(&product, "hv", &values).unwrap();
    assert_eq!(got.len(), p.len());

    // Against the number that each component is.
    let zeros = vec![0.0; p.len()];
    let x = nested(&sample, &zeros, &zeros);
    for (at, &got) in got.iter().enumerate() {
        let moved = nested(&p, &unit(p.len(), at), &v);
        let loss = interpret(&base, &x, &moved).unwrap();
        let loss = output_values(&base, "loss", &loss).unwrap()[0];
        check(got, loss.derivative.derivative, 1, || {
            format!("component {at}")
        });
    }

    // Against the difference of two gradients, which knows no second derivative at all. Its error is of the
    // order of the square of the step, and of a rounding over the step.
    let step = 1e-5;
    let gradient_at = |sign: f64| {
        let moved: Vec<f64> = p.iter().zip(&v).map(|(p, v)| p + sign * step * v).collect();
        let values = interpret(&gradient, &sample, &moved).unwrap();
        output_values(&gradient, "gradient", &values).unwrap()
    };
    let (ahead, behind) = (gradient_at(1.0), gradient_at(-1.0));
    let scale = got.iter().map(|got| got.value.abs()).fold(0.0, f64::max);
    for ((ahead, behind), got) in ahead.into_iter().zip(behind).zip(&got) {
        let wanted = (ahead - behind) / (2.0 * step);
        let loose = Tolerance::EXACT.and_absolute(1e-8 * scale);
        loose.check(got.value, wanted, wanted).unwrap();
    }

    assert!(scale > 1e-3, "a product of zeros says nothing");
}

/// All second derivatives by inputs and parameters, of random graphs of operations without kinks.
#[test]
fn second_derivatives_of_random_graphs_are_those_of_nested_duals() {
    let mut checked = 0;
    let smooth: Vec<Op> = Op::all()
        .into_iter()
        .filter(|op| op.properties().smooth)
        .collect();
    for seed in 0..400 {
        let (g, x) = tame_graph(&mut Numbers(seed), &smooth, 12);
        let base = lower_outputs(&g).unwrap();
        let p = parameters(&g);
        let all = [x.as_slice(), &p].concat();
        let is_variable = |slot: &Slot| base.instruction(*slot).variable().is_some();
        let slots: Vec<Slot> = base.slots().filter(is_variable).collect();
        let operations = base.len() - slots.len();
        let number_of = |slot: Slot| {
            let instruction = base.instruction(slot);
            let is_parameter = instruction.code() == Code::Parameter;
            instruction.variable().unwrap() + if is_parameter { x.len() } else { 0 }
        };
        let mut tape = differentiate(&base, "y", Variables::Slots(&slots), "gradient").unwrap();
        let gradient = tape.output("gradient").unwrap().to_vec();
        for (row, slot) in gradient.into_iter().enumerate() {
            let name = format!("row {row}");
            tape = differentiate_slot(&tape, slot, Variables::Slots(&slots), &name).unwrap();
        }
        let values = interpret(&tape, &leaves(&x), &leaves(&p)).unwrap();
        for (i, &row) in slots.iter().enumerate() {
            let got = output_values(&tape, &format!("row {i}"), &values).unwrap();
            for (&column, got) in slots.iter().zip(got) {
                let (u, v) = (
                    unit(all.len(), number_of(row)),
                    unit(all.len(), number_of(column)),
                );
                let moved = nested(&all, &u, &v);
                let (x, p) = moved.split_at(x.len());
                let y = output_values(&base, "y", &interpret(&base, x, p).unwrap()).unwrap()[0];
                check(got, y.derivative.derivative, operations, || {
                    format!("{row} {column}\n{x:?} {p:?}\n{base}")
                });
                checked += 1;
            }
        }
    }
    assert!(
        checked > 1000,
        "only {checked} second derivatives were checked"
    );
}
