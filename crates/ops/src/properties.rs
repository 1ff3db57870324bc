//! What passes and tests may know about an operation without knowing the operation.

/// What holds for an operation, whatever its operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Properties {
    /// Whether two operands may change places without changing a bit of the value, NaN aside, or of
    /// what either operand is contributed. More than two operands may not: a sum rounds in its order.
    /// The minimum and the maximum are not commutative, since of equal operands the first is taken.
    pub commutative: bool,
    /// Whether the operation has derivatives of every order throughout the inside of its domain.
    /// Where this is false there are kinks or jumps, at which the contributions follow the choices
    /// of `docs/numerics.md`.
    pub smooth: bool,
    /// Whether the value is zero, of either sign, where all operands are zero.
    pub zero_preserving: bool,
}

impl Properties {
    /// Smooth, and nothing else.
    pub const SMOOTH: Self = Self {
        commutative: false,
        smooth: true,
        zero_preserving: false,
    };
    /// Kinks or jumps, and nothing else.
    pub const KINKED: Self = Self {
        commutative: false,
        smooth: false,
        zero_preserving: false,
    };

    /// The same, and commutative.
    #[must_use]
    pub const fn and_commutative(self) -> Self {
        Self {
            commutative: true,
            ..self
        }
    }

    /// The same, and zero-preserving.
    #[must_use]
    pub const fn and_zero_preserving(self) -> Self {
        Self {
            zero_preserving: true,
            ..self
        }
    }
}

/// For which operands an operation has a finite real value, one operand at a time and overflow aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Every number.
    Reals,
    /// Every number but zero.
    NonZero,
    /// Every number above zero.
    Positive,
    /// Zero and above.
    NonNegative,
    /// Every number above minus one.
    AboveMinusOne,
    /// From minus one to one, both included.
    Unit,
}

impl Domain {
    /// Whether `x`, a finite number, lies within.
    #[must_use]
    pub fn contains(self, x: f64) -> bool {
        match self {
            Self::Reals => x.is_finite(),
            Self::NonZero => x.is_finite() && x != 0.0,
            Self::Positive => x.is_finite() && x > 0.0,
            Self::NonNegative => x.is_finite() && x >= 0.0,
            Self::AboveMinusOne => x.is_finite() && x > -1.0,
            Self::Unit => (-1.0..=1.0).contains(&x),
        }
    }

    /// Whether `x` lies within and is no end point, so that there is a neighbourhood on both sides.
    #[must_use]
    pub fn contains_inside(self, x: f64) -> bool {
        match self {
            Self::Reals | Self::NonZero | Self::Positive | Self::AboveMinusOne => self.contains(x),
            Self::NonNegative => self.contains(x) && x > 0.0,
            Self::Unit => x.abs() < 1.0,
        }
    }
}
