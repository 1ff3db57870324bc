//! Where a program runs, and where its results lie.

use crate::batch::Batch;
use crate::error::RunError;
use crate::program::{BLOCK, Program};
use crate::strict::kernels::{Operands, compute};
use crate::strict::plan::{Consumer, Kernel, Plan, Step};
use crate::strict::sums::Sums;
use dagrad_tape::{OutputKind, TapeScalar};
use std::ops::Range;

/// The memory that a program runs in. Each thread that runs a program has its own.
#[derive(Clone, Debug)]
pub struct Workspace<S> {
    program: u64,
    /// The values of which there is one for each run.
    shared: Vec<S>,
    /// Buffers of `lanes` values.
    buffers: Vec<S>,
    /// The results of one step, before they take the place of an operand.
    lane_results: Vec<S>,
    scratch: Vec<S>,
    /// Row-major: a row for each sample.
    rows: Vec<S>,
    columns: usize,
    sums: Sums<S>,
    /// The results of which there is one for each run.
    run_results: Vec<S>,
    steps: StepCounts,
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

impl<S: TapeScalar> Workspace<S> {
    pub(crate) fn new(id: u64, program: &Program<S>) -> Self {
        let Plan {
            shared_values,
            buffers,
            widest,
            columns,
            means,
            run_results,
            ..
        } = &program.plan;
        let zero = S::from_f64(0.0);
        Self {
            program: id,
            shared: shared_values.clone(),
            buffers: vec![zero; buffers * program.lanes],
            lane_results: vec![zero; program.lanes],
            scratch: vec![zero; *widest],
            rows: vec![zero; *columns],
            columns: *columns,
            // The total weight is summed beside the means, so that both have one order.
            sums: Sums::new(means.len() + 1),
            run_results: vec![zero; run_results.len()],
            steps: StepCounts::default(),
        }
    }

    pub(crate) fn program(&self) -> u64 {
        self.program
    }

    /// The number of steps that the last run took.
    #[must_use]
    pub fn steps(&self) -> StepCounts {
        self.steps
    }

    /// The values of the output called `name` in the last run, one for each of its slots: means over the batch,
    /// and what depends on them or on no sample. None where the program has no such output once for each run.
    #[must_use]
    pub fn mean(&self, program: &Program<S>, name: &str) -> Option<&[S]> {
        let places = program.places(name, OutputKind::PerRun)?;
        self.run_results.get(places)
    }

    /// The values of the output called `name` for each sample of the last run, in order; none where the
    /// program has no such output for each sample.
    pub fn rows(
        &self,
        program: &Program<S>,
        name: &str,
    ) -> Option<impl ExactSizeIterator<Item = &[S]>> {
        let places = program.places(name, OutputKind::PerSample)?;
        let rows = self.rows.chunks_exact(self.columns.max(1));
        Some(rows.map(move |row| &row[places.clone()]))
    }

    pub(crate) fn run(
        &mut self,
        program: &Program<S>,
        parameters: &[S],
        batch: &Batch<'_, S>,
    ) -> Result<(), RunError> {
        let plan = &program.plan;
        self.rows
            .resize(batch.rows * self.columns, S::from_f64(0.0));
        self.sums.reserve(batch.rows.div_ceil(BLOCK));
        self.sums.clear();
        self.steps = StepCounts {
            shared: plan.shared.len() as u64,
            per_sample: (plan.per_sample.len() * batch.rows) as u64,
            reduced: (plan.means.len() + plan.reduced.len()) as u64,
        };
        self.run_once(plan, &plan.shared, parameters, batch);
        let mut start = 0;
        while start < batch.rows {
            // A tile lies in one block, so that sums are closed where blocks end.
            let block_end = (start / BLOCK + 1) * BLOCK;
            let end = (start + program.lanes).min(block_end).min(batch.rows);
            self.run_tile(program, batch, start..end);
            start = end;
        }
        self.take_means(plan, batch)?;
        self.run_once(plan, &plan.reduced, parameters, batch);
        for (result, &place) in self.run_results.iter_mut().zip(&plan.run_results) {
            *result = self.shared[place as usize];
        }
        Ok(())
    }

    /// Runs steps that are done once for the run.
    fn run_once(&mut self, plan: &Plan<S>, steps: &[Step], parameters: &[S], batch: &Batch<'_, S>) {
        for step in steps {
            let value = match step.kernel {
                Kernel::Parameter(number) => parameters[number as usize],
                // The only inputs that are given once for a run are directions.
                Kernel::Input(kind, number) => batch.table(kind)[number as usize],
                Kernel::Operation(_) | Kernel::Partial(..) | Kernel::Fma | Kernel::Dot(_) => {
                    let operands = Operands {
                        places: &plan.operands[step.operands.clone()],
                        shared: &self.shared,
                        buffers: &[],
                        stride: 1,
                    };
                    compute(
                        step,
                        &operands,
                        &mut self.scratch,
                        &mut self.lane_results[..1],
                    );
                    self.lane_results[0]
                }
            };
            self.shared[step.out as usize] = value;
        }
    }

    fn run_tile(&mut self, program: &Program<S>, batch: &Batch<'_, S>, samples: Range<usize>) {
        let plan = &program.plan;
        let (stride, lanes) = (program.lanes, samples.len());
        for step in &plan.per_sample {
            let out = &mut self.lane_results[..lanes];
            if let Kernel::Input(kind, number) = step.kernel {
                let (table, width) = (batch.table(kind), program.width(kind));
                let column = table[samples.start * width + number as usize..]
                    .iter()
                    .step_by(width);
                out.iter_mut()
                    .zip(column)
                    .for_each(|(out, &value)| *out = value);
            } else {
                let operands = Operands {
                    places: &plan.operands[step.operands.clone()],
                    shared: &self.shared,
                    buffers: &self.buffers,
                    stride,
                };
                compute(step, &operands, &mut self.scratch, out);
            }
            let start = step.out as usize * stride;
            self.buffers[start..start + lanes].copy_from_slice(out);
            for &consumer in &plan.consumers[step.consumers.clone()] {
                match consumer {
                    Consumer::Row(column) => {
                        let rows = self.rows[samples.start * self.columns..].iter_mut();
                        let places = rows.skip(column as usize).step_by(self.columns);
                        places.zip(&*out).for_each(|(place, &value)| *place = value);
                    }
                    Consumer::Mean(at) => {
                        self.sums
                            .add(at as usize, samples.start, out, batch.weights);
                    }
                }
            }
        }
        let lanes = &mut self.lane_results[..lanes];
        for &(value, column) in &plan.shared_columns {
            let value = self.shared[value as usize];
            let rows = self.rows[samples.start * self.columns..].iter_mut();
            let places = rows.skip(column as usize).step_by(self.columns);
            places.take(samples.len()).for_each(|place| *place = value);
        }
        if !plan.means.is_empty() {
            lanes.fill(S::from_f64(1.0));
            self.sums
                .add(plan.means.len(), samples.start, lanes, batch.weights);
            self.sums.close(samples.end, batch.rows);
        }
    }

    /// Divides the sums by the total weight.
    fn take_means(&mut self, plan: &Plan<S>, batch: &Batch<'_, S>) -> Result<(), RunError> {
        if plan.means.is_empty() {
            return Ok(());
        }
        let sums = self.sums.total();
        let total = sums[plan.means.len()];
        if batch.weights.is_some() && !(total.to_f64() > 0.0 && total.to_f64().is_finite()) {
            return Err(RunError::Weights {
                total: total.to_f64().to_string(),
            });
        }
        for (&place, &sum) in plan.means.iter().zip(sums) {
            self.shared[place as usize] = sum / total;
        }
        Ok(())
    }
}
