//! The softmax of a list.

use crate::configuration::{Configured, Settings, Written};
use dagrad_graph::{Arity, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::{GraphScope as _, Op};

/// The softmax of its operands: `yᵢ = exp(xᵢ)/Σ exp(xⱼ)`, n operands, n ports; each between 0 and 1,
/// together 1.
///
/// Computed as `exp(xᵢ − log_sum_exp(x))`, which no logit overflows (P. Blanchard, D. J. Higham, N. J.
/// Higham, *Accurately computing the log-sum-exp and softmax functions*, 2021).
///
/// Where a loss follows, [`SoftmaxCrossEntropy`](crate::SoftmaxCrossEntropy) takes the logits themselves
/// and never forms the logarithm of a number that has vanished.
///
/// Its text is `softmax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax;

impl Configured for Softmax {
    const NAME: &'static str = "softmax";
    const WANTED: &'static str = "no configuration";

    fn write(&self, _: &mut Written) {}

    fn read(_: &mut Settings<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Macro<Op> for Softmax {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn ports(&self, operands: usize) -> usize {
        operands
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let probabilities = at.scope(|s| {
            let total = s.log_sum_exp(operands.iter().copied());
            let probability = |&x| (s.at(x) - total).exp().id();
            operands.iter().map(probability).collect()
        });
        Ok(probabilities?)
    }
}
