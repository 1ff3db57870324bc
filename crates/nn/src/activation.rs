//! Activation functions, and the macro that applies one to every value of a list.

use crate::configuration::{Configured, Number, Settings, UnknownName, Written, name_and_numbers};
use dagrad_graph::{Arity, Build, BuildError, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::{Expr, Op, Scope, scope};
use std::f64::consts::FRAC_1_SQRT_2;
use std::fmt;
use std::str::FromStr;

/// A function of one value that makes a network more than linear.
///
/// | activation | value | from |
/// |---|---|---|
/// | `Identity` | x | |
/// | `Relu` | max(x, 0) | |
/// | `Sigmoid` | 1/(1 + e⁻ˣ) | |
/// | `Tanh` | tanh x | |
/// | `Softplus` | ln(1 + eˣ) | |
/// | `LeakyRelu` | x above 0, else slope·x | A. L. Maas, A. Y. Hannun, A. Y. Ng, *Rectifier nonlinearities improve neural network acoustic models*, 2013 |
/// | `Elu` | x above 0, else alpha·(eˣ − 1) | D.-A. Clevert, T. Unterthiner, S. Hochreiter, *Fast and accurate deep network learning by exponential linear units*, 2016 |
/// | `Silu` | x/(1 + e⁻ˣ) | S. Elfwing, E. Uchibe, K. Doya, *Sigmoid-weighted linear units*, 2018 |
/// | `Gelu` | x·Φ(x) = x/2·(1 + erf(x/√2)), not an approximation | D. Hendrycks, K. Gimpel, *Gaussian error linear units*, 2016 |
///
/// `docs/numerics.md` says what they do at kinks and far from zero.
///
/// Its text is its name, with its number where that is not the usual one: `relu`, `leaky_relu`,
/// `leaky_relu(0.2)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// The value itself.
    Identity,
    /// The value where it is above zero, else zero.
    Relu,
    /// The logistic function.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// The smooth version of `Relu`.
    Softplus,
    /// The value where it is above zero, else a part of it.
    LeakyRelu {
        /// The slope below zero, and at zero; usually 0.01.
        slope: f64,
    },
    /// The value where it is above zero, else an exponential that ends at −alpha.
    Elu {
        /// Usually 1, with which the slope has no jump.
        alpha: f64,
    },
    /// The value times its sigmoid.
    Silu,
    /// The value times the probability that a normal variable is below it.
    Gelu,
}

impl Activation {
    /// `LeakyRelu` with its usual slope, 0.01.
    pub const LEAKY_RELU: Self = Self::LeakyRelu { slope: 0.01 };
    /// `Elu` with its usual alpha, 1.
    pub const ELU: Self = Self::Elu { alpha: 1.0 };

    /// Builds the activation of each of `operands` from elementary operations: as many nodes, in their
    /// order.
    ///
    /// # Errors
    /// Where an operand is no key of this graph, or there is no room for more nodes. What was built until
    /// then stays.
    pub fn build(
        self,
        graph: &mut impl Build<Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError> {
        let built = scope(graph, |s| {
            let formula = self.formula(s);
            operands.iter().map(|&x| formula(s.at(x)).id()).collect()
        });
        built.map_err(|error| error.cause)
    }

    /// The formula, whose constants are made once.
    fn formula<'s>(self, s: Scope<'s>) -> Box<dyn Fn(Expr<'s>) -> Expr<'s> + 's> {
        match self {
            Self::Identity => Box::new(|x| x),
            Self::Relu => Box::new(Expr::relu),
            Self::Sigmoid => Box::new(Expr::sigmoid),
            Self::Tanh => Box::new(Expr::tanh),
            Self::Softplus => Box::new(Expr::softplus),
            Self::LeakyRelu { slope } => {
                let (zero, slope) = (s.constant(0.0), s.constant(slope));
                Box::new(move |x| x.gt(zero).select(x, slope * x))
            }
            Self::Elu { alpha } => {
                let (zero, alpha) = (s.constant(0.0), s.constant(alpha));
                Box::new(move |x| {
                    let above = x.gt(zero);
                    // Where the exponential is not used it is taken of a harmless zero: its slope at a
                    // large operand would be infinite, and an adjoint of zero does not stop that.
                    above.select(x, alpha * above.select(zero, x).expm1())
                })
            }
            Self::Silu => Box::new(|x| x * x.sigmoid()),
            Self::Gelu => {
                let (half, one) = (s.constant(0.5), s.constant(1.0));
                let scale = s.constant(FRAC_1_SQRT_2);
                Box::new(move |x| half * x * (one + (x * scale).erf()))
            }
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_number = |f: &mut fmt::Formatter<'_>, name, number, usual| {
            if *self == usual {
                f.write_str(name)
            } else {
                write!(f, "{name}({})", Number(number))
            }
        };
        match *self {
            Self::Identity => f.write_str("identity"),
            Self::Relu => f.write_str("relu"),
            Self::Sigmoid => f.write_str("sigmoid"),
            Self::Tanh => f.write_str("tanh"),
            Self::Softplus => f.write_str("softplus"),
            Self::LeakyRelu { slope } => with_number(f, "leaky_relu", slope, Self::LEAKY_RELU),
            Self::Elu { alpha } => with_number(f, "elu", alpha, Self::ELU),
            Self::Silu => f.write_str("silu"),
            Self::Gelu => f.write_str("gelu"),
        }
    }
}

impl FromStr for Activation {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let read = name_and_numbers(text).and_then(|(name, numbers)| {
            Some(match (name, numbers.as_slice()) {
                ("identity", []) => Self::Identity,
                ("relu", []) => Self::Relu,
                ("sigmoid", []) => Self::Sigmoid,
                ("tanh", []) => Self::Tanh,
                ("softplus", []) => Self::Softplus,
                ("leaky_relu", []) => Self::LEAKY_RELU,
                ("leaky_relu", &[slope]) => Self::LeakyRelu { slope },
                ("elu", []) => Self::ELU,
                ("elu", &[alpha]) => Self::Elu { alpha },
                ("silu", []) => Self::Silu,
                ("gelu", []) => Self::Gelu,
                (_, _) => return None,
            })
        });
        read.ok_or_else(|| UnknownName {
            wanted: "`identity`, `relu`, `sigmoid`, `tanh`, `softplus`, `leaky_relu(slope)`, \
                     `elu(alpha)`, `silu` or `gelu`",
            got: text.to_owned(),
        })
    }
}

/// Applies an [`Activation`] to each of its operands: n operands, n ports.
///
/// Its text is `activate[relu]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activate(pub Activation);

impl Configured for Activate {
    const NAME: &'static str = "activate";
    const WANTED: &'static str = "an activation in brackets, as in `activate[relu]`";

    fn write(&self, to: &mut Written) {
        to.word(self.0);
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        from.word().map(Self)
    }
}

impl Macro<Op> for Activate {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn configuration(&self) -> Option<String> {
        self.in_brackets()
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn ports(&self, operands: usize) -> usize {
        operands
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        Ok(self.0.build(at, operands)?)
    }
}
