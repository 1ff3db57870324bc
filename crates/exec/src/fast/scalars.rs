//! Stretches of single values: for one lane a step of its own costs many times what it does.

use super::place::{Place, Space};
use super::plan::{Function, Operands, Pairs, Plan, Run, Step, Steps};
use crate::level::{Arithmetic, Fused, Level, PortableArithmetic};
use crate::vector::{Element, Fast, mul_add};
use dagrad_graph::Arity;
use dagrad_ops::{Op, OperandList, Operation, Real, User, Visitor};
use std::marker::PhantomData;

/// One value.
#[derive(Clone, Debug)]
pub(super) struct Scalar {
    kind: Kind,
    /// How many operands there are.
    count: u8,
    /// Where they are, as bits of places.
    operands: [u32; MOST],
    out: u32,
}

/// How many operands a value of a stretch has at most.
const MOST: usize = 3;

#[derive(Clone, Debug)]
enum Kind {
    Operation(Op),
    Fma,
}

/// Puts together what are single values, or few, among the steps of a plan that are for one lane.
pub(super) fn stretches<S>(mut plan: Plan<S>) -> Plan<S> {
    let tile = plan.is_narrow.then_some(&mut plan.tile);
    for steps in [&mut plan.before, &mut plan.after].into_iter().chain(tile) {
        let Steps {
            steps,
            places,
            numbers,
        } = steps;
        let mut joined: Vec<Step> = Vec::with_capacity(steps.len());
        for step in steps.drain(..) {
            let values = match &step {
                Step::Run(run) => values_of_run(run, places),
                Step::Pairs(pairs) => values_of_pairs(pairs, places, numbers),
                _ => None,
            };
            match (values, joined.last_mut()) {
                (Some(values), Some(Step::Scalars(list))) => list.extend(values),
                (Some(values), _) => joined.push(Step::Scalars(values)),
                (None, _) => joined.push(step),
            }
        }
        *steps = joined;
    }
    plan
}

/// How many values a run has at most, to be taken one by one.
const FEW: usize = 4;

fn values_of_run(run: &Run, places: &[u32]) -> Option<Vec<Scalar>> {
    let kind = match &run.function {
        Function::Operation(Op::User(_)) | Function::Partial(..) => return None,
        Function::Operation(op) => Kind::Operation(op.clone()),
        Function::Fma => Kind::Fma,
    };
    let count = match &run.operands {
        Operands::Runs(list) => list.len(),
        Operands::Listed(list) => list.len() / run.rows,
    };
    if run.rows > FEW || count > MOST {
        return None;
    }
    let value = |row: usize| {
        let mut operands = [0; MOST];
        for (number, operand) in operands.iter_mut().enumerate().take(count) {
            *operand = match &run.operands {
                Operands::Runs(list) => Place::from_bits(places[list.start + number])
                    .plus(row)
                    .bits(),
                Operands::Listed(list) => places[list.start + number * run.rows + row],
            };
        }
        Scalar {
            kind: kind.clone(),
            #[expect(clippy::cast_possible_truncation, reason = "there are three at most")]
            count: count as u8,
            operands,
            out: run.out.plus(row).bits(),
        }
    };
    Some((0..run.rows).map(value).collect())
}

/// A sum of products as a chain of multiply-adds.
fn values_of_pairs(pairs: &Pairs, places: &[u32], numbers: &[u32]) -> Option<Vec<Scalar>> {
    if pairs.list.len() > 8 * pairs.rows || pairs.rows > FEW {
        return None;
    }
    let mut values = Vec::new();
    let mut at = pairs.list.start;
    for row in 0..pairs.rows {
        let count = |which: usize| numbers[pairs.counts.start + 3 * row + which] as usize;
        let (products, terms) = (count(0), count(1));
        let (out, factors) = (places[at], at + 1);
        let others = factors + 2 * products;
        let mut has_sum = false;
        for product in 0..products {
            let [first, second] = [0, 1].map(|side| places[factors + 2 * product + side]);
            values.push(if has_sum {
                Scalar {
                    kind: Kind::Fma,
                    count: 3,
                    operands: [first, second, out],
                    out,
                }
            } else {
                Scalar {
                    kind: Kind::Operation(Op::Mul),
                    count: 2,
                    operands: [first, second, 0],
                    out,
                }
            });
            has_sum = true;
        }
        for &term in &places[others..others + terms] {
            let operands = [if has_sum { out } else { term }, term, 0];
            values.push(Scalar {
                kind: Kind::Operation(Op::Add),
                count: if has_sum { 2 } else { 1 },
                operands,
                out,
            });
            has_sum = true;
        }
        at = others + terms;
    }
    Some(values)
}

/// Where the memories of a run start, by the numbers of their spaces.
pub(super) type Bases<S> = [*mut S; 4];

/// Computes values one after the other.
///
/// # Safety
/// Every place of the list is one of these memories.
pub(super) type Compute<S> = unsafe fn(&[Scalar], &Bases<S>);

/// What computes values at `level`, or portably on a machine that has not got it.
pub(super) fn compute_at<S: Element>(level: Level) -> Compute<S> {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 if level.is_available() => compute_fused::<S>,
        Level::Portable | Level::Avx2 | Level::Avx512 => compute::<S, PortableArithmetic>,
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn compute_fused<S: Element>(list: &[Scalar], bases: &Bases<S>) {
    // SAFETY: the caller's promise.
    unsafe { compute::<S, Fused>(list, bases) }
}

/// # Safety
/// As [`Compute`].
#[inline(always)]
unsafe fn compute<S: Element, A: Arithmetic>(list: &[Scalar], bases: &Bases<S>) {
    for scalar in list {
        // SAFETY: the caller's promise.
        unsafe {
            let at = |bits: u32| {
                let place = Place::from_bits(bits);
                let base = *bases.get_unchecked((bits >> Place::SHIFT) as usize);
                base.add(place.at())
            };
            let value = match &scalar.kind {
                Kind::Fma => {
                    let [x, y, z] = scalar.operands;
                    mul_add::<S, A>(*at(x), *at(y), *at(z))
                }
                Kind::Operation(op) => op.visit(One::<S, A, _> {
                    scalar,
                    at,
                    arithmetic: PhantomData,
                }),
            };
            *at(scalar.out) = value;
        }
    }
}

/// The value of an operation.
struct One<'a, S, A, F> {
    scalar: &'a Scalar,
    at: F,
    arithmetic: PhantomData<(S, A)>,
}

impl<S: Element, A: Arithmetic, F: Fn(u32) -> *mut S> Visitor for One<'_, S, A, F> {
    type Output = S;

    #[inline(always)]
    fn operation<O: Operation>(self, operation: &O) -> S {
        let [x, y, z] = self.scalar.operands;
        // SAFETY: operands up to their number are places of the run's memories.
        let number = |place: u32| Fast::<S, A>::new(unsafe { *(self.at)(place) });
        let nan = Fast::lit(f64::NAN);
        let list = match <O::Operands<Fast<S, A>> as OperandList<Fast<S, A>>>::ARITY {
            Arity::Exactly(1) => [number(x), nan, nan],
            Arity::Exactly(2) => [number(x), number(y), nan],
            Arity::Exactly(_) => [number(x), number(y), number(z)],
            Arity::AtLeast(_) => match self.scalar.count {
                1 => [number(x), nan, nan],
                2 => [number(x), number(y), nan],
                _ => [number(x), number(y), number(z)],
            },
        };
        let count = match <O::Operands<Fast<S, A>> as OperandList<Fast<S, A>>>::ARITY {
            Arity::Exactly(count) => count.min(MOST),
            Arity::AtLeast(_) => usize::from(self.scalar.count).min(MOST),
        };
        match O::Operands::<Fast<S, A>>::of(&list[..count]) {
            Some(operands) => operation.value(operands).0,
            None => nan.0,
        }
    }

    #[inline(always)]
    fn user(self, _: &User) -> S {
        // Stretches have none.
        S::lit(f64::NAN)
    }
}

/// The spaces in the order of their numbers.
pub(super) fn bases_of<S>(base: impl Fn(Space) -> *mut S) -> Bases<S> {
    [Space::Tile, Space::Scalars, Space::Parameters, Space::Means].map(base)
}
