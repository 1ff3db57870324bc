//! Macros that use what depends on them.
//!
//! Whoever uses nothing but its operands and what it makes itself closes no cycle. But a macro may share a
//! value with others, of which it holds the key; and that value may have come to depend on the macro.

use super::Expanded;
use crate::graph::Graph;
use crate::id::Key;
use crate::node::Kind;
use slotmap::SecondaryMap;

impl<O> Graph<O> {
    /// A macro that reaches out for what depends on it. Every cycle leads through one that reaches out, so
    /// the search starts from those, and usually there are none.
    pub(super) fn find_cycle(&self, expanded: &[Expanded]) -> Option<Key> {
        let mut reaching = expanded.iter().filter(|one| one.reaches_out).peekable();
        reaching.peek()?;
        let macros: SecondaryMap<Key, &Expanded> =
            expanded.iter().map(|one| (one.key, one)).collect();
        // Whether everything that a node will depend on was looked at.
        let mut done: SecondaryMap<Key, bool> = SecondaryMap::new();
        let mut stack = Vec::new();
        for Expanded { key: start, .. } in reaching {
            for &port in self.users_of(*start) {
                if !done.contains_key(port) {
                    done.insert(port, false);
                    stack.push((port, 0));
                }
                while let Some((key, seen)) = stack.last_mut() {
                    let Some(&next) = self.future_operands(*key, &macros).get(*seen) else {
                        done[*key] = true;
                        stack.pop();
                        continue;
                    };
                    *seen += 1;
                    match done.get(next) {
                        None => {
                            done.insert(next, false);
                            stack.push((next, 0));
                        }
                        Some(true) => {}
                        Some(false) => {
                            let from = stack.iter().position(|&(key, _)| key == next);
                            let around = stack[from.unwrap_or_default()..].iter();
                            let owner = |&(key, _): &(Key, usize)| self.owner(key, &macros);
                            let guilty = around.filter_map(owner).find(|one| one.reaches_out);
                            return Some(guilty.map_or(*start, |one| one.key));
                        }
                    }
                }
            }
        }
        None
    }

    /// The macro that a port belongs to.
    fn owner<'a>(
        &self,
        key: Key,
        macros: &SecondaryMap<Key, &'a Expanded>,
    ) -> Option<&'a Expanded> {
        let node = &self.nodes[key];
        let macro_ = node.operands.as_slice(&self.pool).first()?;
        matches!(node.kind, Kind::Port(_))
            .then(|| macros.get(*macro_).copied())
            .flatten()
    }

    /// What a node will depend on: a port on its value, everything else on its operands.
    fn future_operands<'a>(
        &'a self,
        key: Key,
        macros: &SecondaryMap<Key, &'a Expanded>,
    ) -> &'a [Key] {
        if let Some(owner) = self.owner(key, macros)
            && let Kind::Port(number) = self.nodes[key].kind
        {
            let number = number as usize;
            return owner.values.get(number..=number).unwrap_or_default();
        }
        self.nodes[key].operands.as_slice(&self.pool)
    }
}
