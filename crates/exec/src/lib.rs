//! Programs of `dagrad`: tapes compiled to run over batches of samples.

mod batch;
mod error;
mod layout;
mod level;
mod scalar;
mod update;
mod vector;

#[allow(
    dead_code,
    unused_imports,
    reason = "fast programs are planned, and not run yet"
)]
#[allow(
    clippy::needless_range_loop,
    reason = "blocks of registers are indexed by row and column, all arrays alike"
)]
#[expect(unsafe_code, reason = "vector instructions and raw rows of tiles")]
mod kernels;

#[expect(unsafe_code, reason = "kernels take rows and numbers where they lie")]
mod fast;
mod inputs;
mod run;
mod strict;
mod supported;

mod program;
mod trace;
mod workspace;

pub use batch::Batch;
pub use error::{CompileError, RunError};
pub use layout::{Layout, Parameters};
pub use level::Level;
pub use program::{Mode, Options, Program};
pub use scalar::ProgramScalar;
pub use trace::NonFinite;
pub use update::{Sgd, Update};
pub use workspace::{StepCounts, Workspace};
