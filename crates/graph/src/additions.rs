//! Adding several nodes, all or none.

use crate::add::BuildError;
use crate::build::{Build, Leaf};
use crate::graph::Graph;
use crate::id::{Key, NodeId};
use crate::macros::MacroRef;
use crate::names::Symbol;
use crate::operator::Operator;

/// Nodes that are being added to a graph: kept by [`commit`](Self::commit), and otherwise taken out
/// again when this is dropped, which leaves the graph as it was.
#[derive(Debug)]
pub struct Additions<'g, O: Operator> {
    graph: &'g mut Graph<O>,
    added: Vec<Key>,
    /// How many nodes may be added in all.
    limit: usize,
    before: Before,
}

/// What the graph's scope and counters were.
#[derive(Clone, Copy, Debug)]
struct Before {
    scope: Symbol,
    inputs: usize,
    parameters: usize,
}

impl<O: Operator> Graph<O> {
    /// Starts adding nodes that are only kept together.
    pub fn additions(&mut self) -> Additions<'_, O> {
        self.limited_additions(usize::MAX)
    }

    /// The same, of at most `limit` nodes.
    pub(crate) fn limited_additions(&mut self, limit: usize) -> Additions<'_, O> {
        let before = Before {
            scope: self.scope,
            inputs: self.inputs.len(),
            parameters: self.parameters.len(),
        };
        Additions {
            graph: self,
            added: Vec::new(),
            limit,
            before,
        }
    }
}

impl<O: Operator> Additions<'_, O> {
    /// Keeps what was added.
    pub fn commit(mut self) {
        self.added.clear();
    }

    /// Keeps what was added, and tells what it is.
    pub(crate) fn commit_keys(mut self) -> Vec<Key> {
        std::mem::take(&mut self.added)
    }

    /// What was added so far, oldest first.
    pub(crate) fn added(&self) -> &[Key] {
        &self.added
    }

    /// Gives new nodes the scope with this path, counted from the outermost, until
    /// [`leave`](Self::leave) is given what this returns.
    pub(crate) fn enter(&mut self, path: &str) -> Symbol {
        let path = self.graph.names.intern(path);
        std::mem::replace(&mut self.graph.scope, path)
    }

    pub(crate) fn leave(&mut self, outer: Symbol) {
        self.graph.scope = outer;
    }

    fn refuse_beyond_limit(&self, more: usize) -> Result<(), BuildError> {
        if self.added.len().saturating_add(more) <= self.limit {
            Ok(())
        } else {
            Err(BuildError::TooMany { limit: self.limit })
        }
    }

    fn note(&mut self, id: NodeId) -> NodeId {
        self.added.push(id.key);
        id
    }
}

impl<O: Operator> Build<O> for Additions<'_, O> {
    fn graph(&self) -> &Graph<O> {
        self.graph
    }

    fn leaf(&mut self, leaf: Leaf, name: Option<&str>) -> Result<NodeId, BuildError> {
        self.refuse_beyond_limit(1)?;
        let id = Build::leaf(self.graph, leaf, name)?;
        Ok(self.note(id))
    }

    fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError> {
        self.refuse_beyond_limit(1)?;
        let id = self.graph.operation(operation, operands)?;
        Ok(self.note(id))
    }

    fn macro_node(
        &mut self,
        name: Option<&str>,
        macro_: MacroRef<O>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError> {
        self.graph.macro_operands(&macro_, operands)?;
        self.refuse_beyond_limit(macro_.get().ports(operands.len()).saturating_add(1))?;
        let (key, ports) = self.graph.insert_macro_with_ports(name, macro_, operands)?;
        self.added.push(key);
        self.added.extend(ports.iter().map(|port| port.key));
        Ok(ports)
    }
}

impl<O: Operator> Drop for Additions<'_, O> {
    fn drop(&mut self) {
        // Still another one where a panic came by.
        self.graph.scope = self.before.scope;
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
                graph.users.remove_last(operand, key);
            }
            node.operands.clear(&mut graph.pool);
            graph.users.forget(key);
            if let Some(name) = node.name {
                graph.names.release(node.scope, name);
            }
        }
        graph.inputs.truncate(self.before.inputs);
        graph.parameters.truncate(self.before.parameters);
        // Who has looked at the nodes in between has to notice that they are gone.
        graph.generation += 1;
    }
}
