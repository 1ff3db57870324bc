//! A function of many numbers, as a fast program computes it.

use dagrad_exec::{Batch, Layout, Level, Mode, Options, Parameters, Program, ProgramScalar};
use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::lower;

/// A program of one operation.
pub(crate) struct Mapped<S> {
    program: Program<S>,
    parameters: Parameters<S>,
}

impl<S: ProgramScalar> Mapped<S> {
    /// The program at a level that this machine has, for so many lanes, or as many as it chooses itself.
    pub(crate) fn new(op: &Op, level: Level, lanes: Option<usize>) -> Self {
        let mut graph = Graph::new();
        let x = graph.feature(None).unwrap();
        let y = graph.operation(op.clone(), &[x]).unwrap();
        let tape = lower(&graph, &[("y", &[y])]).unwrap();
        let layout = Layout::new(0);
        let options = Options {
            mode: Mode::Fast,
            lanes,
            level: Some(level),
            ..Options::default()
        };
        Self {
            program: Program::compile(&tape, &layout, options).unwrap(),
            parameters: Parameters::new(&layout, &[]).unwrap(),
        }
    }

    /// The value at each number.
    pub(crate) fn values(&self, numbers: &[S]) -> Vec<S> {
        let mut workspace = self.program.workspace();
        let batch = Batch::of(numbers.len(), numbers);
        self.program
            .run(&mut workspace, &self.parameters, &batch)
            .unwrap();
        let rows = workspace.rows(&self.program, "y").unwrap();
        rows.map(|row| row[0]).collect()
    }
}

/// The levels of this machine.
pub(crate) fn levels() -> impl Iterator<Item = Level> {
    Level::ALL.into_iter().filter(|level| level.is_available())
}
