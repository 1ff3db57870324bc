//! What a schedule groups, as a report tells it.

use super::forms::Forms;
use super::schedule::{Schedule, Stage, Work, weighted};
use crate::report::{Group, GroupKind};
use dagrad_tape::{Slot, Tape};

/// The groups of what is done for each sample, in order, equal ones that follow each other as one; and the number of
/// levels.
pub(crate) fn groups(tape: &Tape, is_narrow: bool) -> (Vec<Group>, usize) {
    let forms = Forms::of(tape);
    let schedule = Schedule::of(tape, &forms, Stage::Tile, is_narrow);
    let needed_by = first_outputs(tape);
    let mut groups: Vec<Group> = Vec::new();
    for step in &schedule.steps {
        let members = &schedule.members[step.members()];
        let products = |dot: u32| weighted(tape, &forms.dots[dot as usize]).count();
        let columns = |row: u32| schedule.gradient_rows[row as usize].columns.len();
        let all = |each: &dyn Fn(u32) -> usize| members.iter().map(|&member| each(member)).sum();
        let code = |slot: u32| tape.instruction(Slot::new(slot as usize)).code().name();
        let (kind, inner) = match step.work {
            Work::Inputs => (GroupKind::Inputs, 1),
            Work::Run => (GroupKind::Run(code(members[0])), 1),
            Work::Finish => {
                let out = forms.dots[members[0] as usize].out;
                (GroupKind::Run(tape.instruction(out).code().name()), 1)
            }
            Work::Pairs => (GroupKind::Pairs, 1),
            Work::Product => (GroupKind::Product, products(members[0])),
            Work::Gathered => (GroupKind::Gathered, all(&products)),
            Work::Adjoints => (GroupKind::Adjoints, all(&products)),
            Work::Gradients => (GroupKind::Gradients, columns(members[0])),
            Work::GatheredGradients => (GroupKind::GatheredGradients, all(&columns)),
            Work::LaneSums => (GroupKind::LaneSums, 1),
        };
        let output = |member: &u32| match step.work {
            Work::Inputs | Work::Run => needed_by[*member as usize],
            Work::Finish | Work::Pairs | Work::Product | Work::Gathered | Work::Adjoints => {
                needed_by[forms.dots[*member as usize].out.index()]
            }
            Work::Gradients | Work::GatheredGradients => {
                let columns = schedule.gradient_rows[*member as usize].columns.clone();
                let means = schedule.columns[columns].iter();
                let outputs = means.map(|column| needed_by[column.mean.index()]);
                outputs.min().unwrap_or(NO_OUTPUT)
            }
            Work::LaneSums => needed_by[schedule.lane_sums[*member as usize].mean.index()],
        };
        let output = members.iter().map(output).min().unwrap_or(NO_OUTPUT);
        let output = tape.outputs().get(output);
        let group = Group {
            kind,
            rows: members.len(),
            inner,
            output: output.map_or_else(String::new, |output| output.name.clone()),
            times: 1,
        };
        match groups.last_mut() {
            Some(last) if last.is_like(&group) => last.times += 1,
            Some(_) | None => groups.push(group),
        }
    }
    (groups, schedule.levels)
}

/// No output needs a slot.
const NO_OUTPUT: usize = usize::MAX;

/// For each slot the number of the first output that needs it.
fn first_outputs(tape: &Tape) -> Vec<usize> {
    let mut first = vec![NO_OUTPUT; tape.len()];
    let mut stack: Vec<Slot> = Vec::new();
    for (number, output) in tape.outputs().iter().enumerate() {
        stack.extend(&output.slots);
        while let Some(slot) = stack.pop() {
            if first[slot.index()] == NO_OUTPUT {
                first[slot.index()] = number;
                stack.extend(tape.operands(slot));
            }
        }
    }
    first
}
