//! A graph's parameters as a vector that programs run with, and back.

use crate::error::TrainError;
use dagrad_exec::{Parameters, ProgramScalar};
use dagrad_graph::{EditError, Graph, NodeId, Operator};

/// The values of a graph's parameters, in declared order, in a layout of their own: whatever is compiled of the graph
/// [against it](Parameters::layout) runs with them.
///
/// ```
/// # use dagrad_graph::Graph;
/// # use dagrad_ops::Op;
/// # use dagrad_train::{parameters_of, store_parameters};
/// let mut graph = Graph::<Op>::new();
/// let w = graph.parameter("w", 0.5)?;
/// let mut parameters = parameters_of::<f32, _>(&graph)?;
/// parameters.set(0, 0.75);
/// store_parameters(&mut graph, &parameters)?;
/// assert_eq!(graph.parameter_value(w)?, 0.75);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// None that should ever happen: every parameter has a value.
pub fn parameters_of<S: ProgramScalar, O: Operator>(
    graph: &Graph<O>,
) -> Result<Parameters<S>, TrainError> {
    let values = graph.parameters().map(|id| graph.parameter_value(id));
    let values: Result<Vec<S>, EditError> = values.map(|value| value.map(S::from_f64)).collect();
    Ok(Parameters::of(&values.map_err(TrainError::Rate)?))
}

/// Gives a graph's parameters the values of such a vector.
///
/// # Errors
/// Where there are more or fewer than the graph has; then none is changed.
pub fn store_parameters<S: ProgramScalar, O: Operator>(
    graph: &mut Graph<O>,
    parameters: &Parameters<S>,
) -> Result<(), TrainError> {
    let (ids, values): (Vec<NodeId>, _) = (graph.parameters().collect(), parameters.to_vec());
    if ids.len() != values.len() {
        return Err(TrainError::Parameters {
            wanted: ids.len(),
            got: values.len(),
        });
    }
    for (id, value) in ids.into_iter().zip(values) {
        let stored = graph.set_parameter(id, value.to_f64());
        stored.map_err(TrainError::Rate)?;
    }
    Ok(())
}
