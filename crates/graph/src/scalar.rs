//! What the reference sweeps ask of a number.

use std::fmt::Debug;
use std::ops::Add;

/// A number that the reference sweeps can run over: `f32`, `f64`, or one that carries more, such as
/// a dual number.
pub trait Scalar: Copy + Debug + Add<Output = Self> {
    /// The name that messages use: `f64`.
    const NAME: &'static str;

    /// The number closest to `value`: how parameters and constants, which the graph keeps in
    /// `f64`, enter a sweep.
    fn from_f64(value: f64) -> Self;

    /// The closest `f64`, without whatever else the number carries.
    fn to_f64(self) -> f64;

    /// Whether two numbers have the same bits, all of them: a zero differs from a negative zero, and
    /// a NaN equals itself. Caching asks this, because `==` would keep a stale value.
    fn same_bits(self, other: Self) -> bool;
}

impl Scalar for f32 {
    const NAME: &'static str = "f32";

    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounding to the nearest f32 is the meaning"
    )]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    fn same_bits(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl Scalar for f64 {
    const NAME: &'static str = "f64";

    fn from_f64(value: f64) -> Self {
        value
    }

    fn to_f64(self) -> f64 {
        self
    }

    fn same_bits(self, other: Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}
