//! Common subexpressions: two instructions that do the same to the same operands become one, by value
//! numbering.
//!
//! Exact. Two operands in the other order count as the same where the operation is
//! [commutative](dagrad_ops::Properties::commutative), which is a promise about bits, all NaNs being
//! equal: `a + b` and `b + a` round alike. More than two operands do not, because a sum rounds in its
//! order; nor do the operands of a minimum, which takes the first of equal ones, zeros of either sign
//! included. Constants are the same where their bits are, so `-0.0` is not `0.0`, and a NaN is itself.
//!
//! Two parameters are never one, whatever their values: training moves them apart. Calls of one user
//! operation with the same operands are one, as user operations have to be pure.

use super::rewrite::{CodeSet, Rewrite, Rewritten, Scratch};
use crate::instruction::{Code, Instruction, POOLED, Slot};
use crate::tape::Tape;

/// A free place of the table.
const FREE: u32 = u32::MAX;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let commutative = commutative();
    let mut table = std::mem::take(&mut scratch.table);
    // At most half of the places are taken.
    let places = (2 * tape.len()).next_power_of_two();
    table.clear();
    table.resize(places, FREE);
    let mut rewrite = Rewrite::of(tape, scratch);
    for slot in rewrite.from.slots() {
        let pooled = rewrite.to.pool.len();
        let mut instruction = rewrite.moved(slot);
        let written = instruction;
        if instruction.inline == 2 && commutative.has(instruction.code) {
            instruction.args[..2].sort_unstable();
        }
        let mut place = hash(&rewrite.to, &instruction) & (places - 1);
        let known = loop {
            let other = table[place];
            if other == FREE {
                break None;
            }
            if same(&rewrite.to, &instruction, other, commutative) {
                break Some(Slot::from_bits(other));
            }
            place = (place + 1) & (places - 1);
        };
        if let Some(known) = known {
            rewrite.to.pool.truncate(pooled);
            rewrite.changed += 1;
            rewrite.goes_to(known);
        } else {
            let scope = rewrite.from.scope_of[slot.index()];
            let new = rewrite.to.push_raw(written, scope);
            table[place] = new.bits();
            rewrite.goes_to(new);
        }
    }
    scratch.table = table;
    if rewrite.changed == 0 {
        debug_assert_eq!(
            rewrite.to.instructions.len(),
            rewrite.from.instructions.len()
        );
    }
    rewrite.finish(scratch)
}

/// The codes whose two operands may change places.
fn commutative() -> CodeSet {
    let commutes = |code: &Code| {
        let operation = code.operation(0);
        operation.is_some_and(|operation| operation.properties().commutative)
    };
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(commutes).collect();
    CodeSet::of(&codes)
}

/// The operands of an instruction whose longer list stands in `tape`'s pool.
fn pooled<'t>(tape: &'t Tape, instruction: &Instruction) -> &'t [Slot] {
    let [start, len, _] = instruction.args;
    &tape.pool[start.index()..start.index() + len.index()]
}

/// Whether `instruction` does what slot `other` of `tape` does. Two operands of it are in order where it is
/// commutative.
#[inline]
fn same(tape: &Tape, instruction: &Instruction, other: u32, commutative: CodeSet) -> bool {
    let mut other = tape.instructions[other as usize];
    if other.code != instruction.code || other.inline != instruction.inline {
        return false;
    }
    if other.inline == POOLED {
        return other.args[1..] == instruction.args[1..]
            && pooled(tape, &other) == pooled(tape, instruction);
    }
    if other.inline == 2 && commutative.has(other.code) {
        other.args[..2].sort_unstable();
    }
    other.args == instruction.args
}

/// A place to begin at: multiplication by odd numbers close to 2⁶⁴ over the golden ratio (D. E. Knuth, *The
/// Art of Computer Programming*, vol. 3, 6.4), whose high bits are the good ones. It is the same on every
/// machine; and the order of the table reaches no output, since slots are numbered by the tape that is read.
#[inline]
fn hash(tape: &Tape, instruction: &Instruction) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(26) ^ word).wrapping_mul(FACTOR);
    let word = |slot: Slot| u64::from(slot.bits());
    let mut hash = mix(0, u64::from(instruction.code as u8));
    if instruction.inline == POOLED {
        for &operand in pooled(tape, instruction) {
            hash = mix(hash, word(operand));
        }
        hash = mix(hash, word(instruction.args[2]));
    } else {
        let [a, b, c] = instruction.args;
        hash = mix(hash, word(a) << 32 | word(b));
        hash = mix(hash, word(c));
    }
    // A table has fewer places than a word has numbers.
    (hash >> 24) as usize
}
