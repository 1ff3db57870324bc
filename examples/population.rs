//! Searches for the form of a network: 200 small topologies, which learn by a few steps along their gradients and change by
//! adding an edge or splitting one; the better half of each generation has the next one as children.
//!
//! The task is sin 3x − y³, with tanh and sums at hand. Every topology is a graph of its own, compiled anew in every generation; a
//! compiled program is that cheap. The topologies are shared out among two threads, and are the same on any number.

use dagrad::on_threads;
use dagrad::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::error::Error;

const POPULATION: usize = 200;
const GENERATIONS: usize = 40;
const STEPS: usize = 60;
const RATE: f64 = 0.2;
const THREADS: usize = 2;

/// What each edge more has to gain, in mean squared error.
const PRICE: f64 = 2e-5;

/// A network without layers. Nodes are numbers; the first two are the features, the third is the output.
#[derive(Clone)]
struct Topology {
    /// The nodes, sources before targets.
    order: Vec<usize>,
    /// Weights, by target and source.
    edges: BTreeMap<(usize, usize), f64>,
    biases: Vec<f64>,
    /// The mean squared error after training.
    error: f64,
}

const FEATURES: usize = 2;
const OUTPUT: usize = 2;

fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let points: Vec<[f64; 2]> = (0..11 * 11)
        .map(|at| [at % 11, at / 11].map(|step| f64::from(step) / 5.0 - 1.0))
        .collect();
    let targets: Vec<f64> = points
        .iter()
        .map(|[x, y]| (3.0 * x).sin() - y.powi(3))
        .collect();
    let batch = Batch::of(points.len(), points.as_flattened()).with_targets(&targets);

    let mut population: Vec<Topology> = (0..POPULATION)
        .map(|_| {
            let mut topology = Topology::smallest(&mut rng);
            topology.change(&mut rng);
            topology
        })
        .collect();
    for generation in 0..GENERATIONS {
        train_all(&mut population, &batch)?;
        // The order of equals is that of the list, so nothing depends on which thread was faster.
        population.sort_by(|a, b| a.score().total_cmp(&b.score()));
        let best = &population[0];
        if generation % 5 == 0 || generation + 1 == GENERATIONS {
            println!(
                "generation {generation:2}: error {:.5} with {} edges and {} hidden nodes",
                best.error,
                best.edges.len(),
                best.order.len() - FEATURES - 1,
            );
        }
        if generation + 1 < GENERATIONS {
            let (parents, children) = population.split_at_mut(POPULATION / 2);
            for (parent, child) in parents.iter().zip(children) {
                child.clone_from(parent);
                child.change(&mut rng);
            }
        }
    }
    let best = &population[0];
    let (graph, _) = best.graph()?;
    println!(
        "\nThe best one:\n\n{}",
        graph.formula_of_output("y")?.numbers()
    );
    if best.error > 0.005 {
        return Err("the function was not found".into());
    }
    Ok(())
}

/// Trains every topology, on threads.
fn train_all(population: &mut [Topology], batch: &Batch<'_, f64>) -> Result<(), Box<dyn Error>> {
    let mut jobs: Vec<(&mut Topology, Option<String>)> =
        population.iter_mut().map(|one| (one, None)).collect();
    on_threads(&mut jobs, THREADS, |(topology, failure)| {
        *failure = topology.train(batch).err().map(|error| error.to_string());
    });
    match jobs.into_iter().find_map(|(_, failure)| failure) {
        Some(failure) => Err(failure.into()),
        None => Ok(()),
    }
}

impl Topology {
    /// The output takes both features.
    fn smallest(rng: &mut Xoshiro256PlusPlus) -> Self {
        let edges = (0..FEATURES).map(|from| ((OUTPUT, from), rng.random_range(-1.0..1.0)));
        Self {
            order: (0..=OUTPUT).collect(),
            edges: edges.collect(),
            biases: vec![0.0; OUTPUT + 1],
            error: f64::INFINITY,
        }
    }

    /// The error and the price of the edges.
    fn score(&self) -> f64 {
        // What has no error any more, since steps were too long, comes last.
        let error = if self.error.is_finite() {
            self.error
        } else {
            f64::MAX
        };
        error + PRICE * self.edges.len() as f64
    }

    /// Splits an edge, or adds one.
    fn change(&mut self, rng: &mut Xoshiro256PlusPlus) {
        if rng.random_bool(0.4) {
            let number = rng.random_range(0..self.edges.len());
            if let Some((&(to, from), &weight)) = self.edges.iter().nth(number) {
                let new = self.biases.len();
                self.biases.push(0.0);
                let before = self.order.iter().position(|&node| node == to).unwrap_or(0);
                self.order.insert(before, new);
                self.edges.remove(&(to, from));
                self.edges.insert((new, from), 1.0);
                self.edges.insert((to, new), weight);
            }
        } else {
            let target = rng.random_range(FEATURES..self.order.len());
            let source = rng.random_range(0..target);
            let weight = rng.random_range(-1.0..1.0);
            let edge = (self.order[target], self.order[source]);
            self.edges.entry(edge).or_insert(weight);
        }
    }

    /// The network as a graph, and its loss. Parameters are the weights of all edges and then the biases, in order.
    fn graph(&self) -> Result<(Graph, NodeId), Box<dyn Error>> {
        let mut g = Graph::new();
        let (x, y, t) = (g.feature("x")?, g.feature("y")?, g.target("t")?);
        let mut weights = BTreeMap::new();
        for (&edge, &weight) in &self.edges {
            weights.insert(edge, g.parameter(None, weight)?);
        }
        let mut biases = Vec::new();
        for &bias in &self.biases[OUTPUT..] {
            biases.push(g.parameter(None, bias)?);
        }
        let mut nodes = vec![x; self.biases.len()];
        nodes[1] = y;
        for &node in &self.order[FEATURES..] {
            let value = g.scope(|s| {
                let incoming = weights.range((node, 0)..(node + 1, 0));
                let terms = incoming.map(|(&(_, from), &weight)| s.at(weight) * s.at(nodes[from]));
                let terms: Vec<_> = terms.chain([s.at(biases[node - OUTPUT])]).collect();
                let sum = s.add(terms);
                if node == OUTPUT {
                    sum.id()
                } else {
                    sum.tanh().id()
                }
            })?;
            nodes[node] = value;
        }
        let loss = g.scope(|s| (s.at(nodes[OUTPUT]) - s.at(t)).square().id())?;
        g.add_output("y", &[nodes[OUTPUT]])?;
        Ok((g, loss))
    }

    /// Takes a few steps along the gradient, by a program made for this topology alone.
    fn train(&mut self, batch: &Batch<'_, f64>) -> Result<(), Box<dyn Error>> {
        let (g, loss) = self.graph()?;
        let mut parameters = parameters_of::<f64, _>(&g)?;
        let options = Options {
            mode: Mode::Fast,
            ..Options::default()
        };
        let program = Program::<f64>::of_loss(&g, loss, parameters.layout(), options)?;
        let (mut workspace, mut update) = (program.workspace(), Sgd { rate: RATE });
        for _ in 0..STEPS {
            program.step(
                &mut workspace,
                &mut parameters,
                batch,
                "gradient",
                &mut update,
            )?;
        }
        program.run(&mut workspace, &parameters, batch)?;
        self.error = workspace.mean(&program, "mean").ok_or("it has a mean")?[0];
        let values = parameters.to_vec();
        let own = self.edges.values_mut().chain(&mut self.biases[OUTPUT..]);
        own.zip(values).for_each(|(own, value)| *own = value);
        Ok(())
    }
}
