//! Losses of a distribution over classes: one loss of the whole list.

use super::{EPSILON, Loss, Pair, clamped, read_epsilon, write_epsilon};
use crate::configuration::{Configured, Settings, Written};
use dagrad_ops::{Expr, Scope};

/// The cross-entropy of a list of probabilities, one for each class: `−Σ tᵢ ln pᵢ`, a sum over the classes
/// and not a mean. The targets are 1 for the right class and 0 for the others, or a distribution
/// themselves.
///
/// Each probability is first brought into `epsilon ..= 1 − epsilon`, as the tutorial does it for two classes;
/// beyond, the loss is flat and contributes nothing. A network that ends in a softmax trains better on the
/// logits, by [`SoftmaxCrossEntropy`].
///
/// Its text is `categorical_cross_entropy`, followed by `epsilon=…` where that is not 1e-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategoricalCrossEntropy {
    /// The least probability that counts; usually 1e-8.
    pub epsilon: f64,
}

impl Default for CategoricalCrossEntropy {
    fn default() -> Self {
        Self { epsilon: EPSILON }
    }
}

impl Configured for CategoricalCrossEntropy {
    const NAME: &'static str = "categorical_cross_entropy";
    const WANTED: &'static str =
        "nothing or `epsilon=` a number, as in `categorical_cross_entropy[epsilon=1e-7]`";

    fn write(&self, to: &mut Written) {
        write_epsilon(self.epsilon, to);
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        let epsilon = read_epsilon(from)?;
        Some(Self { epsilon })
    }
}

impl Loss for CategoricalCrossEntropy {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        let clamped = clamped(s, self.epsilon);
        let terms = pairs
            .iter()
            .map(|pair| pair.target * clamped(pair.prediction).ln());
        -s.add(terms.collect::<Vec<_>>())
    }
}

/// The cross-entropy of the softmax of a list of logits, one for each class: `−Σ tᵢ ln softmax(x)ᵢ`, a sum
/// over the classes and not a mean. The targets are 1 for the right class and 0 for the others, or a
/// distribution themselves.
///
/// Computed as `Σ tᵢ·(log_sum_exp(x) − xᵢ)`: no exponential is formed that a logarithm then takes back, so
/// logits of ±1e4 do no harm. Nothing is clamped. A logit of −∞ with a target of 0 gives NaN: leave
/// the class out instead.
///
/// Its text is `softmax_cross_entropy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoftmaxCrossEntropy;

impl Configured for SoftmaxCrossEntropy {
    const NAME: &'static str = "softmax_cross_entropy";
    const WANTED: &'static str = "no configuration";

    fn write(&self, _: &mut Written) {}

    fn read(_: &mut Settings<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Loss for SoftmaxCrossEntropy {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        let total = s.log_sum_exp(pairs.iter().map(|pair| pair.prediction));
        let terms = pairs
            .iter()
            .map(|pair| pair.target * (total - pair.prediction));
        s.add(terms.collect::<Vec<_>>())
    }
}
