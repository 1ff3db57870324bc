//! Sums in a canonical form, with every product that they have: dots, whatever they were written as.
//!
//! Inexact: terms are added in another order. A tree of sums, differences, signs and dots is taken apart
//! into products and single terms, each with its sign, and written anew as `P − N`, where P are those that
//! are added and N those that are subtracted. Each of them is a dot, a sum or a single value:
//!
//! - a product stands as (what is computed less often, the other factor), or in the order of their slots;
//! - products stand in the order of their second factors, terms in the order of their slots;
//! - what is added several times, or several multiples of it, is multiplied once: `x + 2·x` is `3·x`;
//! - constants are one, and with other terms that are computed less often they are one sum of their own.
//!
//! So a dense layer is the same dots whether it was written as one sum, a chain or a tree, its factors and
//! terms in whatever order, its bias anywhere; and since the second factors of its dots are the same list,
//! in the same order, they are seen to be one matrix product. The same holds for the adjoints of its
//! inputs.
//!
//! A part is taken in if no other sum uses it and it is computed as often as the whole: the penalty on
//! weights stays a sum of its own inside a loss over samples, and becomes one where it was written as terms of
//! the loss.

mod pieces;
mod side;
mod simple;
mod taken;
mod terms;

pub(super) use self::taken::Taken;

use self::pieces::{Factor, Piece, SUMS, each_piece};
use self::side::Side;
use self::terms::{Term, gather};
use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::instruction::{Class, Code, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    run_as::<S>(Code::Dot, Sum::take_simple, tape, scratch)
}

/// The same, where one product and one term are a fused multiply-add at once.
pub(super) fn run_fused<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    run_as::<S>(Code::Fma, Sum::take_simple, tape, scratch)
}

/// Takes apart by itself what `take_simple` does not, and writes one product and one term as `shortest`.
fn run_as<S: TapeScalar>(
    shortest: Code,
    take_simple: TakeSimple,
    tape: Tape,
    scratch: &mut Scratch,
) -> Rewritten {
    let first = tape.slots().find(|&slot| SUMS.has(tape.code(slot)));
    let Some(first) = first else {
        return (tape, 0);
    };
    let (uses, mut seen) = (scratch.uses_of(&tape), std::mem::take(&mut scratch.marks));
    seen.clear();
    seen.resize(tape.len(), false);
    let mut taken = std::mem::take(&mut scratch.taken);
    taken.find(&tape);
    // Before the first sum or part of one, nothing has to be written.
    let part = (0..first.index()).find(|&at| taken.has(Slot::new(at)));
    let mut rewrite = Rewrite::after(part.unwrap_or(first.index()), tape, scratch);
    let mut sum = Sum::default();
    let mut sums = Sums {
        shortest,
        take_simple,
        taken: &taken,
        uses: &uses,
        seen: &mut seen,
    };
    for slot in rewrite.rest() {
        if taken.has(slot) {
            rewrite.leave_out();
            rewrite.changed += 1;
        } else if SUMS.has(rewrite.from.code(slot)) {
            sum.rewrite::<S>(&mut rewrite, slot, &mut sums);
        } else {
            rewrite.copy(slot);
        }
    }
    scratch.keep_uses(uses);
    scratch.marks = seen;
    scratch.taken = taken;
    rewrite.finish(scratch)
}

/// Whether a sum was gathered on the short way: see [`Sum::take_simple`].
type TakeSimple = fn(&mut Sum, &Rewrite, Slot, Class, &Sums<'_>) -> bool;

/// What is known of all sums.
struct Sums<'a> {
    /// What one product and one term become: a dot or a fused multiply-add.
    shortest: Code,
    take_simple: TakeSimple,
    taken: &'a Taken,
    uses: &'a [u32],
    /// The parts that the sum that is taken apart has met; nothing in between.
    seen: &'a mut [bool],
}

/// A sum, taken apart.
#[derive(Default)]
struct Sum {
    /// What is to be taken apart, and whether it is subtracted.
    stack: Vec<(Slot, bool)>,
    /// The parts that were met on more than one way.
    met: Vec<Slot>,
    /// Terms that are computed as often as the sum.
    terms: Vec<Term>,
    /// Terms that are computed less often, in the tape that is read.
    lower: Vec<(Slot, Factor)>,
    added: Side,
    subtracted: Side,
}

impl Sum {
    /// Writes what the sum `slot` becomes.
    fn rewrite<S: TapeScalar>(&mut self, rewrite: &mut Rewrite, slot: Slot, sums: &mut Sums<'_>) {
        let before = rewrite.to.len();
        let scope = rewrite.from.scope_of[slot.index()];
        let class = rewrite.from.class(slot);
        self.clear();
        let whole = if (sums.take_simple)(self, rewrite, slot, class, sums) {
            self.write_sides(rewrite, None, scope, sums.shortest)
        } else {
            self.clear();
            self.stack.push((slot, false));
            self.write::<S>(rewrite, class, scope, sums)
        };
        let whole = whole.unwrap_or_else(|| rewrite.to.push_constant(0.0, scope));
        // One instruction for one, of the same code and operands, is no change.
        let (from, to) = (&rewrite.from, &rewrite.to);
        let operands = from.operands(slot).iter().map(|&slot| rewrite.at(slot));
        let same = to.len() == before + 1
            && to.code(whole) == from.code(slot)
            && to.operands(whole).iter().copied().eq(operands);
        rewrite.changed += usize::from(!same);
        rewrite.goes_to(whole);
    }

    fn clear(&mut self) {
        self.added.clear();
        self.subtracted.clear();
        self.stack.clear();
        self.terms.clear();
        self.lower.clear();
    }

    /// Whether there are no products, and no terms that are computed less often.
    fn has_terms_only(&self) -> bool {
        self.lower.is_empty()
            && [&self.added, &self.subtracted]
                .iter()
                .all(|side| side.is_empty())
    }

    fn side(&mut self, negative: bool) -> &mut Side {
        if negative {
            &mut self.subtracted
        } else {
            &mut self.added
        }
    }

    /// Writes what is on the stack and on both sides, if there is anything.
    fn write<S: TapeScalar>(
        &mut self,
        rewrite: &mut Rewrite,
        class: Class,
        scope: u32,
        sums: &mut Sums<'_>,
    ) -> Option<Slot> {
        self.take_apart::<S>(rewrite, class, sums);
        gather::<S>(&mut self.terms);
        if let (&[twice], true) = (&*self.terms, self.has_terms_only())
            && twice.factor.value.to_bits() == 2.0_f64.to_bits()
        {
            // It needs no constant.
            return Some(rewrite.to.push(Code::Add, 0, &[twice.slot; 2], scope));
        }
        for at in 0..self.terms.len() {
            let term = self.terms[at];
            let side = self.side(term.factor.value < 0.0);
            if term.factor.is_sign() {
                side.terms.push(term.slot);
            } else {
                let factor = term.factor_slot(&mut rewrite.to, scope);
                self.added.pair(&rewrite.to, factor, term.slot);
            }
        }
        if let &[(term, factor)] = &*self.lower
            && factor.is_sign()
        {
            let term = rewrite.at(term);
            self.side(factor.value < 0.0).terms.push(term);
            self.lower.clear();
        }
        let apart = self.write_lower::<S>(rewrite, scope, sums);
        self.write_sides(rewrite, apart, scope, sums.shortest)
    }

    /// Writes what is on both sides, and one more term, if there is anything.
    fn write_sides(
        &mut self,
        rewrite: &mut Rewrite,
        apart: Option<Slot>,
        scope: u32,
        shortest: Code,
    ) -> Option<Slot> {
        let added = self.added.write(rewrite, apart, scope, shortest);
        let subtracted = self.subtracted.write(rewrite, None, scope, shortest);
        match (added, subtracted) {
            (Some(added), Some(subtracted)) => {
                let difference = [added, subtracted];
                Some(rewrite.to.push(Code::Sub, 0, &difference, scope))
            }
            (None, Some(subtracted)) => Some(rewrite.to.push(Code::Neg, 0, &[subtracted], scope)),
            (added, None) => added,
        }
    }

    /// Gathers the products and terms of what is on the stack.
    fn take_apart<S: TapeScalar>(&mut self, rewrite: &Rewrite, class: Class, sums: &mut Sums<'_>) {
        let from = &rewrite.from;
        while let Some((part, negative)) = self.stack.pop() {
            let sign = if negative { -1.0 } else { 1.0 };
            let own = sign * sums.taken.coefficient(part);
            each_piece(from, part, |piece| match piece {
                Piece::Pair(a, b) => {
                    let (a, b) = (rewrite.at(a), rewrite.at(b));
                    self.side(own < 0.0).pair(&rewrite.to, a, b);
                }
                Piece::Product(product) => self.side(own < 0.0).long.push(product),
                Piece::Term(term, _) if sums.taken.has(term) => {
                    if sums.uses[term.index()] > 1 {
                        if std::mem::replace(&mut sums.seen[term.index()], true) {
                            return;
                        }
                        self.met.push(term);
                    }
                    self.stack.push((term, negative));
                }
                Piece::Term(term, factor) => {
                    let factor = Factor {
                        value: own * factor.value,
                        ..factor
                    };
                    self.term::<S>(rewrite, class, term, factor);
                }
            });
        }
        for slot in self.met.drain(..) {
            sums.seen[slot.index()] = false;
        }
    }

    /// Adds so many times a slot that is no part.
    fn term<S: TapeScalar>(&mut self, rewrite: &Rewrite, class: Class, term: Slot, factor: Factor) {
        if rewrite.from.class(term) >= class {
            self.terms.push(Term::of::<S>(rewrite, term, factor));
        } else {
            self.lower.push((term, factor));
        }
    }

    /// Takes the terms that are computed less often than the rest away, and writes their own sum, into which
    /// what nobody else uses is taken. Classes are few, so this does not go deep.
    fn write_lower<S: TapeScalar>(
        &mut self,
        rewrite: &mut Rewrite,
        scope: u32,
        sums: &mut Sums<'_>,
    ) -> Option<Slot> {
        if self.lower.is_empty() {
            return None;
        }
        let mut own = Self::default();
        let from = &rewrite.from;
        let (mut highest, mut constant) = (Class::Constant, None::<S>);
        for (term, factor) in std::mem::take(&mut self.lower) {
            if let Some(value) = from.constant(term) {
                let value = S::from_f64(value) * S::from_f64(factor.value);
                constant = Some(constant.map_or(value, |sum| sum + value));
            } else {
                own.lower.push((term, factor));
                highest = highest.max(from.class(term));
            }
        }
        let constant = constant.map(|constant| rewrite.to.push_constant(constant.to_f64(), scope));
        if own.lower.is_empty() {
            return constant;
        }
        // Only what is computed as often as this sum is taken into it.
        for (term, factor) in std::mem::take(&mut own.lower) {
            let from = &rewrite.from;
            let is_own = sums.uses[term.index()] == 1 && from.class(term) == highest;
            if is_own && factor.is_sign() && is_part(from, term) {
                own.stack.push((term, factor.value < 0.0));
            } else {
                own.term::<S>(rewrite, highest, term, factor);
            }
        }
        own.added.terms.extend(constant);
        own.write::<S>(rewrite, highest, scope, sums)
    }
}

/// Whether `slot` is taken into a sum that is computed less often than the one that it is written in.
fn is_part(tape: &Tape, slot: Slot) -> bool {
    let code = tape.code(slot);
    SUMS.has(code) || code == Code::Square || (code == Code::Mul && tape.operands(slot).len() > 1)
}
