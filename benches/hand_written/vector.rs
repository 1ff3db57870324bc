//! Vectors of the processor, in what the kernels here need of them, and the choice among their widths.
//!
//! A kernel is generic over [`Vector`] and always inlined, into a function that has the instructions of one
//! width enabled. [`run`](Number::run) chooses among those functions by what the machine has.

use std::ops::{Add, Mul, Sub};
use std::sync::OnceLock;

/// A scalar that kernels are written in.
pub(crate) trait Number:
    Copy + Default + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + 'static
{
    fn of(number: f64) -> Self;

    fn wide(self) -> f64;

    /// Runs a kernel on the widest vectors that this machine has.
    fn run<K: Kernel<Self>>(kernel: K) -> K::Result;
}

/// A kernel, for vectors of any width.
pub(crate) trait Kernel<S> {
    type Result;

    /// Every implementation is `#[inline(always)]`. A tile of a matrix product is `C` vectors wide, so that
    /// six rows of it fit the registers.
    fn run<V: Vector<Scalar = S>, const C: usize>(self) -> Self::Result;
}

/// A vector of scalars.
///
/// Every method is unsafe for one reason: the processor has to have the instructions, which is so in kernels that
/// [`Number::run`] runs. Those that take a pointer want as many scalars there as they move.
pub(crate) trait Vector: Copy {
    type Scalar: Number;

    const LANES: usize;

    unsafe fn splat(value: Self::Scalar) -> Self;
    unsafe fn load(from: *const Self::Scalar) -> Self;
    unsafe fn store(self, to: *mut Self::Scalar);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;

    /// As [`div`](Self::div), by a normal number whose inverse is one too, within 1 unit in the last place. Where many
    /// quotients are wanted at once it may be the faster one.
    #[inline(always)]
    unsafe fn quotient(self, by: Self) -> Self {
        // SAFETY: the caller's.
        unsafe { self.div(by) }
    }

    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;

    /// `self · factor + term`, rounded once where the processor can.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;

    /// `a · b + c` of scalars, rounded once where the processor can.
    fn fused(a: f64, b: f64, c: f64) -> f64;

    /// `term − self · factor`, rounded once where the processor can.
    unsafe fn neg_mul_add(self, factor: Self, term: Self) -> Self;

    /// `value` where this is above zero, else zero.
    unsafe fn where_positive(self, value: Self) -> Self;

    /// This with the sign of `other`; this has none of its own.
    unsafe fn with_sign_of(self, other: Self) -> Self;

    unsafe fn abs(self) -> Self;

    /// This times 2 to the power of `exponent`, a whole number; the power is a normal number.
    unsafe fn scale(self, exponent: Self) -> Self;

    /// The nearest whole number, below 2²¹ in absolute value.
    unsafe fn round(self) -> Self;

    /// In double precision, 2 to the power of a sixteenth of the whole number k that stands in the low bits of
    /// each lane, and the entry of `rest` for it. `bits` has the powers for 0..16, j, and from the bits of each
    /// `j << 48` is taken away, so that adding `k << 48` scales it as well.
    #[inline(always)]
    unsafe fn powers(self, bits: &[f64; 16], rest: &[f64; 16]) -> (Self, Self) {
        let mut lanes = [[Self::Scalar::default(); 16]; 2];
        let [powers, rests] = &mut lanes;
        // SAFETY: there are at most 16 lanes.
        unsafe {
            self.store(powers.as_mut_ptr());
            for (power, rest_of) in powers.iter_mut().zip(rests).take(Self::LANES) {
                let steps = power.wide().to_bits();
                let j = (steps % 16) as usize;
                let scaled = bits[j].to_bits().wrapping_add(steps << 48);
                *power = Self::Scalar::of(f64::from_bits(scaled));
                *rest_of = Self::Scalar::of(rest[j]);
            }
            (Self::load(lanes[0].as_ptr()), Self::load(lanes[1].as_ptr()))
        }
    }

    /// The sum of the lanes.
    unsafe fn sum(self) -> Self::Scalar;

    /// The sum of the lanes of each of `LANES` vectors, as a vector.
    #[inline(always)]
    unsafe fn sums(of: &[Self]) -> Self {
        let mut sums = [Self::Scalar::default(); 16];
        // SAFETY: there are at most 16 lanes.
        unsafe {
            for (sum, vector) in sums.iter_mut().zip(of) {
                *sum = vector.sum();
            }
            Self::load(sums.as_ptr())
        }
    }

    /// The even and the odd numbers of two vectors that follow each other.
    #[inline(always)]
    unsafe fn pairs_apart(self, next: Self) -> (Self, Self) {
        let mut pairs = [Self::Scalar::default(); 32];
        let mut apart = pairs;
        // SAFETY: there are at most 16 lanes.
        unsafe {
            self.store(pairs.as_mut_ptr());
            next.store(pairs.as_mut_ptr().add(Self::LANES));
            for lane in 0..Self::LANES {
                apart[lane] = pairs[2 * lane];
                apart[Self::LANES + lane] = pairs[2 * lane + 1];
            }
            let apart = apart.as_ptr();
            (Self::load(apart), Self::load(apart.add(Self::LANES)))
        }
    }

    /// The other way round: two vectors that follow each other, in which numbers of this and of `odd` take turns.
    #[inline(always)]
    unsafe fn pairs_together(self, odd: Self) -> (Self, Self) {
        let mut pairs = [Self::Scalar::default(); 32];
        // SAFETY: there are at most 16 lanes.
        unsafe {
            let mut apart = pairs;
            self.store(apart.as_mut_ptr());
            odd.store(apart.as_mut_ptr().add(Self::LANES));
            for lane in 0..Self::LANES {
                pairs[2 * lane] = apart[lane];
                pairs[2 * lane + 1] = apart[Self::LANES + lane];
            }
            let pairs = pairs.as_ptr();
            (Self::load(pairs), Self::load(pairs.add(Self::LANES)))
        }
    }

    /// Writes the transpose of a square of `LANES` × `LANES` scalars whose rows lie `from_row` apart to where
    /// its rows are to lie `to_row` apart.
    #[inline(always)]
    unsafe fn transpose(
        from: *const Self::Scalar,
        from_row: usize,
        to: *mut Self::Scalar,
        to_row: usize,
    ) {
        // SAFETY: the caller's.
        unsafe {
            for row in 0..Self::LANES {
                for column in 0..Self::LANES {
                    *to.add(column * to_row + row) = *from.add(row * from_row + column);
                }
            }
        }
    }
}

/// The vectors that kernels run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    /// Arrays, and whatever the compiler makes of them.
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Width {
    /// The widest that this machine has, or what the environment variable `HAND_WRITTEN_WIDTH` says.
    pub(crate) fn best() -> Self {
        static BEST: OnceLock<Width> = OnceLock::new();
        *BEST.get_or_init(|| {
            let wanted = std::env::var("HAND_WRITTEN_WIDTH").unwrap_or_default();
            #[cfg(target_arch = "x86_64")]
            {
                let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
                let avx512 = avx2
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl");
                if avx512 && (wanted.is_empty() || wanted == "avx512") {
                    return Self::Avx512;
                }
                if avx2 && wanted != "portable" {
                    return Self::Avx2;
                }
            }
            let _ = wanted;
            Self::Portable
        })
    }
}

/// An array in the place of a vector.
#[derive(Clone, Copy)]
pub(crate) struct Portable<S, const LANES: usize>([S; LANES]);

macro_rules! portable {
    ($scalar:ident, $lanes:literal, $avx2:ident, $avx512:ident) => {
        impl Portable<$scalar, $lanes> {
            #[inline(always)]
            fn map(self, other: Self, f: impl Fn($scalar, $scalar) -> $scalar) -> Self {
                Self(std::array::from_fn(|lane| f(self.0[lane], other.0[lane])))
            }
        }

        impl Vector for Portable<$scalar, $lanes> {
            type Scalar = $scalar;

            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(value: $scalar) -> Self {
                Self([value; $lanes])
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's.
                Self(unsafe { from.cast::<[$scalar; $lanes]>().read() })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's.
                unsafe { to.cast::<[$scalar; $lanes]>().write(self.0) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                self.map(other, |a, b| a + b)
            }

            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                self.map(other, |a, b| a - b)
            }

            #[inline(always)]
            unsafe fn mul(self, other: Self) -> Self {
                self.map(other, |a, b| a * b)
            }

            #[inline(always)]
            unsafe fn div(self, other: Self) -> Self {
                self.map(other, |a, b| a / b)
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                self.map(other, |a, b| if a > b { a } else { b })
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                self.map(other, |a, b| if a < b { a } else { b })
            }

            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
                let product = self.map(factor, |a, b| a * b);
                product.map(term, |a, b| a + b)
            }

            #[inline(always)]
            fn fused(a: f64, b: f64, c: f64) -> f64 {
                a * b + c
            }

            #[inline(always)]
            unsafe fn neg_mul_add(self, factor: Self, term: Self) -> Self {
                let product = self.map(factor, |a, b| a * b);
                product.map(term, |a, b| b - a)
            }

            #[inline(always)]
            unsafe fn where_positive(self, value: Self) -> Self {
                self.map(value, |a, b| if a > 0.0 { b } else { 0.0 })
            }

            #[inline(always)]
            unsafe fn with_sign_of(self, other: Self) -> Self {
                self.map(other, |a, b| a.copysign(b))
            }

            #[inline(always)]
            unsafe fn abs(self) -> Self {
                self.map(self, |a, _| a.abs())
            }

            #[inline(always)]
            unsafe fn scale(self, exponent: Self) -> Self {
                self.map(exponent, |a, b| a * b.exp2())
            }

            #[inline(always)]
            unsafe fn round(self) -> Self {
                self.map(self, |a, _| a.round_ties_even())
            }

            #[inline(always)]
            unsafe fn sum(self) -> $scalar {
                self.0.iter().sum()
            }
        }

        impl Number for $scalar {
            fn of(number: f64) -> Self {
                number as $scalar
            }

            fn wide(self) -> f64 {
                self.into()
            }

            #[inline]
            fn run<K: Kernel<Self>>(kernel: K) -> K::Result {
                match Width::best() {
                    Width::Portable => kernel.run::<Portable<$scalar, $lanes>, 2>(),
                    // SAFETY: the machine has the instructions.
                    #[cfg(target_arch = "x86_64")]
                    Width::Avx2 => unsafe { super::x86::$avx2(kernel) },
                    // SAFETY: the machine has the instructions.
                    #[cfg(target_arch = "x86_64")]
                    Width::Avx512 => unsafe { super::x86::$avx512(kernel) },
                }
            }
        }
    };
}

portable!(f32, 4, avx2_single, avx512_single);
portable!(f64, 2, avx2_double, avx512_double);

/// How many lanes the vectors have that kernels run on, and how many scalars a tile of a matrix product is wide.
pub(crate) fn widths<S: Number>() -> (usize, usize) {
    struct Widths;

    impl<S> Kernel<S> for Widths {
        type Result = (usize, usize);

        #[inline(always)]
        fn run<V: Vector<Scalar = S>, const C: usize>(self) -> (usize, usize) {
            (V::LANES, V::LANES * C)
        }
    }

    S::run(Widths)
}
