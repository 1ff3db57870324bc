//! Reading the text form.
//!
//! The text comes from outside, so whatever is wrong with it is an error with the line, the column and
//! what was expected there. One pass, one line after the other; what comes of it is verified.

use super::HEADER;
use super::declare::Declarations;
use super::fill::Filling;
use super::problem::{TapeParseError, TapeProblem};
use crate::instruction::{Class, Code, Slot};
use crate::instructions::Instructions;
use crate::tape::{Output, OutputKind, Tape};
use crate::texts::Texts;
use dagrad_graph::Registry;
use dagrad_graph::syntax::{Cursor, Found, Unexpected};
use dagrad_ops::Op;
use std::collections::{HashMap, HashSet};
use std::str::FromStr;

impl FromStr for Tape {
    type Err = TapeParseError;

    /// Reads a listing without user operations.
    fn from_str(text: &str) -> Result<Self, TapeParseError> {
        Self::parse(text, &Registry::new())
    }
}

impl Tape {
    /// Reads a listing, with the user operations that `registry` knows.
    ///
    /// ```
    /// use dagrad_graph::Registry;
    /// use dagrad_tape::Tape;
    ///
    /// let text = "dagrad tape 1\ninput[0] = feature \"x\"\n%0 = input[0]\n%1 = mul(%0, %0)\noutput \"y\" = %1\n";
    /// let tape = Tape::parse(text, &Registry::new())?;
    /// assert_eq!(tape.len(), 2);
    ///
    /// let error = Tape::parse(&text.replace("mul", "mull"), &Registry::new()).unwrap_err();
    /// assert_eq!(error.to_string(), "line 4, column 6: no operation is called `mull`");
    /// # Ok::<(), dagrad_tape::TapeParseError>(())
    /// ```
    ///
    /// # Errors
    /// Where the text is no listing: see [`TapeProblem`].
    pub fn parse(text: &str, registry: &Registry<Op>) -> Result<Self, TapeParseError> {
        let mut reader = Reader::new(registry);
        let mut header = false;
        let mut number = 0;
        for line in text.lines() {
            number += 1;
            let mut line = Cursor::new(line);
            let read = if line.at_end() {
                Ok(())
            } else if header {
                reader.statement(&mut line)
            } else {
                header = true;
                line.header(HEADER).map_err(TapeProblem::from)
            };
            let read = read.and_then(|()| Ok(line.expect_end()?));
            read.map_err(|problem| TapeParseError {
                line: number,
                column: line.column(),
                problem,
            })?;
        }
        let verified = if header {
            reader.tape.verify().map_err(TapeProblem::Invalid)
        } else {
            Err(TapeProblem::Unexpected(Unexpected {
                wanted: format!("`{HEADER}`"),
                found: Found::EndOfText,
            }))
        };
        verified.map_err(|problem| TapeParseError {
            line: number.max(1),
            column: 1,
            problem,
        })?;
        Ok(reader.tape)
    }
}

pub(super) struct Reader<'r> {
    pub(super) tape: Tape,
    declarations: Declarations,
    /// The slots by the numbers that the text gives them.
    slots: HashMap<u64, Slot>,
    scopes: HashMap<String, u32>,
    /// The inputs and parameters that fill a slot.
    pub(super) filled: HashSet<(Code, usize)>,
    pub(super) registry: &'r Registry<Op>,
}

impl<'r> Reader<'r> {
    fn new(registry: &'r Registry<Op>) -> Self {
        let mut scopes = Texts::default();
        scopes.push(&[""]);
        Self {
            tape: Tape {
                instructions: Instructions::default(),
                pool: Vec::new(),
                calls: Vec::new(),
                inputs: Vec::new(),
                parameters: Texts::default(),
                outputs: Vec::new(),
                scopes,
                scope_of: Vec::new(),
                names: Vec::new(),
            },
            declarations: Declarations::default(),
            slots: HashMap::new(),
            scopes: HashMap::from([(String::new(), 0)]),
            filled: HashSet::new(),
            registry,
        }
    }

    fn statement(&mut self, line: &mut Cursor<'_>) -> Result<(), TapeProblem> {
        match line.peek_word() {
            "input" => {
                line.expect("input")?;
                self.declarations.input(&mut self.tape, line)
            }
            "parameter" => {
                line.expect("parameter")?;
                self.declarations.parameter(&mut self.tape, line)
            }
            "output" => {
                line.expect("output")?;
                self.output(line)
            }
            _ => self.slot(line),
        }
    }

    fn output(&mut self, line: &mut Cursor<'_>) -> Result<(), TapeProblem> {
        let kind = if line.peek_word() == "per" {
            line.expect("per")?;
            line.expect("run")?;
            OutputKind::PerRun
        } else {
            OutputKind::PerSample
        };
        let start = line.start();
        let name = line.quoted()?;
        line.expect("=")?;
        let at = line.start();
        let slots = if line.at_end() {
            Vec::new()
        } else {
            self.list(line)?
        };
        let classes = slots
            .iter()
            .map(|&slot| self.tape.instruction(slot).class());
        if let Some(class) = classes.into_iter().find(|&class| !kind.accepts(class)) {
            line.back_to(at);
            return Err(TapeProblem::OutputClass { kind, class });
        }
        if self.tape.output(&name).is_some() {
            line.back_to(start);
            return Err(TapeProblem::OutputTaken(name));
        }
        self.tape.outputs.push(Output { name, slots, kind });
        Ok(())
    }

    fn slot(&mut self, line: &mut Cursor<'_>) -> Result<(), TapeProblem> {
        let class_start = line.start();
        let class = class(line)?;
        let number_start = line.start();
        let number = line.position()?;
        line.expect("=")?;
        let start = line.start();
        let filling = self.filling(line)?;
        if let Filling::Instruction(code, _, slots) = &filling
            && *code != Code::Mean
        {
            let has = |class| {
                let mut classes = slots
                    .iter()
                    .map(|&slot| self.tape.instruction(slot).class());
                classes.any(|other| other == class)
            };
            if has(Class::PerSample) && has(Class::Reduced) {
                line.back_to(start);
                return Err(TapeProblem::Mixed);
            }
        }
        if is_full(self.tape.len()) || is_full(self.tape.pool.len()) {
            line.back_to(start);
            return Err(TapeProblem::TooMany);
        }
        let (name, scope) = line.name_and_scope()?;
        let scope = self.scope(scope);
        let tape = &mut self.tape;
        let slot = match filling {
            Filling::Input(number) => tape.push_input(number, scope),
            Filling::Parameter(number) => tape.push_parameter(number, scope),
            Filling::Constant(value) => tape.push_constant(value, scope),
            Filling::Instruction(code, payload, slots) => tape.push(code, payload, &slots, scope),
        };
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            tape.names.push((slot, name));
        }
        let right = tape.instruction(slot).class();
        if let Some(stated) = class.filter(|&stated| stated != right) {
            line.back_to(class_start);
            return Err(TapeProblem::Class { stated, right });
        }
        if self.slots.insert(number, slot).is_some() {
            line.back_to(number_start);
            return Err(TapeProblem::Repeated(number));
        }
        Ok(())
    }

    /// The number of the scope of this path.
    fn scope(&mut self, path: String) -> u32 {
        if let Some(&known) = self.scopes.get(&path) {
            return known;
        }
        let number = Slot::new(self.tape.scopes.len()).bits();
        self.tape.scopes.push(&[&path]);
        self.scopes.insert(path, number);
        number
    }

    /// Slots in parentheses, or none.
    pub(super) fn list_in_parentheses(
        &self,
        line: &mut Cursor<'_>,
    ) -> Result<Vec<Slot>, TapeProblem> {
        line.expect("(")?;
        if line.peek() == Some(')') {
            line.expect(")")?;
            return Ok(Vec::new());
        }
        let slots = self.list(line)?;
        if line.peek() != Some(')') {
            return Err(line.expected("`,` or `)`").into());
        }
        line.expect(")")?;
        Ok(slots)
    }

    /// At least one slot.
    fn list(&self, line: &mut Cursor<'_>) -> Result<Vec<Slot>, TapeProblem> {
        let mut slots = Vec::new();
        loop {
            let start = line.start();
            let number = line.position()?;
            let Some(&slot) = self.slots.get(&number) else {
                line.back_to(start);
                return Err(TapeProblem::Undefined(number));
            };
            slots.push(slot);
            if line.peek() != Some(',') {
                return Ok(slots);
            }
            line.expect(",")?;
        }
    }
}

/// The class, if it is stated.
fn class(line: &mut Cursor<'_>) -> Result<Option<Class>, TapeProblem> {
    let (class, words): (_, &[&str]) = match line.peek_word() {
        "constant" => (Class::Constant, &["constant"]),
        "shared" => (Class::Shared, &["shared"]),
        "per" => (Class::PerSample, &["per", "sample"]),
        "reduced" => (Class::Reduced, &["reduced"]),
        "" if line.peek() == Some('%') => return Ok(None),
        _ => {
            let wanted = "a class, `%` and a number, `input`, `parameter` or `output`";
            return Err(line.expected(wanted).into());
        }
    };
    for word in words {
        line.expect(word)?;
    }
    Ok(Some(class))
}

/// Whether a list of which places are numbered like slots is nearly full: the operands of one line still fit.
fn is_full(len: usize) -> bool {
    len >= u32::MAX as usize / 2
}
