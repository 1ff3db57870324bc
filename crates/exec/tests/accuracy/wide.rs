//! Numbers of twice the digits of an `f64`: what the functions are measured against.
//!
//! A [`Wide`] is the sum of two floats, the second at most half an ulp of the first (T. J. Dekker, *A floating-point technique for
//! extending the available precision*, 1971). The functions are series of Taylor after a reduction: slow, and good to about
//! 2⁻⁹⁵. They share nothing with what they measure.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high + low`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

/// `ln 2`: 42 bits twice, and the rest.
const LN_2: [f64; 3] = [
    0.693_147_180_559_890_3,
    5.497_923_018_708_502_4e-14,
    -1.312_469_841_778_525_5e-27,
];

/// `π/2`: 38 bits three times, and the rest.
const HALF_PI: [f64; 4] = [
    1.570_796_326_792_333_3,
    2.563_344_151_597_190_7e-12,
    -2.671_890_733_856_226_5e-24,
    -4.789_197_959_061_991_4e-36,
];

impl Wide {
    pub(crate) const ZERO: Self = Self::of(0.0);
    pub(crate) const ONE: Self = Self::of(1.0);

    pub(crate) const fn of(high: f64) -> Self {
        Self { high, low: 0.0 }
    }

    /// The exact sum.
    pub(crate) fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        let low = (a - (high - part)) + (b - part);
        Self { high, low }
    }

    /// The exact product.
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        let low = a.mul_add(b, -high);
        Self { high, low }
    }

    /// Times a power of two.
    pub(crate) fn scaled(self, power: f64) -> Self {
        Self {
            high: self.high * power,
            low: self.low * power,
        }
    }

    /// `e^x − 2^n·1`, divided by `2^n`: `e^r − 1`, and n.
    fn exp_m1_reduced(self) -> (Self, i32) {
        const HALVINGS: i32 = 8;
        let n = (self.high / std::f64::consts::LN_2).round();
        let mut r = self;
        for part in LN_2 {
            r = r - Self::product(n, part);
        }
        let r = r.scaled(2.0_f64.powi(-HALVINGS));
        let mut sum = Self::ZERO;
        for k in (1..=11).rev() {
            // r/k · (1 + the rest)
            sum = r * (Self::ONE + sum) / Self::of(f64::from(k));
        }
        for _ in 0..HALVINGS {
            sum = sum.scaled(2.0) + sum * sum;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a small integer")]
        (sum, n as i32)
    }

    /// `e^x`, as a number near 1 and a power of two.
    pub(crate) fn exp(self) -> (Self, i32) {
        let (less, n) = self.exp_m1_reduced();
        (less + Self::ONE, n)
    }

    /// `e^x − 1`, of at most 700.
    pub(crate) fn exp_m1(self) -> Self {
        if self.high.abs() < 2.0_f64.powi(-70) {
            return self + (self * self).scaled(0.5);
        }
        if self.high < -200.0 {
            return -Self::ONE;
        }
        let (less, n) = self.exp_m1_reduced();
        let power = 2.0_f64.powi(n);
        less.scaled(power) + Self::sum(power, -1.0)
    }

    /// The natural logarithm of a positive normal number, with an exponent to be added to its own.
    pub(crate) fn ln(self, exponent: i32) -> Self {
        let mut exponent = exponent;
        let mut m = self;
        let own = exponent_of(m.high);
        m = m
            .scaled(2.0_f64.powi(-(own / 2)))
            .scaled(2.0_f64.powi(own / 2 - own));
        exponent += own;
        if m.high > std::f64::consts::SQRT_2 {
            m = m.scaled(0.5);
            exponent += 1;
        }
        let mut sum = (m - Self::ONE).ln_1p_small();
        for part in LN_2.into_iter().rev() {
            sum = sum + Self::product(f64::from(exponent), part);
        }
        sum
    }

    /// `ln(1 + x)` of a number within ±½, as `2·artanh(x / (2 + x))`.
    fn ln_1p_small(self) -> Self {
        if self.high.abs() < 2.0_f64.powi(-70) {
            return self - (self * self).scaled(0.5);
        }
        let s = self / (Self::of(2.0) + self);
        let square = s * s;
        let mut sum = Self::ZERO;
        // s is at most 1/3 in size, so the last term is below 2^-100.
        for k in (0..34).rev() {
            sum = sum * square + Self::ONE / Self::of(f64::from(2 * k + 1));
        }
        (s * sum).scaled(2.0)
    }

    /// `ln(1 + x)` of a number above −1.
    pub(crate) fn ln_1p(self) -> Self {
        if self.high.abs() < 0.25 {
            self.ln_1p_small()
        } else {
            (self + Self::ONE).ln(0)
        }
    }

    /// `x − m·π/2` with m from the nearest, and m. Of at most 2^15.
    fn quarter(self) -> (Self, i32) {
        let m = (self.high / std::f64::consts::FRAC_PI_2).round();
        let mut r = self;
        for part in HALF_PI {
            r = r - Self::product(m, part);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a small integer")]
        (r, m as i32)
    }

    /// The series of the sine, or of the cosine, of a small number.
    fn wave(self, is_sine: bool) -> Self {
        let square = self * self;
        let mut sum = Self::ONE;
        for k in (1..=15).rev() {
            let odd = 2 * k + i32::from(is_sine);
            sum = Self::ONE - square * sum / Self::of(f64::from(odd * (odd - 1)));
        }
        if is_sine { sum * self } else { sum }
    }

    pub(crate) fn sin(self) -> Self {
        if self.high.abs() < 2.0_f64.powi(-70) {
            return self;
        }
        let (r, m) = self.quarter();
        r.turned(m)
    }

    pub(crate) fn cos(self) -> Self {
        let (r, m) = self.quarter();
        r.turned(m + 1)
    }

    /// `sin(x + m·π/2)`.
    fn turned(self, m: i32) -> Self {
        let value = self.wave(m.rem_euclid(2) == 0);
        if m.rem_euclid(4) < 2 { value } else { -value }
    }

    /// The root of a normal number.
    pub(crate) fn sqrt(self) -> Self {
        let near = self.high.sqrt();
        let rest = self - Self::product(near, near);
        Self::sum(near, rest.high / (2.0 * near))
    }
}

/// The exponent of a normal number.
pub(crate) fn exponent_of(x: f64) -> i32 {
    let biased = (x.to_bits() >> 52 & 0x7FF) as i32;
    biased - 1023
}

impl Add for Wide {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let high = Self::sum(self.high, other.high);
        let low = Self::sum(self.low, other.low);
        let high = Self::sum(high.high, high.low + low.high);
        Self::sum(high.high, high.low + low.low)
    }
}

impl Sub for Wide {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Wide {
    type Output = Self;

    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl Mul for Wide {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let cross = self.high.mul_add(other.low, self.low * other.high);
        Self::sum(product.high, product.low + cross)
    }
}

impl Div for Wide {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::of(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::of(second);
        Self::sum(first, second) + Self::of(rest.high / other.high)
    }
}
