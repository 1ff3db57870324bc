//! The picture of a graph, in the DOT language of Graphviz.
//!
//! Values flow upwards: inputs and parameters below, outputs above. Operands enter a node from left to
//! right in their order.

use crate::graph::Graph;
use crate::names::full_name;
use crate::node::{Kind, Node, Role};
use crate::operator::Operator;
use std::fmt::{self, Write as _};

/// The DOT text of a graph; its `Display` is the text.
#[derive(Debug)]
pub struct Dot<'g, O> {
    graph: &'g Graph<O>,
}

impl<O: Operator> Graph<O> {
    /// The picture of this graph as DOT text, nodes in canonical order: `dot -Tsvg` draws it.
    #[must_use]
    pub fn dot(&self) -> Dot<'_, O> {
        Dot { graph: self }
    }
}

impl<O: Operator> fmt::Display for Dot<'_, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let graph = self.graph;
        let order = graph.canonical_order();
        writeln!(f, "digraph {{")?;
        writeln!(
            f,
            "  rankdir=BT; ordering=in; node [fontname=\"sans-serif\"];"
        )?;
        for (position, &key) in order.keys.iter().enumerate() {
            let node = &graph.nodes[key];
            let name = node
                .name
                .map(|name| full_name(graph.names.text(node.scope), graph.names.text(name)));
            let label = label(node, name.as_deref());
            writeln!(
                f,
                "  n{position} [label={}, {}];",
                Label(&label),
                style(&node.kind)
            )?;
        }
        for (position, &key) in order.keys.iter().enumerate() {
            for &operand in graph.nodes[key].operands.as_slice(&graph.pool) {
                let from = order.position_of(operand).unwrap_or_default();
                writeln!(f, "  n{from} -> n{position};")?;
            }
        }
        for (number, output) in graph.outputs.iter().enumerate() {
            writeln!(
                f,
                "  out{number} [label={}, shape=plaintext];",
                Label(&output.name)
            )?;
            for &key in &output.keys {
                let from = order.position_of(key).unwrap_or_default();
                writeln!(f, "  n{from} -> out{number} [style=dashed];")?;
            }
        }
        writeln!(f, "}}")
    }
}

/// The node's name, if it has one, above what it is.
fn label<O: Operator>(node: &Node<O>, name: Option<&str>) -> String {
    let what = match &node.kind {
        Kind::Input(role) => role.to_string(),
        Kind::Parameter(value) | Kind::Constant(value) => format!("{value:?}"),
        Kind::Operation(operation) => match operation.configuration() {
            Some(configuration) => format!("{}[{configuration}]", operation.name()),
            None => operation.name().to_owned(),
        },
        Kind::Macro(macro_) => macro_.to_string(),
        Kind::Port(number) => number.to_string(),
        Kind::Alias => "=".to_owned(),
    };
    match name {
        Some(name) => format!("{name}\n{what}"),
        None => what,
    }
}

fn style<O>(kind: &Kind<O>) -> &'static str {
    match kind {
        Kind::Input(Role::Feature) => "shape=box, style=filled, fillcolor=lightblue",
        Kind::Input(Role::Target) => "shape=box, style=filled, fillcolor=lightgrey",
        Kind::Parameter(_) => "shape=box, style=filled, fillcolor=palegreen",
        Kind::Constant(_) => "shape=plaintext",
        Kind::Operation(_) => "shape=ellipse",
        Kind::Macro(_) => "shape=box3d",
        Kind::Port(_) | Kind::Alias => "shape=circle",
    }
}

/// A quoted DOT string.
struct Label<'t>(&'t str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                // DOT has no escape for these; a picture can only say that something is there.
                c if c.is_control() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}
