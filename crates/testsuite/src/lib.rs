//! The one test suite that every backend runs: checks, samples and strategies. The tests themselves
//! stand in `tests/`.

pub mod allocator;
pub mod derivatives;
pub mod mutation;
pub mod samples;
