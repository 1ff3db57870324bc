//! What can be added to: a graph, nodes that are only kept together, the expansion of a macro.

use crate::add::BuildError;
use crate::graph::Graph;
use crate::id::NodeId;
use crate::macros::{Macro, MacroRef};
use crate::node::Kind;
use crate::operator::Operator;

/// A node without operands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf {
    /// An input that predictions are made from.
    Feature,
    /// An input that predictions are compared with.
    Target,
    /// A parameter that starts at this value.
    Parameter(f64),
    /// A constant.
    Constant(f64),
}

/// Something that nodes are added to. What is written over this trait builds in a graph and in the
/// expansion of a macro alike.
pub trait Build<O: Operator> {
    /// The graph, with what was added so far.
    fn graph(&self) -> &Graph<O>;

    /// Adds a node without operands, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope, or there is no room for more nodes.
    fn leaf(&mut self, leaf: Leaf, name: Option<&str>) -> Result<NodeId, BuildError>;

    /// Adds the value of `operation` at `operands`.
    ///
    /// # Errors
    /// Where an operand is no key of this graph, their number is not what the operation takes, or there
    /// is no room for more nodes.
    fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError>;

    /// Adds a macro; see [`add_macro`](Self::add_macro).
    ///
    /// # Errors
    /// As [`add_macro`](Self::add_macro).
    fn macro_node(
        &mut self,
        name: Option<&str>,
        macro_: MacroRef<O>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError>;

    /// Adds a macro of `operands` and gives its ports, in order. Its name becomes the innermost part of
    /// the scope path of what it expands into; without one it is called after the macro, and numbered
    /// where that name is taken: `linear`, `linear_2`.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope, an operand is no key of this graph, their number is
    /// not what the macro takes, it has no ports, or there is no room for more nodes.
    fn add_macro<'n>(
        &mut self,
        name: impl Into<Option<&'n str>>,
        macro_: impl Macro<O> + 'static,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError>
    where
        Self: Sized,
    {
        self.macro_node(name.into(), MacroRef::new(macro_), operands)
    }

    /// Declares an input that predictions are made from, with or without a name.
    ///
    /// # Errors
    /// As [`leaf`](Self::leaf).
    fn feature<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, BuildError>
    where
        Self: Sized,
    {
        self.leaf(Leaf::Feature, name.into())
    }

    /// Declares an input that predictions are compared with, with or without a name.
    ///
    /// # Errors
    /// As [`leaf`](Self::leaf).
    fn target<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, BuildError>
    where
        Self: Sized,
    {
        self.leaf(Leaf::Target, name.into())
    }

    /// Declares a parameter that starts at `value`, with or without a name.
    ///
    /// # Errors
    /// As [`leaf`](Self::leaf).
    fn parameter<'n>(
        &mut self,
        name: impl Into<Option<&'n str>>,
        value: f64,
    ) -> Result<NodeId, BuildError>
    where
        Self: Sized,
    {
        self.leaf(Leaf::Parameter(value), name.into())
    }

    /// Adds a constant.
    ///
    /// # Errors
    /// Where there is no room for more nodes.
    fn constant(&mut self, value: f64) -> Result<NodeId, BuildError>
    where
        Self: Sized,
    {
        self.leaf(Leaf::Constant(value), None)
    }
}

impl<O: Operator> Build<O> for Graph<O> {
    fn graph(&self) -> &Graph<O> {
        self
    }

    fn leaf(&mut self, leaf: Leaf, name: Option<&str>) -> Result<NodeId, BuildError> {
        Ok(match leaf {
            Leaf::Feature => Self::feature(self, name)?,
            Leaf::Target => Self::target(self, name)?,
            Leaf::Parameter(value) => Self::parameter(self, name, value)?,
            Leaf::Constant(value) => {
                let key = self.insert_leaf(Kind::Constant(value), name)?;
                self.id_of(key)
            }
        })
    }

    fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError> {
        Self::operation(self, operation, operands)
    }

    fn macro_node(
        &mut self,
        name: Option<&str>,
        macro_: MacroRef<O>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError> {
        let added = self.insert_macro_with_ports(name, macro_, operands)?;
        Ok(added.1)
    }
}
