//! Running a strict plan.

use super::kernels::{Operands, compute};
use super::plan::{Consumer, Plan, Steps};
use super::sums::Sums;
use crate::error::RunError;
use crate::program::BLOCK;
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::threads::{Blocks, Claims, Division};
use crate::workspace::StepCounts;
use dagrad_tape::{Code, Tape};
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
        (tape, plan): (&Tape, &Plan<S>),
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
        self.run_once((tape, plan), &plan.shared, given);
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
            tiles.run(
                (tape, plan),
                &self.shared,
                given,
                0..samples,
                &mut results.rows,
            );
            take_means(plan, given, tiles.sums.total(), &mut self.shared)?;
        } else {
            let shared = &self.shared;
            let work = |tiles: &mut Tiles<S>, claims: &Claims<'_, S>| {
                while let Some(mut block) = claims.next() {
                    tiles.run(
                        (tape, plan),
                        shared,
                        given,
                        block.samples.clone(),
                        block.rows,
                    );
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
        self.run_once((tape, plan), &plan.reduced, given);
        for (result, &place) in results.per_run.iter_mut().zip(&plan.run_results) {
            *result = self.shared[place as usize];
        }
        Ok(())
    }

    /// Runs steps that are done once for the run.
    fn run_once(&mut self, (tape, plan): (&Tape, &Plan<S>), steps: &Steps, given: &Given<'_, S>) {
        for slot in steps.slots() {
            let instruction = tape.instruction(slot);
            let value = match (instruction.variable(), instruction.code()) {
                // The only inputs that are given once for a run are directions.
                (Some(variable), Code::Input) => {
                    let kind = tape.inputs()[variable].kind;
                    given.batch.table(kind)[plan.numbers.get(variable) as usize]
                }
                (Some(variable), _) => given.parameters[variable],
                (None, _) => {
                    let operands = Operands {
                        slots: tape.operands(slot),
                        places: &plan.places,
                        buffer_count: plan.buffers,
                        shared: &self.shared,
                        buffers: &[],
                        stride: 1,
                    };
                    let Tiles {
                        scratch,
                        lane_results,
                        ..
                    } = &mut self.tiles[0];
                    compute(tape, slot, &operands, scratch, &mut lane_results[..1]);
                    lane_results[0]
                }
            };
            self.shared[plan.places[slot.index()].as_shared()] = value;
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
        (tape, plan): (&Tape, &Plan<S>),
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
            self.run_tile((tape, plan), shared, given, start..end, rows);
            start = end;
        }
    }

    /// Runs over the samples of a tile, whose results are at the start of `rows`.
    fn run_tile(
        &mut self,
        (tape, plan): (&Tape, &Plan<S>),
        shared: &[S],
        given: &Given<'_, S>,
        samples: Range<usize>,
        rows: &mut [S],
    ) {
        let batch = &given.batch;
        let columns = plan.columns;
        let (stride, lanes) = (self.lanes, samples.len());
        let mut consumers = plan.consumers.iter().peekable();
        for slot in plan.per_sample.slots() {
            let out = &mut self.lane_results[..lanes];
            let instruction = tape.instruction(slot);
            if let Some(variable) = instruction.variable() {
                let kind = tape.inputs()[variable].kind;
                let (table, width) = (batch.table(kind), given.width(kind));
                let number = plan.numbers.get(variable) as usize;
                let column = table[samples.start * width + number..]
                    .iter()
                    .step_by(width);
                out.iter_mut()
                    .zip(column)
                    .for_each(|(out, &value)| *out = value);
            } else {
                let operands = Operands {
                    slots: tape.operands(slot),
                    places: &plan.places,
                    buffer_count: plan.buffers,
                    shared,
                    buffers: &self.buffers,
                    stride,
                };
                compute(tape, slot, &operands, &mut self.scratch, out);
            }
            let start = plan.places[slot.index()].as_buffer() * stride;
            self.buffers[start..start + lanes].copy_from_slice(out);
            while let Some((_, consumer)) = consumers.next_if(|(other, _)| *other == slot) {
                match *consumer {
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
