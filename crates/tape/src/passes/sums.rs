//! Sums in a canonical form, with every product that they have: dots, whatever they were written as.
//!
//! Inexact: terms are added in another order. A tree of sums, differences, signs and dots is taken apart
//! into products and single terms, each with its sign, and written anew as `P − N`, where P are those that
//! are added and N those that are subtracted. Each of them is a dot, a sum or a single value:
//!
//! - a product stands as (what is computed less often, the other factor), or in the order of their slots;
//! - products stand in the order of their second factors, terms in the order of their slots;
//! - constants are one, and with other terms that are computed less often they are one sum of their own.
//!
//! So a dense layer is the same dots whether it was written as one sum, a chain or a tree, its factors and
//! terms in whatever order, its bias anywhere; and since the second factors of its dots are the same list,
//! in the same order, they are seen to be one matrix product. The same holds for the adjoints of its
//! inputs.
//!
//! A part is taken in if nobody else uses it and it is computed as often as the whole: the penalty on
//! weights stays a sum of its own inside a loss over samples, and becomes one where it was written as terms of
//! the loss.

mod side;

use self::side::Side;
use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Class, Code, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;

/// What is taken apart.
const SUMS: CodeSet = CodeSet::of(&[Code::Add, Code::Sub, Code::Neg, Code::Dot, Code::Fma]);

/// What is taken into a sum.
const PARTS: CodeSet = CodeSet::of(&[
    Code::Add,
    Code::Sub,
    Code::Neg,
    Code::Dot,
    Code::Fma,
    Code::Mul,
    Code::Square,
]);

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    if !SUMS.occurs_in(&tape) {
        return (tape, 0);
    }
    let (uses, mut taken) = (scratch.uses_of(&tape), std::mem::take(&mut scratch.marks));
    taken.clear();
    taken.resize(tape.len(), false);
    for slot in tape.slots() {
        if SUMS.has(tape.code(slot)) {
            for &term in terms(&tape, slot) {
                taken[term.index()] = uses[term.index()] == 1
                    && is_part(&tape, term)
                    && tape.class(term) == tape.class(slot);
            }
        }
    }
    // Before the first sum or part of one, nothing has to be written.
    let is_touched = |slot: &Slot| taken[slot.index()] || SUMS.has(tape.code(*slot));
    let first = tape.slots().find(is_touched).map_or(0, Slot::index);
    let mut rewrite = Rewrite::after(first, tape, scratch);
    let mut sum = Sum::default();
    for slot in rewrite.rest() {
        if taken[slot.index()] {
            rewrite.leave_out();
            rewrite.changed += 1;
        } else if SUMS.has(rewrite.from.code(slot)) {
            sum.rewrite::<S>(&mut rewrite, slot, &taken, &uses);
        } else {
            rewrite.copy(slot);
        }
    }
    scratch.keep_uses(uses);
    scratch.marks = taken;
    rewrite.finish(scratch)
}

/// Whether `slot` is taken into a sum. What has a single factor is no product.
fn is_part(tape: &Tape, slot: Slot) -> bool {
    let code = tape.code(slot);
    PARTS.has(code) && (code != Code::Mul || tape.operands(slot).len() > 1)
}

/// How many products `slot` takes in itself.
fn products(tape: &Tape, slot: Slot) -> usize {
    let instruction = tape.instruction(slot);
    let fused = usize::from(instruction.code == Code::Fma);
    instruction.products().unwrap_or(fused)
}

/// The operands of a sum that are terms.
fn terms(tape: &Tape, slot: Slot) -> &[Slot] {
    &tape.operands(slot)[2 * products(tape, slot)..]
}

/// A sum, taken apart.
#[derive(Default)]
struct Sum {
    /// What is to be taken apart, and whether it is subtracted.
    stack: Vec<(Slot, bool)>,
    added: Side,
    subtracted: Side,
}

impl Sum {
    /// Writes what the sum `slot` becomes.
    fn rewrite<S: TapeScalar>(
        &mut self,
        rewrite: &mut Rewrite,
        slot: Slot,
        taken: &[bool],
        uses: &[u32],
    ) {
        let before = rewrite.to.len();
        self.clear();
        self.stack.push((slot, false));
        let scope = rewrite.from.scope_of[slot.index()];
        let class = rewrite.from.class(slot);
        let whole = match self.write::<S>(rewrite, class, scope, taken, uses) {
            (Some(added), Some(subtracted)) => {
                let difference = [added, subtracted];
                rewrite.to.push(Code::Sub, 0, &difference, scope)
            }
            (Some(added), None) => added,
            (None, Some(subtracted)) => rewrite.to.push(Code::Neg, 0, &[subtracted], scope),
            (None, None) => rewrite.to.push_constant(0.0, scope),
        };
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
    }

    fn side(&mut self, negative: bool) -> &mut Side {
        if negative {
            &mut self.subtracted
        } else {
            &mut self.added
        }
    }

    /// Writes what is on the stack and on both sides: what is added, and what is subtracted.
    fn write<S: TapeScalar>(
        &mut self,
        rewrite: &mut Rewrite,
        class: Class,
        scope: u32,
        taken: &[bool],
        uses: &[u32],
    ) -> (Option<Slot>, Option<Slot>) {
        self.take_apart(rewrite, taken);
        let is_lower = |slot: &Slot| rewrite.from.class(*slot) < class;
        let lower = |side: &Side| side.terms.iter().filter(|slot| is_lower(slot)).count();
        let extra = usize::from(self.added.extra.is_some());
        let apart = if lower(&self.added) + lower(&self.subtracted) + extra > 1 {
            self.write_lower::<S>(rewrite, class, scope, taken, uses)
        } else {
            (None, None)
        };
        let added = self.added.write(rewrite, apart.0, scope);
        let subtracted = self.subtracted.write(rewrite, apart.1, scope);
        (added, subtracted)
    }

    /// Fills both sides with the products and terms of what is on the stack.
    fn take_apart(&mut self, rewrite: &mut Rewrite, taken: &[bool]) {
        while let Some((part, negative)) = self.stack.pop() {
            let code = rewrite.from.code(part);
            if matches!(code, Code::Mul | Code::Square) {
                self.side(negative).product(rewrite, part);
                continue;
            }
            let products = products(&rewrite.from, part);
            let operands = rewrite.from.operands(part);
            for pair in operands[..2 * products].chunks_exact(2) {
                let (a, b) = (rewrite.at(pair[0]), rewrite.at(pair[1]));
                self.side(negative).pair(&rewrite.to, a, b);
            }
            for (number, &term) in operands[2 * products..].iter().enumerate() {
                let flipped = code == Code::Neg || (code == Code::Sub && number == 1);
                if taken[term.index()] {
                    self.stack.push((term, negative ^ flipped));
                } else {
                    self.side(negative ^ flipped).terms.push(term);
                }
            }
        }
    }

    /// Takes the terms that are computed less often than the rest away, and writes their own sum, into which
    /// what nobody else uses is taken. Classes are few, so this does not go deep.
    fn write_lower<S: TapeScalar>(
        &mut self,
        rewrite: &mut Rewrite,
        class: Class,
        scope: u32,
        taken: &[bool],
        uses: &[u32],
    ) -> (Option<Slot>, Option<Slot>) {
        let mut own = Self::default();
        let extra = self.added.extra.take();
        let mut constant = extra
            .and_then(|slot| rewrite.to.constant(slot))
            .map(S::from_f64);
        let mut highest = Class::Constant;
        let from = &rewrite.from;
        for (side, negative) in [(&mut self.added, false), (&mut self.subtracted, true)] {
            side.terms.retain(|&term| {
                if from.class(term) >= class {
                    return true;
                }
                if let Some(value) = from.constant(term) {
                    let value = S::from_f64(if negative { -value } else { value });
                    constant = Some(constant.map_or(value, |sum| sum + value));
                } else {
                    own.stack.push((term, negative));
                    highest = highest.max(from.class(term));
                }
                false
            });
        }
        // Only what is computed as often as this sum is taken into it.
        for (term, negative) in std::mem::take(&mut own.stack) {
            let is_own = uses[term.index()] == 1 && from.class(term) == highest;
            if is_own && is_part(from, term) {
                own.stack.push((term, negative));
            } else {
                own.side(negative).terms.push(term);
            }
        }
        let constant = constant.map(|constant| rewrite.to.push_constant(constant.to_f64(), scope));
        let is_empty =
            own.stack.is_empty() && own.added.terms.is_empty() && own.subtracted.terms.is_empty();
        if is_empty {
            return (constant, None);
        }
        own.added.extra = constant;
        match own.write::<S>(rewrite, highest, scope, taken, uses) {
            (Some(added), Some(subtracted)) => {
                let difference = [added, subtracted];
                (
                    Some(rewrite.to.push(Code::Sub, 0, &difference, scope)),
                    None,
                )
            }
            one => one,
        }
    }
}
