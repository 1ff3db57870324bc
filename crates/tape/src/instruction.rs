//! Slots and the instructions that fill them.

use dagrad_ops::{Op, for_each_operation};
use std::fmt;

/// A place of a tape: the number of the instruction that fills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(u32);

impl Slot {
    /// The slot of this number. A tape has at most 2³² − 1 slots.
    #[must_use]
    #[inline]
    pub fn new(index: usize) -> Self {
        debug_assert!(index < u32::MAX as usize);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a tape has fewer than 2³² slots"
        )]
        let index = index as u32;
        Self(index)
    }

    /// Its number.
    #[must_use]
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    #[inline]
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    #[inline]
    pub(crate) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}", self.0)
    }
}

/// When a slot is filled. The order of classes is that of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Once for all: it depends on constants only.
    Constant,
    /// Once for each run, before the samples: it depends on parameters, and on no sample.
    Shared,
    /// Once for each sample.
    PerSample,
    /// Once for each run, after the samples: it depends on means over them.
    Reduced,
}

impl Class {
    /// The class of what depends on values of both classes: the later one.
    ///
    /// No value of a sample is there any more after the samples, so nothing depends on one *and* on a
    /// reduced value, except through a [mean](Code::Mean); [`Tape::verify`](crate::Tape::verify) sees to it.
    #[must_use]
    #[inline]
    pub fn join(self, other: Self) -> Self {
        self.max(other)
    }

    /// Whether a slot has one value for each run.
    #[must_use]
    #[inline]
    pub fn is_per_run(self) -> bool {
        self != Self::PerSample
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Shared => "shared",
            Self::PerSample => "per sample",
            Self::Reduced => "reduced",
        })
    }
}

macro_rules! define_code {
    ($(
        $type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;
    )*) => {
        /// What an instruction does: one of the operations, or what only a tape has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Code {
            /// The input of a number, features and targets counted together in declared order.
            Input,
            /// The parameter of a number, in declared order.
            Parameter,
            /// A constant.
            Constant,
            $(#[doc = concat!("[`", stringify!($name), "`](dagrad_ops::operations::", stringify!($type), ")")] $type,)*
            /// The value of a user operation.
            Call,
            /// A partial of a user operation, given its operands and then its value.
            CallPartial,
            /// `a · b + c`, rounded once.
            Fma,
            /// A sum of products and further terms: [`Instruction::products`] pairs of factors, then the
            /// terms.
            Dot,
            /// The mean of its operand over the samples of a run, by their weights: what makes a value
            /// [per sample](Class::PerSample) a [reduced](Class::Reduced) one.
            Mean,
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Self] = &[
                Self::Input, Self::Parameter, Self::Constant, $(Self::$type,)*
                Self::Call, Self::CallPartial, Self::Fma, Self::Dot, Self::Mean,
            ];

            /// The name that listings use.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    Self::Input => "input",
                    Self::Parameter => "parameter",
                    Self::Constant => "constant",
                    $(Self::$type => stringify!($name),)*
                    Self::Call => "call",
                    Self::CallPartial => "partial",
                    Self::Fma => "fma",
                    Self::Dot => "dot",
                    Self::Mean => "mean",
                }
            }

            /// The code and the payload of a listed operation; none for a user operation.
            pub(crate) fn of(operation: &Op) -> Option<(Self, u32)> {
                match operation {
                    $(Op::$type $(($field))? => Some((Self::$type, define_code!(@to_bits $($field)?))),)*
                    Op::User(_) => None,
                }
            }

            /// The listed operation of this code and payload.
            pub(crate) fn operation(self, payload: u32) -> Option<Op> {
                match self {
                    $(Self::$type => Some(define_code!(@operation payload $type $($kind)?)),)*
                    Self::Input | Self::Parameter | Self::Constant => None,
                    Self::Call | Self::CallPartial | Self::Fma | Self::Dot | Self::Mean => None,
                }
            }
        }
    };
    (@to_bits) => { 0 };
    (@to_bits $field:ident) => { $field.cast_unsigned() };
    (@operation $payload:ident $type:ident) => {{ let _ = $payload; Op::$type }};
    (@operation $payload:ident $type:ident $kind:ty) => { Op::$type($payload.cast_signed()) };
}

for_each_operation!(define_code);

/// An instruction: what fills a slot.
///
/// Sixteen bytes: up to three operands, or two and a payload, lie in it, more in the tape's pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instruction {
    pub(crate) code: Code,
    pub(crate) class: Class,
    /// The number of operands in `args`, or [`POOLED`]: then `args` are the start in the pool and the
    /// number of operands.
    pub(crate) inline: u16,
    /// Operands, if they lie here; the last is the payload of a code that has one: the exponent of an
    /// integer power, the number of products of a dot, the number of a call, of an input or of a
    /// parameter. A constant's bits are the first two, low ones first.
    pub(crate) args: [Slot; 3],
}

/// Says that the operands lie in the pool.
pub(crate) const POOLED: u16 = u16::MAX;

impl Instruction {
    pub(crate) fn of_constant(value: f64) -> Self {
        let bits = value.to_bits();
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let (low, high) = (bits as u32, (bits >> 32) as u32);
        Self {
            code: Code::Constant,
            class: Class::Constant,
            inline: 0,
            args: [low, high, 0].map(Slot),
        }
    }

    /// What it does.
    #[must_use]
    #[inline]
    pub fn code(self) -> Code {
        self.code
    }

    /// How often it has to be done.
    #[must_use]
    #[inline]
    pub fn class(self) -> Class {
        self.class
    }

    #[inline]
    pub(crate) fn payload(self) -> u32 {
        self.args[2].bits()
    }

    /// The number of the input or the parameter that this is.
    #[must_use]
    #[inline]
    pub fn variable(self) -> Option<usize> {
        matches!(self.code, Code::Input | Code::Parameter).then_some(self.args[2].index())
    }

    /// The constant that this is.
    #[must_use]
    #[inline]
    pub fn constant(self) -> Option<f64> {
        let [low, high, _] = self.args.map(|arg| u64::from(arg.bits()));
        (self.code == Code::Constant).then_some(f64::from_bits(high << 32 | low))
    }

    /// The number of products of a dot.
    #[must_use]
    #[inline]
    pub fn products(self) -> Option<usize> {
        (self.code == Code::Dot).then_some(self.payload() as usize)
    }

    /// The exponent of an integer power.
    #[must_use]
    #[inline]
    pub fn exponent(self) -> Option<i32> {
        (self.code == Code::Powi).then_some(self.payload().cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dagrad_graph::Operator;

    #[test]
    fn codes_and_operations_are_each_other() {
        for operation in Op::all() {
            let (code, payload) = Code::of(&operation).unwrap();
            assert_eq!(code.operation(payload), Some(operation.clone()));
            assert_eq!(code.name(), operation.name());
        }
    }
}
