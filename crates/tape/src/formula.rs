//! Formulas of a tape's slots, so that a derivative can be read.

use crate::instruction::{Code, Slot};
use crate::tape::Tape;
use dagrad_graph::{Formula, FormulaItem, FormulaName, FormulaSource, Notate as _, Notation};
use dagrad_ops::Op;

/// The values of a tape, as formulas see them: a sum of products, which is one instruction, is the
/// products and then their sum.
///
/// A tape does not have the values of its parameters, so they always go by name; those without one are
/// `p0`, `p1` …, by number. A partial of a user operation is a function of its operands: `cube_d0(x)` is that
/// of `cube` by its first.
#[derive(Debug)]
pub struct TapeValues<'t> {
    tape: &'t Tape,
    items: Vec<Item>,
    /// For each slot, the index of the item that is its value.
    index_of: Vec<usize>,
    /// The parameters that have a slot and no name: the slot, and what they are called instead.
    nameless: Vec<(Slot, String)>,
}

/// What stands at an index.
#[derive(Clone, Copy, Debug)]
enum Item {
    /// The value of this slot.
    Value(Slot),
    /// The product of this number, of those whose sum the slot is.
    Product(Slot, usize),
}

impl Tape {
    /// The value of `slot` as a formula; none where the tape has no such slot.
    ///
    /// ```
    /// # use dagrad_tape::{Tape, Variables, differentiate};
    /// let tape: Tape = r#"dagrad tape 1
    /// input[0] = feature "x"
    /// parameter[0] = "w"
    /// %0 = input[0]
    /// %1 = parameter[0]
    /// %2 = mul(%1, %0)
    /// %3 = sin(%2)
    /// output "y" = %3
    /// "#.parse()?;
    /// let tape = differentiate(&tape, "y", Variables::Parameters, "dy")?;
    /// let formula = tape.formula(tape.output("dy").unwrap()[0]).unwrap();
    /// assert_eq!(formula.to_string(), "1·cos(w·x)·x");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn formula(&self, slot: Slot) -> Option<Formula<TapeValues<'_>>> {
        let values = TapeValues::of(self);
        let index = *values.index_of.get(slot.index())?;
        Formula::new(values, index)
    }

    /// The values of an output as one formula: that of its slot, or where there are several, a line for
    /// each, `gradient[0] = …`, over the same shared values. None where no output has this name.
    #[must_use]
    pub fn formula_of_output(&self, name: &str) -> Option<Formula<TapeValues<'_>>> {
        let values = TapeValues::of(self);
        let slots = self.output(name)?;
        let indices: Vec<usize> = slots
            .iter()
            .map(|slot| values.index_of[slot.index()])
            .collect();
        match indices.as_slice() {
            [only] => Formula::new(values, *only),
            indices => Formula::of_list(values, name, indices),
        }
    }

    /// How many products are added to make `slot`, before further terms.
    fn products_of(&self, slot: Slot) -> usize {
        let instruction = self.instruction(slot);
        let of_fma = usize::from(instruction.code() == Code::Fma);
        instruction.products().unwrap_or(of_fma)
    }
}

impl<'t> TapeValues<'t> {
    fn of(tape: &'t Tape) -> Self {
        let mut values = Self {
            tape,
            items: Vec::with_capacity(tape.len()),
            index_of: Vec::with_capacity(tape.len()),
            nameless: Vec::new(),
        };
        for slot in tape.slots() {
            let products = 0..tape.products_of(slot);
            let products = products.map(|number| Item::Product(slot, number));
            values.items.extend(products);
            values.index_of.push(values.items.len());
            values.items.push(Item::Value(slot));
            let instruction = tape.instruction(slot);
            if let (Code::Parameter, Some(number)) = (instruction.code(), instruction.variable())
                && tape.parameters.get(number).is_empty()
            {
                values.nameless.push((slot, format!("p{number}")));
            }
        }
        values
    }

    /// The name of the input or parameter that fills `slot`, without its scope; empty if it has none.
    fn variable_name(&self, slot: Slot) -> &str {
        let path = self.tape.variable_name(slot).unwrap_or_default();
        let scope = self.tape.scope(slot);
        let name = path.strip_prefix(scope).map(|name| match scope {
            "" => Some(name),
            _ => name.strip_prefix('.'),
        });
        name.flatten().unwrap_or(path)
    }
}

/// The item of a listed operation.
fn listed(operation: &Op, name: &'static str) -> FormulaItem<'static> {
    let notation = operation.notation();
    FormulaItem::Operation { name, notation }
}

impl FormulaSource for TapeValues<'_> {
    fn len(&self) -> usize {
        self.items.len()
    }

    fn item(&self, index: usize) -> FormulaItem<'_> {
        let slot = match self.items[index] {
            Item::Product(..) => return listed(&Op::Mul, Code::Mul.name()),
            Item::Value(slot) => slot,
        };
        let instruction = self.tape.instruction(slot);
        if let Some(value) = instruction.constant() {
            FormulaItem::Constant(value)
        } else if let Some(position) = instruction.variable() {
            // A parameter, too: its value is not known here.
            FormulaItem::Input { position }
        } else if let Some((user, partial)) = self.tape.user(slot) {
            let name = user.operation().name();
            let function = match partial {
                Some(partial) => format!("{name}_d{partial}"),
                None => name.to_owned(),
            };
            let notation = Notation::Function(function);
            FormulaItem::Operation { name, notation }
        } else {
            let operation = self.tape.operation(slot);
            let code = instruction.code();
            if code == Code::Mean {
                let notation = Notation::Function(code.name().to_owned());
                return FormulaItem::Operation {
                    name: code.name(),
                    notation,
                };
            }
            // A sum of products is the sum of items of its own.
            operation.map_or_else(
                || listed(&Op::Add, Code::Add.name()),
                |operation| listed(&operation, code.name()),
            )
        }
    }

    fn operand_count(&self, index: usize) -> usize {
        match self.items[index] {
            Item::Product(..) => 2,
            Item::Value(slot) => {
                let partial = self.tape.user(slot).and_then(|(_, partial)| partial);
                // The value, which a partial is given, says nothing that its operands do not.
                let left_out = self.tape.products_of(slot) + usize::from(partial.is_some());
                self.tape.operands(slot).len() - left_out
            }
        }
    }

    fn operand(&self, index: usize, at: usize) -> usize {
        let (slot, number) = match self.items[index] {
            Item::Product(slot, product) => (slot, 2 * product + at),
            Item::Value(slot) => {
                let products = self.tape.products_of(slot);
                if at < products {
                    return index - products + at;
                }
                (slot, products + at)
            }
        };
        self.index_of[self.tape.operands(slot)[number].index()]
    }

    fn name(&self, index: usize) -> Option<FormulaName<'_>> {
        let Item::Value(slot) = self.items[index] else {
            return None;
        };
        let name = if self.tape.instruction(slot).variable().is_some() {
            let nameless = self.nameless.binary_search_by_key(&slot, |(slot, _)| *slot);
            match nameless {
                Ok(at) => &self.nameless[at].1,
                Err(_) => self.variable_name(slot),
            }
        } else {
            self.tape.name(slot)?
        };
        let scope = self.tape.scope(slot);
        (!name.is_empty()).then_some(FormulaName { scope, name })
    }
}
