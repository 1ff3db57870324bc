//! Which steps for one lane are taken value by value: a step of its own costs many times what it does.

use super::codes::{Kind, MOST};
use super::latency::{self, Arrivals};
use super::place::{Place, Space};
use super::plan::{Finish, Function, Gathered, Operands, Pairs, Run, Step, Steps};
use super::scalars::{Places, Scalars, Value, Writing};
use super::strips;
use dagrad_ops::Op;
use std::ops::Range;

/// How many values a step has at most, to be taken one by one.
const FEW: usize = 8;

/// How many values are put in an order of their own: in longer stretches memory is what is waited for.
const MOST_IN_CHAINS: usize = 4096;

/// The values that follow each other at the end of what is planned of a stage.
#[derive(Default)]
pub(super) struct Stretch {
    values: Vec<Value>,
    arrivals: Arrivals,
    /// Whether they are rows of many lanes.
    are_rows: bool,
    /// Where those before them were written, if there were too many to keep.
    written: Option<Writing>,
}

/// A stretch that has come to its end.
pub(super) enum Closed {
    Values(Vec<Value>),
    /// They were written; these are their steps.
    Written(Range<usize>),
}

impl Stretch {
    /// None so far: numbers, or rows of many lanes.
    pub(super) fn of(are_rows: bool) -> Self {
        Self {
            are_rows,
            ..Self::default()
        }
    }

    /// Takes what a step computes, if it is a single value or a few. Its places are in the lists of `steps`.
    pub(super) fn take(&mut self, step: &Step, steps: &Steps) -> bool {
        let has_order = self.has_order();
        let Self {
            values,
            arrivals,
            are_rows,
            written: _,
        } = self;
        let start = values.len();
        let arrivals = has_order.then_some(arrivals);
        let is_taken = match step {
            Step::Run(run) => of_run(run, &steps.places, values),
            Step::Pairs(pairs) => of_pairs(pairs, steps, arrivals.as_deref(), values),
            Step::Gathered(gathered) => of_gathered(gathered, steps, arrivals.as_deref(), values),
            _ => false,
        };
        if is_taken && *are_rows && !values[start..].iter().all(strips::has) {
            values.truncate(start);
            return false;
        }
        if let Some(arrivals) = arrivals
            && is_taken
        {
            let new = values[start..].iter();
            new.for_each(|value| arrivals.note(value));
        }
        is_taken
    }

    /// Takes a single number of at most [`MOST`] operands: what a step of its own would say. Places are bits.
    pub(super) fn take_number(&mut self, kind: &Kind, operands: &[u32], out: u32) {
        let start = self.values.len();
        let has_order = self.has_order();
        Value::push(&mut self.values, kind, operands, out);
        if has_order {
            let new = self.values[start..].iter();
            new.for_each(|value| self.arrivals.note(value));
        }
    }

    /// Whether there are few enough values for an order of their own.
    fn has_order(&self) -> bool {
        self.values.len() <= MOST_IN_CHAINS && self.written.is_none()
    }

    /// Writes the values, which are numbers at places that are final, if there are too many for an order of their own:
    /// memory for millions of them takes longer to get than to fill. There may be `more` of them.
    pub(super) fn write(&mut self, singles: &mut Scalars, more: usize) {
        if self.values.len() > MOST_IN_CHAINS {
            if self.written.is_none() {
                // Mostly two make a step.
                singles.steps.reserve((self.values.len() + more) / 2);
            }
            self.write_all(singles);
        }
    }

    fn write_all(&mut self, singles: &mut Scalars) {
        let written = self.written.get_or_insert_with(|| singles.begin());
        singles.write(written, &self.values);
        self.values.clear();
    }

    /// The values, and none from now on; nothing if there are none.
    pub(super) fn close(&mut self, singles: &mut Scalars) -> Option<Closed> {
        if self.written.is_some() {
            self.write_all(singles);
        }
        match self.written.take() {
            Some(written) => Some(Closed::Written(singles.end(written))),
            None if self.values.is_empty() => None,
            None => Some(Closed::Values(std::mem::take(&mut self.values))),
        }
    }
}

/// The values in an order in which few wait for others.
pub(super) fn in_order(values: Vec<Value>) -> Vec<Value> {
    if values.len() <= MOST_IN_CHAINS {
        latency::in_chains(values)
    } else {
        values
    }
}

/// The values in order. In a plan for one lane the numbers of the workspace follow so many rows of the tile.
pub(super) fn local(values: Vec<Value>, rows: Option<usize>) -> Vec<Value> {
    let mut values = in_order(values);
    let local = |bits: u32| {
        let place = Place::from_bits(bits);
        match (place.space(), rows) {
            (Space::Scalars, Some(rows)) => Place::new(Space::Tile, rows + place.at()).bits(),
            _ => bits,
        }
    };
    if rows.is_some() {
        for value in &mut values {
            for place in value.operands.list_mut().iter_mut().chain([&mut value.out]) {
                *place = local(*place);
            }
        }
    }
    values
}

impl Value {
    /// Adds values that come to this one, which may be a sum or product of many operands.
    fn push(list: &mut Vec<Self>, kind: &Kind, operands: &[u32], out: u32) {
        let is_chain = matches!(kind, Kind::Operation(Op::Add | Op::Mul));
        let mut push = |operands: &[u32]| {
            list.push(Self {
                kind: kind.clone(),
                operands: Places::of(operands),
                out,
            });
        };
        match *operands {
            [first, second, third] if is_chain && third != out => {
                push(&[first, second]);
                push(&[out, third]);
            }
            _ => push(operands),
        }
    }
}

/// What a single value of this function is, if it may be one.
pub(super) fn kind_of(function: &Function) -> Option<Kind> {
    match function {
        Function::Operation(Op::User(_)) | Function::Partial(..) => None,
        Function::Operation(op) => Some(Kind::Operation(op.clone())),
        Function::Fma => Some(Kind::Fma),
        Function::Mask => Some(Kind::Mask),
    }
}

fn of_run(run: &Run, places: &[u32], values: &mut Vec<Value>) -> bool {
    let Some(kind) = kind_of(&run.function) else {
        return false;
    };
    let count = match &run.operands {
        Operands::Runs(list) => list.len(),
        Operands::Listed(list) => list.len() / run.rows,
    };
    if run.rows > FEW || count > MOST {
        return false;
    }
    for row in 0..run.rows {
        let operand = |number: usize| match &run.operands {
            Operands::Runs(list) => Place::from_bits(places[list.start + number])
                .plus(row)
                .bits(),
            Operands::Listed(list) => places[list.start + number * run.rows + row],
        };
        let mut operands = [0; MOST];
        for (number, place) in operands.iter_mut().enumerate().take(count) {
            *place = operand(number);
        }
        Value::push(values, &kind, &operands[..count], run.out.plus(row).bits());
    }
    true
}

/// A part of a sum.
#[derive(Clone, Copy)]
enum Part {
    Term(u32),
    Product(u32, u32),
}

impl Part {
    fn arrival(self, arrivals: Option<&Arrivals>) -> u32 {
        let Some(arrivals) = arrivals else {
            return 0;
        };
        match self {
            Self::Term(term) => arrivals.of(&[term]),
            Self::Product(one, other) => arrivals.of(&[one, other]),
        }
    }
}

/// Adds up parts at one place, in the order in which they arrive where that is known, from what lies there already if
/// asked to.
fn add_up(
    values: &mut Vec<Value>,
    mut parts: Vec<Part>,
    out: u32,
    starts_from_rows: bool,
    arrivals: Option<&Arrivals>,
) {
    parts.sort_by_key(|part| part.arrival(arrivals));
    // A product that comes first is a value of its own, unless a term is as early.
    let is_term = |part: &Part| matches!(part, Part::Term(_));
    if let Some(at) = parts.iter().position(is_term).filter(|_| !starts_from_rows) {
        let (first, term) = (parts[0].arrival(arrivals), parts[at].arrival(arrivals));
        if term <= first + latency::MULTIPLY {
            parts[..=at].rotate_right(1);
        }
    }
    let mut sum = starts_from_rows.then_some(out);
    let (add, mul) = (Kind::Operation(Op::Add), Kind::Operation(Op::Mul));
    let count = parts.len();
    for part in parts {
        let (kind, operands) = match (sum, part) {
            (Some(sum), Part::Term(term)) => (&add, Places::of(&[sum, term])),
            (Some(sum), Part::Product(one, other)) => (&Kind::Fma, Places::of(&[one, other, sum])),
            (None, Part::Product(one, other)) => (&mul, Places::of(&[one, other])),
            (None, Part::Term(term)) if count == 1 => (&add, Places::of(&[term])),
            (None, Part::Term(term)) => {
                sum = Some(term);
                continue;
            }
        };
        Value::push(values, kind, operands.list(), out);
        sum = Some(out);
    }
}

/// Sums of products as chains of multiply-adds.
fn of_pairs(
    pairs: &Pairs,
    steps: &Steps,
    arrivals: Option<&Arrivals>,
    values: &mut Vec<Value>,
) -> bool {
    if pairs.list.len() > 3 * FEW {
        return false;
    }
    let (places, numbers) = (&steps.places, &steps.numbers);
    let mut at = pairs.list.start;
    for row in 0..pairs.rows {
        let count = |which: usize| numbers[pairs.counts.start + 3 * row + which] as usize;
        let (products, terms) = (count(0), count(1));
        let factors = at + 1..at + 1 + 2 * products;
        let others = factors.end..factors.end + terms;
        let factors = places[factors].chunks_exact(2);
        let parts = factors.map(|pair| Part::Product(pair[0], pair[1]));
        let terms = places[others.clone()].iter().map(|&term| Part::Term(term));
        let parts = parts.chain(terms).collect();
        add_up(values, parts, places[at], false, arrivals);
        at = others.end;
    }
    true
}

/// Sums of weighted rows as chains of multiply-adds.
fn of_gathered(
    gathered: &Gathered,
    steps: &Steps,
    arrivals: Option<&Arrivals>,
    values: &mut Vec<Value>,
) -> bool {
    let is_plain = matches!(
        gathered.finish,
        Finish::None | Finish::Relu | Finish::Product(_)
    );
    if !is_plain || gathered.weights.len() > FEW || gathered.outs.len() > FEW {
        return false;
    }
    let (places, numbers) = (&steps.places, &steps.numbers);
    // The sum would be written over what it is multiplied by.
    if let Finish::Product(with) = &gathered.finish
        && places[with.clone()]
            .iter()
            .any(|with| places[gathered.outs.clone()].contains(with))
    {
        return false;
    }
    let at = |space: Space, number: u32| Place::new(space, number as usize).bits();
    for (row, &out) in places[gathered.outs.clone()].iter().enumerate() {
        let mut parts = Vec::new();
        if let Some(biases) = &gathered.biases {
            let bias = numbers[biases.start + row];
            parts.push(Part::Term(at(gathered.bias_space, bias)));
        }
        let starts = &numbers[gathered.starts.clone()];
        for product in starts[row] as usize..starts[row + 1] as usize {
            let weight = numbers[gathered.weights.start + product];
            let operand = places[gathered.operands.start + product];
            parts.push(Part::Product(at(gathered.weight_space, weight), operand));
        }
        add_up(values, parts, out, gathered.starts_from_rows, arrivals);
        let (op, operands) = match &gathered.finish {
            Finish::Relu => (Op::Relu, Places::of(&[out])),
            Finish::Product(with) => (Op::Mul, Places::of(&[out, places[with.start + row]])),
            Finish::None | Finish::ReluMask(_) | Finish::TanhPartial(_) => continue,
        };
        Value::push(values, &Kind::Operation(op), operands.list(), out);
    }
    true
}
