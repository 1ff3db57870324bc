//! Sets of codes, as one word.

use crate::instruction::Code;
use crate::tape::Tape;

/// A set of codes.
#[derive(Clone, Copy)]
pub(crate) struct CodeSet(u64);

impl CodeSet {
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

    /// Whether any instruction of `tape` has one of these codes.
    pub(crate) fn occurs_in(self, tape: &Tape) -> bool {
        tape.instructions.codes().any(|code| self.has(code))
    }
}

// A set is one word.
const _: () = assert!(Code::ALL.len() <= 64);
