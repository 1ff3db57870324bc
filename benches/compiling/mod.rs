//! What it costs to get a program, stage by stage, for each node of the graph.

use crate::contenders::{compile, mean_gradient};
use criterion::{Criterion, Throughput};
use dagrad_exec::Layout;
use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::{Tape, lower_outputs, passes};
use dagrad_testsuite::workloads::large::{self, Shape};
use dagrad_testsuite::workloads::{WorkloadError, irregular};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// A graph to compile.
struct Group {
    name: &'static str,
    build: fn() -> Result<Graph<Op>, WorkloadError>,
}

const GROUPS: [Group; 5] = [
    Group {
        name: "compile_million/chain",
        build: || large::graph(Shape::Chain, 1_000_000),
    },
    Group {
        name: "compile_million/network",
        build: || irregular::network_of(73_700),
    },
    Group {
        name: "compile_million/random",
        build: || large::graph(Shape::Random, 1_000_000),
    },
    Group {
        name: "compile_thousand",
        build: irregular::network,
    },
    Group {
        name: "compile_twenty",
        build: || large::graph(Shape::Random, 20),
    },
];

/// A stage: its name, and what runs it.
type Stage = (&'static str, fn(&Stages));

/// The stages, each with what it needs of those before. Of compiling the passes are a part, and are shown by
/// themselves after it.
const STAGES: [Stage; 5] = [
    ("build", |stages| {
        black_box((stages.build)().unwrap());
    }),
    ("lower", |stages| {
        black_box(lower_outputs(&stages.graph).unwrap());
    }),
    ("differentiate", |stages| {
        black_box(derived(&stages.lowered));
    }),
    ("compile", |stages| {
        let layout = Layout::new(stages.graph.parameters().len());
        black_box(compile::<f64>(&stages.derived, &layout));
    }),
    ("its passes", |stages| {
        black_box(passes::optimise::<f64>(&stages.derived, &PASSES));
    }),
];

/// What a fast program is compiled with.
const PASSES: passes::Options = passes::Options {
    zeros: false,
    divisions: false,
    ..passes::Options::FAST
};

struct Stages {
    build: fn() -> Result<Graph<Op>, WorkloadError>,
    graph: Graph<Op>,
    lowered: Tape,
    derived: Tape,
}

impl Stages {
    fn new(build: fn() -> Result<Graph<Op>, WorkloadError>) -> Self {
        let graph = build().unwrap();
        let lowered = lower_outputs(&graph).unwrap();
        Self {
            build,
            graph,
            derived: derived(&lowered),
            lowered,
        }
    }
}

fn derived(tape: &Tape) -> Tape {
    mean_gradient(tape, "loss")
}

/// How long a stage is timed for, and how often at least.
const STAGE: Duration = Duration::from_millis(400);
const LEAST: usize = 3;

/// Prints a table of the groups that `is_wanted` names: medians of each stage, in nanoseconds for each node.
/// Times include that of giving the result's memory back.
pub(crate) fn table(is_wanted: impl Fn(&str) -> bool) {
    let mut is_first = true;
    for group in GROUPS.iter().filter(|group| is_wanted(group.name)) {
        if std::mem::take(&mut is_first) {
            let names = STAGES.map(|(name, _)| format!("{name:>13}")).concat();
            println!("\n{:24}{:>9}{names}{:>10}", "ns per node", "nodes", "all");
        }
        let stages = Stages::new(group.build);
        let nodes = stages.graph.len();
        let times = STAGES.map(|(_, stage)| {
            let (mut seconds, start) = (Vec::new(), Instant::now());
            while seconds.len() < LEAST || start.elapsed() < STAGE {
                let start = Instant::now();
                stage(&stages);
                seconds.push(start.elapsed().as_secs_f64());
            }
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2] * 1e9 / nodes as f64
        });
        let columns = times.map(|time| format!("{time:>13.1}")).concat();
        let all: f64 = times[..times.len() - 1].iter().sum();
        println!("{:24}{nodes:>9}{columns}{all:>10.1}", group.name);
    }
}

/// Times the stages by criterion.
pub(crate) fn timings(criterion: &mut Criterion, is_wanted: impl Fn(&str) -> bool) {
    for group in GROUPS.iter().filter(|group| is_wanted(group.name)) {
        let stages = Stages::new(group.build);
        let nodes = stages.graph.len() as u64;
        let mut timed = criterion.benchmark_group(group.name);
        timed
            .sample_size(10)
            .throughput(Throughput::Elements(nodes));
        for (name, stage) in STAGES {
            timed.bench_function(name, |bencher| bencher.iter(|| stage(&stages)));
        }
        timed.finish();
    }
}
