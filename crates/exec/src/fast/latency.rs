//! How long single values wait for each other: a stretch of them takes the time of its longest chain.

use super::codes::Kind;
use super::mixing::HashMap;
use super::scalars::Value;
use dagrad_ops::Op;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How many cycles a multiplication takes, about, on processors of today. Additions take as long.
pub(super) const MULTIPLY: u32 = 4;
const DIVIDE: u32 = 13;
const FUNCTION: u32 = 40;
/// How long after it was written a number can be read.
const READ: u32 = 5;

/// When the numbers at places are there.
#[derive(Default)]
pub(super) struct Arrivals(HashMap<u32, u32>);

impl Arrivals {
    /// When all of these are there.
    pub(super) fn of(&self, places: &[u32]) -> u32 {
        let times = places.iter().map(|place| self.0.get(place));
        times
            .map(|time| time.copied().unwrap_or(0))
            .max()
            .unwrap_or(0)
    }

    /// Notes when a value is there.
    pub(super) fn note(&mut self, value: &Value) {
        let time = self.of(value.operands.list()) + cycles(&value.kind);
        self.0.insert(value.out, time);
    }
}

/// How long a value takes once its operands are there.
fn cycles(kind: &Kind) -> u32 {
    match kind {
        Kind::Operation(Op::Div | Op::Recip | Op::Sqrt) => DIVIDE,
        Kind::Operation(
            Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Square
            | Op::Neg
            | Op::Abs
            | Op::Relu
            | Op::Min
            | Op::Max
            | Op::Lt
            | Op::Le
            | Op::Eq
            | Op::Select,
        )
        | Kind::Fma
        | Kind::Mask => MULTIPLY,
        Kind::Operation(_) => FUNCTION,
    }
}

/// The values in an order in which what takes long to the end comes early, and as many as can be follow one that they
/// are computed from.
pub(super) fn in_chains(values: Vec<Value>) -> Vec<Value> {
    // Who has to wait for whom: who reads a place for the one that wrote it, who writes it for those as well.
    let mut waiting = vec![0u32; values.len()];
    let mut waiters: Vec<Vec<usize>> = vec![Vec::new(); values.len()];
    let mut touched: HashMap<u32, (Option<usize>, Vec<usize>)> = HashMap::default();
    for (at, value) in values.iter().enumerate() {
        let mut wait = |for_whom: usize| {
            waiters[for_whom].push(at);
            waiting[at] += 1;
        };
        for &place in value.operands.list() {
            let (writer, readers) = touched.entry(place).or_default();
            writer.iter().for_each(|&writer| wait(writer));
            readers.push(at);
        }
        let (writer, readers) = touched.entry(value.out).or_default();
        writer.iter().for_each(|&writer| wait(writer));
        let readers = std::mem::take(readers).into_iter();
        readers.filter(|&reader| reader != at).for_each(wait);
        *writer = Some(at);
    }
    let mut left = vec![0; values.len()];
    for (at, value) in values.iter().enumerate().rev() {
        let most = waiters[at].iter().map(|&waiter| left[waiter]).max();
        left[at] = most.unwrap_or(0) + cycles(&value.kind) + READ;
    }
    let urgency = |at: usize| (left[at], Reverse(at));
    let mut ready = BinaryHeap::new();
    ready.extend(
        (0..values.len())
            .filter(|&at| waiting[at] == 0)
            .map(urgency),
    );
    let mut values: Vec<Option<Value>> = values.into_iter().map(Some).collect();
    let mut order = Vec::with_capacity(values.len());
    let mut next = ready.pop();
    while let Some((_, Reverse(at))) = next {
        next = None;
        let Some(value) = values[at].take() else {
            continue;
        };
        for &waiter in &waiters[at] {
            waiting[waiter] -= 1;
            let Some(user) = values[waiter].as_ref().filter(|_| waiting[waiter] == 0) else {
                continue;
            };
            let mut other = Some(urgency(waiter));
            if user.operands.list().contains(&value.out) && other > next {
                std::mem::swap(&mut next, &mut other);
            }
            ready.extend(other);
        }
        order.push(value);
        next = next.or_else(|| ready.pop());
    }
    order
}
