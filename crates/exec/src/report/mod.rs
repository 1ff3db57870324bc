//! What the compiler made of a graph, counted.

mod cost;
mod show;

use crate::fast;
use crate::program::{Engine, Mode, Program};
use crate::scalar::ProgramScalar;
use crate::vector::CallsLibrary;
use cost::Costs;
pub(crate) use cost::flops;
use dagrad_graph::Evaluate as _;
use dagrad_tape::{Class, Code, Slot, Tape};
use std::collections::BTreeMap;

/// What the compiler made of a graph: how many instructions there are and of which kind, what is done together, and
/// what it costs. Its text is a table of all of it, the same on every machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What is promised of bits.
    pub mode: Mode,
    /// How many instructions there are, by class and operation, in the order of classes and codes.
    pub instructions: Vec<InstructionCount>,
    /// What is done together for each sample, in order. A strict program takes instructions one by one; its groups are
    /// those that a fast program would have of the same instructions.
    pub groups: Vec<Group>,
    /// The number of levels: the longest chain of values of a sample that need each other, dots counting once.
    pub levels: usize,
    /// How many values a sample has.
    pub slots: usize,
    /// How many numbers a sample takes in memory: a place is used again when its value was read for the last time.
    pub live_slots: usize,
    /// Costs by class, in the order of classes.
    pub costs: Vec<Cost>,
    /// What the parts of the graph cost, in the order in which they begin on the tape.
    pub scopes: Vec<Share>,
    /// The operations that a fast program computes lane by lane with functions of the library, having no vector form.
    pub lane_by_lane: Vec<&'static str>,
}

/// How many instructions there are of an operation and a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstructionCount {
    /// When they are done.
    pub class: Class,
    /// The name of the operation.
    pub operation: &'static str,
    /// How many there are.
    pub count: usize,
}

/// What is done together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it does.
    pub kind: GroupKind,
    /// How many results it has.
    pub rows: usize,
    /// The inner dimension of a matrix product: the operands of each result. Of what is gathered, the number of
    /// products in all; else one.
    pub inner: usize,
    /// The first output that needs one of its results. What a loss needs is its value; what its gradient needs beyond
    /// that are adjoints, and gradients of weights.
    pub output: String,
    /// How many such groups follow each other.
    pub times: usize,
}

impl Group {
    /// Whether this is the same but for how often it follows itself.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let shape = |group: &Self| (group.kind, group.rows, group.inner);
        shape(self) == shape(other) && self.output == other.output
    }
}

/// What a group does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// Loads inputs.
    Inputs,
    /// One operation on many values.
    Run(&'static str),
    /// Sums of products of two values of the sample each.
    Pairs,
    /// A matrix product: dots that share a list of operands.
    Product,
    /// Dots over lists of their own.
    Gathered,
    /// Dots over lists of their own, and gradients of weights that read the same values.
    Adjoints,
    /// Gradients of weights as a matrix product over samples.
    Gradients,
    /// Gradients of weights, each by itself.
    GatheredGradients,
    /// Sums over samples.
    LaneSums,
}

/// What a class costs: for each sample, or for each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The class.
    pub class: Class,
    /// Floating-point operations: one for each function of one number, operation of two, choice, and call of a user
    /// operation. So n terms count n − 1, a dot of n products and a bias 2n, and a log-sum-exp of n values 4n.
    pub flops: usize,
    /// The bytes of all operands and results, as if none stayed in a register.
    pub bytes: usize,
}

/// What a part of the graph costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The first two words of its scope path; empty for what lies in no scope. Neurons, numbered scopes that go no
    /// deeper, count as their layer.
    pub scope: String,
    /// How many instructions there are for each sample.
    pub instructions: usize,
    /// Floating-point operations for each sample.
    pub flops: usize,
    /// Floating-point operations for each run, whatever the batch.
    pub flops_per_run: usize,
}

impl<S: ProgramScalar> Program<S> {
    /// What the compiler made of the graph. It is counted when it is asked for, in less time than compiling takes.
    #[must_use]
    pub fn report(&self) -> Report {
        let tape = self.tape();
        let (mode, live_slots, is_narrow) = match &self.engine {
            Engine::Strict { plan, .. } => (Mode::Strict, plan.buffers, false),
            Engine::Fast(engine) => (Mode::Fast, engine.rows(tape), engine.is_narrow()),
        };
        let (groups, levels) = fast::groups(tape, is_narrow);
        let per_sample = |class: Class| class == Class::PerSample;
        let mut counts: BTreeMap<(Class, Code), usize> = BTreeMap::new();
        for instruction in tape.instructions() {
            *counts
                .entry((instruction.class(), instruction.code()))
                .or_default() += 1;
        }
        let costs = Costs::of(tape);
        Report {
            mode,
            groups,
            levels,
            slots: counts
                .iter()
                .filter(|((class, _), _)| per_sample(*class))
                .map(|(_, count)| count)
                .sum(),
            live_slots,
            costs: costs.by_class(size_of::<S>()),
            scopes: costs.by_scope(tape),
            lane_by_lane: lane_by_lane(tape),
            instructions: counts
                .into_iter()
                .map(|((class, code), count)| InstructionCount {
                    class,
                    operation: code.name(),
                    count,
                })
                .collect(),
        }
    }
}

/// The operations of a tape's samples that have no vector form, in the order of codes.
fn lane_by_lane(tape: &Tape) -> Vec<&'static str> {
    let per_sample = |&slot: &Slot| tape.instruction(slot).class() == Class::PerSample;
    // One of each is enough to know.
    let mut codes: BTreeMap<Code, Slot> = BTreeMap::new();
    for slot in tape.slots().filter(per_sample) {
        codes.entry(tape.instruction(slot).code()).or_insert(slot);
    }
    let calls = codes.into_iter().filter(|&(code, slot)| match code {
        Code::Call | Code::CallPartial => true,
        _ => tape.operation(slot).is_some_and(|op| {
            let operands = vec![CallsLibrary(false); tape.operands(slot).len()];
            op.value(&operands).0
        }),
    });
    calls.map(|(code, _)| code.name()).collect()
}
