//! The loss of a margin.

use super::{Loss, Pair, mean};
use crate::configuration::{Configured, Settings, Written};
use dagrad_ops::{Expr, Scope};

/// The mean hinge loss, `Σ max(0, 1 − tᵢ·yᵢ)/n`, for targets of −1 and 1 (C. Cortes, V. Vapnik,
/// *Support-vector networks*, 1995). A prediction whose margin `tᵢ·yᵢ` is 1 or more is contributed nothing.
///
/// Its text is `hinge`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hinge;

impl Configured for Hinge {
    const NAME: &'static str = "hinge";
    const WANTED: &'static str = "no configuration";

    fn write(&self, _: &mut Written) {}

    fn read(_: &mut Settings<'_>) -> Option<Self> {
        Some(Self)
    }
}

impl Loss for Hinge {
    fn formula<'s>(&self, s: Scope<'s>, pairs: &[Pair<'s>]) -> Expr<'s> {
        let one = s.constant(1.0);
        let term = |pair: &Pair<'s>| (one - pair.target * pair.prediction).relu();
        mean(s, pairs.iter().map(term))
    }
}
