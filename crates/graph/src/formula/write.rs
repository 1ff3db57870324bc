//! Formulas and their text.

use super::form::{Form, Style};
use super::names::{FormulaNames, identifier};
use super::plan::Plan;
use super::source::FormulaSource;
use std::fmt::{self, Write as _};

/// Values as mathematics to read; its `Display` is the text.
///
/// ```text
/// v·h0 + c·h0
/// where h0 = tanh(w·x + b)
/// ```
///
/// Made by [`Graph::formula`](crate::Graph::formula) and
/// [`Graph::formula_of_output`](crate::Graph::formula_of_output), or from any other source.
///
/// **Lines.** First stands the value itself; a list has a line for each of its values, `probs[0] = …`. Then
/// comes a line for each value that is used more than once, by its own name or as `h0`, `h1` …, each after
/// all that it uses. So the text is linear in the graph, and evaluating it takes one assignment a line, in
/// order, then the values. Leaves are not worth a line, and aliases are read through. What stands in sixteen
/// pairs of parentheses is given a line too. [`inlined`](Self::inlined) gives a formula of one line.
///
/// **Parentheses** stand where the text would otherwise mean something else, `a - (b - c)`, and where two
/// symbols would stand side by side: `a - (-2)`, `x^(-1)`. A sum within a sum keeps those that its rounding
/// depends on: `a + (b + c)`. As in mathematics, `-x^2` is `-(x^2)` and `a^b^c` is `a^(b^c)`. Since programs disagree
/// about both, [text for a program](Self::ascii) writes the parentheses.
///
/// **Numbers** are the shortest decimals that read back to the same float, `inf`, or `nan`.
///
/// **Names.** A leaf goes by its own name, or where the formula names several things alike, by its scope path
/// and its name: `hidden_0_w`. Whatever is no letter, digit or `_` becomes `_`. Unnamed inputs are `x0`, `x1` …
/// and unnamed parameters `p0`, `p1` …, by their declared position; unnamed constants are numbers. Where a
/// name is taken, by another value, a function of the formula, or the formula's own `where`, `inf` and `nan`, it is
/// numbered: `x0_2`. Names that need no change come first, those of leaves before others.
/// [`variables`](Self::variables) tells which node goes by which name.
///
/// **Macros** that are not expanded are functions of their operands, `linear[3](x0, x1)`, and a dot says which of
/// several values is meant: `hidden.0`.
#[derive(Debug)]
pub struct Formula<S> {
    source: S,
    /// What the values are called together, where there are several.
    label: Option<String>,
    /// Indices of the source.
    roots: Vec<usize>,
    style: Style,
}

impl<S: FormulaSource> Formula<S> {
    /// The formula of the item at `index`; none where the source has no such item.
    #[must_use]
    pub fn new(source: S, index: usize) -> Option<Self> {
        (index < source.len()).then(|| Self::of_valid(source, None, vec![index]))
    }

    /// The formulas of several items, as the list called `label`; none where the source has not all of
    /// them.
    #[must_use]
    pub fn of_list(source: S, label: &str, indices: &[usize]) -> Option<Self> {
        let are_there = indices.iter().all(|&index| index < source.len());
        are_there.then(|| Self::of_valid(source, Some(label.to_owned()), indices.to_vec()))
    }

    /// The formula of `roots`, which are indices of the source.
    pub(super) fn of_valid(source: S, label: Option<String>, roots: Vec<usize>) -> Self {
        Self {
            source,
            label,
            roots,
            style: Style::default(),
        }
    }

    /// With the values of parameters and constants in place of their names: `0.1 + 0.2`.
    #[must_use]
    pub fn numbers(mut self) -> Self {
        self.style.numbers = true;
        self
    }

    /// With `*` for a product, names of ASCII letters, and a pair of parentheses wherever programs are known
    /// to disagree about precedence, which is `-(x^2)` and `a^(b^c)`: text for a program to evaluate.
    #[must_use]
    pub fn ascii(mut self) -> Self {
        self.style.ascii = true;
        self
    }

    pub(super) fn source(&self) -> &S {
        &self.source
    }

    /// The leaves that go by a name, and their names.
    pub(super) fn leaves(&self) -> Vec<(usize, String)> {
        let text = self.text(true);
        let leaf = |index: usize| match text.plan.defines(index) {
            true => None,
            false => Some((index, text.names.get(index)?.to_owned())),
        };
        text.plan.needed().filter_map(leaf).collect()
    }

    /// Everything that writing takes.
    pub(super) fn text(&self, sharing: bool) -> Text<'_, S> {
        let plan = Plan::new(&self.source, &self.roots, self.style, sharing);
        let names = FormulaNames::new(&self.source, &plan, self.style);
        Text {
            formula: self,
            plan,
            names,
        }
    }
}

impl<S: FormulaSource> fmt::Display for Formula<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text(true).fmt(f)
    }
}

/// A formula about to be written.
pub(super) struct Text<'f, S> {
    formula: &'f Formula<S>,
    pub(super) plan: Plan,
    names: FormulaNames,
}

impl<S: FormulaSource> Text<'_, S> {
    /// The indices of the values, aliases read through, and what stands before each.
    pub(super) fn roots(&self) -> impl Iterator<Item = (usize, String)> {
        let Formula {
            label,
            roots,
            style,
            ..
        } = self.formula;
        let label = label.as_deref().map(|label| identifier(label, *style));
        roots.iter().enumerate().map(move |(at, &root)| {
            let start = match &label {
                Some(label) => format!("{label}[{at}] = "),
                None => String::new(),
            };
            (self.plan.denoted(root), start)
        })
    }

    /// The item's name, where it goes by one.
    pub(super) fn name(&self, index: usize) -> Option<&str> {
        self.names.get(index)
    }

    /// How the item is written.
    pub(super) fn form(&self, index: usize) -> Form {
        Form::of(&self.formula.source, index, self.formula.style)
    }

    /// How many operands the item has.
    pub(super) fn operand_count(&self, index: usize) -> usize {
        self.formula.source.operand_count(index)
    }

    /// The operand of the item at position `at`, and whether it needs parentheses.
    pub(super) fn operand(&self, index: usize, form: &Form, at: usize) -> (usize, bool) {
        let Formula { source, style, .. } = self.formula;
        let operand = self.plan.operand(source, index, at);
        let count = source.operand_count(index);
        let look = self.plan.look(operand);
        (operand, form.parenthesises(at, count, look, *style))
    }

    /// Writes the item by its name or, without one, in full.
    fn write(&self, index: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name(index) {
            Some(name) => f.write_str(name),
            None => self.write_in_full(index, f),
        }
    }

    /// Writes what the item is. The stack holds, for each item on the way down, how many of its operands
    /// were written.
    fn write_in_full(&self, index: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let begun = |index, is_enclosed| Begun {
            index,
            form: self.form(index),
            count: self.operand_count(index),
            written: 0,
            is_enclosed,
        };
        let mut stack = vec![begun(index, false)];
        while let Some(top) = stack.last_mut() {
            if top.written == top.count {
                top.form.write_after(top.count, f)?;
                if top.is_enclosed {
                    f.write_char(')')?;
                }
                stack.pop();
                continue;
            }
            let at = top.written;
            top.written += 1;
            top.form.write_before(at, f)?;
            let (operand, is_enclosed) = self.operand(top.index, &top.form, at);
            if is_enclosed {
                f.write_char('(')?;
            }
            match self.name(operand) {
                // A name is never enclosed.
                Some(name) => f.write_str(name)?,
                None => stack.push(begun(operand, is_enclosed)),
            }
        }
        Ok(())
    }
}

/// An item of which some operands are written.
struct Begun {
    index: usize,
    form: Form,
    count: usize,
    written: usize,
    is_enclosed: bool,
}

impl<S: FormulaSource> fmt::Display for Text<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (root, start)) in self.roots().enumerate() {
            let line_break = if at == 0 { "" } else { "\n" };
            write!(f, "{line_break}{start}")?;
            self.write(root, f)?;
        }
        let defined = self.plan.needed().filter(|&index| self.plan.defines(index));
        for index in defined {
            write!(f, "\nwhere {} = ", self.name(index).unwrap_or_default())?;
            self.write_in_full(index, f)?;
        }
        Ok(())
    }
}
