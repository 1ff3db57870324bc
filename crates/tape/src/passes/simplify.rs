//! What can be told of one instruction after the other, in one walk: ends of gradients, constants, identities and
//! common subexpressions.
//!
//! Exact, as each of [`stop_gradients`](super::stop_gradients), [`fold`](super::fold),
//! [`identities`](super::identities) and [`common`](super::common) is by itself. Each sees what the others make of an
//! instruction and its operands, until none has anything left to say, so that they need not take turns.

use super::common::{Known, commutative};
use super::fold::{folded, rounded};
use super::identities::{Instead, identity};
use super::rewrite::{Rewrite, Rewritten, Scratch, Source};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    run_on::<S>(tape, scratch)
}

/// The same, of a tape that may be somebody else's.
pub(super) fn run_on<S: TapeScalar>(tape: impl Source, scratch: &mut Scratch) -> Rewritten {
    let mut known = std::mem::take(&mut scratch.known);
    known.begin(tape.borrow());
    let mut simplify = Simplify {
        known,
        commutative: commutative(),
        numbers: Vec::<S>::new(),
        operands: Vec::new(),
    };
    let mut rewrite = Rewrite::after(0, tape, scratch);
    for slot in rewrite.rest() {
        if let Some(instead) = simplify.instead(&mut rewrite, slot) {
            rewrite.changed += 1;
            rewrite.goes_to(instead);
        }
    }
    scratch.known = simplify.known;
    rewrite.finish(scratch)
}

/// Operands that an identity may ask for.
const ASKED_FOR: CodeSet = CodeSet::of(&[Code::Constant, Code::Neg]);

/// Codes of one operand that may have an identity whatever it is.
const SINGLE: CodeSet = CodeSet::of(&[
    Code::Add,
    Code::Mul,
    Code::Min,
    Code::Max,
    Code::Square,
    Code::Powi,
    Code::Abs,
    Code::Relu,
    Code::StopGradient,
]);

struct Simplify<S> {
    known: Known,
    commutative: CodeSet,
    numbers: Vec<S>,
    /// The operands of an instruction that is looked at.
    operands: Vec<Slot>,
}

impl<S: TapeScalar> Simplify<S> {
    /// What stands for the instruction of `slot`; none if that was copied.
    #[inline]
    fn instead(&mut self, rewrite: &mut Rewrite<impl Source>, slot: Slot) -> Option<Slot> {
        let own_mean = rewrite.own_mean(slot);
        if own_mean.is_some() {
            return own_mean;
        }
        let pooled = rewrite.to.pool.len();
        let mut added = rewrite.add_moved(slot);
        if Self::may_be_simpler(&rewrite.to, added) {
            self.operands.clear();
            self.operands.extend_from_slice(rewrite.to.operands(added));
            let instruction = rewrite.to.instruction(added);
            rewrite.take_back(added, pooled);
            let scope = rewrite.from.borrow().scope_of[slot.index()];
            let simpler = self.simpler(&mut rewrite.to, &instruction, scope);
            if simpler.is_some() {
                return simpler;
            }
            added = rewrite.add_moved(slot);
        }
        let known = self.known(&rewrite.to, added);
        if known.is_some() {
            rewrite.take_back(added, pooled);
        } else {
            rewrite.goes_to_own(added);
        }
        known
    }

    /// Whether it is worth a closer look.
    #[inline]
    fn may_be_simpler(to: &Tape, slot: Slot) -> bool {
        let asked_for = |slot: &Slot| ASKED_FOR.has(to.code(*slot));
        match *to.operands(slot) {
            [] => to.constant(slot).and_then(rounded::<S>).is_some(),
            [x] => SINGLE.has(to.code(slot)) || asked_for(&x),
            [x, y] => x == y || to.code(slot) == Code::Dot || asked_for(&x) || asked_for(&y),
            [x, y, z] => y == z || asked_for(&x) || asked_for(&y) || asked_for(&z),
            ref operands => operands.iter().any(asked_for),
        }
    }

    /// What stands for an instruction with the operands that are listed, if not itself.
    fn simpler(&mut self, to: &mut Tape, instruction: &Instruction, scope: u32) -> Option<Slot> {
        if let Some(constant) = instruction.constant() {
            let rounded = rounded::<S>(constant)?;
            return Some(self.constant(to, rounded, scope));
        }
        let (mut code, mut payload) = (instruction.code, instruction.payload());
        let mut is_changed = false;
        // Each turn leaves fewer or simpler operands.
        loop {
            if let &[x] = &*self.operands
                && (code == Code::StopGradient || (code == Code::Mean && to.class(x).is_per_run()))
            {
                return Some(x);
            }
            if let Some((value, count)) =
                folded(to, code, payload, &self.operands, &mut self.numbers)
            {
                let constant = self.constant(to, value, scope);
                if count == self.operands.len() {
                    return Some(constant);
                }
                self.operands.drain(1..count);
                self.operands[0] = constant;
                is_changed = true;
                continue;
            }
            let Some(instead) = identity::<S>(to, code, payload, &self.operands) else {
                break;
            };
            is_changed = true;
            payload = 0;
            match instead {
                Instead::Slot(slot) => return Some(slot),
                Instead::Constant(value) => return Some(self.constant(to, value, scope)),
                Instead::One(other, x) => {
                    code = other;
                    self.operands.clear();
                    self.operands.push(x);
                }
                Instead::Two(other, x, y) => {
                    code = other;
                    self.operands.clear();
                    self.operands.extend([x, y]);
                }
                Instead::Scaled(x, factor) => {
                    code = Code::Mul;
                    let factor = self.constant(to, factor, scope);
                    self.operands.clear();
                    self.operands.extend([x, factor]);
                }
                Instead::Without(unit) => self.operands.retain(|&slot| !to.is_constant(slot, unit)),
            }
        }
        if !is_changed {
            return None;
        }
        let pooled = to.pool.len();
        let added = to.push(code, payload, &self.operands, scope);
        Some(self.known_or(to, added, pooled))
    }

    fn constant(&mut self, to: &mut Tape, value: f64, scope: u32) -> Slot {
        let pooled = to.pool.len();
        let added = to.push_constant(value, scope);
        self.known_or(to, added, pooled)
    }

    /// The slot that has the same as the one that was added last, and is taken back then, or that one.
    fn known_or(&mut self, to: &mut Tape, added: Slot, pooled: usize) -> Slot {
        let Some(known) = self.known(to, added) else {
            return added;
        };
        to.instructions.truncate(added.index());
        to.scope_of.truncate(added.index());
        to.pool.truncate(pooled);
        known
    }

    /// The slot that has the same as the one that was added last; if there is none, that one is known from now on.
    #[inline]
    fn known(&mut self, to: &Tape, added: Slot) -> Option<Slot> {
        self.known.reach(added);
        self.known.find(to, self.commutative, added)
    }
}
