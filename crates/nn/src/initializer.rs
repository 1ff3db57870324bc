//! Where the initial value of a parameter is drawn from.
//!
//! Every parameter has a [stream](dagrad_graph::stream) of its own, so a draw depends on the seed, the
//! scope path and the name of the parameter, and on nothing that is beside it.
//!
//! The same seed has to give the same bits on every platform, so a draw uses only what is: integer
//! arithmetic, the four operations and the square root, which IEEE 754 defines to the last bit, and the
//! logarithm of the `libm` crate, which is made of those. The logarithm of the standard library is the
//! system's, whose last bit is not the same everywhere.

use crate::configuration::{Number, UnknownName, name_and_numbers};
use rand_core::Rng;
use std::fmt;
use std::str::FromStr;

/// How the initial values of a layer's weights, or of its biases, are distributed.
///
/// | initialiser | values | variance | from |
/// |---|---|---|---|
/// | `Uniform` | uniform in `low .. high` | `(high − low)²/12` | the tutorial, which draws from −1 … 1 |
/// | `XavierUniform` | uniform in `−a .. a`, `a = √(6/(n + m))` | `2/(n + m)` | X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010, (16) |
/// | `XavierNormal` | normal around 0 | `2/(n + m)` | the same, (12) |
/// | `KaimingUniform` | uniform in `−a .. a`, `a = √(6/n)` | `2/n` | K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers*, 2015, (10) |
/// | `KaimingNormal` | normal around 0 | `2/n` | the same |
/// | `Zeros` | 0 | 0 | |
/// | `Constant` | the number | 0 | |
///
/// n is the number of inputs of the layer (the fan-in), m that of its outputs (the fan-out); see [`Fans`].
/// Xavier's variances suit `tanh` and `sigmoid`, Kaiming's `relu` and its like. A layer of many inputs that
/// starts uniform in −1 … 1 starts saturated.
///
/// Its text is its name in lower case, with its numbers where it has any: `kaiming_normal`,
/// `uniform(-0.5,0.5)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// Uniform from `low`, included, to `high`, excluded but for rounding.
    Uniform {
        /// The least value.
        low: f64,
        /// Where the values end.
        high: f64,
    },
    /// Uniform, of variance 2/(fan-in + fan-out).
    XavierUniform,
    /// Normal, of variance 2/(fan-in + fan-out).
    XavierNormal,
    /// Uniform, of variance 2/fan-in.
    KaimingUniform,
    /// Normal, of variance 2/fan-in.
    KaimingNormal,
    /// All zero.
    Zeros,
    /// All this number.
    Constant(f64),
}

impl Default for Initializer {
    /// Uniform in −1 … 1, as in the tutorial.
    fn default() -> Self {
        Self::Uniform {
            low: -1.0,
            high: 1.0,
        }
    }
}

/// How many values a layer takes and yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fans {
    /// The number of inputs of the layer: the terms that each output is a sum of, but for the bias.
    pub inputs: usize,
    /// The number of outputs of the layer: the sums that each input goes into.
    pub outputs: usize,
}

impl Initializer {
    /// One draw for a layer with these fans. `Zeros` and `Constant` draw nothing, the uniform ones one word
    /// of the generator, the normal ones two or, now and then, more.
    ///
    /// ```
    /// use dagrad_graph::stream;
    /// use dagrad_nn::{Fans, Initializer};
    ///
    /// let fans = Fans { inputs: 4, outputs: 8 };
    /// let weight = Initializer::XavierUniform.draw(fans, &mut stream(7, "hidden.0", "w0"));
    /// assert!(weight.abs() <= (6.0_f64 / 12.0).sqrt());
    /// ```
    pub fn draw(self, fans: Fans, random: &mut dyn Rng) -> f64 {
        let inputs = fans.inputs as f64;
        let both = inputs + fans.outputs as f64;
        match self {
            Self::Uniform { low, high } => uniform(low, high, random),
            Self::XavierUniform => symmetric((6.0 / both).sqrt(), random),
            Self::XavierNormal => (2.0 / both).sqrt() * normal(random),
            Self::KaimingUniform => symmetric((6.0 / inputs).sqrt(), random),
            Self::KaimingNormal => (2.0 / inputs).sqrt() * normal(random),
            Self::Zeros => 0.0,
            Self::Constant(value) => value,
        }
    }
}

/// Uniform in 0 … 1: the upper 53 bits of the next word, as a fraction.
fn unit(random: &mut dyn Rng) -> f64 {
    const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
    (random.next_u64() >> 11) as f64 * STEP
}

fn uniform(low: f64, high: f64, random: &mut dyn Rng) -> f64 {
    low + (high - low) * unit(random)
}

fn symmetric(bound: f64, random: &mut dyn Rng) -> f64 {
    uniform(-bound, bound, random)
}

/// Normal, of mean 0 and variance 1, by the polar method (G. Marsaglia, T. A. Bray, *A convenient method for
/// generating normal variables*, 1964): a point in the unit disc, whose square distance is uniform. The
/// second number that a point gives is not used, so that a parameter's value depends on no other draw.
fn normal(random: &mut dyn Rng) -> f64 {
    loop {
        let (x, y) = (uniform(-1.0, 1.0, random), uniform(-1.0, 1.0, random));
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

impl fmt::Display for Initializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Uniform { low, high } => write!(f, "uniform({},{})", Number(low), Number(high)),
            Self::XavierUniform => f.write_str("xavier_uniform"),
            Self::XavierNormal => f.write_str("xavier_normal"),
            Self::KaimingUniform => f.write_str("kaiming_uniform"),
            Self::KaimingNormal => f.write_str("kaiming_normal"),
            Self::Zeros => f.write_str("zeros"),
            Self::Constant(value) => write!(f, "constant({})", Number(value)),
        }
    }
}

impl FromStr for Initializer {
    type Err = UnknownName;

    /// Reads what is printed, and `uniform` for the one in −1 … 1.
    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let read = name_and_numbers(text).and_then(|(name, numbers)| {
            Some(match (name, numbers.as_slice()) {
                ("uniform", []) => Self::default(),
                ("uniform", &[low, high]) => Self::Uniform { low, high },
                ("xavier_uniform", []) => Self::XavierUniform,
                ("xavier_normal", []) => Self::XavierNormal,
                ("kaiming_uniform", []) => Self::KaimingUniform,
                ("kaiming_normal", []) => Self::KaimingNormal,
                ("zeros", []) => Self::Zeros,
                ("constant", &[value]) => Self::Constant(value),
                (_, _) => return None,
            })
        });
        read.ok_or_else(|| UnknownName {
            wanted: "`uniform(low,high)`, `xavier_uniform`, `xavier_normal`, `kaiming_uniform`, \
                     `kaiming_normal`, `zeros` or `constant(value)`",
            got: text.to_owned(),
        })
    }
}
