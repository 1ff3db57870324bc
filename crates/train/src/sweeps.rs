//! Training over the reference sweeps, for those who ask.

use crate::data::Sample;
use crate::error::TrainError;
use crate::per_sample::PerSample;
use crate::refuse::{named_output, refuse_no_value, refuse_widths};
use dagrad_graph::{Evaluate, EvaluationError, Evaluator, Graph, NodeId, Role};

/// [Training by single samples](PerSample) over the reference sweeps: one forward and one reverse sweep for each sample.
///
/// It learns what programs learn, bit for bit, and takes graphs of any operations that have values and derivatives.
///
/// ```
/// # use dagrad_graph::Graph;
/// # use dagrad_ops::{GraphScope, Op};
/// # use dagrad_train::{PerSample, Sample};
/// let mut graph = Graph::<Op>::new();
/// let loss = graph.scope(|s| (s.parameter("w", 0.0) * s.feature("x") - s.target("t")).square().id())?;
/// let mut training = PerSample::new().epochs(100).learning_rate(0.1).print_every(0).by_sweeps();
/// let losses = training.minimize(&mut graph, loss, &[Sample::new([1.0], [3.0])])?;
/// assert!(losses[99] < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Sweeps<'r> {
    pub(crate) settings: PerSample<'r>,
}

impl Sweeps<'_> {
    /// As [`PerSample::minimize`].
    ///
    /// # Errors
    /// As there; then nothing was learnt. And where a sweep fails; what was learnt until then stays.
    pub fn minimize<O: Evaluate<f64>>(
        &mut self,
        graph: &mut Graph<O>,
        loss: NodeId,
        data: &[Sample],
    ) -> Result<Vec<f64>, TrainError> {
        refuse_no_value(graph, loss)?;
        refuse_widths(graph, Role::Target, data)?;
        self.run(graph, data, |graph, evaluator, sample| {
            evaluator.set_features(graph, &sample.features)?;
            evaluator.set_targets(graph, &sample.targets)?;
            evaluator.reverse(graph, &[(loss, 1.0)])?;
            evaluator.value(loss)
        })
    }

    /// As [`PerSample::minimize_pair`].
    ///
    /// # Errors
    /// As [`minimize`](Self::minimize), and where there is no such output.
    pub fn minimize_pair<O: Evaluate<f64>>(
        &mut self,
        graph: &mut Graph<O>,
        output: &str,
        data: &[Sample],
        loss: impl Fn(&[f64], &[f64]) -> f64,
        gradient: impl Fn(&[f64], &[f64], &mut [f64]),
    ) -> Result<Vec<f64>, TrainError> {
        let output = named_output(graph, output)?;
        let mut predictions = Vec::new();
        let mut gradients = vec![0.0; output.len()];
        let mut seeds = Vec::new();
        self.run(graph, data, |graph, evaluator, sample| {
            evaluator.set_features(graph, &sample.features)?;
            evaluator.forward(graph, &output)?;
            predictions.clear();
            for &id in &output {
                predictions.push(evaluator.value(id)?);
            }
            gradients.fill(0.0);
            gradient(&sample.targets, &predictions, &mut gradients);
            seeds.clear();
            seeds.extend(output.iter().copied().zip(gradients.iter().copied()));
            evaluator.reverse(graph, &seeds)?;
            Ok(loss(&sample.targets, &predictions))
        })
    }

    /// The loop. `sweep` gives a sample's loss and leaves its gradient in the evaluator.
    fn run<O: Evaluate<f64>>(
        &mut self,
        graph: &mut Graph<O>,
        data: &[Sample],
        mut sweep: impl FnMut(&Graph<O>, &mut Evaluator<f64>, &Sample) -> Result<f64, EvaluationError>,
    ) -> Result<Vec<f64>, TrainError> {
        let rates = self.settings.prepare(graph, data)?;
        let parameters: Vec<NodeId> = graph.parameters().collect();
        let mut evaluator = Evaluator::new(graph);
        self.settings.epochs_over(data, |number, sample| {
            let in_sample = |error| TrainError::Sample {
                sample: number,
                error,
            };
            let loss = sweep(graph, &mut evaluator, sample).map_err(in_sample)?;
            for (&id, rate) in parameters.iter().zip(&rates) {
                let gradient = evaluator.adjoint(id).map_err(in_sample)?;
                let value = graph.parameter_value(id).map_err(TrainError::Rate)?;
                let updated = graph.set_parameter(id, value - gradient * rate);
                updated.map_err(TrainError::Rate)?;
            }
            Ok(loss)
        })
    }
}
