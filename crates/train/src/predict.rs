//! Prediction: features in, the values of a named output out.

use dagrad_graph::{Evaluate, EvaluationError, Evaluator, Graph, Kind, NodeId, Role};
use std::collections::HashMap;

/// Runs a graph forward to one of its named outputs.
///
/// It finds the order of the graph once and keeps it until the graph is edited, so a prediction walks
/// over values only. After an edit it yields what the output of that name then is.
#[derive(Clone, Debug)]
pub struct Predictor {
    evaluator: Evaluator<f64>,
    name: String,
    /// The nodes of the output as of `generation`.
    output: Vec<NodeId>,
    generation: u64,
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
            (Some((name, _)), None) => Self::of(graph, name),
            (None, _) => Err(PredictError::NoOutput),
            (Some(_), Some(_)) => Err(PredictError::SeveralOutputs {
                names: output_names(graph),
            }),
        }
    }

    /// A predictor of the output called `name`.
    ///
    /// # Errors
    /// Where the graph has no such output.
    pub fn of<O: Evaluate<f64>>(graph: &Graph<O>, name: &str) -> Result<Self, PredictError> {
        Ok(Self {
            evaluator: Evaluator::new(graph),
            name: name.to_owned(),
            output: named_output(graph, name)?,
            generation: graph.generation(),
        })
    }

    /// The output's values, from the features by position, in declared order.
    ///
    /// # Errors
    /// Where the number of features is wrong, the output depends on a target or is no longer there, or the
    /// graph is another.
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
    /// Where a name is unknown, given twice or missing, the output depends on a target or is no longer
    /// there, or the graph is another.
    pub fn predict_named<O: Evaluate<f64>>(
        &mut self,
        graph: &Graph<O>,
        features: &[(&str, f64)],
    ) -> Result<Vec<f64>, PredictError> {
        let mut given = HashMap::with_capacity(features.len());
        for &(name, value) in features {
            let id = feature_called(graph, name)?;
            if given.insert(id, value).is_some() {
                return Err(PredictError::RepeatedFeature {
                    name: name.to_owned(),
                });
            }
        }
        let mut values = Vec::with_capacity(given.len());
        for id in graph.features() {
            match given.get(&id) {
                Some(&value) => values.push(value),
                None => {
                    let node = graph.describe(id).map_err(EvaluationError::from)?;
                    return Err(PredictError::MissingFeature { node });
                }
            }
        }
        self.predict(graph, &values)
    }

    /// The evaluator that this predictor runs, to look at the values inside or at its counters.
    #[must_use]
    pub fn evaluator(&self) -> &Evaluator<f64> {
        &self.evaluator
    }

    fn run<O: Evaluate<f64>>(&mut self, graph: &Graph<O>) -> Result<Vec<f64>, PredictError> {
        if self.generation != graph.generation() {
            self.output = named_output(graph, &self.name)?;
            self.generation = graph.generation();
        }
        self.evaluator.forward(graph, &self.output)?;
        let values = self.output.iter().map(|&id| self.evaluator.value(id));
        Ok(values.collect::<Result<_, _>>()?)
    }
}

fn named_output<O>(graph: &Graph<O>, name: &str) -> Result<Vec<NodeId>, PredictError> {
    graph
        .output(name)
        .ok_or_else(|| PredictError::NoSuchOutput {
            name: name.to_owned(),
            known: output_names(graph),
        })
}

fn output_names<O>(graph: &Graph<O>) -> Vec<String> {
    graph.outputs().map(|(name, _)| name.to_owned()).collect()
}

/// The feature whose scope path and name, joined by a dot, are `path`. A name may itself contain dots, so
/// every way to part the path is tried.
fn feature_called<O>(graph: &Graph<O>, path: &str) -> Result<NodeId, PredictError> {
    let dots = path
        .match_indices('.')
        .map(|(dot, _)| (&path[..dot], &path[dot + 1..]));
    let mut found = std::iter::once(("", path))
        .chain(dots)
        .filter_map(|(scope, name)| graph.find(scope, name))
        .filter(|&id| matches!(graph.kind(id), Ok(Kind::Input(Role::Feature))));
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(PredictError::UnknownFeature {
            name: path.to_owned(),
            known: feature_names(graph),
        }),
        (Some(_), Some(_)) => Err(PredictError::AmbiguousFeature {
            name: path.to_owned(),
        }),
    }
}

fn feature_names<O>(graph: &Graph<O>) -> Vec<String> {
    graph
        .features()
        .filter_map(|id| graph.path(id).ok().flatten())
        .collect()
}

/// `a, b, c`, or `none`.
pub(crate) fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
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
    #[error("there is no output {name:?}; there is: {}", listed(.known))]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
        /// The outputs' names.
        known: Vec<String>,
    },
    /// No feature has this name.
    #[error("no feature is called {name:?}; there is: {}", listed(.known))]
    UnknownFeature {
        /// The name that was given.
        name: String,
        /// The names of the features that have one.
        known: Vec<String>,
    },
    /// Several features are called so, since scope paths and names may both contain dots.
    #[error("several features are called {name:?}; give the features by position")]
    AmbiguousFeature {
        /// The name that was given.
        name: String,
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
