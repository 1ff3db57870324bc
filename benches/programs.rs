//! Programs against the reference sweeps and against kernels written by hand, on the [workloads] of the test suite.
//!
//! - `cargo bench --bench programs` times every group by `criterion`; words after `--` choose groups.
//! - `cargo bench --bench programs -- ratios` prints one table instead, of contenders that take turns in
//!   short rounds; words after `ratios` choose groups.
//!
//! Before anything is timed its results are compared, and a difference ends the bench.
//!
//! [workloads]: dagrad_testsuite::workloads

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot run has nothing to report"
)]

mod contenders;
mod groups;
mod hand_written;
mod ratios;

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    if let Some(("ratios", wanted)) = words
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    {
        let is_wanted = |name: &str| {
            wanted.is_empty() || wanted.iter().any(|word| name.contains(word.as_str()))
        };
        ratios::table(is_wanted);
    }
}
