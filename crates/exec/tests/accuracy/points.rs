//! Where functions are measured.

use crate::functions::Function;

/// The number `at` of an endless sequence of numbers: all bits alike, evenly within the function's range or a sixteenth of it, sizes from
/// 2⁻⁶⁴ to 2¹², and neighbours of numbers at which something changes.
pub(crate) fn point(function: &Function, at: u64) -> f64 {
    let random = mixed(at);
    let share = (mixed(random) >> 11) as f64 * 2.0_f64.powi(-53);
    match at % 4 {
        0 => f64::from_bits(random),
        1 => {
            let (low, high) = function.range;
            // Every other one nearer to zero, where there is more to see.
            let part = if random & 1 == 0 { 1.0 } else { 0.0625 };
            part * (low + (high - low) * share)
        }
        2 => {
            let exponent = i32::try_from(random % 76).unwrap_or(0) - 64;
            let size = (1.0 + share) * 2.0_f64.powi(exponent);
            if random >> 63 == 0 { size } else { -size }
        }
        _ => {
            // Multiples of the halves of π and of ln 2, sixteenths, and powers of two.
            let step = (random >> 32) % 4096;
            let anchor = match random % 4 {
                0 => step as f64 * std::f64::consts::FRAC_PI_2,
                1 => step as f64 * (std::f64::consts::LN_2 / 2.0),
                2 => step as f64 / 16.0,
                _ => 2.0_f64.powi(i32::try_from(step % 2098).unwrap_or(0) - 1074),
            };
            let moved = anchor
                .to_bits()
                .wrapping_add(random >> 8 & 7)
                .wrapping_sub(3);
            f64::from_bits(moved | random & 1 << 63)
        }
    }
}

/// The mixing function of `SplitMix64` (G. L. Steele, D. Lea, C. H. Flood, *Fast splittable pseudorandom number generators*, 2014).
fn mixed(at: u64) -> u64 {
    let mut z = at.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// Numbers at which mistakes are likely.
pub(crate) const SPECIAL: [f64; 24] = [
    0.0,
    -0.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    1.0,
    -1.0,
    5e-324,
    -5e-324,
    2.2e-310,
    f64::MIN_POSITIVE,
    -f64::MIN_POSITIVE,
    f64::MAX,
    f64::MIN,
    1.4e-45,
    -1.4e-45,
    1.175_494_35e-38,
    3.402_823_47e38,
    -3.402_823_47e38,
    709.782_712_893_384,
    -745.133_219_101_941_2,
    88.722_839,
    -103.278_93,
    -0.999_999_999_999_999_9,
];
