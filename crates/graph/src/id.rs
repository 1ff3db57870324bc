//! Keys: how nodes are referred to.

use slotmap::{Key as _, SecondaryMap};
use std::fmt;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

slotmap::new_key_type! {
    /// The bare key of a node inside its own graph's arena.
    pub(crate) struct Key;
}

/// The key of a node: small, `Copy`, and valid until the node is removed.
///
/// It knows which graph it belongs to, so that a key of another graph, or of a node that was removed,
/// is reported and never silently used. Its order and hash say nothing about the graph: the order of
/// nodes is the [canonical order](crate::CanonicalOrder).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    pub(crate) key: Key,
    pub(crate) graph: GraphId,
}

impl NodeId {
    /// A key of no node of any graph: whoever is given it reports a key of another graph. It stands
    /// where a type wants a key and there is none, such as in what a failed formula yields.
    #[must_use]
    pub fn dangling() -> Self {
        Self {
            key: Key::null(),
            graph: GraphId::NONE,
        }
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({:?} of graph {})", self.key.0, self.graph.0)
    }
}

/// Tells graphs of one process apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GraphId(NonZeroU32);

impl GraphId {
    /// The identity of no graph.
    const NONE: Self = Self(NonZeroU32::MAX);

    /// An identity that no other living graph has, short of 2³² − 2 graphs made in between.
    pub(crate) fn fresh() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        loop {
            // The counter orders nothing but itself.
            let id = NonZeroU32::new(NEXT.fetch_add(1, Ordering::Relaxed)).map(Self);
            if let Some(id) = id.filter(|id| *id != Self::NONE) {
                return id;
            }
        }
    }
}

/// Carries the keys of a graph over to its clone; see [`Graph::clone_with_keys`].
///
/// It knows which keys there were, so a key that the original made after the cloning is not taken for
/// that of whatever the clone has put in the same place since.
///
/// [`Graph::clone_with_keys`]: crate::Graph::clone_with_keys
#[derive(Clone, Debug)]
pub struct KeyMap {
    pub(crate) from: GraphId,
    pub(crate) to: GraphId,
    /// The nodes that were cloned.
    pub(crate) cloned: SecondaryMap<Key, ()>,
}

impl KeyMap {
    /// The clone's key for the node that `id` is in the original.
    ///
    /// # Errors
    /// [`KeyError::Foreign`] where `id` is no key of the original, [`KeyError::NotCloned`] where its node
    /// was removed before the cloning or made after it.
    pub fn get(&self, id: NodeId) -> Result<NodeId, KeyError> {
        let role = || "the key to map".to_owned();
        if id.graph != self.from {
            return Err(KeyError::Foreign { role: role() });
        }
        if !self.cloned.contains_key(id.key) {
            return Err(KeyError::NotCloned { role: role() });
        }
        Ok(NodeId {
            key: id.key,
            graph: self.to,
        })
    }
}

/// Why a key cannot be used. `role` says what the key was meant for: `operand 1 of mul`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key was made by another graph; a clone counts as another.
    #[error("{role} is a key of another graph")]
    Foreign {
        /// What the key was meant for.
        role: String,
    },
    /// The node was removed.
    #[error("{role} is the key of a node that was removed")]
    Stale {
        /// What the key was meant for.
        role: String,
    },
    /// The node was not there when the graph was cloned.
    #[error("{role} is the key of a node that was not there when the graph was cloned")]
    NotCloned {
        /// What the key was meant for.
        role: String,
    },
    /// The node is a macro, which has no value itself.
    #[error("{role} is the key of a macro, which has no value itself; its ports have")]
    NoValue {
        /// What the key was meant for.
        role: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Graph code passes keys around by the million; an `Option` of one must cost nothing extra.
    #[test]
    fn keys_are_small() {
        assert_eq!(size_of::<Key>(), 8);
        assert_eq!(size_of::<NodeId>(), 12);
        assert_eq!(size_of::<Option<NodeId>>(), 12);
    }
}
