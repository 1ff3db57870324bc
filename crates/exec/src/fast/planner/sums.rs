//! Steps of sums over lanes.

use super::Planner;
use super::lists::number;
use crate::fast::place::{Grid, Place};
use crate::fast::plan::{GatheredGradients, Gradients, LaneSums, Step, Steps};
use crate::fast::schedule::{Column, Schedule};
use dagrad_tape::{Code, Slot, TapeScalar};

impl<S: TapeScalar> Planner<'_, S> {
    fn target(&self, column: &Column) -> Place {
        self.place(column.mean)
    }

    /// Whether nothing was added to any of these means before; notes that something is. Means of which some
    /// were and some were not start from zero.
    fn add_to(&mut self, targets: impl Iterator<Item = Place> + Clone) -> bool {
        let before = targets
            .clone()
            .filter(|target| self.added[target.at()])
            .count();
        let all = targets.clone().count();
        let mut is_first = before == 0;
        for target in targets {
            // A target may stand twice in one step.
            if !std::mem::replace(&mut self.added[target.at()], true) {
                self.plan.cleared.push(number(target.at()));
            } else if is_first {
                is_first = false;
            }
        }
        if is_first {
            self.plan.cleared.truncate(self.plan.cleared.len() - all);
        }
        is_first
    }

    pub(super) fn gradients(
        &mut self,
        schedule: &Schedule,
        members: &[u32],
        steps: &mut Steps,
    ) -> Step {
        let columns = |row: u32| {
            let row = &schedule.gradient_rows[row as usize];
            &schedule.columns[row.columns.clone()]
        };
        let mut rows = members.to_vec();
        rows.sort_by_key(|&row| self.target(&columns(row)[0]).bits());
        let mut order: Vec<usize> = (0..columns(rows[0]).len()).collect();
        order.sort_by_key(|&at| self.target(&columns(rows[0])[at]).bits());
        let target = |row: usize, column: usize| self.target(&columns(rows[row])[order[column]]);
        let grid = Grid::of(rows.len(), order.len(), target);
        let Some(targets) = grid.filter(|grid| grid.column_stride == 1 || order.len() == 1) else {
            return self.gathered_gradients(schedule, members, steps);
        };
        let all = (0..rows.len()).flat_map(|row| (0..order.len()).map(move |column| (row, column)));
        let all: Vec<Place> = all.map(|(row, column)| target(row, column)).collect();
        let is_first = self.add_to(all.iter().copied());
        let row_places = rows
            .iter()
            .map(|&row| self.place(schedule.gradient_rows[row as usize].row));
        let factors = columns(rows[0]);
        let input = self.inputs_in_a_row(order.iter().map(|&at| factors[at].factor));
        Step::Gradients(Box::new(Gradients {
            input,
            rows: steps.list(row_places),
            columns: steps.list(order.iter().map(|&at| self.place(factors[at].factor))),
            targets,
            is_first,
        }))
    }

    /// The kind and the first column of inputs, if all slots are such and follow each other.
    fn inputs_in_a_row(
        &self,
        slots: impl Iterator<Item = Slot>,
    ) -> Option<(dagrad_tape::InputKind, usize)> {
        let mut first = None;
        for (at, slot) in slots.enumerate() {
            let instruction = self.tape.instruction(slot);
            if instruction.code() != Code::Input {
                return None;
            }
            let variable = instruction.variable()?;
            let kind = self.tape.inputs()[variable].kind;
            let column = self.numbers.get(variable) as usize;
            let (first_kind, start) = *first.get_or_insert((kind, column));
            if kind != first_kind || column != start + at {
                return None;
            }
        }
        first
    }

    pub(super) fn gathered_gradients(
        &mut self,
        schedule: &Schedule,
        members: &[u32],
        steps: &mut Steps,
    ) -> Step {
        let (mut rows, mut factors, mut targets, mut starts) =
            (Vec::new(), Vec::new(), Vec::new(), vec![0]);
        let mut columns: Vec<(Place, Place)> = Vec::new();
        let mut members = members.to_vec();
        let columns_of = |row: u32| {
            let row = &schedule.gradient_rows[row as usize];
            &schedule.columns[row.columns.clone()]
        };
        if self.plan.is_narrow {
            let first = |row: u32| {
                columns_of(row)
                    .iter()
                    .map(|column| self.target(column).bits())
            };
            members.sort_by_key(|&row| first(row).min());
        } else {
            members.sort_by_key(|&row| columns_of(row).len());
        }
        let mut targets_follow = true;
        for member in members {
            let row = &schedule.gradient_rows[member as usize];
            columns.clear();
            let own = schedule.columns[row.columns.clone()].iter();
            columns.extend(own.map(|column| (self.target(column), self.place(column.factor))));
            columns.sort_by_key(|&(target, factor)| (target.bits(), factor.bits()));
            rows.push(self.place(row.row));
            targets_follow &= columns.windows(2).all(|two| two[1].0 == two[0].0.plus(1));
            targets.extend(columns.iter().map(|&(target, _)| target));
            factors.extend(columns.iter().map(|&(_, factor)| factor));
            starts.push(number(factors.len()));
        }
        let is_first = self.add_to(targets.iter().copied());
        Step::GatheredGradients(Box::new(GatheredGradients {
            rows: steps.list(rows),
            starts: steps.count(starts),
            columns: steps.list(factors),
            targets: steps.offsets(&targets),
            targets_follow,
            is_first,
        }))
    }

    pub(super) fn lane_sums(
        &mut self,
        schedule: &Schedule,
        members: &[u32],
        steps: &mut Steps,
    ) -> Step {
        let mut members = members.to_vec();
        members.sort_by_key(|&sum| self.target(&schedule.lane_sums[sum as usize]).bits());
        let sums = members.iter().map(|&sum| &schedule.lane_sums[sum as usize]);
        let targets: Vec<Place> = sums.clone().map(|sum| self.target(sum)).collect();
        let is_first = self.add_to(targets.iter().copied());
        Step::LaneSums(Box::new(LaneSums {
            rows: steps.list(sums.map(|sum| self.place(sum.factor))),
            targets: steps.offsets(&targets),
            is_first,
        }))
    }
}
