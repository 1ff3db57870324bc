//! Running a strict plan.

use super::kernels::{Operands, compute};
use super::plan::{Consumer, Kernel, Plan, Step};
use super::sums::Sums;
use crate::error::RunError;
use crate::program::BLOCK;
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::threads::{Blocks, Claims, Division};
use crate::workspace::StepCounts;
use std::ops::Range;

/// The memory that a strict program runs in.
#[derive(Clone, Debug)]
pub(crate) struct Memory<S> {
    /// The values of which there is one for each run. Tiles only read them, so threads share them.
    shared: Vec<S>,
    /// One for each thread.
    tiles: Vec<Tiles<S>>,
    blocks: Blocks<S>,
}

/// The memory that one thread runs tiles in.
#[derive(Clone, Debug)]
struct Tiles<S> {
    /// How many samples are computed at a time.
    lanes: usize,
    /// Buffers of `lanes` values.
    buffers: Vec<S>,
    /// The results of one step, before they take the place of an operand.
    lane_results: Vec<S>,
    scratch: Vec<S>,
    sums: Sums<S>,
}

/// Chunks of the batch at most; more would make no batch faster.
const CHUNKS: usize = 256;

impl<S: ProgramScalar> Memory<S> {
    pub(crate) fn new(plan: &Plan<S>, lanes: usize) -> Self {
        Self {
            shared: plan.shared_values.clone(),
            tiles: vec![Tiles::new(plan, lanes)],
            blocks: Blocks::default(),
        }
    }

    /// Runs a program over a batch, on so many threads at most, which take `chunk` blocks at a time at least.
    pub(crate) fn run(
        &mut self,
        plan: &Plan<S>,
        given: &Given<'_, S>,
        chunk: usize,
        threads: usize,
        results: &mut Results<S>,
    ) -> Result<(), RunError> {
        let samples = given.batch.rows;
        results.steps = StepCounts {
            shared: plan.shared.len() as u64,
            per_sample: (plan.per_sample.len() as u64).saturating_mul(samples as u64),
            reduced: (plan.means.len() + plan.reduced.len()) as u64,
        };
        self.run_once(plan, &plan.shared, given);
        let blocks = samples.div_ceil(BLOCK);
        // A power of two, so that chunks are joined in the tree that blocks are.
        let chunk = chunk
            .max(blocks.div_ceil(CHUNKS))
            .checked_next_power_of_two();
        let chunk = chunk.unwrap_or(blocks).min(blocks.next_power_of_two());
        let division = Division::into_units(samples, chunk.saturating_mul(BLOCK));
        let threads = threads.clamp(1, division.blocks());
        while self.tiles.len() < threads {
            self.tiles.push(Tiles::new(plan, self.tiles[0].lanes));
        }
        let tiles = &mut self.tiles[..threads];
        for tiles in tiles.iter_mut() {
            tiles.sums.clear();
            tiles
                .sums
                .reserve(if threads == 1 { blocks } else { chunk });
        }
        if let [tiles] = tiles {
            tiles.run(plan, &self.shared, given, 0..samples, &mut results.rows);
            take_means(plan, given, tiles.sums.total(), &mut self.shared)?;
        } else {
            let shared = &self.shared;
            let work = |tiles: &mut Tiles<S>, claims: &Claims<'_, S>| {
                while let Some(mut block) = claims.next() {
                    tiles.run(plan, shared, given, block.samples.clone(), block.rows);
                    block.sums.copy_from_slice(tiles.sums.total());
                    claims.done(block);
                }
            };
            let (width, rows) = (plan.means.len() + 1, &mut results.rows);
            let sums = self.blocks.run(division, width, rows, tiles, work);
            if let Some(sums) = sums {
                take_means(plan, given, sums, &mut self.shared)?;
            }
        }
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
                        places: &plan.operands[step.operands.range()],
                        shared: &self.shared,
                        buffers: &[],
                        stride: 1,
                    };
                    let Tiles {
                        scratch,
                        lane_results,
                        ..
                    } = &mut self.tiles[0];
                    compute(step, &operands, scratch, &mut lane_results[..1]);
                    lane_results[0]
                }
            };
            self.shared[step.out as usize] = value;
        }
    }
}

impl<S: ProgramScalar> Tiles<S> {
    fn new(plan: &Plan<S>, lanes: usize) -> Self {
        let zero = S::from_f64(0.0);
        // A tile lies in one block.
        let lanes = lanes.min(BLOCK);
        Self {
            lanes,
            buffers: vec![zero; plan.buffers * lanes],
            lane_results: vec![zero; lanes],
            scratch: vec![zero; 2 * plan.widest],
            // The total weight is summed beside the means, so that both have one order.
            sums: Sums::new(plan.means.len() + 1),
        }
    }

    /// Runs over these samples, which are whole blocks, and adds them up. Their results for each of them go to `rows`.
    fn run(
        &mut self,
        plan: &Plan<S>,
        shared: &[S],
        given: &Given<'_, S>,
        samples: Range<usize>,
        rows: &mut [S],
    ) {
        self.sums.clear();
        let columns = plan.columns;
        let mut start = samples.start;
        while start < samples.end {
            // A tile lies in one block, so that sums are closed where blocks end.
            let block_end = (start / BLOCK + 1) * BLOCK;
            let end = (start + self.lanes).min(block_end).min(samples.end);
            let rows = &mut rows[(start - samples.start) * columns..];
            self.run_tile(plan, shared, given, start..end, rows);
            start = end;
        }
    }

    /// Runs over the samples of a tile, whose results are at the start of `rows`.
    fn run_tile(
        &mut self,
        plan: &Plan<S>,
        shared: &[S],
        given: &Given<'_, S>,
        samples: Range<usize>,
        rows: &mut [S],
    ) {
        let batch = &given.batch;
        let columns = plan.columns;
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
                    places: &plan.operands[step.operands.range()],
                    shared,
                    buffers: &self.buffers,
                    stride,
                };
                compute(step, &operands, &mut self.scratch, out);
            }
            let start = step.out as usize * stride;
            self.buffers[start..start + lanes].copy_from_slice(out);
            for &consumer in &plan.consumers[step.consumers.range()] {
                match consumer {
                    Consumer::Row(column) => {
                        let places = rows.iter_mut().skip(column as usize).step_by(columns);
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
            let value = shared[value as usize];
            let places = rows.iter_mut().skip(column as usize).step_by(columns);
            places.take(samples.len()).for_each(|place| *place = value);
        }
        if !plan.means.is_empty() {
            lanes.fill(S::from_f64(1.0));
            self.sums
                .add(plan.means.len(), samples.start, lanes, batch.weights);
            self.sums.close(samples.end, batch.rows);
        }
    }
}

/// Divides the sums by the total weight.
fn take_means<S: ProgramScalar>(
    plan: &Plan<S>,
    given: &Given<'_, S>,
    sums: &[S],
    shared: &mut [S],
) -> Result<(), RunError> {
    if plan.means.is_empty() {
        return Ok(());
    }
    let total = sums[plan.means.len()];
    if given.batch.weights.is_some() && !(total.to_f64() > 0.0 && total.to_f64().is_finite()) {
        return Err(RunError::Weights {
            total: total.to_f64().to_string(),
        });
    }
    for (&place, &sum) in plan.means.iter().zip(sums) {
        shared[place as usize] = sum / total;
    }
    Ok(())
}
