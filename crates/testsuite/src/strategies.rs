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

use crate::blocks::Block;
use crate::growth::{Growth, SEED, Taming};
use crate::problem::{Expected, Problem, Sample};
use dagrad_graph::{Arity, Kind, NodeId, Operator, Role};
use dagrad_ops::Op;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, RngSeed, TestRng, TestRunner};
use std::ops::{Range, RangeInclusive};

/// No value is larger.
pub const GREATEST: f64 = 10.0;

/// How large random problems are.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How many operations a recipe asks for. Taming adds more nodes.
    pub operations: RangeInclusive<usize>,
    /// How many samples there are.
    pub samples: RangeInclusive<usize>,
    /// Whether some of the operations are macros, which are expanded then.
    pub macros: bool,
}

impl Shape {
    /// Small graphs, a few samples.
    pub const SMALL: Self = Self {
        operations: 0..=24,
        samples: 1..=3,
        macros: false,
    };
    /// Large graphs, a sample or two.
    pub const LARGE: Self = Self {
        operations: 80..=160,
        samples: 1..=2,
        macros: false,
    };
    /// Small graphs, more samples than a tile has lanes.
    pub const BATCHES: Self = Self {
        operations: 1..=12,
        samples: 60..=150,
        macros: false,
    };
    /// Small graphs with macros in them, and macros in those.
    pub const MACROS: Self = Self {
        operations: 2..=16,
        samples: 1..=3,
        macros: true,
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
    /// Whether it had macros, so that it is told what to expect.
    macros: bool,
    outputs: Vec<Vec<u16>>,
    samples: Vec<Vec<i8>>,
    /// Whether nodes that no output needs stay. Without them a counterexample is easier to read.
    unreached: bool,
}

/// One operation to add, or one macro in its place.
#[derive(Clone, Debug)]
struct Step {
    block: Option<Block>,
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
        block: None,
        operation,
        configuration,
        count,
        operands,
    });
    let macros = shape.macros;
    let step = if macros {
        let block = prop_oneof![
            3 => Just(None),
            2 => Block::strategy().prop_map(Some),
        ];
        (step, block)
            .prop_map(|(step, block)| Step { block, ..step })
            .boxed()
    } else {
        step.boxed()
    };
    (
        (1..=4_usize, 0..=2_usize),
        (vec(number(), 0..=4), vec(number(), 0..=2)),
        vec(step, shape.operations),
        vec(vec(any::<u16>(), 1..=3), 0..=2),
        vec(vec(number(), MOST_INPUTS), shape.samples),
        any::<bool>(),
    )
        .prop_map(
            move |(
                (features, targets),
                (parameters, constants),
                steps,
                outputs,
                samples,
                unreached,
            )| {
                Recipe {
                    features,
                    targets,
                    parameters,
                    constants,
                    steps,
                    macros,
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
        let mut growth = Growth::new(samples.len());
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
        let mut nodes: Vec<_> = (0..growth.len()).collect();
        for step in &self.steps {
            nodes.extend(step.grow(&mut growth, &nodes));
        }
        let mut problem = self.finish(growth, &nodes, samples);
        if !self.unreached {
            problem.graph.prune();
        }
        problem
    }

    /// The problem of what has grown. The newest of `nodes` is an output; others are lists of nodes.
    fn finish(&self, growth: Growth, nodes: &[usize], samples: Vec<Sample<f64>>) -> Problem {
        let newest: Vec<_> = nodes.last().copied().into_iter().collect();
        let lists = self.outputs.iter().map(|numbers| {
            let chosen = numbers.iter().filter_map(|&number| choose(nodes, number));
            chosen.collect()
        });
        let lists: Vec<Vec<usize>> = std::iter::once(newest).chain(lists).collect();
        let expected = (0..samples.len()).map(|sample| {
            let values = growth.values(sample);
            Expected {
                values: Some(lists.iter().flatten().map(|&at| values[at]).collect()),
                gradient: None,
            }
        });
        let expected = if self.macros {
            expected.collect()
        } else {
            Vec::new()
        };
        let (mut graph, ids) = growth.graph();
        for (number, list) in lists.iter().enumerate() {
            let list: Vec<NodeId> = list.iter().map(|&at| ids[at]).collect();
            // Every list has a node, since there is a feature at least.
            let _ = graph.add_output(&format!("y{number}"), &list);
        }
        // What is not expanded is refused by every backend, so a failure does not go unseen.
        let _ = graph.expand(SEED);
        let mut problem = Problem::new("a random graph", graph, samples);
        let seeds = [1.0, -0.5, 2.0, 0.75].into_iter().cycle();
        problem.seeds = seeds.take(problem.seeds.len()).collect();
        problem.expected = expected;
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

    /// Adds the operation, of operands chosen among `nodes`, or the macro and its ports, and returns their places.
    fn grow(&self, growth: &mut Growth, nodes: &[usize]) -> Range<usize> {
        let chosen = |count: usize| -> Vec<_> {
            let numbers = self.operands.iter().take(count);
            numbers
                .filter_map(|&number| choose(nodes, number))
                .collect()
        };
        let grown = match self.block {
            Some(block) => growth.try_block(block, &chosen(self.count)),
            None => self.operation().and_then(|op| {
                let operands = chosen(match op.arity() {
                    Arity::Exactly(count) => count,
                    Arity::AtLeast(least) => self.count.max(least),
                });
                let mut tamings = Taming::ALL.iter();
                tamings
                    .find_map(|&taming| growth.try_operation(&op, &operands, taming))
                    .map(|at| at..at + 1)
            }),
        };
        grown.unwrap_or(0..0)
    }
}
