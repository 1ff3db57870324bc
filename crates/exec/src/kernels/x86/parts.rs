//! Registers of which only the first lanes are loaded or stored. SAFETY of all: that the machine has the instructions,
//! and that pointers are good for `count` numbers, is what the callers promise.

use std::arch::x86_64::*;

#[inline]
#[target_feature(enable = "sse2")]
pub(super) unsafe fn load_first_f32(from: *const f32, count: usize) -> __m128 {
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
pub(super) unsafe fn store_first_f32(to: *mut f32, x: __m128, count: usize) {
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
pub(super) unsafe fn load_first_f64(from: *const f64, count: usize) -> __m128d {
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
pub(super) unsafe fn store_first_f64(to: *mut f64, x: __m128d, count: usize) {
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
pub(super) unsafe fn load_first_256_f32(from: *const f32, count: usize) -> __m256 {
    // SAFETY: as above.
    unsafe { _mm256_maskload_ps(from, first_256_f32(count)) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn store_first_256_f32(to: *mut f32, x: __m256, count: usize) {
    // SAFETY: as above.
    unsafe { _mm256_maskstore_ps(to, first_256_f32(count), x) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn load_first_256_f64(from: *const f64, count: usize) -> __m256d {
    // SAFETY: as above.
    unsafe { _mm256_maskload_pd(from, first_256_f64(count)) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn store_first_256_f64(to: *mut f64, x: __m256d, count: usize) {
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
pub(super) unsafe fn load_first_512_f32(from: *const f32, count: usize) -> __m512 {
    // SAFETY: as above.
    unsafe { _mm512_maskz_loadu_ps(first_512_f32(count), from) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn store_first_512_f32(to: *mut f32, x: __m512, count: usize) {
    // SAFETY: as above.
    unsafe { _mm512_mask_storeu_ps(to, first_512_f32(count), x) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn load_first_512_f64(from: *const f64, count: usize) -> __m512d {
    // SAFETY: as above.
    unsafe { _mm512_maskz_loadu_pd(first_512_f64(count), from) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) unsafe fn store_first_512_f64(to: *mut f64, x: __m512d, count: usize) {
    // SAFETY: as above.
    unsafe { _mm512_mask_storeu_pd(to, first_512_f64(count), x) }
}
