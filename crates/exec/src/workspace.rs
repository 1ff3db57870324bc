//! Where a program runs, and where its results lie.

use crate::error::RunError;
use crate::fast;
use crate::program::{Engine, Program};
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::strict;
use dagrad_tape::OutputKind;

/// The memory that a program runs in. Each thread that runs a program has its own; and a run may be spread over
/// [several threads](Self::set_threads).
#[derive(Clone, Debug)]
pub struct Workspace<S> {
    program: u64,
    threads: usize,
    memory: Memory<S>,
    results: Results<S>,
}

/// The memory of each kind of programs.
#[derive(Clone, Debug)]
enum Memory<S> {
    Strict(strict::run::Memory<S>),
    Fast(Box<fast::Memory<S>>),
}

/// How many steps a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Steps done once for the run, before the samples.
    pub shared: u64,
    /// Steps done for each sample, times the number of samples.
    pub per_sample: u64,
    /// Steps done once for the run, after the samples; a mean is one.
    pub reduced: u64,
}

impl<S: ProgramScalar> Workspace<S> {
    pub(crate) fn new(id: u64, program: &Program<S>) -> Self {
        let zero = S::from_f64(0.0);
        let (columns, per_run) = program.widths_of_results();
        Self {
            program: id,
            threads: 1,
            memory: match &program.engine {
                Engine::Strict { plan, lanes, .. } => {
                    Memory::Strict(strict::run::Memory::new(plan, *lanes))
                }
                Engine::Fast(_) => Memory::Fast(Box::new(fast::Memory::new())),
            },
            results: Results {
                rows: vec![zero; columns],
                columns,
                per_run: vec![zero; per_run],
                steps: StepCounts::default(),
            },
        }
    }

    pub(crate) fn program(&self) -> u64 {
        self.program
    }

    /// Lets runs in this workspace use so many threads at most; it is 1 until somebody says. No bit of a result depends
    /// on it.
    ///
    /// The threads are those of the `rayon` pool that the caller runs in, or else of the global one; the physical cores
    /// are what is worth asking for. Each has memory of its own, which is made in the first run that uses it. A batch with
    /// less than a fraction of a millisecond of work stays in the calling thread, and so does everything without the
    /// feature `threads`.
    pub fn set_threads(&mut self, threads: usize) {
        self.threads = threads.max(1);
    }

    /// How many threads runs in this workspace use at most.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The number of steps that the last run took.
    #[must_use]
    pub fn steps(&self) -> StepCounts {
        self.results.steps
    }

    /// The values of the output called `name` in the last run, one for each of its slots: means over the batch,
    /// and what depends on them or on no sample. None where the program is another, or has no such output once for each run.
    #[must_use]
    pub fn mean(&self, program: &Program<S>, name: &str) -> Option<&[S]> {
        if program.id() != self.program {
            return None;
        }
        let places = program.places(name, OutputKind::PerRun)?;
        self.results.per_run.get(places)
    }

    /// The values of the output called `name` for each sample of the last run, in order; none where the program is
    /// another, or has no such output for each sample.
    pub fn rows(
        &self,
        program: &Program<S>,
        name: &str,
    ) -> Option<impl ExactSizeIterator<Item = &[S]>> {
        if program.id() != self.program {
            return None;
        }
        let places = program.places(name, OutputKind::PerSample)?;
        let rows = self.results.rows.chunks_exact(self.results.columns.max(1));
        Some(rows.map(move |row| &row[places.clone()]))
    }

    /// Copies the values of the output called `name` in the last run to `out`: row-major, a row for each sample, or
    /// one row where it is given once for each run.
    ///
    /// # Errors
    /// Where the program is another or has no such output, or `out` is shorter or longer.
    pub fn copy(&self, program: &Program<S>, name: &str, out: &mut [S]) -> Result<(), RunError> {
        if program.id() != self.program {
            return Err(RunError::Workspace);
        }
        let (kind, places) = program.output(name)?;
        let all = self.results.columns;
        let (table, stride, rows) = match kind {
            OutputKind::PerSample => (
                &self.results.rows,
                all,
                self.results.rows.len() / all.max(1),
            ),
            OutputKind::PerRun => (&self.results.per_run, places.end, 1),
        };
        let columns = places.len();
        if rows.checked_mul(columns) != Some(out.len()) {
            return Err(RunError::Room {
                name: name.to_owned(),
                rows,
                columns,
                got: out.len(),
            });
        }
        let to = out.chunks_exact_mut(columns.max(1));
        for (to, row) in to.zip(table.chunks_exact(stride.max(1))) {
            to.copy_from_slice(&row[places.clone()]);
        }
        Ok(())
    }

    pub(crate) fn run(
        &mut self,
        program: &Program<S>,
        given: &Given<'_, S>,
    ) -> Result<(), RunError> {
        let rows = given.batch.rows * self.results.columns;
        if self.results.rows.len() != rows {
            self.results.rows.resize(rows, S::from_f64(0.0));
        }
        let (threads, results) = (self.threads, &mut self.results);
        match (&mut self.memory, &program.engine) {
            (Memory::Strict(memory), Engine::Strict { plan, chunk, .. }) => {
                memory.run((program.tape(), plan), given, *chunk, threads, results)
            }
            (Memory::Fast(memory), Engine::Fast(engine)) => {
                memory.run(engine, program.tape(), given, threads, results)
            }
            // The workspace was found to be this program's.
            (Memory::Strict(_), Engine::Fast(_)) | (Memory::Fast(_), Engine::Strict { .. }) => {
                Err(RunError::Workspace)
            }
        }
    }
}
