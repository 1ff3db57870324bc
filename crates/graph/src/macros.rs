//! Macros: nodes that stand for subgraphs until they are expanded.

use crate::expansion::{Expansion, MacroError};
use crate::id::NodeId;
use crate::operator::{Arity, Operator};
use std::fmt;
use std::sync::Arc;

/// Something that stands in a graph as one node and is replaced by a subgraph before anything is
/// computed: a layer, a block of layers, a loss.
///
/// A macro yields one value or several; each is a *port*, a node of its own. It may be an operand of
/// other macros, and may expand into macros.
///
/// ```
/// use dagrad_graph::{Arity, Build, Expansion, Graph, Macro, MacroError, NodeId, Operator};
/// # #[derive(Clone)]
/// # struct Add;
/// # impl Operator for Add {
/// #     fn arity(&self) -> Arity { Arity::AtLeast(1) }
/// #     fn name(&self) -> &str { "add" }
/// # }
///
/// /// The operand plus a parameter that starts at zero.
/// struct Shift;
///
/// impl Macro<Add> for Shift {
///     fn name(&self) -> &str {
///         "shift"
///     }
///     fn arity(&self) -> Arity {
///         Arity::Exactly(1)
///     }
///     fn expand(
///         &self,
///         at: &mut Expansion<'_, Add>,
///         operands: &[NodeId],
///     ) -> Result<Vec<NodeId>, MacroError> {
///         let by = at.parameter("by", 0.0)?;
///         Ok(vec![at.operation(Add, &[operands[0], by])?])
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut graph = Graph::new();
/// let x = graph.feature("x")?;
/// let y = graph.add_macro("first", Shift, &[x])?[0];
/// assert_eq!(graph.describe(y)?, "%2 = port[0](%1)");
/// graph.expand(1)?;
/// assert_eq!(graph.describe(y)?, r#"%2 = add(%0, %1) in "first""#);
/// # Ok(())
/// # }
/// ```
pub trait Macro<O>: Send + Sync {
    /// The name that listings, messages and the parser use: ASCII letters, digits and `_`, not starting
    /// with a digit.
    fn name(&self) -> &str;

    /// What distinguishes this macro from others of its name, such as the number of outputs of a layer.
    /// A listing prints it in brackets: `linear[3]`. It must not contain `[`, `]` or a line break.
    fn configuration(&self) -> Option<String> {
        None
    }

    /// The number of operands that it takes.
    fn arity(&self) -> Arity;

    /// The number of values that it yields for so many operands: at least one.
    fn ports(&self, operands: usize) -> usize {
        let _ = operands;
        1
    }

    /// Builds the subgraph that this macro stands for, and gives the node of each port. A port may be an
    /// operand passed through, and two ports may be one node.
    ///
    /// # Errors
    /// Whatever goes wrong while building; the expansion is then undone as a whole.
    fn expand(
        &self,
        at: &mut Expansion<'_, O>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError>
    where
        O: Operator;
}

/// A macro as a node holds it: shared by the clones of a graph, and one word wide, since the kind of a
/// node has to stay small.
pub struct MacroRef<O>(Arc<Box<dyn Macro<O>>>);

impl<O> MacroRef<O> {
    /// Shares `macro_`.
    pub fn new(macro_: impl Macro<O> + 'static) -> Self {
        Self(Arc::new(Box::new(macro_)))
    }

    /// The macro itself.
    #[must_use]
    pub fn get(&self) -> &dyn Macro<O> {
        &**self.0
    }
}

impl<O> Clone for MacroRef<O> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<O> PartialEq for MacroRef<O> {
    /// Whether both have one name and one configuration.
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl<O> Macro<O> for MacroRef<O> {
    fn name(&self) -> &str {
        self.get().name()
    }

    fn configuration(&self) -> Option<String> {
        self.get().configuration()
    }

    fn arity(&self) -> Arity {
        self.get().arity()
    }

    fn ports(&self, operands: usize) -> usize {
        self.get().ports(operands)
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, O>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError>
    where
        O: Operator,
    {
        self.get().expand(at, operands)
    }
}

impl<O> fmt::Debug for MacroRef<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<O> fmt::Display for MacroRef<O> {
    /// `name[configuration]`, as listings show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get().name())?;
        match self.get().configuration() {
            Some(configuration) => write!(f, "[{configuration}]"),
            None => Ok(()),
        }
    }
}
