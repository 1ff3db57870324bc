//! Values one after the other, some registers of lanes at a time: an accumulator machine.
//!
//! What a step of its own costs is many times what it does to a short row, so steps of single rows run here together.
//! The value before is at hand in registers, and what only the value after it reads is stored nowhere.

use crate::kernels::register::{Float, Register, Task};

/// A value: what is computed from which operands, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strip {
    pub(crate) function: Function,
    /// The operands that are read, in order; others are not used.
    pub(crate) operands: [StripOperand; 3],
    /// The row of the result, or [`NOWHERE`](Self::NOWHERE).
    pub(crate) out: u32,
}

impl Strip {
    /// No row: nobody reads the value but the one after it.
    pub(crate) const NOWHERE: u32 = u32::MAX;
}

/// Where an operand is read: a row of the tile, or a number that is the same in all lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct StripOperand(u32);

impl StripOperand {
    const NUMBER: u32 = 1 << 31;

    pub(crate) fn row(row: u32) -> Self {
        debug_assert!(row < Self::NUMBER);
        Self(row)
    }

    pub(crate) fn number(number: u32) -> Self {
        debug_assert!(number < Self::NUMBER);
        Self(number | Self::NUMBER)
    }
}

/// Values to compute in this order.
///
/// # What has to hold
/// - Rows lie in the tile, `stride` numbers apart, with room for the lanes rounded up to a vector.
/// - `numbers` has [`SPREAD`] copies of each number, and starts on a boundary of 64 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strips<'a, S> {
    pub(crate) tile: *mut S,
    pub(crate) stride: usize,
    pub(crate) lanes: usize,
    pub(crate) numbers: *const S,
    pub(crate) values: &'a [Strip],
}

/// How many copies there are of each number: as many as the lanes that are computed at a time at most.
pub(crate) const SPREAD: usize = 64;

/// How many registers are computed at a time.
const MANY: usize = 4;

/// Where the operands of a function are: the value before, or in memory.
macro_rules! functions {
    ($($name:ident = $kind:ident($($from:ident)*);)*) => {
        /// A function, told apart by which operand is the value before.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function {
            $($name,)*
        }

        impl Function {
            /// Every function, its kind, and for each operand whether it is the value before.
            pub(crate) const ALL: &[(Self, Kind, &'static [bool])] = &[
                $((Self::$name, Kind::$kind, &[$(functions!(@is_last $from)),*]),)*
            ];
        }

        /// # Safety
        /// As [`Strips`] says; the last lanes are those of a whole register.
        #[inline(always)]
        unsafe fn values<V: Register, const C: usize>(strips: &Strips<'_, V::Scalar>, lane: usize) {
            let tile = strips.tile.wrapping_add(lane);
            let mut last = [V::zero(); C];
            for value in strips.values {
                let read = |operand: StripOperand| -> [V; C] {
                    let (base, stride) = if operand.0 & StripOperand::NUMBER == 0 {
                        (tile.cast_const(), strips.stride)
                    } else {
                        (strips.numbers, SPREAD)
                    };
                    let from = base.wrapping_add((operand.0 & !StripOperand::NUMBER) as usize * stride);
                    let mut registers = [V::zero(); C];
                    for c in 0..C {
                        // SAFETY: the caller's promise.
                        registers[c] = unsafe { V::load(from.add(c * V::LANES)) };
                    }
                    registers
                };
                let [x, y, z] = value.operands;
                let _ = (y, z);
                last = match value.function {
                    $(Function::$name => functions!(@apply $kind, read, last, [x y z], $($from)*),)*
                };
                if value.out != Strip::NOWHERE {
                    let out = tile.wrapping_add(value.out as usize * strips.stride);
                    for c in 0..C {
                        // SAFETY: the caller's promise.
                        unsafe { last[c].store(out.add(c * V::LANES)) };
                    }
                }
            }
        }
    };
    (@is_last last) => { true };
    (@is_last read) => { false };
    (@operand $read:ident, $last:ident, $at:ident, last) => { $last };
    (@operand $read:ident, $last:ident, $at:ident, read) => { $read($at) };
    (@apply $kind:ident, $read:ident, $last:ident, [$x:ident $y:ident $z:ident], $a:ident) => {
        $kind::one(functions!(@operand $read, $last, $x, $a))
    };
    (@apply $kind:ident, $read:ident, $last:ident, [$x:ident $y:ident $z:ident], $a:ident $b:ident) => {
        $kind::two(
            functions!(@operand $read, $last, $x, $a),
            functions!(@operand $read, $last, $y, $b),
        )
    };
    (@apply $kind:ident, $read:ident, $last:ident, [$x:ident $y:ident $z:ident], $a:ident $b:ident $c:ident) => {
        $kind::three(
            functions!(@operand $read, $last, $x, $a),
            functions!(@operand $read, $last, $y, $b),
            functions!(@operand $read, $last, $z, $c),
        )
    };
}

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Copy,
    Add,
    Subtract,
    Multiply,
    Divide,
    MultiplyAdd,
    Square,
    Negate,
    Relu,
    AtMost,
    Select,
}

functions! {
    CopyRead = Copy(read);
    CopyLast = Copy(last);
    AddReadRead = Add(read read);
    AddLastRead = Add(last read);
    AddReadLast = Add(read last);
    SubtractReadRead = Subtract(read read);
    SubtractLastRead = Subtract(last read);
    SubtractReadLast = Subtract(read last);
    MultiplyReadRead = Multiply(read read);
    MultiplyLastRead = Multiply(last read);
    MultiplyReadLast = Multiply(read last);
    DivideReadRead = Divide(read read);
    DivideLastRead = Divide(last read);
    DivideReadLast = Divide(read last);
    MultiplyAddReadReadRead = MultiplyAdd(read read read);
    MultiplyAddReadReadLast = MultiplyAdd(read read last);
    MultiplyAddLastReadRead = MultiplyAdd(last read read);
    MultiplyAddReadLastRead = MultiplyAdd(read last read);
    SquareRead = Square(read);
    SquareLast = Square(last);
    NegateRead = Negate(read);
    NegateLast = Negate(last);
    ReluRead = Relu(read);
    ReluLast = Relu(last);
    AtMostReadRead = AtMost(read read);
    AtMostLastRead = AtMost(last read);
    AtMostReadLast = AtMost(read last);
    SelectReadReadRead = Select(read read read);
    SelectLastReadRead = Select(last read read);
    SelectReadReadLast = Select(read read last);
}

/// Functions of one, two and three operands over some registers.
macro_rules! kinds {
    ($($kind:ident: $arity:ident($($operand:ident),*) = $value:expr;)*) => {
        $(
            struct $kind;

            impl $kind {
                #[inline(always)]
                fn $arity<V: Register, const C: usize>($($operand: [V; C]),*) -> [V; C] {
                    let mut results = [V::zero(); C];
                    for c in 0..C {
                        $(let $operand = $operand[c];)*
                        results[c] = $value;
                    }
                    results
                }
            }
        )*
    };
}

kinds! {
    Copy: one(x) = x;
    Add: two(x, y) = x.add(y);
    Subtract: two(x, y) = x.subtract(y);
    Multiply: two(x, y) = x.multiply(y);
    Divide: two(x, y) = x.divide(y);
    MultiplyAdd: three(x, y, z) = x.multiply_add(y, z);
    Square: one(x) = x.multiply(x);
    // Exact, the sign of a zero included.
    Negate: one(x) = x.multiply(V::zero().subtract(V::splat(V::Scalar::ONE)));
    Relu: one(x) = x.unless_at_most_zero(x);
    AtMost: two(x, y) = x.at_most(y);
    Select: three(condition, then, otherwise) = condition.select(then, otherwise);
}

/// The values for one kind of registers.
///
/// # Safety
/// The machine has their instructions, and what [`Strips`] asks for holds.
pub(crate) unsafe fn strips<V: Register>(strips: &Strips<'_, V::Scalar>) {
    // SAFETY: the caller's promise.
    unsafe {
        V::run(All::<V> {
            strips,
            register: std::marker::PhantomData,
        });
    }
}

struct All<'a, V: Register> {
    strips: &'a Strips<'a, V::Scalar>,
    register: std::marker::PhantomData<V>,
}

impl<V: Register> Task<V> for All<'_, V> {
    #[inline(always)]
    unsafe fn run(self) {
        let lanes = self.strips.lanes.next_multiple_of(V::LANES);
        let mut lane = 0;
        // SAFETY: the caller's promise; the strips cover the lanes, rounded up.
        unsafe {
            while lane + MANY * V::LANES <= lanes {
                values::<V, MANY>(self.strips, lane);
                lane += MANY * V::LANES;
            }
            while lane < lanes {
                values::<V, 1>(self.strips, lane);
                lane += V::LANES;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Function, Kind, SPREAD, Strip, StripOperand, Strips};
    use crate::kernels::register::Float;
    use crate::kernels::testing::{LANES, Numbers, Tile, for_both, kernels};

    for_both! { every_function }

    /// Each function after a copy, for all special values: the value before, or what is read, in each place.
    fn every_function<S: Float + std::ops::Neg<Output = S>>() {
        let special = [
            0.0,
            -0.0,
            1.0,
            -2.5,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ];
        for lanes in LANES {
            let mut numbers = Numbers::new(lanes as u64);
            let mut tile = Tile::<S>::new(5, lanes, &mut numbers);
            for row in 0..3 {
                for lane in 0..lanes {
                    if numbers.below(2) == 0 {
                        *tile.at(row, lane) = S::narrow(special[numbers.below(7)]);
                    }
                }
            }
            let number = S::narrow(-0.75);
            #[repr(align(64))]
            struct Copies<S>([S; SPREAD]);
            let copies = Copies([number; SPREAD]);
            for kernels in kernels::<S>() {
                for &(function, kind, lasts) in Function::ALL {
                    for which in 0..=lasts.len() {
                        // One of the operands that are read may be a number.
                        let operand = |at: usize| {
                            if at == which {
                                StripOperand::number(0)
                            } else {
                                StripOperand::row(at as u32)
                            }
                        };
                        let before = Strip {
                            function: Function::CopyRead,
                            operands: [StripOperand::row(3); 3],
                            out: Strip::NOWHERE,
                        };
                        let value = Strip {
                            function,
                            operands: [0, 1, 2].map(operand),
                            out: 4,
                        };
                        let mut after = tile.clone();
                        // SAFETY: five rows of the tile, and one number.
                        unsafe {
                            (kernels.strips)(&Strips {
                                tile: after.start(),
                                stride: after.stride,
                                lanes,
                                numbers: copies.0.as_ptr(),
                                values: &[before, value],
                            });
                        }
                        for lane in 0..lanes {
                            let operand = |at: usize| {
                                if lasts.get(at) == Some(&true) {
                                    S::narrow(tile.get(3, lane))
                                } else if at == which {
                                    number
                                } else {
                                    S::narrow(tile.get(at, lane))
                                }
                            };
                            let wanted = value_of(kind, [0, 1, 2].map(operand)).wide();
                            let got = after.get(4, lane);
                            let error = (got - wanted).abs();
                            // Some levels round a product and a sum apart.
                            let allowed = if kind == Kind::MultiplyAdd { 1e-6 } else { 0.0 };
                            assert!(
                                got.to_bits() == wanted.to_bits()
                                    || got.is_nan() && wanted.is_nan()
                                    || error <= allowed * (1.0 + wanted.abs()),
                                "{function:?} {}: {got}, not {wanted}",
                                kernels.level
                            );
                        }
                        for row in 0..4 {
                            assert_eq!(after.bits(row), tile.bits(row), "only the result changes");
                        }
                    }
                }
            }
        }
    }

    fn value_of<S: Float + std::ops::Neg<Output = S>>(kind: Kind, [x, y, z]: [S; 3]) -> S {
        match kind {
            Kind::Copy => x,
            Kind::Add => x + y,
            Kind::Subtract => x - y,
            Kind::Multiply => x * y,
            Kind::Divide => x / y,
            Kind::MultiplyAdd => x * y + z,
            Kind::Square => x * x,
            Kind::Negate => -x,
            Kind::Relu if x <= S::ZERO => S::ZERO,
            Kind::Relu => x,
            Kind::AtMost if x <= y => S::ONE,
            Kind::AtMost => S::ZERO,
            Kind::Select if x == S::ZERO => z,
            Kind::Select => y,
        }
    }
}
