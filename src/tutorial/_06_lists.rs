//! Outputs that are lists, softmax, and a loss of a list.
//!
//! *Exercise 5: let the output layer produce a list of numbers. As a bonus, implement a softmax output. The loss takes
//! the list.*
//!
//! # A list
//!
//! A node is one number, always. An *output* is a name for a list of nodes, so nothing had to change inside the
//! graph for it:
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let (a, b) = (g.feature("a")?, g.feature("b")?);
//! let [sum, product] = g.scope(|s| [(s.at(a) + b).id(), (s.at(a) * b).id()])?;
//! g.add_output("both", &[sum, product])?;
//! assert_eq!(predict(&g, &[3.0, 4.0])?, [7.0, 12.0]);
//! # Ok(())
//! # }
//! ```
//!
//! # Softmax
//!
//! Softmax makes probabilities of any numbers, which are then called *logits*: `pᵢ = exp(xᵢ)/Σ exp(xⱼ)`. For the logits ln 3
//! and 0 the exponentials are 3 and 1, and the probabilities 3/4 and 1/4. The loss that goes with them is the
//! categorical cross-entropy, `L = −Σ tᵢ·ln pᵢ`, where the target is 1 for the right class and 0 for the others. Let the second
//! class be right: L is −ln(1/4).
//!
//! The adjoint of each logit turns out to be as simple as can be, `pᵢ − tᵢ`: here 3/4 and −3/4.
//!
//! ```
//! use dagrad::ops::Tolerance;
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let logits = [g.feature("x0")?, g.feature("x1")?];
//! let targets = [g.target("t0")?, g.target("t1")?];
//! let p = g.softmax("softmax", &logits)?;
//! let loss = g.categorical_cross_entropy("loss", &p, &targets)?;
//! g.add_output("p", &p)?;
//! g.expand(0)?; // these layers have no parameters, so any seed will do
//!
//! let mut evaluator = Evaluator::new(&g);
//! evaluator.set_features(&g, &[3_f64.ln(), 0.0])?;
//! evaluator.set_targets(&g, &[0.0, 1.0])?;
//! evaluator.reverse(&g, &[(loss, 1.0)])?;
//! let values = [p[0], p[1], loss].map(|id| evaluator.value(id).unwrap_or(f64::NAN));
//! let adjoints = logits.map(|id| evaluator.adjoint(id).unwrap_or(f64::NAN));
//!
//! let almost = Tolerance::relative(1e-12);
//! almost.check_all(&values, &[0.75, 0.25, 4_f64.ln()])?; // −ln(1/4) is ln 4
//! almost.check_all(&adjoints, &[0.75, -0.75])?;
//! # Ok(())
//! # }
//! ```
//!
//! In floating point `exp(1000)` overflows, and the formula as it stands divides infinity by infinity. What stands in
//! the graph does not; [`Softmax`](crate::nn::Softmax) says how.
//!
//! ```
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! assert!((1000_f64.exp() / (1000_f64.exp() + 1.0)).is_nan());
//!
//! let mut g = Graph::new();
//! let logits = [g.feature("x0")?, g.feature("x1")?];
//! let p = g.softmax("softmax", &logits)?;
//! g.add_output("p", &p)?;
//! g.expand(0)?;
//! assert_eq!(predict(&g, &[1000.0, 0.0])?, [1.0, 0.0]);
//! # Ok(())
//! # }
//! ```
//!
//! # A loss beside the graph
//!
//! In the tutorial a loss is a pair of functions, the loss and its derivative by the prediction. For a list the
//! derivative is a list. The reverse sweep then starts from several nodes at once, each with a *seed* of its own in
//! place of the 1. The rest of it stays as it was:
//!
//! ```
//! use dagrad::ops::Tolerance;
//! use dagrad::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut g = Graph::new();
//! let x = g.feature("x")?;
//! let targets = [g.target("is low")?, g.target("is high")?];
//! let logits = g.linear("out", &[x], 2)?;
//! let p = g.softmax("softmax", &logits)?;
//! let loss = g.categorical_cross_entropy("loss", &p, &targets)?;
//! g.add_output("p", &p)?;
//! g.expand(42)?;
//! let data = [-2.0, -1.0, 1.0, 2.0].map(|x| match x < 0.0 {
//!     true => Sample::new([x], [1.0, 0.0]),
//!     false => Sample::new([x], [0.0, 1.0]),
//! });
//! let mut training = PerSample::new().epochs(100).learning_rate(0.1).print_every(0);
//!
//! // By a pair of functions …
//! let mut by_pair = g.clone();
//! let losses = training.minimize_pair(
//!     &mut by_pair,
//!     "p",
//!     &data,
//!     |t, p| -(t[0] * p[0].ln() + t[1] * p[1].ln()),
//!     |t, p, to| (to[0], to[1]) = (-t[0] / p[0], -t[1] / p[1]),
//! )?;
//! assert!(losses[99] < losses[0] && losses[99] < 0.1);
//!
//! // … and by the loss in the graph: the same, but for rounding.
//! training.minimize(&mut g, loss, &data)?;
//! for x in [-3.0, 0.5] {
//!     let (first, second) = (predict(&by_pair, &[x])?, predict(&g, &[x])?);
//!     Tolerance::relative(1e-9).check_all(&first, &second)?;
//!     assert_eq!(first[0] > 0.5, x < 0.0);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Who trains from logits had better take [`SoftmaxCrossEntropy`](crate::nn::SoftmaxCrossEntropy), both in one, which never
//! takes the logarithm of a probability that has vanished.
//!
//! Next: [formulas](super::_07_formulas).
