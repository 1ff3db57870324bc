//! Steps that add up over lanes: sums of products, and of rows.

use super::memory::{Scratch, panel_stride};
use super::place::{Place, Space};
use super::plan::{GatheredGradients, Gradients, LaneSums, Places};
use super::running::{Running, Under};
use crate::kernels;
use crate::scalar::ProgramScalar;

impl<S: ProgramScalar> Running<'_, S> {
    #[inline]
    pub(super) fn gradients(&mut self, gradients: &Gradients, under: Under<'_>) {
        let columns = gradients.columns.len();
        let given = self.given;
        let target = self.pointer(Place::new(Space::Means, gradients.targets.start));
        let (adds, scale) = (self.adds(gradients.is_first), self.scale);
        let tile = self.bases.of(Space::Tile);
        let is_reduced = match gradients.input {
            Some(_) => columns < self.engine.kernels.width,
            None => are_few(gradients.rows.len(), columns, under.lanes * size_of::<S>()),
        };
        if is_reduced {
            let kernel = self.engine.kernels.reduced;
            let lanes = under.lanes;
            let own = &self.offsets[gradients.columns.clone()];
            let (row_tile, rows) = self.weighted(&gradients.rows, under);
            let args = kernels::Reduced {
                lanes,
                row_tile,
                rows,
                tile,
                columns: own,
                target,
                target_stride: gradients.targets.row_stride.cast_unsigned(),
                scale,
                adds,
            };
            // SAFETY: rows, columns and targets are what the plan says.
            unsafe { kernel(&args) };
            return;
        }
        let mut panel = std::mem::take(&mut self.scratch.panel);
        let (from, stride) = match gradients.input {
            // The table of inputs has a row for each lane already.
            Some((kind, column)) => {
                let width = given.width(kind);
                let table = &given.batch.table(kind)[self.samples.start * width + column..];
                (table.as_ptr(), width)
            }
            None => {
                let stride = panel_stride::<S>(columns);
                if panel.len() < under.lanes * stride {
                    panel.resize(under.lanes * stride, S::from_f64(0.0));
                }
                // SAFETY: rows lie in the tile, and the panel has a row of `stride` numbers for each lane.
                unsafe {
                    (self.engine.kernels.transpose)(&kernels::Transpose {
                        from: kernels::Rows::Listed {
                            tile,
                            offsets: self.offsets(&gradients.columns),
                        },
                        columns: under.lanes,
                        to: panel.as_mut_ptr(),
                        stride,
                    });
                }
                (panel.as_ptr(), stride)
            }
        };
        let gradient = self.engine.kernels.gradients;
        let (rows, offsets) = self.weighted(&gradients.rows, under);
        let args = kernels::Gradients {
            tile: rows,
            lanes: under.lanes,
            rows: offsets,
            panel: from,
            panel_stride: stride,
            columns,
            target,
            target_stride: gradients.targets.row_stride.cast_unsigned(),
            scale,
            adds,
        };
        // SAFETY: rows, panel and targets are what the plan says.
        unsafe { gradient(&args) };
        self.scratch.panel = panel;
    }

    #[inline]
    pub(super) fn gathered_gradients(&mut self, gradients: &GatheredGradients, under: Under<'_>) {
        let numbers = &under.steps.numbers;
        let (adds, scale) = (self.adds(gradients.is_first), self.scale);
        let target = self.bases.of(Space::Means);
        let is_narrow = self.plan.is_narrow;
        if self.given.batch.weights.is_some() && !is_narrow {
            // Rows and columns of one memory are asked for, so here rows are weighted where they lie one by one.
            let tile = self.bases.of(Space::Tile);
            for row in 0..gradients.rows.len() {
                let range = numbers[gradients.starts.start + row] as usize
                    ..numbers[gradients.starts.start + row + 1] as usize;
                let one = self.offsets(&gradients.rows)[row] as usize;
                for k in range {
                    let other = self.offsets(&gradients.columns)[k] as usize;
                    let mut sum = S::from_f64(0.0);
                    for lane in 0..under.lanes {
                        // SAFETY: a row has a number for each lane.
                        let product = unsafe { *tile.add(one + lane) * *tile.add(other + lane) };
                        sum = sum + product * self.weight(lane);
                    }
                    // SAFETY: a mean of the plan.
                    unsafe {
                        let target = target.add(numbers[gradients.targets.start + k] as usize);
                        *target = if adds { *target + sum } else { sum };
                    }
                }
            }
            return;
        }
        let args = kernels::GatheredGradients {
            tile: self.bases.of(Space::Tile),
            lanes: under.lanes,
            starts: &numbers[gradients.starts.clone()],
            rows: self.offsets(&gradients.rows),
            columns: self.offsets(&gradients.columns),
            target,
            targets: &numbers[gradients.targets.clone()],
            targets_follow: gradients.targets_follow,
            scale: if is_narrow { self.weight(0) } else { scale },
            adds,
        };
        let kernels = &self.engine.kernels;
        let kernel = if is_narrow {
            self.engine.narrow_kernels.narrow_gradients
        } else {
            kernels.gathered_gradients
        };
        // SAFETY: rows, columns and targets are what the plan says.
        unsafe { kernel(&args) };
    }

    #[inline]
    pub(super) fn lane_sums(&mut self, sums: &LaneSums, under: Under<'_>) {
        let (adds, scale) = (self.adds(sums.is_first), self.scale);
        let target = self.bases.of(Space::Means);
        let kernel = self.engine.kernels.lane_sums;
        if self.plan.is_narrow {
            let (tile, scale) = (self.bases.of(Space::Tile), self.weight(0));
            let targets = &under.steps.numbers[sums.targets.clone()];
            for (&row, &at) in self.offsets(&sums.rows).iter().zip(targets) {
                // SAFETY: a number of the tile, and a mean of the plan.
                unsafe {
                    let value = *tile.add(row as usize) * scale;
                    let target = target.add(at as usize);
                    *target = if adds { *target + value } else { value };
                }
            }
            return;
        }
        let (rows, offsets) = self.weighted(&sums.rows, under);
        let args = kernels::LaneSums {
            tile: rows,
            lanes: under.lanes,
            rows: offsets,
            target,
            targets: &under.steps.numbers[sums.targets.clone()],
            scale,
            adds,
        };
        // SAFETY: rows and targets are what the plan says.
        unsafe { kernel(&args) };
    }

    /// Whether a sum over lanes is added to what is there.
    #[inline]
    pub(super) fn adds(&self, is_first: bool) -> bool {
        !(is_first && self.is_first)
    }

    /// What a sample counts in a mean.
    #[inline]
    fn weight(&self, lane: usize) -> S {
        let weights = self.given.batch.weights;
        weights.map_or(self.scale, |weights| {
            weights[self.samples.start + lane] * self.scale
        })
    }

    /// Rows times the samples' weights, in scratch: where these are, and their offsets.
    fn weighted(&mut self, rows: &Places, under: Under<'_>) -> (*const S, &[u32]) {
        let Some(weights) = self.given.batch.weights else {
            return (self.bases.of(Space::Tile), &self.offsets[rows.clone()]);
        };
        let weights = &weights[self.samples.clone()];
        let stride = self.stride;
        let Scratch {
            rows: scratch,
            offsets,
            ..
        } = &mut *self.scratch;
        scratch.clear();
        offsets.clear();
        for (row, &offset) in self.offsets[rows.clone()].iter().enumerate() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "fewer rows than the tile has"
            )]
            offsets.push((row * stride) as u32);
            for (lane, &weight) in weights.iter().enumerate().take(under.lanes) {
                // SAFETY: a row has a number for each lane.
                let value = unsafe { *self.bases.of(Space::Tile).add(offset as usize + lane) };
                scratch.push(value * weight);
            }
            scratch.resize((row + 1) * stride, S::from_f64(0.0));
        }
        (scratch.as_ptr(), offsets)
    }
}

/// How many bytes of columns stay in the first cache beside the rows.
const IN_CACHE: usize = 24 << 10;

/// Whether sums over the lanes of registers cost less than to transpose the columns, each of which has so many bytes:
/// one such sum takes as long as to transpose some 32 bytes.
fn are_few(rows: usize, columns: usize, bytes: usize) -> bool {
    rows * 32 <= bytes && columns * bytes <= IN_CACHE
}
