//! Blocks of a batch, claimed by threads, and the sums of each, joined.

use super::division::Division;
use super::spread::spread;
use dagrad_graph::Scalar;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where threads claim blocks, and where sums wait to be joined.
///
/// Sums over blocks are joined in a tree: a range of blocks is split at the largest power of two below its length. A
/// node of it is known by its first block on the right; who is done with a side of the node second joins both there, so
/// nobody ever waits.
#[derive(Debug)]
pub(crate) struct Blocks<S> {
    /// The first block that nobody has claimed.
    next: AtomicUsize,
    /// By the first block on the right, less one: the sums of the side that was done first.
    nodes: Vec<Mutex<Option<Vec<S>>>>,
    /// The sums over all blocks.
    total: Mutex<Option<Vec<S>>>,
    /// Buffers that nobody has.
    free: Mutex<Vec<Vec<S>>>,
}

/// What a thread claims blocks from.
pub(crate) struct Claims<'c, S> {
    blocks: &'c Blocks<S>,
    division: Division,
    /// The results for each sample, of which every block has its own part.
    rows: *mut S,
    columns: usize,
    /// How many sums there are.
    width: usize,
    results: PhantomData<&'c mut [S]>,
}

// SAFETY: the only part that is not shared by itself are the rows, and no two blocks have the same ones.
unsafe impl<S: Send + Sync> Sync for Claims<'_, S> {}

/// A block that a thread has claimed.
pub(crate) struct Block<'c, S> {
    number: usize,
    pub(crate) samples: Range<usize>,
    /// The results for each of its samples.
    pub(crate) rows: &'c mut [S],
    /// Room for its sums, with anything in it.
    pub(crate) sums: Vec<S>,
}

impl<S> Default for Blocks<S> {
    fn default() -> Self {
        Self {
            next: AtomicUsize::new(0),
            nodes: Vec::new(),
            total: Mutex::new(None),
            free: Mutex::new(Vec::new()),
        }
    }
}

/// Nothing in it outlasts a run.
impl<S> Clone for Blocks<S> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<S: Scalar + Send + Sync> Blocks<S> {
    /// Lets `work` claim blocks until there are none, once for each state and in as many threads as there are; adds up
    /// `width` sums. The results for each sample lie in `rows`, row-major.
    ///
    /// Returns the sums over all blocks, which may be swapped for another vector.
    pub(crate) fn run<T: Send>(
        &mut self,
        division: Division,
        width: usize,
        rows: &mut [S],
        states: &mut [T],
        work: impl Fn(&mut T, &Claims<'_, S>) + Sync,
    ) -> Option<&mut Vec<S>> {
        self.prepare(division, width, states.len());
        let claims = Claims {
            blocks: self,
            division,
            columns: rows.len() / division.samples(),
            rows: rows.as_mut_ptr(),
            width,
            results: PhantomData,
        };
        spread(states, &|state: &mut T| {
            let _stop = StopOnPanic(&claims.blocks.next);
            work(state, &claims);
        });
        exclusive(&mut self.total).as_mut()
    }

    /// Makes room for all that can wait at a time, so that none is made while threads are at work.
    fn prepare(&mut self, division: Division, width: usize, threads: usize) {
        *self.next.get_mut() = 0;
        let free = exclusive(&mut self.free);
        // Where a panic ended a run, some are left.
        let left = self
            .nodes
            .iter_mut()
            .filter_map(|node| exclusive(node).take());
        free.extend(left);
        free.extend(exclusive(&mut self.total).take());
        let blocks = division.blocks();
        if self.nodes.len() + 1 < blocks {
            self.nodes.resize_with(blocks - 1, Mutex::default);
        }
        // A thread has one, and before its block there may be one on each level of the tree.
        let levels = blocks.next_power_of_two().ilog2() as usize;
        let wanted = blocks.min(threads.saturating_mul(levels + 1));
        if free.len() < wanted {
            free.resize_with(wanted, Vec::new);
        }
        for buffer in free.iter_mut() {
            buffer.resize(width, S::from_f64(0.0));
        }
    }

    /// Hands in the sums of a block, and joins them with those that wait for them.
    fn hand_in(&self, block: usize, mut sums: Vec<S>, blocks: usize) {
        // The node of a level that has the block, counted from the left, and what it starts with.
        let (mut node, mut level) = (block, 0);
        while 1 << level < blocks {
            let right = (node | 1) << level;
            // At the end of the blocks a node may have no right side.
            if right < blocks {
                let mut waiting = lock(&self.nodes[right - 1]);
                let Some(mut others) = waiting.take() else {
                    *waiting = Some(sums);
                    return;
                };
                drop(waiting);
                if node % 2 == 1 {
                    std::mem::swap(&mut sums, &mut others);
                }
                for (sum, &other) in sums.iter_mut().zip(&others) {
                    *sum = *sum + other;
                }
                lock(&self.free).push(others);
            }
            node /= 2;
            level += 1;
        }
        *lock(&self.total) = Some(sums);
    }
}

impl<S: Scalar + Send + Sync> Claims<'_, S> {
    /// The next block that nobody has claimed, if there is one.
    pub(crate) fn next(&self) -> Option<Block<'_, S>> {
        // Buffers go from thread to thread through locks; the counter only has to give each number once.
        let number = self.blocks.next.fetch_add(1, Ordering::Relaxed);
        if number >= self.division.blocks() {
            // Far from where it would overflow, however often it is asked.
            self.blocks
                .next
                .store(self.division.blocks(), Ordering::Relaxed);
            return None;
        }
        let samples = self.division.block(number);
        let buffer = lock(&self.blocks.free).pop();
        Some(Block {
            number,
            // SAFETY: there are as many rows as samples. Every number is given once, blocks have no sample in common, and
            // whoever runs this has the rows for itself as long as claims can be made.
            rows: unsafe {
                std::slice::from_raw_parts_mut(
                    self.rows.add(samples.start * self.columns),
                    samples.len() * self.columns,
                )
            },
            samples,
            // There is one always; if there were none, a new one would do.
            sums: buffer.unwrap_or_else(|| vec![S::from_f64(0.0); self.width]),
        })
    }

    /// Hands in a block that is done, with its sums.
    pub(crate) fn done(&self, block: Block<'_, S>) {
        self.blocks
            .hand_in(block.number, block.sums, self.division.blocks());
    }
}

/// Leaves no block to claim when a panic passes by: the results of others would not be seen.
struct StopOnPanic<'c>(&'c AtomicUsize);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Half of what there is to count, so that claims of others do not overflow it.
            self.0.store(usize::MAX / 2, Ordering::Relaxed);
        }
    }
}

/// What a lock guards. It is never held while something can panic that leaves it half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn exclusive<T>(mutex: &mut Mutex<T>) -> &mut T {
    mutex.get_mut().unwrap_or_else(PoisonError::into_inner)
}
