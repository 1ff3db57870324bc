//! What the compiler made of a graph, counted.

mod cost;
mod show;

use crate::fast;
use crate::program::{Engine, Mode, Program};
use crate::scalar::ProgramScalar;
use cost::Costs;
use dagrad_tape::{Class, Code, Tape};
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
    /// What the parts of the graph cost for each sample, by the first two words of their scope paths, in
    /// alphabetical order; empty for what lies in no scope.
    pub scopes: Vec<Share>,
    /// The operations that a fast program computes lane by lane with the scalar function, having no vector form.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it does.
    pub kind: GroupKind,
    /// How many results it has.
    pub rows: usize,
    /// The inner dimension of a matrix product: the operands of each result. Of what is gathered, the number of
    /// products in all; else one.
    pub inner: usize,
    /// How many such groups follow each other.
    pub times: usize,
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
    /// Floating-point operations: one for each elementary function, two for a multiplication with an addition.
    pub flops: usize,
    /// The bytes of all operands and results, as if none stayed in a register.
    pub bytes: usize,
}

/// What a part of the graph costs for each sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The first two words of the scope path.
    pub scope: String,
    /// How many instructions there are.
    pub instructions: usize,
    /// Floating-point operations.
    pub flops: usize,
}

impl<S: ProgramScalar> Program<S> {
    /// What the compiler made of the graph. It is counted anew, in a time that is linear in the tape.
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

/// The operations of a tape's samples that have no vector form.
fn lane_by_lane(tape: &Tape) -> Vec<&'static str> {
    let codes = tape.instructions().iter();
    let codes = codes.filter(|instruction| instruction.class() == Class::PerSample);
    let mut codes: Vec<Code> = codes
        .map(dagrad_tape::Instruction::code)
        .filter(|code| {
            matches!(
                code,
                Code::Tan
                    | Code::Asin
                    | Code::Acos
                    | Code::Atan
                    | Code::Atan2
                    | Code::Sinh
                    | Code::Cosh
                    | Code::Erf
                    | Code::Pow
                    | Code::Call
                    | Code::CallPartial
            )
        })
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().map(Code::name).collect()
}
