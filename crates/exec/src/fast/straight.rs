//! Small programs for one lane: what surrounds their values is as short as they are.

use super::Engine;
use super::memory::PlanMemory;
use super::place::Space;
use super::plan::{Inputs, Plan, Step};
use crate::run::{Given, Results};
use crate::scalar::ProgramScalar;
use crate::workspace::StepCounts;
use dagrad_tape::InputKind;

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
                match step {
                    Step::Inputs(inputs) => {
                        let numbers = inputs_of(inputs, given, sample);
                        // SAFETY: the planner gave as many places in a row to these inputs.
                        unsafe { copy(numbers, tile.add(inputs.out.at())) };
                    }
                    Step::Scalars(scalars) => {
                        // SAFETY: all places are the plan's.
                        unsafe { (engine.compute)(scalars, &bases) };
                    }
                    // A plan with others is not straight.
                    _ => {}
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
fn inputs_of<'a, S>(inputs: &Inputs, given: &Given<'a, S>, sample: usize) -> &'a [S] {
    let (table, width) = (given.batch.table(inputs.kind), given.width(inputs.kind));
    let start = match inputs.kind {
        InputKind::Direction => 0,
        InputKind::Feature | InputKind::Target | InputKind::Seed => sample * width,
    };
    &table[start + inputs.column..][..inputs.count]
}

/// Copies numbers. Of few, each by itself: to call a function takes longer.
///
/// # Safety
/// There is room for them at `to`.
#[inline(always)]
pub(super) unsafe fn copy<S: Copy>(from: &[S], to: *mut S) {
    // SAFETY: the caller's promise.
    unsafe {
        match *from {
            [x] => *to = x,
            [x, y] => *to.cast() = [x, y],
            [x, y, z] => *to.cast() = [x, y, z],
            [x, y, z, w] => *to.cast() = [x, y, z, w],
            [a, b, c, d, e, f, g, h] => *to.cast() = [a, b, c, d, e, f, g, h],
            _ => std::ptr::copy_nonoverlapping(from.as_ptr(), to, from.len()),
        }
    }
}
