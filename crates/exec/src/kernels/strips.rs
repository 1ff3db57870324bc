//! Values one after the other, some registers of lanes at a time: an accumulator machine.
//!
//! What a step of its own costs is many times what it does to a short row, so steps of single rows run here together.
//! The value before is at hand in registers, and what only the value after it reads is stored nowhere.

use crate::kernels::register::{Float, Register, Task};

/// A value: what is computed from which operands, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strip {
    /// The function, and whether its value is stored: see [`of`](Self::of).
    number: u16,
    /// For each operand that is read the offset of its row from the start of the tile, or which of the numbers it is.
    operands: [u32; 3],
    /// The offset of the row of the result.
    out: u32,
}

impl Strip {
    /// A value that is stored in a row, or in none where nobody reads it but the value after it.
    pub(crate) fn of(function: Function, operands: [u32; 3], out: Option<u32>) -> Self {
        Self {
            number: 2 * function as u16 + u16::from(out.is_some()),
            operands,
            out: out.unwrap_or(0),
        }
    }

    /// The value with its rows so far apart, if rows were counted up to now.
    pub(crate) fn apart(&self, stride: u32) -> Self {
        let mut strip = *self;
        let (_, _, from) = Function::ALL[usize::from(self.number / 2)];
        for (operand, from) in strip.operands.iter_mut().zip(from) {
            if *from == From::Row {
                *operand *= stride;
            }
        }
        strip.out *= stride;
        strip
    }
}

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// In registers, being the value before.
    Last,
    /// In a row of the tile.
    Row,
    /// Among the numbers that are the same in all lanes.
    Number,
}

/// Values to compute in this order.
///
/// # What has to hold
/// Rows lie in the tile, with room for the lanes rounded up to a vector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strips<'a, S> {
    pub(crate) tile: *mut S,
    pub(crate) lanes: usize,
    pub(crate) numbers: *const S,
    pub(crate) values: &'a [Strip],
}

/// Where the operands of a function are: the value before, a row or a number.
macro_rules! functions {
    ($($name:ident = $kind:ident($($from:ident)*);)*) => {
        /// A function, told apart by where its operands are: `L` for the value before, `R` for a row, `N` for a number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function {
            $($name,)*
        }

        impl Function {
            /// Every function, its kind, and where each operand is.
            pub(crate) const ALL: &[(Self, Kind, &'static [From])] = &[
                $((Self::$name, Kind::$kind, &[$(From::$from),*]),)*
            ];
        }

        /// The numbers of values that are stored, and of those that are not.
        #[allow(non_upper_case_globals, reason = "they are named by their functions")]
        mod numbers {
            use super::Function;

            pub(super) mod stored {
                use super::Function;

                $(pub(in super::super) const $name: u16 = 2 * Function::$name as u16 + 1;)*
            }

            pub(super) mod passed_on {
                use super::Function;

                $(pub(in super::super) const $name: u16 = 2 * Function::$name as u16;)*
            }
        }

        /// # Safety
        /// As [`Strips`] says; the last lanes are those of a whole register.
        #[inline(always)]
        unsafe fn values<V: Register, const C: usize>(strips: &Strips<'_, V::Scalar>, lane: usize) {
            let tile = strips.tile.wrapping_add(lane);
            let mut last = [V::zero(); C];
            for value in strips.values {
                let at = At::<V> { value, tile, numbers: strips.numbers };
                // SAFETY: the caller's promise.
                unsafe {
                    match value.number {
                        $(
                            numbers::stored::$name => {
                                last = functions!(@apply at, last, $kind $($from)*);
                                at.store(last);
                            }
                            numbers::passed_on::$name => {
                                last = functions!(@apply at, last, $kind $($from)*);
                            }
                        )*
                        // Never: that is all of them.
                        _ => {}
                    }
                }
            }
        }
    };
    (@apply $at:ident, $last:ident, $kind:ident $a:ident) => {
        $at.one::<$kind, $a, C>($last)
    };
    (@apply $at:ident, $last:ident, $kind:ident $a:ident $b:ident) => {
        $at.two::<$kind, $a, $b, C>($last)
    };
    (@apply $at:ident, $last:ident, $kind:ident $a:ident $b:ident $c:ident) => {
        $at.three::<$kind, $a, $b, $c, C>($last)
    };
}

/// A value, and where its operands are for these lanes.
struct At<'a, V: Register> {
    value: &'a Strip,
    tile: *mut V::Scalar,
    numbers: *const V::Scalar,
}

/// Where an operand is, as a type.
trait Operand {
    /// The registers of the operand with this number.
    ///
    /// # Safety
    /// As [`Strips`] says.
    unsafe fn get<V: Register, const C: usize>(
        at: &At<'_, V>,
        operand: usize,
        last: [V; C],
    ) -> impl Fn(usize) -> V;
}

struct Last;

impl Operand for Last {
    #[inline(always)]
    unsafe fn get<V: Register, const C: usize>(
        _: &At<'_, V>,
        _: usize,
        last: [V; C],
    ) -> impl Fn(usize) -> V {
        move |c| last[c]
    }
}

struct Row;

impl Operand for Row {
    #[inline(always)]
    unsafe fn get<V: Register, const C: usize>(
        at: &At<'_, V>,
        operand: usize,
        _: [V; C],
    ) -> impl Fn(usize) -> V {
        let from = at.tile.wrapping_add(at.value.operands[operand] as usize);
        // SAFETY: the caller's promise.
        move |c| unsafe { V::load(from.add(c * V::LANES)) }
    }
}

struct Number;

impl Operand for Number {
    #[inline(always)]
    unsafe fn get<V: Register, const C: usize>(
        at: &At<'_, V>,
        operand: usize,
        _: [V; C],
    ) -> impl Fn(usize) -> V {
        // SAFETY: the caller's promise.
        let number = unsafe { *at.numbers.add(at.value.operands[operand] as usize) };
        let number = V::splat(number);
        move |_| number
    }
}

// Without optimisation everything that is inlined takes its own part of the stack, too much together.
impl<V: Register> At<'_, V> {
    /// # Safety
    /// As [`Strips`] says.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn one<K: One, X: Operand, const C: usize>(&self, mut last: [V; C]) -> [V; C] {
        // SAFETY: the caller's promise.
        let x = unsafe { X::get(self, 0, last) };
        for c in 0..C {
            last[c] = K::value(x(c));
        }
        last
    }

    /// # Safety
    /// As [`Strips`] says.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn two<K: Two, X: Operand, Y: Operand, const C: usize>(
        &self,
        mut last: [V; C],
    ) -> [V; C] {
        // SAFETY: the caller's promise.
        let (x, y) = unsafe { (X::get(self, 0, last), Y::get(self, 1, last)) };
        for c in 0..C {
            last[c] = K::value(x(c), y(c));
        }
        last
    }

    /// # Safety
    /// As [`Strips`] says.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn three<K: Three, X: Operand, Y: Operand, Z: Operand, const C: usize>(
        &self,
        mut last: [V; C],
    ) -> [V; C] {
        // SAFETY: the caller's promise.
        let (x, y) = unsafe { (X::get(self, 0, last), Y::get(self, 1, last)) };
        // SAFETY: as above.
        let z = unsafe { Z::get(self, 2, last) };
        for c in 0..C {
            last[c] = K::value(x(c), y(c), z(c));
        }
        last
    }

    /// # Safety
    /// As [`Strips`] says.
    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn store<const C: usize>(&self, last: [V; C]) {
        let out = self.tile.wrapping_add(self.value.out as usize);
        for c in 0..C {
            // SAFETY: the caller's promise.
            unsafe { last[c].store(out.add(c * V::LANES)) };
        }
    }
}

functions! {
    CopyL = Copy(Last);
    CopyR = Copy(Row);
    CopyN = Copy(Number);
    AddLL = Add(Last Last);
    AddLR = Add(Last Row);
    AddLN = Add(Last Number);
    AddRR = Add(Row Row);
    AddRN = Add(Row Number);
    SubtractLR = Subtract(Last Row);
    SubtractRL = Subtract(Row Last);
    SubtractLN = Subtract(Last Number);
    SubtractNL = Subtract(Number Last);
    SubtractRR = Subtract(Row Row);
    SubtractRN = Subtract(Row Number);
    SubtractNR = Subtract(Number Row);
    MultiplyLR = Multiply(Last Row);
    MultiplyLN = Multiply(Last Number);
    MultiplyRR = Multiply(Row Row);
    MultiplyRN = Multiply(Row Number);
    DivideLR = Divide(Last Row);
    DivideRL = Divide(Row Last);
    DivideLN = Divide(Last Number);
    DivideNL = Divide(Number Last);
    DivideRR = Divide(Row Row);
    DivideRN = Divide(Row Number);
    DivideNR = Divide(Number Row);
    MultiplyAddLRR = MultiplyAdd(Last Row Row);
    MultiplyAddLRN = MultiplyAdd(Last Row Number);
    MultiplyAddLNR = MultiplyAdd(Last Number Row);
    MultiplyAddLNN = MultiplyAdd(Last Number Number);
    MultiplyAddRRL = MultiplyAdd(Row Row Last);
    MultiplyAddRNL = MultiplyAdd(Row Number Last);
    MultiplyAddRRR = MultiplyAdd(Row Row Row);
    MultiplyAddRRN = MultiplyAdd(Row Row Number);
    MultiplyAddRNR = MultiplyAdd(Row Number Row);
    MultiplyAddRNN = MultiplyAdd(Row Number Number);
    SquareL = Square(Last);
    SquareR = Square(Row);
    NegateL = Negate(Last);
    NegateR = Negate(Row);
    ReluL = Relu(Last);
    ReluR = Relu(Row);
    MaskLR = Mask(Last Row);
    MaskRL = Mask(Row Last);
    MaskRR = Mask(Row Row);
    AtMostLR = AtMost(Last Row);
    AtMostRL = AtMost(Row Last);
    AtMostLN = AtMost(Last Number);
    AtMostRR = AtMost(Row Row);
    AtMostRN = AtMost(Row Number);
    SelectLRR = Select(Last Row Row);
    SelectLRN = Select(Last Row Number);
    SelectLNR = Select(Last Number Row);
    SelectRLR = Select(Row Last Row);
    SelectRLN = Select(Row Last Number);
    SelectRRL = Select(Row Row Last);
    SelectRNL = Select(Row Number Last);
    SelectRRR = Select(Row Row Row);
    SelectRRN = Select(Row Row Number);
    SelectRNR = Select(Row Number Row);
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
    /// 0 where the second operand is at most 0, else the first.
    Mask,
    AtMost,
    Select,
}

impl Kind {
    /// Whether the first two operands may change places.
    pub(crate) fn is_commutative(self) -> bool {
        match self {
            Self::Add | Self::Multiply | Self::MultiplyAdd => true,
            Self::Copy
            | Self::Subtract
            | Self::Divide
            | Self::Square
            | Self::Negate
            | Self::Relu
            | Self::Mask
            | Self::AtMost
            | Self::Select => false,
        }
    }
}

trait One {
    fn value<V: Register>(x: V) -> V;
}

trait Two {
    fn value<V: Register>(x: V, y: V) -> V;
}

trait Three {
    fn value<V: Register>(x: V, y: V, z: V) -> V;
}

/// Functions of registers, as types.
macro_rules! kinds {
    ($($kind:ident: $arity:ident($($operand:ident),*) = $value:expr;)*) => {
        $(
            struct $kind;

            impl $arity for $kind {
                #[inline(always)]
                fn value<V: Register>($($operand: V),*) -> V {
                    $value
                }
            }
        )*
    };
}

kinds! {
    Copy: One(x) = x;
    Add: Two(x, y) = x.add(y);
    Subtract: Two(x, y) = x.subtract(y);
    Multiply: Two(x, y) = x.multiply(y);
    Divide: Two(x, y) = x.divide(y);
    MultiplyAdd: Three(x, y, z) = x.multiply_add(y, z);
    Square: One(x) = x.multiply(x);
    // Exact, the sign of a zero included.
    Negate: One(x) = x.multiply(V::zero().subtract(V::splat(V::Scalar::ONE)));
    Relu: One(x) = x.unless_at_most_zero(x);
    Mask: Two(x, condition) = x.unless_at_most_zero(condition);
    AtMost: Two(x, y) = x.at_most(y);
    Select: Three(condition, then, otherwise) = condition.select(then, otherwise);
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
            if V::STRIP > 4 {
                while lane + 8 * V::LANES <= lanes {
                    values::<V, 8>(self.strips, lane);
                    lane += 8 * V::LANES;
                }
            }
            while lane + 4 * V::LANES <= lanes {
                values::<V, 4>(self.strips, lane);
                lane += 4 * V::LANES;
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
    use super::{From, Function, Kind, Strip, Strips};
    use crate::kernels::register::Float;
    use crate::kernels::testing::{LANES, Numbers, Tile, for_both, kernels};

    for_both! { every_function }

    /// Each function after a copy, for all special values: the value before, a row or a number in each place.
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
            let mut random = Numbers::new(lanes as u64);
            let mut tile = Tile::<S>::new(6, lanes, &mut random);
            for row in 0..3 {
                for lane in 0..lanes {
                    if random.below(2) == 0 {
                        *tile.at(row, lane) = S::narrow(special[random.below(7)]);
                    }
                }
            }
            let numbers = [-0.75, 0.0, 3.5].map(S::narrow);
            for kernels in kernels::<S>() {
                for (&(function, kind, from), is_stored) in Function::ALL
                    .iter()
                    .flat_map(|all| [(all, true), (all, false)])
                {
                    // The value before is stored in no row, and read by a copy that is, if the value itself is not.
                    let before = Strip::of(Function::CopyR, [3; 3], None);
                    let value = Strip::of(function, [0, 1, 2], is_stored.then_some(4));
                    let copy = Strip::of(Function::CopyL, [0; 3], Some(5));
                    let stride = u32::try_from(tile.stride).unwrap();
                    let mut after = tile.clone();
                    // SAFETY: six rows of the tile, and three numbers.
                    unsafe {
                        (kernels.strips)(&Strips {
                            tile: after.start(),
                            lanes,
                            numbers: numbers.as_ptr(),
                            values: &[before, value, copy].map(|strip| strip.apart(stride)),
                        });
                    }
                    for lane in 0..lanes {
                        let operand = |at: usize| match from.get(at) {
                            Some(From::Last) => S::narrow(tile.get(3, lane)),
                            Some(From::Number) => numbers[at],
                            Some(From::Row) | None => S::narrow(tile.get(at, lane)),
                        };
                        let wanted = value_of(kind, [0, 1, 2].map(operand)).wide();
                        let got = after.get(5, lane);
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
                        if is_stored {
                            let stored = after.get(4, lane);
                            assert!(
                                stored.to_bits() == got.to_bits()
                                    || stored.is_nan() && got.is_nan(),
                                "{function:?} is stored"
                            );
                        }
                    }
                    for row in (0..5).filter(|&row| row < 4 || !is_stored) {
                        assert_eq!(after.bits(row), tile.bits(row), "only results change");
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
            Kind::Mask if y <= S::ZERO => S::ZERO,
            Kind::Mask => x,
            Kind::AtMost if x <= y => S::ONE,
            Kind::AtMost => S::ZERO,
            Kind::Select if x == S::ZERO => z,
            Kind::Select => y,
        }
    }
}
