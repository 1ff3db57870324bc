//! What can be told of one instruction after the other, in one walk: ends of gradients, constants, identities and
//! common subexpressions.
//!
//! Exact, as each of [`stop_gradients`](super::stop_gradients), [`fold`](super::fold),
//! [`identities`](super::identities) and [`common`](super::common) is by itself. Each sees what the others make of an
//! instruction and its operands, until none has anything left to say, so that they need not take turns.

use super::common::{Key, Known, commutative};
use super::fold::{folded, rounded};
use super::identities::{Instead, identity};
use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, POOLED, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let mut known = std::mem::take(&mut scratch.known);
    known.begin(&tape);
    let mut simplify = Simplify {
        known,
        commutative: commutative(),
        numbers: Vec::<S>::new(),
        operands: Vec::new(),
    };
    let mut rewrite = Rewrite::after(0, tape, scratch);
    for slot in rewrite.rest() {
        let pooled = rewrite.to.pool.len();
        let instruction = rewrite.moved(slot);
        if let Some(instead) = simplify.instead(&mut rewrite, slot, instruction, pooled) {
            rewrite.changed += 1;
            rewrite.goes_to(instead);
        } else {
            rewrite.push_moved(slot, instruction);
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
    Code::Mean,
]);

struct Simplify<S> {
    known: Known,
    commutative: CodeSet,
    numbers: Vec<S>,
    /// The operands of an instruction that is looked at.
    operands: Vec<Slot>,
}

impl<S: TapeScalar> Simplify<S> {
    /// What stands for the instruction of `slot`, moved to the tape that is written, whose pool ended at `pooled` before;
    /// none if that instruction is to be added as it is.
    #[inline]
    fn instead(
        &mut self,
        rewrite: &mut Rewrite,
        slot: Slot,
        instruction: Instruction,
        pooled: usize,
    ) -> Option<Slot> {
        let to = &mut rewrite.to;
        if Self::may_be_simpler(to, &instruction) {
            self.operands.clear();
            self.operands
                .extend_from_slice(operands_of(to, &instruction));
            let scope = rewrite.from.scope_of[slot.index()];
            let end = to.pool.len();
            if let Some(instead) = self.simpler(to, &instruction, scope) {
                // Nobody uses the operands that were moved.
                if to.pool.len() == end {
                    to.pool.truncate(pooled);
                }
                return Some(instead);
            }
        }
        let known = self.number(to, &instruction)?;
        to.pool.truncate(pooled);
        Some(known)
    }

    /// Whether it is worth a closer look.
    #[inline]
    fn may_be_simpler(to: &Tape, instruction: &Instruction) -> bool {
        let asked_for = |slot: &Slot| ASKED_FOR.has(to.code(*slot));
        match *operands_of(to, instruction) {
            [] => instruction.constant().and_then(rounded::<S>).is_some(),
            [x] => SINGLE.has(instruction.code) || asked_for(&x),
            [x, y] => x == y || instruction.code == Code::Dot || asked_for(&x) || asked_for(&y),
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
        let instruction = to.instruction_of(code, payload, &self.operands);
        Some(match self.number(to, &instruction) {
            Some(known) => {
                to.pool.truncate(pooled);
                known
            }
            None => to.push_raw(instruction, scope),
        })
    }

    fn constant(&mut self, to: &mut Tape, value: f64, scope: u32) -> Slot {
        let instruction = Instruction::of_constant(value);
        self.number(to, &instruction)
            .unwrap_or_else(|| to.push_raw(instruction, scope))
    }

    /// The slot that has the same; if there is none, the next one is known for it from now on.
    #[inline]
    fn number(&mut self, to: &Tape, instruction: &Instruction) -> Option<Slot> {
        let next = Slot::new(to.len());
        self.known.reach(next);
        let key = Key::of(instruction, self.commutative);
        self.known.find(&key, to, self.commutative, next)
    }
}

/// The operands of an instruction of this tape.
#[inline]
fn operands_of<'a>(tape: &'a Tape, instruction: &'a Instruction) -> &'a [Slot] {
    if instruction.inline == POOLED {
        let [start, len, _] = instruction.args;
        &tape.pool[start.index()..start.index() + len.index()]
    } else {
        &instruction.args[..usize::from(instruction.inline)]
    }
}
