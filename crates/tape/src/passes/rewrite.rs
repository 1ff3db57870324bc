//! What every pass needs: a tape that is read, one that is written, and where each slot went.
//!
//! A pass goes through the slots in order. What an instruction's operands have become is known when its
//! turn comes, so one walk is enough, and nothing recurses. The memory of the tape that was read is used
//! again for the tape that the next pass writes.

use super::common::Known;
use super::sums::Taken;
use crate::codes::CodeSet;
use crate::instruction::{Class, Code, Instruction, POOLED, Slot};
use crate::instructions::Instructions;
use crate::tape::Tape;
use std::borrow::Borrow;

/// What a pass made: the tape, and how many instructions it changed, merged or removed.
pub(super) type Rewritten = (Tape, usize);

/// Memory that passes hand on to each other. What is in it means nothing.
#[derive(Default)]
pub(super) struct Scratch {
    instructions: Instructions,
    pool: Vec<Slot>,
    scope_of: Vec<u32>,
    map: Vec<Slot>,
    operands: Vec<Slot>,
    /// The number of uses of each slot: see [`uses_of`](Self::uses_of).
    uses: Vec<u32>,
    /// Whether these are the uses in the tape as it is.
    is_counted: bool,
    /// What [`common`](super::common) has seen.
    pub(super) known: Known,
    /// What [`sums`](super::sums) takes.
    pub(super) taken: Taken,
    /// A mark for each slot, for the pass to define.
    pub(super) marks: Vec<bool>,
}

impl Scratch {
    /// The number of uses of each slot. An output counts as many, so that what has one use is nobody else's. Passes
    /// that only ask leave them to the next one.
    pub(super) fn uses_of(&mut self, tape: &Tape) -> Vec<u32> {
        let mut uses = std::mem::take(&mut self.uses);
        if !std::mem::replace(&mut self.is_counted, true) {
            count_uses(tape, &mut uses);
        }
        uses
    }

    /// Keeps what [`uses_of`](Self::uses_of) gave.
    pub(super) fn keep_uses(&mut self, uses: Vec<u32>) {
        self.uses = uses;
    }

    /// Keeps the number of uses of each slot of the tape as it is.
    pub(super) fn keep_counted(&mut self, uses: Vec<u32>) {
        self.uses = uses;
        self.is_counted = true;
    }

    /// A list of numbers, one for each slot, all zero: the memory of the uses, for a pass to keep in their place.
    pub(super) fn numbers(&mut self, tape: &Tape) -> Vec<u32> {
        self.is_counted = false;
        let mut numbers = std::mem::take(&mut self.uses);
        numbers.clear();
        numbers.resize(tape.len(), 0);
        numbers
    }

    /// Keeps the memory of a tape that is not needed any more.
    fn keep(&mut self, tape: Tape) {
        (self.instructions, self.pool, self.scope_of) =
            (tape.instructions, tape.pool, tape.scope_of);
    }
}

/// A tape that is read: one that nobody needs any more, or somebody else's.
pub(super) trait Source: Borrow<Tape> {
    /// A tape without instructions that has its inputs, parameters, outputs and scopes.
    fn tables(&mut self) -> Tape;

    /// The slots that have a name.
    fn names(&mut self) -> Vec<(Slot, String)>;

    /// Hands its memory on.
    fn keep(self, scratch: &mut Scratch);
}

impl Source for Tape {
    fn tables(&mut self) -> Tape {
        Tape {
            instructions: Instructions::default(),
            pool: Vec::new(),
            calls: std::mem::take(&mut self.calls),
            inputs: std::mem::take(&mut self.inputs),
            parameters: std::mem::take(&mut self.parameters),
            outputs: std::mem::take(&mut self.outputs),
            scopes: std::mem::take(&mut self.scopes),
            scope_of: Vec::new(),
            names: Vec::new(),
        }
    }

    fn names(&mut self) -> Vec<(Slot, String)> {
        std::mem::take(&mut self.names)
    }

    fn keep(self, scratch: &mut Scratch) {
        scratch.keep(self);
    }
}

impl Source for &Tape {
    fn tables(&mut self) -> Tape {
        Tape {
            instructions: Instructions::default(),
            pool: Vec::new(),
            calls: self.calls.clone(),
            inputs: self.inputs.clone(),
            parameters: self.parameters.clone(),
            outputs: self.outputs.clone(),
            scopes: self.scopes.clone(),
            scope_of: Vec::new(),
            names: Vec::new(),
        }
    }

    fn names(&mut self) -> Vec<(Slot, String)> {
        self.names.clone()
    }

    fn keep(self, _: &mut Scratch) {}
}

/// A tape being rewritten.
pub(super) struct Rewrite<T = Tape> {
    /// The tape that is read. Its inputs, parameters, calls and scopes may have moved to the other.
    pub(super) from: T,
    /// The tape that is written.
    pub(super) to: Tape,
    /// Where each slot of `from` went, of those that were visited.
    map: Vec<Slot>,
    /// Whether a slot went to one that depends on less.
    lowered: bool,
    /// How much was changed.
    pub(super) changed: usize,
}

/// Where slots go that are left out.
const NOWHERE: u32 = u32::MAX;

impl<T: Source> Rewrite<T> {
    /// Begins with the first `kept` slots as they are.
    pub(super) fn after(kept: usize, mut from: T, scratch: &mut Scratch) -> Self {
        let mut to = Tape {
            instructions: std::mem::take(&mut scratch.instructions),
            pool: std::mem::take(&mut scratch.pool),
            scope_of: std::mem::take(&mut scratch.scope_of),
            ..from.tables()
        };
        let tape: &Tape = from.borrow();
        to.instructions.clear();
        to.instructions.reserve(tape.len());
        to.pool.clear();
        to.pool.reserve(tape.pool.len());
        to.scope_of.clear();
        to.scope_of.reserve(tape.scope_of.len());
        let mut map = std::mem::take(&mut scratch.map);
        map.clear();
        map.reserve(tape.len());
        // Longer lists of operands stand in the pool in the order of their instructions.
        let is_pooled = |slot: &Slot| tape.instructions.inline(*slot) == POOLED;
        let last = (0..kept).rev().map(Slot::new).find(is_pooled);
        let pooled = last.map_or(0, |last| {
            let [start, len, _] = *tape.instructions.args(last);
            start.index() + len.index()
        });
        to.instructions.extend_from_first(&tape.instructions, kept);
        to.pool.extend_from_slice(&tape.pool[..pooled]);
        to.scope_of.extend_from_slice(&tape.scope_of[..kept]);
        map.extend((0..kept).map(Slot::new));
        Self {
            from,
            to,
            map,
            lowered: false,
            changed: 0,
        }
    }

    /// The slots that were not visited.
    pub(super) fn rest(&self) -> impl Iterator<Item = Slot> + use<T> {
        (self.map.len()..self.from.borrow().len()).map(Slot::new)
    }

    /// Where `slot`, which was visited, went.
    #[inline]
    pub(super) fn at(&self, slot: Slot) -> Slot {
        self.map[slot.index()]
    }

    /// Says where the next slot went.
    #[inline]
    pub(super) fn goes_to(&mut self, slot: Slot) {
        let class = self.from.borrow().class(Slot::new(self.map.len()));
        self.lowered |= self.to.class(slot) != class;
        self.map.push(slot);
    }

    /// Leaves the next slot out. Nothing may use it.
    #[inline]
    pub(super) fn leave_out(&mut self) {
        self.map.push(Slot::from_bits(NOWHERE));
    }

    /// Adds what fills `slot`, with its operands where they went, to the new tape: for the next slot to go there, or
    /// to be [taken back](Self::take_back).
    ///
    /// What is written piece by piece and then read as a whole waits for the processor's store buffer, so that pieces
    /// go from where they lie to where they will.
    #[inline]
    pub(super) fn add_moved(&mut self, slot: Slot) -> Slot {
        match self.from.borrow().instructions.inline(slot) {
            POOLED => self.add_pooled(slot),
            count => self.add_inline(slot, count),
        }
    }

    #[inline]
    fn add_inline(&mut self, slot: Slot, count: u16) -> Slot {
        let from: &Tape = self.from.borrow();
        let (code, class) = (from.code(slot), from.class(slot));
        let [a, b, c] = *from.instructions.args(slot);
        let scope = from.scope_of[slot.index()];
        if count == 0 {
            return self.to.push_parts(code, class, 0, [a, b, c], scope);
        }
        // What is no operand is looked up all the same, in place of a branch for each number of operands,
        // which the processor could not foresee.
        let (has_second, has_third) = (count > 1, count > 2);
        let (second, third) = (
            if has_second { b } else { a },
            if has_third { c } else { a },
        );
        let (first, second, third) = (self.at(a), self.at(second), self.at(third));
        // An operand may have turned out to depend on less.
        let class_of = |slot: Slot| self.to.class(slot);
        let class = if self.lowered {
            code.class(class_of(first).join(class_of(second)).join(class_of(third)))
        } else {
            class
        };
        let args = [
            first,
            if has_second { second } else { b },
            if has_third { third } else { c },
        ];
        self.to.push_parts(code, class, count, args, scope)
    }

    fn add_pooled(&mut self, slot: Slot) -> Slot {
        let from: &Tape = self.from.borrow();
        let (code, scope) = (from.code(slot), from.scope_of[slot.index()]);
        let [_, len, payload] = *from.instructions.args(slot);
        let new = Slot::new(self.to.pool.len());
        let map = &self.map;
        let operands = from.operands(slot).iter();
        self.to
            .pool
            .extend(operands.map(|operand| map[operand.index()]));
        let mut class = from.class(slot);
        if self.lowered {
            let classes = self.to.pool[new.index()..].iter();
            let classes = classes.map(|&operand| self.to.class(operand));
            class = code.class(classes.fold(Class::Constant, Class::join));
        }
        let args = [new, len, payload];
        self.to.push_parts(code, class, POOLED, args, scope)
    }

    /// Takes back what [`add_moved`](Self::add_moved) added last; the pool ended at `pooled` before.
    #[inline]
    pub(super) fn take_back(&mut self, added: Slot, pooled: usize) {
        self.to.instructions.truncate(added.index());
        self.to.scope_of.truncate(added.index());
        self.to.pool.truncate(pooled);
    }

    /// Says that the next slot went to what [`add_moved`](Self::add_moved) added for it.
    #[inline]
    pub(super) fn goes_to_own(&mut self, added: Slot) {
        if self.lowered {
            self.goes_to(added);
        } else {
            self.map.push(added);
        }
    }

    /// What `slot`, the next one, is the mean of, where that turned out not to depend on the sample: its own mean.
    #[inline]
    pub(super) fn own_mean(&self, slot: Slot) -> Option<Slot> {
        let from: &Tape = self.from.borrow();
        if !self.lowered || from.code(slot) != Code::Mean {
            return None;
        }
        let operand = self.at(*from.operands(slot).first()?);
        self.to.class(operand).is_per_run().then_some(operand)
    }

    /// Copies what fills `slot`, the next one.
    #[inline]
    pub(super) fn copy(&mut self, slot: Slot) {
        if let Some(operand) = self.own_mean(slot) {
            self.changed += 1;
            self.goes_to(operand);
        } else {
            let added = self.add_moved(slot);
            self.goes_to_own(added);
        }
    }

    /// The new tape.
    pub(super) fn finish(mut self, scratch: &mut Scratch) -> Rewritten {
        let mut to = self.to;
        for slot in to.outputs.iter_mut().flat_map(|output| &mut output.slots) {
            *slot = self.map[slot.index()];
        }
        to.names = self.from.names();
        let instructions = &to.instructions;
        to.names.retain_mut(|(slot, _)| {
            *slot = self.map[slot.index()];
            // Inputs and parameters have their names elsewhere.
            slot.bits() != NOWHERE && instructions.get(*slot).variable().is_none()
        });
        if !to.names.is_sorted_by(|(a, _), (b, _)| a < b) {
            // Of several names of one slot the first stays.
            to.names.sort_by_key(|(slot, _)| *slot);
            to.names.dedup_by_key(|(slot, _)| *slot);
        }
        scratch.map = self.map;
        scratch.is_counted = false;
        self.from.keep(scratch);
        debug_assert_eq!(to.verify(), Ok(()));
        (to, self.changed)
    }
}

/// An instruction that a rule looks at.
pub(super) struct Seen<'a> {
    pub(super) from: &'a Tape,
    /// Its slot in `from`.
    pub(super) slot: Slot,
    pub(super) code: Code,
    pub(super) payload: u32,
    /// Its operands, in the tape that is written.
    pub(super) operands: &'a [Slot],
    pub(super) scope: u32,
}

/// Which instructions a rule may change. What these leave out costs little.
pub(super) struct Filter<F> {
    /// Instructions of these codes,
    pub(super) codes: CodeSet,
    /// where operands of these codes matter,
    pub(super) operands: CodeSet,
    /// if this holds of an instruction and its operands, given for each slot whether it matters.
    pub(super) may: F,
}

impl Filter<fn(&Instruction, &[Slot], &[bool]) -> bool> {
    /// All instructions of these codes.
    pub(super) fn codes(codes: CodeSet) -> Self {
        Self {
            codes,
            operands: CodeSet::of(&[]),
            may: |_, _, _| true,
        }
    }
}

impl<F: Fn(&Instruction, &[Slot], &[bool]) -> bool> Filter<F> {
    #[inline]
    fn passes(&self, tape: &Tape, slot: Slot, matters: &[bool]) -> bool {
        self.codes.has(tape.code(slot))
            && (self.may)(&tape.instruction(slot), tape.operands(slot), matters)
    }
}

/// Whether any operand matters.
#[inline]
pub(super) fn any(operands: &[Slot], matters: &[bool]) -> bool {
    operands.iter().any(|operand| matters[operand.index()])
}

/// Rewrites instructions one by one: `rule` gives the slot that has the same value in the tape that is written,
/// to which it may add, or none where the instruction stays as it is.
pub(super) fn peephole<F: Fn(&Instruction, &[Slot], &[bool]) -> bool>(
    tape: Tape,
    scratch: &mut Scratch,
    filter: &Filter<F>,
    mut rule: impl FnMut(&mut Tape, &Seen<'_>) -> Option<Slot>,
) -> Rewritten {
    if !filter.codes.occurs_in(&tape) {
        return (tape, 0);
    }
    let mut matters = std::mem::take(&mut scratch.marks);
    matters.clear();
    let codes = tape.instructions.codes();
    matters.extend(codes.map(|code| filter.operands.has(code)));
    let first = tape
        .slots()
        .find(|&slot| filter.passes(&tape, slot, &matters));
    let Some(first) = first else {
        scratch.marks = matters;
        return (tape, 0);
    };
    let mut operands = std::mem::take(&mut scratch.operands);
    let mut rewrite = Rewrite::after(first.index(), tape, scratch);
    for slot in rewrite.rest() {
        if !filter.passes(&rewrite.from, slot, &matters) {
            rewrite.copy(slot);
            continue;
        }
        operands.clear();
        let old = rewrite.from.operands(slot).iter();
        operands.extend(old.map(|&operand| rewrite.map[operand.index()]));
        let instruction = rewrite.from.instruction(slot);
        let seen = Seen {
            from: &rewrite.from,
            slot,
            code: instruction.code,
            payload: instruction.payload(),
            operands: &operands,
            scope: rewrite.from.scope_of[slot.index()],
        };
        if let Some(instead) = rule(&mut rewrite.to, &seen) {
            rewrite.changed += 1;
            rewrite.goes_to(instead);
            // It may be the same as another operand now, so that whoever uses it is looked at.
            matters[slot.index()] = true;
        } else {
            rewrite.copy(slot);
        }
    }
    (scratch.operands, scratch.marks) = (operands, matters);
    rewrite.finish(scratch)
}

/// Counts the uses of each slot.
fn count_uses(tape: &Tape, uses: &mut Vec<u32>) {
    uses.clear();
    uses.resize(tape.len(), 0);
    for slot in tape.slots() {
        for operand in tape.operands(slot) {
            uses[operand.index()] += 1;
        }
    }
    for slot in tape.outputs.iter().flat_map(|output| &output.slots) {
        uses[slot.index()] += 2;
    }
}

impl Tape {
    /// The constant in `slot`.
    #[inline]
    pub(super) fn constant(&self, slot: Slot) -> Option<f64> {
        (self.code(slot) == Code::Constant)
            .then(|| self.instruction(slot).constant())
            .flatten()
    }

    /// Whether `slot` has a constant with these bits.
    #[inline]
    pub(super) fn is_constant(&self, slot: Slot, value: f64) -> bool {
        self.constant(slot)
            .is_some_and(|constant| constant.to_bits() == value.to_bits())
    }

    /// The only operand of `slot`, if its code is `code`.
    #[inline]
    pub(super) fn under(&self, code: Code, slot: Slot) -> Option<Slot> {
        match (self.code(slot) == code, self.operands(slot)) {
            (true, &[operand]) => Some(operand),
            (true | false, _) => None,
        }
    }
}
