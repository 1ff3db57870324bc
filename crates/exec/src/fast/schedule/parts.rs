//! What a dot consists of: rows with weights, and the rest.

use crate::fast::forms::Dot;
use dagrad_tape::{Class, Slot, Tape};

/// The products of a dot that have a weight and a row: (weight, row), in order.
pub(in super::super) fn weighted<'a>(
    tape: &'a Tape,
    dot: &'a Dot,
) -> impl Iterator<Item = (Slot, Slot)> + Clone + use<'a> {
    let (products, _) = dot.parts(tape);
    products.chunks_exact(2).filter_map(|pair| {
        let class = |slot: Slot| tape.instruction(slot).class();
        let (first, second) = (pair[0], pair[1]);
        match (
            class(first) == Class::PerSample,
            class(second) == Class::PerSample,
        ) {
            (false, true) => Some((first, second)),
            (true, false) => Some((second, first)),
            (true, true) | (false, false) => None,
        }
    })
}

/// The products of two rows each.
pub(in super::super) fn pairs<'a>(
    tape: &'a Tape,
    dot: &'a Dot,
) -> impl Iterator<Item = (Slot, Slot)> + Clone + use<'a> {
    let (products, _) = dot.parts(tape);
    products.chunks_exact(2).filter_map(|pair| {
        let class = |slot: Slot| tape.instruction(slot).class();
        let (first, second) = (pair[0], pair[1]);
        ((class(first) == Class::PerSample) == (class(second) == Class::PerSample))
            .then_some((first, second))
    })
}

/// The first term that does not depend on the sample.
pub(in super::super) fn bias(tape: &Tape, dot: &Dot) -> Option<Slot> {
    let (_, terms) = dot.parts(tape);
    let is_shared = |slot: &Slot| tape.instruction(*slot).class() != Class::PerSample;
    terms.iter().copied().find(is_shared)
}

/// The terms but for the [`bias`].
pub(in super::super) fn further_terms<'a>(
    tape: &'a Tape,
    dot: &'a Dot,
) -> impl Iterator<Item = Slot> + Clone + use<'a> {
    let (_, terms) = dot.parts(tape);
    let bias = bias(tape, dot);
    let skipped = bias.and_then(|bias| terms.iter().position(|&term| term == bias));
    let others = terms
        .iter()
        .enumerate()
        .filter(move |&(at, _)| Some(at) != skipped);
    others.map(|(_, &term)| term)
}

/// Whether a dot has more than weighted rows and a bias.
pub(in super::super) fn has_rest(tape: &Tape, dot: &Dot) -> bool {
    pairs(tape, dot).next().is_some() || further_terms(tape, dot).next().is_some()
}
