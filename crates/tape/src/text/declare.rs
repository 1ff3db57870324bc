//! Reading the lines that declare inputs and parameters.

use super::problem::TapeProblem;
use super::run::{self, Numbered};
use crate::tape::{Input, InputKind, Tape};
use dagrad_graph::syntax::Cursor;

/// Reads declarations into a tape.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    /// How many names and inputs the runs have stood for.
    claimed: usize,
}

/// The names of a line.
enum Names {
    None,
    One(String),
    Run(String, u64),
}

impl Declarations {
    /// What follows `input`.
    pub(super) fn input(
        &mut self,
        tape: &mut Tape,
        line: &mut Cursor<'_>,
    ) -> Result<(), TapeProblem> {
        let start = line.start();
        let count = numbers(line, "input", tape.inputs.len())?;
        line.expect("=")?;
        let at = line.start();
        let kind = match line.word("`feature`, `target`, `seed` or `direction`")? {
            "feature" => InputKind::Feature,
            "target" => InputKind::Target,
            "seed" => InputKind::Seed,
            "direction" => InputKind::Direction,
            _ => {
                line.back_to(at);
                return Err(line
                    .expected("`feature`, `target`, `seed` or `direction`")
                    .into());
            }
        };
        let names = names(line, count)?;
        self.claim(line, start, count)?;
        let name = |number| match &names {
            Names::None => String::new(),
            Names::One(name) => name.clone(),
            Names::Run(stem, first) => format!("{stem}{}", first + number),
        };
        let inputs = (0..count as u64).map(|number| Input {
            name: name(number),
            kind,
        });
        tape.inputs.extend(inputs);
        Ok(())
    }

    /// What follows `parameter`.
    pub(super) fn parameter(
        &mut self,
        tape: &mut Tape,
        line: &mut Cursor<'_>,
    ) -> Result<(), TapeProblem> {
        let start = line.start();
        let count = numbers(line, "parameter", tape.parameters.len())?;
        let names = if line.peek() == Some('=') {
            line.expect("=")?;
            line.start();
            if line.peek() != Some('"') {
                return Err(line.expected("a quoted text").into());
            }
            names(line, count)?
        } else {
            Names::None
        };
        match names {
            Names::None => tape.parameters.push_empty(count),
            Names::One(name) => tape.parameters.push(&[&name]),
            Names::Run(stem, first) => {
                self.claim(line, start, count)?;
                for number in first..first + count as u64 {
                    tape.parameters.push(&[&stem, &number.to_string()]);
                }
            }
        }
        Ok(())
    }

    fn claim(
        &mut self,
        line: &mut Cursor<'_>,
        start: usize,
        count: usize,
    ) -> Result<(), TapeProblem> {
        if count > 1 {
            self.claimed = self.claimed.saturating_add(count);
            if self.claimed > run::MOST {
                line.back_to(start);
                return Err(TapeProblem::TooLong);
            }
        }
        Ok(())
    }
}

/// `[3]` or `[3..7]`, where 3 is the number that comes next: how many.
fn numbers(line: &mut Cursor<'_>, what: &'static str, wanted: usize) -> Result<usize, TapeProblem> {
    line.expect("[")?;
    let at = line.start();
    let start = line.number("a number")?;
    if start != wanted as u64 {
        line.back_to(at);
        return Err(TapeProblem::OutOfOrder {
            what,
            wanted,
            got: start,
        });
    }
    let mut end = start.saturating_add(1);
    let mut at = at;
    if line.peek() == Some('.') {
        line.expect("..")?;
        at = line.start();
        end = line.number("a number")?;
        if end <= start {
            line.back_to(at);
            return Err(line.expected("a greater number").into());
        }
    }
    if end >= u64::from(u32::MAX) {
        line.back_to(at);
        return Err(TapeProblem::TooMany);
    }
    line.expect("]")?;
    // It is less than 2^32.
    Ok(usize::try_from(end - start).unwrap_or(usize::MAX))
}

/// Nothing, a name, or `"x0".."x783"`.
fn names(line: &mut Cursor<'_>, count: usize) -> Result<Names, TapeProblem> {
    if line.peek() != Some('"') {
        return Ok(Names::None);
    }
    let start = line.start();
    let first = line.quoted()?;
    if line.peek() != Some('.') && count == 1 {
        return Ok(Names::One(first));
    }
    let last = if line.peek() == Some('.') {
        line.expect("..")?;
        line.quoted()?
    } else {
        first.clone()
    };
    let counts_on = |first: Numbered<'_>, last: Numbered<'_>| {
        first.stem == last.stem && last.number.checked_sub(first.number) == Some(count as u64 - 1)
    };
    match (Numbered::of(&first), Numbered::of(&last)) {
        (Some(from), Some(to)) if counts_on(from, to) => {
            Ok(Names::Run(from.stem.to_owned(), from.number))
        }
        (Some(_) | None, Some(_) | None) => {
            line.back_to(start);
            Err(TapeProblem::Names { first, last, count })
        }
    }
}
