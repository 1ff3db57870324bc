//! The names of a formula: of its leaves, and of the values that have a line of their own.

use super::form::{Form, Style};
use super::plan::Plan;
use super::source::{FormulaItem, FormulaName, FormulaSource};
use crate::names::full_name;
use std::collections::{HashMap, HashSet};

/// Words that formulas use themselves.
const TAKEN: [&str; 3] = ["where", "inf", "nan"];

/// The name of each item that goes by one.
#[derive(Debug)]
pub(super) struct FormulaNames {
    by_index: Vec<Option<String>>,
}

/// An item that wants a name.
struct Wish {
    index: usize,
    name: String,
    rank: Rank,
}

/// Who is asked first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A leaf whose given name can stay as it is.
    GivenLeaf,
    /// Another value whose given name can stay as it is.
    GivenValue,
    /// A name that had to be changed.
    Changed,
    /// No name was given, but the position makes one.
    Position,
}

impl FormulaNames {
    pub(super) fn new(source: &impl FormulaSource, plan: &Plan, style: Style) -> Self {
        let mut taken = Taken::default();
        let mut named = Vec::new();
        for index in plan.needed() {
            match Form::of(source, index, style) {
                Form::Call(function) => {
                    taken.words.insert(function);
                    if plan.defines(index) {
                        named.push(index);
                    }
                }
                Form::Name => named.push(index),
                Form::Infix { .. } | Form::Prefix { .. } | Form::Power(_) => {
                    if plan.defines(index) {
                        named.push(index);
                    }
                }
                Form::Number(_) | Form::Port(_) | Form::Operand => {}
            }
        }
        let mut holders: HashMap<&str, usize> = HashMap::new();
        for name in named.iter().filter_map(|&index| source.name(index)) {
            *holders.entry(name.name).or_default() += 1;
        }
        let is_ambiguous = |name: &str| holders.get(name).is_some_and(|&count| count > 1);

        let (mut wishes, mut nameless) = (Vec::new(), Vec::new());
        for index in named {
            let given = source.name(index);
            match wish(index, given, &source.item(index), is_ambiguous, style) {
                Some(wish) => wishes.push(wish),
                None => nameless.push(index),
            }
        }
        wishes.sort_by_key(|wish| wish.rank);

        let last = plan.needed().last().map_or(0, |last| last + 1);
        let mut by_index = vec![None; last];
        for Wish { index, name, .. } in wishes {
            by_index[index] = Some(taken.free_numbered(name));
        }
        let mut number = 0_u64;
        for index in nameless {
            by_index[index] = Some(taken.free_counted("h", &mut number));
        }
        Self { by_index }
    }

    /// The name of this item, if it goes by one.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        self.by_index.get(index)?.as_deref()
    }
}

/// What this item wants to be called; none where any name will do.
fn wish(
    index: usize,
    given: Option<FormulaName<'_>>,
    item: &FormulaItem<'_>,
    is_ambiguous: impl Fn(&str) -> bool,
    style: Style,
) -> Option<Wish> {
    let is_leaf = match item {
        FormulaItem::Input { .. } | FormulaItem::Parameter { .. } | FormulaItem::Constant(_) => {
            true
        }
        FormulaItem::Operation { .. }
        | FormulaItem::Call(_)
        | FormulaItem::Port(_)
        | FormulaItem::Alias => false,
    };
    let (name, rank) = match (given, item) {
        (Some(FormulaName { scope, name }), _) => {
            let full = if is_ambiguous(name) {
                full_name(scope, name)
            } else {
                name.to_owned()
            };
            let readable = identifier(&full, style);
            let rank = match (readable == full, is_leaf) {
                (true, true) => Rank::GivenLeaf,
                (true, false) => Rank::GivenValue,
                (false, _) => Rank::Changed,
            };
            (readable, rank)
        }
        (None, FormulaItem::Input { position }) => (format!("x{position}"), Rank::Position),
        (None, FormulaItem::Parameter { position, .. }) => (format!("p{position}"), Rank::Position),
        (
            None,
            FormulaItem::Constant(_)
            | FormulaItem::Operation { .. }
            | FormulaItem::Call(_)
            | FormulaItem::Port(_)
            | FormulaItem::Alias,
        ) => return None,
    };
    Some(Wish { index, name, rank })
}

/// The text with `_` for whatever is no letter, digit or `_`, and before a digit that would stand first.
pub(super) fn identifier(text: &str, style: Style) -> String {
    let is_letter = |c: char| match style.ascii {
        true => c.is_ascii_alphabetic(),
        false => c.is_alphabetic(),
    };
    let mut name = String::with_capacity(text.len());
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        name.push('_');
    }
    name.extend(text.chars().map(|c| {
        if is_letter(c) || c.is_ascii_digit() {
            c
        } else {
            '_'
        }
    }));
    name
}

/// The names that are in use.
struct Taken {
    words: HashSet<String>,
    /// The number that was given last after each name that was wanted again.
    numbers: HashMap<String, u64>,
}

impl Default for Taken {
    fn default() -> Self {
        Self {
            words: TAKEN.map(str::to_owned).into(),
            numbers: HashMap::new(),
        }
    }
}

impl Taken {
    /// `name`, or `name_2`, `name_3` … where it is taken.
    fn free_numbered(&mut self, name: String) -> String {
        if self.words.insert(name.clone()) {
            return name;
        }
        let mut number = self.numbers.get(&name).copied().unwrap_or(1);
        loop {
            number += 1;
            let numbered = format!("{name}_{number}");
            if self.words.insert(numbered.clone()) {
                self.numbers.insert(name, number);
                return numbered;
            }
        }
    }

    /// `h0`, `h1` … from `number` on, which becomes the next.
    fn free_counted(&mut self, letter: &str, number: &mut u64) -> String {
        loop {
            let name = format!("{letter}{number}");
            *number += 1;
            if self.words.insert(name.clone()) {
                return name;
            }
        }
    }
}
