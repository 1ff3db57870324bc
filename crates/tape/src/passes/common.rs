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
//!
//! Equal instructions have the same last operand, and few instructions share one: they are looked for in a short list
//! of its users, which stand close to it in memory. Only what finds such a list full goes to a table of hashes, each
//! look-up of which waits for memory once a tape is large.

use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Code, POOLED, Slot};
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let commutative = commutative();
    let mut known = std::mem::take(&mut scratch.known);
    known.begin(&tape);
    // Until the first two are the same, nothing has to be written.
    let first = tape
        .slots()
        .find(|&slot| known.find(&tape, commutative, slot).is_some());
    let Some(first) = first else {
        scratch.known = known;
        return (tape, 0);
    };
    let mut rewrite = Rewrite::after(first.index(), tape, scratch);
    for slot in rewrite.rest() {
        let pooled = rewrite.to.pool.len();
        let next = rewrite.add_moved(slot);
        if let Some(known) = known.find(&rewrite.to, commutative, next) {
            rewrite.take_back(next, pooled);
            rewrite.changed += 1;
            rewrite.goes_to(known);
        } else {
            rewrite.goes_to_own(next);
        }
    }
    scratch.known = known;
    rewrite.finish(scratch)
}

/// The codes whose two operands may change places.
pub(super) fn commutative() -> CodeSet {
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
    fn of(tape: &Tape, slot: Slot, commutative: CodeSet) -> Self {
        let (code, inline) = (tape.code(slot), tape.instructions.inline(slot));
        let [a, b, c] = *tape.instructions.args(slot);
        let swaps = inline == 2 && commutative.has(code) && b < a;
        let args = if swaps { [b, a, c] } else { [a, b, c] };
        Self { code, inline, args }
    }

    fn pooled<'t>(&self, tape: &'t Tape) -> &'t [Slot] {
        let [start, len, _] = self.args;
        &tape.pool[start.index()..start.index() + len.index()]
    }

    /// The last slot among the operands.
    #[inline]
    fn last(&self, tape: &Tape) -> Option<Slot> {
        if self.inline == POOLED {
            self.pooled(tape).iter().copied().max()
        } else {
            let operands = &self.args[..usize::from(self.inline)];
            operands.iter().copied().max()
        }
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

    /// One of 32 bits, mostly another one for another instruction with the same last operand: a hash of code and first
    /// operand, or of how many operands there are.
    #[inline]
    fn bit(&self) -> u32 {
        let [a, b, _] = self.args;
        let other = if self.inline == POOLED { b } else { a };
        let word = u64::from(other.bits()) << 8 | self.code as u64;
        1 << (word.wrapping_mul(FACTOR) >> 59)
    }

    /// A number whose high bits say where to begin. It is the same on every
    /// machine; and the order of the table reaches no output, since slots are numbered by the tape that is
    /// read.
    #[inline]
    fn hash(&self, tape: &Tape) -> u64 {
        let mix = |hash: u64, word: u64| fold((hash ^ word).wrapping_mul(FACTOR));
        let word = |slot: Slot| u64::from(slot.bits());
        let [a, b, c] = self.args;
        let start = word(c) << 8 | self.code as u64;
        let hash = if self.inline == POOLED {
            let operands = self.pooled(tape).iter();
            operands.fold(start, |hash, &operand| mix(hash, word(operand)))
        } else {
            mix(mix(start, word(a)), word(b))
        };
        hash.wrapping_mul(FACTOR)
    }
}

/// An odd number close to 2⁶⁴ over the golden ratio: words are mixed by multiplying them with it (D. E. Knuth, *The Art
/// of Computer Programming*, vol. 3, 6.4).
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

/// The high half of a word onto the low one.
#[inline]
fn fold(word: u64) -> u64 {
    word ^ word >> 32
}

/// The instructions that were seen.
#[derive(Default)]
pub(super) struct Known {
    /// The slot of each input and each parameter.
    inputs: Vec<u32>,
    parameters: Vec<u32>,
    /// For each slot the instructions that it is the last operand of.
    users: Vec<Users>,
    /// For each instruction the one before it in its list of users.
    before: Vec<u32>,
    /// The others, and constants, by their hashes.
    table: Vec<u32>,
    /// How many there are.
    count: usize,
}

/// No slot.
const NONE: u32 = u32::MAX;

/// Instructions whose last operand is the same slot.
#[derive(Clone, Copy)]
struct Users {
    /// The newest in the list.
    newest: u32,
    /// A bit for each that was seen: what finds its own bit clear is new, whoever the others are.
    seen: u32,
}

impl Users {
    const NOBODY: Self = Self {
        newest: NONE,
        seen: 0,
    };
    /// What a list that takes no more users has seen: so that whoever looks for something asks elsewhere.
    const FULL: u32 = u32::MAX;
    /// How many users are in such a list, at least.
    const MANY: u32 = 16;
}

impl Known {
    /// Forgets everything, and makes room for the instructions of a tape.
    pub(super) fn begin(&mut self, tape: &Tape) {
        let len = tape.len();
        for (list, len) in [
            (&mut self.inputs, tape.inputs.len()),
            (&mut self.parameters, tape.parameters.len()),
            (&mut self.before, len),
            (&mut self.table, 64),
        ] {
            list.clear();
            list.resize(len, NONE);
        }
        self.users.clear();
        self.users.resize(len, Users::NOBODY);
        self.count = 0;
    }

    /// Makes room for this slot.
    pub(super) fn reach(&mut self, slot: Slot) {
        if slot.index() >= self.users.len() {
            self.users.resize(slot.index() + 1, Users::NOBODY);
            self.before.resize(slot.index() + 1, NONE);
        }
    }

    /// The slot of `tape` that does the same, if there is one; if not, `slot` is known from now on.
    #[inline]
    pub(super) fn find(&mut self, tape: &Tape, commutative: CodeSet, slot: Slot) -> Option<Slot> {
        let key = Key::of(tape, slot, commutative);
        let Some(last) = key.last(tape) else {
            let variables = match key.code {
                Code::Input => &mut self.inputs,
                Code::Parameter => &mut self.parameters,
                _ => return self.find_by_hash(&key, tape, commutative, slot),
            };
            let known = &mut variables[key.args[2].index()];
            if *known == NONE {
                *known = slot.bits();
                return None;
            }
            return Some(Slot::from_bits(*known));
        };
        let mut users = self.users[last.index()];
        let bit = key.bit();
        if users.seen & bit != 0 {
            let (mut other, mut length) = (users.newest, 0);
            while other != NONE {
                let candidate = Slot::from_bits(other);
                if key.is_same(&Key::of(tape, candidate, commutative), tape) {
                    return Some(candidate);
                }
                other = self.before[other as usize];
                length += 1;
            }
            // Many users may have few bits between them.
            if length >= Users::MANY {
                users.seen = Users::FULL;
                self.users[last.index()].seen = Users::FULL;
            }
        }
        if users.seen == Users::FULL {
            return self.find_by_hash(&key, tape, commutative, slot);
        }
        self.before[slot.index()] = users.newest;
        self.users[last.index()] = Users {
            newest: slot.bits(),
            seen: users.seen | bit,
        };
        None
    }

    fn find_by_hash(
        &mut self,
        key: &Key,
        tape: &Tape,
        commutative: CodeSet,
        slot: Slot,
    ) -> Option<Slot> {
        // At most half of the places are taken.
        if 2 * (self.count + 1) > self.table.len() {
            let larger = vec![NONE; 4 * self.table.len()];
            let old = std::mem::replace(&mut self.table, larger);
            for other in old.into_iter().filter(|&other| other != NONE) {
                let key = Key::of(tape, Slot::from_bits(other), commutative);
                let mut place = self.first_place(&key, tape);
                while self.table[place] != NONE {
                    place = (place + 1) & (self.table.len() - 1);
                }
                self.table[place] = other;
            }
        }
        let mut place = self.first_place(key, tape);
        loop {
            let other = self.table[place];
            if other == NONE {
                self.table[place] = slot.bits();
                self.count += 1;
                return None;
            }
            let candidate = Slot::from_bits(other);
            if key.is_same(&Key::of(tape, candidate, commutative), tape) {
                return Some(candidate);
            }
            place = (place + 1) & (self.table.len() - 1);
        }
    }

    /// The high bits of a hash are the good ones.
    fn first_place(&self, key: &Key, tape: &Tape) -> usize {
        (key.hash(tape) >> (u64::BITS - self.table.len().trailing_zeros())) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All users of one slot that look alike to its bits: what is looked for among them does not take longer and longer.
    #[test]
    fn lists_stay_short() {
        let mut text = String::from("dagrad tape 1\n");
        for number in 0..9 {
            text += &format!("input[{number}] = feature\n");
        }
        for number in 0..9 {
            text += &format!("%{number} = input[{number}]\n");
        }
        let mut tape: Tape = text.parse().unwrap();
        let last = Slot::new(8);
        for number in 0..512 {
            let [a, b, c] = [number % 8, number / 8 % 8, number / 64].map(Slot::new);
            tape.push(Code::Mul, 0, &[a, b, c, last], 0);
        }
        let mut known = Known::default();
        known.begin(&tape);
        for slot in tape.slots() {
            assert_eq!(known.find(&tape, commutative(), slot), None);
            let again = known.find(&tape, commutative(), slot);
            assert_eq!(again, Some(slot), "what was seen is known");
        }
        let (mut listed, mut other) = (0, known.users[last.index()].newest);
        while other != NONE {
            listed += 1;
            other = known.before[other as usize];
        }
        assert!(listed <= 2 * Users::MANY, "{listed} in one list");
    }
}
