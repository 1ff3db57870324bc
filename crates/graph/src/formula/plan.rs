//! What a formula is made of: which items it needs, and which of them get a line of their own.

use super::form::{Form, Look, Style};
use super::source::FormulaSource;

/// How deep parentheses are nested at most before what is inside gets a line of its own, where values may
/// have lines of their own.
const DEEPEST: u32 = 16;

/// A formula, before anything has a name.
#[derive(Debug)]
pub(super) struct Plan {
    /// For each item up to the last root, the item whose text it has: itself, unless it is an alias.
    denoted: Vec<usize>,
    /// How often each item is written, or referred to; 0 for those that the formula does not need.
    uses: Vec<u32>,
    /// Which items have a line of their own.
    defined: Vec<bool>,
    /// How each item looks to its users.
    looks: Vec<Look>,
}

impl Plan {
    /// The plan of a formula of `roots`; with `sharing`, a value is written once and has a line of its
    /// own where it is used more often.
    pub(super) fn new(
        source: &impl FormulaSource,
        roots: &[usize],
        style: Style,
        sharing: bool,
    ) -> Self {
        let end = roots.iter().max().map_or(0, |last| last + 1);
        let mut denoted = Vec::with_capacity(end);
        for index in 0..end {
            denoted.push(match Form::of(source, index, style) {
                Form::Operand => denoted[source.operand(index, 0)],
                _ => index,
            });
        }
        let mut plan = Self {
            denoted,
            uses: vec![0; end],
            defined: vec![false; end],
            looks: vec![Look::NAME; end],
        };
        plan.count_uses(source, roots, style);
        plan.lay_out(source, roots, style, sharing);
        plan
    }

    /// Counts the uses of each item, users before operands.
    fn count_uses(&mut self, source: &impl FormulaSource, roots: &[usize], style: Style) {
        for &root in roots {
            let uses = &mut self.uses[self.denoted[root]];
            *uses = uses.saturating_add(1);
        }
        for index in (0..self.uses.len()).rev().filter(|&i| self.denoted[i] == i) {
            // What gets no line of its own is written with its operand wherever it is used.
            let times = match self.uses[index] {
                0 => continue,
                times if matches!(Form::of(source, index, style), Form::Port(_)) => times,
                _ => 1,
            };
            for at in 0..source.operand_count(index) {
                let uses = &mut self.uses[self.denoted[source.operand(index, at)]];
                *uses = uses.saturating_add(times);
            }
        }
    }

    /// Decides how each item looks and whether it has a line of its own, operands before users.
    fn lay_out(
        &mut self,
        source: &impl FormulaSource,
        roots: &[usize],
        style: Style,
        sharing: bool,
    ) {
        let mut is_root = vec![false; self.uses.len()];
        for &root in roots {
            is_root[self.denoted[root]] = true;
        }
        for (index, is_root) in is_root.into_iter().enumerate() {
            if !self.needs(index) {
                continue;
            }
            let form = Form::of(source, index, style);
            let operands = 0..source.operand_count(index);
            let looks = operands.map(|at| self.looks[self.operand(source, index, at)]);
            let look = form.look(looks, style);
            let too_deep = look.nesting >= DEEPEST && !is_root;
            self.defined[index] =
                sharing && form.is_worth_sharing() && (self.uses[index] > 1 || too_deep);
            self.looks[index] = if self.defined[index] {
                Look::NAME
            } else {
                look
            };
        }
    }

    /// The item whose text this one has.
    pub(super) fn denoted(&self, index: usize) -> usize {
        self.denoted[index]
    }

    /// The operand at position `at`, aliases read through.
    pub(super) fn operand(&self, source: &impl FormulaSource, index: usize, at: usize) -> usize {
        self.denoted[source.operand(index, at)]
    }

    /// How the item looks to its users.
    pub(super) fn look(&self, index: usize) -> Look {
        self.looks[index]
    }

    /// Whether the item has a line of its own.
    pub(super) fn defines(&self, index: usize) -> bool {
        self.defined[index]
    }

    fn needs(&self, index: usize) -> bool {
        self.uses[index] > 0
    }

    /// The items that are written or referred to, in order.
    pub(super) fn needed(&self) -> impl Iterator<Item = usize> {
        (0..self.uses.len()).filter(|&index| self.needs(index))
    }
}
