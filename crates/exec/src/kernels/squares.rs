//! Small squares of numbers, transposed: `to[j * stride + i] = from[i][j]`.
//!
//! Of each function, as many numbers as the square has on a side can be read from each row and written to each of as
//! many rows at `to`. Larger lists of rows have more than are used.

use std::arch::x86_64::*;

/// Two rows of two numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) unsafe fn two_f32(from: [*const f32; 2], to: *mut f32, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let [[a, b], [c, d]] = from.map(|row| row.cast::<[f32; 2]>().read_unaligned());
        to.cast::<[f32; 2]>().write_unaligned([a, c]);
        to.add(stride).cast::<[f32; 2]>().write_unaligned([b, d]);
    }
}

/// Two rows of two numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) unsafe fn two_f64(from: [*const f64; 2], to: *mut f64, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let [one, other] = [_mm_loadu_pd(from[0]), _mm_loadu_pd(from[1])];
        _mm_storeu_pd(to, _mm_unpacklo_pd(one, other));
        _mm_storeu_pd(to.add(stride), _mm_unpackhi_pd(one, other));
    }
}

/// Four rows of four numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) unsafe fn square_128_f32(from: [*const f32; 8], to: *mut f32, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let [a, b, c, d] = [0, 1, 2, 3].map(|row: usize| _mm_loadu_ps(from[row]));
        let (ab, cd) = (_mm_unpacklo_ps(a, b), _mm_unpacklo_ps(c, d));
        let (high_ab, high_cd) = (_mm_unpackhi_ps(a, b), _mm_unpackhi_ps(c, d));
        _mm_storeu_ps(to, _mm_movelh_ps(ab, cd));
        _mm_storeu_ps(to.add(stride), _mm_movehl_ps(cd, ab));
        _mm_storeu_ps(to.add(2 * stride), _mm_movelh_ps(high_ab, high_cd));
        _mm_storeu_ps(to.add(3 * stride), _mm_movehl_ps(high_cd, high_ab));
    }
}

/// Four rows of four numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) unsafe fn square_128_f64(from: [*const f64; 8], to: *mut f64, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        for i in [0, 2] {
            for j in [0, 2] {
                let two = [from[i].add(j), from[i + 1].add(j)];
                two_f64(two, to.add(j * stride + i), stride);
            }
        }
    }
}

/// Four rows of four numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn square_256_f64(from: [*const f64; 8], to: *mut f64, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        two_columns_256_f64(from, to, stride);
        let right = from.map(|row| row.wrapping_add(2));
        two_columns_256_f64(right, to.add(2 * stride), stride);
    }
}

/// Four rows of two numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn two_columns_256_f64(from: [*const f64; 8], to: *mut f64, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        // Two rows two apart share a register, so that what is left is to interleave.
        let two = |row: usize| {
            let low = _mm256_castpd128_pd256(_mm_loadu_pd(from[row]));
            _mm256_insertf128_pd::<1>(low, _mm_loadu_pd(from[row + 2]))
        };
        let (even, odd) = (two(0), two(1));
        _mm256_storeu_pd(to, _mm256_unpacklo_pd(even, odd));
        _mm256_storeu_pd(to.add(stride), _mm256_unpackhi_pd(even, odd));
    }
}

/// Three rows of four numbers, into a list of twelve.
///
/// # Safety
/// Four numbers can be read from each row, and twelve written to `to`.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn three_256_f64(from: [*const f64; 3], to: *mut f64) {
    // SAFETY: the caller's promise.
    unsafe {
        let [a, b, c] = from.map(|row| _mm256_loadu_pd(row));
        // Halves of what is stored: a0 b0 and a2 b2, b1 c1 and b3 c3, c0 a1 and c2 a3.
        let ab = _mm256_unpacklo_pd(a, b);
        let bc = _mm256_unpackhi_pd(b, c);
        let ca = _mm256_shuffle_pd::<0b1010>(c, a);
        _mm256_storeu_pd(to, _mm256_permute2f128_pd::<0x20>(ab, ca));
        _mm256_storeu_pd(to.add(4), _mm256_blend_pd::<0b1100>(bc, ab));
        _mm256_storeu_pd(to.add(8), _mm256_permute2f128_pd::<0x31>(ca, bc));
    }
}

/// Eight rows of eight numbers.
///
/// # Safety
/// As the module says.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) unsafe fn square_256_f32(from: [*const f32; 8], to: *mut f32, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        // The halves of two rows four apart share a register, so that what is left stays within halves.
        let halves = |row: usize, column: usize| {
            let low = _mm256_castps128_ps256(_mm_loadu_ps(from[row].add(column)));
            _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(from[row + 4].add(column)))
        };
        for column in [0, 4] {
            let [a, b, c, d] = [0, 1, 2, 3].map(|row| halves(row, column));
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            let (high_ab, high_cd) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            let columns = [
                _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd),
                _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd),
                _mm256_shuffle_ps::<0b01_00_01_00>(high_ab, high_cd),
                _mm256_shuffle_ps::<0b11_10_11_10>(high_ab, high_cd),
            ];
            for (number, numbers) in columns.into_iter().enumerate() {
                _mm256_storeu_ps(to.add((column + number) * stride), numbers);
            }
        }
    }
}
