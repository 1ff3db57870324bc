//! Building that reads as mathematics.
//!
//! Inside a scope a node is an [`Expr`], which has operators and a method for every operation;
//! everywhere else keys are the currency. A formula may fail at any of its operations, and formulas
//! with a `?` after each would not read as formulas, so a scope remembers its first error, builds
//! nothing after it, and returns it at its end. What it had built until then it takes back.

use crate::for_each_operation;
use crate::op::Op;
use dagrad_graph::{Build, BuildError, Expansion, Graph, Leaf, MacroError, NodeId};
use std::cell::RefCell;
use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::panic::Location;

/// Opens scopes on a graph.
pub trait GraphScope {
    /// Builds what `build` writes, all of it or nothing. An expression ends with the scope, so return its
    /// key, `.id()`.
    ///
    /// ```
    /// use dagrad_graph::Graph;
    /// use dagrad_ops::{GraphScope, Op};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut g = Graph::<Op>::new();
    /// let (x, w, b) = (g.feature("x")?, g.parameter("w", 0.5)?, g.parameter("b", 0.0)?);
    /// let y = g.scope(|s| (s.at(w) * s.at(x) + s.at(b)).tanh().id())?;
    /// assert_eq!(g.describe(y)?, "%5 = tanh(%4)");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first thing that went wrong, and where in the formula. The graph is as it was.
    fn scope<R>(&mut self, build: impl FnOnce(Scope<'_>) -> R) -> Result<R, ScopeError>;
}

impl GraphScope for Graph<Op> {
    fn scope<R>(&mut self, build: impl FnOnce(Scope<'_>) -> R) -> Result<R, ScopeError> {
        let mut additions = self.additions();
        let result = scope(&mut additions, build)?;
        additions.commit();
        Ok(result)
    }
}

impl GraphScope for Expansion<'_, Op> {
    /// Where this fails, what was built until then stays until the expansion as a whole is undone.
    fn scope<R>(&mut self, build: impl FnOnce(Scope<'_>) -> R) -> Result<R, ScopeError> {
        scope(self, build)
    }
}

/// The function behind [`GraphScope::scope`]. What was built before an error stays.
///
/// # Errors
/// The first thing that went wrong, and where in the formula.
pub fn scope<R>(
    builder: &mut dyn Build<Op>,
    build: impl FnOnce(Scope<'_>) -> R,
) -> Result<R, ScopeError> {
    let recorder = RefCell::new(Recorder {
        builder,
        error: None,
    });
    let result = build(Scope { record: &recorder });
    match recorder.into_inner().error {
        None => Ok(result),
        Some(error) => Err(error),
    }
}

struct Recorder<'b> {
    builder: &'b mut dyn Build<Op>,
    error: Option<ScopeError>,
}

/// What a [`Scope`] does, without the lifetime of what it does it to.
trait Record {
    /// Runs `step`, unless something went wrong before.
    fn step(
        &self,
        place: &'static Location<'static>,
        step: &mut dyn FnMut(&mut dyn Build<Op>) -> Result<NodeId, BuildError>,
    ) -> Option<NodeId>;
}

impl Record for RefCell<Recorder<'_>> {
    fn step(
        &self,
        place: &'static Location<'static>,
        step: &mut dyn FnMut(&mut dyn Build<Op>) -> Result<NodeId, BuildError>,
    ) -> Option<NodeId> {
        let Recorder { builder, error } = &mut *self.borrow_mut();
        if error.is_some() {
            return None;
        }
        match step(*builder) {
            Ok(id) => Some(id),
            Err(cause) => {
                *error = Some(ScopeError { cause, place });
                None
            }
        }
    }
}

/// Where formulas are written; see [`GraphScope::scope`].
#[derive(Clone, Copy)]
pub struct Scope<'s> {
    record: &'s dyn Record,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

impl<'s> Scope<'s> {
    #[track_caller]
    fn step(
        self,
        mut step: impl FnMut(&mut dyn Build<Op>) -> Result<NodeId, BuildError>,
    ) -> Expr<'s> {
        Expr {
            scope: self,
            id: self.record.step(Location::caller(), &mut step),
        }
    }

    /// A node that exists.
    #[track_caller]
    #[must_use]
    pub fn at(self, node: NodeId) -> Expr<'s> {
        self.step(|builder| {
            builder.graph().kind(node)?;
            Ok(node)
        })
    }

    /// A constant.
    #[track_caller]
    #[must_use]
    pub fn constant(self, value: f64) -> Expr<'s> {
        self.step(|builder| builder.leaf(Leaf::Constant(value), None))
    }

    /// Declares a feature, with or without a name.
    #[track_caller]
    pub fn feature<'n>(self, name: impl Into<Option<&'n str>>) -> Expr<'s> {
        let name = name.into();
        self.step(|builder| builder.leaf(Leaf::Feature, name))
    }

    /// Declares a target, with or without a name.
    #[track_caller]
    pub fn target<'n>(self, name: impl Into<Option<&'n str>>) -> Expr<'s> {
        let name = name.into();
        self.step(|builder| builder.leaf(Leaf::Target, name))
    }

    /// Declares a parameter that starts at `value`, with or without a name.
    #[track_caller]
    pub fn parameter<'n>(self, name: impl Into<Option<&'n str>>, value: f64) -> Expr<'s> {
        let name = name.into();
        self.step(|builder| builder.leaf(Leaf::Parameter(value), name))
    }

    /// Any operation, such as a user operation, of any operands.
    #[track_caller]
    pub fn operation<I>(self, operation: Op, operands: I) -> Expr<'s>
    where
        I: IntoIterator<Item: Operand<'s>>,
    {
        let operands = operands.into_iter().map(|operand| operand.into_expr(self));
        self.apply(operation, &operands.collect::<Vec<_>>())
    }

    #[track_caller]
    fn apply(self, operation: Op, operands: &[Expr<'s>]) -> Expr<'s> {
        // An operand without a key comes from a scope that has failed: from this one, which then does
        // nothing, or from another, which is reported.
        let ids: Vec<_> = operands.iter().map(|operand| operand.id()).collect();
        self.step(|builder| builder.operation(operation.clone(), &ids))
    }
}

/// A value under construction: a node of the graph, in the notation of mathematics.
///
/// `+`, `-`, `*`, `/` and unary `-` work between expressions, `f64` and keys; every operation is a method of
/// its first operand, and those that take any number of operands are methods of the [`Scope`] too.
#[derive(Clone, Copy, Debug)]
pub struct Expr<'s> {
    scope: Scope<'s>,
    id: Option<NodeId>,
}

impl Expr<'_> {
    /// The key of the node. In a scope that has failed there is none, so it is
    /// [dangling](NodeId::dangling), and the scope's end says why.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id.unwrap_or_else(NodeId::dangling)
    }
}

/// What can be an operand in a formula: an expression, a number, or a key.
pub trait Operand<'s> {
    /// The operand as an expression of `scope`.
    #[track_caller]
    fn into_expr(self, scope: Scope<'s>) -> Expr<'s>;
}

impl<'s> Operand<'s> for Expr<'s> {
    #[track_caller]
    fn into_expr(self, _: Scope<'s>) -> Expr<'s> {
        self
    }
}

impl<'s> Operand<'s> for f64 {
    #[track_caller]
    fn into_expr(self, scope: Scope<'s>) -> Expr<'s> {
        scope.constant(self)
    }
}

impl<'s> Operand<'s> for NodeId {
    #[track_caller]
    fn into_expr(self, scope: Scope<'s>) -> Expr<'s> {
        scope.at(self)
    }
}

macro_rules! define_methods {
    ($(
        $type:ident $(($field:ident: $kind:ty, $words:literal, $samples:expr))? = $name:ident $operands:tt;
    )*) => {
        /// Every operation, as a method of its first operand.
        impl<'s> Expr<'s> {
            $(define_methods!(@expr $type $name $operands $($field: $kind)?);)*
        }

        /// The operations that take any number of operands.
        impl<'s> Scope<'s> {
            $(define_methods!(@scope $type $name $operands);)*
        }
    };
    (@expr $type:ident $name:ident ($first:ident $(, $operand:ident)*) $($field:ident: $kind:ty)?) => {
        #[doc = concat!("[`", stringify!($name), "`](crate::operations::", stringify!($type), ") with this as the ", stringify!($first), ".")]
        #[track_caller]
        #[must_use]
        pub fn $name(self, $($operand: impl Operand<'s>,)* $($field: $kind)?) -> Self {
            self.scope.apply(Op::$type $(($field))?, &[self $(, $operand.into_expr(self.scope))*])
        }
    };
    (@expr $type:ident $name:ident [$operands:ident]) => {
        #[doc = concat!("[`", stringify!($name), "`](crate::operations::", stringify!($type), ") of this and another operand.")]
        #[track_caller]
        #[must_use]
        pub fn $name(self, other: impl Operand<'s>) -> Self {
            self.scope.apply(Op::$type, &[self, other.into_expr(self.scope)])
        }
    };
    (@scope $type:ident $name:ident ($($operand:ident),*)) => {};
    (@scope $type:ident $name:ident [$operands:ident]) => {
        #[doc = concat!("[`", stringify!($name), "`](crate::operations::", stringify!($type), ") of one or more operands.")]
        #[track_caller]
        pub fn $name<I>(self, $operands: I) -> Expr<'s>
        where
            I: IntoIterator<Item: Operand<'s>>,
        {
            self.operation(Op::$type, $operands)
        }
    };
}

for_each_operation!(define_methods);

macro_rules! define_operators {
    ($($trait:ident $method:ident;)*) => {$(
        impl<'s, Right: Operand<'s>> $trait<Right> for Expr<'s> {
            type Output = Self;

            #[track_caller]
            fn $method(self, right: Right) -> Self {
                self.scope.apply(Op::$trait, &[self, right.into_expr(self.scope)])
            }
        }

        define_operators!(@left f64, $trait $method);
        define_operators!(@left NodeId, $trait $method);
    )*};
    (@left $left:ident, $trait:ident $method:ident) => {
        impl<'s> $trait<Expr<'s>> for $left {
            type Output = Expr<'s>;

            #[track_caller]
            fn $method(self, right: Expr<'s>) -> Expr<'s> {
                let left = self.into_expr(right.scope);
                right.scope.apply(Op::$trait, &[left, right])
            }
        }
    };
}

define_operators! {
    Add add;
    Sub sub;
    Mul mul;
    Div div;
}

impl Neg for Expr<'_> {
    type Output = Self;

    #[track_caller]
    fn neg(self) -> Self {
        self.scope.apply(Op::Neg, &[self])
    }
}

/// A formula could not be built. The graph is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {cause}")]
pub struct ScopeError {
    /// What went wrong.
    #[source]
    pub cause: BuildError,
    /// Where in the source text of the formula.
    pub place: &'static Location<'static>,
}

impl From<ScopeError> for MacroError {
    fn from(error: ScopeError) -> Self {
        match error.cause {
            // The limits of an expansion are nobody's place in a formula.
            BuildError::TooMany { .. } => Self::Build(error.cause),
            BuildError::Key(_)
            | BuildError::Name(_)
            | BuildError::Arity(_)
            | BuildError::MacroName { .. }
            | BuildError::MacroConfiguration { .. }
            | BuildError::NoPorts { .. } => Self::Refused(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> (Graph<Op>, NodeId) {
        let mut graph = Graph::new();
        let x = graph.feature("x").unwrap();
        (graph, x)
    }

    #[track_caller]
    fn check(build: impl FnOnce(Scope<'_>, Expr<'_>) -> NodeId, lines: &str) {
        let (mut graph, x) = graph();
        let y = graph.scope(|s| build(s, s.at(x))).unwrap();
        graph.add_output("y", &[y]).unwrap();
        let listing = graph.to_string();
        let got: Vec<_> = listing.lines().skip(2).collect();
        assert_eq!(got.split_last().unwrap().1.join("; "), lines);
    }

    #[test]
    fn operators_take_expressions_numbers_and_keys_on_either_side() {
        check(|_, x| (x + x).id(), "%1 = add(%0, %0)");
        check(|_, x| (x - 2.0).id(), "%1 = constant 2.0; %2 = sub(%0, %1)");
        check(|_, x| (2.0 / x).id(), "%1 = constant 2.0; %2 = div(%1, %0)");
        check(|_, x| (-x * x.id()).id(), "%1 = neg(%0); %2 = mul(%1, %0)");
        check(|_, x| (x.id() - -x).id(), "%1 = neg(%0); %2 = sub(%0, %1)");
    }

    #[test]
    fn every_operation_is_a_method_of_its_first_operand() {
        check(|_, x| x.tanh().id(), "%1 = tanh(%0)");
        check(|_, x| x.powi(3).id(), "%1 = powi[3](%0)");
        check(
            |_, x| x.max(0.5).id(),
            "%1 = constant 0.5; %2 = max(%0, %1)",
        );
        check(|_, x| x.select(x, x).id(), "%1 = select(%0, %0, %0)");
    }

    #[test]
    fn a_scope_has_the_operations_of_any_number_of_operands() {
        check(|s, x| s.add([x, x, x]).id(), "%1 = add(%0, %0, %0)");
        check(
            |s, x| s.log_sum_exp([x.id(); 2]).id(),
            "%1 = log_sum_exp(%0, %0)",
        );
        check(
            |s, x| (s.constant(1.0) * x + s.constant(2.0)).id(),
            "%1 = constant 1.0; %2 = mul(%1, %0); %3 = constant 2.0; %4 = add(%2, %3)",
        );
    }

    #[test]
    fn a_scope_declares_leaves() {
        let mut graph = Graph::new();
        graph
            .scope(|s| (s.parameter("w", 0.5) * s.feature("x") - s.target(None)).id())
            .unwrap();
        assert_eq!(
            graph.to_string(),
            "dagrad graph 1\n\
             %0 = feature \"x\"\n\
             %1 = target\n\
             %2 = parameter 0.5 \"w\"\n\
             %3 = mul(%2, %0)\n\
             %4 = sub(%3, %1)\n"
        );
    }

    #[test]
    fn the_first_error_is_returned_with_its_place_and_the_graph_is_as_it_was() {
        let (mut graph, x) = graph();
        let foreign = Graph::<Op>::new().constant(1.0);
        let before = graph.to_string();
        let line = line!() + 3;
        let built = graph.scope(|s| {
            let fine = s.parameter("w", 1.0) * x;
            let sum = fine + foreign;
            (sum.sqrt() + s.add([0.0; 0]) + s.feature("x")).id()
        });
        let error = built.unwrap_err();
        assert_eq!((error.place.line(), error.place.file()), (line, file!()));
        assert!(
            error
                .to_string()
                .ends_with("the key is a key of another graph"),
            "{error}"
        );
        assert_eq!(graph.to_string(), before);
        graph.verify().unwrap();
    }

    #[test]
    fn no_operands_and_taken_names_are_errors() {
        let (mut graph, _) = graph();
        let error = graph.scope(|s| s.max([0.0; 0]).id()).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("max takes at least 1 operand, got 0"),
            "{error}"
        );
        let error = graph.scope(|s| s.parameter("x", 0.0).id()).unwrap_err();
        let wanted = "the name \"x\" is taken by %0 = feature \"x\"";
        assert!(error.to_string().ends_with(wanted), "{error}");
    }

    #[test]
    fn an_expression_of_another_scope_is_refused() {
        let ((mut graph, x), (mut other, y)) = (graph(), graph());
        let built = graph.scope(|s| other.scope(|t| (s.at(x) + t.at(y).id()).id()));
        assert!(built.is_err());
        assert_eq!(graph.len(), 1);
    }
}
