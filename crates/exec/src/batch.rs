//! Samples in, in rows.

use dagrad_tape::InputKind;

/// A batch of samples. Every table is row-major: the values of the first sample, in declared order, then
/// those of the second, and so on.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a, S> {
    /// The number of samples.
    pub rows: usize,
    /// `rows` × the number of features.
    pub features: &'a [S],
    /// `rows` × the number of targets; may be empty where the program needs no target.
    pub targets: &'a [S],
    /// `rows` × the number of seeds: what adjoints start from, where they start from inputs.
    pub seeds: &'a [S],
    /// The direction of a directional derivative by parameters: one value for each direction input,
    /// for the whole run.
    pub direction: &'a [S],
    /// How much each sample counts in a mean; equally, where there are none.
    pub weights: Option<&'a [S]>,
}

impl<'a, S> Batch<'a, S> {
    /// A batch of features only.
    #[must_use]
    pub fn of(rows: usize, features: &'a [S]) -> Self {
        Self {
            rows,
            features,
            targets: &[],
            seeds: &[],
            direction: &[],
            weights: None,
        }
    }

    /// The same with targets.
    #[must_use]
    pub fn with_targets(self, targets: &'a [S]) -> Self {
        Self { targets, ..self }
    }

    /// The same with seeds.
    #[must_use]
    pub fn with_seeds(self, seeds: &'a [S]) -> Self {
        Self { seeds, ..self }
    }

    /// The same with a direction.
    #[must_use]
    pub fn with_direction(self, direction: &'a [S]) -> Self {
        Self { direction, ..self }
    }

    /// The same with weights, one for each sample.
    #[must_use]
    pub fn with_weights(self, weights: &'a [S]) -> Self {
        Self {
            weights: Some(weights),
            ..self
        }
    }

    /// The table of the inputs of a kind.
    pub(crate) fn table(&self, kind: InputKind) -> &'a [S] {
        match kind {
            InputKind::Feature => self.features,
            InputKind::Target => self.targets,
            InputKind::Seed => self.seeds,
            InputKind::Direction => self.direction,
        }
    }
}
