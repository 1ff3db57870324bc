//! Writing the text form.

use super::HEADER;
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::node::Kind;
use crate::operator::Operator;
use crate::order::CanonicalOrder;
use crate::syntax::{ExactFloat, Quoted};
use std::fmt;

/// How many nodes of a path a message shows at most.
const PATH_SHOWN: usize = 8;

/// The canonical listing of a graph; its `Display` is the text.
#[derive(Debug)]
pub struct Listing<'g, O> {
    graph: &'g Graph<O>,
    parameter_values: bool,
}

impl<O: Operator> Graph<O> {
    /// The canonical listing. Two graphs are equal when their listings are.
    #[must_use]
    pub fn listing(&self) -> Listing<'_, O> {
        Listing {
            graph: self,
            parameter_values: true,
        }
    }

    /// The line that the listing has for this node. It takes one pass over the graph, to find the numbers of
    /// the node and its operands; [`listing`](Self::listing) has the lines of all nodes in one.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn describe(&self, id: NodeId) -> Result<String, KeyError> {
        Ok(self.describe_key(self.resolve(id, format_args!("the key"))?))
    }

    /// The line of a node of this graph. It takes a pass over the graph, so it is for messages.
    pub(crate) fn describe_key(&self, key: Key) -> String {
        self.line(key, &self.canonical_order()).to_string()
    }

    /// The lines of several nodes, in one pass over the graph.
    pub(crate) fn describe_keys(&self, keys: &[Key]) -> Vec<String> {
        let order = self.canonical_order();
        keys.iter()
            .map(|&key| self.line(key, &order).to_string())
            .collect()
    }

    /// The lines of the nodes of a path, cut in the middle where the path is long.
    pub(crate) fn describe_path(&self, path: &[Key]) -> Vec<String> {
        let order = self.canonical_order();
        let line = |&key: &Key| self.line(key, &order).to_string();
        if path.len() <= PATH_SHOWN {
            return path.iter().map(line).collect();
        }
        let (head, rest) = path.split_at(PATH_SHOWN / 2);
        let (cut, tail) = rest.split_at(rest.len() - PATH_SHOWN / 2);
        let gap = format!("({} more)", cut.len());
        head.iter()
            .map(line)
            .chain([gap])
            .chain(tail.iter().map(line))
            .collect()
    }

    fn line<'a>(&'a self, key: Key, order: &'a CanonicalOrder) -> Line<'a, O> {
        Line {
            graph: self,
            key,
            order,
            parameter_values: true,
        }
    }
}

impl<O> Listing<'_, O> {
    /// Leaves the values of parameters out, so that another seed is not another listing. Such a
    /// listing shows `_` for each and cannot be read back.
    #[must_use]
    pub fn without_parameter_values(self) -> Self {
        Self {
            parameter_values: false,
            ..self
        }
    }
}

impl<O: Operator> fmt::Display for Listing<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            graph,
            parameter_values,
        } = *self;
        writeln!(f, "{HEADER}")?;
        let order = &graph.canonical_order();
        for &key in &order.keys {
            writeln!(
                f,
                "{}",
                Line {
                    graph,
                    key,
                    order,
                    parameter_values
                }
            )?;
        }
        for output in &graph.outputs {
            write!(f, "output {} = ", Quoted(&output.name))?;
            write_positions(f, &output.keys, order)?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl<O: Operator> fmt::Display for Graph<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.listing().fmt(f)
    }
}

struct Line<'a, O> {
    graph: &'a Graph<O>,
    key: Key,
    order: &'a CanonicalOrder,
    parameter_values: bool,
}

impl<O: Operator> fmt::Display for Line<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            graph,
            key,
            order,
            parameter_values,
        } = *self;
        let node = &graph.nodes[key];
        write_positions(f, &[key], order)?;
        match &node.kind {
            Kind::Input(role) => write!(f, " = {role}")?,
            Kind::Parameter(_) if !parameter_values => f.write_str(" = parameter _")?,
            Kind::Parameter(value) => write!(f, " = parameter {}", ExactFloat(*value))?,
            Kind::Constant(value) => write!(f, " = constant {}", ExactFloat(*value))?,
            Kind::Operation(operation) => {
                write!(f, " = {}", operation.name())?;
                if let Some(configuration) = operation.configuration() {
                    write!(f, "[{configuration}]")?;
                }
            }
            Kind::Macro(macro_) => write!(f, " = macro {macro_}")?,
            Kind::Port(number) => write!(f, " = port[{number}]")?,
            Kind::Alias => f.write_str(" = alias")?,
        }
        let operands = node.operands.as_slice(&graph.pool);
        if !operands.is_empty() || matches!(node.kind, Kind::Macro(_)) {
            f.write_str("(")?;
            write_positions(f, operands, order)?;
            f.write_str(")")?;
        }
        if let Some(name) = node.name {
            write!(f, " {}", Quoted(graph.names.text(name)))?;
        }
        match graph.names.text(node.scope) {
            "" => Ok(()),
            scope => write!(f, " in {}", Quoted(scope)),
        }
    }
}

/// `%0, %1, %2`.
fn write_positions(
    f: &mut fmt::Formatter<'_>,
    keys: &[Key],
    order: &CanonicalOrder,
) -> fmt::Result {
    for (at, &key) in keys.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        // The order holds every node of the graph.
        write!(f, "{comma}%{}", order.position_of(key).unwrap_or_default())?;
    }
    Ok(())
}
