//! Registers of x86-64: SSE2, AVX2 with fused multiply-adds, and AVX-512.

use crate::kernels::register::{Register, Task};
use crate::kernels::squares;
use crate::level::{Fused, Separate};
use std::arch::x86_64::*;

/// A kind of registers: names of intrinsics, and of functions below where there is no single one.
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
// themselves. SAFETY of all blocks: that the machine has the instructions, and that pointers are good for
// `count` numbers, is what the callers promise.

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

#[inline]
#[target_feature(enable = "sse2")]
unsafe fn load_first_f32(from: *const f32, count: usize) -> __m128 {
    // SAFETY: as above.
    unsafe {
        match count {
            0 => _mm_setzero_ps(),
            1 => _mm_load_ss(from),
            2 => _mm_castpd_ps(_mm_load_sd(from.cast())),
            3 => _mm_movelh_ps(
                _mm_castpd_ps(_mm_load_sd(from.cast())),
                _mm_load_ss(from.add(2)),
            ),
            _ => _mm_loadu_ps(from),
        }
    }
}

#[inline]
#[target_feature(enable = "sse2")]
unsafe fn store_first_f32(to: *mut f32, x: __m128, count: usize) {
    // SAFETY: as above.
    unsafe {
        match count {
            0 => {}
            1 => _mm_store_ss(to, x),
            2 => _mm_store_sd(to.cast(), _mm_castps_pd(x)),
            3 => {
                _mm_store_sd(to.cast(), _mm_castps_pd(x));
                _mm_store_ss(to.add(2), _mm_movehl_ps(x, x));
            }
            _ => _mm_storeu_ps(to, x),
        }
    }
}

#[inline]
#[target_feature(enable = "sse2")]
unsafe fn load_first_f64(from: *const f64, count: usize) -> __m128d {
    // SAFETY: as above.
    unsafe {
        match count {
            0 => _mm_setzero_pd(),
            1 => _mm_load_sd(from),
            _ => _mm_loadu_pd(from),
        }
    }
}

#[inline]
#[target_feature(enable = "sse2")]
unsafe fn store_first_f64(to: *mut f64, x: __m128d, count: usize) {
    // SAFETY: as above.
    unsafe {
        match count {
            0 => {}
            1 => _mm_store_sd(to, x),
            _ => _mm_storeu_pd(to, x),
        }
    }
}

/// All bits of the first `count` lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn first_256_f32(count: usize) -> __m256i {
    let count = _mm256_set1_epi32(i32::try_from(count).unwrap_or(8));
    _mm256_cmpgt_epi32(count, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7))
}

/// All bits of the first `count` lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn first_256_f64(count: usize) -> __m256i {
    let count = _mm256_set1_epi64x(i64::try_from(count).unwrap_or(4));
    _mm256_cmpgt_epi64(count, _mm256_setr_epi64x(0, 1, 2, 3))
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_first_256_f32(from: *const f32, count: usize) -> __m256 {
    // SAFETY: as above.
    unsafe { _mm256_maskload_ps(from, first_256_f32(count)) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store_first_256_f32(to: *mut f32, x: __m256, count: usize) {
    // SAFETY: as above.
    unsafe { _mm256_maskstore_ps(to, first_256_f32(count), x) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn load_first_256_f64(from: *const f64, count: usize) -> __m256d {
    // SAFETY: as above.
    unsafe { _mm256_maskload_pd(from, first_256_f64(count)) }
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn store_first_256_f64(to: *mut f64, x: __m256d, count: usize) {
    // SAFETY: as above.
    unsafe { _mm256_maskstore_pd(to, first_256_f64(count), x) }
}

#[inline]
fn first_512_f32(count: usize) -> __mmask16 {
    ((1_u32 << count.min(16)) - 1) as u16
}

#[inline]
fn first_512_f64(count: usize) -> __mmask8 {
    ((1_u32 << count.min(8)) - 1) as u8
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_first_512_f32(from: *const f32, count: usize) -> __m512 {
    // SAFETY: as above.
    unsafe { _mm512_maskz_loadu_ps(first_512_f32(count), from) }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_first_512_f32(to: *mut f32, x: __m512, count: usize) {
    // SAFETY: as above.
    unsafe { _mm512_mask_storeu_ps(to, first_512_f32(count), x) }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn load_first_512_f64(from: *const f64, count: usize) -> __m512d {
    // SAFETY: as above.
    unsafe { _mm512_maskz_loadu_pd(first_512_f64(count), from) }
}

#[inline]
#[target_feature(enable = "avx512f")]
unsafe fn store_first_512_f64(to: *mut f64, x: __m512d, count: usize) {
    // SAFETY: as above.
    unsafe { _mm512_mask_storeu_pd(to, first_512_f64(count), x) }
}

// "Not less or equal" holds for what is no number, too.

#[inline]
#[target_feature(enable = "sse2")]
fn mask_128_f32(x: __m128, condition: __m128) -> __m128 {
    _mm_and_ps(x, _mm_cmpnle_ps(condition, _mm_setzero_ps()))
}

#[inline]
#[target_feature(enable = "sse2")]
fn mask_128_f64(x: __m128d, condition: __m128d) -> __m128d {
    _mm_and_pd(x, _mm_cmpnle_pd(condition, _mm_setzero_pd()))
}

#[inline]
#[target_feature(enable = "avx2")]
fn mask_256_f32(x: __m256, condition: __m256) -> __m256 {
    _mm256_and_ps(
        x,
        _mm256_cmp_ps::<_CMP_NLE_UQ>(condition, _mm256_setzero_ps()),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn mask_256_f64(x: __m256d, condition: __m256d) -> __m256d {
    _mm256_and_pd(
        x,
        _mm256_cmp_pd::<_CMP_NLE_UQ>(condition, _mm256_setzero_pd()),
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
fn mask_512_f32(x: __m512, condition: __m512) -> __m512 {
    _mm512_maskz_mov_ps(
        _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(condition, _mm512_setzero_ps()),
        x,
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
fn mask_512_f64(x: __m512d, condition: __m512d) -> __m512d {
    _mm512_maskz_mov_pd(
        _mm512_cmp_pd_mask::<_CMP_NLE_UQ>(condition, _mm512_setzero_pd()),
        x,
    )
}

// Comparisons give ones and zeros; a condition that is no number is not zero.

#[inline]
#[target_feature(enable = "sse2")]
fn at_most_128_f32(x: __m128, y: __m128) -> __m128 {
    _mm_and_ps(_mm_cmple_ps(x, y), _mm_set1_ps(1.0))
}

#[inline]
#[target_feature(enable = "sse2")]
fn select_128_f32(condition: __m128, then: __m128, otherwise: __m128) -> __m128 {
    let is_zero = _mm_cmpeq_ps(condition, _mm_setzero_ps());
    _mm_or_ps(_mm_and_ps(is_zero, otherwise), _mm_andnot_ps(is_zero, then))
}

#[inline]
#[target_feature(enable = "sse2")]
fn at_most_128_f64(x: __m128d, y: __m128d) -> __m128d {
    _mm_and_pd(_mm_cmple_pd(x, y), _mm_set1_pd(1.0))
}

#[inline]
#[target_feature(enable = "sse2")]
fn select_128_f64(condition: __m128d, then: __m128d, otherwise: __m128d) -> __m128d {
    let is_zero = _mm_cmpeq_pd(condition, _mm_setzero_pd());
    _mm_or_pd(_mm_and_pd(is_zero, otherwise), _mm_andnot_pd(is_zero, then))
}

#[inline]
#[target_feature(enable = "avx2")]
fn at_most_256_f32(x: __m256, y: __m256) -> __m256 {
    _mm256_and_ps(_mm256_cmp_ps::<_CMP_LE_OQ>(x, y), _mm256_set1_ps(1.0))
}

#[inline]
#[target_feature(enable = "avx2")]
fn select_256_f32(condition: __m256, then: __m256, otherwise: __m256) -> __m256 {
    let is_zero = _mm256_cmp_ps::<_CMP_EQ_OQ>(condition, _mm256_setzero_ps());
    _mm256_blendv_ps(then, otherwise, is_zero)
}

#[inline]
#[target_feature(enable = "avx2")]
fn at_most_256_f64(x: __m256d, y: __m256d) -> __m256d {
    _mm256_and_pd(_mm256_cmp_pd::<_CMP_LE_OQ>(x, y), _mm256_set1_pd(1.0))
}

#[inline]
#[target_feature(enable = "avx2")]
fn select_256_f64(condition: __m256d, then: __m256d, otherwise: __m256d) -> __m256d {
    let is_zero = _mm256_cmp_pd::<_CMP_EQ_OQ>(condition, _mm256_setzero_pd());
    _mm256_blendv_pd(then, otherwise, is_zero)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn at_most_512_f32(x: __m512, y: __m512) -> __m512 {
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_LE_OQ>(x, y), _mm512_set1_ps(1.0))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn select_512_f32(condition: __m512, then: __m512, otherwise: __m512) -> __m512 {
    let is_zero = _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(condition, _mm512_setzero_ps());
    _mm512_mask_blend_ps(is_zero, then, otherwise)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn at_most_512_f64(x: __m512d, y: __m512d) -> __m512d {
    _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_LE_OQ>(x, y), _mm512_set1_pd(1.0))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn select_512_f64(condition: __m512d, then: __m512d, otherwise: __m512d) -> __m512d {
    let is_zero = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(condition, _mm512_setzero_pd());
    _mm512_mask_blend_pd(is_zero, then, otherwise)
}

// Sums over lanes: the upper half is added to the lower one until a single lane is left.

#[inline]
#[target_feature(enable = "sse2")]
fn sum_128_f32(x: __m128) -> f32 {
    let two = _mm_add_ps(x, _mm_movehl_ps(x, x));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<0b01_01_01_01>(two, two)))
}

#[inline]
#[target_feature(enable = "sse2")]
fn sum_128_f64(x: __m128d) -> f64 {
    _mm_cvtsd_f64(_mm_add_sd(x, _mm_unpackhi_pd(x, x)))
}

#[inline]
#[target_feature(enable = "sse2")]
fn sums_128_f32(a: __m128, b: __m128, c: __m128, d: __m128) -> [f32; 4] {
    let ab = _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
    let cd = _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
    let sums = _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab));
    let mut four = [0.0; 4];
    // SAFETY: the array has four numbers.
    unsafe { _mm_storeu_ps(four.as_mut_ptr(), sums) };
    four
}

#[inline]
#[target_feature(enable = "sse2")]
fn sums_128_f64(a: __m128d, b: __m128d, c: __m128d, d: __m128d) -> [f64; 4] {
    let ab = _mm_add_pd(_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b));
    let cd = _mm_add_pd(_mm_unpacklo_pd(c, d), _mm_unpackhi_pd(c, d));
    let mut four = [0.0; 4];
    // SAFETY: the array has four numbers.
    unsafe {
        _mm_storeu_pd(four.as_mut_ptr(), ab);
        _mm_storeu_pd(four.as_mut_ptr().add(2), cd);
    }
    four
}

#[inline]
#[target_feature(enable = "avx2")]
fn half_256_f32(x: __m256) -> __m128 {
    _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn half_256_f64(x: __m256d) -> __m128d {
    _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn sum_256_f32(x: __m256) -> f32 {
    sum_128_f32(half_256_f32(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn sum_256_f64(x: __m256d) -> f64 {
    sum_128_f64(half_256_f64(x))
}

#[inline]
#[target_feature(enable = "avx2")]
fn sums_256_f32(a: __m256, b: __m256, c: __m256, d: __m256) -> [f32; 4] {
    sums_128_f32(
        half_256_f32(a),
        half_256_f32(b),
        half_256_f32(c),
        half_256_f32(d),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
fn sums_256_f64(a: __m256d, b: __m256d, c: __m256d, d: __m256d) -> [f64; 4] {
    sums_128_f64(
        half_256_f64(a),
        half_256_f64(b),
        half_256_f64(c),
        half_256_f64(d),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
fn half_512_f32(x: __m512) -> __m256 {
    _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps::<1>(x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
fn half_512_f64(x: __m512d) -> __m256d {
    _mm256_add_pd(_mm512_castpd512_pd256(x), _mm512_extractf64x4_pd::<1>(x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
fn sum_512_f32(x: __m512) -> f32 {
    sum_256_f32(half_512_f32(x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
fn sum_512_f64(x: __m512d) -> f64 {
    sum_256_f64(half_512_f64(x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
fn sums_512_f32(a: __m512, b: __m512, c: __m512, d: __m512) -> [f32; 4] {
    sums_256_f32(
        half_512_f32(a),
        half_512_f32(b),
        half_512_f32(c),
        half_512_f32(d),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
fn sums_512_f64(a: __m512d, b: __m512d, c: __m512d, d: __m512d) -> [f64; 4] {
    sums_256_f64(
        half_512_f64(a),
        half_512_f64(b),
        half_512_f64(c),
        half_512_f64(d),
    )
}
