//! The picture of a graph, in the DOT language of Graphviz.
//!
//! Values flow upwards: inputs and parameters below, outputs above. Operands enter a node from left to
//! right in their order. What was made in a scope stands in the scope's frame; a macro is one box until
//! it is expanded, and what it expanded into can be drawn as one box again.

mod boxes;
mod label;

use crate::graph::Graph;
use crate::id::Key;
use crate::node::{Kind, Node, Role};
use crate::operator::Operator;
use boxes::{Frames, Place};
use label::Label;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// How many things a picture shows at most, unless told otherwise: more than that, and neither Graphviz
/// nor a reader can do anything with it.
const DEFAULT_LIMIT: usize = 1000;

/// A picture to be drawn; see [`Graph::dot`].
#[derive(Debug)]
pub struct Dot<'g, O> {
    graph: &'g Graph<O>,
    collapse: Option<usize>,
    limit: usize,
}

impl<O: Operator> Graph<O> {
    /// The picture of this graph as DOT, which `dot -Tsvg` draws. Nodes stand in canonical order.
    ///
    /// ```
    /// # use dagrad_graph::{Arity, Graph, Operator};
    /// # #[derive(Clone)]
    /// # struct Add;
    /// # impl Operator for Add {
    /// #     fn arity(&self) -> Arity { Arity::AtLeast(1) }
    /// #     fn name(&self) -> &str { "add" }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut graph = Graph::new();
    /// let x = graph.feature("x")?;
    /// let y = graph.within("layer", |graph| graph.operation(Add, &[x, x]))?;
    /// let picture = graph.dot().text()?;
    /// assert!(picture.contains("subgraph") && picture.contains("n0 -> n1;"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dot(&self) -> Dot<'_, O> {
        Dot {
            graph: self,
            collapse: None,
            limit: DEFAULT_LIMIT,
        }
    }
}

impl<O: Operator> Dot<'_, O> {
    /// Draws what was made more than `depth` scopes deep as one box for each scope at that depth: with 0,
    /// each layer of a network is one box.
    #[must_use]
    pub fn collapsed(self, depth: usize) -> Self {
        Self {
            collapse: Some(depth),
            ..self
        }
    }

    /// How many nodes, boxes and frames may be drawn before the picture is refused; 1,000 unless told otherwise.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// The DOT text.
    ///
    /// # Errors
    /// [`DotError`] where more would be drawn than the limit allows.
    pub fn text(&self) -> Result<String, DotError> {
        let picture = Picture::of(self);
        if picture.drawn() > self.limit {
            let collapsed = Dot {
                graph: self.graph,
                collapse: Some(0),
                limit: self.limit,
            };
            let fits = Picture::of(&collapsed).drawn() <= self.limit;
            let hint = match (self.collapse, fits) {
                (None, true) => "; with `collapsed(0)` each scope is one box",
                (Some(1..), true) => "; with a lower depth there are fewer boxes",
                (_, false) | (Some(0), true) => "",
            };
            let (drawn, limit) = (picture.drawn(), self.limit);
            return Err(DotError { drawn, limit, hint });
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = picture.write(&mut text);
        Ok(text)
    }
}

/// What is drawn of a graph, and where.
struct Picture<'g, O> {
    graph: &'g Graph<O>,
    keys: Vec<Key>,
    /// For each position of the canonical order, the node or the box that is drawn for it.
    places: Vec<Place>,
    frames: Frames<'g>,
}

impl<'g, O: Operator> Picture<'g, O> {
    fn of(dot: &Dot<'g, O>) -> Self {
        let graph = dot.graph;
        let keys = graph.canonical_order().keys;
        let mut frames = Frames::new();
        let place = |(position, &key): (usize, &Key)| {
            let node = &graph.nodes[key];
            frames.place(
                position,
                (node.scope, graph.names.text(node.scope)),
                &node.kind,
                dot.collapse,
            )
        };
        let places = keys.iter().enumerate().map(place).collect();
        Self {
            graph,
            keys,
            places,
            frames,
        }
    }

    /// The number of nodes, boxes and frames.
    fn drawn(&self) -> usize {
        let nodes = self
            .places
            .iter()
            .filter(|place| matches!(place, Place::Node(_)));
        nodes.count() + self.frames.drawn()
    }

    fn write(&self, f: &mut String) -> fmt::Result {
        writeln!(f, "digraph {{")?;
        writeln!(f, "  rankdir=BT; ordering=in;")?;
        writeln!(
            f,
            "  node [fontname=\"sans-serif\"]; graph [fontname=\"sans-serif\"];"
        )?;
        self.frames.write(f, |f, indent, position| {
            self.write_node(f, indent, position)
        })?;
        self.write_edges(f)?;
        writeln!(f, "}}")
    }

    fn write_node(&self, f: &mut String, indent: usize, position: usize) -> fmt::Result {
        let node = &self.graph.nodes[self.keys[position]];
        let name = node.name.map(|name| self.graph.names.text(name));
        let (label, style) = (describe(node, name), style(&node.kind));
        writeln!(
            f,
            "{:indent$}n{position} [label={}, {style}];",
            "",
            Label(&label)
        )
    }

    /// Edges between nodes, once for each operand; edges from or to a box, once with their number.
    fn write_edges(&self, f: &mut String) -> fmt::Result {
        let mut position_of = HashMap::new();
        for (position, &key) in self.keys.iter().enumerate() {
            position_of.insert(key, position);
        }
        let place_of = |key: &Key| position_of.get(key).map(|&position| self.places[position]);
        let mut bundles: Vec<(Place, Place, usize)> = Vec::new();
        let mut bundle_of = HashMap::new();
        for (&key, &to) in self.keys.iter().zip(&self.places) {
            let operands = self.graph.nodes[key].operands.as_slice(&self.graph.pool);
            for from in operands.iter().filter_map(place_of) {
                match (from, to) {
                    (Place::Node(_), Place::Node(_)) => writeln!(f, "  {from} -> {to};")?,
                    (Place::Box(from), Place::Box(to)) if from == to => {}
                    (Place::Box(_), _) | (_, Place::Box(_)) => {
                        let at = *bundle_of.entry((from, to)).or_insert(bundles.len());
                        if at == bundles.len() {
                            bundles.push((from, to, 0));
                        }
                        bundles[at].2 += 1;
                    }
                }
            }
        }
        for (from, to, count) in bundles {
            match count {
                1 => writeln!(f, "  {from} -> {to};")?,
                count => writeln!(f, "  {from} -> {to} [label=\"{count}\"];")?,
            }
        }
        for (number, output) in self.graph.outputs.iter().enumerate() {
            let label = Label(&output.name);
            writeln!(f, "  out{number} [label={label}, shape=plaintext];")?;
            for from in output.keys.iter().filter_map(place_of) {
                writeln!(f, "  {from} -> out{number} [style=dashed];")?;
            }
        }
        Ok(())
    }
}

/// The node's name, if it has one, above what it is.
fn describe<O: Operator>(node: &Node<O>, name: Option<&str>) -> String {
    let what = match &node.kind {
        Kind::Input(role) => role.to_string(),
        Kind::Parameter(value) | Kind::Constant(value) => short(*value),
        Kind::Operation(operation) => match operation.configuration() {
            Some(configuration) => format!("{}[{configuration}]", operation.name()),
            None => operation.name().to_owned(),
        },
        Kind::Macro(macro_) => macro_.to_string(),
        Kind::Port(number) => number.to_string(),
        Kind::Alias => "alias".to_owned(),
    };
    match name {
        Some(name) => format!("{name}\n{what}"),
        None => what,
    }
}

/// A number as a picture shows it: all of it if it is short, else its first digits.
fn short(value: f64) -> String {
    let exact = format!("{value:?}");
    let is_middling = (1e-3..1e5).contains(&value.abs());
    match (exact.len() <= 7, is_middling) {
        (true, _) => exact,
        (false, true) => format!("{value:.4}"),
        (false, false) => format!("{value:.3e}"),
    }
}

fn style<O>(kind: &Kind<O>) -> &'static str {
    match kind {
        Kind::Input(Role::Feature) => "shape=box, style=filled, fillcolor=lightblue",
        Kind::Input(Role::Target) => "shape=box, style=filled, fillcolor=lightgrey",
        Kind::Parameter(_) => "shape=box, style=filled, fillcolor=palegreen",
        Kind::Constant(_) => "shape=plaintext",
        Kind::Operation(_) => "shape=ellipse",
        Kind::Macro(_) => "shape=box3d, style=filled, fillcolor=lightyellow",
        Kind::Port(_) | Kind::Alias => "shape=circle, width=0.3, fixedsize=true",
    }
}

/// There would be too much to see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the picture would show {drawn} nodes and frames, more than {limit}{hint}")]
pub struct DotError {
    /// How many nodes, boxes and frames there would be.
    pub drawn: usize,
    /// How many there may be.
    pub limit: usize,
    /// What helps.
    hint: &'static str,
}
