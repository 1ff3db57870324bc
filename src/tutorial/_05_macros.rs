//! Layers: one node that stands for many.
//!
//! *Exercise 4: a linear layer is just a macro, for as many weights as it has inputs and a bias. Replace such nodes
//! by elementary operations, recursively, before training.*
//!
//! # One node
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, y) = (g.feature("x")?, g.feature("y")?);
//! let out = g.linear("out", &[x, y], 1)?; // from two values to one
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
//! // It can be printed and drawn, but it has no value yet.
//! let error = predict(&g, &[3.0, 4.0]).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     r#"%2 = macro linear[1](%0, %1) "out" has to be expanded first: call `expand`"#
//! );
//! # Ok(())
//! # }
//! ```
//!
//! A layer may yield several values, so it has *ports*, and a port is what others use.
//!
//! # And many
//!
//! [`expand`](crate::graph::Graph::expand) replaces every macro by what it stands for. Here these are the exercise's
//! |inputs| + 1 parameters, weights first and the bias last. The number is a seed, which we will come to.
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut g = Graph::new();
//! # let (x, y) = (g.feature("x")?, g.feature("y")?);
//! # let out = g.linear("out", &[x, y], 1)?;
//! # g.add_output("out", &out)?;
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
//!
//! // Who held the key of the port holds the key of the sum: it denotes the same value.
//! assert_eq!(g.describe(out[0])?, r#"%7 = add(%5, %6, %4) in "out""#);
//!
//! // What was made remembers the layer that it belongs to, and can be found by it.
//! for (path, value) in [("out.w0", 2.0), ("out.w1", -1.0), ("out.b", 0.5)] {
//!     let parameter = g.find_path(path).ok_or("the layer has this parameter")?;
//!     g.set_parameter(parameter, value)?;
//! }
//! assert_eq!(predict(&g, &[3.0, 4.0])?, [2.5]); // 2 · 3 − 1 · 4 + 0.5
//! # Ok(())
//! # }
//! ```
//!
//! # Macros in macros
//!
//! *Recursively* matters: a macro may be made of macros. An [`Mlp`](crate::Mlp), a multilayer perceptron, is one of linear
//! layers and activations. From two values over two to one it has 2 · (2 + 1) + (2 + 1) = 9 parameters.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, y) = (g.feature("x")?, g.feature("y")?);
//! let out = g.mlp("net", &[x, y], [2, 1])?;
//! g.add_output("out", &out)?;
//! assert_eq!(g.parameters().len(), 0);
//!
//! g.expand(42)?;
//! assert!(!g.has_macros());
//! assert_eq!(g.parameters().len(), 9);
//! let bias = g.find_path("net.0.1.b").ok_or("layer 0, neuron 1, bias")?;
//! assert_eq!(g.scope_path(bias)?, "net.0.1");
//! # Ok(())
//! # }
//! ```
//!
//! # Where parameters start
//!
//! Initial values are drawn at random, but from no common source: each parameter has a *stream* of its own, which
//! depends on the seed, the path and the name of the parameter, and on nothing else. The same seed gives the same bits on
//! every machine, and a new layer leaves the others as they were.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! /// Where `out.w0` starts, with another layer beside it or without.
//! fn start(seed: u64, another: bool) -> Result<f64, Box<dyn std::error::Error>> {
//!     let mut g = Graph::new();
//!     let x = g.feature("x")?;
//!     if another {
//!         g.linear("another", &[x], 10)?;
//!     }
//!     g.linear("out", &[x], 1)?;
//!     g.expand(seed)?;
//!     Ok(g.parameter_value(g.find_path("out.w0").ok_or("a weight")?)?)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! assert_eq!(start(42, false)?, start(42, false)?);
//! assert_eq!(start(42, true)?, start(42, false)?);
//! assert_ne!(start(43, false)?, start(42, false)?);
//! # Ok(())
//! # }
//! ```
//!
//! The documentation of [`nn`](crate::nn#a-macro-of-ones-own) shows how to write a macro of one's own.
//!
//! Next: [lists](super::_06_lists).
