//! Prediction: features in, the values of a named output out.

use dagrad_graph::{Evaluate, EvaluationError, Evaluator, Graph, Kind, NodeId, Role};

/// Runs a graph forward to one of its named outputs.
///
/// It finds the order of the graph once and keeps it until the graph is edited, so a prediction walks
/// over values only.
#[derive(Clone, Debug)]
pub struct Predictor {
    evaluator: Evaluator<f64>,
    output: Vec<NodeId>,
}

/// Predicts once, from the features by position, the graph's only output. To predict often, keep a
/// [`Predictor`].
///
/// # Errors
/// As [`Predictor::new`] and [`Predictor::predict`].
pub fn predict<O: Evaluate<f64>>(
    graph: &Graph<O>,
    features: &[f64],
) -> Result<Vec<f64>, PredictError> {
    Predictor::new(graph)?.predict(graph, features)
}

impl Predictor {
    /// A predictor of the graph's only output.
    ///
    /// # Errors
    /// Where the graph has no output, or several.
    pub fn new<O: Evaluate<f64>>(graph: &Graph<O>) -> Result<Self, PredictError> {
        let mut outputs = graph.outputs();
        match (outputs.next(), outputs.next()) {
            (Some((_, output)), None) => Ok(Self {
                evaluator: Evaluator::new(graph),
                output,
            }),
            (None, _) => Err(PredictError::NoOutput),
            (Some(_), Some(_)) => {
                let names = graph.outputs().map(|(name, _)| name.to_owned()).collect();
                Err(PredictError::SeveralOutputs { names })
            }
        }
    }

    /// A predictor of the output called `name`.
    ///
    /// # Errors
    /// Where the graph has no such output.
    pub fn of<O: Evaluate<f64>>(graph: &Graph<O>, name: &str) -> Result<Self, PredictError> {
        let output = graph
            .output(name)
            .ok_or_else(|| PredictError::NoSuchOutput {
                name: name.to_owned(),
                known: graph.outputs().map(|(name, _)| name.to_owned()).collect(),
            })?;
        Ok(Self {
            evaluator: Evaluator::new(graph),
            output,
        })
    }

    /// The output's values, from the features by position, in declared order.
    ///
    /// # Errors
    /// Where the number of features is wrong, the output depends on a target, or the graph is another.
    pub fn predict<O: Evaluate<f64>>(
        &mut self,
        graph: &Graph<O>,
        features: &[f64],
    ) -> Result<Vec<f64>, PredictError> {
        self.evaluator.set_features(graph, features)?;
        self.run(graph)
    }

    /// The output's values, from the features by name, in any order. A feature without a name cannot
    /// be given this way.
    ///
    /// # Errors
    /// Where a name is unknown, given twice or missing, the output depends on a target, or the graph is
    /// another.
    pub fn predict_named<O: Evaluate<f64>>(
        &mut self,
        graph: &Graph<O>,
        features: &[(&str, f64)],
    ) -> Result<Vec<f64>, PredictError> {
        let mut given = Vec::with_capacity(features.len());
        for &(name, value) in features {
            let id = graph
                .find_path(name)
                .filter(|&id| matches!(graph.kind(id), Ok(Kind::Input(Role::Feature))));
            let id = id.ok_or_else(|| PredictError::UnknownFeature {
                name: name.to_owned(),
                known: feature_names(graph),
            })?;
            if given.iter().any(|&(other, _)| other == id) {
                return Err(PredictError::RepeatedFeature {
                    name: name.to_owned(),
                });
            }
            given.push((id, value));
        }
        let missing = graph
            .features()
            .find(|&id| !given.iter().any(|&(other, _)| other == id));
        if let Some(id) = missing {
            let node = graph.describe(id).map_err(EvaluationError::from)?;
            return Err(PredictError::MissingFeature { node });
        }
        for (id, value) in given {
            self.evaluator.set_input(graph, id, value)?;
        }
        self.run(graph)
    }

    /// The evaluator that this predictor runs, to look at the values inside or at its counters.
    #[must_use]
    pub fn evaluator(&self) -> &Evaluator<f64> {
        &self.evaluator
    }

    fn run<O: Evaluate<f64>>(&mut self, graph: &Graph<O>) -> Result<Vec<f64>, PredictError> {
        self.evaluator.forward(graph, &self.output)?;
        let values = self.output.iter().map(|&id| self.evaluator.value(id));
        Ok(values.collect::<Result<_, _>>()?)
    }
}

fn feature_names<O>(graph: &Graph<O>) -> Vec<String> {
    graph
        .features()
        .filter_map(|id| graph.path(id).ok().flatten())
        .collect()
}

/// Why there is no prediction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredictError {
    /// The graph has no named output.
    #[error("the graph has no output; declare one with `add_output`")]
    NoOutput,
    /// The graph has several outputs, so the one that is wanted has to be named.
    #[error("the graph has several outputs, name one of them: {}", .names.join(", "))]
    SeveralOutputs {
        /// Their names.
        names: Vec<String>,
    },
    /// No output has this name.
    #[error("there is no output {name:?}; there is: {}", .known.join(", "))]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
        /// The outputs' names.
        known: Vec<String>,
    },
    /// No feature has this name.
    #[error("no feature is called {name:?}; there is: {}", .known.join(", "))]
    UnknownFeature {
        /// The name that was given.
        name: String,
        /// The names of the features that have one.
        known: Vec<String>,
    },
    /// A feature was given twice.
    #[error("the feature {name:?} is given twice")]
    RepeatedFeature {
        /// Its name.
        name: String,
    },
    /// A feature was not given.
    #[error("{node} is not given")]
    MissingFeature {
        /// The feature, as the listing shows it.
        node: String,
    },
    /// The sweep failed.
    #[error(transparent)]
    Evaluation(#[from] EvaluationError),
}
