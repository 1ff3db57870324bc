//! A value that is used more than once: what a tree cannot say.
//!
//! *Exercise 7: allow nodes to have several parents.*
//!
//! # Sums over users
//!
//! A node of a tree has one parent, so one product of slopes leads to it. Let `h = w·x` and `y = h·h + h`. Now three
//! ways lead from y down to h: two through the product and one through the sum. A change of h goes all three ways at once,
//! and what comes out at the top adds up. So the adjoint of a node is the *sum* of what each use of it hands down.
//!
//! With w = 2 and x = 3, h is 6 and y is 42. The product hands down 6 to each of its operands, the sum 1, and
//! the adjoint of h is 6 + 6 + 1 = 13. That of w is 13 · 3 = 39, that of x is 13 · 2 = 26.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (w, x) = (g.parameter("w", 2.0)?, g.feature("x")?);
//! let (h, y) = g.scope(|s| {
//!     let h = s.at(w) * s.at(x);
//!     (h.id(), (h * h + h).id())
//! })?;
//! g.add_output("y", &[y])?;
//! assert_eq!(
//!     g.to_string(),
//!     r#"dagrad graph 1
//! %0 = feature "x"
//! %1 = parameter 2.0 "w"
//! %2 = mul(%1, %0)
//! %3 = mul(%2, %2)
//! %4 = add(%3, %2)
//! output "y" = %4
//! "#
//! );
//!
//! let mut evaluator = Evaluator::new(&g);
//! evaluator.set_features(&g, &[3.0])?;
//! evaluator.reverse(&g, &[(y, 1.0)])?;
//! assert_eq!(evaluator.value(h)?, 6.0);
//! assert_eq!(evaluator.value(y)?, 42.0);
//! assert_eq!(evaluator.adjoint(h)?, 13.0);
//! assert_eq!(evaluator.adjoint(w)?, 39.0);
//! assert_eq!(evaluator.adjoint(x)?, 26.0);
//! # Ok(())
//! # }
//! ```
//!
//! When may a node hand down its adjoint? Not before the sum is complete, so not before *all* of its users have
//! handed down theirs. In the listing every user stands below its operands; going through it from bottom to top meets
//! all users of a node before the node. Such an order of nodes is called *topological*, and it is
//! all that the exercise needs.
//!
//! # What a tree does instead
//!
//! A tree has to write h three times, with a parameter of its own in each. Each copy gets its own share of the
//! derivative, and the copies part ways at the first update. The shares add up to what the shared parameter got:
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let x = g.feature("x")?;
//! let y = g.scope(|s| {
//!     let h = |copy| s.parameter(copy, 2.0) * x;
//!     (h("first") * h("second") + h("third")).id()
//! })?;
//!
//! let mut evaluator = Evaluator::new(&g);
//! evaluator.set_features(&g, &[3.0])?;
//! evaluator.reverse(&g, &[(y, 1.0)])?;
//! let mut shares = Vec::new();
//! for parameter in g.parameters() {
//!     shares.push(evaluator.adjoint(parameter)?);
//! }
//! assert_eq!(shares, [18.0, 18.0, 3.0]);
//! assert_eq!(shares.iter().sum::<f64>(), 39.0);
//! # Ok(())
//! # }
//! ```
//!
//! # What it costs
//!
//! Copying does not only change what is learnt. A value that is doubled fifty times by adding it to itself is a
//! graph of 51 nodes, computed by 50 additions. As a tree it would have 2⁵⁰ leaves.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let w = g.parameter("w", 1.0)?;
//! let mut value = w;
//! for _ in 0..50 {
//!     value = g.add(&[value, value])?;
//! }
//! assert_eq!(g.len(), 51);
//!
//! let mut evaluator = Evaluator::new(&g);
//! evaluator.reverse(&g, &[(value, 1.0)])?;
//! assert_eq!(evaluator.evaluations(), 50);
//! assert_eq!(evaluator.value(value)?, 2_f64.powi(50));
//! assert_eq!(evaluator.adjoint(w)?, 2_f64.powi(50)); // one for each way down
//! # Ok(())
//! # }
//! ```
//!
//! Next: [caching](super::_04_caching).
