#![forbid(unsafe_code)]
//! The tape of `dagrad`: a graph as dense scalar instructions, for passes.
//!
//! A graph is for people; a [`Tape`] is for whatever is made of it. It has one scalar instruction for each
//! *slot*, operands always stand before their use, it is verified once and then trusted. Every optimisation, the
//! derivative and every exporter turns a tape into something.
//!
//! # From a graph to its derivatives
//!
//! [`lower`] takes from a graph what some outputs need. A tape prints as its [listing](Tape::parse),
//! which reads back:
//!
//! ```
//! # use dagrad_graph::Graph;
//! # use dagrad_ops::{GraphScope, Op};
//! # use dagrad_tape::{Tape, lower_outputs};
//! let mut graph = Graph::<Op>::new();
//! let loss = graph.scope(|s| {
//!     let (x, t) = (s.feature("x"), s.target("t"));
//!     let (w, b) = (s.parameter("w", 0.5), s.parameter("b", 0.0));
//!     let y = (w * x + b).tanh();
//!     ((y - t).square() + 0.01 * w.square()).id()
//! })?;
//! graph.add_output("loss", &[loss])?;
//!
//! let tape = lower_outputs(&graph)?;
//! assert_eq!(
//!     tape.to_string(),
//!     r#"dagrad tape 1
//! input[0] = feature "x"
//! input[1] = target "t"
//! parameter[0] = "w"
//! parameter[1] = "b"
//! per sample %0 = input[0]
//! per sample %1 = input[1]
//! shared     %2 = parameter[0]
//! shared     %3 = parameter[1]
//! per sample %4 = mul(%2, %0)
//! per sample %5 = add(%4, %3)
//! per sample %6 = tanh(%5)
//! per sample %7 = sub(%6, %1)
//! per sample %8 = square(%7)
//! constant   %9 = constant 0.01
//! shared     %10 = square(%2)
//! shared     %11 = mul(%9, %10)
//! per sample %12 = add(%8, %11)
//! output "loss" = %12
//! "#,
//! );
//! assert_eq!(tape.to_string().parse::<Tape>()?.to_string(), tape.to_string());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Each line starts with the [`Class`] of its slot: what depends on parameters only is *shared* and need not
//! be computed again for each sample, such as the weight penalty above.
//!
//! [`differentiate`] appends instructions for adjoints, by reverse accumulation, and an output for the
//! derivatives. What comes out is a tape like any other: it can be [interpreted](interpret), differentiated
//! again, or read as a [formula](Tape::formula_of_output).
//!
//! ```
//! # use dagrad_tape::{Tape, Variables, differentiate, interpret, output_values};
//! # let tape: Tape = r#"dagrad tape 1
//! # input[0] = feature "x"
//! # input[1] = target "t"
//! # parameter[0] = "w"
//! # parameter[1] = "b"
//! # %0 = input[0]
//! # %1 = input[1]
//! # %2 = parameter[0]
//! # %3 = parameter[1]
//! # %4 = mul(%2, %0)
//! # %5 = add(%4, %3)
//! # %6 = tanh(%5)
//! # %7 = sub(%6, %1)
//! # %8 = square(%7)
//! # %9 = constant 0.01
//! # %10 = square(%2)
//! # %11 = mul(%9, %10)
//! # %12 = add(%8, %11)
//! # output "loss" = %12
//! # "#.parse()?;
//! let tape = differentiate(&tape, "loss", Variables::Parameters, "gradient")?;
//! let gradient = tape.formula_of_output("gradient").expect("it was just added");
//! assert_eq!(
//!     gradient.to_string(),
//!     "gradient[0] = h2·x + 1·0.01·(w + w)
//! gradient[1] = h2
//! where h0 = tanh(w·x + b)
//! where h1 = h0 - t
//! where h2 = 1·(h1 + h1)·(1 - h0·h0)",
//! );
//!
//! // Inputs and parameters come in declared order.
//! let values = interpret(&tape, &[2.0, 1.0], &[0.5, -1.0])?;
//! assert_eq!(output_values(&tape, "gradient", &values), Some(vec![-3.99, -2.0]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`directional_derivative`] is forward accumulation; the direction comes in as further inputs. Of a
//! gradient it is a product of the Hessian and a vector, in one tape for all vectors:
//!
//! ```
//! # use dagrad_tape::{Tape, Variables, differentiate, directional_derivative, interpret, output_values};
//! let tape: Tape = r#"dagrad tape 1
//! input[0..2] = feature
//! %0 = input[0]
//! %1 = input[1]
//! %2 = square(%0)
//! %3 = mul(%2, %1)
//! output "y" = %3
//! "#.parse()?;
//! let tape = differentiate(&tape, "y", Variables::Inputs, "gradient")?;
//! let tape = directional_derivative(&tape, "gradient", Variables::Inputs, "product")?;
//!
//! // The Hessian of x²·y is [[2y, 2x], [2x, 0]].
//! let (x, direction) = ([3.0, 5.0], [1.0, -1.0]);
//! let inputs = [x, direction].concat();
//! let values = interpret(&tape, &inputs, &[])?;
//! assert_eq!(output_values(&tape, "product", &values), Some(vec![10.0 - 6.0, 6.0]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Architecture invariants
//!
//! - Past its construction a tape is [valid](Tape::verify), and nothing checks it again. It is never changed.
//! - Over a floating-point type the interpreter gives the bits of the reference sweeps, values and derivatives.
//! - Nothing here recurses over the depth of a tape; no hash order reaches an output.
//! - Names and scopes are for reading only: nothing that is computed depends on them.
//! - A tape knows no parameter values, kernels, batches or threads.

mod codes;
mod instruction;
mod instructions;
mod tape;
mod texts;
mod verify;

mod differentiate;
mod direction;
mod interpret;
mod jacobian;
mod lower;
mod mean;
mod term;

mod formula;
mod text;

pub mod passes;

pub use differentiate::{
    DifferentiateError, Variables, differentiate, differentiate_mean, differentiate_seeded,
    differentiate_slot,
};
pub use direction::directional_derivative;
pub use formula::TapeValues;
pub use instruction::{Class, Code, Instruction, Slot};
pub use interpret::{InterpretError, TapeScalar, interpret, interpret_reduced, output_values};
pub use jacobian::jacobian;
pub use lower::{LowerError, lower, lower_outputs};
pub use mean::{OutputError, mean_output};
pub use tape::{Call, Input, InputKind, Output, OutputKind, Tape};
pub use text::{TapeParseError, TapeProblem};
pub use verify::TapeError;
