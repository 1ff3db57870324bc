//! Small programs for one lane: what surrounds their values is as short as they are.

use super::Engine;
use super::memory::PlanMemory;
use super::place::{Place, Space};
use super::plan::{Inputs, Plan, Step};
use super::scalars;
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::workspace::StepCounts;
use dagrad_tape::InputKind;

/// Whether a plan for one lane is nothing but inputs, values, matrix products, and results for each sample.
pub(super) fn is_straight<S>(plan: &Plan<S>) -> bool {
    let is_plain =
        |step: &Step| matches!(step, Step::Inputs(_) | Step::Scalars(_) | Step::Product(_));
    plan.is_narrow
        && plan.means == 0
        && [&plan.before, &plan.after]
            .iter()
            .all(|steps| steps.steps.is_empty())
        && plan.packed.is_empty()
        && plan.results.is_empty()
        && plan
            .columns
            .iter()
            .all(|place| matches!(place.space(), Space::Tile | Space::Scalars))
        && plan.tile.steps.iter().all(is_plain)
}

impl<S: ProgramScalar> PlanMemory<S> {
    /// Runs a plan that [is straight](Plan::is_straight).
    #[inline(always)]
    pub(super) fn straight(
        &mut self,
        engine: &Engine<S>,
        plan: &Plan<S>,
        given: &Given<'_, S>,
        results: &mut Results<S>,
    ) {
        // The numbers of the workspace lie behind the tile.
        let scalars = std::ptr::null_mut();
        let bases = self.bases(plan, scalars, given.parameters, &mut results.per_run);
        let columns = plan.columns.len();
        let tile = bases.of(Space::Tile);
        for sample in 0..given.batch.rows {
            for step in &plan.tile.steps {
                if let Step::Scalars(values) = step {
                    let values = &self.singles[values.clone()];
                    // SAFETY: all places are the plan's.
                    unsafe { scalars::compute(values, &plan.singles, &bases) };
                } else if let Step::Inputs(inputs) = step {
                    let numbers = inputs_of(inputs, given, sample);
                    // SAFETY: the planner gave as many places in a row to these inputs.
                    unsafe { copy(numbers, tile.add(inputs.out.at())) };
                } else if let Step::Product(product) = step {
                    let pointer = |place: Place| bases.of(place.space()).wrapping_add(place.at());
                    let args = product.args(tile, 1, pointer, &self.offsets);
                    // SAFETY: all places are the plan's, and results are no operands.
                    unsafe { (engine.narrow_kernels.narrow_product)(&args) };
                }
            }
            let row = &mut results.rows[sample * columns..][..columns];
            for (result, place) in row.iter_mut().zip(&plan.columns) {
                // SAFETY: a place of the plan, which are all behind each other.
                *result = unsafe { *tile.add(place.at()) };
            }
        }
        results.steps = StepCounts {
            shared: 0,
            per_sample: (plan.tile.steps.len() as u64).saturating_mul(given.batch.rows as u64),
            reduced: 0,
        };
    }
}

/// The numbers of a sample that go to a row of places.
#[inline(always)]
fn inputs_of<'a, S>(inputs: &Inputs, given: &Given<'a, S>, sample: usize) -> &'a [S] {
    let start = if inputs.kind == InputKind::Direction {
        0
    } else {
        sample * given.width(inputs.kind)
    };
    &given.batch.table(inputs.kind)[start + inputs.column..][..inputs.count]
}

/// Copies numbers. Of few, by parts that may overlap: to call a function takes longer, and so does to jump to what is
/// made for their number.
///
/// # Safety
/// There is room for them at `to`.
#[inline(always)]
pub(super) unsafe fn copy<S: Copy>(from: &[S], to: *mut S) {
    let (start, count) = (from.as_ptr(), from.len());
    // SAFETY: the caller's promise; parts lie within the list.
    unsafe {
        if count > 16 {
            std::ptr::copy_nonoverlapping(start, to, count);
        } else if count > 8 {
            ends::<S, 8>(start, to, count);
        } else if count > 4 {
            ends::<S, 4>(start, to, count);
        } else if count > 2 {
            ends::<S, 2>(start, to, count);
        } else if count > 0 {
            ends::<S, 1>(start, to, count);
        }
    }
}

/// Copies the first `N` numbers and the last `N`.
///
/// # Safety
/// There are `count` numbers, at least `N`, and room for them at `to`.
#[inline(always)]
unsafe fn ends<S: Copy, const N: usize>(from: *const S, to: *mut S, count: usize) {
    let last = count - N;
    // SAFETY: the caller's promise.
    unsafe {
        let both = [from, from.add(last)].map(|from| from.cast::<[S; N]>().read_unaligned());
        to.cast::<[S; N]>().write_unaligned(both[0]);
        to.add(last).cast::<[S; N]>().write_unaligned(both[1]);
    }
}
