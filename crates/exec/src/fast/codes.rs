//! What a stretch mostly consists of: functions told apart by which operand is the value before, and pairs of them.
//!
//! To get to a function costs more than what it does, so there is one for each two that may follow each other, and each
//! goes on to the next one by itself: a jump from the end of one to the start of another, of which the processor
//! remembers where it goes.

use super::memory::Bases;
use super::scalars::{self, Other};
#[cfg(target_arch = "x86_64")]
use crate::level::Fused;
use crate::level::{Arithmetic, Level, PortableArithmetic};
use crate::vector::{Element, Fast, mul_add, unless_at_most_zero};
use dagrad_ops::operations::{Add, Div, Le, Mul, Neg, Relu, Select, Square, Sub, Tanh};
use dagrad_ops::{Op, OperandList as _, Operation};
use std::marker::PhantomData;

/// How many operands a value of a stretch has at most.
pub(super) const MOST: usize = 3;

/// What is computed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Operation(Op),
    Fma,
    /// 0 where the second operand is at most 0, else the first.
    Mask,
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    /// At a place.
    Memory,
    /// In a register, being the value before: reading it from memory would wait until it has got there.
    Last,
}

/// One value, or two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// What is computed: the number of a code, or of two, or one that is no such number.
    pub(super) number: u16,
    /// The offsets of the operands of the first value, and of the second.
    pub(super) operands: [[u32; MOST]; 2],
    pub(super) outs: [u32; 2],
}

impl Step {
    /// The number of a step that has no code: the one behind all that have.
    pub(super) const OTHER: u16 = Code::count() * (1 + Code::count());
    /// The number of what ends a chunk.
    pub(super) const END: u16 = Self::OTHER + 1;
}

/// How many steps go on from one to the next at most, with the one that ends it. Where the compiler makes calls of
/// what should be jumps, so many are under way at once.
pub(super) const CHUNK: usize = 64;

/// Computes a step and those that follow, up to the end of the chunk. Gives the last value.
///
/// # Safety
/// There is a number at each offset in the memory, and an end.
pub(super) type Routine<S> = unsafe fn(*const Routed<S>, *mut S, &Context<'_, S>, S) -> S;

/// A step, and what computes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Routed<S> {
    routine: Routine<S>,
    step: Step,
}

/// What steps without a code need.
pub(super) struct Context<'a, S> {
    pub(super) bases: &'a Bases<S>,
    pub(super) others: &'a [Other],
}

impl<S: Element> Routed<S> {
    /// The step with what computes it, out of all.
    pub(super) fn of(step: &Step, routines: &[Routine<S>]) -> Self {
        Self {
            routine: routines[usize::from(step.number)],
            step: *step,
        }
    }

    /// Computes the chunk that begins here.
    ///
    /// # Safety
    /// As [`Routine`] says.
    #[inline(always)]
    pub(super) unsafe fn run(&self, memory: *mut S, context: &Context<'_, S>, last: S) -> S {
        // SAFETY: the caller's promise.
        unsafe { (self.routine)(self, memory, context, last) }
    }

    /// Computes the steps behind this one.
    ///
    /// # Safety
    /// As [`Routine`] says.
    #[inline(always)]
    unsafe fn go_on(this: *const Self, memory: *mut S, context: &Context<'_, S>, last: S) -> S {
        // SAFETY: the caller's promise: this is no end.
        unsafe {
            let next = this.add(1);
            ((*next).routine)(next, memory, context, last)
        }
    }
}

/// A function of numbers in one memory, at these offsets, and of the last value.
trait Function {
    /// # Safety
    /// There is a number at each offset.
    unsafe fn value<S: Element, A: Arithmetic>(memory: *const S, at: [u32; MOST], last: S) -> S;
}

/// Generates the functions, and the match over what a step is.
macro_rules! codes {
    (
        paired { $($paired:ident = $first:tt($($one:tt),*);)* }
        alone { $($alone:ident = $second:tt($($other:tt),*);)* }
    ) => {
        /// A function of which there is a copy for where its operands are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Code {
            $($paired,)*
            $($alone,)*
        }

        impl Code {
            const ALL: &[Self] = &[$(Self::$paired,)* $(Self::$alone,)*];

            /// What it computes, and from where.
            fn signature(self) -> (Kind, &'static [From]) {
                match self {
                    $(Self::$paired => (codes!(@kind $first), &[$(codes!(@from $one)),*]),)*
                    $(Self::$alone => (codes!(@kind $second), &[$(codes!(@from $other)),*]),)*
                }
            }

            /// Whether it may be one of two.
            fn is_paired(self) -> bool {
                matches!(self, $(Self::$paired)|*)
            }
        }

        /// The functions as types.
        mod functions {
            use super::*;

            $(codes! { @function $paired = $first($($one),*) })*
            $(codes! { @function $alone = $second($($other),*) })*
        }

        codes! { @rows [$($paired)*] [$($paired)*] [$($paired)* $($alone)*] }
    };
    (@rows [$($first:ident)*] $seconds:tt $all:tt) => {
        codes! { @steps [$({$first $seconds})*] $all }
    };
    (@steps [$({$first:ident [$($second:ident)*]})*] [$($one:ident)*]) => {
        /// What computes steps, by their numbers.
        struct All<S, A>(PhantomData<(S, A)>);

        impl<S: Element> All<S, PortableArithmetic> {
            const ROUTINES: &'static [Routine<S>; ROUTINES] = &codes! {
                @table [$({$first [$($second)*]})*] [$($one)*] one two other end
            };
        }

        #[cfg(target_arch = "x86_64")]
        impl<S: Element> All<S, Fused> {
            const ROUTINES: &'static [Routine<S>; ROUTINES] = &codes! {
                @table [$({$first [$($second)*]})*] [$($one)*] one_fused two_fused other_fused end
            };
        }
    };
    (
        @table [$({$first:ident [$($second:ident)*]})*] [$($code:ident)*]
        $one:ident $two:ident $other:ident $end:ident
    ) => {{
        // Numbers that no step has stay what steps without a code are.
        let mut routines = [$other::<S> as Routine<S>; ROUTINES];
        $(routines[Code::$code as usize] = $one::<S, functions::$code>;)*
        $($(
            routines[Code::$first.and(Code::$second) as usize] =
                $two::<S, functions::$first, functions::$second>;
        )*)*
        routines[Step::END as usize] = $end::<S>;
        routines
    }};
    (@function $code:ident = $operation:tt($($operand:tt),*)) => {
        pub(super) struct $code;

        impl Function for $code {
            #[inline(always)]
            #[allow(unused_variables, reason = "not each of them takes the last value")]
            unsafe fn value<S: Element, A: Arithmetic>(
                memory: *const S,
                at: [u32; MOST],
                last: S,
            ) -> S {
                // SAFETY: the caller's promise.
                let number = |operand: usize| unsafe { *memory.add(at[operand] as usize) };
                let mut operand = 0;
                let operands = [$({
                    let value = codes!(@operand $operand, number(operand), last);
                    operand += 1;
                    value
                }),*];
                let _ = operand;
                codes!(@value $operation, operands, S, A)
            }
        }
    };
    (@kind fma) => { Kind::Fma };
    (@kind mask) => { Kind::Mask };
    (@kind $operation:ident) => { Kind::Operation(Op::$operation) };
    (@from last) => { From::Last };
    (@from read) => { From::Memory };
    (@operand last, $read:expr, $last:ident) => { $last };
    (@operand read, $read:expr, $last:ident) => { $read };
    (@value fma, $operands:ident, $scalar:ident, $arithmetic:ident) => {{
        let [x, y, z] = $operands;
        mul_add::<$scalar, $arithmetic>(x, y, z)
    }};
    (@value mask, $operands:ident, $scalar:ident, $arithmetic:ident) => {{
        let [x, condition] = $operands;
        unless_at_most_zero::<$scalar>(x, condition)
    }};
    (@value $operation:ident, $operands:ident, $scalar:ident, $arithmetic:ident) => {{
        let operands = $operands.map(Fast::<$scalar, $arithmetic>::new);
        match <$operation as Operation>::Operands::of(&operands) {
            Some(operands) => $operation.value(operands).0,
            // Never: the number of operands is that of the operation.
            None => $scalar::lit(f64::NAN),
        }
    }};
}

codes! {
    paired {
        AddReadRead = Add(read, read);
        AddLastRead = Add(last, read);
        AddReadLast = Add(read, last);
        SubReadRead = Sub(read, read);
        SubLastRead = Sub(last, read);
        SubReadLast = Sub(read, last);
        MulReadRead = Mul(read, read);
        MulLastRead = Mul(last, read);
        MulReadLast = Mul(read, last);
        FmaReadReadRead = fma(read, read, read);
        FmaReadReadLast = fma(read, read, last);
        FmaLastReadRead = fma(last, read, read);
        FmaReadLastRead = fma(read, last, read);
        SquareRead = Square(read);
        SquareLast = Square(last);
        NegRead = Neg(read);
        NegLast = Neg(last);
    }
    alone {
        DivReadRead = Div(read, read);
        DivLastRead = Div(last, read);
        DivReadLast = Div(read, last);
        ReluRead = Relu(read);
        ReluLast = Relu(last);
        LeReadRead = Le(read, read);
        LeLastRead = Le(last, read);
        MaskReadRead = mask(read, read);
        MaskLastRead = mask(last, read);
        MaskReadLast = mask(read, last);
        SelectReadReadRead = Select(read, read, read);
        SelectLastReadRead = Select(last, read, read);
        SelectReadReadLast = Select(read, read, last);
        TanhRead = Tanh(read);
        TanhLast = Tanh(last);
    }
}

impl Code {
    /// The code for a value whose operands are there, if there is one.
    pub(super) fn of(kind: &Kind, from: &[From]) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|code| {
            let (own, operands) = code.signature();
            own == *kind && operands == from
        })
    }

    /// The number of the step that is this value.
    pub(super) fn number(self) -> u16 {
        self as u16
    }

    /// The number of the step of this value and that one, if there is such a one.
    pub(super) fn number_with(self, second: Self) -> Option<u16> {
        (self.is_paired() && second.is_paired()).then(|| self.and(second))
    }

    /// Numbers that no step of one value has.
    const fn and(self, second: Self) -> u16 {
        Self::count() * (1 + self as u16) + second as u16
    }

    const fn count() -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "there are a few dozen")]
        let count = Self::ALL.len() as u16;
        count
    }
}

/// How many numbers of steps there are.
const ROUTINES: usize = Step::END as usize + 1;

/// What computes steps at `level`, or portably on a machine that has not got it.
pub(super) fn routines<S: Element>(level: Level) -> &'static [Routine<S>] {
    match level {
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 | Level::Avx512 if level.is_available() => All::<S, Fused>::ROUTINES,
        Level::Portable | Level::Avx2 | Level::Avx512 => All::<S, PortableArithmetic>::ROUTINES,
    }
}

/// Routines for one kind of arithmetic. SAFETY of all: what [`Routine`] says, and that the machine has the instructions,
/// is what the callers promise.
macro_rules! routines {
    ($arithmetic:ty, $one:ident $two:ident $other:ident $value:ident $(, $features:literal)?) => {
        $(#[target_feature(enable = $features)])?
        unsafe fn $one<S: Element, F: Function>(
            this: *const Routed<S>,
            memory: *mut S,
            context: &Context<'_, S>,
            last: S,
        ) -> S {
            // SAFETY: as above.
            unsafe {
                let step = &(*this).step;
                let value = step.value::<S, $arithmetic, F>(0, memory, last);
                Routed::go_on(this, memory, context, value)
            }
        }

        $(#[target_feature(enable = $features)])?
        unsafe fn $two<S: Element, F: Function, G: Function>(
            this: *const Routed<S>,
            memory: *mut S,
            context: &Context<'_, S>,
            last: S,
        ) -> S {
            // SAFETY: as above.
            unsafe {
                let step = &(*this).step;
                let first = step.value::<S, $arithmetic, F>(0, memory, last);
                let second = step.value::<S, $arithmetic, G>(1, memory, first);
                Routed::go_on(this, memory, context, second)
            }
        }

        $(#[target_feature(enable = $features)])?
        unsafe fn $other<S: Element>(
            this: *const Routed<S>,
            memory: *mut S,
            context: &Context<'_, S>,
            last: S,
        ) -> S {
            // SAFETY: as above; a step without a code has its number among the others.
            unsafe {
                let number = (*this).step.operands[0][0] as usize;
                let other = context.others.get_unchecked(number);
                let value = $value(other, context.bases, last);
                Routed::go_on(this, memory, context, value)
            }
        }

        /// Apart, so that what all operations need on the stack is not there for each step that is under way.
        $(#[target_feature(enable = $features)])?
        #[inline(never)]
        unsafe fn $value<S: Element>(other: &Other, bases: &Bases<S>, last: S) -> S {
            // SAFETY: as above.
            unsafe { scalars::other::<S, $arithmetic>(other, bases, last) }
        }
    };
}

routines! { PortableArithmetic, one two other value }
#[cfg(target_arch = "x86_64")]
routines! { Fused, one_fused two_fused other_fused value_fused, "avx2,fma" }

unsafe fn end<S: Element>(_: *const Routed<S>, _: *mut S, _: &Context<'_, S>, last: S) -> S {
    last
}

impl Step {
    /// One of the step's values, which is stored.
    ///
    /// # Safety
    /// As [`Routine`] says.
    #[inline(always)]
    unsafe fn value<S: Element, A: Arithmetic, F: Function>(
        &self,
        which: usize,
        memory: *mut S,
        last: S,
    ) -> S {
        // SAFETY: the caller's promise.
        unsafe {
            let value = F::value::<S, A>(memory, self.operands[which], last);
            *memory.add(self.outs[which] as usize) = value;
            value
        }
    }
}
