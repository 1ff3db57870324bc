//! The invariants of a tape, and a check of all of them.
//!
//! 1. Operands stand before their use.
//! 2. An instruction has as many operands as its code takes; a dot has at least one product.
//! 3. The class of a slot is the highest class among its operands; features and targets are per sample,
//!    directions and parameters shared, a constant constant.
//! 4. Inputs, parameters, calls and scopes have numbers that exist; a partial is one of its user operation.
//! 5. Outputs are slots of the tape, and no two have one name.
//! 6. Names are of slots of the tape, in ascending order.
//!
//! Whatever makes a tape keeps them, so past construction nothing checks them again; this check is for
//! tests, for debug builds, and for listings from outside.

use crate::instruction::{Class, Code, Slot};
use crate::tape::Tape;
use std::collections::HashSet;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invariant {invariant} of the tape is broken at {place}: {what}")]
pub struct TapeError {
    /// The invariant's number in the list of this module's documentation.
    pub invariant: u8,
    /// The slot or the output.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl Tape {
    /// Checks every invariant, in time linear in instructions and operands.
    ///
    /// # Errors
    /// The first invariant found broken.
    pub fn verify(&self) -> Result<(), TapeError> {
        for slot in self.slots() {
            self.verify_slot(slot).map_err(|(invariant, what)| {
                let place = slot.to_string();
                TapeError {
                    invariant,
                    place,
                    what: what.to_owned(),
                }
            })?;
        }
        let mut names = HashSet::new();
        for output in &self.outputs {
            let is_slot = |slot: &Slot| slot.index() < self.len();
            if !output.slots.iter().all(is_slot) || !names.insert(&output.name) {
                let place = format!("output {:?}", output.name);
                let what = "a slot that does not exist, or a name twice".to_owned();
                return Err(TapeError {
                    invariant: 5,
                    place,
                    what,
                });
            }
        }
        let ascending = self.names.is_sorted_by(|(a, _), (b, _)| a < b);
        if !ascending
            || self
                .names
                .last()
                .is_some_and(|(slot, _)| slot.index() >= self.len())
        {
            let (place, what) = (
                "the names".to_owned(),
                "out of order or of no slot".to_owned(),
            );
            return Err(TapeError {
                invariant: 6,
                place,
                what,
            });
        }
        Ok(())
    }

    fn verify_slot(&self, slot: Slot) -> Result<(), (u8, &'static str)> {
        let operands = self.operands(slot);
        if operands.iter().any(|&operand| operand >= slot) {
            return Err((1, "an operand is not before it"));
        }
        let instruction = self.instruction(slot);
        let products = instruction.products().map(|products| (2, 2 * products));
        if !instruction.code.arity().accepts(operands.len())
            || products.is_some_and(|(least, taken)| taken < least || taken > operands.len())
        {
            return Err((2, "a wrong number of operands"));
        }
        let highest = operands
            .iter()
            .map(|&operand| self.instruction(operand).class)
            .max();
        let number = instruction.payload() as usize;
        let least = match (
            instruction.code == Code::Input,
            instruction.code == Code::Parameter,
        ) {
            (true, _) => self
                .inputs
                .get(number)
                .map_or(Class::PerSample, |input| input.kind.class()),
            (false, true) => Class::Shared,
            (false, false) => Class::Constant,
        };
        let class = highest.unwrap_or(least);
        if instruction.class != class {
            return Err((3, "a wrong class"));
        }
        let has = |code| instruction.code == code;
        let exists = (!has(Code::Input) || number < self.inputs.len())
            && (!has(Code::Parameter) || number < self.parameters.len())
            && (!(has(Code::Call) || has(Code::CallPartial))
                || self.verify_call(slot, operands.len()));
        let scope = self.scope_of.get(slot.index()).map(|&scope| scope as usize);
        if exists && scope.is_some_and(|scope| scope < self.scopes.len()) {
            Ok(())
        } else {
            Err((4, "a number that does not exist"))
        }
    }

    fn verify_call(&self, slot: Slot, operands: usize) -> bool {
        let is_value = self.instruction(slot).code == Code::Call;
        match self.user(slot) {
            Some((user, None)) => is_value && user.operation().arity().accepts(operands),
            Some((user, Some(partial))) => {
                // The value stands after the operands.
                let own = operands.saturating_sub(1);
                !is_value && user.operation().arity().accepts(own) && partial < own
            }
            None => false,
        }
    }
}
