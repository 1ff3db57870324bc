//! One look at a node, for whoever reads a whole graph.

use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::node::{Kind, Node};

/// A node and what belongs to it, found by one look-up; [`Graph`]'s own methods look up for each question.
#[derive(Clone, Copy, Debug)]
pub struct NodeView<'g, O> {
    graph: &'g Graph<O>,
    node: &'g Node<O>,
}

impl<O> Graph<O> {
    /// A look at the node.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    #[inline]
    pub fn view(&self, id: NodeId) -> Result<NodeView<'_, O>, KeyError> {
        match self.nodes.get(id.key).filter(|_| id.graph == self.id) {
            Some(node) => Ok(NodeView { graph: self, node }),
            None => self
                .resolve(id, format_args!("the key"))
                .map(|key| NodeView {
                    graph: self,
                    node: &self.nodes[key],
                }),
        }
    }
}

impl<'g, O> NodeView<'g, O> {
    /// What the node is.
    #[must_use]
    pub fn kind(&self) -> &'g Kind<O> {
        &self.node.kind
    }

    /// The node's operands, in order.
    #[inline]
    pub fn operands(&self) -> impl ExactSizeIterator<Item = NodeId> + use<'g, O> {
        let graph = self.graph.id;
        let keys: &'g [Key] = self.node.operands.as_slice(&self.graph.pool);
        keys.iter().map(move |&key| NodeId { key, graph })
    }

    /// The node's name in its scope.
    #[must_use]
    pub fn name(&self) -> Option<&'g str> {
        self.node.name.map(|name| self.graph.names.text(name))
    }

    /// The path of the scope in which the node was made. Nodes of one scope give the same text, at the same
    /// place.
    #[must_use]
    pub fn scope_path(&self) -> &'g str {
        self.graph.names.text(self.node.scope)
    }
}
