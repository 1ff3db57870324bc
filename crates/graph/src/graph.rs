//! The arena: what a graph holds, and how its nodes are looked at.

use crate::id::{GraphId, Key, KeyError, KeyMap, NodeId};
use crate::key_list::KeyPool;
use crate::names::{Names, Symbol};
use crate::node::{Kind, Node, Role};
use crate::outputs::Output;
use crate::users::Users;
use slotmap::SlotMap;
use std::fmt;

/// A computation graph: an arena of nodes, each of which may have many users.
///
/// Nodes are added with the methods below, one value at a time, and referred to by their
/// [`NodeId`]. Operands exist before their users, so what is built has no cycle, and edits that would
/// close one are refused. Every method that can fail leaves the graph as it was when it does.
///
/// `Graph` is generic over the operations, of which it asks only what [`Operator`](crate::Operator) says.
pub struct Graph<O> {
    pub(crate) id: GraphId,
    pub(crate) nodes: SlotMap<Key, Node<O>>,
    /// Where long lists of operands lie.
    pub(crate) pool: KeyPool,
    pub(crate) users: Users,
    pub(crate) names: Names,
    /// In declared order.
    pub(crate) inputs: Vec<Key>,
    /// In declared order.
    pub(crate) parameters: Vec<Key>,
    /// In declared order.
    pub(crate) outputs: Vec<Output>,
    /// The scope that new nodes are given.
    pub(crate) scope: Symbol,
    pub(crate) next_serial: u64,
    /// Raised by every change of structure, so that what was derived from the graph can notice.
    pub(crate) generation: u64,
}

impl<O> fmt::Debug for Graph<O> {
    /// How many nodes there are; the listing, which is [`Display`](fmt::Display), says which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("nodes", &self.len())
            .finish_non_exhaustive()
    }
}

impl<O> Default for Graph<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O> Graph<O> {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty graph with room for `nodes` nodes.
    #[must_use]
    pub fn with_capacity(nodes: usize) -> Self {
        Self {
            id: GraphId::fresh(),
            nodes: SlotMap::with_capacity_and_key(nodes),
            pool: KeyPool::default(),
            users: Users::default(),
            names: Names::new(),
            inputs: Vec::new(),
            parameters: Vec::new(),
            outputs: Vec::new(),
            scope: Symbol::ROOT,
            next_serial: 0,
            generation: 0,
        }
    }

    /// The number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the graph has no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A number that every change of structure raises. Values of parameters are not structure.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// What the node is.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn kind(&self, id: NodeId) -> Result<&Kind<O>, KeyError> {
        Ok(&self.node(id)?.kind)
    }

    /// The node's operands, in order. A node that uses a value twice has it twice.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn operands(&self, id: NodeId) -> Result<impl ExactSizeIterator<Item = NodeId>, KeyError> {
        let keys = self.node(id)?.operands.as_slice(&self.pool);
        Ok(keys.iter().map(|&key| self.id_of(key)))
    }

    /// The node's users: one entry for each operand that this node is, in the order in which they
    /// came to use it; after an expansion, in the order in which the graph was written. Whoever asks first
    /// waits for a pass over the graph, which finds the users of all nodes.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn users(&self, id: NodeId) -> Result<impl ExactSizeIterator<Item = NodeId>, KeyError> {
        let key = self.resolve(id, format_args!("the key"))?;
        Ok(self.users_of(key).iter().map(|&key| self.id_of(key)))
    }

    /// The inputs, in declared order.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator {
        self.inputs.iter().map(|&key| self.id_of(key))
    }

    /// The features, in declared order: what a prediction is made from.
    pub fn features(&self) -> impl Iterator<Item = NodeId> {
        self.inputs_with(Role::Feature)
    }

    /// The targets, in declared order.
    pub fn targets(&self) -> impl Iterator<Item = NodeId> {
        self.inputs_with(Role::Target)
    }

    fn inputs_with(&self, role: Role) -> impl Iterator<Item = NodeId> {
        let is_role =
            move |key: &&Key| matches!(self.nodes[**key].kind, Kind::Input(r) if r == role);
        self.inputs
            .iter()
            .filter(is_role)
            .map(|&key| self.id_of(key))
    }

    /// The parameters, in declared order.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator {
        self.parameters.iter().map(|&key| self.id_of(key))
    }
}

impl<O: Clone> Graph<O> {
    /// A copy of the graph, and the map from this graph's keys to the copy's.
    #[must_use]
    pub fn clone_with_keys(&self) -> (Self, KeyMap) {
        let copy = self.clone();
        let map = KeyMap {
            from: self.id,
            to: copy.id,
            cloned: self.nodes.keys().map(|key| (key, ())).collect(),
        };
        (copy, map)
    }
}

impl<O: Clone> Clone for Graph<O> {
    /// Another graph of the same text: keys of this one are foreign to it.
    fn clone(&self) -> Self {
        Self {
            id: GraphId::fresh(),
            nodes: self.nodes.clone(),
            pool: self.pool.clone(),
            users: self.users.clone(),
            names: self.names.clone(),
            inputs: self.inputs.clone(),
            parameters: self.parameters.clone(),
            outputs: self.outputs.clone(),
            scope: self.scope,
            next_serial: self.next_serial,
            generation: self.generation,
        }
    }
}
