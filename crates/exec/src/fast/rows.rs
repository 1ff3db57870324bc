//! Which row of the tile each slot lies in.
//!
//! Rows are handed out in contiguous runs, so that what is computed together lies together; a row that nobody
//! reads any more is handed out again.

use std::collections::BTreeMap;

/// Hands out rows.
#[derive(Default)]
pub(super) struct Rows {
    /// Free runs: start and length. No two touch.
    free: BTreeMap<u32, u32>,
    /// How many rows were needed at most.
    pub(super) count: u32,
}

impl Rows {
    /// Takes `count` rows in a row, the lowest that are free. Gives back the first.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        let fitting = self.free.iter().find(|&(_, &len)| len >= count);
        if let Some((&start, &len)) = fitting {
            self.free.remove(&start);
            if len > count {
                self.free.insert(start + count, len - count);
            }
            return start;
        }
        // What is free at the end grows.
        let start = match self.free.last_key_value() {
            Some((&start, &len)) if start + len == self.count => {
                self.free.remove(&start);
                start
            }
            Some(_) | None => self.count,
        };
        self.count = start + count;
        start
    }

    /// Gives a row back.
    pub(super) fn free(&mut self, row: u32) {
        let mut start = row;
        let mut len = 1;
        if let Some((&before, &count)) = self.free.range(..row).next_back()
            && before + count == row
        {
            self.free.remove(&before);
            start = before;
            len += count;
        }
        if let Some(count) = self.free.remove(&(row + 1)) {
            len += count;
        }
        self.free.insert(start, len);
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
