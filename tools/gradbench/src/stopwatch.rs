//! What took how long, and how often a function is run.

use crate::protocol::{Runs, Timing};
use std::time::{Duration, Instant};

/// The timings of one answer. What is done once, to prepare, has a name of its own, so it is never counted as evaluating.
#[derive(Clone, Debug)]
pub struct Stopwatch {
    runs: Runs,
    timings: Vec<Timing>,
}

impl Stopwatch {
    /// One that has timed nothing, for a function that is to be run so often.
    #[must_use]
    pub fn new(runs: Runs) -> Self {
        Self {
            runs,
            timings: Vec::new(),
        }
    }

    /// Times the building of graphs.
    pub fn build<T>(&mut self, build: impl FnOnce() -> T) -> T {
        self.once("build", build)
    }

    /// Times differentiating and compiling.
    pub fn compile<T>(&mut self, compile: impl FnOnce() -> T) -> T {
        self.once("compile", compile)
    }

    /// Times each of as many runs as are asked for, and gives the result of the last.
    ///
    /// # Errors
    /// The first error of a run; there are no further runs.
    pub fn evaluate<T, E>(&mut self, mut evaluate: impl FnMut() -> Result<T, E>) -> Result<T, E> {
        let mut total = Duration::ZERO;
        let mut done = 0;
        loop {
            let start = Instant::now();
            let result = evaluate()?;
            let took = start.elapsed();
            self.push("evaluate", took);
            total += took;
            done += 1;
            if done >= self.runs.min_runs && total.as_secs_f64() >= self.runs.min_seconds {
                return Ok(result);
            }
        }
    }

    /// All that was timed, in order.
    #[must_use]
    pub fn into_timings(self) -> Vec<Timing> {
        self.timings
    }

    fn once<T>(&mut self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.push(name, start.elapsed());
        result
    }

    fn push(&mut self, name: &'static str, took: Duration) {
        let nanoseconds = took.as_nanos().try_into().unwrap_or(u64::MAX);
        self.timings.push(Timing { name, nanoseconds });
    }
}
