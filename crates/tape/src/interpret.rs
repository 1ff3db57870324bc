//! The tape's own reference: one instruction after the other, slow and obvious.

use crate::instruction::{Class, Code, Slot};
use crate::tape::Tape;
use dagrad_graph::{Evaluate as _, Scalar};
use dagrad_ops::{Dual, Real, Terms};

/// A number that a tape can be run over.
pub trait TapeScalar: Real + Scalar {
    /// The least positive number that has all its digits.
    const LEAST_NORMAL: f64;

    /// `self · factor + term`, rounded once.
    fn fused(self, factor: Self, term: Self) -> Self;
}

impl TapeScalar for f32 {
    const LEAST_NORMAL: f64 = f32::MIN_POSITIVE as f64;

    fn fused(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
    }
}

impl TapeScalar for f64 {
    const LEAST_NORMAL: f64 = Self::MIN_POSITIVE;

    fn fused(self, factor: Self, term: Self) -> Self {
        self.mul_add(factor, term)
    }
}

impl<S: TapeScalar> TapeScalar for Dual<S> {
    const LEAST_NORMAL: f64 = S::LEAST_NORMAL;

    fn fused(self, factor: Self, term: Self) -> Self {
        let derivative = self * factor + term;
        Self {
            value: self.value.fused(factor.value, term.value),
            ..derivative
        }
    }
}

impl<S: TapeScalar> TapeScalar for Terms<S> {
    const LEAST_NORMAL: f64 = S::LEAST_NORMAL;

    fn fused(self, factor: Self, term: Self) -> Self {
        let sum = self * factor + term;
        Self {
            value: self.value.fused(factor.value, term.value),
            ..sum
        }
    }
}

/// The values of all slots for one sample: `inputs` and `parameters` in declared order. A
/// [mean](crate::Code::Mean) is over this sample alone, so it is its operand.
///
/// # Errors
/// Where the number of inputs or parameters is wrong, or a user operation does not run in this scalar
/// type.
pub fn interpret<S: TapeScalar>(
    tape: &Tape,
    inputs: &[S],
    parameters: &[S],
) -> Result<Vec<S>, InterpretError> {
    let wrong = |what, wanted, got| InterpretError::Count { what, wanted, got };
    if inputs.len() != tape.inputs.len() {
        return Err(wrong("inputs", tape.inputs.len(), inputs.len()));
    }
    if parameters.len() != tape.parameters.len() {
        return Err(wrong("parameters", tape.parameters.len(), parameters.len()));
    }
    let mut values: Vec<S> = Vec::with_capacity(tape.len());
    let mut operands = Vec::new();
    for slot in tape.slots() {
        operands.clear();
        operands.extend(
            tape.operands(slot)
                .iter()
                .map(|operand| values[operand.index()]),
        );
        values.push(value(tape, slot, &operands, inputs, parameters)?);
    }
    Ok(values)
}

/// Computes the [reduced](crate::Class::Reduced) slots of a run anew: `values` are those of one of its samples, as
/// [`interpret`] gave them, and `means` those of the run, one for each [mean](crate::Code::Mean) of the
/// tape in order.
///
/// # Errors
/// Where the number of values or means is wrong.
pub fn interpret_reduced<S: TapeScalar>(
    tape: &Tape,
    values: &mut [S],
    means: &[S],
) -> Result<(), InterpretError> {
    let wrong = |what, wanted, got| InterpretError::Count { what, wanted, got };
    let count = tape
        .slots()
        .filter(|&slot| tape.instruction(slot).code == Code::Mean);
    let count = count.count();
    if values.len() != tape.len() {
        return Err(wrong("slots", tape.len(), values.len()));
    }
    if means.len() != count {
        return Err(wrong("means", count, means.len()));
    }
    let mut means = means.iter().copied();
    let mut operands = Vec::new();
    let is_reduced = |slot: &Slot| tape.instruction(*slot).class == Class::Reduced;
    for slot in tape.slots().filter(is_reduced) {
        operands.clear();
        let own = tape.operands(slot).iter();
        operands.extend(own.map(|operand| values[operand.index()]));
        let mean = (tape.instruction(slot).code == Code::Mean).then(|| means.next());
        values[slot.index()] = match mean.flatten() {
            Some(mean) => mean,
            // Inputs and parameters are not reduced.
            None => value(tape, slot, &operands, &[], &[])?,
        };
    }
    Ok(())
}

/// The values of the output called `name`, among those that [`interpret`] gave.
#[must_use]
pub fn output_values<S: TapeScalar>(tape: &Tape, name: &str, values: &[S]) -> Option<Vec<S>> {
    let slots = tape.output(name)?;
    slots
        .iter()
        .map(|slot| values.get(slot.index()).copied())
        .collect()
}

fn value<S: TapeScalar>(
    tape: &Tape,
    slot: Slot,
    operands: &[S],
    inputs: &[S],
    parameters: &[S],
) -> Result<S, InterpretError> {
    let instruction = tape.instruction(slot);
    if let (Some((user, _)), false) = (tape.user(slot), S::SUPPORTS_USER_OPERATIONS) {
        return Err(InterpretError::Unsupported {
            operation: user.operation().name().to_owned(),
            scalar: S::NAME,
        });
    }
    if let Some(operation) = tape.operation(slot) {
        return Ok(operation.value(operands));
    }
    if let (Some((user, Some(partial))), Some((&value, own))) =
        (tape.user(slot), operands.split_last())
    {
        let mut partials = vec![S::from_f64(0.0); own.len()];
        S::user_partials(user.operation(), own, value, &mut partials);
        return Ok(partials[partial]);
    }
    let variables = if instruction.code == Code::Input {
        inputs
    } else {
        parameters
    };
    if let Some(number) = instruction.variable() {
        return Ok(variables[number]);
    }
    if let Some(value) = instruction.constant() {
        return Ok(S::from_f64(value));
    }
    if let (Code::Mean, Some(&only)) = (instruction.code, operands.first()) {
        return Ok(only);
    }
    let value = arithmetic(instruction.code, instruction.payload(), operands);
    Ok(value.unwrap_or(S::from_f64(f64::NAN)))
}

/// The value of a listed operation, or of a sum of products, at `operands`, whose number is right; none of
/// anything else.
pub(crate) fn arithmetic<S: TapeScalar>(code: Code, payload: u32, operands: &[S]) -> Option<S> {
    if let Some(operation) = code.operation(payload) {
        return Some(operation.value(operands));
    }
    if let (Code::Fma, &[factor, other, term]) = (code, operands) {
        return Some(factor.fused(other, term));
    }
    if code != Code::Dot {
        return None;
    }
    let (factors, terms) = operands.split_at(2 * payload as usize);
    let products = factors.chunks_exact(2).map(|pair| pair[0] * pair[1]);
    products
        .chain(terms.iter().copied())
        .reduce(|sum, term| sum + term)
}

/// Why a tape cannot be interpreted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InterpretError {
    /// A list has a wrong length.
    #[error("the tape has {wanted} {what}, got {got}")]
    Count {
        /// Inputs, parameters, slots or means.
        what: &'static str,
        /// How many the tape has.
        wanted: usize,
        /// How many there were.
        got: usize,
    },
    /// A user operation does not run in this scalar type.
    #[error("the user operation {operation} does not run in {scalar}")]
    Unsupported {
        /// Its name.
        operation: String,
        /// The scalar type's name.
        scalar: &'static str,
    },
}
