#![forbid(unsafe_code)]
//! Computation graphs of **scalars** in which a value may have many users, with gradients by reverse
//! accumulation.
//!
//! Write a model one scalar at a time, as a graph that can be read, edited and printed; then train it.
//!
//! # A model
//!
//! A [`Graph`] is an arena of nodes: inputs, parameters, constants and elementary operations. Nodes are
//! added by [method](GraphOperations) or, inside a [scope](GraphScope::scope), by formula, and referred
//! to by their [`NodeId`]. Any node may be an operand of any number of others.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, t) = (g.feature("x")?, g.target("t")?);
//! let (w, b) = (g.parameter("w", 0.5)?, g.parameter("b", 0.0)?);
//! let (y, loss) = g.scope(|s| {
//!     let y = (s.at(w) * s.at(x) + s.at(b)).tanh();
//!     let error = y - s.at(t);
//!     (y.id(), (error * error).id()) // `error` is used twice, `y` by two nodes.
//! })?;
//! g.add_output("y", &[y])?;
//! # Ok(())
//! # }
//! ```
//!
//! # Reading it
//!
//! The canonical listing is what a graph *is*: it shows every node, it reads back to an equal graph,
//! and two graphs are equal when their listings are.
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let text = r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = parameter 0.5 "w"
//! %2 = mul(%1, %0)
//! %3 = tanh(%2)
//! output "y" = %3
//! "#;
//! let g: Graph = text.parse()?;
//! assert_eq!(g.to_string(), text);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Formula`](graph::Formula) is what a graph *says*: any value, or a list output, as mathematics, in names or in
//! numbers. What is used more than once is written once, unless asked for inlined.
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let y = g.scope(|s| {
//!     let h = (s.parameter("w", 0.5) * s.feature("x") + s.parameter("b", -1.0)).tanh();
//!     (h.square() - s.constant(2.0) * h).id()
//! })?;
//! assert_eq!(g.formula(y)?.to_string(), "h0^2 - 2·h0\nwhere h0 = tanh(w·x + b)");
//! assert_eq!(
//!     g.formula(y)?.numbers().inlined(1000)?.to_string(),
//!     "tanh(0.5·x + (-1))^2 - 2·tanh(0.5·x + (-1))",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! # Values and gradients
//!
//! An [`Evaluator`] runs the two reference sweeps, which define what a graph means.
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (a, b) = (g.feature("a")?, g.feature("b")?);
//! let y = g.scope(|s| (s.at(a) * s.at(b) + s.at(a).exp()).id())?;
//!
//! let mut evaluator = Evaluator::new(&g);
//! evaluator.set_features(&g, &[0.0, 3.0])?;
//! evaluator.reverse(&g, &[(y, 1.0)])?;
//! assert_eq!(evaluator.value(y)?, 1.0);
//! assert_eq!(evaluator.adjoint(a)?, 4.0); // b + exp(a)
//! # Ok(())
//! # }
//! ```
//!
//! # Layers
//!
//! A layer is a [macro](Macro): one node that stands for many. It can be printed and read as it stands; before
//! anything is computed, [`expand`](graph::Graph::expand) replaces it by elementary operations. Parameters are called
//! after their layer, and start where the seed says. [`nn`] has layers, activations, losses and initialisers, and shows
//! how to write a macro of one's own.
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, y) = (g.feature("x")?, g.feature("y")?);
//! let hidden = g.linear("hidden", &[x, y], 2)?;
//! let out = g.activate("act", &hidden, Activation::Tanh)?;
//! g.add_output("out", &out)?;
//! assert_eq!(g.describe(hidden[1])?, "%4 = port[1](%2)");
//!
//! g.expand(42)?;
//! assert_eq!(
//!     g.listing().without_parameter_values().to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = feature "y"
//! %2 = parameter _ "w0" in "hidden.0"
//! %3 = parameter _ "w1" in "hidden.0"
//! %4 = parameter _ "b" in "hidden.0"
//! %5 = parameter _ "w0" in "hidden.1"
//! %6 = parameter _ "w1" in "hidden.1"
//! %7 = parameter _ "b" in "hidden.1"
//! %8 = mul(%2, %0) in "hidden.0"
//! %9 = mul(%3, %1) in "hidden.0"
//! %10 = add(%8, %9, %4) in "hidden.0"
//! %11 = tanh(%10) in "act"
//! %12 = mul(%5, %0) in "hidden.1"
//! %13 = mul(%6, %1) in "hidden.1"
//! %14 = add(%12, %13, %7) in "hidden.1"
//! %15 = tanh(%14) in "act"
//! output "out" = %11, %15
//! "#
//! );
//! assert_eq!(g.describe(hidden[1])?, r#"%14 = add(%12, %13, %7) in "hidden.1""#); // the same value
//! # Ok(())
//! # }
//! ```
//!
//! # Training and prediction
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (y, loss) = g.scope(|s| {
//!     let y = s.parameter("w", 0.0) * s.feature("x") + s.parameter("b", 0.0);
//!     (y.id(), (y - s.target("t")).square().id())
//! })?;
//! g.add_output("y", &[y])?;
//!
//! let line = |x: f64| Sample::new([x], [2.0 * x - 1.0]);
//! let data: Vec<_> = (0..10).map(|i| line(f64::from(i) / 10.0)).collect();
//! PerSample::new().learning_rate(0.1).print_every(0).minimize(&mut g, loss, &data)?;
//!
//! let mut predictor = Predictor::new(&g)?;
//! let predicted = predictor.predict_named(&g, &[("x", 5.0)])?;
//! assert!((predicted[0] - 9.0).abs() < 1e-6);
//! # Ok(())
//! # }
//! ```
//!
//! # Programs
//!
//! Sweeps are for looking at every value. To run a graph often, compile it: [`tape`] turns it into scalar
//! instructions, derivatives included, and [`exec`] those into a [`Program`], which finds the matrix products among the
//! scalars and runs over batches. A *strict* program gives the bits of the sweeps, a *fast* one comes within rounding
//! of them. [`MiniBatch`] trains that way, and [`PerSample`] over strict programs; by hand it goes like this:
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (y, loss) = g.scope(|s| {
//!     let y = s.parameter("w", 0.5) * s.feature("x") + s.parameter("b", 1.0);
//!     (y.id(), (y - s.target("t")).square().id())
//! })?;
//! g.add_output("y", &[y])?;
//!
//! // One vector of parameters for the program that trains and for the one that predicts.
//! let mut parameters = parameters_of::<f64, _>(&g)?;
//! let layout = parameters.layout().clone();
//! let options = Options { mode: Mode::Fast, ..Options::default() };
//! let training = Program::of_loss(&g, loss, &layout, options)?;
//! let predicting = Program::of_outputs(&g, &layout, options)?;
//!
//! let mut workspace = training.workspace();
//! let batch = Batch::of(3, &[0.0, 1.0, 2.0]).with_targets(&[1.0, 3.0, 5.0]);
//! for _ in 0..200 {
//!     training.step(&mut workspace, &mut parameters, &batch, "gradient", &mut Sgd { rate: 0.2 })?;
//! }
//!
//! let mut workspace = predicting.workspace();
//! let mut predicted = [0.0; 2];
//! predicting.run(&mut workspace, &parameters, &Batch::of(2, &[10.0, -10.0]))?;
//! workspace.copy(&predicting, "y", &mut predicted)?;
//! assert!((predicted[0] - 21.0).abs() < 1e-6 && (predicted[1] + 19.0).abs() < 1e-6);
//! store_parameters(&mut g, &parameters)?; // back into the graph, to be read and printed
//! # Ok(())
//! # }
//! ```
//!
//! The page of [`exec`] shows whatever else a program can run: gradients by inputs, Jacobians, products of the Hessian and
//! a vector.
//!
//! # The crates behind it
//!
//! This crate re-exports and documents, nothing else. [`graph`] is the arena and the reference sweeps,
//! [`ops`] the elementary operations, each written once, [`nn`] layers, losses and initialisers, [`tape`] the compiler's
//! instructions, [`exec`] programs, [`train`] training and prediction.
//!
//! The [`tutorial`] goes from a function to a graph, one page after the other.

pub mod tutorial;

pub use dagrad_exec as exec;
pub use dagrad_graph as graph;
pub use dagrad_nn as nn;
pub use dagrad_ops as ops;
pub use dagrad_tape as tape;
pub use dagrad_train as train;

pub use dagrad_exec::{
    Batch, Group, GroupKind, Layout, Mode, Options, Parameters, Program, Report, Sgd, Workspace,
    on_threads,
};
pub use dagrad_graph::{
    Arity, Build, BuildError, EditError, EvaluationError, Evaluator, ExpandError, Expansion,
    KeyError, Kind, Macro, MacroError, NameError, NodeId, OutputError, ParseError, Registry, Role,
};
pub use dagrad_nn::{Activation, GraphLayers, Initializer, Linear, LossError, Mlp};
pub use dagrad_ops::{
    Expr, GraphOperations, GraphScope, Op, Scope, ScopeError, User, UserOperation,
};
pub use dagrad_train::{
    MiniBatch, PerSample, PredictError, Predictor, Sample, TrainError, parameters_of, predict,
    store_parameters,
};

/// A graph of the elementary operations of [`ops`].
pub type Graph = dagrad_graph::Graph<Op>;

/// What a program that builds and trains graphs wants in scope: `use dagrad::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Activation, Batch, Evaluator, Expr, Graph, GraphLayers, GraphOperations, GraphScope,
        Initializer, Layout, Linear, MiniBatch, Mlp, Mode, NodeId, Options, Parameters, PerSample,
        Predictor, Program, Sample, Scope, Sgd, parameters_of, predict, store_parameters,
    };
}

/// The README's code is an example like any other.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So is that of the page on snapshots.
#[cfg(doctest)]
#[doc = include_str!("../docs/snapshot-testing.md")]
struct SnapshotTesting;

/// And of those on the compiler, and on when to use it.
#[cfg(doctest)]
#[doc = include_str!("../docs/compiler.md")]
struct Compiler;

/// See above.
#[cfg(doctest)]
#[doc = include_str!("../docs/choosing.md")]
struct Choosing;
