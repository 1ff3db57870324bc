//! The second stage of expansion: macros give way to the nodes that were made for them.
//!
//! Nothing here can fail. Where the expansion made a node for a port, that node moves into the port's
//! place, so that the port's key, which a user may hold, becomes the node's key. Where the port's value
//! existed before, or another port took it, the port becomes an alias, and whatever used the port uses
//! the value itself. A port that the expansion itself made is held by nobody, and just goes.
//!
//! First it is settled what stands for what; then the operands of all nodes are gone through once. So the cost is
//! linear in the graph, as that of its canonical order is, which an expansion needs anyway.

use super::Expanded;
use crate::graph::Graph;
use crate::id::Key;
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
        for &(value, port) in &plan.moves {
            self.move_into(port, value);
        }
        for &port in &plan.inner {
            if let Some(mut node) = self.nodes.remove(port) {
                node.operands.clear(&mut self.pool);
            }
        }
        for &port in &plan.aliases {
            let value = plan.instead.find(port);
            let node = &mut self.nodes[port];
            node.kind = Kind::Alias;
            node.operands.clear(&mut self.pool);
            node.operands.push(value, &mut self.pool);
        }
        for expanded in expanded {
            self.remove_macro(expanded.key);
        }
        for node in self.nodes.values_mut() {
            for operand in node.operands.as_mut_slice(&mut self.pool) {
                *operand = plan.instead.find(*operand);
            }
        }
        let outputs = self.outputs.iter_mut().flat_map(|output| &mut output.keys);
        for key in outputs.chain(&mut self.inputs).chain(&mut self.parameters) {
            *key = plan.instead.find(*key);
        }
        self.count_anew(order, added);
        // They are counted anew as well.
        self.forget_users();
        self.generation += 1;
    }

    /// The ports of each macro, in the order of the macros and of their numbers.
    fn ports_of(&self, expanded: &[Expanded]) -> Vec<(usize, u32, Key)> {
        let macros = expanded.iter().enumerate();
        let macros: SecondaryMap<Key, usize> =
            macros.map(|(at, expanded)| (expanded.key, at)).collect();
        let mut ports = Vec::new();
        for (port, node) in &self.nodes {
            if let Kind::Port(number) = node.kind
                && let Some(&own) = node.operands.as_slice(&self.pool).first()
                && let Some(&at) = macros.get(own)
            {
                ports.push((at, number, port));
            }
        }
        ports.sort_unstable();
        ports
    }

    fn plan(&self, expanded: &[Expanded], added: &[Key]) -> Plan {
        // No key to what was made is known outside, so it may move.
        let mut made: SecondaryMap<Key, ()> = SecondaryMap::with_capacity(self.nodes.capacity());
        for &key in added {
            made.insert(key, ());
        }
        let mut plan = Plan::default();
        let mut outer = Vec::new();
        for (at, number, port) in self.ports_of(expanded) {
            let Some(&value) = expanded[at].values.get(number as usize) else {
                continue;
            };
            if made.contains_key(port) {
                plan.instead.0.insert(port, value);
                plan.inner.push(port);
            } else {
                outer.push((port, value));
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

    /// Moves the node `value` into the place of `port`.
    fn move_into(&mut self, port: Key, value: Key) {
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
                self.names.hand_over(scope, name, port);
            }
            Some(name) => self.names.release(scope, name),
            None if node.name.is_none() => node.scope = scope,
            None => {}
        }
    }

    fn remove_macro(&mut self, key: Key) {
        let Some(mut node) = self.nodes.remove(key) else {
            return;
        };
        node.operands.clear(&mut self.pool);
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
