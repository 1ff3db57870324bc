//! How a batch is cut into blocks.

use std::ops::Range;

/// A batch cut into blocks, which are whole units of so many samples; the last unit may be shorter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Division {
    samples: usize,
    unit: usize,
    units: usize,
    blocks: usize,
}

impl Division {
    /// Cuts `samples` into units of `unit` samples, and these into `blocks` blocks, or as many as there are units. Both
    /// are at least 1.
    pub(crate) fn of(samples: usize, unit: usize, blocks: usize) -> Self {
        let units = samples.div_ceil(unit);
        Self {
            samples,
            unit,
            units,
            blocks: blocks.min(units),
        }
    }

    /// Cuts `samples` into blocks of `unit` samples.
    pub(crate) fn into_units(samples: usize, unit: usize) -> Self {
        Self::of(samples, unit, usize::MAX)
    }

    /// How many blocks there are.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    /// The samples of a block. Blocks follow each other and are as long as each other, but for one unit.
    pub(super) fn block(&self, number: usize) -> Range<usize> {
        self.start(number)..self.start(number + 1)
    }

    fn start(&self, block: usize) -> usize {
        // There are fewer samples than bytes of memory, and fewer blocks than samples.
        let units = (block as u128 * self.units as u128 / self.blocks as u128) as usize;
        units.saturating_mul(self.unit).min(self.samples)
    }
}

#[cfg(test)]
mod tests {
    use super::Division;

    #[test]
    fn blocks_are_the_batch() {
        for samples in 1..70 {
            for unit in [1, 2, 8, 64] {
                for blocks in [1, 2, 3, 8, 100] {
                    let division = Division::of(samples, unit, blocks);
                    assert!((1..=blocks).contains(&division.blocks()));
                    let mut next = 0;
                    for number in 0..division.blocks() {
                        let block = division.block(number);
                        assert!(block.start == next && !block.is_empty(), "{division:?}");
                        assert!(block.start.is_multiple_of(unit));
                        next = block.end;
                    }
                    assert_eq!(next, samples);
                }
            }
        }
    }
}
