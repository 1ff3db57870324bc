//! Sets of codes, as one word.

use crate::instruction::Code;
use crate::tape::Tape;

/// A set of codes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CodeSet(u64);

impl CodeSet {
    #[inline]
    pub(crate) fn insert(&mut self, code: Code) {
        self.0 |= 1 << code as u8;
    }

    /// Whether the two have a code in common.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What is in either.
    pub(crate) fn insert_all(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) const fn of(codes: &[Code]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < codes.len() {
            bits |= 1 << codes[at] as u8;
            at += 1;
        }
        Self(bits)
    }

    #[inline]
    pub(crate) fn has(self, code: Code) -> bool {
        self.0 >> code as u8 & 1 == 1
    }

    /// Whether an instruction of `tape` may have one of these codes.
    pub(crate) fn occurs_in(self, tape: &Tape) -> bool {
        self.meets(tape.instructions.seen())
    }
}

// A set is one word.
const _: () = assert!(Code::ALL.len() <= 64);
