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

use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, POOLED, Slot};
use crate::tape::Tape;

/// A free place of the table.
const FREE: u32 = u32::MAX;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let commutative = commutative();
    let mut table = std::mem::take(&mut scratch.table);
    // At most half of the places are taken.
    let places = (2 * tape.len()).next_power_of_two().max(2);
    // The high bits of a hash are the good ones.
    let shift = u64::BITS - places.trailing_zeros();
    table.clear();
    table.resize(places, FREE);
    // Until the first two are the same, nothing has to be written.
    let first = tape.slots().find(|&slot| {
        let key = Key::of(tape.instruction(slot), commutative);
        key.find(&tape, commutative, &mut table, shift, slot)
            .is_some()
    });
    let Some(first) = first else {
        scratch.table = table;
        return (tape, 0);
    };
    let mut rewrite = Rewrite::after(first.index(), tape, scratch);
    for slot in rewrite.rest() {
        let pooled = rewrite.to.pool.len();
        let instruction = rewrite.moved(slot);
        let key = Key::of(&instruction, commutative);
        let next = Slot::new(rewrite.to.len());
        if let Some(known) = key.find(&rewrite.to, commutative, &mut table, shift, next) {
            rewrite.to.pool.truncate(pooled);
            rewrite.changed += 1;
            rewrite.goes_to(known);
        } else {
            rewrite.push_moved(slot, instruction);
        }
    }
    scratch.table = table;
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

/// What an instruction does, without the order of operands where that changes nothing.
struct Key {
    code: Code,
    inline: u16,
    /// Operands and payload; of a longer list of operands, where it stands in the pool.
    args: [Slot; 3],
}

impl Key {
    #[inline]
    fn of(instruction: &Instruction, commutative: CodeSet) -> Self {
        let Instruction { code, inline, .. } = *instruction;
        let [a, b, c] = instruction.args;
        let swaps = inline == 2 && commutative.has(code) && b < a;
        let args = if swaps { [b, a, c] } else { [a, b, c] };
        Self { code, inline, args }
    }

    fn pooled<'t>(&self, tape: &'t Tape) -> &'t [Slot] {
        let [start, len, _] = self.args;
        &tape.pool[start.index()..start.index() + len.index()]
    }

    #[inline]
    fn is_same(&self, other: &Self, tape: &Tape) -> bool {
        let [a, b, c] = self.args;
        if self.code != other.code || self.inline != other.inline || b != other.args[1] {
            return false;
        }
        if self.inline == POOLED {
            // The second is the number of operands, the third the payload.
            c == other.args[2] && self.pooled(tape) == other.pooled(tape)
        } else {
            a == other.args[0] && c == other.args[2]
        }
    }

    /// The slot of `tape` that does the same, if the table has one; if not, it has `slot` from now on.
    #[inline]
    fn find(
        &self,
        tape: &Tape,
        commutative: CodeSet,
        table: &mut [u32],
        shift: u32,
        slot: Slot,
    ) -> Option<Slot> {
        let mut place = (self.hash(tape) >> shift) as usize;
        loop {
            let other = table[place];
            if other == FREE {
                table[place] = slot.bits();
                return None;
            }
            let instruction = &tape.instructions[other as usize];
            if self.is_same(&Self::of(instruction, commutative), tape) {
                return Some(Slot::from_bits(other));
            }
            place = (place + 1) & (table.len() - 1);
        }
    }

    /// A number whose high bits say where to begin: words multiplied by an odd number close to 2⁶⁴ over the
    /// golden ratio (D. E. Knuth, *The Art of Computer Programming*, vol. 3, 6.4). It is the same on every
    /// machine; and the order of the table reaches no output, since slots are numbered by the tape that is
    /// read.
    #[inline]
    fn hash(&self, tape: &Tape) -> u64 {
        const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
        let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(FACTOR);
        let fold = |hash: u64| hash ^ hash >> 32;
        let word = |slot: Slot| u64::from(slot.bits());
        let [a, b, c] = self.args;
        let start = word(c) << 8 | self.code as u64;
        if self.inline == POOLED {
            let operands = self.pooled(tape).iter();
            let hash = operands.fold(start, |hash, &operand| fold(mix(hash, word(operand))));
            hash.wrapping_mul(FACTOR)
        } else {
            mix(fold(mix(start, word(a) << 32 | word(b))), start)
        }
    }
}
