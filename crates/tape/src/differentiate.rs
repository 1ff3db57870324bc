//! Reverse accumulation on the tape: values in, values and adjoints out.
//!
//! The adjoint of a slot is one sum over its uses, in the order (user, operand number), after the seed
//! where there is one: the order of the reference sweeps, so that derivatives agree with theirs to the
//! bit. Instructions for the contributions come from the operations' own texts, run over
//! [`Term`]s. What is not asked for is not computed: only slots between the variables and the seeded
//! slots get adjoints.
//!
//! What comes out is a tape like any other, so every pass and every kernel serves it, and it can be
//! differentiated again.

use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::tape::{Call, Input, InputKind, Output, Tape};
use crate::term::{Pen, Term};
use dagrad_graph::Evaluate as _;
use std::cell::RefCell;

/// What a tape is differentiated with respect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variables<'a> {
    /// Every parameter, in declared order.
    Parameters,
    /// Every input, in declared order.
    Inputs,
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
    let slots = tape
        .output(of)
        .ok_or_else(|| DifferentiateError::NoSuchOutput(of.to_owned()))?;
    let seeded = *slots
        .first()
        .ok_or_else(|| DifferentiateError::NoSuchOutput(of.to_owned()))?;
    differentiate_slot(tape, seeded, variables, name)
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
    accumulate(tape, &[seeded], Seeds::One, variables, name)
}

/// As [`differentiate`], of the sum over all slots of the output `of`, each times a seed, which comes in
/// as one [new input](crate::InputKind::Seed) for each slot, after the inputs that there are: the
/// product of a vector and the output's Jacobian. A loss beside the graph gives the seeds by its own
/// gradient; seeds of which one is 1 and the others 0 give the Jacobian row by row.
///
/// # Errors
/// As [`differentiate`].
pub fn differentiate_seeded(
    tape: &Tape,
    of: &str,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    let slots = tape
        .output(of)
        .ok_or_else(|| DifferentiateError::NoSuchOutput(of.to_owned()))?;
    accumulate(tape, slots, Seeds::Inputs, variables, name)
}

/// What adjoints start from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seeds {
    /// One.
    One,
    /// An input for each seeded slot.
    Inputs,
}

fn accumulate(
    tape: &Tape,
    seeded: &[Slot],
    seeds: Seeds,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    if tape.output(name).is_some() {
        return Err(DifferentiateError::Taken(name.to_owned()));
    }
    let variables = tape.variable_slots(variables)?;
    let active = tape.between(&variables, seeded);
    let uses = Uses::of(tape, &active);
    let pen = RefCell::new(Pen {
        tape: tape.clone(),
        scope: 0,
    });
    pen.borrow_mut().tape.reserve(4 * uses.list.len());
    let seeds = seed_slots(&pen, seeded, seeds, name);
    // For each slot its adjoint, once known; for each use what it contributes.
    let mut adjoints: Vec<Option<Slot>> = vec![None; tape.len()];
    let mut contributed: Vec<Option<Slot>> = vec![None; uses.list.len()];
    let mut terms = Vec::new();
    let mut scratch = Contributions::default();
    for slot in tape.slots().rev().filter(|slot| active[slot.index()]) {
        pen.borrow_mut().scope = tape.scope_of[slot.index()];
        terms.clear();
        let first = seeds.partition_point(|&(other, _)| other < slot);
        let own = seeds[first..]
            .iter()
            .take_while(|&&(other, _)| other == slot);
        terms.extend(own.map(|&(_, seed)| seed));
        terms.extend(
            uses.of_slot(slot)
                .iter()
                .filter_map(|&use_| contributed[use_]),
        );
        let adjoint = match *terms.as_slice() {
            [] => continue,
            [only] => only,
            [..] => {
                let Pen { tape, scope } = &mut *pen.borrow_mut();
                tape.push(Code::Add, 0, &terms, *scope)
            }
        };
        adjoints[slot.index()] = Some(adjoint);
        let uses_of_operands = uses.by_user(slot);
        if !uses_of_operands.is_empty() {
            contributions(&pen, tape, slot, adjoint, &mut scratch)?;
            for use_ in uses_of_operands {
                let term: Term<'_> = scratch.terms[uses.list[use_].operand as usize];
                contributed[use_] = Some(term.slot(&pen));
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
    });
    debug_assert_eq!(tape.verify(), Ok(()));
    Ok(tape)
}

/// The seed of each seeded slot, by slot; the seeds of one slot in their order.
fn seed_slots(pen: &RefCell<Pen>, seeded: &[Slot], seeds: Seeds, name: &str) -> Vec<(Slot, Slot)> {
    let tape = &mut pen.borrow_mut().tape;
    let mut seed = |(number, &slot): (usize, &Slot)| {
        let seed = match seeds {
            Seeds::One => tape.push_constant(1.0, 0),
            Seeds::Inputs => {
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

/// Codes that contribute to every operand: what most tapes have most of, answered without asking the
/// operation.
const ALWAYS: CodeSet = CodeSet::of(&[
    Code::Add,
    Code::Mul,
    Code::Sub,
    Code::Neg,
    Code::Tanh,
    Code::Relu,
    Code::Fma,
    Code::Dot,
]);

impl Tape {
    /// The slot of each variable; none where the tape does not need it.
    pub(crate) fn variable_slots(
        &self,
        variables: Variables<'_>,
    ) -> Result<Vec<Option<Slot>>, DifferentiateError> {
        let (code, count) = match variables {
            Variables::Parameters => (Code::Parameter, self.parameters.len()),
            Variables::Inputs => (Code::Input, self.inputs.len()),
            Variables::Slots(slots) => {
                let checked = slots
                    .iter()
                    .map(|&slot| self.check_slot(slot).map(|()| Some(slot)));
                return checked.collect();
            }
        };
        let mut slots = vec![None; count];
        for slot in self.slots() {
            let instruction = self.instruction(slot);
            if let (true, Some(number)) = (instruction.code == code, instruction.variable()) {
                slots[number] = Some(slot);
            }
        }
        Ok(slots)
    }

    pub(crate) fn check_slot(&self, slot: Slot) -> Result<(), DifferentiateError> {
        if slot.index() < self.len() {
            Ok(())
        } else {
            Err(DifferentiateError::NoSuchSlot(slot))
        }
    }

    /// Which slots depend on a variable and are needed by one of `needed_by`, through operands that get
    /// contributions.
    pub(crate) fn between(&self, variables: &[Option<Slot>], needed_by: &[Slot]) -> Vec<bool> {
        let end = needed_by
            .iter()
            .map(|slot| slot.index() + 1)
            .max()
            .unwrap_or(0);
        let mut above = vec![false; self.len()];
        for slot in variables.iter().flatten() {
            above[slot.index()] = true;
        }
        for slot in self.slots().take(end) {
            if !above[slot.index()] {
                let operands = self.operands(slot).iter().enumerate();
                above[slot.index()] = operands
                    .filter(|(_, operand)| above[operand.index()])
                    .any(|(number, _)| self.contributes(slot, number));
            }
        }
        let mut below = vec![false; self.len()];
        for slot in needed_by {
            below[slot.index()] = above[slot.index()];
        }
        for slot in self.slots().take(end).rev() {
            if below[slot.index()] {
                for (number, &operand) in self.operands(slot).iter().enumerate() {
                    if above[operand.index()] && self.contributes(slot, number) {
                        below[operand.index()] = true;
                    }
                }
            }
        }
        below
    }

    /// Whether the operand of this number ever gets a contribution from what fills `slot`.
    #[inline]
    pub(crate) fn contributes(&self, slot: Slot, number: usize) -> bool {
        if ALWAYS.has(self.instruction(slot).code) {
            return true;
        }
        self.operation(slot)
            .is_none_or(|operation| operation.contributes(number))
    }

    fn reserve(&mut self, more: usize) {
        self.instructions.reserve(more);
        self.scope_of.reserve(more);
    }
}

/// A use of a slot: as which operand.
#[derive(Clone, Copy, Debug)]
struct Use {
    operand: u32,
}

/// The uses of active slots by active slots that contribute to them.
struct Uses {
    /// By user, in order of operands.
    list: Vec<Use>,
    /// The uses by slot `s` are `list[by_user[s]..by_user[s + 1]]`.
    by_user: Vec<u32>,
    /// The uses of slot `s`, in order of users, are `of[starts[s]..starts[s + 1]]`.
    of: Vec<usize>,
    starts: Vec<u32>,
}

impl Uses {
    fn of(tape: &Tape, active: &[bool]) -> Self {
        let mut list = Vec::new();
        let mut used = Vec::new();
        let mut by_user = vec![0];
        for slot in tape.slots() {
            if active[slot.index()] {
                for (number, &operand) in tape.operands(slot).iter().enumerate() {
                    if active[operand.index()] && tape.contributes(slot, number) {
                        list.push(Use {
                            operand: Slot::new(number).bits(),
                        });
                        used.push(operand);
                    }
                }
            }
            by_user.push(Slot::new(list.len()).bits());
        }
        let mut starts = vec![0_u32; tape.len() + 1];
        for operand in &used {
            starts[operand.index() + 1] += 1;
        }
        for slot in 0..tape.len() {
            starts[slot + 1] += starts[slot];
        }
        let mut next = starts.clone();
        let mut of = vec![0; list.len()];
        for (use_, operand) in used.iter().enumerate() {
            let at = &mut next[operand.index()];
            of[*at as usize] = use_;
            *at += 1;
        }
        Self {
            list,
            by_user,
            of,
            starts,
        }
    }

    fn by_user(&self, slot: Slot) -> std::ops::Range<usize> {
        self.by_user[slot.index()] as usize..self.by_user[slot.index() + 1] as usize
    }

    fn of_slot(&self, slot: Slot) -> &[usize] {
        let (start, end) = (self.starts[slot.index()], self.starts[slot.index() + 1]);
        &self.of[start as usize..end as usize]
    }
}

/// What a slot contributes, and the memory to find it.
#[derive(Default)]
pub(crate) struct Contributions<'p> {
    operands: Vec<Term<'p>>,
    /// For each operand, what is added to its adjoint.
    pub(crate) terms: Vec<Term<'p>>,
}

/// Writes the instructions for what `slot` contributes to the adjoint of each of its operands.
pub(crate) fn contributions<'p>(
    pen: &'p RefCell<Pen>,
    tape: &Tape,
    slot: Slot,
    adjoint: Slot,
    contributions: &mut Contributions<'p>,
) -> Result<(), DifferentiateError> {
    let operands = tape.operands(slot);
    let Contributions {
        operands: terms_of_operands,
        terms: contributions,
    } = contributions;
    contributions.clear();
    if let Some((user, partial)) = tape.user(slot) {
        if partial.is_some() {
            let name = user.operation().name().to_owned();
            return Err(DifferentiateError::SecondDerivative(name));
        }
        let Pen { tape: to, scope } = &mut *pen.borrow_mut();
        let with_value: Vec<Slot> = operands.iter().copied().chain([slot]).collect();
        for number in 0..operands.len() {
            let partial = Some(Slot::new(number).bits());
            let call = to.call_number(Call {
                user: user.clone(),
                partial,
            });
            let partial = to.push(Code::CallPartial, call, &with_value, *scope);
            let product = to.push(Code::Mul, 0, &[adjoint, partial], *scope);
            contributions.push(Term::Slot(pen, product));
        }
    } else if let Some(operation) = tape.operation(slot) {
        terms_of_operands.clear();
        terms_of_operands.extend(operands.iter().map(|&operand| Term::Slot(pen, operand)));
        let (value, adjoint) = (Term::Slot(pen, slot), Term::Slot(pen, adjoint));
        contributions.resize(operands.len(), Term::Literal(0.0));
        operation.contributions(terms_of_operands, value, adjoint, contributions);
    } else {
        // Sums of products, which only a tape has.
        let is_fma = tape.instruction(slot).code == Code::Fma;
        let products = tape
            .instruction(slot)
            .products()
            .unwrap_or(usize::from(is_fma));
        let Pen { tape: to, scope } = &mut *pen.borrow_mut();
        for number in 0..operands.len() {
            let contribution = if number < 2 * products {
                to.push(Code::Mul, 0, &[adjoint, operands[number ^ 1]], *scope)
            } else {
                adjoint
            };
            contributions.push(Term::Slot(pen, contribution));
        }
    }
    Ok(())
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_agree_with_what_is_answered_for_them() {
        for &code in Code::ALL.iter().filter(|&&code| ALWAYS.has(code)) {
            if let Some(operation) = code.operation(0) {
                assert!((0..4).all(|number| operation.contributes(number)));
            }
        }
    }
}
