//! Replacing macros by what they stand for.
//!
//! Expansion is staged. First every macro builds its subgraph, outer macros before those inside them,
//! into additions that are taken back if anything goes wrong. Only when all have succeeded are the macros
//! replaced, inner ones first, by steps that cannot fail.

mod cycle;
mod replace;

use crate::add::BuildError;
use crate::additions::Additions;
use crate::build::{Build, Leaf};
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::macros::MacroRef;
use crate::names::{NameError, Symbol, full_name};
use crate::node::Kind;
use crate::operator::Operator;
use crate::stream::stream;
use rand_core::Rng;
use slotmap::SecondaryMap;

/// A macro that has built what it stands for.
#[derive(Debug)]
struct Expanded {
    key: Key,
    /// The node of each port.
    values: Vec<Key>,
    /// Whether it uses more than its operands, such as a parameter's square that it shares with others.
    reaches_out: bool,
}

/// How far an expansion may go before it counts as endless.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpansionLimits {
    /// How deep macros may stand in macros.
    pub depth: usize,
    /// How many nodes may be made in all.
    pub nodes: usize,
}

impl Default for ExpansionLimits {
    /// 64 macros deep and 2²⁵ nodes.
    fn default() -> Self {
        Self {
            depth: 64,
            nodes: 1 << 25,
        }
    }
}

impl<O: Operator> Graph<O> {
    /// Replaces every macro, and every macro inside those, by the elementary operations that it stands
    /// for. Parameters that they declare draw their initial values from streams that `seed` begins.
    ///
    /// A key to a port denotes the same value afterwards: the port becomes the node that the expansion
    /// made for it, or an alias of a node that existed before or that another port became.
    ///
    /// # Errors
    /// Where a macro fails, yields a wrong number of values, uses what depends on it, or goes on for ever.
    /// The graph is as it was.
    pub fn expand(&mut self, seed: u64) -> Result<(), ExpandError> {
        self.expand_within(ExpansionLimits::default(), seed)
    }

    /// As [`expand`](Self::expand), with other limits.
    ///
    /// # Errors
    /// As [`expand`](Self::expand).
    pub fn expand_within(&mut self, limits: ExpansionLimits, seed: u64) -> Result<(), ExpandError> {
        let order = self.canonical_order();
        let macros = order.keys.iter().rev().filter(|&&key| self.is_macro(key));
        let pending: Vec<Pending> = macros.map(|&key| Pending { key, depth: 1 }).collect();
        if pending.is_empty() {
            return Ok(());
        }
        let additions = self.limited_additions(limits.nodes);
        let (expanded, added) = Expansion { additions, seed }.build_all(pending, limits)?;
        self.replace_macros(&expanded, &added, &order);
        Ok(())
    }

    /// Whether any macro is left to expand.
    #[must_use]
    pub fn has_macros(&self) -> bool {
        self.nodes.keys().any(|key| self.is_macro(key))
    }

    /// The scope path of what the macro stands for.
    fn macro_path(&self, key: Key) -> String {
        let node = &self.nodes[key];
        let name = node.name.map_or("", |name| self.names.text(name));
        full_name(self.names.text(node.scope), name)
    }

    pub(crate) fn is_macro(&self, key: Key) -> bool {
        matches!(self.nodes[key].kind, Kind::Macro(_))
    }
}

/// A macro that waits to be expanded, and how many macros it stands in, itself included.
#[derive(Clone, Copy, Debug)]
struct Pending {
    key: Key,
    depth: usize,
}

/// Where a macro builds what it stands for: in the graph, in the scope that the macro names.
#[derive(Debug)]
pub struct Expansion<'g, O: Operator> {
    additions: Additions<'g, O>,
    seed: u64,
}

impl<O: Operator> Expansion<'_, O> {
    /// Runs `build` in the scope `segment` below the current one.
    pub fn within<R>(&mut self, segment: &str, build: impl FnOnce(&mut Self) -> R) -> R {
        let path = match segment {
            "" => self.scope_path().to_owned(),
            segment => full_name(self.scope_path(), segment),
        };
        let inside = Inside {
            outer: self.additions.enter(&path),
            at: self,
        };
        build(&mut *inside.at)
    }

    /// The path of the scope that new nodes are given.
    #[must_use]
    pub fn scope_path(&self) -> &str {
        self.graph().current_scope()
    }

    /// Declares a parameter whose initial value `draw` takes from the parameter's own stream, which
    /// depends on the seed, the scope path and the name, and on nothing else.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope, or there is no room for more nodes.
    pub fn drawn_parameter(
        &mut self,
        name: &str,
        draw: impl FnOnce(&mut dyn Rng) -> f64,
    ) -> Result<NodeId, BuildError> {
        let value = draw(&mut stream(self.seed, self.scope_path(), name));
        self.parameter(name, value)
    }

    /// Lets every macro build what it stands for, and the macros inside. Gives the macros, outer ones
    /// before inner, and everything that was added.
    fn build_all(
        mut self,
        mut pending: Vec<Pending>,
        limits: ExpansionLimits,
    ) -> Result<(Vec<Expanded>, Vec<Key>), ExpandError> {
        let mut expanded = Vec::new();
        let mut operand_of = SecondaryMap::new();
        while let Some(next) = pending.pop() {
            let before = self.additions.added().len();
            if next.depth > limits.depth {
                let limit = limits.depth;
                return Err(self.error(next.key, ExpandProblem::TooDeep { limit }));
            }
            let built = self.build(next.key, &mut operand_of);
            expanded.push(built.map_err(|problem| self.error(next.key, problem))?);
            let added = self.additions.added()[before..].iter().rev();
            let inner = added.filter(|&&key| self.graph().is_macro(key));
            pending.extend(inner.map(|&key| Pending {
                key,
                depth: next.depth + 1,
            }));
        }
        if let Some(key) = self.graph().find_cycle(&expanded) {
            return Err(self.error(key, ExpandProblem::Circular));
        }
        Ok((expanded, self.additions.commit_keys()))
    }

    /// Lets one macro build what it stands for. `operand_of` tells for which macro, of those that a node
    /// is an operand of, it was last asked.
    fn build(
        &mut self,
        key: Key,
        operand_of: &mut SecondaryMap<Key, Key>,
    ) -> Result<Expanded, ExpandProblem> {
        let graph = self.graph();
        let (path, born) = (graph.macro_path(key), graph.next_serial);
        let operands: Vec<NodeId> = graph
            .operand_keys(key)
            .into_iter()
            .map(|key| graph.id_of(key))
            .collect();
        let mut expanded = Expanded {
            key,
            values: Vec::new(),
            reaches_out: false,
        };
        let Kind::Macro(macro_) = graph.nodes[key].kind.clone() else {
            return Ok(expanded);
        };
        let before = self.additions.added().len();
        let outer = self.additions.enter(&path);
        let built = macro_.get().expand(self, &operands);
        self.additions.leave(outer);
        let values = built.map_err(ExpandProblem::Macro)?;
        let wanted = macro_.get().ports(operands.len());
        if values.len() != wanted {
            return Err(ExpandProblem::Ports {
                wanted,
                got: values.len(),
            });
        }
        let graph = self.graph();
        for (at, &id) in values.iter().enumerate() {
            let value = graph.resolve_value(id, format_args!("port {at}"));
            let value = value.map_err(|error| ExpandProblem::Macro(error.into()))?;
            expanded.values.push(value);
        }
        for id in operands {
            operand_of.insert(id.key, key);
        }
        let is_outside = |used: &Key| {
            let node = &graph.nodes[*used];
            node.serial < born && node.operands.len() > 0 && operand_of.get(*used) != Some(&key)
        };
        let added = &self.additions.added()[before..];
        let mut used = added
            .iter()
            .flat_map(|&key| graph.nodes[key].operands.as_slice(&graph.pool))
            .chain(&expanded.values);
        expanded.reaches_out = used.any(is_outside);
        Ok(expanded)
    }

    #[cold]
    fn error(&self, key: Key, problem: ExpandProblem) -> ExpandError {
        let graph = self.graph();
        let macro_ = match &graph.nodes[key].kind {
            Kind::Macro(macro_) => macro_.to_string(),
            _ => String::new(),
        };
        ExpandError {
            path: graph.macro_path(key),
            macro_,
            problem,
        }
    }
}

/// Gives new nodes the outer scope again at the end, even that of a panic which the macro catches.
struct Inside<'e, 'g, O: Operator> {
    at: &'e mut Expansion<'g, O>,
    outer: Symbol,
}

impl<O: Operator> Drop for Inside<'_, '_, O> {
    fn drop(&mut self) {
        self.at.additions.leave(self.outer);
    }
}

impl<O: Operator> Build<O> for Expansion<'_, O> {
    fn graph(&self) -> &Graph<O> {
        self.additions.graph()
    }

    fn leaf(&mut self, leaf: Leaf, name: Option<&str>) -> Result<NodeId, BuildError> {
        self.additions.leaf(leaf, name)
    }

    fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError> {
        self.additions.operation(operation, operands)
    }

    fn macro_node(
        &mut self,
        name: Option<&str>,
        macro_: MacroRef<O>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError> {
        self.additions.macro_node(name, macro_, operands)
    }
}

/// Why a macro could not build what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MacroError {
    /// A node could not be added.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The macro refuses, in its own words.
    #[error("{0}")]
    Refused(String),
}

impl From<KeyError> for MacroError {
    fn from(error: KeyError) -> Self {
        Self::Build(error.into())
    }
}

impl From<NameError> for MacroError {
    fn from(error: NameError) -> Self {
        Self::Build(error.into())
    }
}

/// An expansion failed. The graph is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the macro {macro_} at {path:?} {problem}")]
pub struct ExpandError {
    /// The scope path of the macro, its own name included.
    pub path: String,
    /// The macro with its configuration, as listings show it.
    pub macro_: String,
    /// What is wrong with it.
    pub problem: ExpandProblem,
}

/// What is wrong with a macro.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandProblem {
    /// It could not build what it stands for.
    #[error("cannot be built: {0}")]
    Macro(MacroError),
    /// It yields another number of values than it has ports.
    #[error("has {} but yields {}", counted(*.wanted, "port"), counted(*.got, "value"))]
    Ports {
        /// How many ports it has.
        wanted: usize,
        /// How many values it gave.
        got: usize,
    },
    /// It uses a value that it did not get as an operand, and that depends on one of its ports.
    #[error("uses a value that depends on it")]
    Circular,
    /// Macros stand in macros without end, or almost.
    #[error("stands more than {} deep: does one expand into itself?", counted(*.limit, "macro"))]
    TooDeep {
        /// How deep they may stand.
        limit: usize,
    },
}

/// `1 port`, `2 ports`.
fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
