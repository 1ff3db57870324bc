//! Central differences of whole graphs: loose, and independent of everything but values.

use crate::direct::Direct;
use dagrad_graph::NodeId;
use std::collections::HashMap;

/// What a difference quotient says of a derivative.
#[derive(Clone, Copy, Debug)]
pub struct Quotient {
    /// The derivative.
    pub slope: f64,
    /// How far off it may be.
    pub uncertainty: f64,
}

/// How far off a quotient may be, per unit of the numbers that it is made of.
const LOOSE: f64 = 1e-6;

/// The derivative of the sum of `seed · output` by one variable, by central differences. A `stop_gradient`
/// keeps the value that it has in the middle. None where the interval crosses a kink or a jump, because
/// some operation [chooses](Direct::choices) differently, or where it leaves a domain.
#[must_use]
pub fn quotient(
    direct: &Direct<'_>,
    leaves: &HashMap<NodeId, f64>,
    by: NodeId,
) -> Option<Quotient> {
    let at = |shift: f64, frozen| {
        let leaf = |id| {
            let x = leaves.get(&id).copied().unwrap_or(f64::NAN);
            if id == by { x + shift } else { x }
        };
        direct.values(leaf, frozen)
    };
    let middle = at(0.0, None);
    let (total, terms) = direct.total(&middle);
    let choices = direct.choices(&middle);
    // The step that balances rounding against the third derivative.
    let step = f64::EPSILON.cbrt() * leaves.get(&by)?.abs().max(1.0);
    let slope = |step: f64| {
        let (left, right) = (at(-step, Some(&middle)), at(step, Some(&middle)));
        let kinked = [&left, &right]
            .iter()
            .any(|side| differ(&choices, &direct.choices(side)));
        let ((left, _), (right, _)) = (direct.total(&left), direct.total(&right));
        (!kinked).then_some((right - left) / (2.0 * step))
    };
    let (wide, narrow) = (slope(step)?, slope(step / 2.0)?);
    let size = wide.abs().max(total.abs()).max(terms).max(1.0);
    wide.is_finite().then_some(Quotient {
        slope: wide,
        // A quotient that still moves as the step shrinks has not arrived.
        uncertainty: LOOSE * size + 4.0 * (wide - narrow).abs(),
    })
}

/// Whether choices differ by more than a smooth function does over a small step.
fn differ(choices: &[f64], others: &[f64]) -> bool {
    let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-2 * a.abs().max(1.0);
    !choices.iter().zip(others).all(close)
}
