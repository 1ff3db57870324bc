//! The instructions of a tape, in columns.
//!
//! Passes ask of operands, which lie anywhere, what they are and how often they are computed, and seldom more. So
//! that lies by itself, four times as densely as whole instructions would: on a large tape each such question waits
//! for memory.

use crate::codes::CodeSet;
use crate::instruction::{Class, Code, Instruction, Slot};

/// What an instruction is.
#[derive(Clone, Copy, Debug)]
struct Head {
    code: Code,
    class: Class,
    inline: u16,
}

/// Instructions by slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Instructions {
    heads: Vec<Head>,
    args: Vec<[Slot; 3]>,
    /// Every code that there is, or was.
    seen: CodeSet,
}

impl Instructions {
    /// How many bytes an instruction takes.
    pub(crate) const BYTES: usize = size_of::<Head>() + size_of::<[Slot; 3]>();

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            heads: Vec::with_capacity(capacity),
            args: Vec::with_capacity(capacity),
            seen: CodeSet::default(),
        }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.heads.len()
    }

    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Instruction {
        let Head {
            code,
            class,
            inline,
        } = self.heads[slot.index()];
        let args = self.args[slot.index()];
        Instruction {
            code,
            class,
            inline,
            args,
        }
    }

    #[inline]
    pub(crate) fn code(&self, slot: Slot) -> Code {
        self.heads[slot.index()].code
    }

    #[inline]
    pub(crate) fn class(&self, slot: Slot) -> Class {
        self.heads[slot.index()].class
    }

    /// The number of operands among the args, or [`POOLED`](crate::instruction::POOLED).
    #[inline]
    pub(crate) fn inline(&self, slot: Slot) -> u16 {
        self.heads[slot.index()].inline
    }

    #[inline]
    pub(crate) fn args(&self, slot: Slot) -> &[Slot; 3] {
        &self.args[slot.index()]
    }

    #[inline]
    pub(crate) fn args_mut(&mut self, slot: Slot) -> &mut [Slot; 3] {
        &mut self.args[slot.index()]
    }

    /// Every code that is here, and maybe others that are not any more.
    pub(crate) fn seen(&self) -> CodeSet {
        self.seen
    }

    /// The codes, by slot.
    pub(crate) fn codes(&self) -> impl ExactSizeIterator<Item = Code> {
        self.heads.iter().map(|head| head.code)
    }

    #[inline]
    pub(crate) fn push(&mut self, instruction: Instruction) {
        let Instruction {
            code,
            class,
            inline,
            args,
        } = instruction;
        self.seen.insert(code);
        self.heads.push(Head {
            code,
            class,
            inline,
        });
        self.args.push(args);
    }

    /// Puts the instruction of one slot into another.
    pub(crate) fn copy_to(&mut self, from: Slot, to: Slot) {
        self.heads[to.index()] = self.heads[from.index()];
        self.args[to.index()] = self.args[from.index()];
    }

    /// Changes what fills a slot.
    #[cfg(test)]
    pub(crate) fn change(&mut self, slot: usize, change: impl FnOnce(&mut Instruction)) {
        let mut instruction = self.get(Slot::new(slot));
        change(&mut instruction);
        let Instruction {
            code,
            class,
            inline,
            args,
        } = instruction;
        self.heads[slot] = Head {
            code,
            class,
            inline,
        };
        self.args[slot] = args;
        self.seen.insert(code);
    }

    /// Adds the first `count` of another tape's.
    pub(crate) fn extend_from_first(&mut self, other: &Self, count: usize) {
        self.seen.insert_all(other.seen);
        self.heads.extend_from_slice(&other.heads[..count]);
        self.args.extend_from_slice(&other.args[..count]);
    }

    pub(crate) fn reserve(&mut self, more: usize) {
        self.heads.reserve(more);
        self.args.reserve(more);
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.heads.truncate(len);
        self.args.truncate(len);
    }

    pub(crate) fn clear(&mut self) {
        self.truncate(0);
        self.seen = CodeSet::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passes are bound by memory, and a tape has a dozen instructions for each node of a trained graph.
    #[test]
    fn an_instruction_is_sixteen_bytes() {
        assert_eq!(Instructions::BYTES, 16);
    }
}
