//! Steps, run lane by lane with the reference's own scalar functions.

use crate::strict::plan::Place;
use dagrad_ops::{OperandList, Operation, User, Visitor};
use dagrad_tape::{Code, Slot, Tape, TapeScalar};

/// Where the operands of a step lie.
pub(crate) struct Operands<'a, S> {
    pub(crate) slots: &'a [Slot],
    /// Where each slot of the tape lies.
    pub(crate) places: &'a [Place],
    /// How many buffers there are: places from here on are of values that do not depend on the sample.
    pub(crate) buffer_count: usize,
    /// The values that do not depend on the sample.
    pub(crate) shared: &'a [S],
    /// Buffers of `stride` lanes each.
    pub(crate) buffers: &'a [S],
    pub(crate) stride: usize,
}

/// What an operand is.
enum Operand<S> {
    /// Lanes of a buffer, from this value on.
    Lanes(usize),
    /// One value for all lanes.
    Shared(S),
}

impl<S: TapeScalar> Operands<'_, S> {
    /// The operand of this number.
    #[inline]
    fn find(&self, number: usize) -> Operand<S> {
        let place = self.places[self.slots[number].index()];
        if place.as_buffer() < self.buffer_count {
            Operand::Lanes(place.as_buffer() * self.stride)
        } else {
            Operand::Shared(self.shared[place.as_shared()])
        }
    }

    /// The value of the operand of this number in `lane`.
    #[inline]
    fn get(&self, number: usize, lane: usize) -> S {
        match self.find(number) {
            Operand::Lanes(start) => self.buffers[start + lane],
            Operand::Shared(value) => value,
        }
    }

    /// Calls `each` with every lane of the operand.
    fn for_each(&self, number: usize, out: &mut [S], each: impl Fn(&mut S, S)) {
        match self.find(number) {
            Operand::Lanes(start) => {
                let lanes = &self.buffers[start..start + out.len()];
                out.iter_mut()
                    .zip(lanes)
                    .for_each(|(out, &value)| each(out, value));
            }
            Operand::Shared(value) => out.iter_mut().for_each(|out| each(out, value)),
        }
    }

    /// Calls `each` with every lane of two operands.
    #[inline]
    fn for_each_two(&self, (a, b): (usize, usize), out: &mut [S], each: impl Fn(&mut S, S, S)) {
        let count = out.len();
        let lanes = |start: usize| &self.buffers[start..start + count];
        match (self.find(a), self.find(b)) {
            (Operand::Lanes(a), Operand::Lanes(b)) => {
                let pairs = lanes(a).iter().zip(lanes(b));
                out.iter_mut()
                    .zip(pairs)
                    .for_each(|(out, (&a, &b))| each(out, a, b));
            }
            (Operand::Lanes(a), Operand::Shared(b)) => out
                .iter_mut()
                .zip(lanes(a))
                .for_each(|(out, &a)| each(out, a, b)),
            (Operand::Shared(a), Operand::Lanes(b)) => out
                .iter_mut()
                .zip(lanes(b))
                .for_each(|(out, &b)| each(out, a, b)),
            (Operand::Shared(a), Operand::Shared(b)) => {
                out.iter_mut().for_each(|out| each(out, a, b));
            }
        }
    }
}

/// Computes a slot that is no input, parameter, constant or mean for as many lanes as `out` has. `scratch` is twice as
/// long as the list of operands, at least.
pub(crate) fn compute<S: TapeScalar>(
    tape: &Tape,
    slot: Slot,
    operands: &Operands<'_, S>,
    scratch: &mut [S],
    out: &mut [S],
) {
    let instruction = tape.instruction(slot);
    match instruction.code() {
        // Loops over operands outside, over lanes inside: each lane still adds from left to right.
        Code::Add => {
            operands.for_each(0, out, |out, term| *out = term);
            for number in 1..operands.slots.len() {
                operands.for_each(number, out, |out, term| *out = *out + term);
            }
        }
        Code::Mul => {
            operands.for_each(0, out, |out, factor| *out = factor);
            for number in 1..operands.slots.len() {
                operands.for_each(number, out, |out, factor| *out = *out * factor);
            }
        }
        Code::CallPartial => {
            let Some((user, Some(partial))) = tape.user(slot) else {
                return;
            };
            let own = operands.slots.len() - 1;
            let (list, partials) = scratch.split_at_mut(own);
            let partials = &mut partials[..own];
            for (lane, out) in out.iter_mut().enumerate() {
                for (number, place) in list.iter_mut().enumerate() {
                    *place = operands.get(number, lane);
                }
                let value = operands.get(own, lane);
                // What is not written stays zero, and nothing stays from the lane before.
                partials.fill(S::from_f64(0.0));
                S::user_partials(user.operation(), list, value, partials);
                *out = partials[partial];
            }
        }
        Code::Fma => {
            for (lane, out) in out.iter_mut().enumerate() {
                let [factor, other, term] = [0, 1, 2].map(|number| operands.get(number, lane));
                *out = factor.fused(other, term);
            }
        }
        Code::Dot => {
            let products = instruction.products().unwrap_or(0);
            operands.for_each_two((0, 1), out, |out, a, b| *out = a * b);
            for at in 1..products {
                let factors = (2 * at, 2 * at + 1);
                operands.for_each_two(factors, out, |out, a, b| *out = *out + a * b);
            }
            for number in 2 * products..operands.slots.len() {
                operands.for_each(number, out, |out, term| *out = *out + term);
            }
        }
        // These are read where they lie, not computed.
        Code::Input | Code::Parameter | Code::Constant | Code::Mean => {}
        Code::Call => {
            if let Some((user, _)) = tape.user(slot) {
                let lanes = Lanes {
                    operands,
                    scratch,
                    out,
                };
                lanes.user(user);
            }
        }
        _ => {
            if let Some(operation) = tape.operation(slot) {
                operation.visit(Lanes {
                    operands,
                    scratch,
                    out,
                });
            }
        }
    }
}

/// Runs an operation's own text in every lane.
struct Lanes<'a, 'o, S> {
    operands: &'a Operands<'o, S>,
    scratch: &'a mut [S],
    out: &'a mut [S],
}

impl<S: TapeScalar> Lanes<'_, '_, S> {
    /// Calls `value` with the operands of each lane.
    fn each(self, count: usize, value: impl Fn(&[S]) -> S) {
        let Self {
            operands,
            scratch,
            out,
        } = self;
        match count {
            1 => operands.for_each(0, out, |out, x| *out = value(&[x])),
            2 => operands.for_each_two((0, 1), out, |out, x, y| *out = value(&[x, y])),
            count => {
                for (lane, out) in out.iter_mut().enumerate() {
                    for (number, place) in scratch[..count].iter_mut().enumerate() {
                        *place = operands.get(number, lane);
                    }
                    *out = value(&scratch[..count]);
                }
            }
        }
    }
}

impl<S: TapeScalar> Visitor for Lanes<'_, '_, S> {
    type Output = ();

    fn operation<O: Operation>(self, operation: &O) {
        let count = self.operands.slots.len();
        self.each(count, |operands| {
            // The tape was verified, so the number is right.
            let operands = O::Operands::<S>::of(operands);
            operands.map_or(S::lit(f64::NAN), |operands| operation.value(operands))
        });
    }

    fn user(self, user: &User) {
        let count = self.operands.slots.len();
        self.each(count, |operands| S::user_value(user.operation(), operands));
    }
}
