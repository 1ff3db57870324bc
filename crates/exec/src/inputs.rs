//! Inputs, counted by their kinds.

use dagrad_tape::Tape;

/// The number of each input among those of its kind: its column in their table.
#[derive(Clone, Debug)]
pub(crate) struct InputNumbers(Vec<u32>);

impl InputNumbers {
    pub(crate) fn of(tape: &Tape) -> Self {
        let mut next = [0; 4];
        let numbers = tape.inputs().iter().map(|input| {
            let next = &mut next[input.kind as usize];
            *next += 1;
            *next - 1
        });
        Self(numbers.collect())
    }

    /// The number of the input of this number.
    pub(crate) fn get(&self, input: usize) -> u32 {
        self.0[input]
    }
}
