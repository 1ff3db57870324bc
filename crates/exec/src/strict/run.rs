//! Running a strict plan.

use super::kernels::{Operands, compute};
use super::plan::{Consumer, Kernel, Plan, Step};
use super::sums::Sums;
use crate::error::RunError;
use crate::program::BLOCK;
use crate::run::{Given, Results};
use crate::workspace::StepCounts;
use dagrad_tape::TapeScalar;
use std::ops::Range;

/// The memory that a strict program runs in.
#[derive(Clone, Debug)]
pub(crate) struct Memory<S> {
    /// How many samples are computed at a time.
    lanes: usize,
    /// The values of which there is one for each run.
    shared: Vec<S>,
    /// Buffers of `lanes` values.
    buffers: Vec<S>,
    /// The results of one step, before they take the place of an operand.
    lane_results: Vec<S>,
    scratch: Vec<S>,
    sums: Sums<S>,
}

impl<S: TapeScalar> Memory<S> {
    pub(crate) fn new(plan: &Plan<S>, lanes: usize) -> Self {
        let zero = S::from_f64(0.0);
        // A tile lies in one block.
        let lanes = lanes.min(BLOCK);
        Self {
            lanes,
            shared: plan.shared_values.clone(),
            buffers: vec![zero; plan.buffers * lanes],
            lane_results: vec![zero; lanes],
            scratch: vec![zero; 2 * plan.widest],
            // The total weight is summed beside the means, so that both have one order.
            sums: Sums::new(plan.means.len() + 1),
        }
    }

    pub(crate) fn run(
        &mut self,
        plan: &Plan<S>,
        given: &Given<'_, S>,
        results: &mut Results<S>,
    ) -> Result<(), RunError> {
        let batch = &given.batch;
        self.sums.clear();
        self.sums.reserve(batch.rows.div_ceil(BLOCK));
        results.steps = StepCounts {
            shared: plan.shared.len() as u64,
            per_sample: (plan.per_sample.len() as u64).saturating_mul(batch.rows as u64),
            reduced: (plan.means.len() + plan.reduced.len()) as u64,
        };
        self.run_once(plan, &plan.shared, given);
        let mut start = 0;
        while start < batch.rows {
            // A tile lies in one block, so that sums are closed where blocks end.
            let block_end = (start / BLOCK + 1) * BLOCK;
            let end = (start + self.lanes).min(block_end).min(batch.rows);
            self.run_tile(plan, given, start..end, results);
            start = end;
        }
        self.take_means(plan, given)?;
        self.run_once(plan, &plan.reduced, given);
        for (result, &place) in results.per_run.iter_mut().zip(&plan.run_results) {
            *result = self.shared[place as usize];
        }
        Ok(())
    }

    /// Runs steps that are done once for the run.
    fn run_once(&mut self, plan: &Plan<S>, steps: &[Step], given: &Given<'_, S>) {
        for step in steps {
            let value = match step.kernel {
                Kernel::Parameter(number) => given.parameters[number as usize],
                // The only inputs that are given once for a run are directions.
                Kernel::Input(kind, number) => given.batch.table(kind)[number as usize],
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

    fn run_tile(
        &mut self,
        plan: &Plan<S>,
        given: &Given<'_, S>,
        samples: Range<usize>,
        results: &mut Results<S>,
    ) {
        let batch = &given.batch;
        let columns = results.columns;
        let (stride, lanes) = (self.lanes, samples.len());
        for step in &plan.per_sample {
            let out = &mut self.lane_results[..lanes];
            if let Kernel::Input(kind, number) = step.kernel {
                let (table, width) = (batch.table(kind), given.width(kind));
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
                        let rows = results.rows[samples.start * columns..].iter_mut();
                        let places = rows.skip(column as usize).step_by(columns);
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
            let rows = results.rows[samples.start * columns..].iter_mut();
            let places = rows.skip(column as usize).step_by(columns);
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
    fn take_means(&mut self, plan: &Plan<S>, given: &Given<'_, S>) -> Result<(), RunError> {
        if plan.means.is_empty() {
            return Ok(());
        }
        let sums = self.sums.total();
        let total = sums[plan.means.len()];
        if given.batch.weights.is_some() && !(total.to_f64() > 0.0 && total.to_f64().is_finite()) {
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
