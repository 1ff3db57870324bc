//! Running a plan.

use super::Engine;
use super::place::{Grid, Place, Space};
use super::plan::{
    Finish, Function, Gathered, GatheredGradients, Gradients, Inputs, LaneSums, Operands, Pairs,
    Places, Plan, Product, Run, Start, Step, Steps,
};
use super::pointwise::Args;
use crate::error::RunError;
use crate::kernels;
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::workspace::StepCounts;
use dagrad_tape::{InputKind, Tape};
use std::ops::Range;

/// The memory that a fast program runs in: one for tiles of many lanes, one for one lane at a time.
#[derive(Clone, Debug)]
pub(crate) struct Memory<S> {
    wide: PlanMemory<S>,
    narrow: PlanMemory<S>,
}

/// The memory of one plan.
#[derive(Clone, Debug)]
struct PlanMemory<S> {
    /// The rows of a tile, and room to begin on a boundary of 64 bytes.
    tile: Vec<S>,
    /// How far apart rows are, in numbers.
    stride: usize,
    /// The places of the tile's steps, as offsets for this stride.
    offsets: Vec<u32>,
    scalars: Vec<S>,
    means: Vec<S>,
}

/// How many bytes a row of a tile is a multiple of.
const ALIGNMENT: usize = 64;

impl<S: ProgramScalar> Memory<S> {
    pub(crate) fn new() -> Self {
        let empty = PlanMemory {
            tile: Vec::new(),
            stride: 0,
            offsets: Vec::new(),
            scalars: Vec::new(),
            means: Vec::new(),
        };
        Self {
            wide: empty.clone(),
            narrow: empty,
        }
    }

    pub(crate) fn run(
        &mut self,
        engine: &Engine<S>,
        tape: &Tape,
        given: &Given<'_, S>,
        results: &mut Results<S>,
    ) -> Result<(), RunError> {
        let samples = given.batch.rows;
        let plan = engine.plan(tape, samples);
        let (memory, lanes) = if plan.is_narrow {
            (&mut self.narrow, 1)
        } else {
            // As few tiles as possible, of lanes that are as even as possible.
            let tiles = samples.div_ceil(engine.lanes);
            (&mut self.wide, samples.div_ceil(tiles))
        };
        let total = match given.batch.weights {
            Some(weights) => {
                let total: f64 = weights.iter().map(|weight| weight.to_f64()).sum();
                if plan.means > 0 && !(total > 0.0 && total.is_finite()) {
                    return Err(RunError::Weights {
                        total: total.to_string(),
                    });
                }
                total
            }
            None => samples as f64,
        };
        memory.prepare(plan, lanes);
        let bases = memory.bases(given.parameters);
        let mut running = Running {
            engine,
            plan,
            given,
            bases,
            offsets: &memory.offsets,
            stride: memory.stride,
            scale: S::from_f64(1.0 / total),
            samples: 0..1,
            is_first: true,
        };
        running.before();
        let mut start = 0;
        while start < samples {
            let end = (start + lanes).min(samples);
            running.tile(start..end, results);
            start = end;
        }
        running.after(results);
        results.steps = StepCounts {
            shared: plan.before.steps.len() as u64,
            per_sample: (plan.tile.steps.len() * samples) as u64,
            reduced: plan.after.steps.len() as u64,
        };
        Ok(())
    }
}

impl<S: ProgramScalar> PlanMemory<S> {
    /// Makes room for tiles of so many lanes.
    fn prepare(&mut self, plan: &Plan<S>, lanes: usize) {
        let stride = if plan.is_narrow {
            1
        } else {
            lanes.next_multiple_of(ALIGNMENT / size_of::<S>())
        };
        if self.stride == stride {
            return;
        }
        let zero = S::from_f64(0.0);
        if self.scalars.is_empty() && self.means.is_empty() {
            self.scalars.clone_from(&plan.scalars);
            self.means.resize(plan.means, zero);
        }
        self.stride = stride;
        self.tile.clear();
        let room = plan.rows * stride + ALIGNMENT / size_of::<S>();
        self.tile.resize(room, zero);
        self.offsets.clear();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "offsets of rows are below 2³²"
        )]
        let offset = |&row: &u32| (row as usize * stride) as u32;
        let is_narrow = plan.is_narrow;
        let places = plan.tile.places.iter();
        self.offsets
            .extend(places.map(|row| if is_narrow { *row } else { offset(row) }));
    }
}

impl<S: ProgramScalar> PlanMemory<S> {
    fn bases(&mut self, parameters: &[S]) -> Bases<S> {
        let tile = self.tile.as_mut_ptr();
        Bases {
            tile: tile.wrapping_add(tile.align_offset(ALIGNMENT)),
            scalars: self.scalars.as_mut_ptr(),
            parameters: parameters.as_ptr(),
            means: self.means.as_mut_ptr(),
        }
    }
}

/// Where the memories of a run start.
#[derive(Clone, Copy)]
struct Bases<S> {
    tile: *mut S,
    scalars: *mut S,
    parameters: *const S,
    means: *mut S,
}

/// A run under way.
struct Running<'r, S> {
    engine: &'r Engine<S>,
    plan: &'r Plan<S>,
    given: &'r Given<'r, S>,
    bases: Bases<S>,
    /// The places of the tile's steps, as offsets.
    offsets: &'r [u32],
    /// How far apart rows are.
    stride: usize,
    /// What each sample counts in a mean, if all count alike.
    scale: S,
    /// The samples of the tile.
    samples: Range<usize>,
    /// Whether this is the first tile.
    is_first: bool,
}

/// The steps of a stage, as they run.
#[derive(Clone, Copy)]
struct Under<'r> {
    steps: &'r Steps,
    /// How many lanes are computed.
    lanes: usize,
    /// Whether places in the tile are rows of many lanes.
    is_tile: bool,
}

impl<S: ProgramScalar> Running<'_, S> {
    fn before(&self) {
        let plan = self.plan;
        self.steps(&plan.before, 1, false);
        for copy in &plan.packed {
            // SAFETY: both are places of the plan, for one number.
            unsafe { *self.pointer(copy.to) = *self.pointer(copy.from) };
        }
        for copy in &plan.broadcasts {
            // SAFETY: a number, and a row of the tile.
            unsafe {
                let value = *self.pointer(copy.from);
                let row = self.pointer(copy.to);
                std::slice::from_raw_parts_mut(row, self.stride).fill(value);
            }
        }
        for &mean in &plan.cleared {
            // SAFETY: a mean of the plan.
            unsafe { *self.bases.means.add(mean as usize) = S::from_f64(0.0) };
        }
    }

    fn tile(&mut self, samples: Range<usize>, results: &mut Results<S>) {
        let plan = self.plan;
        self.is_first = samples.start == 0;
        self.samples = samples.clone();
        self.steps(&plan.tile, samples.len(), true);
        let columns = plan.columns.len();
        for (column, &place) in plan.columns.iter().enumerate() {
            let step = usize::from(place.space() == Space::Tile);
            for (lane, sample) in samples.clone().enumerate() {
                // SAFETY: a row has a number for each lane, and what is no row has one for all.
                let value = unsafe { *self.pointer(place).add(lane * step) };
                results.rows[sample * columns + column] = value;
            }
        }
    }

    fn after(&self, results: &mut Results<S>) {
        let plan = self.plan;
        self.steps(&plan.after, 1, false);
        for copy in &plan.results {
            // SAFETY: both are places of the plan, for one number.
            unsafe { *self.pointer(copy.to) = *self.pointer(copy.from) };
        }
        let count = results.per_run.len();
        // SAFETY: results of a run are the first means of the plan.
        let means = unsafe { std::slice::from_raw_parts(self.bases.means, count) };
        results.per_run.copy_from_slice(means);
    }

    /// Where a place is. Nobody writes to a parameter.
    fn pointer(&self, place: Place) -> *mut S {
        let at = place.at();
        match place.space() {
            Space::Tile => self.bases.tile.wrapping_add(at * self.stride),
            Space::Scalars => self.bases.scalars.wrapping_add(at),
            Space::Parameters => self.bases.parameters.wrapping_add(at).cast_mut(),
            Space::Means => self.bases.means.wrapping_add(at),
        }
    }

    /// The offsets of places of the tile.
    fn offsets(&self, places: &Places) -> &[u32] {
        &self.offsets[places.clone()]
    }

    fn steps(&self, steps: &Steps, lanes: usize, is_tile: bool) {
        let under = Under {
            steps,
            lanes,
            is_tile: is_tile && !self.plan.is_narrow,
        };
        for step in &steps.steps {
            match step {
                Step::Inputs(inputs) => self.inputs(inputs, under),
                Step::Fill(fill) => {
                    // SAFETY: a number, and `count` numbers of the workspace.
                    unsafe {
                        let value = *self.pointer(fill.from);
                        let start = self.pointer(fill.start);
                        std::slice::from_raw_parts_mut(start, fill.count).fill(value);
                    }
                }
                Step::Run(run) => self.run(run, under),
                Step::Pairs(pairs) => self.pairs(pairs, under),
                Step::Product(product) => self.product(product, under),
                Step::Gathered(gathered) => self.gathered(gathered, under),
                Step::Gradients(gradients) => self.gradients(gradients, under),
                Step::GatheredGradients(gradients) => self.gathered_gradients(gradients, under),
                Step::LaneSums(sums) => self.lane_sums(sums, under),
            }
        }
    }

    fn inputs(&self, inputs: &Inputs, under: Under<'_>) {
        let given = self.given;
        let (table, width) = (given.batch.table(inputs.kind), given.width(inputs.kind));
        let start = match inputs.kind {
            InputKind::Direction => 0,
            InputKind::Feature | InputKind::Target | InputKind::Seed => self.samples.start,
        };
        for at in 0..inputs.count {
            let out = self.pointer(inputs.out.plus(at));
            let column = table[start * width + inputs.column + at..].iter();
            for (lane, &value) in column.step_by(width).take(under.lanes).enumerate() {
                // SAFETY: a row has a number for each lane.
                unsafe { *out.add(lane) = value };
            }
        }
    }

    fn run(&self, run: &Run, under: Under<'_>) {
        let places = &under.steps.places;
        let place = |at: usize| Place::from_bits(places[at]);
        let stride = if under.is_tile { self.stride } else { 1 };
        let mut operands = [std::ptr::null::<S>(); FEW];
        match &run.operands {
            Operands::Runs(list) => {
                let len = (run.rows - 1) * stride + if under.is_tile { stride } else { 1 };
                let out = self.pointer(run.out);
                if list.len() <= FEW {
                    for (operand, at) in operands.iter_mut().zip(list.clone()) {
                        *operand = self.pointer(place(at));
                    }
                    self.call(run, &operands[..list.len()], out, len);
                } else {
                    let many: Vec<*const S> = list
                        .clone()
                        .map(|at| self.pointer(place(at)).cast_const())
                        .collect();
                    self.call(run, &many, out, len);
                }
            }
            Operands::Listed(list) => {
                let count = list.len() / run.rows;
                let mut many = Vec::new();
                for row in 0..run.rows {
                    let out = self.pointer(run.out.plus(row));
                    let at = |number: usize| list.start + number * run.rows + row;
                    if count <= FEW {
                        for (number, operand) in operands[..count].iter_mut().enumerate() {
                            *operand = self.pointer(place(at(number)));
                        }
                        self.call(run, &operands[..count], out, stride);
                    } else {
                        many.clear();
                        for number in 0..count {
                            many.push(self.pointer(place(at(number))).cast_const());
                        }
                        self.call(run, &many, out, stride);
                    }
                }
            }
        }
    }

    /// Runs a function over numbers in a row.
    fn call(&self, run: &Run, operands: &[*const S], out: *mut S, len: usize) {
        let args = Args { operands, out, len };
        match &run.function {
            // SAFETY: the planner gave rows to results that no operand has, but where a dot is finished in place.
            Function::Operation(op) => unsafe { (self.engine.pointwise.operation)(op, args) },
            // SAFETY: as above.
            Function::Fma => unsafe { (self.engine.pointwise.fma)(args) },
            Function::Partial(user, partial) => {
                let (own, value) = operands.split_at(operands.len() - 1);
                let mut list = vec![S::from_f64(0.0); own.len()];
                let mut partials = list.clone();
                for at in 0..len {
                    // SAFETY: every operand has `len` numbers, and the result room for as many.
                    unsafe {
                        for (number, operand) in list.iter_mut().zip(own) {
                            *number = *operand.add(at);
                        }
                        let value = *value[0].add(at);
                        S::user_partials(user.operation(), &list, value, &mut partials);
                        *out.add(at) = partials[*partial];
                    }
                }
            }
        }
    }

    fn pairs(&self, pairs: &Pairs, under: Under<'_>) {
        let steps = under.steps;
        let mut at = pairs.list.start;
        for row in 0..pairs.rows {
            let count = |which: usize| steps.numbers[pairs.counts.start + 2 * row + which] as usize;
            let (products, terms) = (count(0), count(1));
            let pointer = |at: usize| self.pointer(Place::from_bits(steps.places[at]));
            let out = pointer(at);
            for lane in 0..under.lanes {
                let mut sum = S::from_f64(0.0);
                for product in 0..products {
                    let factors = at + 1 + 2 * product;
                    // SAFETY: a row has a number for each lane.
                    sum = sum
                        + unsafe { *pointer(factors).add(lane) * *pointer(factors + 1).add(lane) };
                }
                for term in 0..terms {
                    // SAFETY: a row has a number for each lane.
                    sum = sum + unsafe { *pointer(at + 1 + 2 * products + term).add(lane) };
                }
                // SAFETY: a row has a number for each lane.
                unsafe { *out.add(lane) = sum };
            }
            at += 1 + 2 * products + terms;
        }
    }

    fn grid(&self, grid: &Grid) -> *const S {
        self.pointer(Place::new(grid.space, grid.start))
    }

    fn product(&self, product: &Product, under: Under<'_>) {
        let weights = self.grid(&product.weights);
        let start = match &product.start {
            Start::Zero => kernels::Start::Zero,
            Start::Bias(grid) => kernels::Start::Bias {
                bias: self.grid(grid),
                stride: grid.row_stride.cast_unsigned(),
            },
            Start::Rows => kernels::Start::Rows,
        };
        let tile = self.bases.tile;
        let with = |places| self.offsets(places);
        let finish = match &product.finish {
            Finish::None => kernels::Finish::None,
            Finish::Relu => kernels::Finish::Relu,
            Finish::ReluMask(places) => kernels::Finish::ReluMask { with: with(places) },
            Finish::TanhPartial(places) => kernels::Finish::TanhPartial { with: with(places) },
            Finish::Product(places) => kernels::Finish::Mul { with: with(places) },
        };
        let args = kernels::Product {
            tile,
            lanes: under.lanes,
            weights,
            row_stride: product.weights.row_stride.cast_unsigned(),
            depth_stride: product.weights.column_stride.cast_unsigned(),
            operands: self.offsets(&product.operands),
            out: self.offsets(&product.outs),
            start,
            finish,
        };
        if self.plan.is_narrow {
            plain_product(&args);
        } else {
            // SAFETY: weights lie in their grid, rows in the tile, and the planner gave rows to results that no
            // operand has.
            unsafe { (self.engine.kernels.product)(&args) };
        }
    }

    fn gathered(&self, gathered: &Gathered, under: Under<'_>) {
        let numbers = &under.steps.numbers;
        let weights = self.pointer(Place::new(gathered.weight_space, 0));
        let biases = self.pointer(Place::new(gathered.bias_space, 0));
        let tile = self.bases.tile;
        for row in 0..gathered.rows {
            let range = numbers[gathered.starts.start + row] as usize
                ..numbers[gathered.starts.start + row + 1] as usize;
            let operands = &self.offsets(&gathered.operands)[range.clone()];
            let out = self.offsets(&gathered.outs)[row];
            // SAFETY: weights and biases are places of the plan, rows have a number for each lane.
            unsafe {
                let out = tile.add(out as usize);
                for lane in 0..under.lanes {
                    let mut sum = S::from_f64(0.0);
                    if gathered.starts_from_rows {
                        sum = *out.add(lane);
                    }
                    if let Some(list) = &gathered.biases {
                        sum = *biases.add(numbers[list.start + row] as usize);
                    }
                    for (k, &operand) in range.clone().zip(operands) {
                        let weight = *weights.add(numbers[gathered.weights.start + k] as usize);
                        sum = sum + weight * *tile.add(operand as usize + lane);
                    }
                    *out.add(lane) = self.finished(&gathered.finish, row, lane, sum);
                }
            }
        }
    }

    /// What becomes of a sum.
    fn finished(&self, finish: &Finish, row: usize, lane: usize, x: S) -> S {
        let tile = self.bases.tile;
        let with = |places: &Places| {
            let offset = self.offsets(places)[row] as usize;
            // SAFETY: a row has a number for each lane.
            unsafe { *tile.add(offset + lane) }
        };
        let (zero, one) = (S::from_f64(0.0), S::from_f64(1.0));
        match finish {
            Finish::None => x,
            Finish::Relu => x.le(zero).select(zero, x),
            Finish::ReluMask(list) => with(list).le(zero).select(zero, x),
            Finish::TanhPartial(list) => x * (one - with(list) * with(list)),
            Finish::Product(list) => x * with(list),
        }
    }

    /// What a sample counts in a mean.
    fn weight(&self, lane: usize) -> S {
        let weights = self.given.batch.weights;
        weights.map_or(self.scale, |weights| {
            weights[self.samples.start + lane] * self.scale
        })
    }

    fn add(&self, target: usize, sum: S, is_first: bool) {
        // SAFETY: a mean of the plan.
        unsafe {
            let place = self.bases.means.add(target);
            *place = if is_first && self.is_first {
                sum
            } else {
                *place + sum
            };
        }
    }

    /// The sum over lanes of the product of two rows.
    fn lane_product(&self, one: u32, other: u32, lanes: usize) -> S {
        let tile = self.bases.tile;
        let mut sum = S::from_f64(0.0);
        for lane in 0..lanes {
            // SAFETY: a row has a number for each lane.
            let product =
                unsafe { *tile.add(one as usize + lane) * *tile.add(other as usize + lane) };
            sum = sum + product * self.weight(lane);
        }
        sum
    }

    fn gradients(&self, gradients: &Gradients, under: Under<'_>) {
        let grid = gradients.targets;
        for row in 0..gradients.rows.len() {
            for column in 0..gradients.columns.len() {
                let one = self.offsets(&gradients.rows)[row];
                let other = self.offsets(&gradients.columns)[column];
                let sum = self.lane_product(one, other, under.lanes);
                let target = grid.start.cast_signed()
                    + row.cast_signed() * grid.row_stride
                    + column.cast_signed() * grid.column_stride;
                self.add(target.cast_unsigned(), sum, gradients.is_first);
            }
        }
    }

    fn gathered_gradients(&self, gradients: &GatheredGradients, under: Under<'_>) {
        let numbers = &under.steps.numbers;
        for row in 0..gradients.rows.len() {
            let one = self.offsets(&gradients.rows)[row];
            let range = numbers[gradients.starts.start + row] as usize
                ..numbers[gradients.starts.start + row + 1] as usize;
            for k in range {
                let other = self.offsets(&gradients.columns)[k];
                let sum = self.lane_product(one, other, under.lanes);
                let target = numbers[gradients.targets.start + k] as usize;
                self.add(target, sum, gradients.is_first);
            }
        }
    }

    fn lane_sums(&self, sums: &LaneSums, under: Under<'_>) {
        let tile = self.bases.tile;
        for row in 0..sums.rows.len() {
            let offset = self.offsets(&sums.rows)[row] as usize;
            let mut sum = S::from_f64(0.0);
            for lane in 0..under.lanes {
                // SAFETY: a row has a number for each lane.
                sum = sum + unsafe { *tile.add(offset + lane) } * self.weight(lane);
            }
            let target = under.steps.numbers[sums.targets.start + row] as usize;
            self.add(target, sum, sums.is_first);
        }
    }
}

/// How many operands a run has without a list in memory.
const FEW: usize = 4;

/// The product of one lane.
fn plain_product<S: ProgramScalar>(product: &kernels::Product<'_, S>) {
    let zero = S::from_f64(0.0);
    let one = S::from_f64(1.0);
    for (row, &out) in product.out.iter().enumerate() {
        // SAFETY: weights lie in their grid, and rows in the tile.
        unsafe {
            let out = product.tile.add(out as usize);
            let mut sum = match product.start {
                kernels::Start::Zero => zero,
                kernels::Start::Bias { bias, stride } => {
                    *bias.wrapping_add(row.wrapping_mul(stride))
                }
                kernels::Start::Rows => *out,
            };
            let weights = product
                .weights
                .wrapping_add(row.wrapping_mul(product.row_stride));
            for (k, &operand) in product.operands.iter().enumerate() {
                let weight = *weights.wrapping_add(k.wrapping_mul(product.depth_stride));
                sum = sum + weight * *product.tile.add(operand as usize);
            }
            let with = |list: &[u32]| *product.tile.add(list[row] as usize);
            *out = match product.finish {
                kernels::Finish::None => sum,
                kernels::Finish::Relu => sum.le(zero).select(zero, sum),
                kernels::Finish::ReluMask { with: list } => with(list).le(zero).select(zero, sum),
                kernels::Finish::TanhPartial { with: list } => {
                    sum * (one - with(list) * with(list))
                }
                kernels::Finish::SigmoidPartial { with: list } => {
                    sum * (with(list) * (one - with(list)))
                }
                kernels::Finish::Mul { with: list } => sum * with(list),
            };
        }
    }
}
