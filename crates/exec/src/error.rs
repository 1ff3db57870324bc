//! What can go wrong with programs.

use crate::level::Level;
use dagrad_tape::{DifferentiateError, LowerError, OutputError};

/// Why a tape cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The graph cannot be lowered.
    #[error(transparent)]
    Lower(#[from] LowerError),
    /// The tape cannot be differentiated.
    #[error(transparent)]
    Differentiate(#[from] DifferentiateError),
    /// An output cannot be added to the tape.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A user operation does not run in this scalar type.
    #[error("the user operation {operation} does not run in {scalar}: {slot}")]
    Unsupported {
        /// Its name.
        operation: String,
        /// The scalar type's name.
        scalar: &'static str,
        /// The slot that it fills, with the name and the scope of its node.
        slot: String,
    },
    /// The layout is of another number of parameters.
    #[error("the layout has {got} parameters, the tape {wanted}")]
    Layout {
        /// How many the tape has.
        wanted: usize,
        /// How many the layout has.
        got: usize,
    },
    /// The machine does not have the vector instructions that were asked for.
    #[error("this machine has no {0} instructions")]
    Level(Level),
    /// A program runs at least one lane at a time.
    #[error("a tile needs at least one lane")]
    NoLanes,
}

/// Why a program cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// The batch has no samples.
    #[error("the batch has no samples")]
    NoSamples,
    /// No memory could hold the results.
    #[error("the results for {0} samples fit into no memory")]
    TooManySamples(usize),
    /// A table has a wrong shape.
    #[error("the {table} should be {rows} × {columns} values, got {got}")]
    Shape {
        /// Which table.
        table: &'static str,
        /// How many rows it should have.
        rows: usize,
        /// How many columns.
        columns: usize,
        /// How many values there are.
        got: usize,
    },
    /// The parameters lie in another layout than the program was compiled against.
    #[error("{}", other_layout(*.wanted, *.got))]
    Layout {
        /// The number of parameters of the program's layout.
        wanted: usize,
        /// The number of parameters that there are.
        got: usize,
    },
    /// The workspace belongs to another program.
    #[error("the workspace was made for another program")]
    Workspace,
    /// The weights of the samples cannot make a mean.
    #[error("the weights of the samples add up to {total}, which cannot make a mean")]
    Weights {
        /// Their sum.
        total: String,
    },
    /// The program has no such output.
    #[error("the program has no output {name:?}; there is: {}", listed(.known))]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
        /// The outputs' names.
        known: Vec<String>,
    },
    /// There is more or less room for an output than it takes.
    #[error("the output {name:?} has {rows} × {columns} values, got room for {got}")]
    Room {
        /// The output's name.
        name: String,
        /// The number of samples; 1 for what is given once for each run.
        rows: usize,
        /// The number of its slots.
        columns: usize,
        /// How many values there is room for.
        got: usize,
    },
    /// The program has no such output, or it is no gradient by all parameters.
    #[error("the program has no output per run called {0:?} with a value for each parameter")]
    NoSuchMean(String),
}

fn other_layout(wanted: usize, got: usize) -> String {
    if wanted == got {
        format!(
            "the parameters lie in another layout of {got} than the program was compiled against"
        )
    } else {
        format!(
            "the parameters lie in a layout of {got}, the program was compiled against one of {wanted}"
        )
    }
}

/// `a, b, c`, or `none`.
fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
