//! Two steps of training by hand, and by the reverse sweep.
//!
//! # By hand
//!
//! *Exercise 1: do the updates of a linear regression by hand for a couple of steps.*
//!
//! The model is `y = w·x + b` and the loss `L = (y − t)²`. There is one sample, `x = 2` and `t = 3`; training starts
//! at `w = 1` and `b = 0`. How does L change with w? L is computed from the error `e = y − t`, which is computed from y,
//! which is computed from `p = w·x`, which is computed from w. The *chain rule* says that the slopes of these steps are
//! multiplied, and each is simple:
//!
//! | step | its slope | here |
//! |---|---|---|
//! | `L = e²` | `2·e` | −2 |
//! | `e = y − t` | 1 by y | 1 |
//! | `y = p + b` | 1 by p, 1 by b | 1, 1 |
//! | `p = w·x` | x by w | 2 |
//!
//! Multiply from the top: the slope of L is −2 by e, −2 by y, −2 by b and by p, and −2 · 2 = −4 by w. Such a
//! product, the derivative of the loss with respect to a node, is called the *adjoint* of the node.
//!
//! Now move each parameter against its adjoint, by a learning rate of 1/8. Then do it all again:
//!
//! | step | w | b | y | e | L | adjoint of w | of b |
//! |---|---|---|---|---|---|---|---|
//! | 1 | 1 | 0 | 2 | −1 | 1 | −4 | −2 |
//! | 2 | 1.5 | 0.25 | 3.25 | 0.25 | 0.0625 | 1 | 0.5 |
//! | 3 | 1.375 | 0.1875 | 2.9375 | −0.0625 | 0.00390625 | | |
//!
//! # By the reverse sweep
//!
//! The chain rule fits a graph well. Each operation has to know the slopes by its own operands, its *partials*, and
//! nothing about the rest. Go through the listing from bottom to top. The loss has the adjoint 1; every node
//! hands each of its operands its own adjoint times the partial. That is the *reverse sweep*.
//!
//! The loss can be a part of the graph. What a prediction should have been is then an input like others, called a
//! *target*.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (w, b) = (g.parameter("w", 1.0)?, g.parameter("b", 0.0)?);
//! let (y, loss) = g.scope(|s| {
//!     let y = s.at(w) * s.feature("x") + s.at(b);
//!     (y.id(), (y - s.target("t")).square().id())
//! })?;
//! g.add_output("y", &[y])?;
//!
//! let mut evaluator = Evaluator::new(&g);
//! let mut step = |g: &mut Graph| -> Result<_, Box<dyn std::error::Error>> {
//!     evaluator.set_features(g, &[2.0])?;
//!     evaluator.set_targets(g, &[3.0])?;
//!     evaluator.reverse(g, &[(loss, 1.0)])?;
//!     let row = [
//!         g.parameter_value(w)?,
//!         g.parameter_value(b)?,
//!         evaluator.value(y)?,
//!         evaluator.value(loss)?,
//!         evaluator.adjoint(w)?,
//!         evaluator.adjoint(b)?,
//!     ];
//!     for parameter in [w, b] {
//!         let moved = g.parameter_value(parameter)? - 0.125 * evaluator.adjoint(parameter)?;
//!         g.set_parameter(parameter, moved)?;
//!     }
//!     Ok(row)
//! };
//!
//! //                              w    b     y     L       adjoints of w and b
//! assert_eq!(step(&mut g)?, [1.0, 0.0, 2.0, 1.0, -4.0, -2.0]);
//! assert_eq!(step(&mut g)?, [1.5, 0.25, 3.25, 0.0625, 1.0, 0.5]);
//! assert_eq!(g.parameter_value(w)?, 1.375);
//! assert_eq!(g.parameter_value(b)?, 0.1875);
//! # Ok(())
//! # }
//! ```
//!
//! These are the rows of the table. [`PerSample`](crate::PerSample) is this loop for all parameters and any data:
//!
//! ```
//! # use dagrad::prelude::*;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut g = Graph::new();
//! # let (w, b) = (g.parameter("w", 1.0)?, g.parameter("b", 0.0)?);
//! # let (y, loss) = g.scope(|s| {
//! #     let y = s.at(w) * s.feature("x") + s.at(b);
//! #     (y.id(), (y - s.target("t")).square().id())
//! # })?;
//! # g.add_output("y", &[y])?;
//! let data = [Sample::new([2.0], [3.0])];
//! let mut training = PerSample::new().epochs(2).learning_rate(0.125).print_every(0);
//! let losses = training.minimize(&mut g, loss, &data)?;
//! assert_eq!(losses, [1.0, 0.0625]);
//! assert_eq!(g.parameter_value(w)?, 1.375);
//! assert_eq!(predict(&g, &[2.0])?, [2.9375]); // the next row of the table
//! # Ok(())
//! # }
//! ```
//!
//! Next: [values with many users](super::_03_many_users).
