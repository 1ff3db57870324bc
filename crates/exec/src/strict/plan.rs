//! What a program does, in order: the tape with places in memory.
//!
//! Slots of class *constant* are filled when the plan is made, *shared* ones once for each run. Slots of
//! class *per sample* are filled for one tile of lanes after the other; each lies in a buffer, which
//! another slot takes over when its last use is done. *Reduced* slots are filled once, after the tiles: first
//! the means, then what depends on them.

use dagrad_ops::{Op, User};
use dagrad_tape::{Class, Code, InputKind, OutputKind, Slot, Tape, TapeScalar};

use crate::inputs::InputNumbers;
use std::ops::Range;

/// Where an operand lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among the values of which there is one for each run.
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

/// A step: a kernel, its operands (a part of the plan's list), and where the result goes.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) kernel: Kernel,
    pub(crate) operands: Part,
    pub(crate) out: u32,
    /// What happens with the result at once (a part of the plan's list).
    pub(crate) consumers: Part,
}

/// A part of a list: half as large as a range, since steps come by the million.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    start: u32,
    end: u32,
}

impl Part {
    fn of(range: Range<usize>) -> Self {
        Self {
            start: number(range.start),
            end: number(range.end),
        }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a result goes besides being an operand.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Consumer {
    /// This column of the table of per-sample results.
    Row(u32),
    /// The mean of this number.
    Mean(u32),
}

/// A plan for a tape.
#[derive(Clone, Debug)]
pub(crate) struct Plan<S> {
    /// The values of which there is one for each run: constants filled in, the others still to be computed.
    pub(crate) shared_values: Vec<S>,
    pub(crate) shared: Vec<Step>,
    pub(crate) per_sample: Vec<Step>,
    /// Where each mean goes among the values that there is one of for each run.
    pub(crate) means: Vec<u32>,
    /// What is computed of means.
    pub(crate) reduced: Vec<Step>,
    pub(crate) operands: Vec<Place>,
    pub(crate) consumers: Vec<Consumer>,
    /// Values of which there is one for each run, and the columns of per-sample results that they fill.
    pub(crate) shared_columns: Vec<(u32, u32)>,
    /// Where the results lie of which there is one for each run.
    pub(crate) run_results: Vec<u32>,
    pub(crate) buffers: usize,
    /// The longest list of operands.
    pub(crate) widest: usize,
    /// The columns of the table of per-sample results.
    pub(crate) columns: usize,
}

impl<S: TapeScalar> Plan<S> {
    /// Plans `tape`, all of whose operations run in this scalar type.
    pub(crate) fn of(tape: &Tape) -> Self {
        let mut plan = Self {
            shared_values: Vec::new(),
            shared: Vec::new(),
            per_sample: Vec::new(),
            means: Vec::new(),
            reduced: Vec::new(),
            operands: Vec::new(),
            consumers: Vec::new(),
            shared_columns: Vec::new(),
            run_results: Vec::new(),
            buffers: 0,
            widest: 0,
            columns: 0,
        };
        plan.reserve(tape);
        let consumers = plan.number_results(tape);
        let mut last_use = last_uses(tape);
        let mut places = vec![Place::Shared(0); tape.len()];
        let mut free = Vec::new();
        let numbers = InputNumbers::of(tape);
        for slot in tape.slots() {
            let kernel = kernel(tape, slot, &numbers);
            let class = tape.instruction(slot).class();
            let start = plan.operands.len();
            plan.operands.extend(
                tape.operands(slot)
                    .iter()
                    .map(|operand| places[operand.index()]),
            );
            let operands = Part::of(start..plan.operands.len());
            plan.widest = plan.widest.max(tape.operands(slot).len());
            let results = consumers.of(slot);
            if class == Class::PerSample {
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
                let consumers = Part::of(start..plan.consumers.len());
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
                for result in results {
                    match result {
                        Consumer::Row(column) => plan.shared_columns.push((out, column)),
                        // Only what is per sample has a mean.
                        Consumer::Mean(_) => {}
                    }
                }
                let steps = match class {
                    Class::Constant | Class::Shared | Class::PerSample => &mut plan.shared,
                    Class::Reduced => &mut plan.reduced,
                };
                if tape.instruction(slot).code() == Code::Mean {
                    plan.means.push(out);
                } else if let Some(kernel) = kernel {
                    steps.push(Step {
                        kernel,
                        operands,
                        out,
                        consumers: Part::default(),
                    });
                }
            }
        }
        let per_run = tape
            .outputs()
            .iter()
            .filter(|output| output.kind == OutputKind::PerRun);
        let place = |slot: &Slot| match places[slot.index()] {
            // A tape that is valid has no per-sample slot here.
            Place::Shared(at) | Place::Buffer(at) => at,
        };
        plan.run_results = per_run
            .flat_map(|output| output.slots.iter().map(place))
            .collect();
        plan
    }

    /// Makes room for as many steps and operands as there will be: lists that grow are copied, and their memory is new
    /// each time.
    fn reserve(&mut self, tape: &Tape) {
        let (mut shared, mut per_sample, mut operands) = (0, 0, 0);
        for slot in tape.slots() {
            match tape.instruction(slot).class() {
                Class::Constant | Class::Reduced => {}
                Class::Shared => shared += 1,
                Class::PerSample => per_sample += 1,
            }
            operands += tape.operands(slot).len();
        }
        self.shared.reserve(shared);
        self.shared_values.reserve(tape.len() - per_sample);
        self.per_sample.reserve(per_sample);
        self.operands.reserve(operands);
    }

    /// Gives every slot of a per-sample output its column, and every mean its number.
    fn number_results(&mut self, tape: &Tape) -> Results {
        let mut list = Vec::new();
        for output in tape.outputs() {
            if output.kind == OutputKind::PerSample {
                for &slot in &output.slots {
                    list.push((slot, Consumer::Row(number(self.columns))));
                    self.columns += 1;
                }
            }
        }
        let means = tape
            .slots()
            .filter(|&slot| tape.instruction(slot).code() == Code::Mean);
        let operands = means.flat_map(|slot| tape.operands(slot));
        list.extend(
            operands
                .enumerate()
                .map(|(at, &slot)| (slot, Consumer::Mean(number(at)))),
        );
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

/// For each slot the last that uses it; itself where none does. A mean takes its terms when they are
/// computed.
fn last_uses(tape: &Tape) -> Vec<Slot> {
    let mut last: Vec<Slot> = tape.slots().collect();
    let is_step = |slot: &Slot| tape.instruction(*slot).code() != Code::Mean;
    for slot in tape.slots().filter(is_step) {
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

/// The kernel of a slot; none for a constant and for a mean.
fn kernel(tape: &Tape, slot: Slot, numbers: &InputNumbers) -> Option<Kernel> {
    let instruction = tape.instruction(slot);
    if let Some(operation) = tape.operation(slot) {
        return Some(Kernel::Operation(operation));
    }
    if let Some((user, Some(partial))) = tape.user(slot) {
        return Some(Kernel::Partial(user.clone(), number(partial)));
    }
    if let Some(products) = instruction.products() {
        return Some(Kernel::Dot(number(products)));
    }
    match (instruction.variable(), instruction.code() == Code::Input) {
        (Some(variable), true) => Some(Kernel::Input(
            tape.inputs()[variable].kind,
            numbers.get(variable),
        )),
        (Some(variable), false) => Some(Kernel::Parameter(number(variable))),
        (None, _) if matches!(instruction.code(), Code::Constant | Code::Mean) => None,
        (None, _) => Some(Kernel::Fma),
    }
}

/// A number of slots, operands or results: a tape has fewer than 2³² of each.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a tape has fewer than 2³² slots"
)]
fn number(index: usize) -> u32 {
    index as u32
}
