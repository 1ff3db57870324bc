//! Vectors of x86-64: AVX2 with fused multiply-adds, and AVX-512.

use super::vector::{Kernel, Vector};
use std::arch::x86_64::*;

/// Methods that are one instruction, or at most three.
macro_rules! vector {
    (
        $vector:ident of $lanes:literal $scalar:ident:
        $set1:ident $loadu:ident $storeu:ident $add:ident $sub:ident $mul:ident $div:ident $max:ident $min:ident
        $fmadd:ident $fnmadd:ident;
        where_positive($tested:ident, $value:ident) $where_positive:expr;
        with_sign_of($size:ident, $sign:ident) $with_sign_of:expr;
        abs($signed:ident) $abs:expr;
        scale($scaled:ident, $exponent:ident) $scale:expr;
        round($whole:ident) $round:expr;
        sum($summed:ident) $sum:expr;
        $($more:tt)*
    ) => {
        impl Vector for $vector {
            type Scalar = $scalar;

            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn splat(value: $scalar) -> Self {
                // SAFETY: the caller's, as in every method here.
                unsafe { $set1(value) }
            }

            #[inline(always)]
            unsafe fn load(from: *const $scalar) -> Self {
                // SAFETY: the caller's.
                unsafe { $loadu(from) }
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $scalar) {
                // SAFETY: the caller's.
                unsafe { $storeu(to, self) }
            }

            #[inline(always)]
            unsafe fn add(self, other: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $add(self, other) }
            }

            #[inline(always)]
            unsafe fn sub(self, other: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $sub(self, other) }
            }

            #[inline(always)]
            unsafe fn mul(self, other: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $mul(self, other) }
            }

            #[inline(always)]
            unsafe fn div(self, other: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $div(self, other) }
            }

            #[inline(always)]
            unsafe fn max(self, other: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $max(self, other) }
            }

            #[inline(always)]
            unsafe fn min(self, other: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $min(self, other) }
            }

            #[inline(always)]
            unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $fmadd(self, factor, term) }
            }

            #[inline(always)]
            fn fused(a: f64, b: f64, c: f64) -> f64 {
                a.mul_add(b, c)
            }

            #[inline(always)]
            unsafe fn neg_mul_add(self, factor: Self, term: Self) -> Self {
                // SAFETY: the caller's.
                unsafe { $fnmadd(self, factor, term) }
            }

            #[inline(always)]
            unsafe fn where_positive(self, $value: Self) -> Self {
                let $tested = self;
                // SAFETY: the caller's.
                unsafe { $where_positive }
            }

            #[inline(always)]
            unsafe fn with_sign_of(self, $sign: Self) -> Self {
                let $size = self;
                // SAFETY: the caller's.
                unsafe { $with_sign_of }
            }

            #[inline(always)]
            unsafe fn abs(self) -> Self {
                let $signed = self;
                // SAFETY: the caller's.
                unsafe { $abs }
            }

            #[inline(always)]
            unsafe fn scale(self, $exponent: Self) -> Self {
                let $scaled = self;
                // SAFETY: the caller's.
                unsafe { $scale }
            }

            #[inline(always)]
            unsafe fn round(self) -> Self {
                let $whole = self;
                // SAFETY: the caller's.
                unsafe { $round }
            }

            #[inline(always)]
            unsafe fn sum(self) -> $scalar {
                let $summed = self;
                // SAFETY: the caller's.
                unsafe { $sum }
            }

            $($more)*
        }
    };
}

vector! {
    __m512 of 16 f32:
    _mm512_set1_ps _mm512_loadu_ps _mm512_storeu_ps _mm512_add_ps _mm512_sub_ps _mm512_mul_ps
    _mm512_div_ps _mm512_max_ps _mm512_min_ps _mm512_fmadd_ps _mm512_fnmadd_ps;
    where_positive(tested, value) {
        let mask = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(tested, _mm512_setzero_ps());
        _mm512_maskz_mov_ps(mask, value)
    };
    with_sign_of(size, sign) _mm512_or_ps(size, _mm512_and_ps(sign, _mm512_set1_ps(-0.0)));
    abs(signed) _mm512_abs_ps(signed);
    scale(scaled, exponent) _mm512_scalef_ps(scaled, exponent);
    round(number) _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(number);
    sum(summed) _mm512_reduce_add_ps(summed);

    #[inline(always)]
    unsafe fn sums(of: &[Self]) -> Self {
        let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = of else {
            unreachable!("as many vectors as lanes");
        };
        // SAFETY: the caller's.
        unsafe {
            let first = join_single(four_single(a, b, c, d), four_single(e, f, g, h));
            let second = join_single(four_single(i, j, k, l), four_single(m, n, o, p));
            join_single(first, second)
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f32, from_row: usize, to: *mut f32, to_row: usize) {
        // SAFETY: the caller's.
        unsafe {
            let mut rows = [_mm512_setzero_ps(); 16];
            for (at, row) in rows.iter_mut().enumerate() {
                *row = Self::load(from.add(at * from_row));
            }
            // Pairs, then fours within quarters of a vector, then quarters.
            let mut pairs = rows;
            for at in (0..16).step_by(2) {
                pairs[at] = _mm512_unpacklo_ps(rows[at], rows[at + 1]);
                pairs[at + 1] = _mm512_unpackhi_ps(rows[at], rows[at + 1]);
            }
            for at in (0..16).step_by(4) {
                for half in 0..2 {
                    let low = _mm512_castps_pd(pairs[at + half]);
                    let high = _mm512_castps_pd(pairs[at + half + 2]);
                    rows[at + 2 * half] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
                    rows[at + 2 * half + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
                }
            }
            for at in 0..4 {
                let [a, b, c, d] = [rows[at], rows[at + 4], rows[at + 8], rows[at + 12]];
                let (ab, cd) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d));
                Self::store(_mm512_shuffle_f32x4::<0x88>(ab, cd), to.add(at * to_row));
                Self::store(_mm512_shuffle_f32x4::<0xdd>(ab, cd), to.add((at + 8) * to_row));
                let (ab, cd) = (_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(c, d));
                Self::store(_mm512_shuffle_f32x4::<0x88>(ab, cd), to.add((at + 4) * to_row));
                Self::store(_mm512_shuffle_f32x4::<0xdd>(ab, cd), to.add((at + 12) * to_row));
            }
        }
    }
}

vector! {
    __m512d of 8 f64:
    _mm512_set1_pd _mm512_loadu_pd _mm512_storeu_pd _mm512_add_pd _mm512_sub_pd _mm512_mul_pd
    _mm512_div_pd _mm512_max_pd _mm512_min_pd _mm512_fmadd_pd _mm512_fnmadd_pd;
    where_positive(tested, value) {
        let mask = _mm512_cmp_pd_mask::<_CMP_GT_OQ>(tested, _mm512_setzero_pd());
        _mm512_maskz_mov_pd(mask, value)
    };
    with_sign_of(size, sign) _mm512_or_pd(size, _mm512_and_pd(sign, _mm512_set1_pd(-0.0)));
    abs(signed) _mm512_abs_pd(signed);
    scale(scaled, exponent) _mm512_scalef_pd(scaled, exponent);
    round(number) _mm512_roundscale_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(number);
    sum(summed) _mm512_reduce_add_pd(summed);

    #[inline(always)]
    unsafe fn quotient(self, by: Self) -> Self {
        // SAFETY: the caller's.
        unsafe {
            // The inverse has 14 digits, then 28. The quotient by it leaves a rest, whose quotient is added.
            let inverse = _mm512_rcp14_pd(by);
            let error = _mm512_fnmadd_pd(by, inverse, _mm512_set1_pd(1.0));
            let inverse = _mm512_fmadd_pd(inverse, error, inverse);
            let quotient = _mm512_mul_pd(self, inverse);
            let rest = _mm512_fnmadd_pd(quotient, by, self);
            _mm512_fmadd_pd(rest, inverse, quotient)
        }
    }

    #[inline(always)]
    unsafe fn powers(self, bits: &[f64; 16], rest: &[f64; 16]) -> (Self, Self) {
        // SAFETY: the caller's.
        unsafe {
            let steps = _mm512_castpd_si512(self);
            let entry = |of: &[f64; 16]| {
                let (low, high) = (Self::load(of.as_ptr()), Self::load(of.as_ptr().add(8)));
                _mm512_permutex2var_pd(low, steps, high)
            };
            let power = _mm512_castpd_si512(entry(bits));
            let scaled = _mm512_add_epi64(power, _mm512_slli_epi64::<48>(steps));
            (_mm512_castsi512_pd(scaled), entry(rest))
        }
    }

    #[inline(always)]
    unsafe fn pairs_apart(self, next: Self) -> (Self, Self) {
        // SAFETY: the caller's.
        unsafe {
            let even = _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14);
            let odd = _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15);
            let pick = |which| _mm512_permutex2var_pd(self, which, next);
            (pick(even), pick(odd))
        }
    }

    #[inline(always)]
    unsafe fn pairs_together(self, odd: Self) -> (Self, Self) {
        // SAFETY: the caller's.
        unsafe {
            let first = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
            let second = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
            let pick = |which| _mm512_permutex2var_pd(self, which, odd);
            (pick(first), pick(second))
        }
    }

    #[inline(always)]
    unsafe fn sums(of: &[Self]) -> Self {
        let &[a, b, c, d, e, f, g, h] = of else {
            unreachable!("as many vectors as lanes");
        };
        // SAFETY: the caller's.
        unsafe {
            let first = join_double(pair_double(a, b), pair_double(c, d));
            join_double(first, join_double(pair_double(e, f), pair_double(g, h)))
        }
    }

    #[inline(always)]
    unsafe fn transpose(from: *const f64, from_row: usize, to: *mut f64, to_row: usize) {
        // SAFETY: the caller's.
        unsafe {
            let mut rows = [_mm512_setzero_pd(); 8];
            for (at, row) in rows.iter_mut().enumerate() {
                *row = Self::load(from.add(at * from_row));
            }
            let mut pairs = rows;
            for at in (0..8).step_by(2) {
                pairs[at] = _mm512_unpacklo_pd(rows[at], rows[at + 1]);
                pairs[at + 1] = _mm512_unpackhi_pd(rows[at], rows[at + 1]);
            }
            for at in 0..2 {
                let [a, b, c, d] = [pairs[at], pairs[at + 2], pairs[at + 4], pairs[at + 6]];
                let (ab, cd) = (_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0x88>(c, d));
                Self::store(_mm512_shuffle_f64x2::<0x88>(ab, cd), to.add(at * to_row));
                Self::store(_mm512_shuffle_f64x2::<0xdd>(ab, cd), to.add((at + 4) * to_row));
                let (ab, cd) = (_mm512_shuffle_f64x2::<0xdd>(a, b), _mm512_shuffle_f64x2::<0xdd>(c, d));
                Self::store(_mm512_shuffle_f64x2::<0x88>(ab, cd), to.add((at + 2) * to_row));
                Self::store(_mm512_shuffle_f64x2::<0xdd>(ab, cd), to.add((at + 6) * to_row));
            }
        }
    }
}

vector! {
    __m256 of 8 f32:
    _mm256_set1_ps _mm256_loadu_ps _mm256_storeu_ps _mm256_add_ps _mm256_sub_ps _mm256_mul_ps
    _mm256_div_ps _mm256_max_ps _mm256_min_ps _mm256_fmadd_ps _mm256_fnmadd_ps;
    where_positive(tested, value) {
        _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(tested, _mm256_setzero_ps()), value)
    };
    with_sign_of(size, sign) _mm256_or_ps(size, _mm256_and_ps(sign, _mm256_set1_ps(-0.0)));
    abs(signed) _mm256_andnot_ps(_mm256_set1_ps(-0.0), signed);
    scale(scaled, exponent) {
        let biased = _mm256_add_epi32(_mm256_cvtps_epi32(exponent), _mm256_set1_epi32(127));
        _mm256_mul_ps(scaled, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased)))
    };
    round(number) _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(number);
    sum(summed) {
        let four = _mm_add_ps(_mm256_castps256_ps128(summed), _mm256_extractf128_ps::<1>(summed));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    };
}

vector! {
    __m256d of 4 f64:
    _mm256_set1_pd _mm256_loadu_pd _mm256_storeu_pd _mm256_add_pd _mm256_sub_pd _mm256_mul_pd
    _mm256_div_pd _mm256_max_pd _mm256_min_pd _mm256_fmadd_pd _mm256_fnmadd_pd;
    where_positive(tested, value) {
        _mm256_and_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(tested, _mm256_setzero_pd()), value)
    };
    with_sign_of(size, sign) _mm256_or_pd(size, _mm256_and_pd(sign, _mm256_set1_pd(-0.0)));
    abs(signed) _mm256_andnot_pd(_mm256_set1_pd(-0.0), signed);
    scale(scaled, exponent) {
        // The number, plus what moves it and the bias of exponents to the lowest bits.
        let low = _mm256_add_pd(exponent, _mm256_set1_pd(6_755_399_441_055_744.0 + 1023.0));
        let power = _mm256_slli_epi64::<52>(_mm256_castpd_si256(low));
        _mm256_mul_pd(scaled, _mm256_castsi256_pd(power))
    };
    round(number) _mm256_round_pd::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(number);
    sum(summed) {
        let two = _mm_add_pd(_mm256_castpd256_pd128(summed), _mm256_extractf128_pd::<1>(summed));
        _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
    };
}

/// The sums of neighbours in each of two vectors, taking turns.
///
/// # Safety
/// As all methods of [`Vector`], as those below.
#[inline(always)]
unsafe fn pair_double(a: __m512d, b: __m512d) -> __m512d {
    // SAFETY: the caller's.
    unsafe { _mm512_add_pd(_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b)) }
}

/// The sums of neighbouring quarters of one vector, and then those of the other.
#[inline(always)]
unsafe fn join_double(a: __m512d, b: __m512d) -> __m512d {
    // SAFETY: the caller's.
    unsafe {
        let low = _mm512_shuffle_f64x2::<0x88>(a, b);
        _mm512_add_pd(low, _mm512_shuffle_f64x2::<0xdd>(a, b))
    }
}

/// The sums of each quarter of four vectors, taking turns.
#[inline(always)]
unsafe fn four_single(a: __m512, b: __m512, c: __m512, d: __m512) -> __m512 {
    // SAFETY: the caller's.
    unsafe {
        let ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
        let cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
        let (ab, cd) = (_mm512_castps_pd(ab), _mm512_castps_pd(cd));
        let low = _mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd));
        _mm512_add_ps(low, _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)))
    }
}

/// As [`join_double`].
#[inline(always)]
unsafe fn join_single(a: __m512, b: __m512) -> __m512 {
    // SAFETY: the caller's.
    unsafe {
        let low = _mm512_shuffle_f32x4::<0x88>(a, b);
        _mm512_add_ps(low, _mm512_shuffle_f32x4::<0xdd>(a, b))
    }
}

/// Functions that have instructions enabled. A kernel is inlined into each.
macro_rules! enabled {
    ($($name:ident $features:literal $scalar:ident $vector:ident $wide:literal;)*) => {$(
        #[target_feature(enable = $features)]
        pub(crate) fn $name<K: Kernel<$scalar>>(kernel: K) -> K::Result {
            kernel.run::<$vector, $wide>()
        }
    )*};
}

enabled! {
    avx2_single "avx2,fma" f32 __m256 2;
    avx2_double "avx2,fma" f64 __m256d 2;
    avx512_single "avx512f,avx512dq,avx512vl,avx2,fma" f32 __m512 4;
    avx512_double "avx512f,avx512dq,avx512vl,avx2,fma" f64 __m512d 4;
}
