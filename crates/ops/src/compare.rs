//! The one comparator of floats.
//!
//! Two numbers either have the [same bits](same_bits) or agree within a [`Tolerance`]; where they do
//! not, a [`Difference`] says by how much.

use std::fmt::{self, Debug};

/// A float that can be compared: `f32` or `f64`.
pub trait Float: Copy + Debug + private::Sealed + 'static {
    /// What the [derivative check](Tolerance::derivative) allows of the value itself.
    const RELATIVE: f64;

    /// The same number; an `f32` fits exactly.
    fn wide(self) -> f64;

    /// The bits, apart from the width.
    fn bits(self) -> u64;

    /// The place on the line of all floats, counted from zero; both zeros have place 0.
    fn place(self) -> i64;

    /// The distance from `|self|` to the next float beyond it: the unit in the last place. At zero it
    /// is the least float; NaN for NaN and infinities.
    fn ulp(self) -> f64;
}

mod private {
    /// Keeps the trait to the two floats whose bits the comparator knows.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl Float for f32 {
    // Some eighty units in the last place: as many as 1e-12 has would leave three digits.
    const RELATIVE: f64 = 1e-5;

    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn bits(self) -> u64 {
        u64::from(self.to_bits())
    }

    fn place(self) -> i64 {
        let size = i64::from(self.abs().to_bits());
        if self.is_sign_negative() { -size } else { size }
    }

    fn ulp(self) -> f64 {
        let size = self.abs();
        let beyond = if size == Self::MAX {
            size - size.next_down()
        } else {
            size.next_up() - size
        };
        f64::from(beyond)
    }
}

impl Float for f64 {
    const RELATIVE: f64 = 1e-12;

    fn wide(self) -> f64 {
        self
    }

    fn bits(self) -> u64 {
        self.to_bits()
    }

    #[expect(clippy::cast_possible_wrap, reason = "the sign bit is clear")]
    fn place(self) -> i64 {
        let size = self.abs().to_bits() as i64;
        if self.is_sign_negative() { -size } else { size }
    }

    fn ulp(self) -> f64 {
        let size = self.abs();
        if size == Self::MAX {
            size - size.next_down()
        } else {
            size.next_up() - size
        }
    }
}

/// Whether two floats have the same bits, where all NaNs count as equal. Zeros of different sign
/// differ.
#[must_use]
pub fn same_bits<F: Float>(a: F, b: F) -> bool {
    a.bits() == b.bits() || (a.wide().is_nan() && b.wide().is_nan())
}

/// How many steps from one float to the next lead from `a` to `b`; none between the two zeros or two
/// NaNs, and `u64::MAX` between NaN and a number.
#[must_use]
pub fn ulps_between<F: Float>(a: F, b: F) -> u64 {
    match (a.wide().is_nan(), b.wide().is_nan()) {
        (true, true) => 0,
        (false, false) => a.place().abs_diff(b.place()),
        (true, false) | (false, true) => u64::MAX,
    }
}

/// How far a float may be from the one that is wanted: the sum of the three parts.
///
/// NaN agrees with NaN only, and an infinity with the same infinity only, however wide the tolerance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// As a multiple of the absolute value wanted.
    pub relative: f64,
    /// As it stands.
    pub absolute: f64,
    /// In units in the last place of the magnitude that the comparison is given. An infinite magnitude
    /// allows nothing.
    pub ulps: f64,
}

impl Tolerance {
    /// The same number: zeros of either sign agree.
    pub const EXACT: Self = Self {
        relative: 0.0,
        absolute: 0.0,
        ulps: 0.0,
    };

    /// What a derivative may be from that of a dual number: a part of the value wanted (1e-12 in
    /// `f64`, 1e-5 in `f32`), and 4 ulps of the sum of the absolute values of the terms added.
    #[must_use]
    pub fn derivative<F: Float>() -> Self {
        Self {
            relative: F::RELATIVE,
            absolute: 0.0,
            ulps: 4.0,
        }
    }

    /// A multiple of the absolute value wanted, and nothing else.
    #[must_use]
    pub const fn relative(relative: f64) -> Self {
        Self {
            relative,
            ..Self::EXACT
        }
    }

    /// The same, and so much as it stands.
    #[must_use]
    pub const fn and_absolute(self, absolute: f64) -> Self {
        Self { absolute, ..self }
    }

    /// The same, and so many units in the last place of the magnitude.
    #[must_use]
    pub const fn and_ulps(self, ulps: f64) -> Self {
        Self { ulps, ..self }
    }

    /// What is allowed around `wanted`, the terms of which have this magnitude.
    #[must_use]
    pub fn allowed<F: Float>(self, wanted: F, magnitude: F) -> f64 {
        let unit = magnitude.ulp();
        let terms = if unit.is_nan() { 0.0 } else { self.ulps * unit };
        self.relative * wanted.wide().abs() + self.absolute + terms
    }

    /// Whether `got` is as close to `wanted` as it has to be.
    ///
    /// `magnitude` is what the ulps are counted of: the sum of the absolute values of the terms that
    /// were added, or `wanted` itself.
    ///
    /// # Errors
    /// The [`Difference`] where it is not.
    pub fn check<F: Float>(self, got: F, wanted: F, magnitude: F) -> Result<(), Difference<F>> {
        let allowed = self.allowed(wanted, magnitude);
        let close = if got.wide().is_finite() && wanted.wide().is_finite() {
            (got.wide() - wanted.wide()).abs() <= allowed
        } else {
            same_bits(got, wanted)
        };
        if close {
            Ok(())
        } else {
            Err(Difference {
                got,
                wanted,
                allowed,
            })
        }
    }

    /// Whether each number of `got` is as close to its counterpart in `wanted` as it has to be, ulps
    /// being counted of the number wanted.
    ///
    /// # Errors
    /// The first [`ListDifference`] where it is not.
    pub fn check_all<F: Float>(self, got: &[F], wanted: &[F]) -> Result<(), ListDifference<F>> {
        compare_lists(got, wanted, |got, wanted| self.check(got, wanted, wanted))
    }
}

/// Whether two lists have the [same bits](same_bits) throughout.
///
/// # Errors
/// The first [`ListDifference`] where they do not.
pub fn check_same_bits<F: Float>(got: &[F], wanted: &[F]) -> Result<(), ListDifference<F>> {
    compare_lists(got, wanted, |got, wanted| {
        if same_bits(got, wanted) {
            Ok(())
        } else {
            Err(Difference {
                got,
                wanted,
                allowed: 0.0,
            })
        }
    })
}

fn compare_lists<F: Float>(
    got: &[F],
    wanted: &[F],
    check: impl Fn(F, F) -> Result<(), Difference<F>>,
) -> Result<(), ListDifference<F>> {
    if got.len() != wanted.len() {
        return Err(ListDifference::Length {
            got: got.len(),
            wanted: wanted.len(),
        });
    }
    for (index, (&got, &wanted)) in got.iter().zip(wanted).enumerate() {
        check(got, wanted).map_err(|difference| ListDifference::Number { index, difference })?;
    }
    Ok(())
}

/// Two floats that do not agree.
#[derive(Clone, Copy, Debug)]
pub struct Difference<F> {
    /// The number that was found.
    pub got: F,
    /// The number that was wanted.
    pub wanted: F,
    /// How far apart they were allowed to be.
    pub allowed: f64,
}

impl<F: Float> fmt::Display for Difference<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            got,
            wanted,
            allowed,
        } = *self;
        let apart = (got.wide() - wanted.wide()).abs();
        write!(f, "got {got:?}, wanted {wanted:?}")?;
        if apart.is_nan() {
            return Ok(());
        }
        let steps = ulps_between(got, wanted);
        let plural = if steps == 1 { "" } else { "s" };
        write!(
            f,
            ": {apart:e} or {steps} step{plural} apart, allowed {allowed:e}"
        )
    }
}

impl<F: Float> std::error::Error for Difference<F> {}

/// Two lists of floats that do not agree.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum ListDifference<F: Float> {
    /// One is longer than the other.
    #[error("got {got} numbers, wanted {wanted}")]
    Length {
        /// How many there were.
        got: usize,
        /// How many were wanted.
        wanted: usize,
    },
    /// They differ first at this index.
    #[error("at index {index}: {difference}")]
    Number {
        /// Where, counted from zero.
        index: usize,
        /// How.
        difference: Difference<F>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: f64 = f64::from_bits(1);

    #[test]
    fn bits_tell_zeros_apart_but_not_nans() {
        assert!(same_bits(0.1_f64 + 0.2, 0.1 + 0.2));
        assert!(!same_bits(0.0_f64, -0.0));
        assert!(same_bits(f64::NAN, -f64::NAN));
        assert!(same_bits(f32::NAN, f32::from_bits(0x7fc0_0001)));
        assert!(!same_bits(f64::NAN, f64::INFINITY));
        assert!(!same_bits(f64::INFINITY, f64::NEG_INFINITY));
    }

    #[test]
    fn steps_are_counted_across_zero_binades_and_infinity() {
        let check = |a: f64, b: f64, steps: u64| {
            assert_eq!(ulps_between(a, b), steps, "{a:?} to {b:?}");
            assert_eq!(ulps_between(b, a), steps, "{b:?} to {a:?}");
            assert_eq!(ulps_between(-b, -a), steps, "{:?} to {:?}", -b, -a);
        };
        check(1.0, 1.0, 0);
        check(1.0, 1.0 + f64::EPSILON, 1);
        check(1.0, 1.0 - f64::EPSILON / 2.0, 1);
        check(0.0, -0.0, 0);
        check(LEAST, -LEAST, 2);
        check(0.0, LEAST, 1);
        check(f64::MIN_POSITIVE, f64::MIN_POSITIVE.next_down(), 1);
        check(f64::MAX, f64::INFINITY, 1);
        check(f64::NAN, f64::NAN, 0);
        check(f64::NAN, 0.0, u64::MAX);
        check(
            f64::NEG_INFINITY,
            f64::INFINITY,
            2 * f64::INFINITY.to_bits(),
        );
        assert_eq!(ulps_between(1.0_f32, 1.0 + f32::EPSILON), 1);
        assert_eq!(ulps_between(f32::from_bits(3), -f32::from_bits(2)), 5);
    }

    #[test]
    fn an_ulp_is_the_distance_to_the_next_float() {
        let check = |x: f64, ulp: f64| {
            assert!(same_bits(x.ulp(), ulp), "{x:?}");
            assert!(same_bits((-x).ulp(), ulp), "-{x:?}");
        };
        check(1.0, f64::EPSILON);
        check(1.5, f64::EPSILON);
        check(2.0, 2.0 * f64::EPSILON);
        check(0.0, LEAST);
        check(f64::MIN_POSITIVE, LEAST);
        check(f64::MAX, 2.0_f64.powi(971));
        check(f64::INFINITY, f64::NAN);
        check(f64::NAN, f64::NAN);
        assert!(same_bits(1.0_f32.ulp(), f64::from(f32::EPSILON)));
    }

    #[test]
    fn a_tolerance_is_the_sum_of_its_parts() {
        let close = |tolerance: Tolerance, got: f64, wanted: f64, magnitude: f64| {
            tolerance.check(got, wanted, magnitude).is_ok()
        };
        assert!(close(Tolerance::EXACT, 0.0, -0.0, 0.0));
        assert!(!close(Tolerance::EXACT, LEAST, 0.0, 0.0));
        let percent = Tolerance::relative(0.01);
        assert!(close(percent, 100.9, 100.0, 0.0) && !close(percent, 101.1, 100.0, 0.0));
        assert!(close(percent, -100.9, -100.0, 0.0) && !close(percent, 100.0, -100.0, 0.0));
        assert!(!close(percent, LEAST, 0.0, 0.0));
        assert!(close(percent.and_absolute(0.5), 101.4, 100.0, 0.0));
        assert!(!close(percent.and_absolute(0.5), 101.6, 100.0, 0.0));
        let ulps = Tolerance::EXACT.and_ulps(4.0);
        assert!(close(ulps, 4.0 * f64::EPSILON, 0.0, 1.0));
        assert!(!close(ulps, 5.0 * f64::EPSILON, 0.0, 1.0));
        assert!(close(ulps, 4.0 * LEAST, 0.0, 0.0) && !close(ulps, 5.0 * LEAST, 0.0, 0.0));
        assert!(close(ulps, -2.0 * LEAST, 2.0 * LEAST, 0.0));
    }

    #[test]
    fn what_is_not_finite_agrees_with_itself_only() {
        let wide = Tolerance {
            relative: 1.0,
            absolute: f64::MAX,
            ulps: 1e300,
        };
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0];
        for (i, &got) in special.iter().enumerate() {
            for (j, &wanted) in special.iter().enumerate() {
                assert_eq!(
                    wide.check(got, wanted, f64::INFINITY).is_ok(),
                    i == j,
                    "{got} {wanted}"
                );
            }
        }
        assert!(
            Tolerance::EXACT
                .and_ulps(4.0)
                .check(1.0_f64, 2.0, f64::INFINITY)
                .is_err()
        );
        assert!(
            Tolerance::EXACT
                .and_ulps(4.0)
                .check(1.0_f64, 2.0, f64::NAN)
                .is_err()
        );
    }

    #[test]
    fn a_difference_explains_itself() {
        let say = |got: f64, wanted: f64| {
            Tolerance::relative(0.25)
                .check(got, wanted, 0.0)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            say(1.5, 1.0),
            "got 1.5, wanted 1.0: 5e-1 or 2251799813685248 steps apart, allowed 2.5e-1"
        );
        assert_eq!(
            say(LEAST, -0.0),
            "got 5e-324, wanted -0.0: 5e-324 or 1 step apart, allowed 0e0"
        );
        assert_eq!(say(f64::NAN, 1.0), "got NaN, wanted 1.0");
        let say =
            |got: &[f32], wanted: &[f32]| check_same_bits(got, wanted).unwrap_err().to_string();
        assert_eq!(
            say(&[0.1, 0.0], &[0.1, -0.0]),
            "at index 1: got 0.0, wanted -0.0: 0e0 or 0 steps apart, allowed 0e0"
        );
        assert_eq!(say(&[], &[1.0]), "got 0 numbers, wanted 1");
        assert!(check_same_bits(&[f32::NAN, 0.1], &[f32::NAN, 0.1]).is_ok());
        assert!(
            Tolerance::EXACT
                .check_all(&[0.0_f64, 1.0], &[-0.0, 1.0])
                .is_ok()
        );
        assert!(Tolerance::EXACT.check_all(&[1.0_f64], &[1.0, 1.0]).is_err());
    }
}
