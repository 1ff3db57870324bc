//! The second stage of expansion: macros give way to the nodes that were made for them.
//!
//! Nothing here can fail. Where the expansion made a node for a port, that node moves into the port's
//! place, so that the port's key, which a user may hold, becomes the node's key. Where the port's value
//! existed before, or another port took it, the port becomes an alias, and whatever used the port uses
//! the value itself.

use crate::graph::Graph;
use crate::id::Key;
use crate::key_list::KeyList;
use crate::node::{Kind, Node};
use slotmap::SecondaryMap;
use std::collections::HashMap;

/// A macro that has built what it stands for.
#[derive(Debug)]
pub(super) struct Expanded {
    pub(super) key: Key,
    /// The node of each port.
    pub(super) values: Vec<Key>,
}

/// What is known while macros are being replaced.
struct Replacement {
    /// The nodes that the expansion made: no key to them is known outside, so they may move.
    made: SecondaryMap<Key, ()>,
    /// Where nodes have moved to.
    moved: SecondaryMap<Key, Key>,
    /// Where the inputs and parameters that the expansion declared stand in their lists.
    declared: HashMap<Key, usize>,
}

impl<O> Graph<O> {
    /// Replaces the macros, given in the order in which they were expanded: outer ones before inner.
    pub(super) fn replace_macros(&mut self, expanded: &[Expanded], added: &[Key]) {
        let mut replacement = Replacement {
            made: SecondaryMap::with_capacity(self.nodes.capacity()),
            moved: SecondaryMap::new(),
            declared: HashMap::new(),
        };
        for &key in added {
            replacement.made.insert(key, ());
        }
        let lists = [&self.inputs, &self.parameters];
        for (at, &key) in lists.into_iter().flat_map(|list| list.iter().enumerate()) {
            if replacement.made.contains_key(key) {
                replacement.declared.insert(key, at);
            }
        }
        for Expanded { key, values } in expanded.iter().rev() {
            for port in self.nodes[*key].users.as_slice(&self.pool).to_vec() {
                if let Kind::Port(number) = self.nodes[port].kind
                    && let Some(&value) = values.get(number as usize)
                {
                    self.replace_port(port, value, &mut replacement);
                }
            }
            self.remove_macro(*key);
        }
        self.generation += 1;
    }

    fn replace_port(&mut self, port: Key, value: Key, replacement: &mut Replacement) {
        let mut value = value;
        loop {
            if let Some(&place) = replacement.moved.get(value) {
                value = place;
            } else if let (Kind::Alias, [target]) = (
                &self.nodes[value].kind,
                self.nodes[value].operands.as_slice(&self.pool),
            ) {
                value = *target;
            } else {
                break;
            }
        }
        self.nodes[port].operands.clear(&mut self.pool);
        if replacement.made.contains_key(value) {
            self.move_into(port, value, replacement);
            replacement.moved.insert(value, port);
        } else {
            self.make_alias(port, value);
        }
    }

    /// Moves the node `value` into the place of `port`, which has no operands any more.
    fn move_into(&mut self, port: Key, value: Key, replacement: &mut Replacement) {
        let Some(Node {
            kind,
            operands,
            mut users,
            name,
            scope,
            ..
        }) = self.nodes.remove(value)
        else {
            return;
        };
        for &operand in &operands.as_slice(&self.pool).to_vec() {
            replace_key(
                self.nodes[operand].users.as_mut_slice(&mut self.pool),
                value,
                port,
            );
        }
        for &user in &users.as_slice(&self.pool).to_vec() {
            replace_key(
                self.nodes[user].operands.as_mut_slice(&mut self.pool),
                value,
                port,
            );
            self.nodes[port].users.push(user, &mut self.pool);
        }
        users.clear(&mut self.pool);
        if let Some(&at) = replacement.declared.get(&value) {
            let is_input = matches!(kind, Kind::Input(_));
            let declared = if is_input {
                &mut self.inputs
            } else {
                &mut self.parameters
            };
            declared[at] = port;
        }
        let node = &mut self.nodes[port];
        node.kind = kind;
        node.operands = operands;
        // A name that the user gave to the port goes before the one that the macro gave to the node.
        match name {
            Some(name) if node.name.is_none() => {
                node.name = Some(name);
                node.scope = scope;
                self.names.hold(scope, name, port);
            }
            Some(name) => self.names.release(scope, name),
            None if node.name.is_none() => node.scope = scope,
            None => {}
        }
    }

    /// Makes `port`, which has no operands any more, an alias of `value`.
    fn make_alias(&mut self, port: Key, value: Key) {
        let mut users = std::mem::replace(&mut self.nodes[port].users, KeyList::empty());
        for &user in &users.as_slice(&self.pool).to_vec() {
            replace_key(
                self.nodes[user].operands.as_mut_slice(&mut self.pool),
                port,
                value,
            );
            self.nodes[value].users.push(user, &mut self.pool);
        }
        users.clear(&mut self.pool);
        for output in &mut self.outputs {
            replace_key(&mut output.keys, port, value);
        }
        let mut operands = KeyList::empty();
        operands.push(value, &mut self.pool);
        let node = &mut self.nodes[port];
        node.kind = Kind::Alias;
        node.operands = operands;
        self.nodes[value].users.push(port, &mut self.pool);
    }

    fn remove_macro(&mut self, key: Key) {
        let Some(mut node) = self.nodes.remove(key) else {
            return;
        };
        for &operand in &node.operands.as_slice(&self.pool).to_vec() {
            self.nodes[operand].users.remove_last(key, &mut self.pool);
        }
        node.operands.clear(&mut self.pool);
        node.users.clear(&mut self.pool);
        if let Some(name) = node.name {
            self.names.release(node.scope, name);
        }
    }
}

fn replace_key(keys: &mut [Key], old: Key, new: Key) {
    for key in keys.iter_mut().filter(|key| **key == old) {
        *key = new;
    }
}
