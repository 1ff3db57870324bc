//! A graph as a source of formulas.

use super::source::{FormulaItem, FormulaName, FormulaSource};
use super::write::Formula;
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::node::{Kind, Node};
use crate::operator::Notate;
use crate::order::CanonicalOrder;

/// The values of a graph, in canonical order.
#[derive(Debug)]
pub struct GraphValues<'g, O> {
    graph: &'g Graph<O>,
    order: CanonicalOrder,
}

impl<O: Notate> Graph<O> {
    /// The value of a node as a formula.
    ///
    /// ```
    /// # use dagrad_graph::{Arity, Graph, Grouping, Notate, Notation, Operator, Precedence};
    /// # #[derive(Clone)]
    /// # struct Add;
    /// # impl Operator for Add {
    /// #     fn arity(&self) -> Arity { Arity::AtLeast(1) }
    /// #     fn name(&self) -> &str { "add" }
    /// # }
    /// # impl Notate for Add {
    /// #     fn notation(&self) -> Notation {
    /// #         Notation::Infix {
    /// #             symbol: "+",
    /// #             ascii: "+",
    /// #             precedence: Precedence::Sum,
    /// #             grouping: Grouping::Left,
    /// #         }
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut graph = Graph::new();
    /// let (a, b) = (graph.parameter("a", 0.1)?, graph.parameter(None, 0.2)?);
    /// let sum = graph.operation(Add, &[a, b])?;
    /// assert_eq!(graph.formula(sum)?.to_string(), "a + p1");
    /// assert_eq!(graph.formula(sum)?.numbers().to_string(), "0.1 + 0.2");
    ///
    /// let twice = graph.operation(Add, &[sum, sum])?;
    /// let formula = graph.formula(twice)?;
    /// assert_eq!(formula.to_string(), "h0 + h0\nwhere h0 = a + p1");
    /// assert_eq!(formula.inlined(100)?.to_string(), "a + p1 + (a + p1)");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where `id` is no key of this graph, or that of a macro, which has no value itself.
    pub fn formula(&self, id: NodeId) -> Result<Formula<GraphValues<'_, O>>, KeyError> {
        let key = self.resolve_value(id, format_args!("the key"))?;
        Ok(self.formula_of_keys(None, &[key]))
    }

    /// The values of an output as one formula: that of its node, or where there are several, a line for
    /// each, `probs[0] = …`, over the same shared values.
    ///
    /// # Errors
    /// Where no output has this name.
    pub fn formula_of_output(
        &self,
        name: &str,
    ) -> Result<Formula<GraphValues<'_, O>>, FormulaError> {
        let output = self.outputs.iter().find(|output| output.name == name);
        let output = output.ok_or_else(|| FormulaError::NoOutput {
            name: name.to_owned(),
        })?;
        let label = (output.keys.len() > 1).then(|| name.to_owned());
        Ok(self.formula_of_keys(label, &output.keys))
    }

    fn formula_of_keys(&self, label: Option<String>, keys: &[Key]) -> Formula<GraphValues<'_, O>> {
        let values = GraphValues {
            graph: self,
            order: self.canonical_order(),
        };
        let roots = keys.iter().map(|&key| values.index_of(key)).collect();
        Formula::of_valid(values, label, roots)
    }
}

impl<O> GraphValues<'_, O> {
    fn node(&self, index: usize) -> &Node<O> {
        &self.graph.nodes[self.order.keys[index]]
    }

    fn index_of(&self, key: Key) -> usize {
        // The order holds every node of the graph.
        self.order.position_of(key).unwrap_or_default()
    }

    /// How many values a macro yields.
    fn ports(&self, macro_: Key) -> usize {
        let node = &self.graph.nodes[macro_];
        match &node.kind {
            Kind::Macro(macro_) => macro_
                .get()
                .ports(node.operands.as_slice(&self.graph.pool).len()),
            Kind::Input(_)
            | Kind::Parameter(_)
            | Kind::Constant(_)
            | Kind::Operation(_)
            | Kind::Port(_)
            | Kind::Alias => 1,
        }
    }
}

impl<O: Notate> FormulaSource for GraphValues<'_, O> {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn item(&self, index: usize) -> FormulaItem<'_> {
        let node = self.node(index);
        match &node.kind {
            // The canonical order starts with the inputs, then the parameters.
            Kind::Input(_) => FormulaItem::Input { position: index },
            Kind::Parameter(value) => FormulaItem::Parameter {
                position: index - self.graph.inputs.len(),
                value: *value,
            },
            Kind::Constant(value) => FormulaItem::Constant(*value),
            Kind::Operation(operation) => FormulaItem::Operation {
                name: operation.name(),
                notation: operation.notation(),
            },
            Kind::Macro(macro_) => FormulaItem::Call(macro_.to_string()),
            Kind::Port(number) => {
                let macro_ = node.operands.as_slice(&self.graph.pool).first();
                let ports = macro_.map_or(1, |&key| self.ports(key));
                FormulaItem::Port((ports > 1).then_some(*number))
            }
            Kind::Alias => FormulaItem::Alias,
        }
    }

    fn operand_count(&self, index: usize) -> usize {
        self.node(index).operands.as_slice(&self.graph.pool).len()
    }

    fn operand(&self, index: usize, at: usize) -> usize {
        self.index_of(self.node(index).operands.as_slice(&self.graph.pool)[at])
    }

    fn name(&self, index: usize) -> Option<FormulaName<'_>> {
        let node = self.node(index);
        node.name.map(|name| FormulaName {
            scope: self.graph.names.text(node.scope),
            name: self.graph.names.text(name),
        })
    }
}

impl<O: Notate> Formula<GraphValues<'_, O>> {
    /// The nodes that the formula refers to by name, and their names: what has to be given values before
    /// the formula can be evaluated. They are inputs, and in [names](Self::numbers) parameters and named
    /// constants, in canonical order.
    #[must_use]
    pub fn variables(&self) -> Vec<(NodeId, String)> {
        let values = self.source();
        let name_of = |(index, name): (usize, String)| {
            let key = values.order.keys[index];
            (values.graph.id_of(key), name)
        };
        self.leaves().into_iter().map(name_of).collect()
    }
}

/// Why there is no formula of an output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// The graph has no output of this name.
    #[error("there is no output {name:?}")]
    NoOutput {
        /// The name that was asked for.
        name: String,
    },
}
