//! What can be wrong with a listing.

use crate::instruction::Class;
use crate::tape::OutputKind;
use crate::verify::TapeError;
use dagrad_graph::syntax::Unexpected;
use dagrad_graph::{Arity, VocabularyError};

/// A text is no listing of a tape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct TapeParseError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted in characters from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: TapeProblem,
}

/// What is wrong with a listing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapeProblem {
    /// Something else was expected.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// Inputs and parameters are declared in order.
    #[error("{what}[{got}] out of order: the next one is {what}[{wanted}]")]
    OutOfOrder {
        /// `input` or `parameter`.
        what: &'static str,
        /// The number that comes next.
        wanted: usize,
        /// The number that the text has.
        got: u64,
    },
    /// A line for several names them as they do not count on.
    #[error("{first:?}..{last:?} are not {count} names that count on")]
    Names {
        /// The first name.
        first: String,
        /// The last name.
        last: String,
        /// How many the line is for.
        count: usize,
    },
    /// Lines for several stand for more than can be taken from a short text.
    #[error("too many inputs or parameters share a line")]
    TooLong,
    /// No line above declares the input or parameter.
    #[error("there is no {what}[{number}]: {count} are declared above")]
    Undeclared {
        /// `input` or `parameter`.
        what: &'static str,
        /// The number.
        number: u64,
        /// How many there are.
        count: usize,
    },
    /// Two slots are filled by one input or parameter.
    #[error("{what}[{number}] fills a slot above")]
    Twice {
        /// `input` or `parameter`.
        what: &'static str,
        /// The number.
        number: usize,
    },
    /// An operand has no line above.
    #[error("%{0} is not defined above")]
    Undefined(u64),
    /// Two slots have one number.
    #[error("%{0} is defined twice")]
    Repeated(u64),
    /// The class is stated, and another.
    #[error("stated as {stated}, but what it depends on makes it {right}")]
    Class {
        /// The class in the text.
        stated: Class,
        /// The right one.
        right: Class,
    },
    /// An instruction has a wrong number of operands.
    #[error("`{name}` takes {wanted}, got {got}")]
    Arity {
        /// What the instruction does.
        name: String,
        /// How many operands it takes.
        wanted: Arity,
        /// How many there are.
        got: usize,
    },
    /// The operation is not known.
    #[error(transparent)]
    Operation(VocabularyError),
    /// Calls are of user operations.
    #[error("`{0}` is no user operation: it stands without `call`, and has no partials here")]
    NoUser(String),
    /// The user operation has no such operand.
    #[error("`{name}` has no partial {partial}: it has {operands} operands here, counted from 0")]
    NoSuchPartial {
        /// Its name.
        name: String,
        /// The number of the partial.
        partial: u64,
        /// How many operands there are, without the value.
        operands: usize,
    },
    /// A sum of products has too few operands for its products, or no product.
    #[error("a dot of {products} products does not fit {operands} operands")]
    Products {
        /// The number of products.
        products: u64,
        /// The number of operands.
        operands: usize,
    },
    /// Two outputs have one name.
    #[error("there is an output {0:?} above")]
    OutputTaken(String),
    /// What does not depend on the sample has no mean.
    #[error("a mean is one over samples, and its operand is {0}")]
    MeanOf(Class),
    /// An operand is there for each sample, another only after all of them.
    #[error("operands per sample and reduced ones: a sample has no mean over all of them yet")]
    Mixed,
    /// An output has a slot that it cannot have.
    #[error("an output {} cannot have a slot that is {class}", match .kind {
        OutputKind::PerSample => "with a value for each sample",
        OutputKind::PerRun => "with one value for each run",
    })]
    OutputClass {
        /// How often the output is given.
        kind: OutputKind,
        /// The class of the first slot that is wrong.
        class: Class,
    },
    /// There are more than a tape can have.
    #[error("a tape has fewer than 2^32 slots, operands, inputs and parameters")]
    TooMany,
    /// What was read is no tape; the line is the last one.
    #[error(transparent)]
    Invalid(#[from] TapeError),
}
