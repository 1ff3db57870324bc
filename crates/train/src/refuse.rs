//! What nothing can be learnt from, found before anything is.

use crate::data::Sample;
use crate::error::TrainError;
use dagrad_graph::{EvaluationError, Graph, KeyError, Kind, NodeId, Role};

/// Fails where `loss` is no value of this graph.
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

/// Fails where a sample has another number of features, or of targets, than the graph.
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

/// Fails where the data hold a NaN or an infinity.
pub(crate) fn refuse_non_finite(data: &[Sample]) -> Result<(), TrainError> {
    data.iter()
        .enumerate()
        .try_for_each(|(row, sample)| refuse_non_finite_sample(row, sample))
}

fn refuse_non_finite_sample(row: usize, sample: &Sample) -> Result<(), TrainError> {
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

/// The nodes of the output called `name`.
pub(crate) fn named_output<O>(graph: &Graph<O>, name: &str) -> Result<Vec<NodeId>, TrainError> {
    graph.output(name).ok_or_else(|| TrainError::NoSuchOutput {
        name: name.to_owned(),
        known: graph.outputs().map(|(name, _)| name.to_owned()).collect(),
    })
}
