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
//! weights stays a sum of its own inside a loss over samples.

use super::rewrite::{CodeSet, Rewrite, Rewritten, Scratch, count_uses};
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
    let (mut uses, mut taken) = (
        std::mem::take(&mut scratch.uses),
        std::mem::take(&mut scratch.marks),
    );
    count_uses(&tape, &mut uses);
    taken.clear();
    taken.resize(tape.len(), false);
    for slot in tape.slots() {
        if SUMS.has(tape.code(slot)) {
            for &term in terms(&tape, slot) {
                taken[term.index()] = uses[term.index()] == 1
                    && PARTS.has(tape.code(term))
                    && tape.class(term) == tape.class(slot);
            }
        }
    }
    let mut rewrite = Rewrite::of(tape, scratch);
    let mut sum = Sum::default();
    for slot in rewrite.from.slots() {
        if taken[slot.index()] {
            rewrite.leave_out();
            rewrite.changed += 1;
        } else if SUMS.has(rewrite.from.code(slot)) {
            sum.collect(&mut rewrite, slot, &taken);
            sum.write::<S>(&mut rewrite, slot);
        } else {
            rewrite.copy(slot);
        }
    }
    (scratch.uses, scratch.marks) = (uses, taken);
    rewrite.finish(scratch)
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
    stack: Vec<(Slot, bool)>,
    added: Side,
    subtracted: Side,
}

/// What is added, or what is subtracted. Slots are those of the tape that is written.
#[derive(Default)]
struct Side {
    /// Pairs of factors, the second first: they are sorted by it.
    products: Vec<(Slot, Slot)>,
    terms: Vec<Slot>,
    operands: Vec<Slot>,
}

impl Sum {
    fn collect(&mut self, rewrite: &mut Rewrite, slot: Slot, taken: &[bool]) {
        self.added.clear();
        self.subtracted.clear();
        self.stack.clear();
        self.stack.push((slot, false));
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
                    let term = rewrite.at(term);
                    self.side(negative ^ flipped).terms.push(term);
                }
            }
        }
    }

    fn side(&mut self, negative: bool) -> &mut Side {
        if negative {
            &mut self.subtracted
        } else {
            &mut self.added
        }
    }

    fn write<S: TapeScalar>(&mut self, rewrite: &mut Rewrite, slot: Slot) {
        let scope = rewrite.from.scope_of[slot.index()];
        let class = rewrite.from.class(slot);
        let before = rewrite.to.len();
        let to = &mut rewrite.to;
        self.gather::<S>(to, class, scope);
        let whole = match (
            self.added.write(to, scope),
            self.subtracted.write(to, scope),
        ) {
            (Some(added), Some(subtracted)) => to.push(Code::Sub, 0, &[added, subtracted], scope),
            (Some(added), None) => added,
            (None, Some(subtracted)) => to.push(Code::Neg, 0, &[subtracted], scope),
            (None, None) => to.push_constant(0.0, scope),
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

    /// Makes one constant of all, and one sum of what is computed less often than the whole.
    fn gather<S: TapeScalar>(&mut self, to: &mut Tape, class: Class, scope: u32) {
        let is_constant = |slot: &Slot| to.code(*slot) == Code::Constant;
        let added = self.added.terms.iter().filter(|slot| is_constant(slot));
        let constants = added.count();
        let negative = self.subtracted.terms.iter().any(|slot| is_constant(slot));
        if constants > 1 || negative {
            let mut sum: Option<S> = None;
            for (side, sign) in [(&mut self.added, 1.0), (&mut self.subtracted, -1.0)] {
                side.terms.retain(|&slot| match to.constant(slot) {
                    Some(constant) => {
                        let term = S::from_f64(sign * constant);
                        sum = Some(sum.map_or(term, |sum| sum + term));
                        false
                    }
                    None => true,
                });
            }
            if let Some(sum) = sum {
                self.added.terms.push(to.push_constant(sum.to_f64(), scope));
            }
        }
        for side in [&mut self.added, &mut self.subtracted] {
            let is_lower = |slot: &Slot| to.class(*slot) < class;
            if side.terms.iter().filter(|slot| is_lower(slot)).count() > 1 {
                side.operands.clear();
                side.operands
                    .extend(side.terms.iter().filter(|slot| is_lower(slot)));
                side.operands.sort_unstable();
                side.terms.retain(|slot| !is_lower(slot));
                side.terms
                    .push(to.push(Code::Add, 0, &side.operands, scope));
            }
        }
    }
}

impl Side {
    fn clear(&mut self) {
        self.products.clear();
        self.terms.clear();
    }

    /// Adds a product as a pair of factors.
    fn pair(&mut self, to: &Tape, a: Slot, b: Slot) {
        let place = |slot: Slot| (to.class(slot), slot);
        let (first, second) = if place(a) <= place(b) { (a, b) } else { (b, a) };
        self.products.push((second, first));
    }

    /// Adds a product that is an instruction of the tape that is read. Of more than two factors all but the last
    /// become one, or those that are computed less often than the product, and the others.
    fn product(&mut self, rewrite: &mut Rewrite, slot: Slot) {
        match *rewrite.from.operands(slot) {
            [x] if rewrite.from.code(slot) == Code::Square => {
                let x = rewrite.at(x);
                self.products.push((x, x));
            }
            [a, b] => self.pair(&rewrite.to, rewrite.at(a), rewrite.at(b)),
            [..] => {
                let scope = rewrite.from.scope_of[slot.index()];
                let class = rewrite.from.class(slot);
                self.operands.clear();
                let factors = rewrite.from.operands(slot).iter();
                self.operands
                    .extend(factors.map(|&factor| rewrite.at(factor)));
                let to = &mut rewrite.to;
                self.operands
                    .sort_by_key(|&factor| to.class(factor) == class);
                let lower = self
                    .operands
                    .partition_point(|&factor| to.class(factor) < class);
                let count = self.operands.len();
                let split = if lower == 0 || lower == count {
                    count.saturating_sub(1)
                } else {
                    lower
                };
                let mut product = |factors: &[Slot]| match *factors {
                    [only] => only,
                    [..] => to.push(Code::Mul, 0, factors, scope),
                };
                if split == 0 {
                    self.terms.extend_from_slice(&self.operands);
                    return;
                }
                let (a, b) = (
                    product(&self.operands[..split]),
                    product(&self.operands[split..]),
                );
                self.pair(&rewrite.to, a, b);
            }
        }
    }

    /// Writes this side, if there is anything on it.
    fn write(&mut self, to: &mut Tape, scope: u32) -> Option<Slot> {
        self.products.sort_unstable();
        self.terms.sort_unstable();
        match (&*self.products, &*self.terms) {
            ([], []) => None,
            ([], &[only]) => Some(only),
            ([], terms) => Some(to.push(Code::Add, 0, terms, scope)),
            (&[(second, first)], []) if first == second => {
                Some(to.push(Code::Square, 0, &[first], scope))
            }
            (&[(second, first)], []) => Some(to.push(Code::Mul, 0, &[first, second], scope)),
            (products, terms) => {
                self.operands.clear();
                let pairs = products.iter().flat_map(|&(second, first)| [first, second]);
                self.operands.extend(pairs);
                self.operands.extend_from_slice(terms);
                let products = Slot::new(products.len()).bits();
                Some(to.push(Code::Dot, products, &self.operands, scope))
            }
        }
    }
}
