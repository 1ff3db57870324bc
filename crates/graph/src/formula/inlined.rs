//! Formulas without shared values, and how long they are.

use super::source::FormulaSource;
use super::write::{Formula, Text};
use std::fmt;

/// A formula in which every value is written out wherever it is used; its `Display` is the text. It refers
/// to nothing but leaves.
#[derive(Debug)]
pub struct Inlined<S>(Formula<S>);

impl<S: FormulaSource> Formula<S> {
    /// The formula with every shared value written out wherever it is used, if that takes no more than `limit`
    /// bytes. A value that uses the one before it twice, and so on, doubles the text every time; its length is
    /// computed beforehand, in time linear in the graph.
    ///
    /// # Errors
    /// Where the text would be longer.
    pub fn inlined(self, limit: usize) -> Result<Inlined<S>, FormulaTooLong> {
        let length = self.text(false).inlined_length();
        if length > limit as u64 {
            return Err(FormulaTooLong { length, limit });
        }
        Ok(Inlined(self))
    }
}

impl<S: FormulaSource> fmt::Display for Inlined<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.text(false).fmt(f)
    }
}

impl<S: FormulaSource> Text<'_, S> {
    /// The length in bytes of a text without lines for shared values, or 2⁶⁴ − 1 where it is greater.
    fn inlined_length(&self) -> u64 {
        let mut lengths: Vec<u64> = Vec::new();
        for index in self.plan.needed() {
            lengths.resize(index, 0);
            lengths.push(self.item_length(index, &lengths));
        }
        let mut length = Length::default();
        for (at, (root, start)) in self.roots().enumerate() {
            length.add(u64::from(at > 0));
            length.add(start.len() as u64);
            length.add(lengths.get(root).copied().unwrap_or_default());
        }
        length.0
    }

    /// The length of the item, given those of the items before it.
    fn item_length(&self, index: usize, lengths: &[u64]) -> u64 {
        let mut length = Length::default();
        if let Some(name) = self.name(index) {
            length.add(name.len() as u64);
            return length.0;
        }
        let form = self.form(index);
        let count = self.operand_count(index);
        // Adding up lengths cannot fail.
        for at in 0..count {
            let _ = form.write_before(at, &mut length);
            let (operand, is_enclosed) = self.operand(index, &form, at);
            length.add(lengths.get(operand).copied().unwrap_or_default());
            length.add(if is_enclosed { 2 } else { 0 });
        }
        let _ = form.write_after(count, &mut length);
        length.0
    }
}

/// The length of what is written to it, which ends at the greatest number.
#[derive(Default)]
struct Length(u64);

impl Length {
    fn add(&mut self, bytes: u64) {
        self.0 = self.0.saturating_add(bytes);
    }
}

impl fmt::Write for Length {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.len() as u64);
        Ok(())
    }
}

/// Written out, a formula would be longer than allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("inlined, the formula would take {}{length} bytes; the limit is {limit}", at_least(.length))]
pub struct FormulaTooLong {
    /// How many bytes it would take; [`u64::MAX`] where it is that many or more.
    pub length: u64,
    /// How many it may take.
    pub limit: usize,
}

fn at_least(length: &u64) -> &'static str {
    if *length == u64::MAX { "at least " } else { "" }
}
