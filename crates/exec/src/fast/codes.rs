//! What a stretch mostly consists of: functions told apart by which operand is the value before, and pairs of them.
//!
//! To get to a function costs more than what it does, so there is one for each two that may follow each other.

use crate::level::Arithmetic;
use crate::vector::{Element, Fast, mul_add, unless_at_most_zero};
use dagrad_ops::operations::{Add, Div, Le, Mul, Neg, Relu, Select, Square, Sub, Tanh};
use dagrad_ops::{Op, OperandList as _, Operation};

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
        /// The numbers of steps.
        #[allow(non_snake_case, non_upper_case_globals, reason = "they are named by their functions")]
        mod numbers {
            use super::Code;

            pub(super) mod single {
                use super::Code;

                $(pub(in super::super) const $one: u16 = Code::$one as u16;)*
            }

            $(
                pub(super) mod $first {
                    use super::Code;

                    $(pub(in super::super) const $second: u16 = Code::$first.and(Code::$second);)*
                }
            )*
        }

        impl Step {
            /// Computes the step's values; `other` does where it has no code. Gives the last.
            ///
            /// # Safety
            /// There is a number at each offset, and results can be written to theirs.
            #[inline(always)]
            pub(super) unsafe fn compute<S: Element, A: Arithmetic>(
                &self,
                memory: *mut S,
                last: S,
                other: impl FnOnce(&Self, S) -> S,
            ) -> S {
                // SAFETY: the caller's promise.
                unsafe {
                    match self.number {
                        $(numbers::single::$one => self.one::<S, A, functions::$one>(memory, last),)*
                        $($(numbers::$first::$second => {
                            self.two::<S, A, functions::$first, functions::$second>(memory, last)
                        })*)*
                        Self::OTHER => other(self, last),
                        // SAFETY: who makes a step takes its number from a code or two, or this one.
                        _ => std::hint::unreachable_unchecked(),
                    }
                }
            }
        }
    };
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

impl Step {
    /// # Safety
    /// As [`compute`](Self::compute).
    // Without optimisation every step that is inlined takes its own part of the stack, hundreds of kilobytes together.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn one<S: Element, A: Arithmetic, F: Function>(&self, memory: *mut S, last: S) -> S {
        // SAFETY: the caller's promise.
        unsafe {
            let value = F::value::<S, A>(memory, self.operands[0], last);
            *memory.add(self.outs[0] as usize) = value;
            value
        }
    }

    /// # Safety
    /// As [`compute`](Self::compute).
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn two<S: Element, A: Arithmetic, F: Function, G: Function>(
        &self,
        memory: *mut S,
        last: S,
    ) -> S {
        // SAFETY: the caller's promise.
        unsafe {
            let first = self.one::<S, A, F>(memory, last);
            let second = G::value::<S, A>(memory, self.operands[1], first);
            *memory.add(self.outs[1] as usize) = second;
            second
        }
    }
}
