//! What an evaluator keeps of a graph: for each position its operands and its uses.

use super::Evaluator;
use super::error::EvaluationError;
use crate::graph::Graph;
use crate::node::Kind;
use crate::operator::Operator;
use crate::scalar::Scalar;

impl<S: Scalar> Evaluator<S> {
    /// Lays everything out anew if the graph was edited.
    pub(super) fn catch_up<O: Operator>(
        &mut self,
        graph: &Graph<O>,
    ) -> Result<(), EvaluationError> {
        if graph.id != self.graph {
            return Err(EvaluationError::OtherGraph);
        }
        if graph.generation != self.generation {
            let old = std::mem::replace(&mut self.order, graph.canonical_order());
            let old_values = std::mem::take(&mut self.values);
            self.generation = graph.generation;
            self.lay_out(graph);
            for position in 0..graph.inputs.len() {
                let old_position = old.position_of(self.order.keys[position]);
                if let Some(value) = old_position.and_then(|old_position| old_values[old_position])
                {
                    self.set(position, value);
                }
            }
        }
        Ok(())
    }

    pub(super) fn lay_out<O: Operator>(&mut self, graph: &Graph<O>) {
        self.orderings += 1;
        self.starts.clear();
        self.operands.clear();
        self.starts.push(0);
        self.reads.clear();
        for (position, &key) in self.order.keys.iter().enumerate() {
            let node = &graph.nodes[key];
            let operands = node.operands.as_slice(&graph.pool).iter();
            let positions = operands.filter_map(|&operand| self.order.position_of(operand));
            let mut read = positions.map(|operand| self.reads[operand]);
            if matches!(node.kind, Kind::Alias) {
                self.reads.extend(read.next());
            } else {
                self.operands.extend(read);
                self.reads.push(small(position));
            }
            self.starts.push(small(self.operands.len()));
        }
        self.uses = self.find_uses();
        let len = self.order.len();
        self.values = vec![None; len];
        self.changed = vec![0; len];
        self.reversed = false;
        self.adjoints = vec![None; len];
        self.contributions = vec![S::from_f64(0.0); self.operands.len()];
    }

    fn find_uses(&self) -> Uses {
        let mut starts = vec![0_u32; self.order.len() + 1];
        for &operand in &self.operands {
            starts[operand as usize + 1] += 1;
        }
        for position in 0..self.order.len() {
            starts[position + 1] += starts[position];
        }
        let mut next = starts.clone();
        let mut list = vec![
            Use {
                user: 0,
                operand: 0
            };
            self.operands.len()
        ];
        for user in 0..self.order.len() {
            for (number, &operand) in self.operands_of(user).iter().enumerate() {
                let at = &mut next[operand as usize];
                list[*at as usize] = Use {
                    user: small(user),
                    operand: small(number),
                };
                *at += 1;
            }
        }
        Uses { starts, list }
    }
}

/// A use of a value: as which operand of which node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) user: u32,
    pub(super) operand: u32,
}

/// The uses of the value at position `p` are `list[starts[p]..starts[p + 1]]`, by user and operand number.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    starts: Vec<u32>,
    list: Vec<Use>,
}

impl Uses {
    pub(super) fn of(&self, position: usize) -> impl Iterator<Item = Use> {
        let range = self.starts[position] as usize..self.starts[position + 1] as usize;
        self.list[range].iter().copied()
    }
}

/// A position or a number of operands; an arena has fewer than 2³² nodes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an arena has fewer than 2³² nodes"
)]
fn small(number: usize) -> u32 {
    number as u32
}
