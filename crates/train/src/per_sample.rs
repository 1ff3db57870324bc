//! Training as the tutorial does it: sample after sample, in order, updating after each.

use crate::data::Sample;
use crate::predict::listed;
use dagrad_graph::{
    EditError, Evaluate, EvaluationError, Evaluator, Graph, KeyError, Kind, NodeId, Role,
};
use std::collections::HashMap;
use std::fmt;

/// Gradient descent by single samples: for every epoch, for every sample in order, one forward sweep,
/// one reverse sweep, and `value -= gradient · rate` for every parameter.
///
/// Every parameter has the rate 0.01 unless it is given another; there are 1,000 epochs, and every
/// hundredth prints `Epoch 100: loss=…`, the mean of the samples' losses, each as it was before its
/// update.
///
/// ```
/// # use dagrad_train::PerSample;
/// let mut losses = Vec::new();
/// let mut training = PerSample::new()
///     .epochs(50)
///     .learning_rate(0.1)
///     .report(|epoch, loss| losses.push((epoch, loss)));
/// ```
pub struct PerSample<'r> {
    epochs: usize,
    print_every: usize,
    learning_rate: f64,
    rates: Vec<(NodeId, f64)>,
    allow_non_finite: bool,
    report: Box<dyn FnMut(usize, f64) + 'r>,
}

impl Default for PerSample<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PerSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerSample")
            .field("epochs", &self.epochs)
            .field("print_every", &self.print_every)
            .field("learning_rate", &self.learning_rate)
            .field("rates", &self.rates)
            .finish_non_exhaustive()
    }
}

impl<'r> PerSample<'r> {
    /// The tutorial's settings.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epochs: 1000,
            print_every: 100,
            learning_rate: 0.01,
            rates: Vec::new(),
            allow_non_finite: false,
            report: Box::new(|epoch, loss| println!("Epoch {epoch}: loss={loss:?}")),
        }
    }

    /// How often the data is gone through.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Every which epoch is reported, counted from 0; 0 for none.
    #[must_use]
    pub fn print_every(self, print_every: usize) -> Self {
        Self {
            print_every,
            ..self
        }
    }

    /// The learning rate of parameters that are not given one of their own.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self {
            learning_rate,
            ..self
        }
    }

    /// The learning rate of one parameter. The last one given counts.
    #[must_use]
    pub fn learning_rate_of(mut self, parameter: NodeId, rate: f64) -> Self {
        self.rates.push((parameter, rate));
        self
    }

    /// Lets data hold NaN and infinities, which are otherwise refused before anything is learnt.
    #[must_use]
    pub fn allow_non_finite(self) -> Self {
        Self {
            allow_non_finite: true,
            ..self
        }
    }

    /// What happens in place of printing: `report` gets the epoch's number and its mean loss.
    #[must_use]
    pub fn report<'s>(self, report: impl FnMut(usize, f64) + 's) -> PerSample<'s>
    where
        'r: 's,
    {
        let Self {
            epochs,
            print_every,
            learning_rate,
            rates,
            allow_non_finite,
            report: _,
        } = self;
        PerSample {
            epochs,
            print_every,
            learning_rate,
            rates,
            allow_non_finite,
            report: Box::new(report),
        }
    }

    /// Trains the graph's parameters so that `loss`, a node of the graph, becomes small over `data`.
    /// Gives the mean loss of each epoch.
    ///
    /// # Errors
    /// Where there is no data, a sample has a wrong number of features or targets, `loss` is no node of
    /// this graph, a learning rate is not finite or given to what is no parameter; then nothing was learnt.
    /// And where a sweep fails; what was learnt until then stays.
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

    /// Trains the graph's parameters so that a loss beside the graph becomes small: `loss` of a sample's
    /// targets and the values of the graph's output called `output`; `gradient` writes the loss's
    /// derivatives with respect to these values over zeros. Gives the mean loss of each epoch.
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
        let output = graph
            .output(output)
            .ok_or_else(|| TrainError::NoSuchOutput {
                name: output.to_owned(),
                known: graph.outputs().map(|(name, _)| name.to_owned()).collect(),
            })?;
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

    /// The learning rate of each parameter.
    fn rates_in<O: Evaluate<f64>>(
        &self,
        graph: &Graph<O>,
    ) -> Result<Vec<(NodeId, f64)>, TrainError> {
        let mut own = HashMap::new();
        for &(parameter, rate) in &self.rates {
            graph.parameter_value(parameter).map_err(TrainError::Rate)?;
            // A port may have become another key to a parameter.
            let parameter = denoted(graph, parameter);
            own.insert(parameter, rate);
        }
        let rates = graph.parameters().map(|id| {
            let rate = own.get(&id).copied().unwrap_or(self.learning_rate);
            if rate.is_finite() {
                return Ok((id, rate));
            }
            let node = graph.describe(id).map_err(EditError::from);
            let node = node.map_err(TrainError::Rate)?;
            Err(TrainError::RateNotFinite { node, rate })
        });
        rates.collect()
    }

    /// The loop. `sweep` gives a sample's loss and leaves its gradient in the evaluator.
    fn run<O: Evaluate<f64>>(
        &mut self,
        graph: &mut Graph<O>,
        data: &[Sample],
        mut sweep: impl FnMut(&Graph<O>, &mut Evaluator<f64>, &Sample) -> Result<f64, EvaluationError>,
    ) -> Result<Vec<f64>, TrainError> {
        if data.is_empty() {
            return Err(TrainError::NoData);
        }
        refuse_widths(graph, Role::Feature, data)?;
        if !self.allow_non_finite {
            data.iter()
                .enumerate()
                .try_for_each(|(row, sample)| refuse_non_finite(row, sample))?;
        }
        let rates = self.rates_in(graph)?;
        let mut evaluator = Evaluator::new(graph);
        let mut losses = Vec::new();
        for epoch in 0..self.epochs {
            let mut total = 0.0;
            for (number, sample) in data.iter().enumerate() {
                let in_sample = |error| TrainError::Sample {
                    sample: number,
                    error,
                };
                total += sweep(graph, &mut evaluator, sample).map_err(in_sample)?;
                for &(id, rate) in &rates {
                    let gradient = evaluator.adjoint(id).map_err(in_sample)?;
                    let value = graph.parameter_value(id).map_err(TrainError::Rate)?;
                    let updated = graph.set_parameter(id, value - gradient * rate);
                    updated.map_err(TrainError::Rate)?;
                }
            }
            #[expect(clippy::cast_precision_loss, reason = "no data set has 2⁵³ samples")]
            let mean = total / data.len() as f64;
            losses.push(mean);
            if self.print_every > 0 && epoch % self.print_every == 0 {
                (self.report)(epoch, mean);
            }
        }
        Ok(losses)
    }
}

pub(crate) fn refuse_no_value<O>(graph: &Graph<O>, loss: NodeId) -> Result<(), TrainError> {
    let role = || "the loss".to_owned();
    let error = match graph.kind(loss) {
        Ok(Kind::Macro(_)) => KeyError::NoValue { role: role() },
        Ok(_) => return Ok(()),
        Err(KeyError::Foreign { .. }) => KeyError::Foreign { role: role() },
        Err(KeyError::Stale { .. }) => KeyError::Stale { role: role() },
        Err(error) => error,
    };
    Err(TrainError::Loss(error))
}

/// The node that `id` is a key to, through however many aliases.
fn denoted<O>(graph: &Graph<O>, id: NodeId) -> NodeId {
    let mut id = id;
    while matches!(graph.kind(id), Ok(Kind::Alias))
        && let Ok(mut operands) = graph.operands(id)
        && let Some(target) = operands.next()
    {
        id = target;
    }
    id
}

pub(crate) fn refuse_widths<O>(
    graph: &Graph<O>,
    role: Role,
    data: &[Sample],
) -> Result<(), TrainError> {
    let wanted = match role {
        Role::Feature => graph.features().count(),
        Role::Target => graph.targets().count(),
    };
    for (sample, values) in data.iter().enumerate() {
        let got = match role {
            Role::Feature => values.features.len(),
            Role::Target => values.targets.len(),
        };
        if got != wanted {
            let error = EvaluationError::InputCount { role, wanted, got };
            return Err(TrainError::Sample { sample, error });
        }
    }
    Ok(())
}

pub(crate) fn refuse_non_finite(row: usize, sample: &Sample) -> Result<(), TrainError> {
    let tables = [("feature", &sample.features), ("target", &sample.targets)];
    for (table, values) in tables {
        if let Some(column) = values.iter().position(|value| !value.is_finite()) {
            let value = values[column];
            return Err(TrainError::NotFinite {
                row,
                table,
                column,
                value,
            });
        }
    }
    Ok(())
}

/// Why training stopped.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to learn from.
    #[error("there is no data to train on")]
    NoData,
    /// The data hold a NaN or an infinity.
    #[error(
        "row {row}, {table} {column} is {value}, both counted from 0; `allow_non_finite` lets it pass"
    )]
    NotFinite {
        /// The sample's number.
        row: usize,
        /// `feature` or `target`.
        table: &'static str,
        /// The number among the sample's features or targets.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// No output has this name.
    #[error("there is no output {name:?}; there is: {}", listed(.known))]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
        /// The outputs' names.
        known: Vec<String>,
    },
    /// The loss is no node of this graph.
    #[error(transparent)]
    Loss(KeyError),
    /// A sample cannot be run.
    #[error("sample {sample}: {error}")]
    Sample {
        /// The sample's number, counted from 0.
        sample: usize,
        /// What is wrong with it.
        error: EvaluationError,
    },
    /// A learning rate was given to what is no parameter of this graph.
    #[error("a learning rate was given to what is no parameter: {0}")]
    Rate(EditError),
    /// The graph cannot be lowered.
    #[error(transparent)]
    Lower(dagrad_tape::LowerError),
    /// An output cannot be added to the tape.
    #[error(transparent)]
    Output(dagrad_tape::OutputError),
    /// The loss cannot be differentiated.
    #[error(transparent)]
    Differentiate(dagrad_tape::DifferentiateError),
    /// The tape cannot be compiled.
    #[error(transparent)]
    Compile(#[from] dagrad_exec::CompileError),
    /// A batch cannot be run.
    #[error(transparent)]
    Run(#[from] dagrad_exec::RunError),
    /// A learning rate is a NaN or an infinity.
    #[error("the learning rate of {node} is {rate}")]
    RateNotFinite {
        /// The parameter, as the listing shows it.
        node: String,
        /// The rate.
        rate: f64,
    },
}
