//! What has to hold for an edit: asked before anything changes.

use super::EditError;
use crate::add::ArityError;
use crate::graph::Graph;
use crate::id::{Key, NodeId};
use crate::macros::MacroRef;
use crate::node::Kind;
use crate::operator::{Arity, Operator};
use slotmap::SecondaryMap;

impl<O: Operator> Graph<O> {
    /// The key of the operation or macro that `node` denotes, whose operands may change.
    pub(super) fn resolve_user(&self, node: NodeId) -> Result<Key, EditError> {
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

    pub(super) fn wrong_kind(&self, key: Key, wanted: &'static str) -> EditError {
        EditError::Kind {
            wanted,
            node: self.describe_key(key),
        }
    }

    pub(super) fn operand_at(&self, user: Key, operand: usize) -> Result<Key, EditError> {
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
    pub(super) fn check_own_arity(
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
    pub(super) fn refuse_cycle(&self, new: &[Key], users: &[Key]) -> Result<(), EditError> {
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
