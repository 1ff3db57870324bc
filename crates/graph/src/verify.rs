//! The invariants of a graph, and a check of all of them.
//!
//! 1. Every operand and every user of a node is a node of the graph.
//! 2. A node stands among the users of another just as often as the other stands among its operands.
//! 3. Operations and macros have as many operands as they take, ports and aliases one; nothing else has
//!    any.
//! 4. No node depends on itself.
//! 5. The inputs and the parameters are just the nodes of these kinds, each listed once.
//! 6. Every node of an output is a node of the graph, no output is empty, and no two have one name.
//! 7. Every name leads to its node, and no two nodes of a scope have one name.
//! 8. No two nodes were made at the same count.
//! 9. A macro has a name; only its ports use it, each has one of its numbers, and no two have the same.
//! 10. Nothing uses an alias, not even another alias, and no output yields an alias or a macro.
//!
//! The methods of [`Graph`] keep them, so past construction nothing checks them again; this check is
//! for tests, and for whoever doubts.

use crate::graph::Graph;
use crate::id::Key;
use crate::node::Kind;
use crate::operator::Operator;
use slotmap::SecondaryMap;
use std::collections::HashSet;

/// An invariant that does not hold. Nodes are shown by their keys, since a graph that is broken
/// may have no canonical order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invariant {invariant} of the graph is broken at {place}: {what}")]
pub struct VerifyError {
    /// The invariant's number in the list of this module's documentation.
    pub invariant: u8,
    /// The node or the output.
    pub place: String,
    /// What is wrong there.
    pub what: String,
}

impl<O: Operator> Graph<O> {
    /// Checks every invariant, in time linear in nodes and operands, but for a
    /// sort of what no output reaches.
    ///
    /// # Errors
    /// The first invariant found broken. That is a bug of this crate.
    pub fn verify(&self) -> Result<(), VerifyError> {
        self.verify_edges()?;
        self.verify_acyclic()?;
        self.verify_declared()?;
        self.verify_outputs()?;
        self.verify_names()?;
        self.verify_macros()?;
        self.verify_aliases()
    }

    fn broken(&self, invariant: u8, key: Key, what: impl Into<String>) -> VerifyError {
        VerifyError {
            invariant,
            place: format!("{:?}", self.id_of(key)),
            what: what.into(),
        }
    }

    fn verify_edges(&self) -> Result<(), VerifyError> {
        // For each node its users, as their operands tell.
        let mut users_of: SecondaryMap<Key, Vec<Key>> = SecondaryMap::new();
        for (key, node) in &self.nodes {
            let operands = node.operands.as_slice(&self.pool);
            let users = self.known_users_of(key).unwrap_or_default();
            if !operands
                .iter()
                .chain(users)
                .all(|&other| self.nodes.contains_key(other))
            {
                return Err(self.broken(1, key, "an operand or a user is no node"));
            }
            for &operand in operands {
                if let Some(entry) = users_of.entry(operand) {
                    entry.or_default().push(key);
                }
            }
            let arity_holds = match &node.kind {
                Kind::Operation(operation) => operation.arity().accepts(operands.len()),
                Kind::Macro(macro_) => macro_.get().arity().accepts(operands.len()),
                Kind::Port(_) | Kind::Alias => operands.len() == 1,
                Kind::Input(_) | Kind::Parameter(_) | Kind::Constant(_) => operands.is_empty(),
            };
            if !arity_holds {
                return Err(self.broken(3, key, format!("{} operands", operands.len())));
            }
        }
        // Each use is counted up on the side of the operands and down on that of the users.
        let mut balance: SecondaryMap<Key, i64> = SecondaryMap::new();
        for key in self.nodes.keys() {
            let told = users_of.get(key).map_or(&[][..], Vec::as_slice);
            // What nobody asked for yet follows from the operands.
            let Some(users) = self.known_users_of(key) else {
                break;
            };
            for (list, step) in [(told, 1), (users, -1)] {
                for &user in list {
                    if let Some(entry) = balance.entry(user) {
                        *entry.or_default() += step;
                    }
                }
            }
            let even = told
                .iter()
                .chain(users)
                .all(|&user| balance.remove(user).is_none_or(|uses| uses == 0));
            if !even {
                return Err(self.broken(2, key, "operands and users do not mirror each other"));
            }
        }
        Ok(())
    }

    fn verify_acyclic(&self) -> Result<(), VerifyError> {
        // Takes away nodes without operands that are left until nothing is (Kahn, 1962).
        let mut missing: SecondaryMap<Key, usize> = SecondaryMap::new();
        let mut ready = Vec::new();
        for (key, node) in &self.nodes {
            missing.insert(key, node.operands.len());
            if node.operands.len() == 0 {
                ready.push(key);
            }
        }
        let mut taken = 0;
        while let Some(key) = ready.pop() {
            taken += 1;
            for &user in self.users_of(key) {
                missing[user] -= 1;
                if missing[user] == 0 {
                    ready.push(user);
                }
            }
        }
        match missing.iter().find(|&(_, &count)| count > 0) {
            Some((key, _)) if taken < self.len() => Err(self.broken(4, key, "depends on itself")),
            Some(_) | None => Ok(()),
        }
    }

    fn verify_declared(&self) -> Result<(), VerifyError> {
        let mut declared: SecondaryMap<Key, ()> = SecondaryMap::new();
        let inputs = self.inputs.iter().map(|&key| (key, true));
        for (key, is_input) in inputs.chain(self.parameters.iter().map(|&key| (key, false))) {
            let fits = match self.nodes.get(key).map(|node| &node.kind) {
                Some(Kind::Input(_)) => is_input,
                Some(Kind::Parameter(_)) => !is_input,
                Some(
                    Kind::Constant(_)
                    | Kind::Operation(_)
                    | Kind::Macro(_)
                    | Kind::Port(_)
                    | Kind::Alias,
                )
                | None => false,
            };
            if !fits || declared.insert(key, ()).is_some() {
                return Err(self.broken(5, key, "listed wrongly or twice"));
            }
        }
        for (key, node) in &self.nodes {
            let is_declared = matches!(node.kind, Kind::Input(_) | Kind::Parameter(_));
            if is_declared != declared.contains_key(key) {
                return Err(self.broken(5, key, "not listed"));
            }
        }
        let mut serials: Vec<_> = self
            .nodes
            .iter()
            .map(|(key, node)| (node.serial, key))
            .collect();
        serials.sort_unstable();
        let repeated = serials.windows(2).find(|pair| pair[0].0 == pair[1].0);
        let newest = serials
            .last()
            .filter(|(serial, _)| *serial >= self.next_serial);
        match repeated.map(|pair| &pair[1]).or(newest) {
            Some(&(serial, key)) => Err(self.broken(8, key, format!("count {serial}"))),
            None => Ok(()),
        }
    }

    fn verify_outputs(&self) -> Result<(), VerifyError> {
        let mut names = HashSet::new();
        for output in &self.outputs {
            let what = if output.keys.is_empty() {
                "no nodes"
            } else if !output.keys.iter().all(|&key| self.nodes.contains_key(key)) {
                "a node that was removed"
            } else if !names.insert(&output.name) || !self.names.has_output(&output.name) {
                "a name that another output has, or that leads nowhere"
            } else {
                continue;
            };
            let place = format!("output {:?}", output.name);
            return Err(VerifyError {
                invariant: 6,
                place,
                what: what.to_owned(),
            });
        }
        Ok(())
    }

    fn verify_names(&self) -> Result<(), VerifyError> {
        let mut named = 0;
        for (key, node) in &self.nodes {
            if let Some(name) = node.name {
                named += 1;
                if self.names.holder_of(node.scope, name) != Some(key) {
                    return Err(self.broken(7, key, format!("{:?}", self.names.text(name))));
                }
            }
        }
        if named == self.names.held() {
            return Ok(());
        }
        let what = format!("{} names lead to {named} nodes", self.names.held());
        Err(VerifyError {
            invariant: 7,
            place: "the names".to_owned(),
            what,
        })
    }

    fn verify_macros(&self) -> Result<(), VerifyError> {
        for (key, node) in &self.nodes {
            let users = self.users_of(key);
            if let Kind::Macro(macro_) = &node.kind {
                let ports = macro_.get().ports(node.operands.len());
                let mut numbers = HashSet::new();
                let is_own = |&user: &Key| {
                    matches!(self.nodes[user].kind, Kind::Port(number)
                        if (number as usize) < ports && numbers.insert(number))
                };
                if node.name.is_none() || !users.iter().all(is_own) {
                    return Err(self.broken(9, key, "no name, or wrong users"));
                }
            } else if users
                .iter()
                .any(|&user| matches!(self.nodes[user].kind, Kind::Port(_)))
            {
                return Err(self.broken(9, key, "no macro, but has a port"));
            }
        }
        Ok(())
    }

    fn verify_aliases(&self) -> Result<(), VerifyError> {
        for (key, node) in &self.nodes {
            let mut operands = node.operands.as_slice(&self.pool).iter();
            if operands.any(|&operand| self.is_alias(operand)) {
                return Err(self.broken(10, key, "an operand is an alias"));
            }
        }
        let yielded = self.outputs.iter().flat_map(|output| &output.keys);
        let is_wrong = |key: &Key| self.is_macro(*key) || self.is_alias(*key);
        match yielded.copied().find(is_wrong) {
            Some(key) => Err(self.broken(10, key, "an output yields an alias or a macro")),
            None => Ok(()),
        }
    }

    fn is_alias(&self, key: Key) -> bool {
        matches!(self.nodes[key].kind, Kind::Alias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::NodeId;
    use crate::{Arity, Expansion, Macro, MacroError};

    /// Any number of operands is right for it, so that each break below breaks one invariant.
    #[derive(Clone, Debug)]
    struct Any;

    impl Operator for Any {
        fn arity(&self) -> Arity {
            Arity::AtLeast(1)
        }

        fn name(&self) -> &'static str {
            "any"
        }
    }

    fn graph() -> (Graph<Any>, [NodeId; 4]) {
        let mut graph = Graph::new();
        let x = graph.feature("x").unwrap();
        let w = graph.parameter("w", 1.0).unwrap();
        let y = graph.operation(Any, &[x, w, x]).unwrap();
        let z = graph.operation(Any, &[y]).unwrap();
        graph.add_output("z", &[z]).unwrap();
        graph.verify().unwrap();
        (graph, [x, w, y, z])
    }

    fn check(invariant: u8, damage: impl FnOnce(&mut Graph<Any>, [NodeId; 4])) {
        let (mut graph, ids) = graph();
        damage(&mut graph, ids);
        assert_eq!(
            graph.verify().map_err(|error| error.invariant),
            Err(invariant)
        );
    }

    /// Two ports.
    struct Two;

    impl Macro<Any> for Two {
        fn name(&self) -> &'static str {
            "two"
        }

        fn arity(&self) -> Arity {
            Arity::Exactly(1)
        }

        fn ports(&self, _: usize) -> usize {
            2
        }

        fn expand(
            &self,
            _: &mut Expansion<'_, Any>,
            operands: &[NodeId],
        ) -> Result<Vec<NodeId>, MacroError> {
            Ok(vec![operands[0]; 2])
        }
    }

    #[test]
    fn each_broken_invariant_of_macros_and_aliases_is_found() {
        let check = |invariant, damage: fn(&mut Graph<Any>, [NodeId; 4], Key)| {
            check(invariant, |graph, ids| {
                let ports = graph.add_macro("two", Two, &[ids[2]]).unwrap();
                graph.insert_alias(ids[2]).unwrap();
                graph.verify().unwrap();
                let own = graph.operand_keys(ports[0].key)[0];
                damage(graph, [ids[0], ids[2], ports[0], ports[1]], own);
            });
        };
        // An operation, an alias and an output use a macro.
        check(9, |graph, _, own| {
            let ids = [graph.id_of(own)];
            graph.insert_with_operands(Kind::Operation(Any), &ids);
        });
        check(9, |graph, [_, y, ..], own| {
            let alias = graph.insert_alias(y).unwrap();
            graph.know_users();
            graph.users.remove_last(y.key, alias.key);
            graph.nodes[alias.key].operands.clear(&mut graph.pool);
            graph.nodes[alias.key].operands.push(own, &mut graph.pool);
            graph.users.push(own, alias.key);
        });
        check(10, |graph, _, own| graph.outputs[0].keys.push(own));
        // A number that another port has, and one that no port has.
        check(9, |graph, [.., b], _| {
            graph.nodes[b.key].kind = Kind::Port(0);
        });
        check(9, |graph, [.., b], _| {
            graph.nodes[b.key].kind = Kind::Port(2);
        });
        check(9, |graph, [_, y, ..], _| {
            graph.insert_port(y.key, 0);
        });
        check(9, |graph, _, own| {
            if let Some(name) = graph.nodes[own].name.take() {
                graph.names.release(graph.nodes[own].scope, name);
            }
        });
        check(3, |graph, [x, ..], own| {
            graph.nodes[own].operands.push(x.key, &mut graph.pool);
            graph.users.push(x.key, own);
        });
        check(3, |graph, [x, _, a, _], _| {
            graph.nodes[a.key].operands.push(x.key, &mut graph.pool);
            graph.users.push(x.key, a.key);
        });
        // An operation and an output use an alias, and an alias denotes an alias.
        check(10, |graph, [x, ..], _| {
            let alias = graph.insert_alias(x).unwrap();
            graph.insert_with_operands(Kind::Operation(Any), &[alias]);
        });
        check(10, |graph, [x, ..], _| {
            let alias = graph.insert_alias(x).unwrap();
            graph.outputs[0].keys.push(alias.key);
        });
        check(10, |graph, [x, ..], _| {
            let alias = graph.insert_alias(x).unwrap();
            let user = graph.insert_with_operands(Kind::Operation(Any), &[alias]);
            graph.nodes[user].kind = Kind::Alias;
        });
    }

    #[test]
    fn each_broken_invariant_is_found() {
        check(1, |graph, [x, ..]| {
            graph.nodes.remove(x.key);
        });
        check(2, |graph, [x, _, y, _]| {
            graph.users.push(x.key, y.key);
        });
        check(2, |graph, [_, w, y, _]| {
            graph.nodes[y.key].operands.push(w.key, &mut graph.pool);
        });
        check(3, |graph, [_, _, y, z]| {
            graph.nodes[z.key].operands.clear(&mut graph.pool);
            graph.users.forget(y.key);
        });
        check(4, |graph, [_, _, y, z]| {
            graph.nodes[y.key].operands.push(z.key, &mut graph.pool);
            graph.users.push(z.key, y.key);
        });
        check(5, |graph, [x, ..]| graph.inputs.push(x.key));
        check(5, |graph, _| graph.parameters.clear());
        check(6, |graph, _| graph.outputs[0].keys.clear());
        check(6, |graph, _| graph.outputs.extend_from_within(..));
        check(7, |graph, [x, w, ..]| {
            graph.nodes[x.key].name = graph.nodes[w.key].name;
        });
        check(7, |graph, [x, ..]| graph.nodes[x.key].name = None);
        check(8, |graph, [x, w, ..]| {
            graph.nodes[x.key].serial = graph.nodes[w.key].serial;
        });
    }
}
