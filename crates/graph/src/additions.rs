//! Adding several nodes, all or none.

use crate::graph::{BuildError, Graph};
use crate::id::{Key, NodeId};
use crate::names::NameError;
use crate::operator::Operator;

/// Nodes that are being added to a graph: kept by [`commit`](Self::commit), and otherwise taken out
/// again when this is dropped, which leaves the graph as it was.
#[derive(Debug)]
pub struct Additions<'g, O: Operator> {
    graph: &'g mut Graph<O>,
    added: Vec<Key>,
    before: Before,
}

/// What the graph's counters were.
#[derive(Clone, Copy, Debug)]
struct Before {
    inputs: usize,
    parameters: usize,
    next_serial: u64,
}

impl<O: Operator> Graph<O> {
    /// Starts adding nodes that are only kept together.
    pub fn additions(&mut self) -> Additions<'_, O> {
        let before = Before {
            inputs: self.inputs.len(),
            parameters: self.parameters.len(),
            next_serial: self.next_serial,
        };
        Additions {
            graph: self,
            added: Vec::new(),
            before,
        }
    }
}

impl<O: Operator> Additions<'_, O> {
    /// The graph, with what was added so far.
    #[must_use]
    pub fn graph(&self) -> &Graph<O> {
        self.graph
    }

    /// Keeps what was added.
    pub fn commit(mut self) {
        self.added.clear();
    }

    /// As [`Graph::feature`].
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn feature<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, NameError> {
        let id = self.graph.feature(name)?;
        Ok(self.note(id))
    }

    /// As [`Graph::target`].
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn target<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, NameError> {
        let id = self.graph.target(name)?;
        Ok(self.note(id))
    }

    /// As [`Graph::parameter`].
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn parameter<'n>(
        &mut self,
        name: impl Into<Option<&'n str>>,
        value: f64,
    ) -> Result<NodeId, NameError> {
        let id = self.graph.parameter(name, value)?;
        Ok(self.note(id))
    }

    /// As [`Graph::constant`].
    pub fn constant(&mut self, value: f64) -> NodeId {
        let id = self.graph.constant(value);
        self.note(id)
    }

    /// As [`Graph::operation`].
    ///
    /// # Errors
    /// Where an operand is no key of this graph, or their number is not what the operation takes.
    pub fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError> {
        let id = self.graph.operation(operation, operands)?;
        Ok(self.note(id))
    }

    fn note(&mut self, id: NodeId) -> NodeId {
        self.added.push(id.key);
        id
    }
}

impl<O: Operator> Drop for Additions<'_, O> {
    fn drop(&mut self) {
        if self.added.is_empty() {
            return;
        }
        let graph = &mut *self.graph;
        // The newest first, so that nothing is taken out before its users, and each stands at the
        // end of the lists that it is in.
        while let Some(key) = self.added.pop() {
            let Some(mut node) = graph.nodes.remove(key) else {
                continue;
            };
            for &operand in node.operands.as_slice(&graph.pool).to_vec().iter().rev() {
                if let Some(operand) = graph.nodes.get_mut(operand) {
                    operand.users.remove_last(key, &mut graph.pool);
                }
            }
            node.operands.clear(&mut graph.pool);
            if let Some(name) = node.name {
                graph.names.release(node.scope, name);
            }
        }
        graph.inputs.truncate(self.before.inputs);
        graph.parameters.truncate(self.before.parameters);
        graph.next_serial = self.before.next_serial;
        // Who has looked at the nodes in between has to notice that they are gone.
        graph.generation += 1;
    }
}
