//! What has to be differentiated at all: the slots between the variables and what is asked for.

use super::{DifferentiateError, Variables};
use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::tape::{InputKind, Tape};

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
            Variables::Inputs | Variables::Features => (Code::Input, self.inputs.len()),
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
        if matches!(variables, Variables::Features) {
            let mut inputs = self.inputs.iter();
            slots.retain(|_| {
                inputs
                    .next()
                    .is_some_and(|input| input.kind == InputKind::Feature)
            });
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
