//! Where a NaN or an infinity came from.

use crate::batch::Batch;
use crate::error::RunError;
use crate::layout::Parameters;
use crate::program::{BLOCK, Program};
use crate::scalar::ProgramScalar;
use crate::strict::sums::Sums;
use dagrad_tape::{Class, Code, InputKind, Slot, Tape, interpret, interpret_reduced};
use std::fmt;

/// The first slot, in the order of the samples and of the tape, that is a NaN or an infinity; its `Display`
/// tells.
#[derive(Clone, Debug, PartialEq)]
pub struct NonFinite {
    /// The sample's number in the batch, counted from 0; none for what is computed of means over all of them.
    pub row: Option<usize>,
    /// The slot of the program's tape, what fills it, and its name if it has one.
    pub slot: String,
    /// The scope path of the node that the slot came from.
    pub scope: String,
    /// Its value.
    pub value: f64,
    /// Its operands and their values.
    pub operands: Vec<(String, f64)>,
}

impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Some(row) => write!(f, "row {row}: {}", self.slot)?,
            None => write!(f, "over the batch: {}", self.slot)?,
        }
        if !self.scope.is_empty() {
            write!(f, " in {:?}", self.scope)?;
        }
        write!(f, " is {}", self.value)?;
        let shown = self.telling_operands();
        for (at, (operand, value)) in shown.iter().enumerate() {
            let joint = if at == 0 { " where " } else { " and " };
            write!(f, "{joint}{operand} is {value:?}")?;
        }
        match self.operands.len() - shown.len() {
            0 => Ok(()),
            more => write!(f, " ({more} operands of smaller size left out)"),
        }
    }
}

/// How many operands are told of at most.
const MOST_OPERANDS: usize = 8;

impl NonFinite {
    /// The operands of greatest size, in their order.
    fn telling_operands(&self) -> Vec<&(String, f64)> {
        let mut order: Vec<usize> = (0..self.operands.len()).collect();
        order.sort_by(|&a, &b| {
            let [a, b] = [a, b].map(|at| self.operands[at].1.abs());
            b.total_cmp(&a)
        });
        order.truncate(MOST_OPERANDS);
        order.sort_unstable();
        order.into_iter().map(|at| &self.operands[at]).collect()
    }
}

impl<S: ProgramScalar> Program<S> {
    /// Looks for the first NaN or infinity among the values of all slots, sample by sample, by running the
    /// tape once more, slowly. Inputs and parameters count as slots.
    ///
    /// # Errors
    /// Where the program cannot be [run](Self::run) over this batch.
    pub fn first_non_finite(
        &self,
        parameters: &Parameters<S>,
        batch: &Batch<'_, S>,
    ) -> Result<Option<NonFinite>, RunError> {
        self.check_run(parameters, batch)?;
        let tape = self.tape();
        let means = tape
            .slots()
            .filter(|&slot| tape.instruction(slot).code() == Code::Mean);
        let means: Vec<Slot> = means
            .flat_map(|slot| tape.operands(slot))
            .copied()
            .collect();
        let mut sums = Sums::new(means.len() + 1);
        sums.reserve(batch.rows.div_ceil(BLOCK));
        let mut last = Vec::new();
        for row in 0..batch.rows {
            let inputs = self.inputs_of(batch, row);
            // The lists are as long as the tape's, and every operation was found to run when the program
            // was compiled.
            let Ok(values) = interpret(tape, &inputs, parameters.values()) else {
                continue;
            };
            let is_wrong = |slot: &Slot| {
                let class = tape.instruction(*slot).class();
                class != Class::Reduced && !values[slot.index()].to_f64().is_finite()
            };
            if let Some(slot) = tape.slots().find(is_wrong) {
                return Ok(Some(self.describe(Some(row), slot, &values)));
            }
            for (at, &slot) in means.iter().enumerate() {
                sums.add(at, row, &[values[slot.index()]], batch.weights);
            }
            sums.add(means.len(), row, &[S::from_f64(1.0)], batch.weights);
            sums.close(row + 1, batch.rows);
            last = values;
        }
        let sums = sums.total();
        let means: Vec<S> = sums[..means.len()]
            .iter()
            .map(|&sum| sum / sums[means.len()])
            .collect();
        // The lists are those of the tape.
        let found = interpret_reduced(tape, &mut last, &means)
            .ok()
            .and_then(|()| {
                let mut slots = tape.slots();
                slots.find(|slot| !last[slot.index()].to_f64().is_finite())
            });
        Ok(found.map(|slot| self.describe(None, slot, &last)))
    }

    /// The values of all inputs for one sample, in declared order.
    fn inputs_of(&self, batch: &Batch<'_, S>, row: usize) -> Vec<S> {
        let mut next = [0; 4];
        let value = |input: &dagrad_tape::Input| {
            let (table, width) = (batch.table(input.kind), self.width(input.kind));
            let row = if input.kind == InputKind::Direction {
                0
            } else {
                row
            };
            let column = &mut next[input.kind as usize];
            *column += 1;
            // Targets may be missing where nothing needs them.
            table
                .get(row * width + *column - 1)
                .copied()
                .unwrap_or(S::from_f64(0.0))
        };
        self.tape().inputs().iter().map(value).collect()
    }

    fn describe(&self, row: Option<usize>, slot: Slot, values: &[S]) -> NonFinite {
        let tape = self.tape();
        let line = |slot| called(tape, slot);
        let operands = tape.operands(slot).iter();
        NonFinite {
            row,
            slot: line(slot),
            scope: tape.scope(slot).to_owned(),
            value: values[slot.index()].to_f64(),
            operands: operands
                .map(|&operand| (line(operand), values[operand.index()].to_f64()))
                .collect(),
        }
    }
}

/// A slot, what fills it, and its name if it has one.
fn called(tape: &Tape, slot: Slot) -> String {
    let code = tape.instruction(slot).code().name();
    match tape.name(slot).or(tape.variable_name(slot)) {
        Some(name) => format!("{slot} ({code} {name:?})"),
        None => format!("{slot} ({code})"),
    }
}

/// The same with its scope.
pub(crate) fn described(tape: &Tape, slot: Slot) -> String {
    match tape.scope(slot) {
        "" => called(tape, slot),
        scope => format!("{} in {scope:?}", called(tape, slot)),
    }
}
