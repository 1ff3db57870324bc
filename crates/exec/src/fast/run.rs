//! Running a plan.

use super::place::{Grid, Place, Space};
use super::plan::{Finish, Function, Operands, Plan, Start, Step, Steps};
use crate::batch::Batch;
use dagrad_graph::Evaluate as _;
use dagrad_tape::TapeScalar;

/// The memory of a run.
#[derive(Clone, Debug)]
pub(crate) struct Memory<S> {
    tile: Vec<S>,
    pub(crate) stride: usize,
    scalars: Vec<S>,
    pub(crate) means: Vec<S>,
}

impl<S: TapeScalar> Memory<S> {
    pub(crate) fn of(plan: &Plan<S>, stride: usize) -> Self {
        let zero = S::from_f64(0.0);
        Self {
            tile: vec![zero; plan.rows * stride],
            stride,
            scalars: plan.scalars.clone(),
            means: vec![zero; plan.means],
        }
    }

    fn get(&self, parameters: &[S], place: Place, lane: usize) -> S {
        match place.space() {
            Space::Tile => self.tile[place.at() * self.stride + lane],
            Space::Scalars => self.scalars[place.at()],
            Space::Parameters => parameters[place.at()],
            Space::Means => self.means[place.at()],
        }
    }

    fn at(&self, parameters: &[S], space: Space, at: usize) -> S {
        self.get(parameters, Place::new(space, at), 0)
    }

    fn grid(&self, parameters: &[S], grid: &Grid, row: usize, column: usize) -> S {
        let at = grid.start as isize
            + row as isize * grid.row_stride
            + column as isize * grid.column_stride;
        self.at(parameters, grid.space, at as usize)
    }

    fn set(&mut self, place: Place, lane: usize, value: S) {
        match place.space() {
            Space::Tile => self.tile[place.at() * self.stride + lane] = value,
            Space::Scalars => self.scalars[place.at()] = value,
            Space::Parameters => {}
            Space::Means => self.means[place.at()] = value,
        }
    }

    /// Everything before the first tile.
    pub(crate) fn begin(&mut self, plan: &Plan<S>, parameters: &[S], batch: &Batch<'_, S>) {
        self.steps(
            &plan.before,
            parameters,
            batch,
            0..1,
            S::from_f64(1.0),
            false,
        );
        for copy in &plan.packed {
            let value = self.get(parameters, copy.from, 0);
            self.set(copy.to, 0, value);
        }
        for copy in &plan.broadcasts {
            let value = self.get(parameters, copy.from, 0);
            for lane in 0..self.stride {
                self.set(copy.to, lane, value);
            }
        }
        for &mean in &plan.cleared {
            self.means[mean as usize] = S::from_f64(0.0);
        }
    }

    pub(crate) fn tile(
        &mut self,
        plan: &Plan<S>,
        parameters: &[S],
        batch: &Batch<'_, S>,
        samples: std::ops::Range<usize>,
        scale: S,
        rows: &mut [S],
    ) {
        let is_first = samples.start == 0;
        self.steps(
            &plan.tile,
            parameters,
            batch,
            samples.clone(),
            scale,
            is_first,
        );
        for (lane, sample) in samples.enumerate() {
            for (column, &place) in plan.columns.iter().enumerate() {
                rows[sample * plan.columns.len() + column] = self.get(parameters, place, lane);
            }
        }
    }

    pub(crate) fn end(&mut self, plan: &Plan<S>, parameters: &[S], batch: &Batch<'_, S>) {
        self.steps(
            &plan.after,
            parameters,
            batch,
            0..1,
            S::from_f64(1.0),
            false,
        );
        for copy in &plan.results {
            let value = self.get(parameters, copy.from, 0);
            self.set(copy.to, 0, value);
        }
    }

    fn weight(&self, batch: &Batch<'_, S>, sample: usize, scale: S) -> S {
        batch
            .weights
            .map_or(scale, |weights| weights[sample] * scale)
    }

    fn steps(
        &mut self,
        steps: &Steps,
        parameters: &[S],
        batch: &Batch<'_, S>,
        samples: std::ops::Range<usize>,
        scale: S,
        is_first_tile: bool,
    ) {
        let lanes = samples.len();
        let place = |at: usize| Place::from_bits(steps.places[at]);
        for step in &steps.steps {
            match step {
                Step::Inputs(inputs) => {
                    let table = batch.table(inputs.kind);
                    let width = table.len().checked_div(batch.rows).unwrap_or(0);
                    let is_direction = inputs.kind == dagrad_tape::InputKind::Direction;
                    for at in 0..inputs.count {
                        for lane in 0..lanes {
                            let row = if is_direction {
                                0
                            } else {
                                samples.start + lane
                            };
                            let value = table[row * width + inputs.column + at];
                            self.set(inputs.out.plus(at), lane, value);
                        }
                    }
                }
                Step::Fill(fill) => {
                    let value = self.get(parameters, fill.from, 0);
                    for at in 0..fill.count {
                        self.set(fill.start.plus(at), 0, value);
                    }
                }
                Step::Run(run) => {
                    let count = match &run.operands {
                        Operands::Runs(list) => list.len(),
                        Operands::Listed(list) => list.len() / run.rows,
                    };
                    let mut values = vec![S::from_f64(0.0); count];
                    for row in 0..run.rows {
                        for lane in 0..lanes {
                            for (number, value) in values.iter_mut().enumerate() {
                                let from = match &run.operands {
                                    Operands::Runs(list) => place(list.start + number).plus(row),
                                    Operands::Listed(list) => {
                                        place(list.start + number * run.rows + row)
                                    }
                                };
                                *value = self.get(parameters, from, lane);
                            }
                            let value = match &run.function {
                                Function::Operation(op) => op.value(&values),
                                Function::Fma => values[0].fused(values[1], values[2]),
                                Function::Partial(user, partial) => {
                                    let (operands, value) = values.split_at(count - 1);
                                    let mut partials = vec![S::from_f64(0.0); count - 1];
                                    S::user_partials(
                                        user.operation(),
                                        operands,
                                        value[0],
                                        &mut partials,
                                    );
                                    partials[*partial]
                                }
                            };
                            self.set(run.out.plus(row), lane, value);
                        }
                    }
                }
                Step::Pairs(pairs) => {
                    let mut at = pairs.list.start;
                    for row in 0..pairs.rows {
                        let products = steps.numbers[pairs.counts.start + 2 * row] as usize;
                        let terms = steps.numbers[pairs.counts.start + 2 * row + 1] as usize;
                        for lane in 0..lanes {
                            let get = |at| self.get(parameters, place(at), lane);
                            let mut sum = S::from_f64(0.0);
                            for product in 0..products {
                                sum = sum + get(at + 1 + 2 * product) * get(at + 2 + 2 * product);
                            }
                            for term in 0..terms {
                                sum = sum + get(at + 1 + 2 * products + term);
                            }
                            self.set(place(at), lane, sum);
                        }
                        at += 1 + 2 * products + terms;
                    }
                }
                Step::Product(product) => {
                    for row in 0..product.rows {
                        let out = place(product.outs.start + row);
                        for lane in 0..lanes {
                            let mut sum = match &product.start {
                                Start::Zero => S::from_f64(0.0),
                                Start::Bias(grid) => self.grid(parameters, grid, row, 0),
                                Start::Rows => self.get(parameters, out, lane),
                            };
                            for k in 0..product.depth {
                                let operand = place(product.operands.start + k);
                                sum = sum
                                    + self.grid(parameters, &product.weights, row, k)
                                        * self.get(parameters, operand, lane);
                            }
                            let value =
                                self.finish(steps, &product.finish, parameters, row, lane, sum);
                            self.set(out, lane, value);
                        }
                    }
                }
                Step::Gathered(gathered) => {
                    for row in 0..gathered.rows {
                        let out = place(gathered.outs.start + row);
                        let range = steps.numbers[gathered.starts.start + row] as usize
                            ..steps.numbers[gathered.starts.start + row + 1] as usize;
                        for lane in 0..lanes {
                            let mut sum = S::from_f64(0.0);
                            if gathered.starts_from_rows {
                                sum = self.get(parameters, out, lane);
                            }
                            if let Some(biases) = &gathered.biases {
                                sum = self.at(
                                    parameters,
                                    gathered.bias_space,
                                    steps.numbers[biases.start + row] as usize,
                                );
                            }
                            for k in range.clone() {
                                let weight = self.at(
                                    parameters,
                                    gathered.weight_space,
                                    steps.numbers[gathered.weights.start + k] as usize,
                                );
                                sum = sum
                                    + weight
                                        * self.get(
                                            parameters,
                                            place(gathered.operands.start + k),
                                            lane,
                                        );
                            }
                            let value =
                                self.finish(steps, &gathered.finish, parameters, row, lane, sum);
                            self.set(out, lane, value);
                        }
                    }
                }
                Step::Gradients(gradients) => {
                    for row in 0..gradients.rows.len() {
                        for column in 0..gradients.columns.len() {
                            let mut sum = S::from_f64(0.0);
                            for lane in 0..lanes {
                                let [a, b] =
                                    [gradients.rows.start + row, gradients.columns.start + column]
                                        .map(|at| self.get(parameters, place(at), lane));
                                sum = sum + a * b * self.weight(batch, samples.start + lane, scale);
                            }
                            let at = gradients.targets.start as isize
                                + row as isize * gradients.targets.row_stride
                                + column as isize * gradients.targets.column_stride;
                            self.add(at as usize, sum, gradients.is_first && is_first_tile);
                        }
                    }
                }
                Step::GatheredGradients(gradients) => {
                    for row in 0..gradients.rows.len() {
                        let range = steps.numbers[gradients.starts.start + row] as usize
                            ..steps.numbers[gradients.starts.start + row + 1] as usize;
                        for k in range {
                            let mut sum = S::from_f64(0.0);
                            for lane in 0..lanes {
                                let [a, b] =
                                    [gradients.rows.start + row, gradients.columns.start + k]
                                        .map(|at| self.get(parameters, place(at), lane));
                                sum = sum + a * b * self.weight(batch, samples.start + lane, scale);
                            }
                            let target = steps.numbers[gradients.targets.start + k] as usize;
                            self.add(target, sum, gradients.is_first && is_first_tile);
                        }
                    }
                }
                Step::LaneSums(sums) => {
                    for row in 0..sums.rows.len() {
                        let mut sum = S::from_f64(0.0);
                        for lane in 0..lanes {
                            sum = sum
                                + self.get(parameters, place(sums.rows.start + row), lane)
                                    * self.weight(batch, samples.start + lane, scale);
                        }
                        let target = steps.numbers[sums.targets.start + row] as usize;
                        self.add(target, sum, sums.is_first && is_first_tile);
                    }
                }
            }
        }
    }

    fn add(&mut self, target: usize, sum: S, is_first: bool) {
        let place = &mut self.means[target];
        *place = if is_first { sum } else { *place + sum };
    }

    fn finish(
        &self,
        steps: &Steps,
        finish: &Finish,
        parameters: &[S],
        row: usize,
        lane: usize,
        x: S,
    ) -> S {
        let with = |list: &std::ops::Range<usize>| {
            self.get(
                parameters,
                Place::from_bits(steps.places[list.start + row]),
                lane,
            )
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
}
