//! Running a fast program over a batch.

use super::Engine;
use super::memory::PlanMemory;
use super::plan::Plan;
use super::running::{Common, Running};
use crate::error::RunError;
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::threads::{Blocks, Claims};
use crate::workspace::StepCounts;
use dagrad_tape::Tape;

/// The memory that a fast program runs in.
#[derive(Clone, Debug)]
pub(crate) struct Memory<S> {
    /// For tiles of many lanes, one for each thread.
    wide: Vec<PlanMemory<S>>,
    /// The numbers that are none of a sample's, where tiles have many lanes. Tiles only read them, so threads share
    /// them: packed weights, which may be as many as there are parameters, are among them.
    scalars: Vec<S>,
    /// For one lane at a time.
    narrow: PlanMemory<S>,
    blocks: Blocks<S>,
}

impl<S: ProgramScalar> Memory<S> {
    pub(crate) fn new() -> Self {
        Self {
            wide: vec![PlanMemory::default()],
            scalars: Vec::new(),
            narrow: PlanMemory::default(),
            blocks: Blocks::default(),
        }
    }

    /// Runs a program over a batch, on so many threads at most.
    ///
    /// What small programs go through is short; the rest stands by itself, so that it costs them nothing.
    #[inline]
    pub(crate) fn run(
        &mut self,
        engine: &Engine<S>,
        tape: &Tape,
        given: &Given<'_, S>,
        threads: usize,
        results: &mut Results<S>,
    ) -> Result<(), RunError> {
        let plan = engine.plan(tape, given.batch.rows);
        if plan.is_straight {
            self.narrow.prepare(engine, plan, 1);
            self.narrow.straight(engine, plan, given, results);
            return Ok(());
        }
        self.run_steps((engine, plan), given, threads, results)
    }

    #[inline(never)]
    fn run_steps(
        &mut self,
        (engine, plan): (&Engine<S>, &Plan<S>),
        given: &Given<'_, S>,
        threads: usize,
        results: &mut Results<S>,
    ) -> Result<(), RunError> {
        let samples = given.batch.rows;
        let common = Common {
            engine,
            plan,
            given,
            scale: scale(plan, given)?,
        };
        if results.per_run.len() < plan.means {
            results.per_run.resize(plan.means, S::from_f64(0.0));
        }
        if plan.is_narrow {
            self.narrow(common, results);
        } else {
            self.wide(common, threads, results);
        }
        results.steps = StepCounts {
            shared: plan.before.steps.len() as u64,
            per_sample: (plan.tile.steps.len() as u64).saturating_mul(samples as u64),
            reduced: plan.after.steps.len() as u64,
        };
        Ok(())
    }

    /// Runs one lane at a time: in one thread, since who asks for that has one sample or few.
    fn narrow(&mut self, common: Common<'_, S>, results: &mut Results<S>) {
        let Common {
            engine,
            plan,
            given,
            ..
        } = common;
        let memory = &mut self.narrow;
        memory.prepare(engine, plan, 1);
        // The numbers of the workspace lie behind the tile.
        let scalars = std::ptr::null_mut();
        let bases = memory.bases(plan, scalars, given.parameters, &mut results.per_run);
        let mut copies = std::mem::take(&mut memory.copies);
        let mut running = Running::of(common, memory, bases);
        running.before();
        running.copies = running.copied(&mut copies);
        running.tiles(0..given.batch.rows, 1, &mut results.rows);
        running.after();
        memory.copies = copies;
    }

    #[inline(never)]
    fn wide(&mut self, common: Common<'_, S>, threads: usize, results: &mut Results<S>) {
        let Common {
            engine,
            plan,
            given,
            ..
        } = common;
        let samples = given.batch.rows;
        let lanes = engine.lanes_of_tile(samples);
        let division = engine.division(plan, samples, lanes);
        let threads = threads.clamp(1, division.blocks());
        if self.scalars.len() != plan.scalars.len() {
            self.scalars.clone_from(&plan.scalars);
        }
        if self.wide.len() < threads {
            self.wide.resize_with(threads, PlanMemory::default);
        }
        let memories = &mut self.wide[..threads];
        for memory in memories.iter_mut() {
            memory.prepare(engine, plan, lanes);
            if threads > 1 {
                memory.prepare_sums(plan, given.batch.weights.is_some());
            }
        }
        let first = &mut memories[0];
        let scalars = self.scalars.as_mut_ptr();
        let bases = first.bases(plan, scalars, given.parameters, &mut results.per_run);
        let mut running = Running::of(common, first, bases);
        running.before();
        if division.blocks() == 1 {
            running.broadcast();
            running.tiles(0..samples, lanes, &mut results.rows);
            running.after();
            return;
        }
        let shared = self.scalars.as_slice();
        let work = |memory: &mut PlanMemory<S>, claims: &Claims<'_, S>| {
            let mut is_first = true;
            while let Some(mut block) = claims.next() {
                // No step of a tile writes there.
                let scalars = shared.as_ptr().cast_mut();
                let bases = memory.bases(plan, scalars, given.parameters, &mut block.sums);
                let mut running = Running::of(common, memory, bases);
                if std::mem::take(&mut is_first) {
                    running.broadcast();
                }
                running.tiles(block.samples.clone(), lanes, block.rows);
                claims.done(block);
            }
        };
        let rows = &mut results.rows;
        let sums = self.blocks.run(division, plan.means, rows, memories, work);
        if let Some(sums) = sums {
            std::mem::swap(sums, &mut results.per_run);
        }
        let first = &mut self.wide[0];
        let scalars = self.scalars.as_mut_ptr();
        let bases = first.bases(plan, scalars, given.parameters, &mut results.per_run);
        Running::of(common, first, bases).after();
    }
}

/// What each sample counts in a mean, where there are means, if all count alike; with weights, what a weight of one
/// does.
fn scale<S: ProgramScalar>(plan: &Plan<S>, given: &Given<'_, S>) -> Result<S, RunError> {
    if plan.means == 0 {
        return Ok(S::from_f64(1.0));
    }
    let Some(weights) = given.batch.weights else {
        return Ok(S::from_f64(1.0 / given.batch.rows as f64));
    };
    let total: f64 = weights.iter().map(|weight| weight.to_f64()).sum();
    if total > 0.0 && total.is_finite() {
        Ok(S::from_f64(1.0 / total))
    } else {
        Err(RunError::Weights {
            total: total.to_string(),
        })
    }
}
