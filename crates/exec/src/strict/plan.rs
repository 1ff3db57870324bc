//! What a program does, in order: the tape with places in memory.
//!
//! Slots of class *constant* are filled when the plan is made, *shared* ones once for each run. Slots of
//! class *per sample* are filled for one tile of lanes after the other; each lies in a buffer, which
//! another slot takes over when its last use is done.

use dagrad_graph::Operator as _;
use dagrad_ops::{Op, User};
use dagrad_tape::{Class, Code, InputKind, Slot, Tape, TapeScalar};

use crate::error::CompileError;
use crate::program::Consume;

/// Where an operand lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the values that do not depend on the sample.
    Shared(u32),
    /// In this buffer, lane by lane.
    Buffer(u32),
}

/// What a step computes.
#[derive(Clone, Debug)]
pub(crate) enum Kernel {
    /// The input of this kind and number.
    Input(InputKind, u32),
    /// The parameter of this number.
    Parameter(u32),
    Operation(Op),
    Partial(User, u32),
    Fma,
    /// A sum of so many products and further terms.
    Dot(u32),
}

/// A step: a kernel, its operands (a range of the plan's list), and where the result goes.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kernel: Kernel,
    pub(crate) operands: std::ops::Range<usize>,
    pub(crate) out: u32,
    /// What happens with the result at once (a range of the plan's list).
    pub(crate) consumers: std::ops::Range<usize>,
}

/// Where a result goes besides being an operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consumer {
    /// This column of the table of per-sample results.
    Row(u32),
    /// This place in the vector of means.
    Mean(u32),
}

/// A plan for a tape.
#[derive(Clone, Debug)]
pub(crate) struct Plan<S> {
    /// The values that do not depend on the sample: constants filled in, the others still to be computed.
    pub(crate) shared_values: Vec<S>,
    pub(crate) shared: Vec<Step>,
    pub(crate) per_sample: Vec<Step>,
    pub(crate) operands: Vec<Place>,
    pub(crate) consumers: Vec<Consumer>,
    /// Results that do not depend on the sample, and where they go.
    pub(crate) shared_results: Vec<(u32, Consumer)>,
    pub(crate) buffers: usize,
    /// The longest list of operands.
    pub(crate) widest: usize,
    /// The columns of the table of per-sample results, and the length of the vector of means.
    pub(crate) columns: usize,
    pub(crate) means: usize,
}

impl<S: TapeScalar> Plan<S> {
    /// Plans `tape`, whose outputs are consumed as `consume` says, output by output.
    pub(crate) fn of(tape: &Tape, consume: &[Consume]) -> Result<Self, CompileError> {
        let mut plan = Self {
            shared_values: Vec::new(),
            shared: Vec::new(),
            per_sample: Vec::new(),
            operands: Vec::new(),
            consumers: Vec::new(),
            shared_results: Vec::new(),
            buffers: 0,
            widest: 0,
            columns: 0,
            means: 0,
        };
        let consumers = plan.number_results(tape, consume);
        let mut last_use = last_uses(tape);
        let mut places = vec![Place::Shared(0); tape.len()];
        let mut free = Vec::new();
        let numbers = InputNumbers::of(tape);
        for slot in tape.slots() {
            let kernel = kernel::<S>(tape, slot, &numbers)?;
            let start = plan.operands.len();
            plan.operands.extend(
                tape.operands(slot)
                    .iter()
                    .map(|operand| places[operand.index()]),
            );
            let operands = start..plan.operands.len();
            plan.widest = plan.widest.max(operands.len());
            let results = consumers.of(slot);
            if tape.instruction(slot).class() == Class::PerSample {
                // A buffer whose slot has its last use here may take the result: a step reads all
                // operands of a lane before it writes the lane.
                release(tape, slot, &mut last_use, &places, &mut free);
                let buffer = free.pop().unwrap_or_else(|| {
                    plan.buffers += 1;
                    number(plan.buffers - 1)
                });
                places[slot.index()] = Place::Buffer(buffer);
                let start = plan.consumers.len();
                plan.consumers.extend(results);
                let consumers = start..plan.consumers.len();
                if last_use[slot.index()] == slot {
                    free.push(buffer);
                }
                // Per-sample slots are no constants, so they have a kernel.
                if let Some(kernel) = kernel {
                    plan.per_sample.push(Step {
                        kernel,
                        operands,
                        out: buffer,
                        consumers,
                    });
                }
            } else {
                let out = number(plan.shared_values.len());
                places[slot.index()] = Place::Shared(out);
                plan.shared_values.push(S::from_f64(
                    tape.instruction(slot).constant().unwrap_or(0.0),
                ));
                plan.shared_results
                    .extend(results.map(|consumer| (out, consumer)));
                if let Some(kernel) = kernel {
                    plan.shared.push(Step {
                        kernel,
                        operands,
                        out,
                        consumers: 0..0,
                    });
                }
            }
        }
        Ok(plan)
    }

    /// Gives every slot of an output its column or its place among the means.
    fn number_results(&mut self, tape: &Tape, consume: &[Consume]) -> Results {
        let mut list = Vec::new();
        for (output, consume) in tape.outputs().iter().zip(consume) {
            for &slot in &output.slots {
                let consumer = match consume {
                    Consume::Rows => {
                        self.columns += 1;
                        Consumer::Row(number(self.columns - 1))
                    }
                    Consume::Mean => {
                        self.means += 1;
                        Consumer::Mean(number(self.means - 1))
                    }
                };
                list.push((slot, consumer));
            }
        }
        // Stable, so that the consumers of one slot keep their order.
        list.sort_by_key(|&(slot, _)| slot);
        Results { list }
    }
}

/// What happens with the slots of outputs, by slot.
struct Results {
    list: Vec<(Slot, Consumer)>,
}

impl Results {
    fn of(&self, slot: Slot) -> impl Iterator<Item = Consumer> {
        let start = self.list.partition_point(|&(other, _)| other < slot);
        let own = self.list[start..]
            .iter()
            .take_while(move |&&(other, _)| other == slot);
        own.map(|&(_, consumer)| consumer)
    }
}

/// For each slot the last that uses it; itself where none does.
fn last_uses(tape: &Tape) -> Vec<Slot> {
    let mut last: Vec<Slot> = tape.slots().collect();
    for slot in tape.slots() {
        for operand in tape.operands(slot) {
            last[operand.index()] = slot;
        }
    }
    last
}

/// Frees the buffers of operands of `slot` that have their last use there.
fn release(tape: &Tape, slot: Slot, last_use: &mut [Slot], places: &[Place], free: &mut Vec<u32>) {
    for operand in tape.operands(slot) {
        let last = &mut last_use[operand.index()];
        if let Place::Buffer(buffer) = places[operand.index()]
            && *last == slot
        {
            free.push(buffer);
            // An operand may stand twice, its buffer is free once.
            *last = *operand;
        }
    }
}

/// The number of each input among those of its kind.
struct InputNumbers(Vec<u32>);

impl InputNumbers {
    fn of(tape: &Tape) -> Self {
        let mut next = [0; 4];
        let numbers = tape.inputs().iter().map(|input| {
            let next = &mut next[input.kind as usize];
            *next += 1;
            *next - 1
        });
        Self(numbers.collect())
    }
}

/// The kernel of a slot; none for a constant.
fn kernel<S: TapeScalar>(
    tape: &Tape,
    slot: Slot,
    numbers: &InputNumbers,
) -> Result<Option<Kernel>, CompileError> {
    let instruction = tape.instruction(slot);
    let unsupported = |operation: &str| CompileError::Unsupported {
        operation: operation.to_owned(),
        scalar: S::NAME,
    };
    if let Some(operation) = tape.operation(slot) {
        if !dagrad_graph::Evaluate::<S>::supports_scalar(&operation) {
            return Err(unsupported(operation.name()));
        }
        return Ok(Some(Kernel::Operation(operation)));
    }
    if let Some((user, Some(partial))) = tape.user(slot) {
        if !S::SUPPORTS_USER_OPERATIONS {
            return Err(unsupported(user.operation().name()));
        }
        return Ok(Some(Kernel::Partial(user.clone(), number(partial))));
    }
    if let Some(products) = instruction.products() {
        return Ok(Some(Kernel::Dot(number(products))));
    }
    Ok(
        match (instruction.variable(), instruction.code() == Code::Input) {
            (Some(variable), true) => Some(Kernel::Input(
                tape.inputs()[variable].kind,
                numbers.0[variable],
            )),
            (Some(variable), false) => Some(Kernel::Parameter(number(variable))),
            (None, _) if instruction.constant().is_some() => None,
            (None, _) => Some(Kernel::Fma),
        },
    )
}

/// A number of slots, operands or results: a tape has fewer than 2³² of each.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a tape has fewer than 2³² slots"
)]
fn number(index: usize) -> u32 {
    index as u32
}
