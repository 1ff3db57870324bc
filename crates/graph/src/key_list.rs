//! Short lists of keys: the operands of a node, and its users.
//!
//! Most lists have at most two keys and lie where they belong. Longer ones take a block of a pool
//! that all lists share, so that adding a node allocates nothing by itself. Blocks have power-of-two
//! sizes; a block that is given back is used again for the next list of its size.

use crate::id::{Key, NodeId};
use slotmap::Key as _;

const INLINE: usize = 2;

/// A list of keys whose longer forms live in a [`KeyPool`].
///
/// A clone refers to the same block, so it belongs with a clone of the pool.
#[derive(Clone, Debug)]
pub(crate) enum KeyList {
    /// Null keys stand where the list has ended. No length is kept, which would cost four bytes.
    Inline([Key; INLINE]),
    /// `len` keys from `start` on; the block's size is `len` rounded up to a power of two.
    Pooled { start: u32, len: u32 },
}

/// The blocks of all long lists of one graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyPool {
    keys: Vec<Key>,
    /// For each power of two, where free blocks of that size start.
    free: Vec<Vec<u32>>,
}

impl KeyPool {
    fn take(&mut self, size: usize) -> usize {
        let class = size.trailing_zeros() as usize;
        if let Some(start) = self.free.get_mut(class).and_then(Vec::pop) {
            return start as usize;
        }
        let start = self.keys.len();
        self.keys.resize(start + size, Key::null());
        start
    }

    fn give_back(&mut self, start: usize, size: usize) {
        let class = size.trailing_zeros() as usize;
        if self.free.len() <= class {
            self.free.resize_with(class + 1, Vec::new);
        }
        self.free[class].push(index(start));
    }
}

/// A pool index or a length.
///
/// # Panics
/// Beyond 2³² keys, which take 32 GiB. Few nodes can have that many operands, so the arena's limit does not
/// keep the pool from it, and a wrapped index would be that of another list.
fn index(position: usize) -> u32 {
    match u32::try_from(position) {
        Ok(index) => index,
        Err(_) => too_many(),
    }
}

#[cold]
#[expect(
    clippy::panic,
    reason = "an allocation of this size would rather abort"
)]
fn too_many() -> ! {
    panic!("a graph cannot have more than 2³² operands")
}

/// How many keys come before the first null one.
#[inline]
fn filled(keys: &[Key; INLINE]) -> usize {
    // Spelt out: a loop over two keys costs more than they do.
    if keys[0].is_null() {
        0
    } else if keys[1].is_null() {
        1
    } else {
        INLINE
    }
}

impl Default for KeyList {
    #[inline]
    fn default() -> Self {
        Self::Inline([Key::null(); INLINE])
    }
}

impl KeyList {
    /// A list of the keys of `ids`.
    #[inline]
    pub(crate) fn of(ids: &[NodeId], pool: &mut KeyPool) -> Self {
        // The lengths that lie inline are spelt out, so that no loop fills the list piece by piece:
        // adding operations is what building does most.
        match *ids {
            [] => Self::default(),
            [a] => Self::Inline([a.key, Key::null()]),
            [a, b] => Self::Inline([a.key, b.key]),
            _ => Self::pooled(ids, pool),
        }
    }

    fn pooled(ids: &[NodeId], pool: &mut KeyPool) -> Self {
        let start = pool.take(ids.len().next_power_of_two());
        for (place, id) in pool.keys[start..].iter_mut().zip(ids) {
            *place = id.key;
        }
        Self::Pooled {
            start: index(start),
            len: index(ids.len()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Inline(keys) => filled(keys),
            Self::Pooled { len, .. } => *len as usize,
        }
    }

    #[inline]
    pub(crate) fn as_slice<'a>(&'a self, pool: &'a KeyPool) -> &'a [Key] {
        match self {
            Self::Inline(keys) => &keys[..filled(keys)],
            Self::Pooled { start, len } => &pool.keys[*start as usize..][..*len as usize],
        }
    }

    pub(crate) fn as_mut_slice<'a>(&'a mut self, pool: &'a mut KeyPool) -> &'a mut [Key] {
        match self {
            Self::Inline(keys) => {
                let filled = filled(keys);
                &mut keys[..filled]
            }
            Self::Pooled { start, len } => &mut pool.keys[*start as usize..][..*len as usize],
        }
    }

    /// Adds `key` at the end; amortised constant time.
    pub(crate) fn push(&mut self, key: Key, pool: &mut KeyPool) {
        match self {
            Self::Inline(keys) => {
                let filled = filled(keys);
                if filled < INLINE {
                    keys[filled] = key;
                } else {
                    let start = pool.take(2 * INLINE);
                    pool.keys[start..start + INLINE].copy_from_slice(keys);
                    pool.keys[start + INLINE] = key;
                    *self = Self::Pooled {
                        start: index(start),
                        len: 1 + INLINE as u32,
                    };
                }
            }
            Self::Pooled { start, len } => {
                let (old, filled) = (*start as usize, *len as usize);
                if filled.is_power_of_two() {
                    let new = pool.take(filled * 2);
                    pool.keys.copy_within(old..old + filled, new);
                    pool.give_back(old, filled);
                    *start = index(new);
                }
                pool.keys[*start as usize + filled] = key;
                *len += 1;
            }
        }
    }

    /// Keeps the keys for which `keep` holds, in their order.
    pub(crate) fn retain(&mut self, pool: &mut KeyPool, mut keep: impl FnMut(Key) -> bool) {
        let slice = self.as_mut_slice(pool);
        let mut kept = 0;
        for at in 0..slice.len() {
            if keep(slice[at]) {
                slice[kept] = slice[at];
                kept += 1;
            }
        }
        self.truncate(kept, pool);
    }

    /// Removes the last occurrence of `key`, keeping the order of the others; looks for it from the
    /// end, where what was added last stands.
    pub(crate) fn remove_last(&mut self, key: Key, pool: &mut KeyPool) {
        if let Some(at) = self.as_slice(pool).iter().rposition(|&k| k == key) {
            self.remove_at(at, pool);
        }
    }

    /// Removes the key at `at`, keeping the order of the others.
    pub(crate) fn remove_at(&mut self, at: usize, pool: &mut KeyPool) {
        let slice = self.as_mut_slice(pool);
        let shorter = slice.len() - 1;
        slice.copy_within(at + 1.., at);
        self.truncate(shorter, pool);
    }

    fn truncate(&mut self, new_len: usize, pool: &mut KeyPool) {
        match self {
            Self::Inline(keys) => keys[new_len..].fill(Key::null()),
            Self::Pooled { start, len } => {
                let (at, size) = (*start as usize, (*len as usize).next_power_of_two());
                let new_size = new_len.next_power_of_two();
                if new_len <= INLINE {
                    let mut keys = [Key::null(); INLINE];
                    keys[..new_len].copy_from_slice(&pool.keys[at..at + new_len]);
                    pool.give_back(at, size);
                    *self = Self::Inline(keys);
                } else {
                    *len = index(new_len);
                    if new_size < size {
                        // The block's size follows from the length, so the list moves.
                        let new = pool.take(new_size);
                        pool.keys.copy_within(at..at + new_len, new);
                        pool.give_back(at, size);
                        *start = index(new);
                    }
                }
            }
        }
    }

    /// Gives the list's block back and leaves it empty.
    pub(crate) fn clear(&mut self, pool: &mut KeyPool) {
        self.truncate(0, pool);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slotmap::SlotMap;

    fn list_of(keys: &[Key], pool: &mut KeyPool) -> KeyList {
        let graph = NodeId::dangling().graph;
        let ids: Vec<NodeId> = keys.iter().map(|&key| NodeId { key, graph }).collect();
        KeyList::of(&ids, pool)
    }

    fn keys(count: usize) -> Vec<Key> {
        let mut arena = SlotMap::with_key();
        (0..count).map(|_| arena.insert(())).collect()
    }

    #[test]
    fn a_list_keeps_what_is_pushed_whatever_its_length() {
        let keys = keys(70);
        let mut pool = KeyPool::default();
        let (mut list, mut other) = (KeyList::default(), KeyList::default());
        for (count, &key) in keys.iter().enumerate() {
            assert_eq!(list.as_slice(&pool), &keys[..count]);
            list.push(key, &mut pool);
            other.push(keys[keys.len() - 1 - count], &mut pool);
        }
        assert_eq!(list.as_slice(&pool), keys);
        assert!(other.as_slice(&pool).iter().rev().eq(&keys));
    }

    #[test]
    fn blocks_that_are_given_back_are_used_again() {
        let keys = keys(64);
        let mut pool = KeyPool::default();
        for _ in 0..100 {
            let mut list = list_of(&keys, &mut pool);
            list.retain(&mut pool, |key| keys[..5].contains(&key));
            assert_eq!(list.as_slice(&pool), &keys[..5]);
            list.remove_last(keys[1], &mut pool);
            assert_eq!(list.as_slice(&pool), &[keys[0], keys[2], keys[3], keys[4]]);
            list.clear(&mut pool);
            assert_eq!(list.len(), 0);
        }
        // One block of each size that the list went through.
        assert_eq!(pool.keys.len(), 64 + 8 + 4);
    }

    /// One of these lies in every node; the size decides what a node costs.
    #[test]
    fn a_list_is_as_small_as_two_keys() {
        assert_eq!(size_of::<KeyList>(), 16);
    }
}
