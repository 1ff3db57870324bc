//! The terms of a sum that are multiples of one slot each.

use super::pieces::Factor;
use crate::instruction::{Code, Slot};
use crate::interpret::TapeScalar;
use crate::passes::products::ordinary;
use crate::passes::rewrite::Rewrite;
use crate::tape::Tape;

/// So many times a slot of the tape that is written.
#[derive(Clone, Copy)]
pub(super) struct Term {
    pub(super) slot: Slot,
    /// The slot that has the factor is one of the tape that is written, too.
    pub(super) factor: Factor,
}

impl Term {
    /// So many times what `slot` of the tape that is read has become; of a multiple or negative, what that is made of.
    pub(super) fn of<S: TapeScalar>(rewrite: &Rewrite, slot: Slot, factor: Factor) -> Self {
        let slot = rewrite.at(slot);
        let factor = Factor {
            value: factor.value,
            slot: factor.slot.map(|slot| rewrite.at(slot)),
        };
        let to = &rewrite.to;
        let inner = match (to.code(slot), to.operands(slot)) {
            (Code::Neg, &[inner]) => Some((inner, -factor.value)),
            (Code::Add, &[inner, other]) if inner == other => {
                product::<S>(2.0, factor.value).map(|value| (inner, value))
            }
            (Code::Mul, &[a, b]) => match (to.constant(a), to.constant(b)) {
                (Some(constant), None) => Some((constant, b)),
                (None, Some(constant)) => Some((constant, a)),
                (Some(_), Some(_)) | (None, None) => None,
            }
            .and_then(|(constant, inner)| Some((inner, product::<S>(constant, factor.value)?))),
            _ => None,
        };
        match inner {
            Some((inner, value)) if to.class(inner) == to.class(slot) => Self {
                slot: inner,
                factor: Factor::of(value),
            },
            Some(_) | None => Self { slot, factor },
        }
    }

    /// The slot of its factor.
    pub(super) fn factor_slot(&self, to: &mut Tape, scope: u32) -> Slot {
        match self.factor.slot {
            Some(slot) if to.is_constant(slot, self.factor.value) => slot,
            Some(_) | None => to.push_constant(self.factor.value, scope),
        }
    }
}

/// A product as the scalar type has it, if it is an ordinary number.
fn product<S: TapeScalar>(a: f64, b: f64) -> Option<f64> {
    ordinary::<S>((S::from_f64(a) * S::from_f64(b)).to_f64())
}

/// Makes one of the terms of each slot, where their factors add up to an ordinary number. They come in the order of
/// their slots.
pub(super) fn gather<S: TapeScalar>(terms: &mut Vec<Term>) {
    terms.sort_by_key(|term| term.slot);
    let mut end = 0;
    for at in 0..terms.len() {
        let term = terms[at];
        let last = terms[..end].last_mut();
        let last = last.filter(|last| last.slot == term.slot);
        let sum = last.and_then(|last| {
            let sum = S::from_f64(last.factor.value) + S::from_f64(term.factor.value);
            Some((last, ordinary::<S>(sum.to_f64())?))
        });
        if let Some((last, sum)) = sum {
            last.factor = Factor::of(sum);
        } else {
            terms[end] = term;
            end += 1;
        }
    }
    terms.truncate(end);
}
