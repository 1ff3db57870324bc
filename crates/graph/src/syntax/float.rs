//! Floats as text that reads back to the same bits.

use std::fmt;

/// Writes the shortest decimal that reads back to `self.0`, whatever its bits.
#[derive(Clone, Copy, Debug)]
pub struct ExactFloat(pub f64);

impl fmt::Display for ExactFloat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = *self;
        if !value.is_nan() {
            // The standard library's debug form is the shortest that reads back.
            write!(f, "{value:?}")
        } else if value.to_bits() == f64::NAN.to_bits() {
            f.write_str("nan")
        } else {
            write!(f, "nan:{:x}", value.to_bits())
        }
    }
}

/// Reads what [`ExactFloat`] writes, and any other decimal; none where the text is none.
#[must_use]
pub fn parse_float(text: &str) -> Option<f64> {
    match text.strip_prefix("nan") {
        Some("") => Some(f64::NAN),
        Some(rest) => {
            let bits = u64::from_str_radix(rest.strip_prefix(':')?, 16).ok()?;
            Some(f64::from_bits(bits)).filter(|value| value.is_nan())
        }
        // The standard library also reads `infinity` and `NaN`; one spelling is enough.
        None if text
            .trim_start_matches('-')
            .starts_with(|c: char| c.is_ascii_digit()) =>
        {
            // What no `f64` is near enough to would be read as an infinity, which nobody wrote.
            text.parse().ok().filter(|value: &f64| value.is_finite())
        }
        None => match text {
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_float_reads_back_to_its_bits() {
        let special = [
            0.0,
            -0.0,
            1.0,
            0.1,
            -1e300,
            5e-324,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ];
        let nans = [
            f64::NAN.to_bits(),
            0x7ff8_0000_0000_0001,
            0xfff8_0000_0000_0000,
            0x7ff0_0000_0000_0001,
        ];
        let bits = special.map(f64::to_bits).into_iter().chain(nans);
        for bits in bits.chain((0..2000).map(|i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15))) {
            let text = ExactFloat(f64::from_bits(bits)).to_string();
            assert_eq!(parse_float(&text).map(f64::to_bits), Some(bits), "{text}");
        }
    }

    #[test]
    fn what_is_no_float_is_refused() {
        for text in [
            "", "-", "nan:", "nan:0", "nanx", "NaN", "infinity", "+1", ".5", "1e", "--1", "0x1",
            "1e999", "-1e999",
        ] {
            assert_eq!(parse_float(text), None, "{text}");
        }
    }
}
