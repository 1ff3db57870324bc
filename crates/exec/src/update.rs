//! How parameters follow their gradients.

use dagrad_tape::TapeScalar;

/// How an update is applied to a contiguous run of parameters. An optimiser implements it; programs call
/// it when they have a gradient.
pub trait Update<S> {
    /// Called once before the runs of a step.
    fn begin_step(&mut self) {}

    /// The learning rate, if this is [stochastic gradient descent](Sgd) and nothing else: programs have a kernel for
    /// that.
    fn descent_rate(&self) -> Option<S> {
        None
    }

    /// Changes `parameters`, which lie at `start` and after it, by their `gradients`.
    fn update(&mut self, start: usize, parameters: &mut [S], gradients: &[S]);
}

/// Stochastic gradient descent: `parameter -= gradient · rate`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd<S> {
    /// The learning rate.
    pub rate: S,
}

impl<S: TapeScalar> Update<S> for Sgd<S> {
    fn descent_rate(&self) -> Option<S> {
        Some(self.rate)
    }

    fn update(&mut self, _: usize, parameters: &mut [S], gradients: &[S]) {
        for (parameter, &gradient) in parameters.iter_mut().zip(gradients) {
            *parameter = *parameter - gradient * self.rate;
        }
    }
}
