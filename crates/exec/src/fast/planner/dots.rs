//! Steps of sums of products.

use super::lists::{are_runs, is_run, number, space_of};
use super::reads::LastReads;
use super::{NOWHERE, Planner};
use crate::fast::forms::{Dot, Finish as Form};
use crate::fast::place::{Grid, Place, Space};
use crate::fast::plan::{
    Adjoints, Copy, Finish, Gathered, NO_TARGET, Operands, Pairs, Product, Run, Start, Step, Steps,
};
use crate::fast::schedule::{Schedule, Stage, bias, further_terms, has_rest, pairs, weighted};
use dagrad_tape::{Code, Slot, TapeScalar};

impl<S: TapeScalar> Planner<'_, S> {
    pub(super) fn pairs(&mut self, members: &[u32], stage: Stage, steps: &mut Steps) -> Step {
        let outs = members.iter().map(|&dot| self.forms.dots[dot as usize].out);
        let outs: Vec<Slot> = outs.collect();
        self.allocate(stage, outs.iter().copied());
        let (mut list, mut counts) = (Vec::new(), Vec::new());
        for &member in members {
            let dot = &self.forms.dots[member as usize];
            let products: Vec<Slot> = if stage == Stage::Tile {
                pairs(self.tape, dot)
                    .flat_map(|(one, other)| [one, other])
                    .collect()
            } else {
                dot.parts(self.tape).0.to_vec()
            };
            let place = |slot: Slot| self.operand(slot, stage);
            let mut factors: Vec<[Place; 2]> = products
                .chunks_exact(2)
                .map(|pair| [place(pair[0]), place(pair[1])])
                .collect();
            factors.sort_by_key(|pair| pair.map(Place::bits));
            let terms = bias(self.tape, dot)
                .into_iter()
                .chain(further_terms(self.tape, dot));
            list.push(self.place(dot.out));
            list.extend(factors.iter().flatten());
            counts.push(number(factors.len()));
            let before = list.len();
            list.extend(terms.map(place));
            counts.push(number(list.len() - before));
            counts.push(u32::from(are_runs(&factors)));
        }
        Step::Pairs(Box::new(Pairs {
            rows: members.len(),
            list: steps.list(list),
            counts: steps.count(counts),
        }))
    }

    /// Gives the results of dots their rows, unless they have them from their [`pairs`](Self::pairs). A result takes
    /// the row that its own finish reads, where nobody else does, now or later: it is at hand, and tiles stay small.
    fn dot_rows(&mut self, members: &[u32]) {
        let dots = members.iter().map(|&dot| &self.forms.dots[dot as usize]);
        let mut outs: Vec<Slot> = Vec::new();
        for dot in dots.clone() {
            let operands = self.tape.operands(dot.sum).iter().copied();
            // What two finishes read counts as an operand.
            let with = dot.finish.with().filter(|with| {
                std::mem::replace(&mut self.finished_by[with.index()], self.step) == self.step
            });
            for operand in operands.chain(with) {
                self.read_by[operand.index()] = self.step;
            }
        }
        for dot in dots {
            if self.place(dot.out) != NOWHERE {
                continue;
            }
            let dying = dot.finish.with().filter(|with| {
                self.last[with.index()] == self.step && self.read_by[with.index()] != self.step
            });
            match dying {
                Some(with) => {
                    self.places[dot.out.index()] = self.place(with);
                    self.last[with.index()] = LastReads::NEVER;
                }
                None => outs.push(dot.out),
            }
        }
        if !outs.is_empty() {
            self.allocate(Stage::Tile, outs.into_iter());
        }
    }

    fn finish_of(&self, members: &[u32], steps: &mut Steps) -> Finish {
        let finishes = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize].finish);
        let with = finishes.clone().filter_map(Form::with);
        let mut with = || steps.list(with.clone().map(|slot| self.place(slot)));
        match finishes.clone().next() {
            Some(Form::Unary(slot)) if self.tape.instruction(slot).code() == Code::Relu => {
                Finish::Relu
            }
            Some(Form::None | Form::Unary(_)) | None => Finish::None,
            Some(Form::ReluMask(_)) => Finish::ReluMask(with()),
            Some(Form::TanhPartial(_)) => Finish::TanhPartial(with()),
            Some(Form::Product(_)) => Finish::Product(with()),
        }
    }

    pub(super) fn product(&mut self, members: &[u32], steps: &mut Steps) -> Step {
        let tape = self.tape;
        let dots: Vec<Dot> = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize])
            .collect();
        let place = |slot: Slot| self.places[slot.index()];
        // The order of rows is that of their first weights, the order of operands that of the first row's.
        let weights = |dot: &Dot| {
            weighted(tape, dot)
                .map(|(weight, _)| place(weight))
                .collect()
        };
        let table: Vec<Vec<Place>> = dots.iter().map(weights).collect();
        let mut order: Vec<usize> = (0..dots.len()).collect();
        order.sort_by_key(|&row| table[row][0].bits());
        let mut depth: Vec<usize> = (0..table[0].len()).collect();
        depth.sort_by_key(|&k| table[order[0]][k].bits());
        let weight = |row: usize, k: usize| table[order[row]][depth[k]];
        let (rows, columns) = (order.len(), depth.len());
        let grid = Grid::of(rows, columns, weight);
        let members: Vec<u32> = order.iter().map(|&row| members[row]).collect();
        let dots: Vec<Dot> = order.iter().map(|&row| dots[row]).collect();
        let operands: Vec<Place> = weighted(tape, &dots[0])
            .map(|(_, row)| place(row))
            .collect();
        let operands: Vec<Place> = depth.iter().map(|&k| operands[k]).collect();
        let list: Vec<Place> = (0..rows * columns)
            .map(|at| weight(at / columns, at % columns))
            .collect();
        let weights = grid.unwrap_or_else(|| self.pack(&list, columns));
        self.dot_rows(&members);
        let outs: Vec<Place> = dots.iter().map(|dot| self.place(dot.out)).collect();
        Step::Product(Box::new(Product {
            operands_follow: is_run(&operands),
            outs_follow: is_run(&outs),
            weights,
            start: self.start(&dots),
            finish: self.finish_of(&members, steps),
            operands: steps.list(operands),
            outs: steps.list(outs),
        }))
    }

    /// What the sums of dots that are alike start from.
    fn start(&mut self, dots: &[Dot]) -> Start {
        if has_rest(self.tape, &dots[0]) {
            return Start::Rows;
        }
        let biases = dots.iter().filter_map(|dot| bias(self.tape, dot));
        let biases: Vec<Place> = biases.map(|slot| self.place(slot)).collect();
        if biases.is_empty() {
            return Start::Zero;
        }
        let grid = Grid::of(biases.len(), 1, |row, _| biases[row]);
        Start::Bias(grid.unwrap_or_else(|| self.pack(&biases, 1)))
    }

    /// Copies of numbers in a row, as rows of `columns`.
    fn pack(&mut self, places: &[Place], columns: usize) -> Grid {
        let start = self.scalars(places.len());
        for (at, &from) in places.iter().enumerate() {
            let to = start.plus(at);
            Copy::push(&mut self.plan.packed, from, to);
        }
        Grid {
            space: Space::Scalars,
            start: start.at(),
            row_stride: columns as isize,
            column_stride: 1,
        }
    }

    /// Dots, and the means that each of their products, in the order of the step, is taken for.
    pub(super) fn gathered(
        &mut self,
        members: &[u32],
        schedule: Option<&Schedule>,
        steps: &mut Steps,
    ) -> (Gathered, Targets) {
        let tape = self.tape;
        // Rows of one length follow each other, so that the end of each is foreseen.
        let mut members = members.to_vec();
        members.sort_by_cached_key(|&dot| weighted(tape, &self.forms.dots[dot as usize]).count());
        let members = members.as_slice();
        self.dot_rows(members);
        let (mut weights, mut operands, mut starts) = (Vec::new(), Vec::new(), vec![0]);
        let dots: Vec<Dot> = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize])
            .collect();
        let mut products: Vec<(Place, Place, Option<Slot>)> = Vec::new();
        let mut targets = Targets::default();
        for (dot, member) in dots.iter().zip(members) {
            let taken = schedule.and_then(|schedule| schedule.taken.by(*member));
            let mean = |at: usize| *taken?.0.get(at)?;
            products.clear();
            products.extend(
                weighted(tape, dot)
                    .enumerate()
                    .map(|(at, (weight, row))| (self.place(weight), self.place(row), mean(at))),
            );
            products.sort_by_key(|&(weight, row, _)| (weight.bits(), row.bits()));
            weights.extend(products.iter().map(|&(weight, ..)| weight));
            operands.extend(products.iter().map(|&(_, row, _)| row));
            starts.push(number(operands.len()));
            if schedule.is_some() {
                targets
                    .products
                    .extend(products.iter().map(|&(.., mean)| mean));
                targets.own.push(taken.and_then(|(_, own)| own));
            }
        }
        let space = weights
            .first()
            .map_or(Space::Scalars, |place| place.space());
        if weights.iter().any(|place| place.space() != space) {
            let grid = self.pack(&weights, 1);
            let start = Place::new(grid.space, grid.start);
            weights = (0..weights.len()).map(|at| start.plus(at)).collect();
        }
        let has_rest = has_rest(tape, &dots[0]);
        let mut biases: Vec<Place> = Vec::new();
        if !has_rest {
            // A row without a bias has one of zero, if others have theirs.
            let own = dots.iter().map(|dot| bias(tape, dot));
            if own.clone().any(|bias| bias.is_some()) {
                let zero = self.scalar(S::from_f64(0.0));
                biases = own
                    .map(|bias| bias.map_or(zero, |slot| self.place(slot)))
                    .collect();
                if biases
                    .iter()
                    .any(|place| place.space() != biases[0].space())
                {
                    let grid = self.pack(&biases, 1);
                    let start = Place::new(grid.space, grid.start);
                    biases = (0..biases.len()).map(|at| start.plus(at)).collect();
                }
            }
        }
        let outs: Vec<Place> = dots.iter().map(|dot| self.place(dot.out)).collect();
        let copies = self.plan.copies;
        self.plan.copies += weights.len();
        self.plan.has_derived_weights |= space_of(&weights) != Space::Parameters;
        let dots = Gathered {
            copies,
            starts: steps.count(starts),
            operands: steps.list(operands),
            weights: steps.offsets(&weights),
            weight_space: space_of(&weights),
            bias_space: space_of(&biases),
            biases: (!biases.is_empty()).then(|| steps.offsets(&biases)),
            starts_from_rows: has_rest,
            finish: self.finish_of(members, steps),
            outs: steps.list(outs),
        };
        (dots, targets)
    }

    /// Dots that take sums over lanes with them.
    pub(super) fn adjoints(
        &mut self,
        schedule: &Schedule,
        members: &[u32],
        steps: &mut Steps,
    ) -> Step {
        let (dots, targets) = self.gathered(members, Some(schedule), steps);
        let mut means = targets.products;
        if targets.own.iter().any(Option::is_some) {
            means.extend(targets.own);
        }
        let means = means.into_iter();
        let targets: Vec<Option<Place>> = means
            .map(|mean| mean.map(|mean| self.place(mean)))
            .collect();
        // They are added when all tiles are done, to whatever is there by then.
        for target in targets.iter().flatten() {
            if !std::mem::replace(&mut self.added[target.at()], true) {
                self.plan.cleared.push(number(target.at()));
            }
        }
        let sums = self.plan.sums;
        self.plan.sums += targets.len();
        let target = |place: Option<Place>| place.map_or(NO_TARGET, |place| number(place.at()));
        Step::Adjoints(Box::new(Adjoints {
            dots,
            sums,
            targets: steps.count(targets.into_iter().map(target)),
        }))
    }

    /// The finishing operation of dots, in place.
    pub(super) fn finishing(&mut self, members: &[u32], steps: &mut Steps) -> Step {
        let outs: Vec<Slot> = members
            .iter()
            .map(|&dot| self.forms.dots[dot as usize].out)
            .collect();
        let mut places: Vec<Place> = outs.iter().map(|&slot| self.place(slot)).collect();
        places.sort_by_key(|place| place.bits());
        let operands = if is_run(&places) {
            Operands::Runs(steps.list([places[0]]))
        } else {
            Operands::Listed(steps.list(places.iter().copied()))
        };
        Step::Run(Run {
            function: self.function(outs[0]),
            rows: outs.len(),
            out: places[0],
            operands,
        })
    }
}

/// The means that a step of dots takes with it: for each product, and for each result.
#[derive(Default)]
pub(super) struct Targets {
    products: Vec<Option<Slot>>,
    own: Vec<Option<Slot>>,
}
