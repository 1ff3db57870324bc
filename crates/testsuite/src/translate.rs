//! The same graph over other operations, for backends that are the reference sweeps but for something.

use crate::backend::Job;
use dagrad_graph::{Graph, Kind, NodeId, Operator, Role};
use dagrad_ops::Op;
use std::collections::HashMap;

/// The same graph with `part(op)` in the place of every operation, without names and outputs, and where its
/// nodes went. An alias becomes what it denotes.
///
/// # Errors
/// Where there is a macro, or the other operations take other numbers of operands.
pub fn translate<O: Operator>(
    graph: &Graph<Op>,
    part: impl Fn(&Op) -> O,
) -> Result<(Graph<O>, HashMap<NodeId, NodeId>), String> {
    let mut copy = Graph::new();
    let mut keys = HashMap::new();
    for id in graph.canonical_order().iter() {
        let operands = graph.operands(id).map_err(|error| error.to_string())?;
        let operands: Vec<_> = operands.filter_map(|id| keys.get(&id).copied()).collect();
        let made = match graph.kind(id).map_err(|error| error.to_string())? {
            Kind::Input(Role::Feature) => copy.feature(None).map_err(|error| error.to_string()),
            Kind::Input(Role::Target) => copy.target(None).map_err(|error| error.to_string()),
            Kind::Parameter(value) => copy
                .parameter(None, *value)
                .map_err(|error| error.to_string()),
            Kind::Constant(value) => Ok(copy.constant(*value)),
            Kind::Operation(op) => copy
                .operation(part(op), &operands)
                .map_err(|error| error.to_string()),
            Kind::Alias => Ok(operands[0]),
            Kind::Macro(_) | Kind::Port(_) => Err("a macro is not expanded".to_owned()),
        };
        keys.insert(id, made?);
    }
    Ok((copy, keys))
}

impl<S: Clone> Job<'_, S> {
    /// The same job for a translated graph. Its own graph stays the original one.
    #[must_use]
    pub fn renamed(&self, keys: &HashMap<NodeId, NodeId>) -> Self {
        let list = |ids: &[NodeId]| ids.iter().filter_map(|id| keys.get(id).copied()).collect();
        Self {
            outputs: list(&self.outputs),
            variables: list(&self.variables),
            ..self.clone()
        }
    }
}
