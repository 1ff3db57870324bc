//! What a model learns from.

/// One row of data: the values of the features and of the targets, each in the order in which the
/// graph declares them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// What a prediction is made from.
    pub features: Vec<f64>,
    /// What the prediction should be.
    pub targets: Vec<f64>,
}

impl Sample {
    /// A row of these features and targets.
    pub fn new(features: impl Into<Vec<f64>>, targets: impl Into<Vec<f64>>) -> Self {
        Self {
            features: features.into(),
            targets: targets.into(),
        }
    }
}
