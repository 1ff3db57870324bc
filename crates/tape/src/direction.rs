//! Forward accumulation on the tape: the derivative in a direction.
//!
//! The direction comes in as further inputs, one for each variable, so one tape serves every direction:
//! for parameters [once for each run](crate::InputKind::Direction), for inputs with each sample.
//! Run over a tape that has gradients as its output, this gives Hessian-vector products; the gradient
//! may be that of a mean over the samples, since a mean is linear.

use crate::differentiate::{Contributions, DifferentiateError, Variables, contributions};
use crate::instruction::{Class, Code, Slot};
use crate::tape::{Input, InputKind, Output, Tape};
use crate::term::{Pen, Term};
use std::cell::RefCell;

/// Adds an output called `name` to `tape`: the derivatives of the slots of its output `of` in a
/// direction, which comes in as one new input for each of `variables`, after the inputs that there are. A
/// variable that is a slot in between moves with what it depends on, and by its own coordinate.
///
/// # Errors
/// Where the tape has no such output, has an output called `name` already, a variable is no slot of it,
/// or the derivative of a user operation's partial would be needed.
pub fn directional_derivative(
    tape: &Tape,
    of: &str,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    let output = tape
        .named_output(of)
        .ok_or_else(|| DifferentiateError::NoSuchOutput(of.to_owned()))?;
    let outputs = &output.slots;
    if tape.output(name).is_some() {
        return Err(DifferentiateError::Taken(name.to_owned()));
    }
    let class_of = |number: usize, slot: Option<Slot>| match (variables, slot) {
        (_, Some(slot)) => tape.instruction(slot).class,
        // A variable that is not needed has a coordinate all the same, given as often as it would be.
        (Variables::Inputs, None) => tape.inputs[number].kind.class(),
        (Variables::Features, None) => Class::PerSample,
        (Variables::Parameters | Variables::Slots(_), None) => Class::Shared,
    };
    let variables = tape.variable_slots(variables)?;
    let active = tape.between(&variables, outputs);
    let pen = RefCell::new(Pen::new(tape.clone()));
    let mut tangents: Vec<Option<Slot>> = vec![None; tape.len()];
    // The variables and the slots of their coordinates.
    let mut own = Vec::new();
    for (number, variable) in variables.iter().enumerate() {
        let Pen {
            tape: to, scope, ..
        } = &mut *pen.borrow_mut();
        let kind = match class_of(number, *variable) {
            Class::Constant | Class::Shared | Class::Reduced => InputKind::Direction,
            Class::PerSample => InputKind::Feature,
        };
        to.inputs.push(Input {
            name: format!("{name}.{number}"),
            kind,
        });
        let tangent = to.push_input(to.inputs.len() - 1, *scope);
        own.extend(variable.map(|slot| (slot, tangent)));
    }
    // A variable may itself depend on others, or be asked for twice; tangents add up.
    own.sort_by_key(|&(slot, _)| slot);
    let mut partials = Contributions::default();
    for slot in tape.slots().filter(|slot| active[slot.index()]) {
        let given = own.partition_point(|&(variable, _)| variable < slot);
        let given = own[given..]
            .iter()
            .take_while(|&&(variable, _)| variable == slot);
        let mut terms: Vec<Slot> = given.map(|&(_, tangent)| tangent).collect();
        pen.borrow_mut().scope = tape.scope_of[slot.index()];
        let operands = tape.operands(slot);
        if let (Code::Mean, &[operand]) = (tape.instruction(slot).code, operands) {
            // The mean is linear.
            let Pen { tape, scope, .. } = &mut *pen.borrow_mut();
            let tangent = tangents[operand.index()];
            terms.extend(tangent.map(|tangent| tape.push_mean(tangent, *scope)));
        } else if operands
            .iter()
            .any(|operand| tangents[operand.index()].is_some())
        {
            // With an adjoint of one, what a slot contributes to an operand is its partial by it.
            let one = Term::Literal(1.0).slot(&pen);
            contributions(&pen, tape, slot, one, &mut partials)?;
            for (number, (&operand, &partial)) in operands.iter().zip(&partials.terms).enumerate() {
                if let (Some(tangent), true) =
                    (tangents[operand.index()], tape.contributes(slot, number))
                {
                    let partial = partial.slot(&pen);
                    let Pen { tape, scope, .. } = &mut *pen.borrow_mut();
                    terms.push(tape.push(Code::Mul, 0, &[partial, tangent], *scope));
                }
            }
        }
        tangents[slot.index()] = match *terms.as_slice() {
            [] => None,
            [only] => Some(only),
            [..] => {
                let Pen { tape, scope, .. } = &mut *pen.borrow_mut();
                Some(tape.push(Code::Add, 0, &terms, *scope))
            }
        };
    }
    let mut tape = pen.into_inner().tape;
    let zero = tape.push_constant(0.0, 0);
    let slots = outputs
        .iter()
        .map(|slot| tangents[slot.index()].unwrap_or(zero))
        .collect();
    tape.outputs.push(Output {
        name: name.to_owned(),
        slots,
        kind: output.kind,
    });
    debug_assert_eq!(tape.verify(), Ok(()));
    Ok(tape)
}
