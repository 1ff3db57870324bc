//! What a formula is printed from.

use crate::operator::Notation;

/// Values that formulas can be printed of: items by index, each after its operands. A graph in canonical
/// order is such a source, and so is whatever keeps its instructions in a list.
///
/// Every operand must have a smaller index than the item that uses it.
pub trait FormulaSource {
    /// The number of items.
    fn len(&self) -> usize;

    /// Whether there are no items.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What stands at this index.
    fn item(&self, index: usize) -> FormulaItem<'_>;

    /// How many operands the item has.
    fn operand_count(&self, index: usize) -> usize;

    /// The index of the item's operand at position `at`.
    fn operand(&self, index: usize, at: usize) -> usize;

    /// The name that the item was given, if any.
    fn name(&self, index: usize) -> Option<FormulaName<'_>>;
}

/// What a formula is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum FormulaItem<'s> {
    /// An input: without a name it is `x` and its position.
    Input {
        /// Its position among the inputs, as they were declared.
        position: usize,
    },
    /// A parameter: without a name it is `p` and its position.
    Parameter {
        /// Its position among the parameters, as they were declared.
        position: usize,
        /// Its value.
        value: f64,
    },
    /// A number.
    Constant(f64),
    /// An operation of its operands.
    Operation {
        /// What it is called where its notation does not fit the number of its operands.
        name: &'s str,
        /// How it is written.
        notation: Notation,
    },
    /// Something that is not computed yet, of its operands: a macro, by its name and configuration.
    Call(String),
    /// One of the several values of its operand, a call, by number; or, without a number, the only one.
    Port(Option<u32>),
    /// The value of its operand and nothing else.
    Alias,
}

/// The name of an item, and the path of the scope in which it is unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormulaName<'s> {
    /// The scope path: `hidden.0`, or the empty text.
    pub scope: &'s str,
    /// The name in this scope.
    pub name: &'s str,
}
