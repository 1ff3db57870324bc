//! Stretches of single values: one after the other, or two at once, the last one at hand.

use super::codes::{CHUNK, Code, Context, From, Kind, MOST, Routed, Step};
use super::memory::Bases;
use super::place::{Place, Space};
use crate::level::Arithmetic;
use crate::vector::{Element, Fast, mul_add, unless_at_most_zero};
use dagrad_graph::Arity;
use dagrad_ops::{OperandList, Operation, User, Visitor};
use std::marker::PhantomData;
use std::ops::Range;

/// The stretches of a plan.
#[derive(Clone, Debug)]
pub(super) struct Scalars {
    /// The memory that most of their numbers are in.
    home: Space,
    /// In chunks, each with a step that ends it.
    pub(super) steps: Vec<Step>,
    others: Vec<Other>,
}

/// A stretch that is being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writing {
    start: usize,
    /// The place of the value before.
    before: Option<u32>,
    /// The code of the step that may become one of two.
    open: Option<Code>,
}

/// A value of a stretch.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) kind: Kind,
    /// Where operands and result are, as bits of places.
    pub(super) operands: Places,
    pub(super) out: u32,
}

/// A few places.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    list: [u32; MOST],
    count: u8,
}

impl Places {
    /// At most [`MOST`] places.
    pub(super) fn of(places: &[u32]) -> Self {
        let mut few = Self::default();
        for (to, &place) in few.list.iter_mut().zip(places) {
            *to = place;
            few.count += 1;
        }
        few
    }

    pub(super) fn list(&self) -> &[u32] {
        &self.list[..usize::from(self.count)]
    }

    pub(super) fn list_mut(&mut self) -> &mut [u32] {
        &mut self.list[..usize::from(self.count)]
    }
}

/// A value without a code.
#[derive(Clone, Debug)]
pub(super) struct Other {
    kind: Kind,
    operands: [u32; MOST],
    count: u8,
    out: u32,
}

/// The operand that is the value before.
const LAST: u32 = Place::NOWHERE.bits();

impl Scalars {
    /// No stretches so far.
    pub(super) fn of(home: Space) -> Self {
        Self {
            home,
            steps: Vec::new(),
            others: Vec::new(),
        }
    }

    /// Begins a stretch. There is one at a time.
    pub(super) fn begin(&self) -> Writing {
        Writing {
            start: self.steps.len(),
            before: None,
            open: None,
        }
    }

    /// Adds values of at most [`MOST`] operands each to a stretch.
    pub(super) fn write(&mut self, writing: &mut Writing, values: &[Value]) {
        for value in values {
            let mut from = [From::Memory; MOST];
            for (from, &place) in from.iter_mut().zip(value.operands.list()) {
                if Some(place) == writing.before {
                    *from = From::Last;
                }
            }
            let from = &from[..value.operands.list().len()];
            writing.before = Some(value.out);
            let mut places = value.operands.list().iter().chain([&value.out]);
            let is_home = places.all(|&place| Place::from_bits(place).space() == self.home);
            let code = is_home.then(|| Code::of(&value.kind, from)).flatten();
            let two = writing.open.take().zip(code);
            let two = two.and_then(|(first, second)| first.number_with(second));
            if two.is_none() && (self.steps.len() - writing.start) % CHUNK == CHUNK - 1 {
                self.end_chunk();
            }
            let Some(code) = code else {
                self.other(value, from);
                continue;
            };
            let operands = value.operands.list.map(offset);
            let out = offset(value.out);
            match (two, self.steps.last_mut()) {
                (Some(number), Some(step)) => {
                    step.number = number;
                    step.operands[1] = operands;
                    step.outs[1] = out;
                }
                (_, _) => {
                    self.steps.push(Step {
                        number: code.number(),
                        operands: [operands, [0; MOST]],
                        outs: [out, 0],
                    });
                    writing.open = Some(code);
                }
            }
        }
    }

    /// Ends a stretch. Gives back its steps.
    pub(super) fn end(&mut self, writing: Writing) -> Range<usize> {
        self.end_chunk();
        writing.start..self.steps.len()
    }

    /// Ends a chunk.
    fn end_chunk(&mut self) {
        self.steps.push(Step {
            number: Step::END,
            operands: [[0; MOST]; 2],
            outs: [0; 2],
        });
    }

    /// Adds a value that has no code.
    fn other(&mut self, value: &Value, from: &[From]) {
        let mut operands = value.operands.list;
        for (to, from) in operands.iter_mut().zip(from) {
            if *from == From::Last {
                *to = LAST;
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "places are below 2³²")]
        let (number, count) = (self.others.len() as u32, value.operands.count);
        self.others.push(Other {
            kind: value.kind.clone(),
            operands,
            count,
            out: value.out,
        });
        self.steps.push(Step {
            number: Step::OTHER,
            operands: [[number; MOST], [0; MOST]],
            outs: [0; 2],
        });
    }
}

/// Where a place is in its memory.
fn offset(bits: u32) -> u32 {
    bits & OFFSET
}

const OFFSET: u32 = Place::LIMIT as u32 - 1;

/// Computes the values of a stretch.
///
/// # Safety
/// These are steps of `scalars`, and every place of them is one of these memories.
#[inline(always)]
pub(super) unsafe fn compute<S: Element>(steps: &[Routed<S>], scalars: &Scalars, bases: &Bases<S>) {
    let memory = bases.of(scalars.home);
    let context = Context {
        bases,
        others: &scalars.others,
    };
    let mut last = S::lit(0.0);
    let mut at = 0;
    while at < steps.len() {
        // SAFETY: the caller's promise; what has a code is in this memory, and each chunk has its end.
        last = unsafe { steps.get_unchecked(at).run(memory, &context, last) };
        at += CHUNK;
    }
}

/// Computes a value without a code.
///
/// # Safety
/// As [`compute`].
#[inline(always)]
pub(super) unsafe fn other<S: Element, A: Arithmetic>(
    other: &Other,
    bases: &Bases<S>,
    last: S,
) -> S {
    // SAFETY: the caller's promise.
    unsafe {
        let at = |bits: u32| bases.of_bits(bits).add(Place::from_bits(bits).at());
        let number = |place: u32| if place == LAST { last } else { *at(place) };
        let [x, y, z] = other.operands;
        let operands = match other.count {
            1 => [number(x), last, last],
            2 => [number(x), number(y), last],
            _ => [number(x), number(y), number(z)],
        };
        let value = match &other.kind {
            Kind::Fma => mul_add::<S, A>(operands[0], operands[1], operands[2]),
            Kind::Mask => unless_at_most_zero(operands[0], operands[1]),
            Kind::Operation(op) => op.visit(One::<S, A> {
                operands,
                count: other.count,
                arithmetic: PhantomData,
            }),
        };
        *at(other.out) = value;
        value
    }
}

/// The value of an operation.
struct One<S, A> {
    operands: [S; MOST],
    count: u8,
    arithmetic: PhantomData<A>,
}

/// The value of an operation of these operands; NaN where their number is wrong, which it never is, since the tape was
/// verified.
macro_rules! value {
    ($operation:expr, $type:ident, $($operand:expr),*) => {
        match <$type as Operation>::Operands::<Fast<S, A>>::of(&[$(Fast::new($operand)),*]) {
            Some(operands) => $operation.value(operands).0,
            None => S::lit(f64::NAN),
        }
    };
}

impl<S: Element, A: Arithmetic> Visitor for One<S, A> {
    type Output = S;

    #[inline(always)]
    fn operation<O: Operation>(self, operation: &O) -> S {
        let [x, y, z] = self.operands;
        let arity = <O::Operands<Fast<S, A>> as OperandList<Fast<S, A>>>::ARITY;
        let count = match arity {
            Arity::Exactly(count) => count,
            Arity::AtLeast(_) => usize::from(self.count),
        };
        match count {
            1 => value!(operation, O, x),
            2 => value!(operation, O, x, y),
            _ => value!(operation, O, x, y, z),
        }
    }

    #[inline(always)]
    fn user(self, _: &User) -> S {
        // Stretches have none.
        S::lit(f64::NAN)
    }
}
