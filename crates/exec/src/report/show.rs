//! A report as text.

use super::{Group, GroupKind, Report, Share};
use crate::program::Mode;
use std::fmt;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            Mode::Strict => "strict",
            Mode::Fast => "fast",
        };
        writeln!(f, "{mode} program")?;
        writeln!(f, "instructions")?;
        for count in &self.instructions {
            let (class, operation) = (count.class.to_string(), count.operation);
            writeln!(f, "  {class:<12}{operation:<16}{:>8}", count.count)?;
        }
        let levels = self.levels;
        let title = match self.mode {
            Mode::Strict => format!("groups, if it were fast, in {levels} levels"),
            Mode::Fast => format!("groups for each sample, in {levels} levels"),
        };
        writeln!(f, "{title:<44}for output")?;
        for group in &self.groups {
            writeln!(f, "  {:<42}{}", group.to_string(), group.output)?;
        }
        writeln!(
            f,
            "values of a sample: {}, at most {} at a time",
            self.slots, self.live_slots
        )?;
        writeln!(f, "{:<26}{:>10}{:>10}", "costs", "flops", "bytes")?;
        for cost in &self.costs {
            let class = cost.class.to_string();
            writeln!(f, "  {class:<24}{:>10}{:>10}", cost.flops, cost.bytes)?;
        }
        show_shares(f, &self.scopes)?;
        match self.lane_by_lane.as_slice() {
            [] => Ok(()),
            names => writeln!(f, "without vector form: {}", names.join(", ")),
        }
    }
}

fn show_shares(f: &mut fmt::Formatter<'_>, shares: &[Share]) -> fmt::Result {
    let name = |share: &Share| match share.scope.as_str() {
        "" => "(none)".to_owned(),
        scope => scope.to_owned(),
    };
    let longest = shares.iter().map(|share| share.scope.chars().count());
    let width = longest.max().unwrap_or(0).max(24);
    writeln!(
        f,
        "{:<width$}{:>12}{:>10}{:>14}{:>15}",
        "scopes", "flops", "of all", "instructions", "flops per run"
    )?;
    let total: usize = shares.iter().map(|share| share.flops).sum();
    for share in shares {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a share is shown to a tenth of a per cent"
        )]
        let percent = 100.0 * share.flops as f64 / total.max(1) as f64;
        writeln!(
            f,
            "  {:<width$}{:>10}{percent:>9.1}%{:>14}{:>15}",
            name(share),
            share.flops,
            share.instructions,
            share.flops_per_run
        )?;
    }
    Ok(())
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, inner) = (self.rows, self.inner);
        let (kind, size) = match self.kind {
            GroupKind::Inputs => ("inputs", format!("{rows}")),
            GroupKind::Run(operation) => ("run", format!("{rows} of {operation}")),
            GroupKind::Pairs => ("pairs", format!("{rows}")),
            GroupKind::Product => ("matrix product", format!("{rows} × {inner}")),
            GroupKind::Gathered => ("gathered dots", format!("{rows} of {inner} products")),
            GroupKind::Adjoints => ("gathered adjoints", format!("{rows} of {inner} products")),
            GroupKind::Gradients => ("gradients", format!("{rows} × {inner}")),
            GroupKind::GatheredGradients => {
                ("gathered gradients", format!("{rows} of {inner} products"))
            }
            GroupKind::LaneSums => ("sums over samples", format!("{rows}")),
        };
        write!(f, "{kind:<20}{size}")?;
        if self.times > 1 {
            write!(f, ", {} times", self.times)?;
        }
        Ok(())
    }
}
