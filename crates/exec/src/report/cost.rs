//! What instructions cost.

use super::{Cost, Share};
use dagrad_tape::{Class, Code, Slot, Tape};
use std::collections::{BTreeMap, BTreeSet};

/// The cost of every slot: floating-point operations, and numbers read and written.
pub(super) struct Costs(Vec<(Class, usize, usize)>);

impl Costs {
    pub(super) fn of(tape: &Tape) -> Self {
        let cost = |slot: Slot| {
            let instruction = tape.instruction(slot);
            let operands = tape.operands(slot).len();
            let flops = flops(instruction.code(), operands);
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
        let parts = Parts::of(tape);
        let mut shares: Vec<Share> = Vec::new();
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        for (slot, &(class, flops, _)) in tape.slots().zip(&self.0) {
            let is_per_sample = class == Class::PerSample;
            if !is_per_sample && flops == 0 {
                continue;
            }
            let scope = parts.part(tape.scope(slot));
            let at = *found.entry(scope).or_insert(shares.len());
            if at == shares.len() {
                shares.push(Share {
                    scope: scope.to_owned(),
                    instructions: 0,
                    flops: 0,
                    flops_per_run: 0,
                });
            }
            let share = &mut shares[at];
            if is_per_sample {
                share.instructions += 1;
                share.flops += flops;
            } else {
                share.flops_per_run += flops;
            }
        }
        shares
    }
}

/// The floating-point operations of an instruction.
pub(crate) fn flops(code: Code, operands: usize) -> usize {
    match code {
        Code::Input | Code::Parameter | Code::Constant => 0,
        // Each sample is added to the others.
        Code::Mean => 1,
        Code::Fma => 2,
        // Of a dot every pair of factors is a product, and these and the terms are added.
        Code::Dot | Code::Add | Code::Mul | Code::Min | Code::Max => operands.saturating_sub(1),
        // Of n values: n − 1 comparisons for the greatest, n differences from it, n exponentials, n − 1 additions, the
        // logarithm, and the greatest added to it.
        Code::LogSumExp => 4 * operands,
        Code::Sub | Code::Div | Code::Neg | Code::Recip | Code::Square | Code::Powi => 1,
        Code::Pow | Code::Sqrt | Code::Exp | Code::Expm1 | Code::Ln | Code::Log1p | Code::Erf => 1,
        Code::Sin | Code::Cos | Code::Tan | Code::Asin | Code::Acos | Code::Atan => 1,
        Code::Atan2 | Code::Sinh | Code::Cosh | Code::Tanh | Code::Sigmoid | Code::Softplus => 1,
        Code::Relu | Code::Abs | Code::Select | Code::StopGradient => 1,
        Code::Lt | Code::Le | Code::Gt | Code::Ge | Code::Eq | Code::Ne => 1,
        // What a user operation does is not known.
        Code::Call | Code::CallPartial => 1,
    }
}

/// The parts of a graph, as scopes tell them.
struct Parts<'t> {
    /// The scopes whose numbered scopes have scopes within: they are layers, not neurons.
    of_layers: BTreeSet<&'t str>,
}

impl<'t> Parts<'t> {
    fn of(tape: &'t Tape) -> Self {
        let paths: BTreeSet<&str> = tape.slots().map(|slot| tape.scope(slot)).collect();
        let mut of_layers = BTreeSet::new();
        for path in paths {
            let within = path.match_indices('.').map(|(end, _)| &path[..end]);
            of_layers.extend(within.filter_map(around_number));
        }
        Self { of_layers }
    }

    /// The part that a scope belongs to: a network and its layer, not each neuron.
    fn part(&self, path: &'t str) -> &'t str {
        let path = around_number(path)
            .filter(|around| !self.of_layers.contains(around))
            .unwrap_or(path);
        let mut dots = path.match_indices('.').map(|(at, _)| at);
        dots.nth(1).map_or(path, |end| &path[..end])
    }
}

/// The scope in which a numbered one lies.
fn around_number(path: &str) -> Option<&str> {
    let (around, last) = path.rsplit_once('.')?;
    last.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(around)
}
