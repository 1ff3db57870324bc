//! What instructions cost.

use super::{Cost, Share};
use dagrad_tape::{Class, Code, Slot, Tape};
use std::collections::BTreeMap;

/// The cost of every slot: floating-point operations, and numbers read and written.
pub(super) struct Costs(Vec<(Class, usize, usize)>);

impl Costs {
    pub(super) fn of(tape: &Tape) -> Self {
        let cost = |slot: Slot| {
            let instruction = tape.instruction(slot);
            let operands = tape.operands(slot).len();
            let flops = match instruction.code() {
                Code::Input | Code::Parameter | Code::Constant => 0,
                Code::Dot => {
                    let products = instruction.products().unwrap_or(0);
                    2 * products + (operands - 2 * products)
                }
                // A mean multiplies each sample by its weight, and adds.
                Code::Fma | Code::Mean => 2,
                // An operation of many operands combines them two by two.
                _ => operands.saturating_sub(1).max(1),
            };
            let numbers = if flops == 0 { 0 } else { operands + 1 };
            // A mean is taken of what each sample has.
            let class = match instruction.code() {
                Code::Mean => Class::PerSample,
                _ => instruction.class(),
            };
            (class, flops, numbers)
        };
        Self(tape.slots().map(cost).collect())
    }

    pub(super) fn by_class(&self, size: usize) -> Vec<Cost> {
        let mut costs: BTreeMap<Class, (usize, usize)> = BTreeMap::new();
        for &(class, flops, numbers) in &self.0 {
            let cost = costs.entry(class).or_default();
            cost.0 += flops;
            cost.1 += numbers * size;
        }
        let costs = costs.into_iter();
        costs
            .map(|(class, (flops, bytes))| Cost {
                class,
                flops,
                bytes,
            })
            .collect()
    }

    pub(super) fn by_scope(&self, tape: &Tape) -> Vec<Share> {
        let mut shares: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (slot, &(class, flops, _)) in tape.slots().zip(&self.0) {
            if class == Class::PerSample {
                let share = shares.entry(beginning(tape.scope(slot))).or_default();
                share.0 += 1;
                share.1 += flops;
            }
        }
        let shares = shares.into_iter();
        shares
            .map(|(scope, (instructions, flops))| Share {
                scope: scope.to_owned(),
                instructions,
                flops,
            })
            .collect()
    }
}

/// The first two words of a scope path: a network and its layer, not each neuron.
fn beginning(path: &str) -> &str {
    let mut dots = path.match_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(path, |end| &path[..end])
}
