//! A recurrent network whose weight matrices are diagonal: layers of long short-term memory cells over a sequence of
//! characters, each as its bits, of which the next character is predicted.
//!
//! A loop over the characters and the layers builds the graph, with one node for each operation of each cell. The loss
//! is the mean, over characters and bits, of bits times what is missing of their logarithmic score.

use super::Function;
use crate::Failure;
use crate::compile::{flatten, real};
use crate::segments::{Segments, Steps};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::Range;

pub(super) const FUNCTIONS: &[(&str, Function)] =
    &[("objective", objective), ("jacobian", jacobian)];

/// What one bit's gates take, from the rows of a layer's weights and biases.
struct Gates<'l, 's> {
    weights: &'l [Expr<'s>],
    biases: &'l [Expr<'s>],
    bits: usize,
    bit: usize,
}

impl<'s> Gates<'_, 's> {
    /// The weighted and shifted value of the gate of this number.
    fn take(&self, number: usize, x: Expr<'s>) -> Expr<'s> {
        let at = number * self.bits + self.bit;
        x * self.weights[at] + self.biases[at]
    }
}

/// How many cells times characters one graph has at most, each of them about twenty nodes.
const MOST_CELLS: usize = 30_000;

#[derive(Deserialize)]
struct Input {
    /// For each layer a row of weights and a row of biases: those of the gates that forget, let in and let out, and of
    /// the change.
    main_params: Vec<Vec<f64>>,
    /// Weights before the layers, weights after them, biases after them.
    extra_params: Vec<Vec<f64>>,
    /// For each layer what is hidden, and what is in the cells.
    state: Vec<Vec<f64>>,
    /// The bits of each character.
    sequence: Vec<Vec<f64>>,
}

/// An input, flat and checked.
struct Problem {
    layers: usize,
    bits: usize,
    /// How many characters are predicted.
    steps: usize,
    parameters: Vec<f64>,
    /// The state, and then the sum of scores so far.
    start: Vec<f64>,
    sequence: Vec<f64>,
}

impl Problem {
    fn read(input: &Value) -> Result<Self, Failure> {
        let input = Input::deserialize(input)?;
        let bits = input.sequence.first().map_or(0, Vec::len);
        let rows = input.main_params.len();
        if bits == 0 || rows == 0 || rows % 2 == 1 || input.sequence.len() < 2 {
            return Err(
                "there have to be two characters, a bit, and two rows for each layer".into(),
            );
        }
        if input.state.len() != rows || input.extra_params.len() != 3 {
            return Err(format!("there have to be {rows} rows of state, and three others").into());
        }
        let main = flatten(&input.main_params, 4 * bits, "main_params")?;
        let extra = flatten(&input.extra_params, bits, "extra_params")?;
        let mut start = flatten(&input.state, bits, "state")?;
        start.push(0.0);
        Ok(Self {
            layers: rows / 2,
            bits,
            steps: input.sequence.len() - 1,
            parameters: [main, extra].concat(),
            start,
            sequence: flatten(&input.sequence, bits, "sequence")?,
        })
    }

    fn graph(&self, steps: usize) -> Result<Steps, Failure> {
        let (layers, bits) = (self.layers, self.bits);
        let mut graph = Graph::new();
        let [start, parameters, end] = graph.scope(|s| {
            let start: Vec<Expr<'_>> = self.start.iter().map(|_| s.feature(None)).collect();
            let characters: Vec<Expr<'_>> =
                (0..(steps + 1) * bits).map(|_| s.feature(None)).collect();
            let parameters: Vec<Expr<'_>> = self
                .parameters
                .iter()
                .map(|&value| s.parameter(None, value))
                .collect();
            let (main, extra) = parameters.split_at(8 * layers * bits);
            let mut state = start.clone();
            for character in 0..steps {
                let (cells, score) = state.split_at_mut(2 * layers * bits);
                let (now, next) = characters[character * bits..][..2 * bits].split_at(bits);
                let weights = &extra[..bits];
                let mut values: Vec<Expr<'_>> =
                    now.iter().zip(weights).map(|(&x, &w)| x * w).collect();
                for layer in 0..layers {
                    let (weights, biases) = main[8 * layer * bits..][..8 * bits].split_at(4 * bits);
                    let (hidden, cell) = cells[2 * layer * bits..][..2 * bits].split_at_mut(bits);
                    for bit in 0..bits {
                        let gates = Gates {
                            weights,
                            biases,
                            bits,
                            bit,
                        };
                        let forget = gates.take(0, values[bit]).sigmoid();
                        let let_in = gates.take(1, hidden[bit]).sigmoid();
                        let let_out = gates.take(2, values[bit]).sigmoid();
                        let change = gates.take(3, hidden[bit]).tanh();
                        cell[bit] = cell[bit] * forget + let_in * change;
                        hidden[bit] = let_out * cell[bit].tanh();
                        values[bit] = hidden[bit];
                    }
                }
                let scores: Vec<Expr<'_>> = (0..bits)
                    .map(|bit| values[bit] * extra[bits + bit] + extra[2 * bits + bit])
                    .collect();
                let powers = scores.iter().map(|score| score.exp());
                let powers = powers.chain([s.constant(2.0)]);
                let normal = s.add(powers).ln();
                let gained = scores
                    .iter()
                    .zip(next)
                    .map(|(&score, &bit)| bit * (score - normal));
                score[0] = s.add([score[0]].into_iter().chain(gained));
            }
            [start, parameters, state].map(|list| list.iter().map(|expr| expr.id()).collect())
        })?;
        Ok(Steps {
            graph,
            start,
            parameters,
            end,
        })
    }

    fn compile(&self, with_gradient: bool, stopwatch: &mut Stopwatch) -> Result<Segments, Failure> {
        let size = (self.steps, MOST_CELLS / (self.layers * self.bits));
        let graph = |steps| self.graph(steps);
        Segments::compile(size, &self.parameters, with_gradient, graph, stopwatch)
    }

    /// The characters that some steps see: theirs, and the one after the last.
    fn characters(&self, steps: Range<usize>) -> &[f64] {
        &self.sequence[steps.start * self.bits..(steps.end + 1) * self.bits]
    }

    /// What the sum of scores counts in the loss.
    fn share(&self) -> Result<f64, Failure> {
        Ok(-1.0 / real(self.steps * self.bits)?)
    }
}

fn objective(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let mut segments = problem.compile(false, stopwatch)?;
    let given = |steps| problem.characters(steps);
    let end = stopwatch.evaluate(|| segments.forward(&problem.start, given))?;
    let score = end.last().ok_or("there is no score")?;
    Ok(json!(score * problem.share()?))
}

fn jacobian(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let mut segments = problem.compile(true, stopwatch)?;
    let given = |steps| problem.characters(steps);
    let share = problem.share()?;
    let mut seeds = vec![0.0; problem.start.len()];
    seeds.last_mut().into_iter().for_each(|last| *last = share);
    let gradient = stopwatch.evaluate(|| {
        segments.forward(&problem.start, given)?;
        segments.backward(&seeds)
    })?;
    Ok(json!(gradient))
}
