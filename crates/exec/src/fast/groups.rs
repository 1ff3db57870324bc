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
    let mut groups: Vec<Group> = Vec::new();
    for step in &schedule.steps {
        let members = &schedule.members[step.members.clone()];
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
        let group = Group {
            kind,
            rows: members.len(),
            inner,
            times: 1,
        };
        match groups.last_mut() {
            Some(last) if last.kind == kind && last.rows == group.rows && last.inner == inner => {
                last.times += 1;
            }
            Some(_) | None => groups.push(group),
        }
    }
    (groups, schedule.levels)
}
