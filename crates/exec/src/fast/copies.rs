//! Copies of weights, in the order in which they are read.

use super::place::Place;
use super::plan::Step;
use super::running::Running;
use crate::scalar::ProgramScalar;

/// Copies of the weights of gathered dots, in the order in which these read them. Whoever changes parameters before
/// every run is better off without: they are made when the same parameters come for the second time.
#[derive(Debug)]
pub(super) struct Copies<S> {
    weights: Vec<S>,
    /// The version of the parameters that were copied, if some were.
    copied: Option<u64>,
    /// The version of the parameters of the last run.
    last: Option<u64>,
}

impl<S> Default for Copies<S> {
    fn default() -> Self {
        Self {
            weights: Vec::new(),
            copied: None,
            last: None,
        }
    }
}

impl<S: ProgramScalar> Running<'_, S> {
    /// The copies of gathered weights, if they are worth making.
    pub(super) fn copied(&self, copies: &mut Copies<S>) -> *const S {
        let version = Some(self.given.version);
        let is_known = copies.last.replace(self.given.version) == version;
        if !self.plan.is_narrow || !is_known || self.plan.copies == 0 {
            return std::ptr::null();
        }
        if copies.copied != version {
            copies.copied = version;
            copies.weights.clear();
            copies.weights.reserve(self.plan.copies);
        }
        if copies.weights.is_empty() || self.plan.has_derived_weights {
            copies.weights.clear();
            let steps = &self.plan.tile;
            for step in &steps.steps {
                if let Step::Gathered(gathered) = step {
                    let weights = self.pointer(Place::new(gathered.weight_space, 0));
                    let offsets = steps.numbers[gathered.weights.clone()].iter();
                    // SAFETY: weights are places of the plan.
                    let weights = offsets.map(|&at| unsafe { *weights.add(at as usize) });
                    copies.weights.extend(weights);
                }
            }
        }
        copies.weights.as_ptr()
    }
}
