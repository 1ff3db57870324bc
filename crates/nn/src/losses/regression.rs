//! Losses of predicted numbers: the squared distance, the distance, and one that is both.

use super::{Loss, Pair, mean};
use crate::configuration::{Configured, Number, Settings, Written};
use dagrad_ops::{Expr, Scope};

/// The mean squared error, `Σ (yᵢ − tᵢ)²/n`. Of a single prediction it is the tutorial's `mse_loss`.
///
/// Its text is `mean_squared`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanSquared;

impl Configured for MeanSquared {
    const NAME: &'static str = "mean_squared";
    const WANTED: &'static str = "no configuration";

    fn write(&self, _: &mut Written) {}

    fn read(_: &mut Settings<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Loss for MeanSquared {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        mean(s, pairs.iter().map(|pair| pair.error().square()))
    }
}

/// The mean absolute error, `Σ |yᵢ − tᵢ|/n`. A prediction that is its target is contributed nothing.
///
/// Its text is `mean_absolute`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MeanAbsolute;

impl Configured for MeanAbsolute {
    const NAME: &'static str = "mean_absolute";
    const WANTED: &'static str = "no configuration";

    fn write(&self, _: &mut Written) {}

    fn read(_: &mut Settings<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Loss for MeanAbsolute {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        mean(s, pairs.iter().map(|pair| pair.error().abs()))
    }
}

/// The mean of Huber's function of the errors `e = yᵢ − tᵢ`: `e²/2` up to a size of delta,
/// `delta·(|e| − delta/2)` beyond (P. J. Huber, *Robust estimation of a location parameter*, 1964).
///
/// Its text is `huber`, followed by `delta=…` where that is not 1: `huber[delta=0.5]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    /// The size of an error from which on the slope no longer grows; above zero, usually 1.
    pub delta: f64,
}

impl Default for Huber {
    fn default() -> Self {
        Self { delta: 1.0 }
    }
}

impl Configured for Huber {
    const NAME: &'static str = "huber";
    const WANTED: &'static str = "nothing or `delta=` a number, as in `huber[delta=0.5]`";

    fn write(&self, to: &mut Written) {
        to.pair_unless("delta", &Number(self.delta), &Number(Self::default().delta));
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        let Number(delta) = from.pair("delta", Number(Self::default().delta))?;
        Some(Self { delta })
    }
}

impl Loss for Huber {
    /// With `c = min(|e|, delta)` both pieces are `c·(|e| − c/2)`: no piece overflows where the other one
    /// counts.
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        let (delta, half) = (s.constant(self.delta), s.constant(0.5));
        let term = |pair: &Pair<'s>| {
            let size = pair.error().abs();
            let cut = size.min(delta);
            cut * (size - half * cut)
        };
        mean(s, pairs.iter().map(term))
    }
}
