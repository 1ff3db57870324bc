//! Where a NaN or an infinity came from.

use super::{EvaluationError, Evaluator};
use crate::graph::Graph;
use crate::id::Key;
use crate::operator::Operator;
use crate::scalar::Scalar;
use std::fmt;

impl<S: Scalar> Evaluator<S> {
    /// The first node, in canonical order, whose value is a NaN or an infinity though those of its
    /// operands are not: where the trouble began. Values that are older than what they are made from, such
    /// as those above an input that was given another value since, are passed over.
    ///
    /// # Errors
    /// Where `graph` is not this evaluator's, or was edited since the last sweep.
    pub fn first_non_finite<O: Operator>(
        &self,
        graph: &Graph<O>,
    ) -> Result<Option<NonFinite>, EvaluationError> {
        if graph.id != self.graph {
            return Err(EvaluationError::OtherGraph);
        }
        if graph.generation != self.generation {
            return Err(EvaluationError::NotComputed);
        }
        let mut is_stale = vec![false; self.order.len()];
        for position in 0..self.order.len() {
            let stale = |&operand: &u32| {
                let operand = operand as usize;
                is_stale[operand] || self.changed[operand] > self.changed[position]
            };
            is_stale[position] = self.operands_of(position).iter().any(stale);
        }
        let found = (0..self.order.len()).find_map(|position| {
            let value = self.values[position]?.to_f64();
            (!is_stale[position] && !value.is_finite()).then_some((position, value))
        });
        Ok(found.map(|(position, value)| {
            let all = self.operands_of(position);
            let operands = &all[..all.len().min(NonFinite::SHOWN)];
            let key = |&operand: &u32| self.order.keys[operand as usize];
            let keys: Vec<Key> = operands.iter().map(key).collect();
            let value_of = |&operand: &u32| self.values[operand as usize];
            let values = operands
                .iter()
                .map(|operand| value_of(operand).map_or(f64::NAN, S::to_f64));
            NonFinite {
                node: graph.describe_key(self.order.keys[position]),
                value,
                operands: graph.describe_keys(&keys).into_iter().zip(values).collect(),
                more: all.len() - operands.len(),
            }
        }))
    }
}

/// Where a NaN or an infinity came from; its `Display` tells.
#[derive(Clone, Debug, PartialEq)]
pub struct NonFinite {
    /// The node, as the listing shows it.
    pub node: String,
    /// Its value.
    pub value: f64,
    /// Its first operands, as the listing shows them, and their values.
    pub operands: Vec<(String, f64)>,
    /// How many operands there are beside these.
    pub more: usize,
}

impl NonFinite {
    /// How many operands are told of.
    const SHOWN: usize = 4;

    /// After how many characters the node's line is cut.
    const LONGEST: usize = 200;
}

impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The line of an operation of many operands is as long as they are many.
        let end = self.node.char_indices().nth(Self::LONGEST);
        match end {
            Some((end, _)) => write!(f, "{}…", &self.node[..end])?,
            None => f.write_str(&self.node)?,
        }
        write!(f, " is {}", self.value)?;
        for (at, (operand, value)) in self.operands.iter().enumerate() {
            let joint = if at == 0 { " where " } else { " and " };
            write!(f, "{joint}{operand} is {value:?}")?;
        }
        if self.more > 0 {
            write!(f, " and so on ({} more)", self.more)?;
        }
        Ok(())
    }
}
