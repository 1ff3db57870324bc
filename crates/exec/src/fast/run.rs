//! Running a plan.

use super::Engine;
use super::memory::{ALIGNMENT, Bases, Copies, PlanMemory, Scratch};
use super::place::{Grid, Place, Space};
use super::plan::{
    Adjoints, Copy, Finish, Function, Gathered, GatheredGradients, Gradients, Inputs, LaneSums,
    Operands, Pairs, Places, Plan, Product, Run, Start, Step, Steps,
};
use super::pointwise::Args;
use super::straight;
use crate::error::RunError;
use crate::kernels::{self, WeightOrder};
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

impl<S: ProgramScalar> Memory<S> {
    pub(crate) fn new() -> Self {
        Self {
            wide: PlanMemory::default(),
            narrow: PlanMemory::default(),
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
        if plan.is_straight {
            self.narrow.prepare(plan, 1);
            self.narrow.straight(engine, plan, given, results);
            return Ok(());
        }
        let (memory, lanes) = if plan.is_narrow {
            (&mut self.narrow, 1)
        } else {
            // As few tiles as possible, as even as whole vectors allow.
            let tiles = samples.div_ceil(engine.lanes);
            let lanes = samples.div_ceil(tiles);
            let width = engine.kernels.width;
            (
                &mut self.wide,
                lanes.next_multiple_of(width).min(engine.lanes.max(width)),
            )
        };
        // What each sample counts in a mean, where there are means.
        let scale = match given.batch.weights {
            _ if plan.means == 0 => S::from_f64(1.0),
            Some(weights) => {
                let total: f64 = weights.iter().map(|weight| weight.to_f64()).sum();
                if !(total > 0.0 && total.is_finite()) {
                    return Err(RunError::Weights {
                        total: total.to_string(),
                    });
                }
                S::from_f64(1.0 / total)
            }
            None => S::from_f64(1.0 / samples as f64),
        };
        memory.prepare(plan, lanes);
        if results.per_run.len() < plan.means {
            results.per_run.resize(plan.means, S::from_f64(0.0));
        }
        let bases = memory.bases(plan, given.parameters, &mut results.per_run);
        let mut memory_copies = std::mem::take(&mut memory.copies);
        let mut running = Running {
            engine,
            plan,
            given,
            bases,
            offsets: &memory.offsets,
            columns: &memory.columns,
            stride: memory.stride,
            list: memory.list.as_mut_ptr(),
            pointers: memory.pointers.0.as_mut_ptr(),
            copies: std::ptr::null(),
            scratch: &mut memory.scratch,
            scale,
            samples: 0..1,
            is_first: true,
        };
        running.before();
        running.copies = running.copied(&mut memory_copies);
        let mut start = 0;
        while start < samples {
            let end = (start + lanes).min(samples);
            running.tile(start..end, results);
            start = end;
        }
        running.after();
        memory.copies = memory_copies;
        results.steps = StepCounts {
            shared: plan.before.steps.len() as u64,
            per_sample: (plan.tile.steps.len() as u64).saturating_mul(samples as u64),
            reduced: plan.after.steps.len() as u64,
        };
        Ok(())
    }
}

/// A run under way.
struct Running<'r, S> {
    engine: &'r Engine<S>,
    plan: &'r Plan<S>,
    given: &'r Given<'r, S>,
    bases: Bases<S>,
    /// The places of the tile's steps, as offsets.
    offsets: &'r [u32],
    /// The offsets of those results for each sample that lie in the tile.
    columns: &'r [u32],
    /// How far apart rows are.
    stride: usize,
    scratch: &'r mut Scratch<S>,
    /// Room for some lanes of every operand of an operation.
    list: *mut S,
    /// Room to say where the operands of an operation of many are.
    pointers: *mut *const S,
    /// The copies of gathered weights; null where there are none.
    copies: *const S,
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
    fn before(&mut self) {
        let plan = self.plan;
        self.steps(&plan.before, 1, false);
        for copy in &plan.packed {
            self.copy(copy);
        }
        for &(from, to) in &plan.broadcasts {
            // SAFETY: a number, and a row of the tile.
            unsafe {
                let value = *self.pointer(from);
                let row = self.pointer(to);
                std::slice::from_raw_parts_mut(row, self.stride).fill(value);
            }
        }
        for &mean in &plan.cleared {
            // SAFETY: a mean of the plan.
            unsafe { *self.bases.of(Space::Means).add(mean as usize) = S::from_f64(0.0) };
        }
    }

    fn tile(&mut self, samples: Range<usize>, results: &mut Results<S>) {
        let plan = self.plan;
        self.is_first = samples.start == 0;
        self.samples = samples.clone();
        self.steps(&plan.tile, samples.len(), true);
        let columns = plan.columns.len();
        let rows = &mut results.rows[samples.start * columns..samples.end * columns];
        if plan.is_narrow {
            for (result, &place) in rows.iter_mut().zip(&plan.columns) {
                // SAFETY: a number of the plan.
                *result = unsafe { *self.pointer(place) };
            }
            return;
        }
        // Columns whose rows are such, and follow each other, are turned together.
        let mut column = 0;
        while column < columns {
            let is_row = |place: Place| place.space() == Space::Tile;
            let rest = &plan.columns[column..];
            let count = rest.iter().take_while(|&&place| is_row(place)).count();
            // SAFETY: a row has a number for each lane, and what is no row has one for all.
            unsafe {
                if count > 0 {
                    (self.engine.kernels.transpose)(&kernels::Transpose {
                        from: kernels::Rows::Listed {
                            tile: self.bases.of(Space::Tile),
                            offsets: &self.columns[column..column + count],
                        },
                        columns: samples.len(),
                        to: rows.as_mut_ptr().add(column),
                        stride: columns,
                    });
                } else {
                    let value = *self.pointer(rest[0]);
                    let column = rows.iter_mut().skip(column).step_by(columns);
                    column.for_each(|place| *place = value);
                }
            }
            column += count.max(1);
        }
    }

    fn after(&mut self) {
        let plan = self.plan;
        self.steps(&plan.after, 1, false);
        for copy in &plan.results {
            self.copy(copy);
        }
    }

    fn copy(&self, copy: &Copy) {
        let (from, to) = (self.pointer(copy.from), self.pointer(copy.to));
        // SAFETY: both are places of the plan for as many numbers.
        unsafe { std::ptr::copy(from.cast_const(), to, copy.count) };
    }

    /// The copies of gathered weights, if they are worth making.
    fn copied(&self, copies: &mut Copies<S>) -> *const S {
        let version = Some(self.given.version);
        let is_known = copies.last.replace(self.given.version) == version;
        if !self.plan.is_narrow || !is_known || self.plan.copies == 0 {
            return std::ptr::null();
        }
        if copies.copied != version {
            copies.copied = version;
            copies.weights.clear();
            copies.weights.reserve(self.plan.copies);
        }
        if copies.weights.is_empty() || self.plan.has_derived_weights {
            copies.weights.clear();
            let steps = &self.plan.tile;
            for step in &steps.steps {
                if let Step::Gathered(gathered) = step {
                    let weights = self.pointer(Place::new(gathered.weight_space, 0));
                    let offsets = steps.numbers[gathered.weights.clone()].iter();
                    // SAFETY: weights are places of the plan.
                    let weights = offsets.map(|&at| unsafe { *weights.add(at as usize) });
                    copies.weights.extend(weights);
                }
            }
        }
        copies.weights.as_ptr()
    }

    /// Where a place is.
    fn pointer(&self, place: Place) -> *mut S {
        let (space, at) = (place.space(), place.at());
        let at = if space == Space::Tile {
            at * self.stride
        } else {
            at
        };
        self.bases.of(space).wrapping_add(at)
    }

    /// The offsets of places of the tile.
    fn offsets(&self, places: &Places) -> &[u32] {
        &self.offsets[places.clone()]
    }

    fn steps(&mut self, steps: &Steps, lanes: usize, is_tile: bool) {
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
                Step::Scalars(scalars) => {
                    // SAFETY: all places are the plan's, which is for one lane.
                    unsafe { (self.engine.compute)(scalars, &self.bases) };
                }
                Step::Run(run) => self.run(run, under),
                Step::Pairs(pairs) => self.pairs(pairs, under),
                Step::Product(product) => self.product(product, under),
                Step::Gathered(gathered) => self.gathered(gathered, under),
                Step::Adjoints(adjoints) => self.adjoints(adjoints, under),
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
        if width == 0 {
            return;
        }
        let table = &table[start * width + inputs.column..];
        if under.lanes == 1 && !under.is_tile {
            // SAFETY: the planner gave as many places in a row to these inputs.
            unsafe { straight::copy(&table[..inputs.count], self.pointer(inputs.out)) };
            return;
        }
        let stride = if under.is_tile { self.stride } else { 1 };
        // SAFETY: the table has a row of `width` numbers for each lane, and the tile rows for as many lanes.
        unsafe {
            (self.engine.kernels.transpose)(&kernels::Transpose {
                from: kernels::Rows::Strided {
                    start: table.as_ptr(),
                    count: under.lanes,
                    stride: width,
                },
                columns: inputs.count,
                to: self.pointer(inputs.out),
                stride,
            });
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
                    let many = self.many(list.len());
                    for (operand, at) in many.iter_mut().zip(list.clone()) {
                        *operand = self.pointer(place(at));
                    }
                    self.call(run, many, out, len);
                }
            }
            Operands::Listed(list) => {
                let count = list.len() / run.rows;
                for row in 0..run.rows {
                    let out = self.pointer(run.out.plus(row));
                    let at = |number: usize| list.start + number * run.rows + row;
                    let operands = if count <= FEW {
                        &mut operands[..count]
                    } else {
                        self.many(count)
                    };
                    for (number, operand) in operands.iter_mut().enumerate() {
                        *operand = self.pointer(place(at(number)));
                    }
                    self.call(run, operands, out, stride);
                }
            }
        }
    }

    /// Room to say where so many operands are.
    #[expect(
        clippy::mut_from_ref,
        reason = "it is filled anew for each row of results, and used for that alone"
    )]
    fn many(&self, count: usize) -> &mut [*const S] {
        // SAFETY: there is room for as many as the plan's widest operation has, and who asked before is done with it.
        unsafe { std::slice::from_raw_parts_mut(self.pointers, count) }
    }

    /// Runs a function over numbers in a row.
    fn call(&self, run: &Run, operands: &[*const S], out: *mut S, len: usize) {
        let args = Args {
            operands,
            out,
            len,
            scratch: self.list,
        };
        match &run.function {
            // SAFETY: the planner gave rows to results that no operand has, but where a dot is finished in place.
            Function::Operation(op) => unsafe { self.engine.pointwise.operation(op, args) },
            // SAFETY: as above.
            Function::Fma => unsafe { self.engine.pointwise.fma(args) },
            Function::Partial(user, partial) => {
                let (own, value) = operands.split_at(operands.len() - 1);
                // SAFETY: there is room for more than two numbers for each operand.
                let (list, partials) = unsafe {
                    std::slice::from_raw_parts_mut(self.list, 2 * own.len()).split_at_mut(own.len())
                };
                for at in 0..len {
                    // SAFETY: every operand has `len` numbers, and the result room for as many.
                    unsafe {
                        for (number, operand) in list.iter_mut().zip(own) {
                            *number = *operand.add(at);
                        }
                        let value = *value[0].add(at);
                        // What is not written stays zero, and nothing stays from the lane before.
                        partials.fill(S::from_f64(0.0));
                        S::user_partials(user.operation(), list, value, partials);
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
            let count = |which: usize| steps.numbers[pairs.counts.start + 3 * row + which] as usize;
            let (products, terms) = (count(0), count(1));
            let factors = at + 1..at + 1 + 2 * products;
            let others = factors.end..factors.end + terms;
            if under.is_tile {
                let args = kernels::Pairs {
                    tile: self.bases.of(Space::Tile),
                    lanes: under.lanes,
                    factors: self.offsets(&factors),
                    terms: self.offsets(&others),
                    out: self.offsets[at],
                };
                // SAFETY: all are rows of the tile, and the planner gave rows to results that no operand has.
                unsafe { (self.engine.kernels.pairs)(&args) };
            } else {
                let get = |at: usize| {
                    let place = Place::from_bits(steps.places[at]);
                    // SAFETY: a number of the plan.
                    unsafe { *self.pointer(place) }
                };
                let mut sum = S::from_f64(0.0);
                if products > 0 && count(2) == 1 {
                    let first = Place::from_bits(steps.places[factors.start]);
                    let second = Place::from_bits(steps.places[factors.start + 1]);
                    sum = self.inner_product(first, second, products);
                } else {
                    for product in factors.clone().step_by(2) {
                        sum = sum + get(product) * get(product + 1);
                    }
                }
                for term in others.clone() {
                    sum = sum + get(term);
                }
                // SAFETY: a number of the plan.
                unsafe { *self.pointer(Place::from_bits(steps.places[at])) = sum };
            }
            at = others.end;
        }
    }

    /// The sum of products of numbers that lie in rows of one memory.
    fn inner_product(&self, first: Place, second: Place, count: usize) -> S {
        let mut sum = S::from_f64(0.0);
        // SAFETY: there are `count` numbers from either place on.
        unsafe {
            let (first, second) = (self.pointer(first), self.pointer(second));
            let base = first.min(second);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a memory has fewer than 2³² numbers"
            )]
            let offset = |from: *mut S| from.offset_from_unsigned(base) as u32;
            (self.engine.kernels.gathered_gradients)(&kernels::GatheredGradients {
                tile: base,
                lanes: count,
                starts: &[0, 1],
                rows: &[offset(first)],
                columns: &[offset(second)],
                target: &raw mut sum,
                targets: &[0],
                targets_follow: true,
                scale: S::from_f64(1.0),
                adds: false,
            });
        }
        sum
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
        let tile = self.bases.of(Space::Tile);
        let args = kernels::Product {
            tile,
            lanes: under.lanes,
            weights,
            row_stride: product.weights.row_stride.cast_unsigned(),
            depth_stride: product.weights.column_stride.cast_unsigned(),
            operands: self.offsets(&product.operands),
            operands_follow: product.operands_follow,
            out: self.offsets(&product.outs),
            start,
            finish: self.finish(&product.finish),
        };
        let kernels = &self.engine.kernels;
        let kernel = if self.plan.is_narrow {
            self.engine.narrow_kernels.narrow_product
        } else {
            kernels.product
        };
        // SAFETY: weights lie in their grid, rows in the tile, and the planner gave rows to results that no operand
        // has.
        unsafe { kernel(&args) };
    }

    fn finish(&self, finish: &Finish) -> kernels::Finish<'_> {
        let with = |places| self.offsets(places);
        match finish {
            Finish::None => kernels::Finish::None,
            Finish::Relu => kernels::Finish::Relu,
            Finish::ReluMask(places) => kernels::Finish::ReluMask { with: with(places) },
            Finish::TanhPartial(places) => kernels::Finish::TanhPartial { with: with(places) },
            Finish::Product(places) => kernels::Finish::Mul { with: with(places) },
        }
    }

    fn gathered(&self, gathered: &Gathered, under: Under<'_>) {
        let args = self.gathered_args(gathered, under);
        let kernels = &self.engine.kernels;
        let kernel = if self.plan.is_narrow {
            self.engine.narrow_kernels.narrow_gathered
        } else {
            kernels.gathered
        };
        // SAFETY: weights and biases are places of the plan, rows lie in the tile, and the planner gave rows to
        // results that no operand has.
        unsafe { kernel(&args) };
    }

    fn adjoints(&self, adjoints: &Adjoints, under: Under<'_>) {
        let numbers = &under.steps.numbers;
        let weights = self.given.batch.weights;
        let args = kernels::Adjoints {
            dots: self.gathered_args(&adjoints.dots, under),
            means: self.bases.of(Space::Means),
            targets: &numbers[adjoints.targets.clone()],
            own: &numbers[adjoints.own.clone()],
            scale: self.scale,
            adds: self.adds(adjoints.is_first),
            sample_weights: weights.map_or(std::ptr::null(), |weights| {
                weights[self.samples.clone()].as_ptr()
            }),
        };
        // SAFETY: as for gathered dots; all targets are means of the plan.
        unsafe { (self.engine.kernels.adjoints)(&args) };
    }

    fn gathered_args<'u>(
        &'u self,
        gathered: &Gathered,
        under: Under<'u>,
    ) -> kernels::Gathered<'u, S> {
        let numbers = &under.steps.numbers;
        let start = match &gathered.biases {
            Some(list) => kernels::GatheredStart::Bias(
                self.pointer(Place::new(gathered.bias_space, 0)),
                &numbers[list.clone()],
            ),
            None if gathered.starts_from_rows => kernels::GatheredStart::Rows,
            None => kernels::GatheredStart::Zero,
        };
        let weights = self.pointer(Place::new(gathered.weight_space, 0));
        let (weights, order) = if self.copies.is_null() {
            (weights.cast_const(), WeightOrder::Listed)
        } else {
            let copies = self.copies.wrapping_add(gathered.copies);
            (copies, WeightOrder::Packed)
        };
        kernels::Gathered {
            tile: self.bases.of(Space::Tile),
            lanes: under.lanes,
            starts: &numbers[gathered.starts.clone()],
            operands: self.offsets(&gathered.operands),
            weights,
            weight_offsets: &numbers[gathered.weights.clone()],
            order,
            start,
            out: self.offsets(&gathered.outs),
            finish: self.finish(&gathered.finish),
        }
    }

    /// Whether a sum over lanes is added to what is there.
    fn adds(&self, is_first: bool) -> bool {
        !(is_first && self.is_first)
    }

    /// Rows times the samples' weights, in scratch: where these are, and their offsets.
    fn weighted(&mut self, rows: &Places, under: Under<'_>) -> (*const S, &[u32]) {
        let Some(weights) = self.given.batch.weights else {
            return (self.bases.of(Space::Tile), &self.offsets[rows.clone()]);
        };
        let weights = &weights[self.samples.clone()];
        let stride = self.stride;
        let Scratch {
            rows: scratch,
            offsets,
            ..
        } = &mut *self.scratch;
        scratch.clear();
        offsets.clear();
        for (row, &offset) in self.offsets[rows.clone()].iter().enumerate() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "fewer rows than the tile has"
            )]
            offsets.push((row * stride) as u32);
            for (lane, &weight) in weights.iter().enumerate().take(under.lanes) {
                // SAFETY: a row has a number for each lane.
                let value = unsafe { *self.bases.of(Space::Tile).add(offset as usize + lane) };
                scratch.push(value * weight);
            }
            scratch.resize((row + 1) * stride, S::from_f64(0.0));
        }
        (scratch.as_ptr(), offsets)
    }

    fn gradients(&mut self, gradients: &Gradients, under: Under<'_>) {
        let columns = gradients.columns.len();
        let given = self.given;
        let target = self.pointer(Place::new(Space::Means, gradients.targets.start));
        let (adds, scale) = (self.adds(gradients.is_first), self.scale);
        let tile = self.bases.of(Space::Tile);
        let mut panel = std::mem::take(&mut self.scratch.panel);
        let (from, stride) = match gradients.input {
            // The table of inputs has a row for each lane already.
            Some((kind, column)) => {
                let width = given.width(kind);
                let table = &given.batch.table(kind)[self.samples.start * width + column..];
                (table.as_ptr(), width)
            }
            None => {
                let stride = columns.next_multiple_of(ALIGNMENT / size_of::<S>());
                if panel.len() < under.lanes * stride {
                    panel.resize(under.lanes * stride, S::from_f64(0.0));
                }
                // SAFETY: rows lie in the tile, and the panel has a row of `stride` numbers for each lane.
                unsafe {
                    (self.engine.kernels.transpose)(&kernels::Transpose {
                        from: kernels::Rows::Listed {
                            tile,
                            offsets: self.offsets(&gradients.columns),
                        },
                        columns: under.lanes,
                        to: panel.as_mut_ptr(),
                        stride,
                    });
                }
                (panel.as_ptr(), stride)
            }
        };
        let gradient = self.engine.kernels.gradients;
        let (rows, offsets) = self.weighted(&gradients.rows, under);
        let args = kernels::Gradients {
            tile: rows,
            lanes: under.lanes,
            rows: offsets,
            panel: from,
            panel_stride: stride,
            columns,
            target,
            target_stride: gradients.targets.row_stride.cast_unsigned(),
            scale,
            adds,
        };
        // SAFETY: rows, panel and targets are what the plan says.
        unsafe { gradient(&args) };
        self.scratch.panel = panel;
    }

    fn gathered_gradients(&mut self, gradients: &GatheredGradients, under: Under<'_>) {
        let numbers = &under.steps.numbers;
        let (adds, scale) = (self.adds(gradients.is_first), self.scale);
        let target = self.bases.of(Space::Means);
        let is_narrow = self.plan.is_narrow;
        if self.given.batch.weights.is_some() && !is_narrow {
            // Rows and columns of one memory are asked for, so here rows are weighted where they lie one by one.
            let tile = self.bases.of(Space::Tile);
            for row in 0..gradients.rows.len() {
                let range = numbers[gradients.starts.start + row] as usize
                    ..numbers[gradients.starts.start + row + 1] as usize;
                let one = self.offsets(&gradients.rows)[row] as usize;
                for k in range {
                    let other = self.offsets(&gradients.columns)[k] as usize;
                    let mut sum = S::from_f64(0.0);
                    for lane in 0..under.lanes {
                        // SAFETY: a row has a number for each lane.
                        let product = unsafe { *tile.add(one + lane) * *tile.add(other + lane) };
                        sum = sum + product * self.weight(lane);
                    }
                    // SAFETY: a mean of the plan.
                    unsafe {
                        let target = target.add(numbers[gradients.targets.start + k] as usize);
                        *target = if adds { *target + sum } else { sum };
                    }
                }
            }
            return;
        }
        let args = kernels::GatheredGradients {
            tile: self.bases.of(Space::Tile),
            lanes: under.lanes,
            starts: &numbers[gradients.starts.clone()],
            rows: self.offsets(&gradients.rows),
            columns: self.offsets(&gradients.columns),
            target,
            targets: &numbers[gradients.targets.clone()],
            targets_follow: gradients.targets_follow,
            scale: if is_narrow { self.weight(0) } else { scale },
            adds,
        };
        let kernels = &self.engine.kernels;
        let kernel = if is_narrow {
            self.engine.narrow_kernels.narrow_gradients
        } else {
            kernels.gathered_gradients
        };
        // SAFETY: rows, columns and targets are what the plan says.
        unsafe { kernel(&args) };
    }

    /// What a sample counts in a mean.
    fn weight(&self, lane: usize) -> S {
        let weights = self.given.batch.weights;
        weights.map_or(self.scale, |weights| {
            weights[self.samples.start + lane] * self.scale
        })
    }

    fn lane_sums(&mut self, sums: &LaneSums, under: Under<'_>) {
        let (adds, scale) = (self.adds(sums.is_first), self.scale);
        let target = self.bases.of(Space::Means);
        let kernel = self.engine.kernels.lane_sums;
        if self.plan.is_narrow {
            let (tile, scale) = (self.bases.of(Space::Tile), self.weight(0));
            let targets = &under.steps.numbers[sums.targets.clone()];
            for (&row, &at) in self.offsets(&sums.rows).iter().zip(targets) {
                // SAFETY: a number of the tile, and a mean of the plan.
                unsafe {
                    let value = *tile.add(row as usize) * scale;
                    let target = target.add(at as usize);
                    *target = if adds { *target + value } else { value };
                }
            }
            return;
        }
        let (rows, offsets) = self.weighted(&sums.rows, under);
        let args = kernels::LaneSums {
            tile: rows,
            lanes: under.lanes,
            rows: offsets,
            target,
            targets: &under.steps.numbers[sums.targets.clone()],
            scale,
            adds,
        };
        // SAFETY: rows and targets are what the plan says.
        unsafe { kernel(&args) };
    }
}

/// How many operands a run has without a list in memory.
const FEW: usize = 4;
