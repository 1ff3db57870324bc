//! Steps, run lane by lane with the reference's own scalar functions.

use crate::strict::plan::{Kernel, Place, Step};
use dagrad_ops::{Op, OperandList, Operation, User, Visitor};
use dagrad_tape::TapeScalar;

/// Where the operands of a step lie.
pub(crate) struct Operands<'a, S> {
    pub(crate) places: &'a [Place],
    /// The values that do not depend on the sample.
    pub(crate) shared: &'a [S],
    /// Buffers of `stride` lanes each.
    pub(crate) buffers: &'a [S],
    pub(crate) stride: usize,
}

impl<S: TapeScalar> Operands<'_, S> {
    /// The value of the operand of this number in `lane`.
    fn get(&self, number: usize, lane: usize) -> S {
        match self.places[number] {
            Place::Shared(at) => self.shared[at as usize],
            Place::Buffer(buffer) => self.buffers[buffer as usize * self.stride + lane],
        }
    }

    /// Calls `each` with every lane of the operand.
    fn for_each(&self, number: usize, out: &mut [S], each: impl Fn(&mut S, S)) {
        match self.places[number] {
            Place::Shared(at) => {
                let value = self.shared[at as usize];
                out.iter_mut().for_each(|out| each(out, value));
            }
            Place::Buffer(buffer) => {
                let start = buffer as usize * self.stride;
                let lanes = &self.buffers[start..start + out.len()];
                out.iter_mut()
                    .zip(lanes)
                    .for_each(|(out, &value)| each(out, value));
            }
        }
    }
}

/// Computes a step that is no input or parameter for as many lanes as `out` has. `scratch` is twice as
/// long as the list of operands, at least.
pub(crate) fn compute<S: TapeScalar>(
    step: &Step,
    operands: &Operands<'_, S>,
    scratch: &mut [S],
    out: &mut [S],
) {
    match &step.kernel {
        // Loops over operands outside, over lanes inside: each lane still adds from left to right.
        Kernel::Operation(Op::Add) => {
            operands.for_each(0, out, |out, term| *out = term);
            for number in 1..operands.places.len() {
                operands.for_each(number, out, |out, term| *out = *out + term);
            }
        }
        Kernel::Operation(Op::Mul) => {
            operands.for_each(0, out, |out, factor| *out = factor);
            for number in 1..operands.places.len() {
                operands.for_each(number, out, |out, factor| *out = *out * factor);
            }
        }
        Kernel::Operation(operation) => operation.visit(Lanes {
            operands,
            scratch,
            out,
        }),
        Kernel::Partial(user, partial) => {
            let own = operands.places.len() - 1;
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
                *out = partials[*partial as usize];
            }
        }
        Kernel::Fma => {
            for (lane, out) in out.iter_mut().enumerate() {
                let [factor, other, term] = [0, 1, 2].map(|number| operands.get(number, lane));
                *out = factor.fused(other, term);
            }
        }
        Kernel::Dot(products) => {
            let pairs = 2 * *products as usize;
            for (lane, out) in out.iter_mut().enumerate() {
                let product = |at| operands.get(2 * at, lane) * operands.get(2 * at + 1, lane);
                let mut sum = product(0);
                for at in 1..*products as usize {
                    sum = sum + product(at);
                }
                for number in pairs..operands.places.len() {
                    sum = sum + operands.get(number, lane);
                }
                *out = sum;
            }
        }
        // These are read where they lie, not computed.
        Kernel::Input(..) | Kernel::Parameter(_) => {}
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
            2 => {
                for (lane, out) in out.iter_mut().enumerate() {
                    *out = value(&[operands.get(0, lane), operands.get(1, lane)]);
                }
            }
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
        let count = self.operands.places.len();
        self.each(count, |operands| {
            // The tape was verified, so the number is right.
            let operands = O::Operands::<S>::of(operands);
            operands.map_or(S::lit(f64::NAN), |operands| operation.value(operands))
        });
    }

    fn user(self, user: &User) {
        let count = self.operands.places.len();
        self.each(count, |operands| S::user_value(user.operation(), operands));
    }
}
