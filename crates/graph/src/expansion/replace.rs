//! The second stage of expansion: macros give way to the nodes that were made for them.
//!
//! Nothing here can fail. Where the expansion made a node for a port, that node moves into the port's
//! place, so that the port's key, which a user may hold, becomes the node's key. Where the port's value
//! existed before, or another port took it, the port becomes an alias, and whatever used the port uses
//! the value itself. A port that the expansion itself made is held by nobody, and just goes.
//!
//! First it is settled what stands for what; then every list that mentions a node that goes is gone through
//! once. So the cost is linear in what was made and in the lists of those who use it.

use super::Expanded;
use crate::graph::Graph;
use crate::id::Key;
use crate::key_list::KeyList;
use crate::node::{Kind, Node};
use crate::order::CanonicalOrder;
use slotmap::SecondaryMap;

/// What stands for the nodes that go: for a node that moves, the port whose place it takes; for a port, its
/// value.
#[derive(Default)]
struct Instead(SecondaryMap<Key, Key>);

impl Instead {
    /// The node that is there in the end.
    fn find(&mut self, key: Key) -> Key {
        let mut end = key;
        while let Some(&next) = self.0.get(end) {
            end = next;
        }
        // Everything on the way leads there at once from now on, so that long chains cost no more.
        let mut at = key;
        while let Some(next) = self.0.get_mut(at)
            && *next != end
        {
            at = std::mem::replace(next, end);
        }
        end
    }
}

/// Which nodes go, and where to.
#[derive(Default)]
struct Plan {
    instead: Instead,
    /// The nodes that move, and the ports whose places they take.
    moves: Vec<(Key, Key)>,
    /// The ports that become aliases.
    aliases: Vec<Key>,
    /// The ports that the expansion made.
    inner: Vec<Key>,
}

impl Plan {
    /// Everything that `instead` has an entry for.
    fn replaced(&self) -> impl Iterator<Item = Key> {
        let moved = self.moves.iter().map(|&(value, _)| value);
        moved.chain(self.inner.iter().chain(&self.aliases).copied())
    }
}

impl<O> Graph<O> {
    /// Replaces the macros, given in the order in which they were expanded. `order` is that of the graph
    /// before it was added to, and `added` is what was.
    pub(super) fn replace_macros(
        &mut self,
        expanded: &[Expanded],
        added: &[Key],
        order: &CanonicalOrder,
    ) {
        let mut plan = self.plan(expanded, added);
        let users = self.users_of_replaced(&mut plan);
        self.tidy_users(expanded, &mut plan);
        for &(value, port) in &plan.moves {
            self.move_into(port, value);
        }
        for port in std::mem::take(&mut plan.inner) {
            let value = plan.instead.find(port);
            self.hand_users_to(value, port);
            self.nodes.remove(port);
        }
        for port in std::mem::take(&mut plan.aliases) {
            let value = plan.instead.find(port);
            self.hand_users_to(value, port);
            self.nodes[value].users.push(port, &mut self.pool);
            let node = &mut self.nodes[port];
            node.kind = Kind::Alias;
            node.operands.clear(&mut self.pool);
            node.operands.push(value, &mut self.pool);
        }
        for user in users {
            for operand in self.nodes[user].operands.as_mut_slice(&mut self.pool) {
                *operand = plan.instead.find(*operand);
            }
        }
        let outputs = self.outputs.iter_mut().flat_map(|output| &mut output.keys);
        for key in outputs.chain(&mut self.inputs).chain(&mut self.parameters) {
            *key = plan.instead.find(*key);
        }
        for expanded in expanded {
            self.remove_macro(expanded.key);
        }
        self.count_anew(order, added);
        self.generation += 1;
    }

    fn plan(&self, expanded: &[Expanded], added: &[Key]) -> Plan {
        // No key to what was made is known outside, so it may move.
        let mut made: SecondaryMap<Key, ()> = SecondaryMap::with_capacity(self.nodes.capacity());
        for &key in added {
            made.insert(key, ());
        }
        let mut plan = Plan::default();
        let mut outer = Vec::new();
        for Expanded { key, values, .. } in expanded {
            let mut ports: Vec<(u32, Key)> = Vec::new();
            for &port in self.nodes[*key].users.as_slice(&self.pool) {
                if let Kind::Port(number) = self.nodes[port].kind {
                    ports.push((number, port));
                }
            }
            // The order of users is that of edits; which port a value moves into must not depend on it.
            ports.sort_unstable();
            for (number, port) in ports {
                let Some(&value) = values.get(number as usize) else {
                    continue;
                };
                if made.contains_key(port) {
                    plan.instead.0.insert(port, value);
                    plan.inner.push(port);
                } else {
                    outer.push((port, value));
                }
            }
        }
        for (port, value) in outer {
            let value = plan.instead.find(value);
            if made.contains_key(value) {
                plan.instead.0.insert(value, port);
                plan.moves.push((value, port));
            } else {
                plan.instead.0.insert(port, value);
                plan.aliases.push(port);
            }
        }
        plan
    }

    /// Whose operands will have to change, by the keys that they will have then, each once.
    fn users_of_replaced(&self, plan: &mut Plan) -> Vec<Key> {
        let mut seen: SecondaryMap<Key, ()> = SecondaryMap::new();
        let mut found = Vec::new();
        for key in plan.replaced() {
            for &user in self.nodes[key].users.as_slice(&self.pool) {
                if !matches!(self.nodes[user].kind, Kind::Macro(_))
                    && seen.insert(user, ()).is_none()
                {
                    found.push(user);
                }
            }
        }
        for user in &mut found {
            *user = plan.instead.find(*user);
        }
        found
    }

    /// Takes the macros off the lists of users that they are in, and puts ports there for the nodes that
    /// move into their places.
    fn tidy_users(&mut self, expanded: &[Expanded], plan: &mut Plan) {
        let going = expanded.iter().map(|expanded| expanded.key);
        let going = going.chain(plan.moves.iter().map(|&(value, _)| value));
        let mut used: SecondaryMap<Key, ()> = SecondaryMap::new();
        let mut lists = Vec::new();
        for key in going {
            for &operand in self.nodes[key].operands.as_slice(&self.pool) {
                if used.insert(operand, ()).is_none() {
                    lists.push(operand);
                }
            }
        }
        for key in lists {
            let mut users = std::mem::replace(&mut self.nodes[key].users, KeyList::empty());
            users.retain(&mut self.pool, |user| {
                !matches!(self.nodes[user].kind, Kind::Macro(_))
            });
            for user in users.as_mut_slice(&mut self.pool) {
                *user = plan.instead.find(*user);
            }
            self.nodes[key].users = users;
        }
    }

    /// Moves the node `value` into the place of `port`.
    fn move_into(&mut self, port: Key, value: Key) {
        self.hand_users_to(port, value);
        let Some(Node {
            kind,
            operands,
            name,
            scope,
            ..
        }) = self.nodes.remove(value)
        else {
            return;
        };
        let node = &mut self.nodes[port];
        node.kind = kind;
        node.operands.clear(&mut self.pool);
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

    /// Adds the users of `old` to those of `new`.
    fn hand_users_to(&mut self, new: Key, old: Key) {
        let mut users = std::mem::replace(&mut self.nodes[old].users, KeyList::empty());
        for at in 0..users.len() {
            let user = users.as_slice(&self.pool)[at];
            self.nodes[new].users.push(user, &mut self.pool);
        }
        users.clear(&mut self.pool);
    }

    fn remove_macro(&mut self, key: Key) {
        let Some(mut node) = self.nodes.remove(key) else {
            return;
        };
        node.operands.clear(&mut self.pool);
        node.users.clear(&mut self.pool);
        if let Some(name) = node.name {
            self.names.release(node.scope, name);
        }
    }

    /// Counts the nodes as if the graph had been read from its listing before the expansion. What is made
    /// of two graphs of one text has one text too.
    fn count_anew(&mut self, order: &CanonicalOrder, added: &[Key]) {
        self.next_serial = 0;
        for &key in order.keys.iter().chain(added) {
            if let Some(node) = self.nodes.get_mut(key) {
                node.serial = self.next_serial;
                self.next_serial += 1;
            }
        }
    }
}
