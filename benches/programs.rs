//! Programs against the reference sweeps and against kernels written by hand, on the [workloads] of the test suite.
//!
//! - `cargo bench --bench programs` times every group by `criterion`; a word after `--` chooses groups.
//! - `cargo bench --bench programs -- ratios` prints one table instead, of contenders that take turns in
//!   short rounds; words after `ratios` choose groups.
//! - `cargo bench --bench programs -- export` writes the workloads to `target/peers`, and `… -- turns` times programs as
//!   its input says: both are for the scripts in `benches/peers`.
//!
//! The groups `threads/…` show what a second thread gains, beside a loop of multiply-adds; `population` what many small
//! graphs cost, compiled and run.
//!
//! Before anything is timed its results are compared, and a difference ends the bench.
//!
//! [workloads]: dagrad_testsuite::workloads

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench that cannot run has nothing to report"
)]

mod compiling;
mod contenders;
mod groups;
mod hand_written;
mod peers;
mod population;
mod ratios;
mod threads;

use contenders::Contender;
use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use groups::{GROUPS, Ready};
use std::path::Path;
use std::time::{Duration, Instant};

fn main() {
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.split_first() {
        Some((&"ratios", wanted)) => {
            ratios::table(|name| is_wanted(name, wanted));
            compiling::table(|name| is_wanted(name, wanted));
            threads::table(|name| is_wanted(name, wanted));
            population::table(|name| is_wanted(name, wanted));
        }
        Some((&"export", wanted)) => {
            let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers");
            peers::export(&directory, |name| is_wanted(name, wanted));
        }
        Some((&"turns", _)) => peers::take_turns(),
        _ => timings(&words),
    }
}

/// Whether one of the words is the group's name, begins with it as `group/program` does, or is a part of it and of no
/// other group the name.
fn is_wanted(name: &str, words: &[&str]) -> bool {
    let is_name = |word: &str| GROUPS.iter().any(|group| group.name == word);
    let names = |word: &&str| {
        let group = word.split('/').next().unwrap_or_default();
        name == group || name.contains(*word) && !is_name(word)
    };
    words.is_empty() || words.iter().any(names)
}

/// Times what is wanted by criterion, which reads the command line again.
fn timings(words: &[&str]) {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .without_plots()
        .configure_from_args();
    for group in GROUPS.iter().filter(|group| is_wanted(group.name, words)) {
        let Ready {
            mut program,
            mut hand_written,
            reference,
            units,
            ..
        } = group.ready(!group.is_long);
        let mut timed = criterion.benchmark_group(group.name);
        timed.throughput(Throughput::Elements(units as u64));
        if let Some(mut reference) = reference {
            // It takes a hundred times as long, and few repetitions tell enough.
            timed.sample_size(10);
            time(&mut timed, "reference", reference.as_mut());
            timed.sample_size(20);
        }
        time(&mut timed, "program", program.as_mut());
        time(&mut timed, "hand_written", hand_written.as_mut());
        timed.finish();
    }
    compiling::timings(&mut criterion, |name| is_wanted(name, words));
    threads::timings(&mut criterion, |name| is_wanted(name, words));
    population::timings(&mut criterion, |name| is_wanted(name, words));
    criterion.final_summary();
}

fn time(group: &mut BenchmarkGroup<'_, WallTime>, id: &str, contender: &mut dyn Contender) {
    group.bench_function(id, |bencher| {
        bencher.iter_custom(|times| {
            let start = Instant::now();
            contender.repeat(times);
            start.elapsed()
        });
    });
}
