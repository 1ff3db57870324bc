//! Losses: macros over predictions followed by as many targets, with one port.

mod binary;
mod categorical;
mod margin;
mod regression;

pub use binary::{BinaryCrossEntropy, BinaryCrossEntropyFromLogits};
pub use categorical::{CategoricalCrossEntropy, SoftmaxCrossEntropy};
pub use margin::Hinge;
pub use regression::{Huber, MeanAbsolute, MeanSquared};

use crate::configuration::{Configured, Number, Settings, Written};
use dagrad_graph::{Arity, Build, BuildError, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::{Expr, GraphScope as _, Op, Scope};

/// A loss of this crate: what it makes of a list of predictions and a list of targets.
trait Loss: Configured {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s>;
}

/// A prediction and its target.
#[derive(Clone, Copy)]
struct Pair<'s> {
    prediction: Expr<'s>,
    target: Expr<'s>,
}

impl<'s> Pair<'s> {
    fn error(self) -> Expr<'s> {
        self.prediction - self.target
    }
}

fn expand(
    loss: &impl Loss,
    at: &mut Expansion<'_, Op>,
    operands: &[NodeId],
) -> Result<Vec<NodeId>, MacroError> {
    let (predictions, targets) = predictions_and_targets(operands)?;
    let value = at.scope(|s| {
        let pair = |(&prediction, &target)| Pair {
            prediction: s.at(prediction),
            target: s.at(target),
        };
        let pairs: Vec<_> = predictions.iter().zip(targets).map(pair).collect();
        loss.formula(s, &pairs).id()
    });
    Ok(vec![value?])
}

/// Says of each that it is a macro: a loss differs from others in its text and its formula only.
macro_rules! losses_are_macros {
    ($($loss:ident)*) => {$(
        impl Macro<Op> for $loss {
            fn name(&self) -> &str {
                Self::NAME
            }

            fn configuration(&self) -> Option<String> {
                self.in_brackets()
            }

            fn arity(&self) -> Arity {
                Arity::AtLeast(2)
            }

            fn expand(
                &self,
                at: &mut Expansion<'_, Op>,
                operands: &[NodeId],
            ) -> Result<Vec<NodeId>, MacroError> {
                expand(self, at, operands)
            }
        }
    )*};
}

losses_are_macros! {
    MeanSquared MeanAbsolute Huber
    Hinge
    BinaryCrossEntropy BinaryCrossEntropyFromLogits
    CategoricalCrossEntropy SoftmaxCrossEntropy
}

/// Splits the operands of a loss: the first half predictions, the second half targets. A loss of
/// one's own starts with this.
///
/// # Errors
/// Where their number is odd or zero.
pub fn predictions_and_targets(operands: &[NodeId]) -> Result<(&[NodeId], &[NodeId]), MacroError> {
    if operands.is_empty() || !operands.len().is_multiple_of(2) {
        return Err(MacroError::Refused(format!(
            "a loss takes predictions and as many targets, got {} operand(s) in all",
            operands.len()
        )));
    }
    Ok(operands.split_at(operands.len() / 2))
}

/// Adds a loss of predictions and as many targets, element by element: `loss` is a macro over the predictions
/// followed by the targets, one of this crate or another.
///
/// ```
/// use dagrad_graph::Graph;
/// use dagrad_nn::{GraphLayers as _, Huber};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut g = Graph::new();
/// let (y, t) = (g.feature("y")?, g.target("t")?);
/// let loss = g.loss("loss", Huber { delta: 0.5 }, &[y], &[t])?;
/// assert_eq!(g.describe(loss)?, "%3 = port[0](%2)");
///
/// let error = g.loss("other", Huber::default(), &[y, y], &[t]).unwrap_err();
/// assert_eq!(error.to_string(), "huber of 2 prediction(s) wants as many targets, got 1");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where there are not as many targets as predictions, one of either is no key of this graph, or the name is
/// empty or taken in this scope.
pub fn loss<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    loss: impl Macro<Op> + 'static,
    predictions: &[NodeId],
    targets: &[NodeId],
) -> Result<NodeId, LossError> {
    if predictions.len() != targets.len() {
        return Err(LossError::Targets {
            loss: loss.name().to_owned(),
            predictions: predictions.len(),
            targets: targets.len(),
        });
    }
    let operands = [predictions, targets].concat();
    let ports = loss.ports(operands.len());
    if ports != 1 {
        return Err(LossError::Ports {
            loss: loss.name().to_owned(),
            ports,
        });
    }
    Ok(graph.add_macro(name, loss, &operands)?[0])
}

/// The mean of the terms; of a single one, the term itself.
fn mean<'s>(s: Scope<'s>, terms: impl Iterator<Item = Expr<'s>>) -> Expr<'s> {
    let terms: Vec<_> = terms.collect();
    match terms.as_slice() {
        &[only] => only,
        several => s.add(several.iter().copied()) / several.len() as f64,
    }
}

/// `x` brought into `epsilon ..= 1 − epsilon`, as the tutorial does it.
fn clamped<'s>(s: Scope<'s>, epsilon: f64) -> impl Fn(Expr<'s>) -> Expr<'s> {
    let (low, high) = (s.constant(epsilon), s.constant(1.0 - epsilon));
    move |x| x.max(low).min(high)
}

/// The tutorial's epsilon.
const EPSILON: f64 = 1e-8;

fn write_epsilon(epsilon: f64, to: &mut Written) {
    to.pair_unless("epsilon", &Number(epsilon), &Number(EPSILON));
}

fn read_epsilon(from: &mut Settings<'_>) -> Option<f64> {
    Some(from.pair("epsilon", Number(EPSILON))?.0)
}

/// A loss cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LossError {
    /// A node could not be added.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// There is no target for each prediction.
    #[error("{loss} of {predictions} prediction(s) wants as many targets, got {targets}")]
    Targets {
        /// The loss.
        loss: String,
        /// How many predictions there are.
        predictions: usize,
        /// How many targets there are.
        targets: usize,
    },
    /// The macro is no loss.
    #[error("a loss has one port, {loss} has {ports}")]
    Ports {
        /// The macro.
        loss: String,
        /// How many ports it has.
        ports: usize,
    },
}

impl From<LossError> for MacroError {
    fn from(error: LossError) -> Self {
        match error {
            LossError::Build(error) => Self::Build(error),
            LossError::Targets { .. } | LossError::Ports { .. } => Self::Refused(error.to_string()),
        }
    }
}
