//! Many small graphs, each of its own form: compiled and run with its gradient, beside the runs alone.

use crate::contenders::{compile, mean_gradient};
use crate::ratios::{median, shown};
use criterion::{Criterion, Throughput};
use dagrad_exec::{Batch, Layout, Parameters, Program, Workspace, on_threads};
use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::lower_outputs;
use dagrad_testsuite::workloads::population;
use std::hint::black_box;
use std::time::{Duration, Instant};

const NAME: &str = "population";

const GRAPHS: usize = 1000;
const ROWS: usize = 1000;

/// How long everything is timed for.
const TIME: Duration = Duration::from_millis(4000);

/// A graph, and what comes of it.
struct Individual {
    graph: Graph<Op>,
    parameters: Vec<f64>,
    compiled: Option<Compiled>,
    /// The mean of the loss and its gradient.
    results: Vec<f64>,
}

struct Compiled {
    program: Program<f64>,
    workspace: Workspace<f64>,
    parameters: Parameters<f64>,
}

impl Individual {
    fn compile(&self) -> Compiled {
        let tape = mean_gradient(&lower_outputs(&self.graph).unwrap(), "loss");
        let layout = Layout::new(self.parameters.len());
        let program = compile(&tape, &layout);
        Compiled {
            workspace: program.workspace(),
            program,
            parameters: Parameters::new(&layout, &self.parameters).unwrap(),
        }
    }
}

impl Compiled {
    fn run(&mut self, batch: &Batch<'_, f64>) -> impl Iterator<Item = f64> {
        let Self {
            program,
            workspace,
            parameters,
        } = self;
        program.run(workspace, parameters, batch).unwrap();
        let lists = ["mean", "gradient"].map(|name| workspace.mean(program, name).unwrap());
        lists.into_iter().flatten().copied()
    }
}

struct Population {
    individuals: Vec<Individual>,
    features: Vec<f64>,
    targets: Vec<f64>,
}

impl Population {
    /// All graphs, compiled; several threads give the same bits as one.
    fn ready() -> Self {
        let (features, targets) = population::rows(ROWS);
        let individuals = population::graphs(GRAPHS).unwrap().into_iter();
        let individuals = individuals.map(|graph| {
            let values = graph
                .parameters()
                .map(|id| graph.parameter_value(id).unwrap());
            Individual {
                parameters: values.collect(),
                graph,
                compiled: None,
                results: Vec::new(),
            }
        });
        let mut population = Self {
            individuals: individuals.collect(),
            features,
            targets,
        };
        population.compile_and_run(1);
        let one_by_one = population.bits();
        population.compile_and_run(2);
        assert!(one_by_one == population.bits(), "threads differ");
        for individual in &mut population.individuals {
            individual.compiled = Some(individual.compile());
        }
        population
    }

    fn bits(&self) -> Vec<u64> {
        let individuals = self.individuals.iter();
        let numbers = individuals.flat_map(|individual| &individual.results);
        numbers.map(|number| number.to_bits()).collect()
    }

    /// Compiles every graph and runs it once.
    fn compile_and_run(&mut self, threads: usize) {
        let batch = Batch::of(ROWS, &self.features).with_targets(&self.targets);
        on_threads(&mut self.individuals, threads, |individual| {
            let mut compiled = individual.compile();
            individual.results.clear();
            individual.results.extend(compiled.run(&batch));
        });
    }

    /// Runs what is compiled.
    fn run(&mut self) {
        let batch = Batch::of(ROWS, &self.features).with_targets(&self.targets);
        for individual in &mut self.individuals {
            if let Some(compiled) = &mut individual.compiled {
                black_box(compiled.run(&batch).last());
            }
        }
    }
}

/// Prints the table, if it is wanted.
pub(crate) fn table(is_wanted: impl Fn(&str) -> bool) {
    if !is_wanted(NAME) {
        return;
    }
    let mut population = Population::ready();
    let nodes: usize = population
        .individuals
        .iter()
        .map(|one| one.graph.len())
        .sum();
    let (mut alone, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
    let mut ratios = Vec::new();
    let start = Instant::now();
    while ratios.len() < 3 || start.elapsed() < TIME {
        let mut seconds = |work: fn(&mut Population)| {
            let start = Instant::now();
            work(&mut population);
            start.elapsed().as_secs_f64()
        };
        alone.push(seconds(Population::run));
        one.push(seconds(|population| population.compile_and_run(1)));
        two.push(seconds(|population| population.compile_and_run(2)));
        ratios.push(two[two.len() - 1] / alone[alone.len() - 1]);
    }
    println!(
        "\n{NAME}: {GRAPHS} graphs of {} nodes over {ROWS} rows, value and gradient, {NAME} ratio {:.2}",
        nodes / GRAPHS,
        median(&mut ratios),
    );
    println!(
        "runs alone {}, compiled and run on one thread {}, on two {}",
        shown(median(&mut alone)),
        shown(median(&mut one)),
        shown(median(&mut two)),
    );
}

/// Times it by criterion, if it is wanted.
pub(crate) fn timings(criterion: &mut Criterion, is_wanted: impl Fn(&str) -> bool) {
    if !is_wanted(NAME) {
        return;
    }
    let mut population = Population::ready();
    let mut timed = criterion.benchmark_group(NAME);
    timed
        .sample_size(10)
        .throughput(Throughput::Elements(GRAPHS as u64));
    timed.bench_function("runs_alone", |bencher| bencher.iter(|| population.run()));
    for (name, threads) in [("one_thread", 1), ("two_threads", 2)] {
        timed.bench_function(name, |bencher| {
            bencher.iter(|| population.compile_and_run(threads));
        });
    }
    timed.finish();
}
