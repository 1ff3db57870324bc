//! What nodes are called: a name each, unique in its scope, and scopes with paths.

use crate::add::BuildError;
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::names::{NameError, Symbol, full_name};
use crate::node::Node;
use crate::operator::Operator;

impl<O> Graph<O> {
    /// The node's name in its scope.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn name(&self, id: NodeId) -> Result<Option<&str>, KeyError> {
        Ok(self.node(id)?.name.map(|name| self.names.text(name)))
    }

    /// The path of the scope in which the node was made: `hidden.0`, or the empty text.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn scope_path(&self, id: NodeId) -> Result<&str, KeyError> {
        Ok(self.names.text(self.node(id)?.scope))
    }

    /// The node called `name` in the scope with the path `scope` (empty for the outermost).
    #[must_use]
    pub fn find(&self, scope: &str, name: &str) -> Option<NodeId> {
        self.names.holder(scope, name).map(|key| self.id_of(key))
    }

    /// The node whose scope path and name, joined by a dot, are `path`: `hidden.0.w`. Where several fit,
    /// since a name may itself contain dots, the one with the shortest scope path.
    #[must_use]
    pub fn find_path(&self, path: &str) -> Option<NodeId> {
        let dots = path
            .match_indices('.')
            .map(|(dot, _)| (&path[..dot], &path[dot + 1..]));
        std::iter::once(("", path))
            .chain(dots)
            .find_map(|(scope, name)| self.find(scope, name))
    }

    /// The scope path and the name of a node, joined by a dot, if it has a name.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn path(&self, id: NodeId) -> Result<Option<String>, KeyError> {
        let node = self.node(id)?;
        let scope = self.names.text(node.scope);
        Ok(node
            .name
            .map(|name| full_name(scope, self.names.text(name))))
    }

    /// The path of the scope that new nodes are given.
    #[must_use]
    pub fn current_scope(&self) -> &str {
        self.names.text(self.scope)
    }

    /// Runs `build` in the scope `segment` below the current one: nodes made inside have the longer
    /// path. The segment may itself be a path, `encoder.0`; an empty one changes nothing.
    pub fn within<R>(&mut self, segment: &str, build: impl FnOnce(&mut Self) -> R) -> R {
        let inside = Inside {
            outer: self.scope,
            graph: self,
        };
        let graph = &mut *inside.graph;
        if !segment.is_empty() {
            let path = full_name(graph.names.text(graph.scope), segment);
            graph.scope = graph.names.intern(&path);
        }
        build(graph)
    }
}

/// Gives new nodes the outer scope again at the end, even that of a panic which somebody catches.
struct Inside<'g, O> {
    graph: &'g mut Graph<O>,
    outer: Symbol,
}

impl<O> Drop for Inside<'_, O> {
    fn drop(&mut self) {
        self.graph.scope = self.outer;
    }
}

impl<O: Operator> Graph<O> {
    /// Gives the node a name, unique in its scope, in place of the one that it had.
    ///
    /// # Errors
    /// Where `id` is no key of this graph, or the name is empty or another node of the scope has it.
    pub fn set_name(&mut self, id: NodeId, name: &str) -> Result<(), BuildError> {
        let key = self.resolve(id, format_args!("the node to name {name:?}"))?;
        let Node {
            scope, name: old, ..
        } = self.nodes[key];
        if old.is_some_and(|old| self.names.text(old) == name) {
            return Ok(());
        }
        let symbol = self.symbol(name)?;
        if let Err(holder) = self.names.hold(scope, symbol, key) {
            return Err(self.taken(scope, symbol, holder).into());
        }
        if let Some(old) = old {
            self.names.release(scope, old);
        }
        self.nodes[key].name = Some(symbol);
        self.generation += 1;
        Ok(())
    }

    /// The symbol of a name that is not empty.
    pub(crate) fn symbol(&mut self, name: &str) -> Result<Symbol, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        Ok(self.names.intern(name))
    }

    /// Two nodes would have one name.
    #[cold]
    pub(crate) fn taken(&self, scope: Symbol, name: Symbol, holder: Key) -> NameError {
        NameError::Taken {
            name: full_name(self.names.text(scope), self.names.text(name)),
            holder: self.describe_key(holder),
        }
    }
}
