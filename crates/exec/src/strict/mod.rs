//! Strict programs: the tape's instructions one after the other, with the reference's own scalar functions.

mod kernels;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod sums;
