//! Which row of the tile each slot lies in.
//!
//! Rows are handed out in contiguous runs, so that what is computed together lies together; a row that nobody
//! reads any more is handed out again.

use std::collections::{BTreeMap, BTreeSet};

/// Hands out rows.
#[derive(Default)]
pub(super) struct Rows {
    /// Free runs: start and length. No two touch.
    free: BTreeMap<u32, u32>,
    /// The same, by length.
    by_length: BTreeSet<(u32, u32)>,
    /// How many rows were needed at most.
    pub(super) count: u32,
}

impl Rows {
    /// Takes `count` rows in a row, from the shortest free run that has as many. Gives back the first.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let fitting = self.by_length.range((count, 0)..).next().copied();
        if let Some((len, start)) = fitting {
            self.remove(start, len);
            if len > count {
                self.insert(start + count, len - count);
            }
            return start;
        }
        // What is free at the end grows.
        let last = self
            .free
            .last_key_value()
            .map(|(&start, &len)| (start, len));
        let start = match last {
            Some((start, len)) if start + len == self.count => {
                self.remove(start, len);
                start
            }
            Some(_) | None => self.count,
        };
        self.count = start + count;
        start
    }

    /// Gives a row back.
    pub(super) fn free(&mut self, row: u32) {
        let (mut start, mut len) = (row, 1);
        let before = self.free.range(..row).next_back();
        if let Some((before, count)) = before.map(|(&before, &count)| (before, count))
            && before + count == row
        {
            self.remove(before, count);
            start = before;
            len += count;
        }
        if let Some(&count) = self.free.get(&(row + 1)) {
            self.remove(row + 1, count);
            len += count;
        }
        self.insert(start, len);
    }

    fn insert(&mut self, start: u32, len: u32) {
        self.free.insert(start, len);
        self.by_length.insert((len, start));
    }

    fn remove(&mut self, start: u32, len: u32) {
        self.free.remove(&start);
        self.by_length.remove(&(len, start));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_neighbours_join() {
        let mut rows = Rows::default();
        assert_eq!((rows.take(4), rows.take(2)), (0, 4));
        for row in [1, 3, 2, 0] {
            rows.free(row);
        }
        assert_eq!((rows.take(3), rows.take(1), rows.take(1)), (0, 3, 6));
        assert_eq!(rows.count, 7);
    }

    #[test]
    fn what_is_free_at_the_end_grows() {
        let mut rows = Rows::default();
        rows.take(3);
        rows.free(2);
        assert_eq!((rows.take(2), rows.count), (2, 4));
    }
}
