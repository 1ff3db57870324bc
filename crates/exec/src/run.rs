//! What a run is given, and what comes of it.

use crate::batch::Batch;
use crate::workspace::StepCounts;
use dagrad_tape::InputKind;

/// What a run is given. All shapes have been checked.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a, S> {
    /// As they lie in memory.
    pub(crate) parameters: &'a [S],
    /// The number of their last change.
    pub(crate) version: u64,
    pub(crate) batch: &'a Batch<'a, S>,
    /// How many inputs of each kind there are.
    pub(crate) widths: [usize; 4],
}

impl<S> Given<'_, S> {
    /// The number of columns in the table of a kind of inputs.
    pub(crate) fn width(&self, kind: InputKind) -> usize {
        self.widths[kind as usize]
    }
}

/// What comes of a run.
#[derive(Clone, Debug)]
pub(crate) struct Results<S> {
    /// Row-major: a row for each sample.
    pub(crate) rows: Vec<S>,
    pub(crate) columns: usize,
    /// The results of which there is one for each run; behind them may be what they were computed from.
    pub(crate) per_run: Vec<S>,
    pub(crate) steps: StepCounts,
}
