//! The tutorial's training loop.

use crate::model::{InputCountError, Model};

/// How long to train, and how often to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How often the data is gone through.
    pub epochs: usize,
    /// Every which epoch is reported, counted from 0; 0 for none.
    pub print_every: usize,
}

impl Default for Settings {
    /// 1,000 epochs, of which every hundredth is reported.
    fn default() -> Self {
        Self {
            epochs: 1000,
            print_every: 100,
        }
    }
}

/// Trains `model`: for every epoch, for every row of `data` in order, a prediction, its loss, and one
/// step back. A row is the inputs and what the prediction should be. Both functions get the latter
/// first and the prediction second.
///
/// `report` gets the epoch's number and the mean of its losses, each as it was before its step;
/// [`print_epoch`] prints them.
///
/// # Errors
/// Where there is no data, or a row has a wrong number of inputs. What was learnt until then stays.
pub fn train_model(
    model: &mut impl Model,
    loss: impl Fn(f64, f64) -> f64,
    loss_gradient: impl Fn(f64, f64) -> f64,
    data: &[(Vec<f64>, f64)],
    settings: Settings,
    mut report: impl FnMut(usize, f64),
) -> Result<(), TrainError> {
    if data.is_empty() {
        return Err(TrainError::NoData);
    }
    for epoch in 0..settings.epochs {
        let mut total = 0.0;
        for (row, (inputs, wanted)) in data.iter().enumerate() {
            let prediction = model.predict(inputs);
            let prediction = prediction.map_err(|error| TrainError::Row { row, error })?;
            total += loss(*wanted, prediction);
            model.backward(loss_gradient(*wanted, prediction));
        }
        if settings.print_every > 0 && epoch % settings.print_every == 0 {
            #[expect(clippy::cast_precision_loss, reason = "no data set has 2⁵³ rows")]
            report(epoch, total / data.len() as f64);
        }
    }
    Ok(())
}

/// Prints `Epoch 100: loss=0.25`.
pub fn print_epoch(epoch: usize, loss: f64) {
    println!("Epoch {epoch}: loss={loss}");
}

/// Why training stopped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there is no data to train on")]
    NoData,
    /// A row does not fit the model.
    #[error("row {row}: {error}")]
    Row {
        /// The row's number, counted from 0.
        row: usize,
        /// What is wrong with it.
        error: InputCountError,
    },
}
