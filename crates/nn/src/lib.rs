#![forbid(unsafe_code)]
//! Layers, losses and initialisers of dagrad.
//!
//! A layer is a *macro*: one node of a graph that stands for many, and is replaced by elementary operations
//! when the graph is expanded. Methods add them, wherever nodes can be added:
//!
//! ```
//! use dagrad_graph::Graph;
//! use dagrad_nn::{Activation, GraphLayers as _, Initializer, Linear, Mlp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, y) = (g.feature("x")?, g.feature("y")?);
//! let hidden = g.linear("hidden", &[x, y], 3)?;
//! let hidden = g.activate("tanh", &hidden, Activation::Tanh)?;
//! let out = Linear::new(2).weights(Initializer::XavierUniform).without_bias();
//! let logits = g.linear("out", &hidden, out)?;
//! let probabilities = g.softmax("softmax", &logits)?;
//! g.add_output("probabilities", &probabilities)?;
//! # Ok(())
//! # }
//! ```
//!
//! # Before and after
//!
//! A graph with macros can be printed, read back by the [`registry`] and drawn like any other. It cannot be
//! evaluated: first, [`expand`](dagrad_graph::Graph::expand) replaces each macro. Parameters are called
//! after the layer they belong to, and their initial values are drawn from streams that the seed begins:
//!
//! ```
//! use dagrad_graph::Graph;
//! use dagrad_nn::GraphLayers as _;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, y) = (g.feature("x")?, g.feature("y")?);
//! let out = g.linear("out", &[x, y], 1)?;
//! g.add_output("out", &out)?;
//! assert_eq!(
//!     g.to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = feature "y"
//! %2 = macro linear[1](%0, %1) "out"
//! %3 = port[0](%2)
//! output "out" = %3
//! "#
//! );
//!
//! g.expand(42)?;
//! assert_eq!(
//!     g.listing().without_parameter_values().to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = feature "y"
//! %2 = parameter _ "w0" in "out"
//! %3 = parameter _ "w1" in "out"
//! %4 = parameter _ "b" in "out"
//! %5 = mul(%2, %0) in "out"
//! %6 = mul(%3, %1) in "out"
//! %7 = add(%5, %6, %4) in "out"
//! output "out" = %7
//! "#
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # Losses
//!
//! A loss is a macro as well, over a list of predictions and as many targets: element by element
//! ([`MeanSquared`], [`MeanAbsolute`], [`Huber`], [`Hinge`], [`BinaryCrossEntropy`] and
//! [`BinaryCrossEntropyFromLogits`] are means over the list), or of the list as a whole
//! ([`CategoricalCrossEntropy`] and [`SoftmaxCrossEntropy`] are sums over the classes). Those that take
//! logits are the better end of a network that is to be trained.
//!
//! # A macro of one's own
//!
//! A macro says what it is called, how many operands it takes, how many values it yields, and what it stands
//! for, in which it may use other macros:
//!
//! ```
//! use dagrad_graph::{Arity, Build as _, Expansion, Graph, Macro, MacroError, NodeId};
//! use dagrad_nn::{Activation, GraphLayers as _, Mlp};
//! use dagrad_ops::Op;
//!
//! /// Two layers, and a connection around them.
//! struct ResidualBlock {
//!     hidden: usize,
//! }
//!
//! impl Macro<Op> for ResidualBlock {
//!     fn name(&self) -> &str {
//!         "residual_block"
//!     }
//!     fn configuration(&self) -> Option<String> {
//!         Some(self.hidden.to_string())
//!     }
//!     fn arity(&self) -> Arity {
//!         Arity::AtLeast(1)
//!     }
//!     fn ports(&self, operands: usize) -> usize {
//!         operands
//!     }
//!     fn expand(
//!         &self,
//!         at: &mut Expansion<'_, Op>,
//!         operands: &[NodeId],
//!     ) -> Result<Vec<NodeId>, MacroError> {
//!         let branch = at.mlp("branch", operands, [self.hidden, operands.len()])?;
//!         Ok(at.residual(operands, &branch)?)
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let xs = [g.feature("x")?, g.feature("y")?];
//! let first = g.add_macro("first", ResidualBlock { hidden: 4 }, &xs)?;
//! let second = g.add_macro("second", ResidualBlock { hidden: 4 }, &first)?;
//! g.add_output("out", &second)?;
//! assert_eq!(
//!     g.to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = feature "y"
//! %2 = macro residual_block[4](%0, %1) "first"
//! %3 = port[0](%2)
//! %4 = port[1](%2)
//! %5 = macro residual_block[4](%3, %4) "second"
//! %6 = port[0](%5)
//! %7 = port[1](%5)
//! output "out" = %6, %7
//! "#
//! );
//!
//! // So that a listing of it can be read back.
//! let registry = dagrad_nn::registry().with_macro("residual_block", |configuration| {
//!     let hidden = configuration.and_then(|text| text.parse().ok());
//!     let hidden = hidden.ok_or("a number of hidden values in brackets")?;
//!     Ok(ResidualBlock { hidden })
//! });
//! assert_eq!(Graph::parse(&g.to_string(), &registry)?.to_string(), g.to_string());
//!
//! g.expand(42)?;
//! assert!(g.find_path("second.branch.0.3.w1").is_some());
//! # Ok(())
//! # }
//! ```
//!
//! **Invariant.** This crate builds graphs. It knows nothing of evaluating, training, data or files.

// The modules stand in reading order, which the blank lines keep.
mod configuration;

mod initializer;

mod linear;

mod tied;

mod activation;

mod mlp;

mod softmax;

mod combine;

mod losses;

mod layers;
mod registry;

pub use activation::{Activate, Activation};
pub use combine::{ResidualError, concatenate, residual};
pub use configuration::UnknownName;
pub use initializer::{Fans, Initializer};
pub use layers::{
    GraphLayers, activate, binary_cross_entropy, binary_cross_entropy_from_logits,
    categorical_cross_entropy, hinge, huber, linear, mean_absolute, mean_squared, mlp, softmax,
    softmax_cross_entropy,
};
pub use linear::Linear;
pub use losses::{
    BinaryCrossEntropy, BinaryCrossEntropyFromLogits, CategoricalCrossEntropy, Hinge, Huber,
    LossError, MeanAbsolute, MeanSquared, SoftmaxCrossEntropy, loss, predictions_and_targets,
};
pub use mlp::Mlp;
pub use registry::registry;
pub use softmax::Softmax;
pub use tied::{LinearParameters, LinearWith, SharedLinear, linear_parameters, linear_with};
