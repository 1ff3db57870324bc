//! Taking nodes away.

use super::EditError;
use crate::graph::Graph;
use crate::id::{Key, NodeId};
use crate::node::Kind;
use crate::operator::Operator;
use slotmap::SecondaryMap;

/// What a removal took with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many nodes were removed.
    pub nodes: usize,
    /// The names of the outputs that were removed because a node of theirs was.
    pub outputs: Vec<String>,
}

impl<O: Operator> Graph<O> {
    /// Removes a node that nothing uses.
    ///
    /// # Errors
    /// Where `node` is no key of this graph, or another node or an output uses it.
    pub fn remove(&mut self, node: NodeId) -> Result<(), EditError> {
        let key = self.resolve(node, format_args!("the node to remove"))?;
        let output = self
            .outputs
            .iter()
            .find(|output| output.keys.contains(&key));
        let user = self.users_of(key).first();
        let user = match (user, output) {
            (Some(&user), _) => self.describe_key(user),
            (None, Some(output)) => format!("the output {:?}", output.name),
            (None, None) => {
                self.remove_unused(key);
                return Ok(());
            }
        };
        Err(EditError::Used {
            node: self.describe_key(key),
            user,
        })
    }

    /// Removes a node and everything that depends on it, outputs included.
    ///
    /// # Errors
    /// Where `node` is no key of this graph.
    pub fn remove_cascade(&mut self, node: NodeId) -> Result<Removed, EditError> {
        let first = self.resolve(node, format_args!("the node to remove"))?;
        let mut doomed = vec![first];
        let mut seen = SecondaryMap::new();
        seen.insert(first, ());
        let mut at = 0;
        while let Some(&key) = doomed.get(at) {
            for &user in self.users_of(key) {
                if seen.insert(user, ()).is_none() {
                    doomed.push(user);
                }
            }
            at += 1;
        }
        let mut removed = Removed {
            nodes: doomed.len(),
            outputs: Vec::new(),
        };
        self.outputs.retain(|output| {
            let stays = !output.keys.iter().any(|&key| seen.contains_key(key));
            if !stays {
                self.names.release_output(&output.name);
                removed.outputs.push(output.name.clone());
            }
            stays
        });
        self.remove_all(&doomed);
        Ok(removed)
    }

    /// Removes every operation, constant and parameter that no output needs, and tells how many
    /// nodes that were. Inputs stay: their order is what a caller relies on.
    pub fn prune(&mut self) -> usize {
        let mut needed: SecondaryMap<Key, ()> = SecondaryMap::with_capacity(self.nodes.capacity());
        let mut stack: Vec<Key> = self.inputs.clone();
        stack.extend(self.outputs.iter().flat_map(|output| &output.keys));
        while let Some(key) = stack.pop() {
            if needed.insert(key, ()).is_none() {
                stack.extend(self.nodes[key].operands.as_slice(&self.pool));
            }
        }
        let doomed: Vec<Key> = self
            .nodes
            .keys()
            .filter(|&key| !needed.contains_key(key))
            .collect();
        if !doomed.is_empty() {
            self.remove_all(&doomed);
        }
        doomed.len()
    }

    /// Removes one node that nothing uses. No map of nodes is made, which would be as large as the arena.
    fn remove_unused(&mut self, key: Key) {
        let Some(mut node) = self.nodes.remove(key) else {
            return;
        };
        let mut operands = node.operands.as_slice(&self.pool).to_vec();
        operands.sort_unstable();
        for same in operands.chunk_by(|a, b| a == b) {
            if same.len() == 1 {
                self.users.remove_last(same[0], key);
            } else {
                self.users.retain(same[0], |user| user != key);
            }
        }
        node.operands.clear(&mut self.pool);
        self.users.forget(key);
        if let Some(name) = node.name {
            self.names.release(node.scope, name);
        }
        if matches!(node.kind, Kind::Input(_)) {
            self.inputs.retain(|&other| other != key);
        }
        if matches!(node.kind, Kind::Parameter(_)) {
            self.parameters.retain(|&other| other != key);
        }
        self.generation += 1;
    }

    /// Removes nodes that only each other use. Each list that mentions them is gone through once, so
    /// the cost is linear in what is removed and the lists it stood in.
    fn remove_all(&mut self, doomed: &[Key]) {
        let mut gone: SecondaryMap<Key, ()> = SecondaryMap::new();
        let mut touched = Vec::new();
        for &key in doomed {
            gone.insert(key, ());
        }
        let mut declared = false;
        for &key in doomed {
            let Some(mut node) = self.nodes.remove(key) else {
                continue;
            };
            touched.extend_from_slice(node.operands.as_slice(&self.pool));
            node.operands.clear(&mut self.pool);
            self.users.forget(key);
            if let Some(name) = node.name {
                self.names.release(node.scope, name);
            }
            declared |= matches!(node.kind, Kind::Input(_) | Kind::Parameter(_));
        }
        let mut tidied: SecondaryMap<Key, ()> = SecondaryMap::new();
        for key in touched {
            if self.nodes.contains_key(key) && tidied.insert(key, ()).is_none() {
                self.users.retain(key, |user| !gone.contains_key(user));
            }
        }
        if declared {
            self.inputs.retain(|&key| !gone.contains_key(key));
            self.parameters.retain(|&key| !gone.contains_key(key));
        }
        self.generation += 1;
    }
}
