//! Writing the text form.

use super::HEADER;
use super::run;
use crate::instruction::{Class, Code, Slot};
use crate::tape::{InputKind, OutputKind, Tape};
use dagrad_graph::syntax::{ExactFloat, Quoted};
use std::fmt::{self, Formatter};

impl fmt::Display for Tape {
    /// Writes the canonical listing, which [`Tape::parse`] reads.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        let mut claimed = 0;
        self.write_inputs(f, &mut claimed)?;
        self.write_parameters(f, &mut claimed)?;
        let mut names = self.names.iter().peekable();
        for slot in self.slots() {
            let name = names.next_if(|(named, _)| *named == slot);
            let name = name.map(|(_, name)| name.as_str());
            writeln!(
                f,
                "{}",
                Line {
                    tape: self,
                    slot,
                    name
                }
            )?;
        }
        for output in &self.outputs {
            write!(f, "{} {} =", output.kind, Quoted(&output.name))?;
            let space = if output.slots.is_empty() { "" } else { " " };
            f.write_str(space)?;
            write_slots(f, &output.slots)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Tape {
    /// The line that the listing has for `slot`.
    #[must_use]
    pub fn describe(&self, slot: Slot) -> String {
        let name = self.name(slot);
        Line {
            tape: self,
            slot,
            name,
        }
        .to_string()
    }

    fn write_inputs(&self, f: &mut Formatter<'_>, claimed: &mut usize) -> fmt::Result {
        let mut start = 0;
        while let Some(first) = self.inputs.get(start) {
            let alike = self.inputs[start..].iter();
            let alike = alike.take_while(|input| input.kind == first.kind);
            let names = alike.map(|input| input.name.as_str());
            let len = claim(run::length(names), claimed);
            write!(f, "input{}", Numbers { start, len })?;
            write!(f, " = {}", first.kind)?;
            write_names(f, " ", &first.name, &self.inputs[start + len - 1].name)?;
            start += len;
        }
        Ok(())
    }

    fn write_parameters(&self, f: &mut Formatter<'_>, claimed: &mut usize) -> fmt::Result {
        let mut start = 0;
        let mut given = self.parameters.given().peekable();
        while start < self.parameters.len() {
            let (len, first, last) = match given.peek() {
                // A run of names.
                Some(&(number, first)) if number == start => {
                    let ahead = given.clone().zip(start..);
                    let ahead = ahead.take_while(|((number, _), wanted)| number == wanted);
                    let len = claim(run::length(ahead.map(|((_, name), _)| name)), claimed);
                    let last = given.by_ref().take(len).last();
                    (len, first, last.map_or(first, |(_, name)| name))
                }
                // None up to the next name, or the end.
                next => {
                    let end = next.map_or(self.parameters.len(), |(number, _)| *number);
                    (run::length_of_nameless(end - start), "", "")
                }
            };
            write!(f, "parameter{}", Numbers { start, len })?;
            write_names(f, " = ", first, last)?;
            start += len;
        }
        Ok(())
    }
}

/// The length of a run, or 1 where all runs together would get too long.
fn claim(len: usize, claimed: &mut usize) -> usize {
    if len == 1 || *claimed + len > run::MOST {
        return 1;
    }
    *claimed += len;
    len
}

/// Ends a line with the name that it is for, or the first and the last.
fn write_names(f: &mut Formatter<'_>, before: &str, first: &str, last: &str) -> fmt::Result {
    match (first, last) {
        ("", _) => writeln!(f),
        (first, last) if first == last => writeln!(f, "{before}{}", Quoted(first)),
        (first, last) => writeln!(f, "{before}{}..{}", Quoted(first), Quoted(last)),
    }
}

/// `[3]` or `[3..7]`.
struct Numbers {
    start: usize,
    len: usize,
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { start, len } = *self;
        if len == 1 {
            write!(f, "[{start}]")
        } else {
            write!(f, "[{start}..{}]", start + len)
        }
    }
}

impl fmt::Display for InputKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Feature => "feature",
            Self::Target => "target",
            Self::Seed => "seed",
            Self::Direction => "direction",
        })
    }
}

impl fmt::Display for OutputKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PerSample => "output",
            Self::PerRun => "output per run",
        })
    }
}

struct Line<'t> {
    tape: &'t Tape,
    slot: Slot,
    name: Option<&'t str>,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { tape, slot, name } = *self;
        let instruction = tape.instruction(slot);
        // Of one width, so that the slots stand below each other.
        f.write_str(match instruction.class() {
            Class::Constant => "constant   ",
            Class::Shared => "shared     ",
            Class::PerSample => "per sample ",
            Class::Reduced => "reduced    ",
        })?;
        let code = instruction.code();
        write!(f, "{slot} = {}", code.name())?;
        write_particulars(f, tape, slot)?;
        if !matches!(code, Code::Input | Code::Parameter | Code::Constant) {
            f.write_str("(")?;
            write_slots(f, tape.operands(slot))?;
            f.write_str(")")?;
        }
        if let Some(name) = name {
            write!(f, " {}", Quoted(name))?;
        }
        match tape.scope(slot) {
            "" => Ok(()),
            scope => write!(f, " in {}", Quoted(scope)),
        }
    }
}

/// What tells an instruction from others of its code, beside its operands.
fn write_particulars(f: &mut Formatter<'_>, tape: &Tape, slot: Slot) -> fmt::Result {
    let instruction = tape.instruction(slot);
    if let Some(value) = instruction.constant() {
        return write!(f, " {}", ExactFloat(value));
    }
    if let Some(number) = instruction.variable().or(instruction.products()) {
        return write!(f, "[{number}]");
    }
    if let Some(exponent) = instruction.exponent() {
        return write!(f, "[{exponent}]");
    }
    match tape.user(slot) {
        Some((user, None)) => write!(f, "[{}]", user.operation().name()),
        Some((user, Some(partial))) => write!(f, "[{} {partial}]", user.operation().name()),
        None => Ok(()),
    }
}

/// `%0, %1, %2`.
fn write_slots(f: &mut Formatter<'_>, slots: &[Slot]) -> fmt::Result {
    for (at, slot) in slots.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        write!(f, "{comma}{slot}")?;
    }
    Ok(())
}
