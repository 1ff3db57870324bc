#![forbid(unsafe_code)]
//! The recursive tree of elementary operations that `dagrad` grew out of, kept beside it as the
//! baseline to beat and as an independent check.
//!
//! A model is a [`Node`]: a leaf, or an operation over further nodes. The tutorial that this crate
//! retells calls the nodes below an operation its *children* and the operation their *parent*; in a
//! graph these are *operands* and *users*. A node here has one parent at most, which is why it takes
//! no more than recursion to evaluate a model and to send derivatives (a graph's *adjoints*) down it,
//! and why a value that two others need has to be written, and computed, twice.
//!
//! There are two variants of the same recursion, and both are a [`Model`]:
//!
//! - [`RecomputingTree`], as it is told: whenever a gradient needs the value of a child, the child is
//!   evaluated again, with all that is below it; and every prediction searches the tree for its inputs.
//! - [`CachingTree`], with the tutorial's exercises 2 and 3 solved: the inputs are found once, by
//!   [`compile`](CachingTree::compile), and a node is evaluated again only if an input or a parameter
//!   below it has changed.
//!
//! Neither is improved beyond that. They ask for the same values the same number of times; what
//! operations compute and contribute is not restated here but asked of `dagrad-ops`.
//!
//! ```
//! use dagrad_tree::{Model, RecomputingTree, add, input, multiply, parameter};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = add([multiply([parameter(0.5), input()]), parameter(-1.0)]);
//! let mut tree = RecomputingTree::new(model);
//! assert_eq!(tree.predict(&[2.0])?, 0.0);
//! assert_eq!(
//!     tree.root().to_string(),
//!     "Add(Multiply(Parameter(0.5), Input(2.0)), Parameter(-1.0))",
//! );
//!
//! tree.backward(10.0); // Both parameters learn at once, at their rate of 0.01.
//! assert_eq!(
//!     tree.root().to_string(),
//!     "Add(Multiply(Parameter(0.3), Input(2.0)), Parameter(-1.1))",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # Depth
//!
//! Everything here recurses over the depth of the tree: evaluation, derivatives, printing, copying,
//! conversion, and the drop of a [`Node`]. A tree that is too deep for the stack ends the process. Up to
//! [`DEPTH_LIMIT`] levels fit the 2 MiB that a thread has by default; nothing checks it.

mod node;

mod builders;
mod print;

mod gradient;
mod model;

mod recomputing;

mod caching;

mod convert;
mod train;

mod tutorial;

pub use node::{DEFAULT_LEARNING_RATE, DEPTH_LIMIT, Input, Node, Operation, Parameter};

pub use builders::{add, constant, input, multiply, operation, parameter, relu, sigmoid};

pub use model::{Counts, InputCountError, Model};

pub use recomputing::RecomputingTree;

pub use caching::CachingTree;

pub use convert::ConvertError;
pub use train::{Settings, TrainError, print_epoch, train_model};

pub use tutorial::{
    bce_loss, bce_loss_gradient, binary_classifier, linear_classifier, mse_loss, mse_loss_gradient,
};
