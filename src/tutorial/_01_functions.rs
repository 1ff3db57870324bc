//! A network is a function, and a function is a graph.
//!
//! # The function
//!
//! Take a network of one input and two linear layers of one neuron each, with a relu between them. Followed layer
//! by layer, it is a formula:
//!
//! - the first layer makes `w1·x + b1` of the input,
//! - the relu makes `max(0, w1·x + b1)` of that,
//! - the second layer makes `w2·max(0, w1·x + b1) + b2` of that.
//!
//! With the weights and biases given, nothing is left but a function of `x`:
//!
//! ```
//! fn network(x: f64) -> f64 {
//!     let (w1, b1, w2, b2) = (0.5, -1.0, 3.0, 0.25);
//!     w2 * (w1 * x + b1).max(0.0) + b2
//! }
//!
//! assert_eq!(network(4.0), 3.25); // 3 · max(0, 2 − 1) + 0.25
//! assert_eq!(network(1.0), 0.25); // 3 · max(0, 0.5 − 1) + 0.25
//! ```
//!
//! # The graph
//!
//! A function can be called and nothing else. It does not tell which numbers may be learnt, and it does not tell
//! what a change of one of them would do. So write the formula down as data: every input, parameter and
//! intermediate value is a *node*, and every operation is a node that knows its *operands*.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let y = g.scope(|s| {
//!     let x = s.feature("x");
//!     let hidden = (s.parameter("w1", 0.5) * x + s.parameter("b1", -1.0)).relu();
//!     (s.parameter("w2", 3.0) * hidden + s.parameter("b2", 0.25)).id()
//! })?;
//! g.add_output("y", &[y])?;
//!
//! assert_eq!(
//!     g.to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = parameter 0.5 "w1"
//! %2 = parameter -1.0 "b1"
//! %3 = parameter 3.0 "w2"
//! %4 = parameter 0.25 "b2"
//! %5 = mul(%1, %0)
//! %6 = add(%5, %2)
//! %7 = relu(%6)
//! %8 = mul(%3, %7)
//! %9 = add(%8, %4)
//! output "y" = %9
//! "#
//! );
//! # Ok(())
//! # }
//! ```
//!
//! Inside [`scope`](crate::GraphScope::scope) the formula looks as it does in mathematics. What it leaves behind is the
//! *listing*: one line for each node, operands before those that use them. An input that predictions are
//! made from is a *feature*; a *parameter* is a number that training will change.
//!
//! # The value
//!
//! To evaluate the graph, go through the listing from top to bottom and compute each line from lines above it.
//! That is the *forward sweep*; an [`Evaluator`](crate::Evaluator) does it, and remembers the value of every node
//! on the way.
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
//! let mut evaluator = Evaluator::new(&g);
//! evaluator.set_features(&g, &[4.0])?;
//! evaluator.forward(&g, &[y])?;
//! assert_eq!(evaluator.value(y)?, 3.25); // as the function above
//!
//! // The same walk, up from the result, shows what it was made of.
//! let [weighted, b2] = g.operands(y)?.collect::<Vec<_>>()[..] else {
//!     return Err("a sum of two".into());
//! };
//! assert_eq!(g.describe(weighted)?, "%8 = mul(%3, %7)");
//! assert_eq!(evaluator.value(weighted)?, 3.0);
//! assert_eq!(evaluator.value(b2)?, 0.25);
//! # Ok(())
//! # }
//! ```
//!
//! So far a tree would do, and the tutorial stops here: each node of this graph has one user. The
//! next page still needs no more than that.
//!
//! Next: [the chain rule](super::_02_chain_rule).
