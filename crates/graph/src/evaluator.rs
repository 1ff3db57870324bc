//! The reference sweeps: what a graph means.
//!
//! Slow, obvious and first. An [`Evaluator`] holds the value and the adjoint of every node, by canonical
//! position, and fills them by two sweeps: forward, operands before users; and in reverse, users before
//! operands. Everything else that ever computes a value or a gradient is compared with them.
//!
//! **Caching.** A value is computed again only where something that it depends on has changed in its
//! bits since. Every value carries the time of the newest change below it; a node whose operands are no
//! newer than itself is left alone.
//!
//! **Order of sums.** An adjoint is the sum of its terms in the order (canonical position of the user,
//! operand number), after the seed where there is one. The sum starts from the first term, not from
//! zero, and an operand that an operation does not contribute to gets no term at all.

mod error;
mod layout;
mod non_finite;
mod sweeps;

pub use error::EvaluationError;
pub use non_finite::NonFinite;

use crate::graph::Graph;
use crate::id::{GraphId, Key, KeyError, NodeId};
use crate::node::{Kind, Role};
use crate::operator::Operator;
use crate::order::CanonicalOrder;
use crate::scalar::Scalar;
use layout::Uses;
use std::fmt;

/// The values and adjoints of a graph's nodes in the scalar type `S`, and the sweeps that compute them.
///
/// It is made for one graph and asks for it at every sweep; when the graph was edited in between, it
/// notices, keeps the inputs that are still there, and forgets every other value.
#[derive(Clone, Debug)]
pub struct Evaluator<S> {
    graph: GraphId,
    generation: u64,
    order: CanonicalOrder,
    /// The operands of the node at position `p` are `operands[starts[p]..starts[p + 1]]`.
    starts: Vec<u32>,
    operands: Vec<u32>,
    uses: Uses,
    /// Whose value and adjoint stand for each position's: its own, unless it is an alias.
    reads: Vec<u32>,
    values: Vec<Option<S>>,
    /// When the newest input or parameter below the value changed.
    changed: Vec<u64>,
    now: u64,
    /// Whether a reverse sweep has filled the adjoints.
    reversed: bool,
    /// The sum of the adjoint's terms so far; none where the last reverse sweep did not come by.
    adjoints: Vec<Option<S>>,
    /// What the node's user adds to the adjoint of the operand, for each entry of `operands`.
    contributions: Vec<S>,
    evaluations: u64,
    orderings: u64,
}

impl<S: Scalar> Evaluator<S> {
    /// An evaluator of `graph`, in which no input has a value yet.
    #[must_use]
    pub fn new<O: Operator>(graph: &Graph<O>) -> Self {
        let mut evaluator = Self {
            graph: graph.id,
            generation: graph.generation,
            order: graph.canonical_order(),
            starts: Vec::new(),
            operands: Vec::new(),
            uses: Uses::default(),
            reads: Vec::new(),
            values: Vec::new(),
            changed: Vec::new(),
            now: 1,
            reversed: false,
            adjoints: Vec::new(),
            contributions: Vec::new(),
            evaluations: 0,
            orderings: 0,
        };
        evaluator.lay_out(graph);
        evaluator
    }

    /// How many operations were computed so far, by all forward sweeps together.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// How often the graph was walked to find its order: once, and once after each batch of edits.
    #[must_use]
    pub fn orderings(&self) -> u64 {
        self.orderings
    }

    /// Gives an input a value, which it keeps until it is given another.
    ///
    /// # Errors
    /// Where `input` is no key of this evaluator's graph, or no input.
    pub fn set_input<O: Operator>(
        &mut self,
        graph: &Graph<O>,
        input: NodeId,
        value: S,
    ) -> Result<(), EvaluationError> {
        self.catch_up(graph)?;
        let key = graph.through_aliases(graph.resolve(input, format_args!("the input"))?);
        if !matches!(graph.nodes[key].kind, Kind::Input(_)) {
            return Err(EvaluationError::NotAnInput {
                node: graph.describe_key(key),
            });
        }
        if let Some(position) = self.order.position_of(key) {
            self.set(position, value);
        }
        Ok(())
    }

    /// Gives the features their values, in declared order.
    ///
    /// # Errors
    /// Where their number is wrong.
    pub fn set_features<O: Operator>(
        &mut self,
        graph: &Graph<O>,
        values: &[S],
    ) -> Result<(), EvaluationError> {
        self.set_role(graph, Role::Feature, values)
    }

    /// Gives the targets their values, in declared order.
    ///
    /// # Errors
    /// Where their number is wrong.
    pub fn set_targets<O: Operator>(
        &mut self,
        graph: &Graph<O>,
        values: &[S],
    ) -> Result<(), EvaluationError> {
        self.set_role(graph, Role::Target, values)
    }

    fn set_role<O: Operator>(
        &mut self,
        graph: &Graph<O>,
        role: Role,
        values: &[S],
    ) -> Result<(), EvaluationError> {
        self.catch_up(graph)?;
        // Inputs come first in canonical order, in declared order.
        let has_role = |key: &Key| matches!(graph.nodes[*key].kind, Kind::Input(r) if r == role);
        let wanted = graph.inputs.iter().filter(|key| has_role(key)).count();
        if wanted != values.len() {
            return Err(EvaluationError::InputCount {
                role,
                wanted,
                got: values.len(),
            });
        }
        let mut values = values.iter();
        for position in 0..graph.inputs.len() {
            if has_role(&self.order.keys[position])
                && let Some(&value) = values.next()
            {
                self.set(position, value);
            }
        }
        Ok(())
    }

    fn set(&mut self, position: usize, value: S) {
        if !self.values[position].is_some_and(|old| old.same_bits(value)) {
            self.now += 1;
            self.values[position] = Some(value);
            self.changed[position] = self.now;
        }
    }

    /// The value of a node, as of the last sweep that computed it. Without the graph this cannot tell
    /// whether the graph was edited, or an input or a parameter was changed, since then: the next sweep does.
    ///
    /// # Errors
    /// Where `id` is no key of this evaluator's graph, or has not been computed.
    pub fn value(&self, id: NodeId) -> Result<S, EvaluationError> {
        let position = self.known_position(id)?;
        self.values[position].ok_or(EvaluationError::NotComputed)
    }

    /// The adjoint of a node, as of the last reverse sweep: zero where no seed depends on it. Without the
    /// graph this cannot tell whether the graph was edited since then: the next sweep does, and forgets
    /// every adjoint, even if it is a forward one.
    ///
    /// # Errors
    /// Where `id` is no key of this evaluator's graph or younger than its last sweep, or there was no
    /// reverse sweep since a sweep last found the graph edited.
    pub fn adjoint(&self, id: NodeId) -> Result<S, EvaluationError> {
        let position = self.known_position(id)?;
        if !self.reversed {
            return Err(EvaluationError::NotComputed);
        }
        Ok(self.adjoints[position].unwrap_or(S::from_f64(0.0)))
    }

    fn operands_of(&self, position: usize) -> &[u32] {
        &self.operands[self.starts[position] as usize..self.starts[position + 1] as usize]
    }

    fn position<O: Operator>(
        &self,
        graph: &Graph<O>,
        id: NodeId,
        role: fmt::Arguments<'_>,
    ) -> Result<usize, EvaluationError> {
        let key = graph.resolve_value(id, role)?;
        self.read_position(key).ok_or(EvaluationError::NotComputed)
    }

    /// The position of a node as of the last sweep, without the graph to ask whether it still exists.
    fn known_position(&self, id: NodeId) -> Result<usize, EvaluationError> {
        if id.graph != self.graph {
            return Err(KeyError::Foreign {
                role: "the key".to_owned(),
            }
            .into());
        }
        self.read_position(id.key)
            .ok_or(EvaluationError::NotComputed)
    }

    fn read_position(&self, key: Key) -> Option<usize> {
        self.order
            .position_of(key)
            .map(|position| self.reads[position] as usize)
    }
}
