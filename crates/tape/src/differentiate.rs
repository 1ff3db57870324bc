//! Reverse accumulation on the tape: values in, values and adjoints out.
//!
//! The adjoint of a slot is one sum over its uses, in the order (user, operand number), after the seed
//! where there is one: the order of the reference sweeps, so that derivatives agree with theirs to the
//! bit. Instructions for the contributions come from the operations' own texts, run over
//! [`Term`]s. What is not asked for is not computed: only slots between the variables and the seeded
//! slots get adjoints.
//!
//! The derivative of a *mean* over the samples is as cheap as one sample's: every slot of a sample gets its
//! adjoint in that sample; what is shared by all of them gets the mean of what they contribute, and is
//! swept once, after them.
//!
//! What comes out is a tape like any other, so every pass and every kernel serves it, and it can be
//! differentiated again.

mod active;
mod contributions;
mod needed;
mod uses;

pub(crate) use contributions::{Contributions, contributions};

use crate::instruction::{Class, Code, Slot};
use crate::tape::{Input, InputKind, Output, OutputKind, Tape};
use crate::term::{Pen, Term};
use std::cell::RefCell;
use uses::Uses;

/// What a tape is differentiated with respect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variables<'a> {
    /// Every parameter, in declared order.
    Parameters,
    /// Every input, in declared order: features, targets, and what derivatives have added.
    Inputs,
    /// Every feature, in declared order.
    Features,
    /// These slots, in this order.
    Slots(&'a [Slot]),
}

/// Adds an output called `name` to `tape`: the derivatives of the first slot of its output `of` with
/// respect to `variables`, in their order; zero where it does not depend on one.
///
/// # Errors
/// Where the tape has no such output, has an output called `name` already, a variable is no slot of it,
/// or the derivative of a user operation's partial would be needed.
pub fn differentiate(
    tape: &Tape,
    of: &str,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    let output = find_output(tape, of)?;
    let seeded = first_slot(output)?;
    accumulate(tape, &[seeded], Seeds::One, variables, name, output.kind)
}

/// Adds an output called `name` to `tape`, once for each run: the derivatives of the *mean over the
/// samples* of the first slot of its output `of` with respect to `variables`, in their order; zero where it
/// does not depend on one.
///
/// The adjoint of what all samples share is the mean of what they contribute, plus what other shared slots
/// contribute, of which each is [reduced](Class::Reduced): it is computed once, after the samples. So the
/// derivative of a penalty on weights costs one pass for each run, and it counts once.
///
/// ```
/// # use dagrad_tape::{Tape, Variables, differentiate_mean};
/// let tape: Tape = r#"dagrad tape 1
/// input[0] = feature "x"
/// parameter[0] = "w"
/// %0 = input[0]
/// %1 = parameter[0]
/// %2 = exp(%1)
/// %3 = mul(%2, %0)
/// output "loss" = %3
/// "#.parse()?;
/// let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient")?;
/// assert_eq!(tape.formula_of_output("gradient").unwrap().to_string(), "mean(1·x)·exp(w)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`differentiate`], and where a variable has a value of its own for each sample.
pub fn differentiate_mean(
    tape: &Tape,
    of: &str,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    let seeded = first_slot(find_output(tape, of)?)?;
    tape.check_shared(variables)?;
    accumulate(
        tape,
        &[seeded],
        Seeds::Mean,
        variables,
        name,
        OutputKind::PerRun,
    )
}

/// As [`differentiate`], of a slot.
///
/// # Errors
/// As [`differentiate`].
pub fn differentiate_slot(
    tape: &Tape,
    seeded: Slot,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    tape.check_slot(seeded)?;
    let kind = match tape.instruction(seeded).class {
        Class::Constant | Class::Shared | Class::PerSample => OutputKind::PerSample,
        Class::Reduced => OutputKind::PerRun,
    };
    accumulate(tape, &[seeded], Seeds::One, variables, name, kind)
}

/// As [`differentiate`], of the sum over all slots of the output `of`, each times a seed, which comes in
/// as one [new input](crate::InputKind::Seed) for each slot, after the inputs that there are: the
/// product of a vector and the output's Jacobian. A loss beside the graph gives the seeds by its own
/// gradient; seeds of which one is 1 and the others 0 give the Jacobian row by row.
///
/// # Errors
/// As [`differentiate`], and where `of` is given once for each run.
pub fn differentiate_seeded(
    tape: &Tape,
    of: &str,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    let output = find_output(tape, of)?;
    if output.kind == OutputKind::PerRun {
        return Err(DifferentiateError::PerRun(of.to_owned()));
    }
    accumulate(
        tape,
        &output.slots,
        Seeds::Inputs,
        variables,
        name,
        output.kind,
    )
}

fn find_output<'t>(tape: &'t Tape, name: &str) -> Result<&'t Output, DifferentiateError> {
    let output = tape.named_output(name);
    output.ok_or_else(|| DifferentiateError::NoSuchOutput(name.to_owned()))
}

fn first_slot(output: &Output) -> Result<Slot, DifferentiateError> {
    let first = output.slots.first().copied();
    first.ok_or_else(|| DifferentiateError::NoSuchOutput(output.name.clone()))
}

/// What adjoints start from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seeds {
    /// One.
    One,
    /// One, in the mean over the samples.
    Mean,
    /// An input for each seeded slot.
    Inputs,
}

fn accumulate(
    tape: &Tape,
    seeded: &[Slot],
    seeds: Seeds,
    variables: Variables<'_>,
    name: &str,
    kind: OutputKind,
) -> Result<Tape, DifferentiateError> {
    if tape.output(name).is_some() {
        return Err(DifferentiateError::Taken(name.to_owned()));
    }
    let variables = tape.variable_slots(variables)?;
    let active = tape.between(&variables, seeded);
    let uses = Uses::of(tape, &active);
    let pen = RefCell::new(Pen::new(tape.clone()));
    pen.borrow_mut().tape.reserve(4 * uses.list.len());
    let is_mean = seeds == Seeds::Mean;
    let seeds = seed_slots(&pen, seeded, seeds, name);
    // For each slot its adjoint, once known; for each use what it contributes.
    let mut adjoints: Vec<Option<Slot>> = vec![None; tape.len()];
    let mut contributed: Vec<Option<Slot>> = vec![None; uses.list.len()];
    let (mut terms, mut shared_terms) = (Vec::new(), Vec::new());
    let (mut scratch, mut needed) = (Contributions::default(), Vec::new());
    for slot in tape.slots().rev().filter(|slot| active[slot.index()]) {
        pen.borrow_mut().scope = tape.scope_of[slot.index()];
        terms.clear();
        shared_terms.clear();
        // In a mean over the samples, what is shared by them sees them as one.
        let sums_up = is_mean && tape.instruction(slot).class.is_per_run();
        let first = seeds.partition_point(|&(other, _)| other < slot);
        let own = seeds[first..]
            .iter()
            .take_while(|&&(other, _)| other == slot);
        terms.extend(own.map(|&(_, seed)| seed));
        if sums_up {
            // A seed, too, is there once.
            shared_terms.append(&mut terms);
            for &use_ in uses.of_slot(slot) {
                let is_per_sample = uses.list[use_].by == Class::PerSample;
                let terms = if is_per_sample {
                    &mut terms
                } else {
                    &mut shared_terms
                };
                terms.extend(contributed[use_]);
            }
            if let Some(sum) = sum(&pen, &terms) {
                let Pen { tape, scope, .. } = &mut *pen.borrow_mut();
                shared_terms.insert(0, tape.push_mean(sum, *scope));
            }
            std::mem::swap(&mut terms, &mut shared_terms);
        } else {
            let used = uses.of_slot(slot).iter();
            terms.extend(used.filter_map(|&use_| contributed[use_]));
        }
        let Some(adjoint) = sum(&pen, &terms) else {
            continue;
        };
        adjoints[slot.index()] = Some(adjoint);
        let uses_of_operands = uses.by_user(slot);
        if !uses_of_operands.is_empty() {
            let start = pen.borrow().tape.len();
            contributions(&pen, tape, slot, adjoint, &mut scratch)?;
            for use_ in uses_of_operands.clone() {
                let term: Term<'_> = scratch.terms[uses.list[use_].operand as usize];
                contributed[use_] = Some(term.slot(&pen));
            }
            // What it contributes to others was written, too.
            if uses_of_operands.len() < tape.operands(slot).len() {
                let contributed = &mut contributed[uses_of_operands];
                pen.borrow_mut()
                    .keep_needed(start, contributed, &mut needed);
            }
        }
    }
    let mut tape = pen.into_inner().tape;
    let zero = variables
        .iter()
        .any(|slot| slot.is_none_or(|slot| adjoints[slot.index()].is_none()));
    let zero = if zero {
        tape.push_constant(0.0, 0)
    } else {
        Slot::new(0)
    };
    let adjoint = |slot: Option<Slot>| slot.and_then(|slot| adjoints[slot.index()]).unwrap_or(zero);
    let slots = variables.into_iter().map(adjoint).collect();
    tape.outputs.push(Output {
        name: name.to_owned(),
        slots,
        kind,
    });
    debug_assert_eq!(tape.verify(), Ok(()));
    Ok(tape)
}

/// The sum of these slots, if there are any.
fn sum(pen: &RefCell<Pen>, terms: &[Slot]) -> Option<Slot> {
    match *terms {
        [] => None,
        [only] => Some(only),
        [..] => {
            let Pen { tape, scope, .. } = &mut *pen.borrow_mut();
            Some(tape.push(Code::Add, 0, terms, *scope))
        }
    }
}

/// The seed of each seeded slot, by slot; the seeds of one slot in their order.
fn seed_slots(pen: &RefCell<Pen>, seeded: &[Slot], seeds: Seeds, name: &str) -> Vec<(Slot, Slot)> {
    let pen = &mut *pen.borrow_mut();
    let mut seed = |(number, &slot): (usize, &Slot)| {
        let seed = match seeds {
            Seeds::One | Seeds::Mean => pen.constant(1.0),
            Seeds::Inputs => {
                let tape = &mut pen.tape;
                let name = format!("{name}.seed.{number}");
                tape.inputs.push(Input {
                    name,
                    kind: InputKind::Seed,
                });
                tape.push_input(tape.inputs.len() - 1, 0)
            }
        };
        (slot, seed)
    };
    let mut slots: Vec<_> = seeded.iter().enumerate().map(&mut seed).collect();
    slots.sort_by_key(|&(slot, _)| slot);
    slots
}

/// Why a tape cannot be differentiated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DifferentiateError {
    /// No output has this name, or it has no slots.
    #[error("the tape has no output {0:?}")]
    NoSuchOutput(String),
    /// The output exists already.
    #[error("the tape has an output {0:?} already")]
    Taken(String),
    /// The slot is none of the tape's.
    #[error("the tape has no slot {0}")]
    NoSuchSlot(Slot),
    /// A user operation states first derivatives only.
    #[error(
        "the user operation {0} has no second derivative; a macro of listed operations would have"
    )]
    SecondDerivative(String),
    /// Reverse accumulation would have to go back from a mean into every sample.
    #[error("no adjoint passes a mean over the samples: {0}; a directional derivative does")]
    ThroughMean(String),
    /// A mean over the samples depends on every sample's own value, so it has no one derivative by it.
    #[error("the mean over the samples has no derivative by what each sample has its own of: {0}")]
    PerSample(String),
    /// Seeds come with each sample.
    #[error("the output {0:?} is given once for each run, and seeds come with each sample")]
    PerRun(String),
}

impl Tape {
    fn reserve(&mut self, more: usize) {
        self.instructions.reserve(more);
        self.scope_of.reserve(more);
    }

    /// Fails where a variable has a value for each sample.
    fn check_shared(&self, variables: Variables<'_>) -> Result<(), DifferentiateError> {
        let own = match variables {
            Variables::Parameters => None,
            Variables::Inputs => {
                let own = |input: &&Input| input.kind.class() == Class::PerSample;
                let input = self.inputs.iter().find(own);
                input.map(|input| format!("{} {:?}", input.kind, input.name))
            }
            Variables::Features => {
                let is_feature = |input: &&Input| input.kind == InputKind::Feature;
                let feature = self.inputs.iter().find(is_feature);
                feature.map(|input| format!("{} {:?}", input.kind, input.name))
            }
            Variables::Slots(slots) => {
                slots.iter().try_for_each(|&slot| self.check_slot(slot))?;
                let own = |slot: &&Slot| self.instruction(**slot).class == Class::PerSample;
                slots.iter().find(own).map(|&slot| self.describe(slot))
            }
        };
        own.map_or(Ok(()), |own| Err(DifferentiateError::PerSample(own)))
    }
}
