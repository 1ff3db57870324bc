//! A second evaluator, which shares nothing with the reference sweeps but the operations' values: it finds its
//! own order, and knows no contributions. Over dual numbers it gives the derivatives that gradients are
//! checked against.

use crate::derivatives::contributions;
use crate::number::Number;
use crate::problem::{Problem, Sample};
use dagrad_graph::{Evaluate, Kind, NodeId};
use dagrad_ops::{Dual, Op, Real, Terms};
use std::collections::HashMap;

/// The nodes that a problem's outputs need, operands before their users.
pub struct Direct<'p> {
    problem: &'p Problem,
    nodes: Vec<(NodeId, &'p Kind<Op>, Vec<usize>)>,
    places: HashMap<NodeId, usize>,
}

impl<'p> Direct<'p> {
    /// Walks the graph from its outputs.
    #[must_use]
    pub fn new(problem: &'p Problem) -> Self {
        let mut direct = Self {
            problem,
            nodes: Vec::new(),
            places: HashMap::new(),
        };
        let mut stack = problem.outputs();
        while let Some(&id) = stack.last() {
            let operands: Vec<_> = problem.graph.operands(id).into_iter().flatten().collect();
            let known = |id: &NodeId| direct.places.get(id).copied();
            if known(&id).is_some() {
                stack.pop();
                continue;
            }
            let open: Vec<_> = operands
                .iter()
                .copied()
                .filter(|id| known(id).is_none())
                .collect();
            if open.is_empty()
                && let Ok(kind) = problem.graph.kind(id)
            {
                let operands = operands.iter().filter_map(known).collect();
                direct.places.insert(id, direct.nodes.len());
                direct.nodes.push((id, kind, operands));
            }
            stack.extend(open);
        }
        direct
    }

    /// The value of every input and parameter in one sample.
    #[must_use]
    pub fn leaves<S: Number>(&self, sample: &Sample<f64>) -> HashMap<NodeId, S> {
        let graph = &self.problem.graph;
        let features = graph.features().zip(&sample.features);
        let inputs = features
            .chain(graph.targets().zip(&sample.targets))
            .map(|(id, &x)| (id, x));
        let parameters = graph.parameters().filter_map(|id| match graph.kind(id) {
            Ok(Kind::Parameter(value)) => Some((id, *value)),
            Ok(_) | Err(_) => None,
        });
        inputs
            .chain(parameters)
            .map(|(id, x)| (id, S::from_f64(x)))
            .collect()
    }

    /// The values of all nodes that are needed. Where a `stop_gradient` has a value in `frozen`, it keeps
    /// that one.
    pub fn values<R: Real>(&self, leaf: impl Fn(NodeId) -> R, frozen: Option<&[R]>) -> Vec<R> {
        let mut values: Vec<R> = Vec::with_capacity(self.nodes.len());
        let mut operands = Vec::new();
        for (place, (id, kind, own)) in self.nodes.iter().enumerate() {
            operands.clear();
            operands.extend(own.iter().map(|&operand| values[operand]));
            values.push(match (kind, frozen) {
                (Kind::Operation(Op::StopGradient), Some(frozen)) => frozen[place],
                (Kind::Operation(op), _) => op.value(&operands),
                (Kind::Constant(value), _) => R::lit(*value),
                (Kind::Input(_) | Kind::Parameter(_), _) => leaf(*id),
                (Kind::Alias, _) => operands[0],
                // What is not expanded yet has no value.
                (Kind::Macro(_) | Kind::Port(_), _) => R::lit(f64::NAN),
            });
        }
        values
    }

    /// The values of the outputs' nodes, from those of all.
    pub fn outputs<R: Copy>(&self, values: &[R]) -> Vec<R> {
        let outputs = self.problem.outputs();
        outputs
            .iter()
            .filter_map(|id| self.places.get(id))
            .map(|&place| values[place])
            .collect()
    }

    /// The derivative of the sum of `seed · output` by one variable, by dual numbers.
    pub fn derivative<S: Number>(&self, leaves: &HashMap<NodeId, S>, by: NodeId) -> S {
        let leaf = |id| match leaves.get(&id) {
            Some(&x) if id == by => Dual::variable(x),
            Some(&x) => Dual::constant(x),
            None => Dual::constant(S::lit(f64::NAN)),
        };
        let values = self.values(leaf, None);
        let seeds = self.problem.seeds.iter().map(|&seed| S::from_f64(seed));
        let terms = self
            .outputs(&values)
            .into_iter()
            .zip(seeds)
            .map(|(y, seed)| y.derivative * seed);
        terms.reduce(|sum, term| sum + term).unwrap_or(S::lit(0.0))
    }

    /// For each of `variables`, the sum of the absolute values of the terms that reverse accumulation
    /// adds to make its adjoint, given the values of all nodes.
    pub fn magnitudes<S: Number>(&self, values: &[S], variables: &[NodeId]) -> Vec<S> {
        let mut adjoints: Vec<Option<Terms<S>>> = vec![None; self.nodes.len()];
        let add = |sum: &mut Option<Terms<S>>, term| {
            *sum = Some(sum.map_or(term, |sum| sum + term));
        };
        for (id, &seed) in self.problem.outputs().iter().zip(&self.problem.seeds) {
            if let Some(&place) = self.places.get(id) {
                add(&mut adjoints[place], Terms::leaf(S::from_f64(seed)));
            }
        }
        for (place, (_, kind, own)) in self.nodes.iter().enumerate().rev() {
            let Some(adjoint) = adjoints[place] else {
                continue;
            };
            let terms = match kind {
                // The values are the same in every way of differentiating; only what is added to
                // make a derivative is in question.
                Kind::Operation(op) => {
                    let operands: Vec<_> = own
                        .iter()
                        .map(|&place| Terms::leaf(values[place]))
                        .collect();
                    contributions(op, &operands, adjoint)
                }
                Kind::Alias => vec![adjoint],
                Kind::Input(_)
                | Kind::Parameter(_)
                | Kind::Constant(_)
                | Kind::Macro(_)
                | Kind::Port(_) => continue,
            };
            for (&operand, term) in own.iter().zip(terms) {
                add(&mut adjoints[operand], term);
            }
        }
        let magnitude = |id| {
            let place = self.places.get(id).copied();
            place
                .and_then(|place| adjoints[place])
                .map_or(S::lit(0.0), |adjoint| adjoint.magnitude)
        };
        variables.iter().map(magnitude).collect()
    }

    /// What the operations with kinks and jumps chose, given the values of all nodes: their partials, which
    /// differ across a kink, and their values, which differ across a jump.
    #[must_use]
    pub fn choices(&self, values: &[f64]) -> Vec<f64> {
        let mut choices = Vec::new();
        for (place, (_, kind, own)) in self.nodes.iter().enumerate() {
            let Kind::Operation(op) = kind else {
                continue;
            };
            if op.properties().smooth {
                continue;
            }
            let operands: Vec<_> = own.iter().map(|&operand| values[operand]).collect();
            choices.extend(contributions(op, &operands, 1.0));
            choices.push(values[place]);
        }
        choices
    }

    /// The sum of `seed · output` and that of the absolute values of these terms.
    #[must_use]
    pub fn total(&self, values: &[f64]) -> (f64, f64) {
        let outputs = self.outputs(values);
        let terms = outputs
            .iter()
            .zip(&self.problem.seeds)
            .map(|(y, seed)| y * seed);
        terms.fold((0.0, 0.0), |(sum, size), term| {
            (sum + term, size + f64::abs(term))
        })
    }
}
