//! Changing a graph whose values may have many users.
//!
//! Every edit checks first and changes then, so an edit that is refused leaves the graph as it was.
//! An edit that would make a value depend on itself is refused and names the path.
//!
//! A key of an alias stands for the node that it denotes, except where it is named or removed: nothing
//! else than the alias itself has its name, and nothing uses it.

use crate::add::ArityError;
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::macros::MacroRef;
use crate::node::Kind;
use crate::operator::{Arity, Operator};
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
    /// Gives a parameter another value. No change of structure.
    ///
    /// # Errors
    /// Where `parameter` is no key of this graph or of something else.
    pub fn set_parameter(&mut self, parameter: NodeId, value: f64) -> Result<(), EditError> {
        let key = self.resolve(parameter, format_args!("the parameter"))?;
        // A port that became an alias of a parameter is a key to that parameter.
        let key = self.through_aliases(key);
        if let Kind::Parameter(old) = &mut self.nodes[key].kind {
            *old = value;
            return Ok(());
        }
        Err(self.wrong_kind(key, "a parameter"))
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// Where `parameter` is no key of this graph or of something else.
    pub fn parameter_value(&self, parameter: NodeId) -> Result<f64, EditError> {
        let key = self.resolve(parameter, format_args!("the parameter"))?;
        let key = self.through_aliases(key);
        if let Kind::Parameter(value) = self.nodes[key].kind {
            return Ok(value);
        }
        Err(self.wrong_kind(key, "a parameter"))
    }

    /// Puts another operation in the place of a node's operation; operands and users stay.
    ///
    /// # Errors
    /// Where `node` is no key of this graph or no operation, or the new operation takes another
    /// number of operands.
    pub fn set_operation(&mut self, node: NodeId, operation: O) -> Result<(), EditError> {
        let key = self.resolve_user(node)?;
        if self.is_macro(key) {
            return Err(self.wrong_kind(key, "an operation"));
        }
        self.check_arity(&operation, self.nodes[key].operands.as_slice(&self.pool))?;
        self.nodes[key].kind = Kind::Operation(operation);
        self.generation += 1;
        Ok(())
    }

    /// Makes `new` an operand of `user` in the place of operand number `operand`.
    ///
    /// # Errors
    /// Where a key is none of this graph, `user` has no such operand, or `new` depends on `user`.
    pub fn redirect(&mut self, user: NodeId, operand: usize, new: NodeId) -> Result<(), EditError> {
        let key = self.resolve_user(user)?;
        self.operand_at(key, operand)?;
        let new = self.resolve_value(new, format_args!("the new operand"))?;
        self.refuse_cycle(&[new], &[key])?;
        self.set_operand(key, operand, new);
        Ok(())
    }

    /// Puts `new` in the place of an operand that is there.
    fn set_operand(&mut self, user: Key, operand: usize, new: Key) {
        self.know_users();
        let place = &mut self.nodes[user].operands.as_mut_slice(&mut self.pool)[operand];
        let old = std::mem::replace(place, new);
        self.users.remove_last(old, user);
        self.users.push(new, user);
        self.generation += 1;
    }

    /// Adds an operand at the end of a node's operands, where its operation takes one more.
    ///
    /// # Errors
    /// Where a key is none of this graph, the operation takes no more operands, or `new` depends on
    /// `user`.
    pub fn push_operand(&mut self, user: NodeId, new: NodeId) -> Result<(), EditError> {
        let key = self.resolve_user(user)?;
        let new = self.resolve_value(new, format_args!("the new operand"))?;
        let count = self.nodes[key].operands.len();
        self.check_own_arity(key, count + 1, || {
            let mut operands = self.operand_keys(key);
            operands.push(new);
            operands
        })?;
        self.refuse_cycle(&[new], &[key])?;
        self.know_users();
        self.nodes[key].operands.push(new, &mut self.pool);
        self.users.push(new, key);
        self.generation += 1;
        Ok(())
    }

    /// Takes operand number `operand` away from `user`, where its operation can do with one fewer.
    ///
    /// # Errors
    /// Where `user` is no key of this graph, has no such operand, or cannot do without it.
    pub fn remove_operand(&mut self, user: NodeId, operand: usize) -> Result<(), EditError> {
        let key = self.resolve_user(user)?;
        let old = self.operand_at(key, operand)?;
        let count = self.nodes[key].operands.len();
        self.check_own_arity(key, count - 1, || {
            let mut operands = self.operand_keys(key);
            operands.remove(operand);
            operands
        })?;
        self.know_users();
        self.nodes[key].operands.remove_at(operand, &mut self.pool);
        self.users.remove_last(old, key);
        self.generation += 1;
        Ok(())
    }

    /// Lets everything that uses `old`, outputs and aliases included, use `new` instead. `old` stays,
    /// unused.
    ///
    /// # Errors
    /// Where a key is none of this graph, or `new` depends on a user of `old`.
    pub fn replace(&mut self, old: NodeId, new: NodeId) -> Result<(), EditError> {
        let old = self.resolve_value(old, format_args!("the node to replace"))?;
        let new = self.resolve_value(new, format_args!("the replacement"))?;
        if old == new {
            return Ok(());
        }
        // A cycle through any user of `old` would run from `new` down to that user; such a path
        // exists just where one to `old` leaves by an operand, so each user is looked for at once.
        let users = self.users_of(old).to_vec();
        self.refuse_cycle(&[new], &users)?;
        self.hand_over(old, new, &users);
        Ok(())
    }

    /// Lets `users`, which use `old`, and the outputs use `new` instead.
    fn hand_over(&mut self, old: Key, new: Key, users: &[Key]) {
        let mut gone: SecondaryMap<Key, ()> = SecondaryMap::new();
        for &user in users {
            gone.insert(user, ());
        }
        self.know_users();
        self.users.retain(old, |user| !gone.contains_key(user));
        for &user in users {
            // A user has one entry for each operand; the first redirects them all.
            if gone.remove(user).is_some() {
                let operands = self.nodes[user].operands.as_mut_slice(&mut self.pool);
                for operand in operands.iter_mut().filter(|operand| **operand == old) {
                    *operand = new;
                }
            }
            self.users.push(new, user);
        }
        for output in &mut self.outputs {
            for key in output.keys.iter_mut().filter(|key| **key == old) {
                *key = new;
            }
        }
        self.generation += 1;
    }

    /// Puts `operation` between `node` and everything that uses it, outputs included: the new node takes
    /// `node` first and `others` after it, and what used `node` uses the new node. An alias of `node` stays
    /// one.
    ///
    /// # Errors
    /// Where a key is none of this graph, the arity is wrong, or one of `others` depends on a user of
    /// `node`.
    pub fn insert_after(
        &mut self,
        node: NodeId,
        operation: O,
        others: &[NodeId],
    ) -> Result<NodeId, EditError> {
        let old = self.resolve_value(node, format_args!("the node to insert after"))?;
        let mut keys = vec![old];
        for (at, &id) in others.iter().enumerate() {
            let role = format_args!("operand {} of {}", at + 1, operation.name());
            keys.push(self.resolve_value(id, role)?);
        }
        self.check_arity(&operation, &keys)?;
        let users = self.users_of(old).iter();
        let users = users.filter(|&&user| !matches!(self.nodes[user].kind, Kind::Alias));
        let users: Vec<Key> = users.copied().collect();
        self.refuse_cycle(&keys[1..], &users)?;
        let operands: Vec<NodeId> = keys.iter().map(|&key| self.id_of(key)).collect();
        let outer = std::mem::replace(&mut self.scope, self.nodes[old].scope);
        let added = self.insert_with_operands(Kind::Operation(operation), &operands);
        self.scope = outer;
        self.hand_over(old, added, &users);
        Ok(self.id_of(added))
    }

    /// Puts `operation` between `user` and its operand number `operand`: the new node takes that
    /// operand first and `others` after it, and `user` takes the new node.
    ///
    /// # Errors
    /// Where a key is none of this graph, `user` has no such operand, the arity is wrong, or one of
    /// `others` depends on `user`.
    pub fn insert_between(
        &mut self,
        user: NodeId,
        operand: usize,
        operation: O,
        others: &[NodeId],
    ) -> Result<NodeId, EditError> {
        let key = self.resolve_user(user)?;
        let old = self.operand_at(key, operand)?;
        let mut keys = vec![old];
        for (at, &id) in others.iter().enumerate() {
            let role = format_args!("operand {} of {}", at + 1, operation.name());
            keys.push(self.resolve_value(id, role)?);
        }
        self.check_arity(&operation, &keys)?;
        self.refuse_cycle(&keys[1..], &[key])?;
        let operands: Vec<NodeId> = keys.iter().map(|&key| self.id_of(key)).collect();
        let outer = std::mem::replace(&mut self.scope, self.nodes[key].scope);
        let added = self.insert_with_operands(Kind::Operation(operation), &operands);
        self.scope = outer;
        self.set_operand(key, operand, added);
        Ok(self.id_of(added))
    }

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

    pub(crate) fn operand_keys(&self, key: Key) -> Vec<Key> {
        self.nodes[key].operands.as_slice(&self.pool).to_vec()
    }

    /// The key of the operation or macro that `node` denotes, whose operands may change.
    fn resolve_user(&self, node: NodeId) -> Result<Key, EditError> {
        let key = self.resolve(node, format_args!("the node to edit"))?;
        let key = self.through_aliases(key);
        match self.nodes[key].kind {
            Kind::Operation(_) | Kind::Macro(_) => Ok(key),
            Kind::Input(_)
            | Kind::Parameter(_)
            | Kind::Constant(_)
            | Kind::Port(_)
            | Kind::Alias => Err(self.wrong_kind(key, "an operation")),
        }
    }

    fn wrong_kind(&self, key: Key, wanted: &'static str) -> EditError {
        EditError::Kind {
            wanted,
            node: self.describe_key(key),
        }
    }

    fn operand_at(&self, user: Key, operand: usize) -> Result<Key, EditError> {
        let operands = self.nodes[user].operands.as_slice(&self.pool);
        operands
            .get(operand)
            .copied()
            .ok_or_else(|| EditError::NoSuchOperand {
                node: self.describe_key(user),
                operand,
                count: operands.len(),
            })
    }

    /// Fails where the node cannot have `count` operands; `operands` says which, for the message only.
    fn check_own_arity(
        &self,
        key: Key,
        count: usize,
        operands: impl FnOnce() -> Vec<Key>,
    ) -> Result<(), EditError> {
        match &self.nodes[key].kind {
            Kind::Operation(operation) if !operation.arity().accepts(count) => {
                self.check_arity(operation, &operands())?;
            }
            Kind::Macro(macro_) => self.check_macro_arity(key, macro_, count, operands)?,
            Kind::Operation(_)
            | Kind::Input(_)
            | Kind::Parameter(_)
            | Kind::Constant(_)
            | Kind::Port(_)
            | Kind::Alias => {}
        }
        Ok(())
    }

    /// A macro whose number of ports follows its operands keeps the number that it has.
    fn check_macro_arity(
        &self,
        key: Key,
        macro_: &MacroRef<O>,
        count: usize,
        operands: impl FnOnce() -> Vec<Key>,
    ) -> Result<(), ArityError> {
        let own = self.nodes[key].operands.len();
        let macro_ = macro_.get();
        let is_taken = macro_.arity().accepts(count);
        if is_taken && macro_.ports(count) == macro_.ports(own) {
            return Ok(());
        }
        Err(ArityError {
            operation: macro_.name().to_owned(),
            wanted: if is_taken {
                Arity::Exactly(own)
            } else {
                macro_.arity()
            },
            operands: self.describe_keys(&operands()),
        })
    }

    /// Fails where one of `new`, which are to become operands of each of `users`, depends on one of them.
    fn refuse_cycle(&self, new: &[Key], users: &[Key]) -> Result<(), EditError> {
        // What has no operands depends on nothing but itself. The maps below are as large as the arena, which
        // would make many edits in a row quadratic.
        let is_leaf = |key: &Key| self.nodes[*key].operands.len() == 0 && users != [*key];
        if users.is_empty() || new.iter().all(is_leaf) {
            return Ok(());
        }
        let mut wanted: SecondaryMap<Key, ()> = SecondaryMap::new();
        for &user in users {
            wanted.insert(user, ());
        }
        // For each node that was reached, the node that uses it on the way there; for a new operand,
        // itself.
        let mut reached_from: SecondaryMap<Key, Key> = new.iter().map(|&key| (key, key)).collect();
        let mut stack = new.to_vec();
        while let Some(key) = stack.pop() {
            if wanted.contains_key(key) {
                let mut path = vec![key];
                let mut at = key;
                while reached_from[at] != at {
                    at = reached_from[at];
                    path.push(at);
                }
                path.push(key);
                return Err(EditError::Cycle {
                    path: self.describe_path(&path),
                });
            }
            for &operand in self.nodes[key].operands.as_slice(&self.pool) {
                if !reached_from.contains_key(operand) {
                    reached_from.insert(operand, key);
                    stack.push(operand);
                }
            }
        }
        Ok(())
    }
}

/// Why an edit was refused. The graph is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The number of operands would be wrong.
    #[error(transparent)]
    Arity(#[from] ArityError),
    /// The node is of another kind.
    #[error("{wanted} is wanted, got {node}")]
    Kind {
        /// What the edit works on: `an operation`.
        wanted: &'static str,
        /// The node, as the listing shows it.
        node: String,
    },
    /// The node has fewer operands.
    #[error("{node} has no operand {operand}, only {count}, counted from 0")]
    NoSuchOperand {
        /// The node, as the listing shows it.
        node: String,
        /// The number that was asked for.
        operand: usize,
        /// How many operands there are.
        count: usize,
    },
    /// The edit would make a value depend on itself.
    #[error("the edit would close a cycle: {}", .path.join(", used by "))]
    Cycle {
        /// The nodes around the cycle, each used by the next; the first stands at the end again.
        path: Vec<String>,
    },
    /// Something uses the node.
    #[error("{node} is used by {user}")]
    Used {
        /// The node, as the listing shows it.
        node: String,
        /// A user of it, a node or an output.
        user: String,
    },
    /// No output has this name.
    #[error("there is no output {name:?}")]
    NoSuchOutput {
        /// The name that was asked for.
        name: String,
    },
    /// An output yields at least one value.
    #[error("the output {name:?} needs at least one node")]
    EmptyOutput {
        /// The output's name.
        name: String,
    },
}
