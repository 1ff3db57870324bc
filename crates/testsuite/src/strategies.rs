//! Random problems: directed acyclic graphs of every operation, and samples to run them on.
//!
//! A [`Recipe`] is what proptest draws and shrinks; its numbers choose among what is there, so that every
//! recipe gives a problem, and a smaller one a simpler problem. The graph grows together with its values on
//! every sample, and an operation is only added where it is well-behaved on all of them:
//!
//! - every value lies within ±10, and every partial within ±20;
//! - every operand lies well inside the operation's domain.
//!
//! Where the operands do not fit as they are, they are *tamed*: scaled down by powers of two, and led into the
//! domain by nodes such as `abs(x) + 0.5`. No operation is treated by its name, so a new one takes part
//! by being in the list.

use crate::problem::{Problem, Sample};
use dagrad_graph::{Arity, Evaluate, Graph, Kind, NodeId, Operator, Role};
use dagrad_ops::{Domain, Op};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};
use std::ops::RangeInclusive;

/// No value is larger.
pub const GREATEST: f64 = 10.0;

/// No partial is larger.
const STEEPEST: f64 = 20.0;

/// How large random problems are.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How many operations a recipe asks for. Taming adds more nodes.
    pub operations: RangeInclusive<usize>,
    /// How many samples there are.
    pub samples: RangeInclusive<usize>,
}

impl Shape {
    /// Small graphs, a few samples.
    pub const SMALL: Self = Self {
        operations: 0..=24,
        samples: 1..=3,
    };
    /// Large graphs, a sample or two.
    pub const LARGE: Self = Self {
        operations: 80..=160,
        samples: 1..=2,
    };
    /// Small graphs, more samples than a tile has lanes.
    pub const BATCHES: Self = Self {
        operations: 1..=12,
        samples: 60..=150,
    };
}

/// Random problems of this shape.
pub fn problems(shape: Shape) -> impl Strategy<Value = Problem> {
    recipes(shape).prop_map(|recipe| recipe.build())
}

/// The same `count` problems for the same seed, on every machine.
#[must_use]
pub fn population(shape: Shape, seed: u64, count: usize) -> Vec<Problem> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), random);
    let strategy = problems(shape);
    // A strategy without filters rejects nothing.
    (0..count)
        .filter_map(|_| Some(strategy.new_tree(&mut runner).ok()?.current()))
        .collect()
}

/// A runner of `cases` random problems, or as many as the environment variable `PROPTEST_CASES` says; always
/// the same ones, unless `PROPTEST_RNG_SEED` is set.
#[must_use]
pub fn runner(cases: u32) -> TestRunner {
    let set = |name| std::env::var_os(name).is_some();
    // The defaults are those of the environment.
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if !set("PROPTEST_CASES") {
        config.cases = cases;
    }
    if !set("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    TestRunner::new(config)
}

/// What a random problem is made from.
#[derive(Clone, Debug)]
pub struct Recipe {
    features: usize,
    targets: usize,
    parameters: Vec<i8>,
    constants: Vec<i8>,
    steps: Vec<Step>,
    outputs: Vec<Vec<u16>>,
    samples: Vec<Vec<i8>>,
    /// Whether nodes that no output needs stay. Without them a counterexample is easier to read.
    unreached: bool,
}

/// One operation to add.
#[derive(Clone, Debug)]
struct Step {
    operation: u16,
    configuration: u16,
    /// How many operands it has, if it takes any number.
    count: usize,
    operands: Vec<u16>,
}

/// The most inputs that a recipe has.
const MOST_INPUTS: usize = 6;

fn recipes(shape: Shape) -> impl Strategy<Value = Recipe> {
    // Sixteenths within ±2.5: `f32` has them all, sums and products of a few are exact, and ties are frequent.
    let number = || -40..=40_i8;
    let step = (
        any::<u16>(),
        any::<u16>(),
        1..=5_usize,
        vec(any::<u16>(), 5),
    );
    let step = step.prop_map(|(operation, configuration, count, operands)| Step {
        operation,
        configuration,
        count,
        operands,
    });
    (
        (1..=4_usize, 0..=2_usize),
        (vec(number(), 0..=4), vec(number(), 0..=2)),
        vec(step, shape.operations),
        vec(vec(any::<u16>(), 1..=3), 0..=2),
        vec(vec(number(), MOST_INPUTS), shape.samples),
        any::<bool>(),
    )
        .prop_map(
            |((features, targets), (parameters, constants), steps, outputs, samples, unreached)| {
                Recipe {
                    features,
                    targets,
                    parameters,
                    constants,
                    steps,
                    outputs,
                    samples,
                    unreached,
                }
            },
        )
}

impl Recipe {
    /// The problem.
    #[must_use]
    pub fn build(&self) -> Problem {
        let number = |&sixteenths: &i8| f64::from(sixteenths) / 16.0;
        let numbers = |list: &[i8]| list.iter().map(number).collect::<Vec<_>>();
        let samples = self.samples.iter().map(|list| Sample {
            features: numbers(&list[..self.features]),
            targets: numbers(&list[self.features..self.features + self.targets]),
        });
        let samples: Vec<_> = samples.collect();
        let mut growth = Growth {
            nodes: Vec::new(),
            samples: samples.len(),
        };
        for at in 0..self.features {
            let values = samples.iter().map(|sample| sample.features[at]).collect();
            growth.push(Kind::Input(Role::Feature), Vec::new(), values);
        }
        for at in 0..self.targets {
            let values = samples.iter().map(|sample| sample.targets[at]).collect();
            growth.push(Kind::Input(Role::Target), Vec::new(), values);
        }
        for value in self.parameters.iter().map(number) {
            growth.leaf(Kind::Parameter(value), value);
        }
        for value in self.constants.iter().map(number) {
            growth.leaf(Kind::Constant(value), value);
        }
        // Nodes that were added for taming are operands of nothing else.
        let mut nodes: Vec<_> = (0..growth.nodes.len()).collect();
        for step in &self.steps {
            nodes.extend(step.grow(&mut growth, &nodes));
        }
        let mut problem = growth.finish(&self.outputs, &nodes, samples);
        if !self.unreached {
            problem.graph.prune();
        }
        problem
    }
}

/// The element of `list` that `number` chooses: the numbers spread evenly, and smaller ones choose earlier.
fn choose<T: Clone>(list: &[T], number: u16) -> Option<T> {
    list.get((usize::from(number) * list.len()) >> 16).cloned()
}

impl Step {
    /// The operation that the numbers choose: every name as often as any other.
    fn operation(&self) -> Option<Op> {
        let name = choose(Op::NAMES, self.operation)?;
        let all: Vec<_> = Op::all()
            .into_iter()
            .filter(|op| op.name() == name)
            .collect();
        choose(&all, self.configuration)
    }

    /// Adds the operation, of operands chosen among `nodes`, and returns its place.
    fn grow(&self, growth: &mut Growth, nodes: &[usize]) -> Option<usize> {
        let op = self.operation()?;
        let count = match op.arity() {
            Arity::Exactly(count) => count,
            Arity::AtLeast(least) => self.count.max(least),
        };
        let numbers = self.operands.iter().take(count);
        let operands: Vec<_> = numbers
            .filter_map(|&number| choose(nodes, number))
            .collect();
        Taming::ALL
            .iter()
            .find_map(|&taming| growth.try_operation(&op, &operands, taming))
    }
}

/// What is done to operands before an operation takes them.
#[derive(Clone, Copy, Debug)]
struct Taming {
    /// Operands are multiplied by this.
    scale: f64,
    /// Whether they are led into the operation's domain.
    guarded: bool,
    /// Whether they are led away from zero, too, whatever the domain.
    positive: bool,
}

impl Taming {
    /// From none to much; the first that fits is used.
    const ALL: &[Self] = &{
        const fn taming(scale: f64, guarded: bool, positive: bool) -> Taming {
            Taming {
                scale,
                guarded,
                positive,
            }
        }
        [
            taming(1.0, false, false),
            taming(0.5, false, false),
            taming(1.0, true, false),
            taming(0.5, true, false),
            taming(0.25, true, false),
            taming(0.125, true, false),
            taming(0.0625, true, false),
            taming(0.5, true, true),
            taming(0.125, true, true),
        ]
    };
}

/// Whether `x` lies in the domain, and not close to its end.
fn well_inside(domain: Domain, x: f64) -> bool {
    const MARGIN: f64 = 0.0625;
    [x - MARGIN, x, x + MARGIN]
        .into_iter()
        .all(|x| domain.contains_inside(x))
        && (domain.contains(0.0) || x.abs() > MARGIN)
}

/// A graph that grows together with its values.
struct Growth {
    nodes: Vec<Grown>,
    samples: usize,
}

struct Grown {
    kind: Kind<Op>,
    operands: Vec<usize>,
    /// One for each sample.
    values: Vec<f64>,
}

impl Growth {
    fn push(&mut self, kind: Kind<Op>, operands: Vec<usize>, values: Vec<f64>) -> usize {
        self.nodes.push(Grown {
            kind,
            operands,
            values,
        });
        self.nodes.len() - 1
    }

    /// A leaf that has the same value on every sample.
    fn leaf(&mut self, kind: Kind<Op>, value: f64) -> usize {
        self.push(kind, Vec::new(), vec![value; self.samples])
    }

    fn constant(&mut self, value: f64) -> usize {
        self.leaf(Kind::Constant(value), value)
    }

    /// Adds an operation if it is well-behaved, and else takes back what was added for it.
    fn try_operation(&mut self, op: &Op, operands: &[usize], taming: Taming) -> Option<usize> {
        let before = self.nodes.len();
        let tame = |growth: &mut Self| {
            let operands = operands.iter().enumerate();
            let operands =
                operands.map(|(at, &operand)| growth.tamed(op.domain(at), operand, taming));
            let operands: Option<Vec<_>> = operands.collect();
            growth.operation(op, operands?)
        };
        let grown = tame(self);
        if grown.is_none() {
            self.nodes.truncate(before);
        }
        grown
    }

    /// The node that stands for `operand`, after taming.
    fn tamed(&mut self, domain: Domain, operand: usize, taming: Taming) -> Option<usize> {
        let mut x = operand;
        if taming.scale < 1.0 {
            let scale = self.constant(taming.scale);
            x = self.operation(&Op::Mul, vec![x, scale])?;
        }
        if !taming.guarded {
            return Some(x);
        }
        let (shift, domain) = match domain {
            _ if taming.positive => (0.5, Domain::Positive),
            Domain::AboveMinusOne => (-0.5, domain),
            Domain::Reals
            | Domain::NonZero
            | Domain::Positive
            | Domain::NonNegative
            | Domain::Unit => (0.5, domain),
        };
        match domain {
            Domain::Reals => Some(x),
            Domain::NonZero | Domain::Positive | Domain::NonNegative | Domain::AboveMinusOne => {
                let size = self.operation(&Op::Abs, vec![x])?;
                let shift = self.constant(shift);
                self.operation(&Op::Add, vec![size, shift])
            }
            Domain::Unit => {
                let wave = self.operation(&Op::Sin, vec![x])?;
                let scale = self.constant(0.75);
                self.operation(&Op::Mul, vec![scale, wave])
            }
        }
    }

    /// Adds an operation, if on every sample its operands lie well inside their domains and neither its
    /// value nor a partial is too large.
    fn operation(&mut self, op: &Op, operands: Vec<usize>) -> Option<usize> {
        let mut values = Vec::with_capacity(self.samples);
        for sample in 0..self.samples {
            let list: Vec<f64> = operands
                .iter()
                .map(|&at| self.nodes[at].values[sample])
                .collect();
            let inside = list
                .iter()
                .enumerate()
                .all(|(at, &x)| well_inside(op.domain(at), x));
            let value: f64 = op.value(&list);
            let partials = crate::derivatives::contributions(op, &list, 1.0);
            // Written so that a NaN fails.
            let tame = value.abs() <= GREATEST && partials.iter().all(|x| x.abs() <= STEEPEST);
            if !(inside && tame) {
                return None;
            }
            values.push(value);
        }
        Some(self.push(Kind::Operation(op.clone()), operands, values))
    }

    /// The graph of what has grown. The newest node is an output; others are lists of nodes.
    fn finish(self, outputs: &[Vec<u16>], nodes: &[usize], samples: Vec<Sample<f64>>) -> Problem {
        let mut graph = Graph::new();
        let mut ids: Vec<NodeId> = Vec::new();
        for Grown { kind, operands, .. } in self.nodes {
            let operands: Vec<_> = operands.iter().map(|&at| ids[at]).collect();
            let id = match kind {
                Kind::Input(Role::Feature) => graph.feature(None).ok(),
                Kind::Input(Role::Target) => graph.target(None).ok(),
                Kind::Parameter(value) => graph.parameter(None, value).ok(),
                Kind::Constant(value) => Some(graph.constant(value)),
                Kind::Operation(op) => graph.operation(op, &operands).ok(),
                Kind::Macro(_) | Kind::Port(_) | Kind::Alias => None,
            };
            // Nothing of this can fail: there are no names, the arity was kept, and only such kinds grow.
            ids.push(id.unwrap_or_else(NodeId::dangling));
        }
        let lists = outputs.iter().map(|numbers| {
            numbers
                .iter()
                .filter_map(|&number| choose(nodes, number))
                .map(|at| ids[at])
                .collect()
        });
        let newest: Vec<_> = nodes.last().map(|&at| ids[at]).into_iter().collect();
        let lists: Vec<Vec<NodeId>> = std::iter::once(newest).chain(lists).collect();
        for (number, list) in lists.iter().enumerate() {
            // Every list has a node, since there is a feature at least.
            let _ = graph.add_output(&format!("y{number}"), list);
        }
        let mut problem = Problem::new("a random graph", graph, samples);
        let seeds = [1.0, -0.5, 2.0, 0.75].into_iter().cycle();
        problem.seeds = seeds.take(problem.seeds.len()).collect();
        problem
    }
}
