//! Programs of `dagrad`: tapes compiled to run over batches of samples.

mod batch;
mod error;
mod layout;
mod level;
mod update;
mod vector;

mod strict;

mod program;
mod trace;
mod workspace;

pub use batch::Batch;
pub use error::{CompileError, RunError};
pub use layout::{Layout, Parameters};
pub use level::Level;
pub use program::{Consume, Options, Program};
pub use trace::NonFinite;
pub use update::{Sgd, Update};
pub use workspace::{StepCounts, Workspace};
