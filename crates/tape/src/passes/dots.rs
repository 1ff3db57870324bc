//! Dots, in the order in which they are written: a sum that begins with products becomes one instruction.
//!
//! Exact: a dot computes `(a₀ · b₀ + a₁ · b₁) + … + t₀ + …` from left to right, rounding as often as the sum
//! does. So products are taken from the beginning of a sum on, as far as they reach; where a sum is a chain,
//! its beginning is at the far end of its first operands. The first two terms may change places, since
//! `t + p` rounds as `p + t`. A product or partial sum is taken in if nobody else uses it and it is computed
//! as often as the sum.
//!
//! The inexact pass [`sums`](super::sums) finds every product of a sum, in whatever order.

use super::flatten::spine_of;
use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    if !CodeSet::of(&[Code::Mul, Code::Square, Code::Dot]).occurs_in(&tape) {
        return (tape, 0);
    }
    let (uses, mut taken) = (scratch.uses_of(&tape), std::mem::take(&mut scratch.marks));
    taken.clear();
    taken.resize(tape.len(), false);
    let mut parts = Parts::default();
    // Users before operands, so that a sum which is part of another is known to be when its turn comes.
    for slot in tape.slots().rev() {
        if tape.code(slot) == Code::Add && !taken[slot.index()] {
            parts.take(&tape, slot, &uses, &mut taken);
        }
    }
    let first = taken.iter().position(|&is_taken| is_taken);
    let rewritten = match first {
        Some(first) => {
            let rewrite = Rewrite::after(first, tape, scratch);
            write(rewrite, scratch, &taken, &mut parts)
        }
        None => (tape, 0),
    };
    scratch.keep_uses(uses);
    scratch.marks = taken;
    rewritten
}

/// What a sum is made of.
#[derive(Default)]
struct Parts {
    /// The sums within: see [`spine_of`].
    spine: Vec<Slot>,
    /// The factors of the products, in pairs.
    factors: Vec<Slot>,
    terms: Vec<Slot>,
}

impl Parts {
    /// Marks what the sum `slot` takes in, if it has a product to begin with.
    fn take(&mut self, tape: &Tape, slot: Slot, uses: &[u32], taken: &mut [bool]) {
        let is_own = |part: Slot| uses[part.index()] == 1 && tape.class(part) == tape.class(slot);
        let mut lowest = slot;
        while let Some(&first) = tape.operands(lowest).first()
            && tape.code(lowest) == Code::Add
            && matches!(tape.code(first), Code::Add | Code::Dot)
            && is_own(first)
        {
            taken[first.index()] = true;
            lowest = first;
        }
        spine_of(tape, slot, taken, &mut self.spine);
        let is_product = |part: Slot| {
            is_own(part)
                && match tape.code(part) {
                    Code::Mul => tape.operands(part).len() == 2,
                    code => code == Code::Square,
                }
        };
        let (mut products, mut terms) = (0, 0);
        if let Some(taken_in) = tape.instruction(lowest).products() {
            (products, terms) = (taken_in, tape.operands(lowest).len() - 2 * taken_in);
        }
        'sums: for (at, &part) in self.spine.iter().rev().enumerate() {
            if tape.code(part) == Code::Dot {
                continue;
            }
            for &operand in &tape.operands(part)[usize::from(at > 0)..] {
                let fits = terms == 0 || (terms == 1 && products == 0);
                if !fits {
                    break 'sums;
                }
                if is_product(operand) {
                    taken[operand.index()] = true;
                    products += 1;
                } else {
                    terms += 1;
                }
            }
        }
        if products == 0 {
            for part in &self.spine[1..] {
                taken[part.index()] = false;
            }
        }
    }

    /// Collects what was taken for `slot`.
    fn collect(&mut self, rewrite: &Rewrite, slot: Slot, taken: &[bool]) {
        let tape = &rewrite.from;
        spine_of(tape, slot, taken, &mut self.spine);
        // A product that was taken may stand first in the lowest sum; it is no sum.
        self.spine
            .retain(|&part| matches!(tape.code(part), Code::Add | Code::Dot));
        self.factors.clear();
        self.terms.clear();
        for (at, &part) in self.spine.iter().rev().enumerate() {
            if let Some(products) = tape.instruction(part).products() {
                let (factors, terms) = tape.operands(part).split_at(2 * products);
                self.factors
                    .extend(factors.iter().map(|&slot| rewrite.at(slot)));
                self.terms
                    .extend(terms.iter().map(|&slot| rewrite.at(slot)));
                continue;
            }
            for &operand in &tape.operands(part)[usize::from(at > 0)..] {
                match (taken[operand.index()], tape.operands(operand)) {
                    (true, &[x]) => self.factors.extend([rewrite.at(x); 2]),
                    (true, factors) => {
                        self.factors
                            .extend(factors.iter().map(|&slot| rewrite.at(slot)));
                    }
                    (false, _) => self.terms.push(rewrite.at(operand)),
                }
            }
        }
    }
}

fn write(
    mut rewrite: Rewrite,
    scratch: &mut Scratch,
    taken: &[bool],
    parts: &mut Parts,
) -> Rewritten {
    for slot in rewrite.rest() {
        if taken[slot.index()] {
            rewrite.leave_out();
            rewrite.changed += 1;
            continue;
        }
        if rewrite.from.code(slot) == Code::Add {
            parts.collect(&rewrite, slot, taken);
            if !parts.factors.is_empty() {
                let products = Slot::new(parts.factors.len() / 2).bits();
                parts.factors.append(&mut parts.terms);
                let scope = rewrite.from.scope_of[slot.index()];
                let dot = rewrite.to.push(Code::Dot, products, &parts.factors, scope);
                rewrite.goes_to(dot);
                continue;
            }
        }
        rewrite.copy(slot);
    }
    rewrite.finish(scratch)
}
