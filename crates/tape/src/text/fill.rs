//! Reading what fills a slot.

use super::problem::TapeProblem;
use super::read::Reader;
use crate::instruction::{Class, Code, Slot};
use crate::tape::Call;
use dagrad_graph::syntax::Cursor;
use dagrad_graph::{Arity, Operator as _, Vocabulary as _, VocabularyError};
use dagrad_ops::{Op, User};

/// What fills a slot.
pub(super) enum Filling {
    Input(usize),
    Parameter(usize),
    Constant(f64),
    /// An instruction of this payload and these operands.
    Instruction(Code, u32, Vec<Slot>),
}

impl Reader<'_> {
    /// What stands after `=`.
    pub(super) fn filling(&mut self, line: &mut Cursor<'_>) -> Result<Filling, TapeProblem> {
        let start = line.start();
        match line.word("what fills the slot")? {
            "input" => {
                let count = self.tape.inputs.len();
                let number = self.variable(line, Code::Input, count)?;
                Ok(Filling::Input(number))
            }
            "parameter" => {
                let count = self.tape.parameters.len();
                let number = self.variable(line, Code::Parameter, count)?;
                Ok(Filling::Parameter(number))
            }
            "constant" => Ok(Filling::Constant(line.float()?)),
            "call" => self.call(line, start),
            "partial" => self.partial(line, start),
            "fma" => {
                let slots = self.list_in_parentheses(line)?;
                check_arity(
                    line,
                    start,
                    Code::Fma.name(),
                    Code::Fma.arity(),
                    slots.len(),
                )?;
                Ok(Filling::Instruction(Code::Fma, 0, slots))
            }
            "dot" => self.dot(line, start),
            "mean" => self.mean(line, start),
            name => self.operation(line, start, name),
        }
    }

    /// What follows `input` or `parameter`, of which there are `count`.
    fn variable(
        &mut self,
        line: &mut Cursor<'_>,
        code: Code,
        count: usize,
    ) -> Result<usize, TapeProblem> {
        let what = code.name();
        line.expect("[")?;
        let start = line.start();
        let number = line.number("a number")?;
        let known = usize::try_from(number).ok().filter(|&known| known < count);
        let Some(known) = known else {
            line.back_to(start);
            return Err(TapeProblem::Undeclared {
                what,
                number,
                count,
            });
        };
        if !self.filled.insert((code, known)) {
            line.back_to(start);
            let number = known;
            return Err(TapeProblem::Twice { what, number });
        }
        line.expect("]")?;
        Ok(known)
    }

    fn operation(
        &self,
        line: &mut Cursor<'_>,
        start: usize,
        name: &str,
    ) -> Result<Filling, TapeProblem> {
        let particulars = line.configuration()?;
        let operation = Op::from_name(name, particulars);
        let operation = operation.map_err(|error| refused(line, start, error))?;
        // The vocabulary is that of the list, all of which have a code.
        let Some((code, payload)) = Code::of(&operation) else {
            let error = VocabularyError::Unknown(name.to_owned());
            return Err(refused(line, start, error));
        };
        let slots = self.list_in_parentheses(line)?;
        check_arity(line, start, name, operation.arity(), slots.len())?;
        Ok(Filling::Instruction(code, payload, slots))
    }

    fn call(&mut self, line: &mut Cursor<'_>, start: usize) -> Result<Filling, TapeProblem> {
        let particulars = line.start();
        let name = in_brackets(line)?;
        let user = self.user(line, particulars, name)?;
        let slots = self.list_in_parentheses(line)?;
        check_arity(line, start, name, user.operation().arity(), slots.len())?;
        let partial = None;
        let call = self.tape.call_number(Call { user, partial });
        Ok(Filling::Instruction(Code::Call, call, slots))
    }

    fn partial(&mut self, line: &mut Cursor<'_>, start: usize) -> Result<Filling, TapeProblem> {
        let particulars = line.start();
        let text = in_brackets(line)?;
        let parts = text.split_once(' ');
        let parts = parts.and_then(|(name, number)| Some((name, number.parse::<u64>().ok()?)));
        let Some((name, partial)) = parts else {
            line.back_to(particulars);
            return Err(line.expected("a name and a number in brackets").into());
        };
        let user = self.user(line, particulars, name)?;
        let slots = self.list_in_parentheses(line)?;
        let wanted = match user.operation().arity() {
            Arity::Exactly(count) => Arity::Exactly(count.saturating_add(1)),
            Arity::AtLeast(count) => Arity::AtLeast(count.saturating_add(1)),
        };
        let what = format!("partial[{text}]");
        check_arity(line, start, &what, wanted, slots.len())?;
        let operands = slots.len() - 1;
        let number = u32::try_from(partial).ok();
        let Some(number) = number.filter(|&number| (number as usize) < operands) else {
            line.back_to(particulars);
            return Err(TapeProblem::NoSuchPartial {
                name: name.to_owned(),
                partial,
                operands,
            });
        };
        let partial = Some(number);
        let call = self.tape.call_number(Call { user, partial });
        Ok(Filling::Instruction(Code::CallPartial, call, slots))
    }

    fn dot(&self, line: &mut Cursor<'_>, start: usize) -> Result<Filling, TapeProblem> {
        let particulars = line.start();
        let Ok(products) = in_brackets(line)?.parse::<u64>() else {
            line.back_to(particulars);
            return Err(line.expected("a number of products in brackets").into());
        };
        let slots = self.list_in_parentheses(line)?;
        let operands = slots.len();
        let payload = u32::try_from(products).ok();
        let fits = |&products: &u32| products >= 1 && 2 * products as usize <= operands;
        let Some(payload) = payload.filter(fits) else {
            line.back_to(start);
            return Err(TapeProblem::Products { products, operands });
        };
        Ok(Filling::Instruction(Code::Dot, payload, slots))
    }

    fn mean(&self, line: &mut Cursor<'_>, start: usize) -> Result<Filling, TapeProblem> {
        let slots = self.list_in_parentheses(line)?;
        check_arity(
            line,
            start,
            Code::Mean.name(),
            Code::Mean.arity(),
            slots.len(),
        )?;
        if let [slot] = *slots {
            let class = self.tape.instruction(slot).class();
            if class != Class::PerSample {
                line.back_to(start);
                return Err(TapeProblem::MeanOf(class));
            }
        }
        Ok(Filling::Instruction(Code::Mean, 0, slots))
    }

    /// The user operation called `name`.
    fn user(&self, line: &mut Cursor<'_>, at: usize, name: &str) -> Result<User, TapeProblem> {
        match self.registry.operation(name, None) {
            Ok(Op::User(user)) => Ok(user),
            // A listed operation, perhaps one that wants a configuration.
            Ok(_) | Err(VocabularyError::Configuration { .. }) => {
                line.back_to(at);
                Err(TapeProblem::NoUser(name.to_owned()))
            }
            Err(error @ (VocabularyError::Unknown(_) | VocabularyError::UnknownMacro(_))) => {
                Err(refused(line, at, error))
            }
        }
    }
}

/// What stands in brackets, which have to be there.
fn in_brackets<'t>(line: &mut Cursor<'t>) -> Result<&'t str, TapeProblem> {
    let inside = line.configuration()?;
    inside.ok_or_else(|| line.expected("`[`").into())
}

fn refused(line: &mut Cursor<'_>, start: usize, error: VocabularyError) -> TapeProblem {
    line.back_to(start);
    TapeProblem::Operation(error)
}

fn check_arity(
    line: &mut Cursor<'_>,
    start: usize,
    name: &str,
    wanted: Arity,
    got: usize,
) -> Result<(), TapeProblem> {
    if wanted.accepts(got) {
        return Ok(());
    }
    line.back_to(start);
    let name = name.to_owned();
    Err(TapeProblem::Arity { name, wanted, got })
}
