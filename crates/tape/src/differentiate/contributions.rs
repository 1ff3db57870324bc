//! What a slot contributes to the adjoints of its operands, as instructions.

use super::DifferentiateError;
use crate::instruction::{Code, Slot};
use crate::tape::{Call, Tape};
use crate::term::{Pen, Term};
use dagrad_graph::Evaluate as _;
use std::cell::RefCell;

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
    if tape.instruction(slot).code == Code::Mean {
        return Err(DifferentiateError::ThroughMean(tape.describe(slot)));
    }
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
        let Pen {
            tape: to, scope, ..
        } = &mut *pen.borrow_mut();
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
        let Pen {
            tape: to, scope, ..
        } = &mut *pen.borrow_mut();
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
