//! Losses of probabilities that each stand for themselves: of one class against the other, or of several
//! labels.

use super::{EPSILON, Loss, Pair, clamped, mean, read_epsilon, write_epsilon};
use crate::configuration::{Configured, Settings, Written};
use dagrad_ops::{Expr, Scope};

/// The mean binary cross-entropy of probabilities, `−Σ (tᵢ ln pᵢ + (1 − tᵢ) ln(1 − pᵢ))/n`, for targets
/// between 0 and 1. Of a single prediction it is the tutorial's `bce_loss`, to the last bit.
///
/// Each probability is first brought into `epsilon ..= 1 − epsilon`, as in the tutorial. Beyond, the loss
/// is flat and contributes nothing, where the tutorial differentiates as if nothing had been clamped; see
/// `docs/numerics.md`. A network that ends in a sigmoid trains better on the logits, by
/// [`BinaryCrossEntropyFromLogits`].
///
/// In `f32`, where `1 − 1e-8` is 1, an epsilon of at least 1e-7 is needed.
///
/// Its text is `binary_cross_entropy`, followed by `epsilon=…` where that is not 1e-8.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy {
    /// The least probability that counts; usually 1e-8.
    pub epsilon: f64,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self { epsilon: EPSILON }
    }
}

impl Configured for BinaryCrossEntropy {
    const NAME: &'static str = "binary_cross_entropy";
    const WANTED: &'static str =
        "nothing or `epsilon=` a number, as in `binary_cross_entropy[epsilon=1e-7]`";

    fn write(&self, to: &mut Written) {
        write_epsilon(self.epsilon, to);
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        let epsilon = read_epsilon(from)?;
        Some(Self { epsilon })
    }
}

impl Loss for BinaryCrossEntropy {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        let clamped = clamped(s, self.epsilon);
        let one = s.constant(1.0);
        let term = |pair: &Pair<'s>| {
            let (t, p) = (pair.target, clamped(pair.prediction));
            -t * p.ln() - (one - t) * (one - p).ln()
        };
        mean(s, pairs.iter().map(term))
    }
}

/// The mean binary cross-entropy of the sigmoids of logits, `−Σ (tᵢ ln σ(xᵢ) + (1 − tᵢ) ln(1 − σ(xᵢ)))/n`,
/// for targets between 0 and 1.
///
/// Computed as `t·softplus(−x) + (1 − t)·softplus(x)`, which is the same: smooth, without overflow, and
/// as good for a target of 1 as for one of 0, however sure the prediction. Nothing is clamped.
///
/// Its text is `binary_cross_entropy_from_logits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropyFromLogits;

impl Configured for BinaryCrossEntropyFromLogits {
    const NAME: &'static str = "binary_cross_entropy_from_logits";
    const WANTED: &'static str = "no configuration";

    fn write(&self, _: &mut Written) {}

    fn read(_: &mut Settings<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Loss for BinaryCrossEntropyFromLogits {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        let one = s.constant(1.0);
        let term = |pair: &Pair<'s>| {
            let (t, x) = (pair.target, pair.prediction);
            t * (-x).softplus() + (one - t) * x.softplus()
        };
        mean(s, pairs.iter().map(term))
    }
}
