//! Vector registers: what kernels are written over.

use crate::level::Arithmetic;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Sub};

/// A vector register, with as many lanes as one level of instructions gives a scalar type.
///
/// A value of this type exists only on a machine that has the instructions: whoever makes the first one, by
/// [`run`](Self::run), vouches for that, and whatever takes or returns registers may rely on it.
pub(crate) trait Register: Copy + Debug + 'static {
    type Scalar: Float;
    /// How products and sums are rounded.
    type Arithmetic: Arithmetic;

    /// How many lanes a register has.
    const LANES: usize;

    /// The widest block of registers that the product of matrices computes at a time.
    const COLUMNS: usize;

    /// How many rows such a block has, by its width: as many as there are registers for.
    const ROWS: [usize; 5];

    /// How many registers of lanes a value has where values are computed one after the other: four or eight.
    const STRIP: usize;

    /// How many rows and columns a square has that is transposed at once: four or eight.
    const SIDE: usize;

    /// Runs `task` in a function that is compiled for the instructions of these registers.
    ///
    /// # Safety
    /// The machine has the instructions, and what `task` asks for holds.
    unsafe fn run<T: Task<Self>>(task: T);

    /// The same number in every lane.
    fn splat(number: Self::Scalar) -> Self;

    /// # Safety
    /// There are as many numbers to read as there are lanes, at any alignment of the scalar type.
    unsafe fn load(from: *const Self::Scalar) -> Self;

    /// # Safety
    /// There are as many numbers to write as there are lanes, at any alignment of the scalar type.
    unsafe fn store(self, to: *mut Self::Scalar);

    /// The first `count` lanes from memory, zeros in the others.
    ///
    /// # Safety
    /// There are `count` numbers to read.
    unsafe fn load_first(from: *const Self::Scalar, count: usize) -> Self;

    /// Writes the first `count` lanes and nothing else.
    ///
    /// # Safety
    /// There are `count` numbers to write.
    unsafe fn store_first(self, to: *mut Self::Scalar, count: usize);

    fn add(self, other: Self) -> Self;

    fn subtract(self, other: Self) -> Self;

    fn multiply(self, other: Self) -> Self;

    fn divide(self, other: Self) -> Self;

    /// 1 where `self` is at most `other`, 0 elsewhere, thus also where either is no number.
    fn at_most(self, other: Self) -> Self;

    /// `otherwise` where `self` is zero, `then` elsewhere, thus also where `self` is no number.
    fn select(self, then: Self, otherwise: Self) -> Self;

    /// `self * factor + term`, rounded as [`Arithmetic`](Self::Arithmetic) says.
    fn multiply_add(self, factor: Self, term: Self) -> Self;

    /// Zero where `condition` is at most zero, `self` elsewhere, thus also where `condition` is no number.
    fn unless_at_most_zero(self, condition: Self) -> Self;

    /// The sum over all lanes: the upper half is added to the lower one until one lane is left.
    fn sum(self) -> Self::Scalar;

    /// The sums over the lanes of four registers, each with the bits of [`sum`](Self::sum).
    fn sums(four: [Self; 4]) -> [Self::Scalar; 4];

    /// Transposes a square of [`SIDE`](Self::SIDE) rows and columns: `to[j * stride + i] = from[i][j]`. Rows beyond
    /// are not used.
    ///
    /// # Safety
    /// As many numbers can be read from each row, and written to each of as many rows at `to`.
    unsafe fn transpose_square(
        from: [*const Self::Scalar; 8],
        to: *mut Self::Scalar,
        stride: usize,
    );

    /// Transposes a square of two rows of two numbers.
    ///
    /// # Safety
    /// Two numbers can be read from each row, and two written to each of the two rows at `to`.
    unsafe fn transpose_small_square(
        from: [*const Self::Scalar; 2],
        to: *mut Self::Scalar,
        stride: usize,
    );

    /// Transposes [`SIDE`](Self::SIDE) rows of two numbers. Rows beyond are not used.
    ///
    /// # Safety
    /// Two numbers can be read from each row, and as many as there are rows written to each of the two rows at `to`.
    #[inline(always)]
    unsafe fn transpose_two_columns(
        from: [*const Self::Scalar; 8],
        to: *mut Self::Scalar,
        stride: usize,
    ) {
        for i in (0..Self::SIDE).step_by(2) {
            // SAFETY: the caller's promise.
            unsafe { Self::transpose_small_square([from[i], from[i + 1]], to.add(i), stride) }
        }
    }

    /// Transposes three rows of four numbers into a list of four times three.
    ///
    /// # Safety
    /// Four numbers can be read from each row, and twelve written to `to`.
    #[inline(always)]
    unsafe fn interleave_three(from: [*const Self::Scalar; 3], to: *mut Self::Scalar) {
        for j in [0, 2] {
            // SAFETY: the caller's promise.
            unsafe {
                let to = to.add(3 * j);
                Self::transpose_small_square([from[0].add(j), from[1].add(j)], to, 3);
                *to.add(2) = *from[2].add(j);
                *to.add(5) = *from[2].add(j + 1);
            }
        }
    }

    /// A number in the first lane, zeros in the others.
    #[inline(always)]
    fn first(number: Self::Scalar) -> Self {
        let mut lanes = [Self::Scalar::ZERO; 16];
        lanes[0] = number;
        // SAFETY: no register has more lanes.
        unsafe { Self::load(lanes.as_ptr()) }
    }

    fn zero() -> Self {
        Self::splat(Self::Scalar::ZERO)
    }
}

/// Work that is compiled for the instructions of a kind of registers. Everything that it calls has to be
/// inlined into it.
pub(crate) trait Task<V> {
    /// # Safety
    /// As the type says, and the machine has the instructions.
    unsafe fn run(self);
}

/// A scalar type that kernels exist for.
pub(crate) trait Float:
    Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + 'static
{
    const ZERO: Self;
    const ONE: Self;

    /// The registers that every machine has.
    type Portable: Register<Scalar = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx2: Register<Scalar = Self>;
    #[cfg(target_arch = "x86_64")]
    type Avx512: Register<Scalar = Self>;

    /// `self * factor + term`, rounded once or twice.
    fn multiply_add<A: Arithmetic>(self, factor: Self, term: Self) -> Self;

    #[cfg(test)]
    fn narrow(number: f64) -> Self;
    #[cfg(test)]
    fn wide(self) -> f64;
}

/// Gives a scalar type its registers.
macro_rules! float {
    ($scalar:ident, $portable:ty $(, $avx2:ty, $avx512:ty)?) => {
        impl Float for $scalar {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;

            type Portable = $portable;
            $(
                type Avx2 = $avx2;
                type Avx512 = $avx512;
            )?

            #[inline(always)]
            fn multiply_add<A: Arithmetic>(self, factor: Self, term: Self) -> Self {
                if A::FUSED {
                    self.mul_add(factor, term)
                } else {
                    self * factor + term
                }
            }

            #[cfg(test)]
            fn narrow(number: f64) -> Self {
                number as $scalar
            }

            #[cfg(test)]
            fn wide(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod choice {
    use super::Float;
    use crate::kernels::x86;
    use crate::level::Arithmetic;

    float!(f32, x86::Sse2F32, x86::Avx2F32, x86::Avx512F32);
    float!(f64, x86::Sse2F64, x86::Avx2F64, x86::Avx512F64);
}

#[cfg(not(target_arch = "x86_64"))]
mod choice {
    use super::Float;
    use crate::kernels::plain::Plain;
    use crate::level::Arithmetic;

    float!(f32, Plain<f32, 4>);
    float!(f64, Plain<f64, 2>);
}
