#![forbid(unsafe_code)]
//! The tape of `dagrad`: a graph as dense scalar instructions, for passes.

mod instruction;
mod tape;
mod texts;
mod verify;

mod differentiate;
mod direction;
mod interpret;
mod lower;
mod term;

mod formula;
mod text;

pub use differentiate::{
    DifferentiateError, Variables, differentiate, differentiate_seeded, differentiate_slot,
};
pub use direction::directional_derivative;
pub use formula::TapeValues;
pub use instruction::{Class, Code, Instruction, Slot};
pub use interpret::{InterpretError, TapeScalar, interpret, output_values};
pub use lower::{LowerError, lower, lower_outputs};
pub use tape::{Call, Input, InputKind, Output, Tape};
pub use text::{TapeParseError, TapeProblem};
pub use verify::TapeError;
