//! Registers of x86-64: SSE2, AVX2 with fused multiply-adds, and AVX-512.

mod choices;
mod parts;
mod sums;

use crate::kernels::register::{Register, Task};
use crate::kernels::squares;
use crate::level::{Fused, Separate};
use choices::*;
use parts::*;
use std::arch::x86_64::*;
use sums::*;

/// A kind of registers: names of intrinsics, and of functions where there is no single one.
macro_rules! register {
    (
        $(#[$doc:meta])*
        $name:ident: $lanes:literal of $scalar:ident in $inner:ident, $features:literal, $arithmetic:ty,
        columns $columns:literal, rows $rows:expr, strip $strip:literal,
        $splat:ident $load:ident $store:ident $add:ident $subtract:ident $multiply:ident $divide:ident,
        $at_most:ident $select:ident,
        $multiply_add:ident $load_first:ident $store_first:ident $unless_at_most_zero:ident $sum:ident $sums:ident,
        $side:literal $square:ident $small_square:ident $(, $two_columns:ident $three:ident)?;
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name($inner);

        // SAFETY of all blocks: a value of this type exists only where the machine has the instructions, and
        // whoever makes one from nothing or from memory vouches for that, as the trait says. Pointers are
        // good for as many numbers as the callers promise.
        #[allow(unused_unsafe, reason = "every x86-64 has SSE2, so its intrinsics are safe")]
        impl Register for $name {
            type Scalar = $scalar;
            type Arithmetic = $arithmetic;

            const LANES: usize = $lanes;
            const COLUMNS: usize = $columns;
            const ROWS: [usize; 5] = $rows;
            const STRIP: usize = $strip;
            const SIDE: usize = $side;

            #[inline(always)]
            unsafe fn run<T: Task<Self>>(task: T) {
                #[target_feature(enable = $features)]
                #[inline(never)]
                unsafe fn inside<T: Task<$name>>(task: T) {
                    // SAFETY: as above.
                    unsafe { task.run() }
                }
                // SAFETY: as above.
                unsafe { inside(task) }
            }

            #[inline(always)]
            fn splat(number: $scalar) -> Self {
                // SAFETY: as above.
                Self(unsafe { $splat(number) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: as above.
                Self(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: as above.
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $scalar, count: usize) -> Self {
                // SAFETY: as above.
                Self(unsafe { $load_first(from, count) })
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $scalar, count: usize) {
                // SAFETY: as above.
                unsafe { $store_first(to, self.0, count) }
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn subtract(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $subtract(self.0, other.0) })
            }

            #[inline(always)]
            fn multiply(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $multiply(self.0, other.0) })
            }

            #[inline(always)]
            fn divide(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $divide(self.0, other.0) })
            }

            #[inline(always)]
            fn at_most(self, other: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $at_most(self.0, other.0) })
            }

            #[inline(always)]
            fn select(self, then: Self, otherwise: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $select(self.0, then.0, otherwise.0) })
            }

            #[inline(always)]
            fn multiply_add(self, factor: Self, term: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $multiply_add(self.0, factor.0, term.0) })
            }

            #[inline(always)]
            fn unless_at_most_zero(self, condition: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $unless_at_most_zero(self.0, condition.0) })
            }

            #[inline(always)]
            fn sum(self) -> $scalar {
                // SAFETY: as above.
                unsafe { $sum(self.0) }
            }

            #[inline(always)]
            fn sums(four: [Self; 4]) -> [$scalar; 4] {
                // SAFETY: as above.
                unsafe { $sums(four[0].0, four[1].0, four[2].0, four[3].0) }
            }

            #[inline(always)]
            unsafe fn transpose_square(
                from: [*const $scalar; 8],
                to: *mut $scalar,
                stride: usize,
            ) {
                // SAFETY: as above.
                unsafe { squares::$square(from, to, stride) }
            }

            #[inline(always)]
            unsafe fn transpose_small_square(
                from: [*const $scalar; 2],
                to: *mut $scalar,
                stride: usize,
            ) {
                // SAFETY: as above.
                unsafe { squares::$small_square(from, to, stride) }
            }

            $(
                #[inline(always)]
                unsafe fn transpose_two_columns(
                    from: [*const $scalar; 8],
                    to: *mut $scalar,
                    stride: usize,
                ) {
                    // SAFETY: as above.
                    unsafe { squares::$two_columns(from, to, stride) }
                }

                #[inline(always)]
                unsafe fn interleave_three(from: [*const $scalar; 3], to: *mut $scalar) {
                    // SAFETY: as above.
                    unsafe { squares::$three(from, to) }
                }
            )?
        }
    };
}

register! {
    /// Four numbers in 128 bits.
    Sse2F32: 4 of f32 in __m128, "sse2", Separate,
    columns 2, rows [0, 4, 4, 0, 0], strip 4,
    _mm_set1_ps _mm_loadu_ps _mm_storeu_ps _mm_add_ps _mm_sub_ps _mm_mul_ps _mm_div_ps,
    at_most_128_f32 select_128_f32,
    separate_f32 load_first_f32 store_first_f32 mask_128_f32 sum_128_f32 sums_128_f32,
    4 square_128_f32 two_f32;
}

register! {
    /// Two numbers in 128 bits.
    Sse2F64: 2 of f64 in __m128d, "sse2", Separate,
    columns 2, rows [0, 4, 4, 0, 0], strip 4,
    _mm_set1_pd _mm_loadu_pd _mm_storeu_pd _mm_add_pd _mm_sub_pd _mm_mul_pd _mm_div_pd,
    at_most_128_f64 select_128_f64,
    separate_f64 load_first_f64 store_first_f64 mask_128_f64 sum_128_f64 sums_128_f64,
    4 square_128_f64 two_f64;
}

register! {
    /// Eight numbers in 256 bits.
    Avx2F32: 8 of f32 in __m256, "avx2,fma", Fused,
    columns 2, rows [0, 8, 6, 0, 0], strip 8,
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_sub_ps _mm256_mul_ps _mm256_div_ps,
    at_most_256_f32 select_256_f32,
    _mm256_fmadd_ps load_first_256_f32 store_first_256_f32 mask_256_f32 sum_256_f32 sums_256_f32,
    8 square_256_f32 two_f32;
}

register! {
    /// Four numbers in 256 bits.
    Avx2F64: 4 of f64 in __m256d, "avx2,fma", Fused,
    columns 2, rows [0, 8, 6, 0, 0], strip 8,
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_sub_pd _mm256_mul_pd _mm256_div_pd,
    at_most_256_f64 select_256_f64,
    _mm256_fmadd_pd load_first_256_f64 store_first_256_f64 mask_256_f64 sum_256_f64 sums_256_f64,
    4 square_256_f64 two_f64, two_columns_256_f64 three_256_f64;
}

register! {
    /// Sixteen numbers in 512 bits.
    Avx512F32: 16 of f32 in __m512, "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma", Fused,
    columns 4, rows [0, 8, 8, 8, 6], strip 8,
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_sub_ps _mm512_mul_ps _mm512_div_ps,
    at_most_512_f32 select_512_f32,
    _mm512_fmadd_ps load_first_512_f32 store_first_512_f32 mask_512_f32 sum_512_f32 sums_512_f32,
    8 square_256_f32 two_f32;
}

register! {
    /// Eight numbers in 512 bits.
    Avx512F64: 8 of f64 in __m512d, "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma", Fused,
    columns 4, rows [0, 8, 8, 8, 6], strip 8,
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_sub_pd _mm512_mul_pd _mm512_div_pd,
    at_most_512_f64 select_512_f64,
    _mm512_fmadd_pd load_first_512_f64 store_first_512_f64 mask_512_f64 sum_512_f64 sums_512_f64,
    4 square_256_f64 two_f64, two_columns_256_f64 three_256_f64;
}

// What follows is inlined into functions that the instructions are enabled for, like the intrinsics
// themselves.

#[inline]
#[target_feature(enable = "sse2")]
fn separate_f32(x: __m128, factor: __m128, term: __m128) -> __m128 {
    _mm_add_ps(_mm_mul_ps(x, factor), term)
}

#[inline]
#[target_feature(enable = "sse2")]
fn separate_f64(x: __m128d, factor: __m128d, term: __m128d) -> __m128d {
    _mm_add_pd(_mm_mul_pd(x, factor), term)
}
