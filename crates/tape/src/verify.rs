//! The invariants of a tape, and a check of all of them.
//!
//! 1. Operands stand before their use.
//! 2. An instruction has as many operands as its code takes; a dot has at least one product.
//! 3. The class of a slot is the latest class among its operands; features, targets and seeds are per
//!    sample, directions and parameters shared, a constant constant, a mean reduced.
//! 4. Inputs, parameters, calls and scopes have numbers that exist; a partial is one of its user operation.
//! 5. Outputs are slots of the tape of a class that their kind allows, and no two have one name.
//! 6. Names are of slots of the tape, in ascending order.
//! 7. No input and no parameter fills two slots, or a derivative by it would be split.
//! 8. A mean is one of a slot per sample, and nothing else that is reduced has such an operand: after the
//!    samples their values are gone, and before the end of them there is no mean.
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
        let mut variables = HashSet::new();
        for slot in self.slots() {
            let instruction = self.instruction(slot);
            let number = instruction.variable();
            if number.is_some_and(|number| !variables.insert((instruction.code, number))) {
                return Err(TapeError {
                    invariant: 7,
                    place: slot.to_string(),
                    what: "an input or a parameter of a slot before".to_owned(),
                });
            }
        }
        let mut names = HashSet::new();
        for output in &self.outputs {
            let is_slot =
                |slot: &Slot| slot.index() < self.len() && output.kind.accepts(self.class(*slot));
            if !output.slots.iter().all(is_slot) || !names.insert(&output.name) {
                let place = format!("output {:?}", output.name);
                let what =
                    "a slot that does not exist or is of a wrong class, or a name twice".to_owned();
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
        let classes = operands
            .iter()
            .map(|&operand| self.instruction(operand).class);
        let latest = classes.clone().reduce(Class::join);
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
        let class = instruction.code.class(latest.unwrap_or(least));
        if instruction.class != class {
            return Err((3, "a wrong class"));
        }
        let has = |code| instruction.code == code;
        if has(Code::Mean) && latest != Some(Class::PerSample) {
            return Err((8, "a mean of what is not per sample"));
        }
        let mut classes = classes;
        if !has(Code::Mean)
            && class == Class::Reduced
            && classes.any(|class| class == Class::PerSample)
        {
            return Err((8, "operands per sample and reduced ones"));
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruction::POOLED;

    const LISTING: &str = r#"dagrad tape 1
input[0] = feature "x"
input[1] = direction
parameter[0] = "w"
per sample %0 = input[0]
shared     %1 = input[1]
shared     %2 = parameter[0]
constant   %3 = constant 2.0
per sample %4 = add(%0, %1, %2, %3) "sum" in "a"
per sample %5 = dot[1](%4, %2)
per sample %6 = powi[3](%5) "cube"
reduced    %7 = mean(%6)
reduced    %8 = mul(%7, %2)
output "y" = %6
output "z" = %4, %5
output per run "mean" = %8, %2
"#;

    /// A tape that was valid is found out after this was done to it.
    #[track_caller]
    fn check(invariant: u8, place: &str, breaking: impl FnOnce(&mut Tape)) {
        let mut tape: Tape = LISTING.parse().unwrap();
        assert_eq!(tape.verify(), Ok(()));
        breaking(&mut tape);
        let error = tape.verify().unwrap_err();
        assert_eq!(
            (error.invariant, &*error.place),
            (invariant, place),
            "{error}"
        );
    }

    fn slot(index: usize) -> Slot {
        Slot::new(index)
    }

    #[test]
    fn operands_stand_before_their_use() {
        check(1, "%6", |tape| {
            tape.instructions.change(6, |it| it.args[0] = slot(6));
        });
        check(1, "%5", |tape| {
            tape.instructions.change(5, |it| it.args[1] = slot(6));
        });
        check(1, "%4", |tape| tape.pool[3] = slot(9));
    }

    #[test]
    fn codes_have_their_number_of_operands() {
        check(2, "%6", |tape| {
            tape.instructions.change(6, |it| it.inline = 0);
        });
        check(2, "%6", |tape| {
            tape.instructions.change(6, |it| it.inline = 2);
        });
        check(2, "%3", |tape| {
            tape.instructions.change(3, |it| it.code = Code::Neg);
        });
    }

    #[test]
    fn a_dot_has_a_product_and_operands_for_each() {
        check(2, "%5", |tape| {
            tape.instructions.change(5, |it| it.args[2] = slot(0));
        });
        check(2, "%5", |tape| {
            tape.instructions.change(5, |it| it.args[2] = slot(2));
        });
        check(2, "%5", |tape| {
            tape.instructions
                .change(5, |it| it.args[2] = Slot::from_bits(u32::MAX));
        });
    }

    #[test]
    fn classes_are_the_latest_of_the_operands() {
        for (at, wrong) in [
            (0, Class::Shared),
            (1, Class::PerSample),
            (2, Class::Constant),
            (3, Class::Shared),
            (4, Class::Shared),
            (6, Class::Constant),
            (7, Class::PerSample),
            (8, Class::Shared),
        ] {
            check(3, &format!("%{at}"), |tape| {
                tape.instructions.change(at, |it| it.class = wrong);
            });
        }
    }

    #[test]
    fn numbers_are_those_of_something() {
        check(4, "%0", |tape| {
            tape.instructions.change(0, |it| it.args[2] = slot(2));
        });
        check(4, "%2", |tape| {
            tape.instructions.change(2, |it| it.args[2] = slot(1));
        });
        check(4, "%6", |tape| {
            tape.instructions.change(6, |it| it.code = Code::Call);
        });
        check(4, "%4", |tape| tape.scope_of[4] = 2);
        check(4, "%6", |tape| tape.scope_of.truncate(6));
    }

    #[test]
    fn outputs_are_slots_and_have_names_of_their_own() {
        check(5, "output \"z\"", |tape| tape.outputs[1].slots[1] = slot(9));
        check(5, "output \"y\"", |tape| {
            tape.outputs[1].name = "y".to_owned();
        });
        check(5, "output \"z\"", |tape| tape.outputs[1].slots[1] = slot(7));
        check(5, "output \"mean\"", |tape| {
            tape.outputs[2].slots[1] = slot(6);
        });
    }

    #[test]
    fn names_are_of_slots_in_order() {
        check(6, "the names", |tape| tape.names.swap(0, 1));
        check(6, "the names", |tape| tape.names[1].0 = slot(4));
        check(6, "the names", |tape| tape.names[1].0 = slot(9));
    }

    #[test]
    fn means_are_of_samples_and_nothing_else_is_of_both() {
        check(8, "%7", |tape| {
            tape.instructions.change(7, |it| it.args[0] = slot(2));
        });
        check(8, "%8", |tape| {
            tape.instructions.change(8, |it| it.args[1] = slot(6));
        });
    }

    #[test]
    fn a_variable_fills_one_slot() {
        check(7, "%2", |tape| {
            tape.parameters.push(&[]);
            tape.instructions.truncate(1);
            tape.outputs.clear();
            tape.names.clear();
            let first = tape.push_parameter(0, 0);
            let second = tape.push_parameter(0, 0);
            tape.scope_of.truncate(3);
            assert_eq!((first, second), (slot(1), slot(2)));
        });
    }

    #[test]
    fn operands_lie_in_the_pool_only_where_they_do_not_fit() {
        let tape: Tape = LISTING.parse().unwrap();
        let inline = tape.instructions().map(|instruction| instruction.inline);
        assert!(inline.eq([0, 0, 0, 0, POOLED, 2, 1, 1, 2]));
    }
}
