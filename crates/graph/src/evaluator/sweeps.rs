//! The sweeps: forward for values, in reverse for adjoints.

use super::{EvaluationError, Evaluator};
use crate::graph::Graph;
use crate::id::{Key, NodeId};
use crate::node::Kind;
use crate::operator::Evaluate;
use crate::scalar::Scalar;

impl<S: Scalar> Evaluator<S> {
    /// Computes the values of `targets` and of what they depend on, wherever they are not known.
    ///
    /// # Errors
    /// Where a target is no key of this evaluator's graph, an input that is needed has no value, or an
    /// operation that is needed does not run in this scalar type.
    pub fn forward<O: Evaluate<S>>(
        &mut self,
        graph: &Graph<O>,
        targets: &[NodeId],
    ) -> Result<(), EvaluationError> {
        self.catch_up(graph)?;
        let mut needed = vec![false; self.order.len()];
        let mut highest = 0;
        for (at, &id) in targets.iter().enumerate() {
            let position = self.position(graph, id, format_args!("node {at} of the sweep"))?;
            needed[position] = true;
            highest = highest.max(position + 1);
        }
        for position in (0..highest).rev() {
            if needed[position] {
                for &operand in self.operands_of(position) {
                    needed[operand as usize] = true;
                }
            }
        }
        let mut operands = Vec::new();
        for position in (0..highest).filter(|&position| needed[position]) {
            self.compute(graph, position, &mut operands)?;
        }
        Ok(())
    }

    /// Computes every named output.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_outputs<O: Evaluate<S>>(
        &mut self,
        graph: &Graph<O>,
    ) -> Result<(), EvaluationError> {
        let targets: Vec<NodeId> = graph.outputs().flat_map(|(_, ids)| ids).collect();
        self.forward(graph, &targets)
    }

    /// Brings the value at `position` up to date, where those of its operands are.
    fn compute<O: Evaluate<S>>(
        &mut self,
        graph: &Graph<O>,
        position: usize,
        operands: &mut Vec<S>,
    ) -> Result<(), EvaluationError> {
        let key = self.order.keys[position];
        match &graph.nodes[key].kind {
            Kind::Input(role) if self.values[position].is_none() => {
                Err(EvaluationError::InputNotSet {
                    node: graph.describe_key(key),
                    role: *role,
                })
            }
            Kind::Input(_) => Ok(()),
            Kind::Parameter(value) | Kind::Constant(value) => {
                self.set(position, S::from_f64(*value));
                Ok(())
            }
            Kind::Macro(_) => Err(EvaluationError::Unexpanded {
                node: graph.describe_key(key),
            }),
            // What is read through them is computed where it stands.
            Kind::Port(_) | Kind::Alias => Ok(()),
            Kind::Operation(operation) => {
                let own = self.operands_of(position);
                let newest = own
                    .iter()
                    .map(|&operand| self.changed[operand as usize])
                    .max();
                let newest = newest.unwrap_or_default();
                if self.values[position].is_some() && self.changed[position] >= newest {
                    return Ok(());
                }
                if !operation.supports_scalar() {
                    let node = graph.describe_key(key);
                    return Err(EvaluationError::Unsupported {
                        node,
                        scalar: S::NAME,
                    });
                }
                operands.clear();
                // The operands were computed before, since they are needed and stand before.
                operands.extend(
                    own.iter()
                        .filter_map(|&operand| self.values[operand as usize]),
                );
                self.values[position] = Some(operation.value(operands));
                self.changed[position] = newest;
                self.evaluations += 1;
                Ok(())
            }
        }
    }

    /// Computes the adjoints of everything that the seeded nodes depend on: for each node, the
    /// derivative with respect to it of the sum of `seed · value` over the seeds. Values that are not
    /// known are computed first. Seeds of one node add up, in order.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn reverse<O: Evaluate<S>>(
        &mut self,
        graph: &Graph<O>,
        seeds: &[(NodeId, S)],
    ) -> Result<(), EvaluationError> {
        let targets: Vec<NodeId> = seeds.iter().map(|&(id, _)| id).collect();
        self.forward(graph, &targets)?;
        self.reversed = true;
        self.adjoints.fill(None);
        let mut highest = 0;
        for &(id, seed) in seeds {
            let position = self.position(graph, id, format_args!("a seeded node"))?;
            add(&mut self.adjoints[position], seed);
            highest = highest.max(position + 1);
        }
        let (mut operands, mut contributions) = (Vec::new(), Vec::new());
        for position in (0..highest).rev() {
            // Every user stands later, so its contributions are known.
            for use_ in self.uses.of(position) {
                if self.adjoints[use_.user as usize].is_some()
                    && contributes(graph, self.order.keys[use_.user as usize], use_.operand)
                {
                    let entry = self.starts[use_.user as usize] as usize + use_.operand as usize;
                    add(&mut self.adjoints[position], self.contributions[entry]);
                }
            }
            let Kind::Operation(operation) = &graph.nodes[self.order.keys[position]].kind else {
                continue;
            };
            if let (Some(adjoint), Some(value)) = (self.adjoints[position], self.values[position]) {
                operands.clear();
                let own = self.operands_of(position);
                operands.extend(
                    own.iter()
                        .filter_map(|&operand| self.values[operand as usize]),
                );
                contributions.clear();
                contributions.resize(operands.len(), adjoint);
                operation.contributions(&operands, value, adjoint, &mut contributions);
                let start = self.starts[position] as usize;
                self.contributions[start..start + contributions.len()]
                    .copy_from_slice(&contributions);
            }
        }
        Ok(())
    }
}

fn contributes<S, O: Evaluate<S>>(graph: &Graph<O>, user: Key, operand: u32) -> bool {
    match &graph.nodes[user].kind {
        Kind::Operation(operation) => operation.contributes(operand as usize),
        Kind::Input(_)
        | Kind::Parameter(_)
        | Kind::Constant(_)
        | Kind::Macro(_)
        | Kind::Port(_)
        | Kind::Alias => false,
    }
}

/// Adds a term to a sum that starts from its first term.
fn add<S: Scalar>(sum: &mut Option<S>, term: S) {
    *sum = Some(match *sum {
        Some(sum) => sum + term,
        None => term,
    });
}
