//! Where the numbers of workloads come from.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use std::ops::Range;

/// A stream of numbers that a seed begins.
pub(super) struct Draw(Xoshiro256PlusPlus);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    /// A number in the range that `f32` has too.
    pub(super) fn number(&mut self, range: Range<f32>) -> f64 {
        f64::from(self.0.random_range(range))
    }

    pub(super) fn numbers(&mut self, count: usize, range: Range<f32>) -> Vec<f64> {
        (0..count).map(|_| self.number(range.clone())).collect()
    }

    /// A sum of twelve numbers between −½ and ½: nearly normal, of variance 1.
    pub(super) fn nearly_normal(&mut self) -> f64 {
        (0..12).map(|_| self.number(-0.5..0.5)).sum()
    }

    /// So many different numbers below `bound`, in the order drawn.
    pub(super) fn distinct(&mut self, count: usize, bound: usize) -> Vec<usize> {
        let mut drawn = Vec::with_capacity(count);
        while drawn.len() < count.min(bound) {
            let number = self.below(bound);
            if !drawn.contains(&number) {
                drawn.push(number);
            }
        }
        drawn
    }
}
