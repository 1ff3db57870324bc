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

use crate::graph::Graph;
use crate::id::{GraphId, Key, KeyError, NodeId};
use crate::node::{Kind, Role};
use crate::operator::{Evaluate, Operator};
use crate::order::CanonicalOrder;
use crate::scalar::Scalar;
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

    /// Lays everything out anew if the graph was edited.
    fn catch_up<O: Operator>(&mut self, graph: &Graph<O>) -> Result<(), EvaluationError> {
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

    fn lay_out<O: Operator>(&mut self, graph: &Graph<O>) {
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
struct Use {
    user: u32,
    operand: u32,
}

/// The uses of the value at position `p` are `list[starts[p]..starts[p + 1]]`, by user and operand number.
#[derive(Clone, Debug, Default)]
struct Uses {
    starts: Vec<u32>,
    list: Vec<Use>,
}

impl Uses {
    fn of(&self, position: usize) -> impl Iterator<Item = Use> {
        let range = self.starts[position] as usize..self.starts[position + 1] as usize;
        self.list[range].iter().copied()
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

/// A position or a number of operands; an arena has fewer than 2³² nodes.
#[expect(
    clippy::cast_possible_truncation,
    reason = "an arena has fewer than 2³² nodes"
)]
fn small(number: usize) -> u32 {
    number as u32
}

/// What gives inputs of this role their values.
fn setter(role: Role) -> &'static str {
    match role {
        Role::Feature => "set_features",
        Role::Target => "set_targets",
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
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

/// Why a sweep cannot run or a value cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The evaluator was made for another graph.
    #[error("this evaluator was made for another graph; make one with `Evaluator::new`")]
    OtherGraph,
    /// The node is no input.
    #[error("an input is wanted, got {node}")]
    NotAnInput {
        /// The node, as the listing shows it.
        node: String,
    },
    /// The number of values is not that of the inputs.
    #[error("the graph has {} {role}{}, got {got} value{}", .wanted, plural(*.wanted), plural(*.got))]
    InputCount {
        /// Which inputs.
        role: Role,
        /// How many there are.
        wanted: usize,
        /// How many values there were.
        got: usize,
    },
    /// What is to be computed depends on an input that has no value.
    #[error("{node} has no value, and is needed; `{}` gives it one", setter(*.role))]
    InputNotSet {
        /// The input, as the listing shows it.
        node: String,
        /// What the input is for.
        role: Role,
    },
    /// A macro was not expanded, so it has no value.
    #[error("{node} has to be expanded first: call `expand`")]
    Unexpanded {
        /// The macro, as the listing shows it.
        node: String,
    },
    /// The operation does not run in this scalar type.
    #[error("{node} does not run in {scalar}")]
    Unsupported {
        /// The node, as the listing shows it.
        node: String,
        /// The scalar type's name.
        scalar: &'static str,
    },
    /// No sweep has computed this since the graph was last edited.
    #[error("this node has not been computed: run a sweep that needs it first")]
    NotComputed,
}
