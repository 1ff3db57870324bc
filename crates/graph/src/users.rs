//! Who uses each node.
//!
//! Users follow from operands, and whoever only builds and computes never asks for them. Were they kept with
//! every node, adding a node would have to write to each of its operands, which lie far apart. So they are
//! found when they are first asked for, in one pass over the graph, and kept in step from then on.

use crate::graph::Graph;
use crate::id::Key;
use crate::key_list::{KeyList, KeyPool};
use slotmap::SecondaryMap;
use std::sync::OnceLock;

/// The users of every node, once somebody has asked.
///
/// The methods keep in step what is there, and do nothing before: what has happened until then will be told
/// from the operands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Users(OnceLock<Lists>);

#[derive(Clone, Debug)]
struct Lists {
    /// For each node that was ever used, an entry for each operand of another node that it is, oldest first.
    of: SecondaryMap<Key, KeyList>,
    pool: KeyPool,
}

impl Lists {
    fn push(&mut self, used: Key, user: Key) {
        if let Some(list) = self.of.get_mut(used) {
            list.push(user, &mut self.pool);
        } else {
            let mut list = KeyList::default();
            list.push(user, &mut self.pool);
            self.of.insert(used, list);
        }
    }
}

impl Users {
    /// Notes that `user` has come to use `used`, once more if it already did.
    #[inline]
    pub(crate) fn push(&mut self, used: Key, user: Key) {
        if let Some(lists) = self.0.get_mut() {
            lists.push(used, user);
        }
    }

    /// Forgets the newest use of `used` by `user`.
    pub(crate) fn remove_last(&mut self, used: Key, user: Key) {
        if let Some(Lists { of, pool }) = self.0.get_mut()
            && let Some(list) = of.get_mut(used)
        {
            list.remove_last(user, pool);
        }
    }

    /// Keeps the users of `used` for which `keep` holds, in their order.
    pub(crate) fn retain(&mut self, used: Key, keep: impl FnMut(Key) -> bool) {
        if let Some(Lists { of, pool }) = self.0.get_mut()
            && let Some(list) = of.get_mut(used)
        {
            list.retain(pool, keep);
        }
    }

    /// Forgets every use of `used`, whose node is removed.
    pub(crate) fn forget(&mut self, used: Key) {
        if let Some(Lists { of, pool }) = self.0.get_mut()
            && let Some(mut list) = of.remove(used)
        {
            list.clear(pool);
        }
    }
}

impl<O> Graph<O> {
    /// The users of the node, oldest first.
    pub(crate) fn users_of(&self, key: Key) -> &[Key] {
        let Lists { of, pool } = self.users.0.get_or_init(|| self.find_users());
        of.get(key).map_or(&[], |list| list.as_slice(pool))
    }

    /// The users of the node, if those of all nodes are known.
    pub(crate) fn known_users_of(&self, key: Key) -> Option<&[Key]> {
        let Lists { of, pool } = self.users.0.get()?;
        Some(of.get(key).map_or(&[], |list| list.as_slice(pool)))
    }

    /// Finds the users, unless they are known. Called before an edit: from the operands that it leaves
    /// nobody could tell which user came first.
    pub(crate) fn know_users(&self) {
        self.users.0.get_or_init(|| self.find_users());
    }

    /// Lets the users be found anew, as if the nodes had just been made in the order of their age.
    pub(crate) fn forget_users(&mut self) {
        self.users = Users::default();
    }

    /// As if each node, the oldest first, had come to use its operands in their order.
    fn find_users(&self) -> Lists {
        let mut by_age: Vec<(u64, Key)> = self
            .nodes
            .iter()
            .map(|(key, node)| (node.serial, key))
            .collect();
        by_age.sort_unstable();
        let mut lists = Lists {
            of: SecondaryMap::with_capacity(self.nodes.capacity()),
            pool: KeyPool::default(),
        };
        for (_, user) in by_age {
            for &used in self.nodes[user].operands.as_slice(&self.pool) {
                lists.push(used, user);
            }
        }
        lists
    }
}
