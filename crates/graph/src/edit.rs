//! Changing a graph whose values may have many users.
//!
//! Every edit checks first and changes then, so an edit that is refused leaves the graph as it was.
//! An edit that would make a value depend on itself is refused and names the path.
//!
//! A key of an alias stands for the node that it denotes, except where it is named or removed: nothing
//! else than the alias itself has its name, and nothing uses it.

mod checks;
mod error;
mod removal;

pub use error::EditError;
pub use removal::Removed;

use crate::graph::Graph;
use crate::id::{Key, NodeId};
use crate::node::Kind;
use crate::operator::Operator;
use slotmap::SecondaryMap;

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

    pub(crate) fn operand_keys(&self, key: Key) -> Vec<Key> {
        self.nodes[key].operands.as_slice(&self.pool).to_vec()
    }
}
