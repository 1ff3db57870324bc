//! Nothing is computed that is known.
//!
//! *Exercise 2: find the inputs once, and not for every prediction. Exercise 3: give the value computed before if and
//! only if the inputs have not changed.*
//!
//! Both are about an [`Evaluator`](crate::Evaluator), which keeps values *beside* the graph. It counts what it does, so
//! there is no need to believe that it caches: look at the counters.
//!
//! # Values
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (a, b) = (g.feature("a")?, g.feature("b")?);
//! let w = g.parameter("w", 2.0)?;
//! let (left, y) = g.scope(|s| {
//!     let left = s.at(a).exp(); // depends on a
//!     let right = s.at(w) * b; // depends on b and w
//!     (left.id(), (left + right).id())
//! })?;
//! let mut evaluator = Evaluator::new(&g);
//!
//! // Everything, the first time: an exponential, a product and a sum.
//! evaluator.set_features(&g, &[0.0, 3.0])?;
//! evaluator.forward(&g, &[y])?;
//! assert_eq!(evaluator.value(y)?, 7.0);
//! assert_eq!(evaluator.evaluations(), 3);
//!
//! // The same inputs once more: nothing.
//! evaluator.set_features(&g, &[0.0, 3.0])?;
//! evaluator.forward(&g, &[y])?;
//! assert_eq!(evaluator.evaluations(), 3);
//!
//! // Another b: the product and the sum, but not the exponential.
//! evaluator.set_input(&g, b, 4.0)?;
//! evaluator.forward(&g, &[y])?;
//! assert_eq!(evaluator.value(y)?, 9.0);
//! assert_eq!(evaluator.evaluations(), 3 + 2);
//!
//! // A parameter that has learnt is a change like any other.
//! g.set_parameter(w, 3.0)?;
//! evaluator.forward(&g, &[y])?;
//! assert_eq!(evaluator.value(y)?, 13.0);
//! assert_eq!(evaluator.evaluations(), 5 + 2);
//!
//! // What is not asked for is not computed.
//! evaluator.set_features(&g, &[1.0, 5.0])?;
//! evaluator.forward(&g, &[left])?;
//! assert_eq!(evaluator.evaluations(), 7 + 1);
//! # Ok(())
//! # }
//! ```
//!
//! *Changed* means changed in its bits. `-0.0` equals `0.0`, but 1 divided by it does not, so it counts as a change; and
//! NaN does not equal itself, but the same NaN once more is no change:
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let x = g.feature("x")?;
//! let y = g.scope(|s| (1.0 / s.at(x)).id())?;
//! let mut evaluator = Evaluator::new(&g);
//! let mut evaluations = Vec::new();
//! for value in [0.0, 0.0, -0.0, f64::NAN, f64::NAN] {
//!     evaluator.set_features(&g, &[value])?;
//!     evaluator.forward(&g, &[y])?;
//!     evaluations.push(evaluator.evaluations());
//! }
//! assert_eq!(evaluations, [1, 1, 2, 3, 3]);
//! # Ok(())
//! # }
//! ```
//!
//! A reverse sweep asks for the values of operands all the time. In the tree as it was first told, each such
//! question evaluates a subtree again. Here it costs no evaluation at all:
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut g = Graph::new();
//! # let x = g.feature("x")?;
//! # let y = g.scope(|s| (s.at(x).exp() * x).id())?;
//! # let mut evaluator = Evaluator::new(&g);
//! evaluator.set_features(&g, &[1.0])?;
//! evaluator.forward(&g, &[y])?;
//! let before = evaluator.evaluations();
//! evaluator.reverse(&g, &[(y, 1.0)])?;
//! assert_eq!(evaluator.evaluations(), before);
//! # Ok(())
//! # }
//! ```
//!
//! # Inputs and order
//!
//! Finding the inputs, and the order of nodes that both sweeps follow, takes a walk over the graph. It is taken
//! once, and again only after the graph was edited, which an evaluator notices by itself:
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let x = g.feature("x")?;
//! let y = g.scope(|s| (2.0 * s.at(x)).id())?;
//! let mut evaluator = Evaluator::new(&g);
//! for step in 0..1000 {
//!     evaluator.set_features(&g, &[f64::from(step)])?;
//!     evaluator.forward(&g, &[y])?;
//! }
//! assert_eq!(evaluator.orderings(), 1);
//!
//! let z = g.scope(|s| (s.at(y) + 1.0).id())?;
//! evaluator.forward(&g, &[z])?;
//! assert_eq!(evaluator.orderings(), 2);
//! assert_eq!(evaluator.value(z)?, 1999.0); // x is still 999
//! # Ok(())
//! # }
//! ```
//!
//! A [`Predictor`](crate::Predictor) is an evaluator that is kept for this reason.
//!
//! Next: [macros](super::_05_macros).
