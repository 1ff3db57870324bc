//! Which row of the tile each slot lies in.
//!
//! Rows are handed out in contiguous runs, so that what is computed together lies together; a row that nobody
//! reads any more is handed out again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Hands out rows.
#[derive(Default)]
pub(super) struct Rows {
    /// For each row the length of the free run that begins there, or 0.
    lengths: Vec<u32>,
    /// For each row the first row of the free run that ends there, or [`NONE`]. No two runs touch.
    starts: Vec<u32>,
    /// The first rows of free runs by the length of the run, and of others: runs that grew or were taken stay until
    /// somebody comes across them.
    by_length: BTreeMap<u32, BinaryHeap<Reverse<u32>>>,
    /// How many rows were needed at most.
    pub(super) count: u32,
}

/// No row.
const NONE: u32 = u32::MAX;

impl Rows {
    /// Takes `count` rows in a row, from the shortest free run that has as many, and the first of these. Gives back
    /// the first row.
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if let Some((start, len)) = self.shortest(count) {
            self.remove(start, len);
            if len > count {
                self.insert(start + count, len - count);
            }
            return start;
        }
        // What is free at the end grows.
        let last = self.starts.last().copied().filter(|&start| start != NONE);
        let start = last.unwrap_or(self.count);
        if start < self.count {
            self.remove(start, self.count - start);
        }
        self.count = start + count;
        self.lengths.resize(self.count as usize, 0);
        self.starts.resize(self.count as usize, NONE);
        start
    }

    /// The shortest free run that has `count` rows: its start and its length.
    fn shortest(&mut self, count: u32) -> Option<(u32, u32)> {
        loop {
            let (&len, starts) = self.by_length.range_mut(count..).next()?;
            while let Some(Reverse(start)) = starts.pop() {
                if self.lengths[start as usize] == len {
                    return Some((start, len));
                }
            }
            self.by_length.remove(&len);
        }
    }

    /// Gives a row back.
    pub(super) fn free(&mut self, row: u32) {
        let (mut start, mut len) = (row, 1);
        let before = row.checked_sub(1).map(|row| self.starts[row as usize]);
        if let Some(before) = before.filter(|&before| before != NONE) {
            self.remove(before, row - before);
            (start, len) = (before, row - before + 1);
        }
        let behind = self.lengths.get(row as usize + 1).copied().unwrap_or(0);
        if behind > 0 {
            self.remove(row + 1, behind);
            len += behind;
        }
        self.insert(start, len);
    }

    fn insert(&mut self, start: u32, len: u32) {
        self.lengths[start as usize] = len;
        self.starts[(start + len - 1) as usize] = start;
        self.by_length.entry(len).or_default().push(Reverse(start));
    }

    fn remove(&mut self, start: u32, len: u32) {
        self.lengths[start as usize] = 0;
        self.starts[(start + len - 1) as usize] = NONE;
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

    /// A list of which rows are taken, searched row by row, gives the same rows.
    #[test]
    fn the_shortest_free_run_is_taken() {
        let mut rows = Rows::default();
        let mut is_taken: Vec<bool> = Vec::new();
        let mut state = 1_u32;
        let mut draw = |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        for _ in 0..3000 {
            let taken: Vec<usize> = (0..is_taken.len()).filter(|&row| is_taken[row]).collect();
            if draw(9) < 5 && !taken.is_empty() {
                let row = taken[draw(u32::try_from(taken.len()).unwrap()) as usize];
                is_taken[row] = false;
                rows.free(u32::try_from(row).unwrap());
                continue;
            }
            let count = 1 + draw(4) as usize;
            let mut runs: Vec<(usize, usize)> = Vec::new();
            for row in (0..is_taken.len()).filter(|&row| !is_taken[row]) {
                match runs.last_mut() {
                    Some((len, start)) if *start + *len == row => *len += 1,
                    Some(_) | None => runs.push((1, row)),
                }
            }
            let fitting = runs.iter().filter(|(len, _)| *len >= count).min().copied();
            let last = runs
                .last()
                .filter(|(len, start)| start + len == is_taken.len());
            let start = fitting
                .or(last.copied())
                .map_or(is_taken.len(), |(_, start)| start);
            assert_eq!(rows.take(u32::try_from(count).unwrap()) as usize, start);
            is_taken.resize(is_taken.len().max(start + count), false);
            is_taken[start..start + count].fill(true);
            assert_eq!(rows.count as usize, is_taken.len());
        }
    }

    #[test]
    fn what_is_free_at_the_end_grows() {
        let mut rows = Rows::default();
        rows.take(3);
        rows.free(2);
        assert_eq!((rows.take(2), rows.count), (2, 4));
    }
}
