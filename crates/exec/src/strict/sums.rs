//! Sums over a batch, in an order that depends on the data only.
//!
//! Samples are added from left to right in blocks of 64; blocks are joined pairwise: the first two, then
//! the next two, then those two pairs, and so on, and at the end whatever is left, from the last on. That
//! is the tree that splits a list of blocks at the largest power of two below its length. No number of
//! lanes and no number of threads changes it.

use crate::program::BLOCK;
use dagrad_tape::TapeScalar;

/// Sums of `width` quantities.
#[derive(Clone, Debug)]
pub(crate) struct Sums<S> {
    width: usize,
    /// The block that is being added up, at the end, after the joined blocks: each `width` values.
    levels: Vec<S>,
    /// How many blocks each level before the last is made of; powers of two, descending.
    joined: Vec<usize>,
}

impl<S: TapeScalar> Sums<S> {
    pub(crate) fn new(width: usize) -> Self {
        let levels = vec![S::from_f64(0.0); width];
        Self {
            width,
            levels,
            joined: Vec::new(),
        }
    }

    /// Makes room for sums over so many blocks.
    pub(crate) fn reserve(&mut self, blocks: usize) {
        let levels = 2 + blocks.max(1).ilog2() as usize;
        let wanted = levels * self.width;
        if self.levels.len() < wanted {
            self.levels.resize(wanted, S::from_f64(0.0));
        }
        self.joined.reserve(levels);
    }

    pub(crate) fn clear(&mut self) {
        self.joined.clear();
    }

    /// Adds the values of consecutive samples, the first of which has the number `start`, to the quantity
    /// `at`; each times its weight, where there are weights. The samples lie in one block.
    pub(crate) fn add(&mut self, at: usize, start: usize, values: &[S], weights: Option<&[S]>) {
        let place = &mut self.levels[self.joined.len() * self.width + at];
        for (number, &value) in values.iter().enumerate() {
            let sample = start + number;
            let term = weights.map_or(value, |weights| value * weights[sample]);
            *place = if sample.is_multiple_of(BLOCK) {
                term
            } else {
                *place + term
            };
        }
    }

    /// Ends a block if the sample before `next` is its last, or the last of all `samples`.
    pub(crate) fn close(&mut self, next: usize, samples: usize) {
        if !next.is_multiple_of(BLOCK) && next != samples {
            return;
        }
        self.joined.push(1);
        while let [.., first, second] = *self.joined.as_slice()
            && first == second
        {
            self.join();
        }
    }

    /// The sums over everything.
    pub(crate) fn total(&mut self) -> &[S] {
        while self.joined.len() > 1 {
            self.join();
        }
        &self.levels[..self.width]
    }

    /// Joins the last two levels.
    fn join(&mut self) {
        let Some(last) = self.joined.pop() else {
            return;
        };
        if let Some(before) = self.joined.last_mut() {
            *before += last;
        }
        let second = self.joined.len() * self.width;
        let (firsts, seconds) = self.levels.split_at_mut(second);
        let first = &mut firsts[second - self.width..];
        for (sum, &term) in first.iter_mut().zip(&seconds[..self.width]) {
            *sum = *sum + term;
        }
    }
}
