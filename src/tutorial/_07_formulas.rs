//! Back from the graph to the function.
//!
//! *Exercise 6: turn a network into a function in notation that people read. `Add(Parameter(0.1), Parameter(0.2))` should
//! become `0.1 + 0.2`.*
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let sum = g.scope(|s| (s.parameter(None, 0.1) + s.parameter(None, 0.2)).id())?;
//! assert_eq!(g.formula(sum)?.numbers().to_string(), "0.1 + 0.2");
//! # Ok(())
//! # }
//! ```
//!
//! # The network of the first page
//!
//! By names it is the formula that we began with; in numbers it is the function. Parentheses stand where they are
//! needed.
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut g = Graph::new();
//! # let y = g.scope(|s| {
//! #     let x = s.feature("x");
//! #     let hidden = (s.parameter("w1", 0.5) * x + s.parameter("b1", -1.0)).relu();
//! #     (s.parameter("w2", 3.0) * hidden + s.parameter("b2", 0.25)).id()
//! # })?;
//! assert_eq!(g.formula(y)?.to_string(), "w2·relu(w1·x + b1) + b2");
//! assert_eq!(g.formula(y)?.numbers().to_string(), "3·relu(0.5·x + (-1)) + 0.25");
//! # Ok(())
//! # }
//! ```
//!
//! # Many users
//!
//! A formula is a tree, and a graph is not. Written out in full, the fifty doublings of [an earlier
//! page](super::_03_many_users#what-it-costs) would take more than 2⁵⁰ symbols. So a value that is used more than once gets a
//! name and a line of its own, which is what one would do on paper. Who wants it inlined can have that, up to a
//! length.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let y = g.scope(|s| {
//!     let h = s.parameter("w", 2.0) * s.feature("x");
//!     (h * h + h).id()
//! })?;
//! assert_eq!(g.formula(y)?.to_string(), "h0·h0 + h0\nwhere h0 = w·x");
//! assert_eq!(g.formula(y)?.inlined(100)?.to_string(), "w·x·(w·x) + w·x");
//!
//! let mut doubled = y;
//! for _ in 0..50 {
//!     doubled = g.add(&[doubled, doubled])?;
//! }
//! assert!(g.formula(doubled)?.inlined(1_000_000).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Layers and lists
//!
//! A macro that was not expanded is a function of its operands. An output that is a list has a line for each
//! of its values.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (x, y) = (g.feature("x")?, g.feature("y")?);
//! let out = g.linear("out", &[x, y], 2)?;
//! g.add_output("p", &out)?;
//! assert_eq!(
//!     g.formula_of_output("p")?.to_string(),
//!     "p[0] = out.0\np[1] = out.1\nwhere out = linear[2](x, y)"
//! );
//!
//! // Two weights are called `w0` now, so the path of each is written too.
//! g.expand(42)?;
//! assert_eq!(
//!     g.formula_of_output("p")?.to_string(),
//!     "p[0] = out_0_w0·x + out_0_w1·y + out_0_b\np[1] = out_1_w0·x + out_1_w1·y + out_1_b"
//! );
//! # Ok(())
//! # }
//! ```
//!
//! [`Formula`](crate::graph::Formula) has the rules, and the style for programs that evaluate formulas.
//!
//! # Where to go next
//!
//! - The [first page of this documentation](crate) shows everything at once, and names the crates behind it.
//! - [`nn`](crate::nn) has layers, losses and initialisers, and a macro of one's own.
//! - [`ops`](crate::ops) has the operations, and how to bring one along.
//! - [`graph`](crate::graph) has the arena: editing, the text form, pictures.
//! - `examples/` in the repository has programs on real data, and `docs/` pages on numerics, on adding an operation and
//!   on snapshots of what a program builds.
