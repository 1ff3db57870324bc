//! Sums over lanes: the upper half is added to the lower one until a single lane is left.

use std::arch::x86_64::*;

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn sum_128_f32(x: __m128) -> f32 {
    let two = _mm_add_ps(x, _mm_movehl_ps(x, x));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<0b01_01_01_01>(two, two)))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn sum_128_f64(x: __m128d) -> f64 {
    _mm_cvtsd_f64(_mm_add_sd(x, _mm_unpackhi_pd(x, x)))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn sums_128_f32(a: __m128, b: __m128, c: __m128, d: __m128) -> [f32; 4] {
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
pub(super) fn sums_128_f64(a: __m128d, b: __m128d, c: __m128d, d: __m128d) -> [f64; 4] {
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
pub(super) fn sum_256_f32(x: __m256) -> f32 {
    sum_128_f32(half_256_f32(x))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sum_256_f64(x: __m256d) -> f64 {
    sum_128_f64(half_256_f64(x))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sums_256_f32(a: __m256, b: __m256, c: __m256, d: __m256) -> [f32; 4] {
    sums_128_f32(
        half_256_f32(a),
        half_256_f32(b),
        half_256_f32(c),
        half_256_f32(d),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn sums_256_f64(a: __m256d, b: __m256d, c: __m256d, d: __m256d) -> [f64; 4] {
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
pub(super) fn sum_512_f32(x: __m512) -> f32 {
    sum_256_f32(half_512_f32(x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
pub(super) fn sum_512_f64(x: __m512d) -> f64 {
    sum_256_f64(half_512_f64(x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
pub(super) fn sums_512_f32(a: __m512, b: __m512, c: __m512, d: __m512) -> [f32; 4] {
    sums_256_f32(
        half_512_f32(a),
        half_512_f32(b),
        half_512_f32(c),
        half_512_f32(d),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx2")]
pub(super) fn sums_512_f64(a: __m512d, b: __m512d, c: __m512d, d: __m512d) -> [f64; 4] {
    sums_256_f64(
        half_512_f64(a),
        half_512_f64(b),
        half_512_f64(c),
        half_512_f64(d),
    )
}
