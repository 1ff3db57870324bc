//! Comparisons, and choices by them.

use std::arch::x86_64::*;

// "Not less or equal" holds for what is no number, too.

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn mask_128_f32(x: __m128, condition: __m128) -> __m128 {
    _mm_and_ps(x, _mm_cmpnle_ps(condition, _mm_setzero_ps()))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn mask_128_f64(x: __m128d, condition: __m128d) -> __m128d {
    _mm_and_pd(x, _mm_cmpnle_pd(condition, _mm_setzero_pd()))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn mask_256_f32(x: __m256, condition: __m256) -> __m256 {
    _mm256_and_ps(
        x,
        _mm256_cmp_ps::<_CMP_NLE_UQ>(condition, _mm256_setzero_ps()),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn mask_256_f64(x: __m256d, condition: __m256d) -> __m256d {
    _mm256_and_pd(
        x,
        _mm256_cmp_pd::<_CMP_NLE_UQ>(condition, _mm256_setzero_pd()),
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn mask_512_f32(x: __m512, condition: __m512) -> __m512 {
    _mm512_maskz_mov_ps(
        _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(condition, _mm512_setzero_ps()),
        x,
    )
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn mask_512_f64(x: __m512d, condition: __m512d) -> __m512d {
    _mm512_maskz_mov_pd(
        _mm512_cmp_pd_mask::<_CMP_NLE_UQ>(condition, _mm512_setzero_pd()),
        x,
    )
}

// Comparisons give ones and zeros; a condition that is no number is not zero.

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn at_most_128_f32(x: __m128, y: __m128) -> __m128 {
    _mm_and_ps(_mm_cmple_ps(x, y), _mm_set1_ps(1.0))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn select_128_f32(condition: __m128, then: __m128, otherwise: __m128) -> __m128 {
    let is_zero = _mm_cmpeq_ps(condition, _mm_setzero_ps());
    _mm_or_ps(_mm_and_ps(is_zero, otherwise), _mm_andnot_ps(is_zero, then))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn at_most_128_f64(x: __m128d, y: __m128d) -> __m128d {
    _mm_and_pd(_mm_cmple_pd(x, y), _mm_set1_pd(1.0))
}

#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn select_128_f64(condition: __m128d, then: __m128d, otherwise: __m128d) -> __m128d {
    let is_zero = _mm_cmpeq_pd(condition, _mm_setzero_pd());
    _mm_or_pd(_mm_and_pd(is_zero, otherwise), _mm_andnot_pd(is_zero, then))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn at_most_256_f32(x: __m256, y: __m256) -> __m256 {
    _mm256_and_ps(_mm256_cmp_ps::<_CMP_LE_OQ>(x, y), _mm256_set1_ps(1.0))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn select_256_f32(condition: __m256, then: __m256, otherwise: __m256) -> __m256 {
    let is_zero = _mm256_cmp_ps::<_CMP_EQ_OQ>(condition, _mm256_setzero_ps());
    _mm256_blendv_ps(then, otherwise, is_zero)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn at_most_256_f64(x: __m256d, y: __m256d) -> __m256d {
    _mm256_and_pd(_mm256_cmp_pd::<_CMP_LE_OQ>(x, y), _mm256_set1_pd(1.0))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn select_256_f64(condition: __m256d, then: __m256d, otherwise: __m256d) -> __m256d {
    let is_zero = _mm256_cmp_pd::<_CMP_EQ_OQ>(condition, _mm256_setzero_pd());
    _mm256_blendv_pd(then, otherwise, is_zero)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn at_most_512_f32(x: __m512, y: __m512) -> __m512 {
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_LE_OQ>(x, y), _mm512_set1_ps(1.0))
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn select_512_f32(condition: __m512, then: __m512, otherwise: __m512) -> __m512 {
    let is_zero = _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(condition, _mm512_setzero_ps());
    _mm512_mask_blend_ps(is_zero, then, otherwise)
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn at_most_512_f64(x: __m512d, y: __m512d) -> __m512d {
    _mm512_maskz_mov_pd(_mm512_cmp_pd_mask::<_CMP_LE_OQ>(x, y), _mm512_set1_pd(1.0))
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn select_512_f64(condition: __m512d, then: __m512d, otherwise: __m512d) -> __m512d {
    let is_zero = _mm512_cmp_pd_mask::<_CMP_EQ_OQ>(condition, _mm512_setzero_pd());
    _mm512_mask_blend_pd(is_zero, then, otherwise)
}
