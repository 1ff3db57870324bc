//! What the graph asks of an operation, and nothing more.
//!
//! The arena needs an [`Operator`]: how many operands it takes and what it is called. The reference
//! sweeps further ask for [`Evaluate`], the parser for [`Vocabulary`], the formula printer for
//! [`Notate`]. The graph never learns which operations exist.

use std::fmt;

/// The words that listings use for nodes that are no operations, which therefore no operation can be
/// called.
pub const RESERVED_NAMES: [&str; 8] = [
    "feature",
    "target",
    "parameter",
    "constant",
    "macro",
    "port",
    "alias",
    "output",
];

/// An elementary operation, as the arena sees it.
pub trait Operator: Clone {
    /// The number of operands that this operation takes.
    fn arity(&self) -> Arity;

    /// The name that listings, messages and the parser use: ASCII letters, digits and `_`,
    /// not starting with a digit, and none of the [`RESERVED_NAMES`].
    fn name(&self) -> &str;

    /// What distinguishes this operation from others of the same name, such as the exponent of an
    /// integer power. A listing prints it in brackets: `powi[3](%0)`. It must not contain `[`, `]`
    /// or a line break.
    fn configuration(&self) -> Option<String> {
        None
    }
}

/// An operation that the sweeps can run over the scalar type `S`.
pub trait Evaluate<S>: Operator {
    /// Whether [`value`](Self::value) and [`contributions`](Self::contributions) mean anything over
    /// `S`. An evaluator asks this before it runs anything.
    fn supports_scalar(&self) -> bool {
        true
    }

    /// The value of this operation at `operands`, whose number obeys the arity.
    fn value(&self, operands: &[S]) -> S;

    /// Whether the operand at position `operand` ever receives a contribution. A comparison
    /// contributes to none of its operands, a select not to its condition.
    ///
    /// Where this is false no term is added at all, which differs from adding zero: `0.0 + -0.0`
    /// is not `-0.0`.
    fn contributes(&self, operand: usize) -> bool {
        let _ = operand;
        true
    }

    /// Writes to `contributions[i]` what this operation adds to the adjoint of operand `i`, given
    /// its operands, its own value there, and its own adjoint.
    ///
    /// `contributions` is as long as `operands`; what is written at a position that does not
    /// [contribute](Self::contributes) is never read.
    fn contributions(&self, operands: &[S], value: S, adjoint: S, contributions: &mut [S]);
}

/// An operation that can be found by its name, which is what reading a listing takes.
pub trait Vocabulary: Operator {
    /// The operation called `name`, configured by the text between the brackets, if any.
    ///
    /// # Errors
    /// [`VocabularyError::Unknown`] where no operation has this name, and
    /// [`VocabularyError::Configuration`] where the configuration does not fit it.
    fn from_name(name: &str, configuration: Option<&str>) -> Result<Self, VocabularyError>;
}

/// Why a [`Vocabulary`] has no such operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VocabularyError {
    /// No operation has this name.
    #[error("no operation is called `{0}`")]
    Unknown(String),
    /// No macro has this name.
    #[error("no macro is called `{0}`")]
    UnknownMacro(String),
    /// The operation or macro exists, but not with this configuration.
    #[error("`{name}` takes {wanted}, got {got}")]
    Configuration {
        /// The operation's name.
        name: String,
        /// What its configuration has to be, in words: `an integer in brackets`.
        wanted: String,
        /// What was found instead, in words.
        got: String,
    },
}

/// An operation that a formula can show in the notation of mathematics.
pub trait Notate: Operator {
    /// How this operation is written.
    fn notation(&self) -> Notation;
}

/// How an operation is written in a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Between its operands, `a - b`, or between each two of several, `a + b + c`.
    Infix {
        /// The symbol, without spaces around it.
        symbol: &'static str,
        /// The symbol where only ASCII will do.
        ascii: &'static str,
        /// How tightly it binds.
        precedence: Precedence,
        /// What an operand of the same precedence needs to be read right.
        grouping: Grouping,
    },
    /// Before its operand: `-a`, `1/a`.
    Prefix {
        /// The symbol.
        symbol: &'static str,
        /// How tightly it binds.
        precedence: Precedence,
    },
    /// As a constant power of its operand: `a^3`.
    Power {
        /// The exponent.
        exponent: i32,
    },
    /// As a function of its operands: `name(a, b)`, by this name.
    Function(String),
}

/// How tightly a notation binds, from loose to tight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precedence {
    /// `a < b`.
    Comparison,
    /// `a + b`, `a - b`.
    Sum,
    /// `a * b`, `a / b`.
    Product,
    /// `-a`.
    Sign,
    /// `a^b`.
    Power,
}

/// Which operands of the same precedence may stand without parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// The first operand only: `(a - b) - c` is `a - b - c`.
    Left,
    /// The last operand only: `a^(b^c)` is `a^b^c`.
    Right,
    /// None: `(a < b) < c`.
    Never,
}

/// The number of operands that an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Just so many.
    Exactly(usize),
    /// So many or more.
    AtLeast(usize),
}

impl Arity {
    /// Whether `count` operands are right.
    #[must_use]
    pub fn accepts(self, count: usize) -> bool {
        match self {
            Self::Exactly(wanted) => count == wanted,
            Self::AtLeast(wanted) => count >= wanted,
        }
    }
}

impl fmt::Display for Arity {
    /// `1 operand`, `2 operands`, `at least 1 operand`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, count) = match *self {
            Self::Exactly(count) => ("", count),
            Self::AtLeast(count) => ("at least ", count),
        };
        let plural = if count == 1 { "" } else { "s" };
        write!(f, "{words}{count} operand{plural}")
    }
}
