//! The canonical order: the one order in which everything that lists nodes lists them.
//!
//! First the inputs, then the parameters, each as they were declared; then, from the named outputs in
//! declared order, whatever they need, operands left to right and before their users (a depth-first
//! post-order); then, in the same way from the oldest node on, what no output reaches.
//!
//! Slots of the arena are reused, so neither keys nor slots have an order that means anything. This one
//! depends on how the graph was written and on nothing else. It is found with an explicit stack: a chain
//! of a million nodes takes no more of the thread's stack than one node.

use crate::graph::Graph;
use crate::id::{GraphId, Key, NodeId};
use slotmap::SecondaryMap;

/// Every node of a graph in canonical order, operands before their users.
#[derive(Clone, Debug)]
pub struct CanonicalOrder {
    graph: GraphId,
    pub(crate) keys: Vec<Key>,
    positions: SecondaryMap<Key, u32>,
}

impl CanonicalOrder {
    /// The number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The nodes, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator {
        self.keys.iter().map(|&key| NodeId {
            key,
            graph: self.graph,
        })
    }

    /// Where the node stands, counted from 0: the number that the listing gives it.
    #[must_use]
    #[inline]
    pub fn position(&self, id: NodeId) -> Option<usize> {
        if id.graph == self.graph {
            self.position_of(id.key)
        } else {
            None
        }
    }

    #[inline]
    pub(crate) fn position_of(&self, key: Key) -> Option<usize> {
        self.positions.get(key).map(|&position| position as usize)
    }

    fn place(&mut self, key: Key) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "an arena has fewer than 2³² nodes"
        )]
        let position = self.keys.len() as u32;
        self.positions.insert(key, position);
        self.keys.push(key);
    }

    fn is_placed(&self, key: Key) -> bool {
        self.positions.contains_key(key)
    }
}

impl<O> Graph<O> {
    /// The canonical order of the nodes, in time linear in nodes and operands, but for a sort
    /// of what no output reaches.
    #[must_use]
    pub fn canonical_order(&self) -> CanonicalOrder {
        let mut order = CanonicalOrder {
            graph: self.id,
            keys: Vec::with_capacity(self.len()),
            positions: SecondaryMap::with_capacity(self.nodes.capacity()),
        };
        for &key in self.inputs.iter().chain(&self.parameters) {
            order.place(key);
        }
        let mut stack = Vec::new();
        for output in &self.outputs {
            for &key in &output.keys {
                self.place_with_operands(key, &mut order, &mut stack);
            }
        }
        if order.len() < self.len() {
            let unreached = self.nodes.iter().filter(|(key, _)| !order.is_placed(*key));
            let mut unreached: Vec<_> = unreached.map(|(key, node)| (node.serial, key)).collect();
            unreached.sort_unstable_by_key(|&(serial, _)| serial);
            for (_, key) in unreached {
                self.place_with_operands(key, &mut order, &mut stack);
            }
        }
        order
    }

    /// Places `key` after everything that it needs. The stack holds, for each node on the way down,
    /// how many of its operands were looked at.
    fn place_with_operands(
        &self,
        key: Key,
        order: &mut CanonicalOrder,
        stack: &mut Vec<(Key, usize)>,
    ) {
        if order.is_placed(key) {
            return;
        }
        stack.push((key, 0));
        while let Some((key, seen)) = stack.last_mut() {
            let operands = self.nodes[*key].operands.as_slice(&self.pool);
            if let Some(&operand) = operands.get(*seen) {
                *seen += 1;
                if !order.is_placed(operand) {
                    stack.push((operand, 0));
                }
            } else {
                order.place(*key);
                stack.pop();
            }
        }
    }
}
