//! From the keys that callers hold to nodes of this graph.

use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::node::{Kind, Node};
use std::borrow::Cow;
use std::fmt;

impl<O> Graph<O> {
    /// Whether `id` is the key of a node of this graph.
    #[must_use]
    pub fn contains(&self, id: NodeId) -> bool {
        id.graph == self.id && self.nodes.contains_key(id.key)
    }

    pub(crate) fn id_of(&self, key: Key) -> NodeId {
        NodeId {
            key,
            graph: self.id,
        }
    }

    pub(crate) fn node(&self, id: NodeId) -> Result<&Node<O>, KeyError> {
        let key = self.resolve(id, format_args!("the key"))?;
        Ok(&self.nodes[key])
    }

    /// The bare key, if `id` is a key of this graph; `role` says what the key is meant for.
    pub(crate) fn resolve(&self, id: NodeId, role: fmt::Arguments<'_>) -> Result<Key, KeyError> {
        if self.contains(id) {
            Ok(id.key)
        } else {
            Err(self.unusable(id, role.to_string()))
        }
    }

    /// The bare key of the node whose value `id` denotes. Macros have none, their ports have; an alias
    /// denotes what it is an alias of, so that nothing ever uses an alias.
    pub(crate) fn resolve_value(
        &self,
        id: NodeId,
        role: fmt::Arguments<'_>,
    ) -> Result<Key, KeyError> {
        let key = self.resolve(id, role)?;
        if matches!(self.nodes[key].kind, Kind::Macro(_)) {
            return Err(KeyError::NoValue {
                role: role.to_string(),
            });
        }
        Ok(self.through_aliases(key))
    }

    /// Whether each of `ids` is the key of a node of this graph that denotes itself: no macro and no alias.
    #[inline]
    pub(crate) fn are_plain(&self, ids: &[NodeId]) -> bool {
        ids.iter().all(|id| {
            id.graph == self.id
                && self
                    .nodes
                    .get(id.key)
                    .is_some_and(|node| !matches!(node.kind, Kind::Macro(_) | Kind::Alias))
        })
    }

    /// The nodes whose values the operands of something called `name` denote. Fails where one is no key of
    /// this graph or has no value.
    pub(crate) fn denoted<'k>(
        &self,
        operands: &'k [NodeId],
        name: &str,
    ) -> Result<Cow<'k, [NodeId]>, KeyError> {
        if self.are_plain(operands) {
            return Ok(Cow::Borrowed(operands));
        }
        let denoted = operands.iter().enumerate().map(|(at, &id)| {
            let key = self.resolve_value(id, format_args!("operand {at} of {name}"))?;
            Ok(self.id_of(key))
        });
        denoted.collect()
    }

    /// The node that a key of an alias denotes.
    pub(crate) fn through_aliases(&self, key: Key) -> Key {
        let mut key = key;
        while let Node {
            kind: Kind::Alias,
            operands,
            ..
        } = &self.nodes[key]
            && let Some(&target) = operands.as_slice(&self.pool).first()
        {
            key = target;
        }
        key
    }

    #[cold]
    fn unusable(&self, id: NodeId, role: String) -> KeyError {
        if id.graph == self.id {
            KeyError::Stale { role }
        } else {
            KeyError::Foreign { role }
        }
    }
}
