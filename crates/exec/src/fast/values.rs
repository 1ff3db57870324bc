//! Steps that compute values: inputs, functions over rows, sums of a few products.

use super::place::{Place, Space};
use super::plan::{Function, Inputs, Operands, Pairs, Run};
use super::pointwise::Args;
use super::running::{Running, Under};
use super::straight;
use crate::kernels;
use crate::scalar::ProgramScalar;
use dagrad_tape::InputKind;
use std::ops::Range;

impl<S: ProgramScalar> Running<'_, S> {
    #[inline]
    pub(super) fn inputs(&self, inputs: &Inputs, under: Under<'_>) {
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

    #[inline]
    pub(super) fn run(&self, run: &Run, under: Under<'_>) {
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

    #[inline]
    pub(super) fn strips(&self, values: &Range<usize>, under: Under<'_>) {
        let args = kernels::Strips {
            tile: self.bases.of(Space::Tile),
            lanes: under.lanes,
            numbers: self.numbers(),
            values: &self.strips[values.clone()],
        };
        // SAFETY: all are rows of the tile, or numbers that were brought together.
        unsafe { (self.engine.kernels.strips)(&args) };
    }

    #[inline]
    pub(super) fn pairs(&self, pairs: &Pairs, under: Under<'_>) {
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
            // SAFETY: as above.
            Function::Mask => unsafe { self.engine.pointwise.mask(args) },
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
}

/// How many operands a run has without a list in memory.
const FEW: usize = 4;
