//! A report as text.

use super::{Group, GroupKind, Report};
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
        writeln!(f, "groups for each sample, in {} levels", self.levels)?;
        for group in &self.groups {
            writeln!(f, "  {group}")?;
        }
        writeln!(
            f,
            "values of a sample: {}, at most {} at a time",
            self.slots, self.live_slots
        )?;
        writeln!(f, "costs                         flops     bytes")?;
        for cost in &self.costs {
            let class = cost.class.to_string();
            writeln!(f, "  {class:<23}{:>10}{:>10}", cost.flops, cost.bytes)?;
        }
        writeln!(f, "scopes, for each sample       flops  instructions")?;
        for share in &self.scopes {
            let scope = if share.scope.is_empty() {
                "(none)"
            } else {
                &share.scope
            };
            writeln!(
                f,
                "  {scope:<23}{:>10}{:>14}",
                share.flops, share.instructions
            )?;
        }
        match self.lane_by_lane.as_slice() {
            [] => Ok(()),
            names => writeln!(f, "without vector form: {}", names.join(", ")),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            rows,
            inner,
            times,
        } = self;
        match kind {
            GroupKind::Inputs => write!(f, "inputs            {rows}"),
            GroupKind::Run(operation) => write!(f, "run               {rows} of {operation}"),
            GroupKind::Pairs => write!(f, "pairs             {rows}"),
            GroupKind::Product => write!(f, "matrix product    {rows} × {inner}"),
            GroupKind::Gathered => write!(f, "gathered dots     {rows} of {inner} products"),
            GroupKind::Adjoints => write!(f, "gathered adjoints {rows} of {inner} products"),
            GroupKind::Gradients => write!(f, "gradients         {rows} × {inner}"),
            GroupKind::GatheredGradients => {
                write!(f, "gathered gradients {rows} rows, {inner} products")
            }
            GroupKind::LaneSums => write!(f, "sums over samples {rows}"),
        }?;
        if *times > 1 {
            write!(f, ", {times} times")?;
        }
        Ok(())
    }
}
