//! The arena, and how nodes are added to it and looked at.

use crate::id::{GraphId, Key, KeyError, KeyMap, NodeId};
use crate::key_list::{KeyList, KeyPool};
use crate::macros::{Macro, MacroRef};
use crate::names::{NameError, Names, Symbol, full_name};
use crate::node::{Kind, Node, Output, Role};
use crate::operator::{Arity, Operator};
use slotmap::SlotMap;
use std::borrow::Cow;
use std::fmt;

/// A computation graph: an arena of nodes, each of which may have many users.
///
/// Nodes are added with the methods below, one value at a time, and referred to by their
/// [`NodeId`]. Operands exist before their users, so what is built has no cycle, and edits that would
/// close one are refused. Every method that can fail leaves the graph as it was when it does.
///
/// `Graph` is generic over the operations, of which it asks only what [`Operator`] says.
pub struct Graph<O> {
    pub(crate) id: GraphId,
    pub(crate) nodes: SlotMap<Key, Node<O>>,
    pub(crate) pool: KeyPool,
    pub(crate) names: Names,
    /// In declared order.
    pub(crate) inputs: Vec<Key>,
    /// In declared order.
    pub(crate) parameters: Vec<Key>,
    /// In declared order.
    pub(crate) outputs: Vec<Output>,
    /// The scope that new nodes are given.
    pub(crate) scope: Symbol,
    pub(crate) next_serial: u64,
    /// Raised by every change of structure, so that what was derived from the graph can notice.
    pub(crate) generation: u64,
}

impl<O> fmt::Debug for Graph<O> {
    /// How many nodes there are; the listing, which is [`Display`](fmt::Display), says which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph")
            .field("nodes", &self.len())
            .finish_non_exhaustive()
    }
}

impl<O> Default for Graph<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O> Graph<O> {
    /// An empty graph.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(0)
    }

    /// An empty graph with room for `nodes` nodes.
    #[must_use]
    pub fn with_capacity(nodes: usize) -> Self {
        Self {
            id: GraphId::fresh(),
            nodes: SlotMap::with_capacity_and_key(nodes),
            pool: KeyPool::default(),
            names: Names::new(),
            inputs: Vec::new(),
            parameters: Vec::new(),
            outputs: Vec::new(),
            scope: Symbol::ROOT,
            next_serial: 0,
            generation: 0,
        }
    }

    /// The number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the graph has no nodes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A number that every change of structure raises. Values of parameters are not structure.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Whether `id` is the key of a node of this graph.
    #[must_use]
    pub fn contains(&self, id: NodeId) -> bool {
        id.graph == self.id && self.nodes.contains_key(id.key)
    }

    /// What the node is.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn kind(&self, id: NodeId) -> Result<&Kind<O>, KeyError> {
        Ok(&self.node(id)?.kind)
    }

    /// The node's operands, in order. A node that uses a value twice has it twice.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn operands(&self, id: NodeId) -> Result<impl ExactSizeIterator<Item = NodeId>, KeyError> {
        let keys = self.node(id)?.operands.as_slice(&self.pool);
        Ok(keys.iter().map(|&key| self.id_of(key)))
    }

    /// The node's users: one entry for each operand that this node is, in the order in which they
    /// came to use it.
    ///
    /// # Errors
    /// Where `id` is no key of this graph.
    pub fn users(&self, id: NodeId) -> Result<impl ExactSizeIterator<Item = NodeId>, KeyError> {
        let keys = self.node(id)?.users.as_slice(&self.pool);
        Ok(keys.iter().map(|&key| self.id_of(key)))
    }

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

    /// The inputs, in declared order.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator {
        self.inputs.iter().map(|&key| self.id_of(key))
    }

    /// The features, in declared order: what a prediction is made from.
    pub fn features(&self) -> impl Iterator<Item = NodeId> {
        self.inputs_with(Role::Feature)
    }

    /// The targets, in declared order.
    pub fn targets(&self) -> impl Iterator<Item = NodeId> {
        self.inputs_with(Role::Target)
    }

    fn inputs_with(&self, role: Role) -> impl Iterator<Item = NodeId> {
        let is_role =
            move |key: &&Key| matches!(self.nodes[**key].kind, Kind::Input(r) if r == role);
        self.inputs
            .iter()
            .filter(is_role)
            .map(|&key| self.id_of(key))
    }

    /// The parameters, in declared order.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = NodeId> + DoubleEndedIterator {
        self.parameters.iter().map(|&key| self.id_of(key))
    }

    /// The named outputs, in declared order.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = (&str, Vec<NodeId>)> {
        let ids = |output: &Output| output.keys.iter().map(|&key| self.id_of(key)).collect();
        self.outputs
            .iter()
            .map(move |output| (output.name.as_str(), ids(output)))
    }

    /// The nodes of the output called `name`.
    #[must_use]
    pub fn output(&self, name: &str) -> Option<Vec<NodeId>> {
        let output = self.outputs.iter().find(|output| output.name == name)?;
        Some(output.keys.iter().map(|&key| self.id_of(key)).collect())
    }

    pub(crate) fn id_of(&self, key: Key) -> NodeId {
        NodeId {
            key,
            graph: self.id,
        }
    }

    fn node(&self, id: NodeId) -> Result<&Node<O>, KeyError> {
        let key = self.resolve(id, format_args!("the key"))?;
        Ok(&self.nodes[key])
    }

    /// The bare key, if `id` is a key of this graph; `role` says what the key is meant for.
    pub(crate) fn resolve(&self, id: NodeId, role: fmt::Arguments<'_>) -> Result<Key, KeyError> {
        if self.contains(id) {
            Ok(id.key)
        } else {
            Err(self.unusable(id, role.to_string()))
        }
    }

    /// The bare key of the node whose value `id` denotes. Macros have none, their ports have; an alias
    /// denotes what it is an alias of, so that nothing ever uses an alias.
    pub(crate) fn resolve_value(
        &self,
        id: NodeId,
        role: fmt::Arguments<'_>,
    ) -> Result<Key, KeyError> {
        let key = self.resolve(id, role)?;
        if matches!(self.nodes[key].kind, Kind::Macro(_)) {
            return Err(KeyError::NoValue {
                role: role.to_string(),
            });
        }
        Ok(self.through_aliases(key))
    }

    /// The node that a key of an alias denotes.
    pub(crate) fn through_aliases(&self, key: Key) -> Key {
        let mut key = key;
        while let Node {
            kind: Kind::Alias,
            operands,
            ..
        } = &self.nodes[key]
            && let Some(&target) = operands.as_slice(&self.pool).first()
        {
            key = target;
        }
        key
    }

    #[cold]
    fn unusable(&self, id: NodeId, role: String) -> KeyError {
        if id.graph == self.id {
            KeyError::Stale { role }
        } else {
            KeyError::Foreign { role }
        }
    }

    #[inline]
    fn insert(&mut self, kind: Kind<O>) -> Key {
        let (serial, scope) = (self.next_serial, self.scope);
        self.next_serial += 1;
        self.generation += 1;
        // A closure, so that the node is put together where it will lie.
        self.nodes.insert_with_key(|_| Node {
            kind,
            operands: KeyList::empty(),
            users: KeyList::empty(),
            serial,
            name: None,
            scope,
        })
    }

    /// Adds a node that never changes its value.
    pub fn constant(&mut self, value: f64) -> NodeId {
        let key = self.insert(Kind::Constant(value));
        self.id_of(key)
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
    /// Declares an input that predictions are made from, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn feature<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, NameError> {
        self.declare(Kind::Input(Role::Feature), name.into())
    }

    /// Declares an input that predictions are compared with, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn target<'n>(&mut self, name: impl Into<Option<&'n str>>) -> Result<NodeId, NameError> {
        self.declare(Kind::Input(Role::Target), name.into())
    }

    /// Declares a parameter that starts at `value`, with or without a name.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope.
    pub fn parameter<'n>(
        &mut self,
        name: impl Into<Option<&'n str>>,
        value: f64,
    ) -> Result<NodeId, NameError> {
        self.declare(Kind::Parameter(value), name.into())
    }

    fn declare(&mut self, kind: Kind<O>, name: Option<&str>) -> Result<NodeId, NameError> {
        let symbol = name
            .map(|name| self.free_name(self.scope, name))
            .transpose()?;
        let is_input = matches!(kind, Kind::Input(_));
        let key = self.insert(kind);
        if let Some(symbol) = symbol {
            self.give_name(key, symbol);
        }
        let declared = if is_input {
            &mut self.inputs
        } else {
            &mut self.parameters
        };
        declared.push(key);
        Ok(self.id_of(key))
    }

    /// Adds the value of `operation` at `operands`.
    ///
    /// # Errors
    /// Where an operand is no key of this graph, or their number is not what the operation takes.
    pub fn operation(&mut self, operation: O, operands: &[NodeId]) -> Result<NodeId, BuildError> {
        let operands = &*self.denoted(operands, operation.name())?;
        if !operation.arity().accepts(operands.len()) {
            let keys: Vec<Key> = operands.iter().map(|id| id.key).collect();
            return Err(self.arity_error(&operation, &keys).into());
        }
        let key = self.insert_operation(operation, operands);
        Ok(self.id_of(key))
    }

    /// Adds an operation, where `operands` are nodes of this graph and as many as it takes.
    #[inline]
    pub(crate) fn insert_operation(&mut self, operation: O, operands: &[NodeId]) -> Key {
        let user = self.insert(Kind::Operation(operation));
        self.nodes[user].operands = KeyList::of(operands, &mut self.pool);
        for id in operands {
            self.nodes[id.key].users.push(user, &mut self.pool);
        }
        user
    }

    /// The nodes whose values the operands denote. Fails where one is no key of this graph or has no
    /// value.
    fn denoted<'k>(
        &self,
        operands: &'k [NodeId],
        name: &str,
    ) -> Result<Cow<'k, [NodeId]>, KeyError> {
        let is_plain = |id: &NodeId| {
            id.graph == self.id
                && self
                    .nodes
                    .get(id.key)
                    .is_some_and(|node| !matches!(node.kind, Kind::Macro(_) | Kind::Alias))
        };
        if operands.iter().all(is_plain) {
            return Ok(Cow::Borrowed(operands));
        }
        let denoted = operands.iter().enumerate().map(|(at, &id)| {
            let key = self.resolve_value(id, format_args!("operand {at} of {name}"))?;
            Ok(self.id_of(key))
        });
        denoted.collect()
    }

    /// Adds a macro of `operands` and gives its ports, in order, which are its values. Its name becomes
    /// the innermost part of the scope path of what it [expands](Self::expand) into; without one it is
    /// called after the macro, and numbered where that name is taken: `linear`, `linear_2`.
    ///
    /// # Errors
    /// Where the name is empty or taken in this scope, an operand is no key of this graph, their number is
    /// not what the macro takes, or it has no ports, or a listing cannot show what the macro is called.
    pub fn add_macro<'n>(
        &mut self,
        name: impl Into<Option<&'n str>>,
        macro_: impl Macro<O> + 'static,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, BuildError> {
        let added = self.insert_macro_with_ports(name.into(), MacroRef::new(macro_), operands)?;
        Ok(added.1)
    }

    /// Adds a macro and its ports.
    pub(crate) fn insert_macro_with_ports(
        &mut self,
        name: Option<&str>,
        macro_: MacroRef<O>,
        operands: &[NodeId],
    ) -> Result<(Key, Vec<NodeId>), BuildError> {
        let key = self.insert_macro(name, macro_.clone(), operands)?;
        // Asked only now, when the number of operands is known to be one that the macro takes.
        let ports = macro_.get().ports(operands.len());
        let ports = (0..ports).map(|number| self.insert_port(key, number as u32));
        Ok((key, ports.collect()))
    }

    /// The nodes that are to be the operands of a macro. Fails where it cannot have them.
    pub(crate) fn macro_operands<'k>(
        &self,
        macro_: &MacroRef<O>,
        operands: &'k [NodeId],
    ) -> Result<Cow<'k, [NodeId]>, BuildError> {
        refuse_unwritable(macro_)?;
        let operands = self.denoted(operands, macro_.get().name())?;
        if macro_.get().arity().accepts(operands.len()) {
            if macro_.get().ports(operands.len()) == 0 {
                return Err(BuildError::NoPorts {
                    macro_: macro_.to_string(),
                });
            }
            return Ok(operands);
        }
        let keys: Vec<Key> = operands.iter().map(|id| id.key).collect();
        Err(ArityError {
            operation: macro_.to_string(),
            wanted: macro_.get().arity(),
            operands: self.describe_keys(&keys),
        }
        .into())
    }

    /// Adds a macro without its ports.
    pub(crate) fn insert_macro(
        &mut self,
        name: Option<&str>,
        macro_: MacroRef<O>,
        operands: &[NodeId],
    ) -> Result<Key, BuildError> {
        let operands = &*self.macro_operands(&macro_, operands)?;
        let symbol = match name {
            Some(name) => self.free_name(self.scope, name)?,
            None => self.names.free_numbered(self.scope, macro_.get().name()),
        };
        let key = self.insert(Kind::Macro(macro_));
        self.nodes[key].operands = KeyList::of(operands, &mut self.pool);
        for id in operands {
            self.nodes[id.key].users.push(key, &mut self.pool);
        }
        self.give_name(key, symbol);
        Ok(key)
    }

    /// Adds the port of a macro that has no port of this number.
    pub(crate) fn insert_port(&mut self, macro_: Key, number: u32) -> NodeId {
        let port = self.insert(Kind::Port(number));
        self.nodes[port].operands = KeyList::of(&[self.id_of(macro_)], &mut self.pool);
        self.nodes[macro_].users.push(port, &mut self.pool);
        self.id_of(port)
    }

    /// Adds another key to the value of `target`.
    pub(crate) fn insert_alias(&mut self, target: NodeId) -> Result<NodeId, KeyError> {
        let target = self.resolve_value(target, format_args!("what the alias denotes"))?;
        let alias = self.insert(Kind::Alias);
        self.nodes[alias].operands = KeyList::of(&[self.id_of(target)], &mut self.pool);
        self.nodes[target].users.push(alias, &mut self.pool);
        Ok(self.id_of(alias))
    }

    /// Gives a node that has no name one that is free in its scope.
    pub(crate) fn give_name(&mut self, key: Key, symbol: Symbol) {
        let node = &mut self.nodes[key];
        node.name = Some(symbol);
        self.names.hold(node.scope, symbol, key);
    }

    pub(crate) fn check_arity(&self, operation: &O, operands: &[Key]) -> Result<(), ArityError> {
        if operation.arity().accepts(operands.len()) {
            Ok(())
        } else {
            Err(self.arity_error(operation, operands))
        }
    }

    #[cold]
    fn arity_error(&self, operation: &O, operands: &[Key]) -> ArityError {
        ArityError {
            operation: operation.name().to_owned(),
            wanted: operation.arity(),
            operands: self.describe_keys(operands),
        }
    }

    /// The symbol of `name`, if no node in `scope` has it.
    pub(crate) fn free_name(&mut self, scope: Symbol, name: &str) -> Result<Symbol, NameError> {
        if name.is_empty() {
            return Err(NameError::Empty);
        }
        let symbol = self.names.intern(name);
        match self.names.holder_of(scope, symbol) {
            None => Ok(symbol),
            Some(holder) => Err(NameError::Taken {
                name: full_name(self.names.text(scope), name),
                holder: self.describe_key(holder),
            }),
        }
    }

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
        let symbol = self.free_name(scope, name)?;
        if let Some(old) = old {
            self.names.release(scope, old);
        }
        self.give_name(key, symbol);
        self.generation += 1;
        Ok(())
    }

    /// Declares `nodes`, in this order, as the output called `name`. A node may be in several
    /// outputs, and several times in one.
    ///
    /// # Errors
    /// Where a node is no key of this graph, the list is empty, or the name is empty or taken by
    /// another output.
    pub fn add_output(&mut self, name: &str, nodes: &[NodeId]) -> Result<(), OutputError> {
        if name.is_empty() {
            return Err(NameError::Empty.into());
        }
        if nodes.is_empty() {
            return Err(OutputError::NoNodes {
                name: name.to_owned(),
            });
        }
        if self.names.has_output(name) {
            let holder = "another output".to_owned();
            return Err(NameError::Taken {
                name: name.to_owned(),
                holder,
            }
            .into());
        }
        let keys = nodes.iter().enumerate().map(|(at, &id)| {
            self.resolve_value(id, format_args!("node {at} of the output {name:?}"))
        });
        let keys = keys.collect::<Result<_, _>>()?;
        self.names.hold_output(name);
        self.outputs.push(Output {
            name: name.to_owned(),
            keys,
        });
        self.generation += 1;
        Ok(())
    }
}

impl<O: Clone> Graph<O> {
    /// A copy of the graph, and the map from this graph's keys to the copy's.
    #[must_use]
    pub fn clone_with_keys(&self) -> (Self, KeyMap) {
        let copy = self.clone();
        let map = KeyMap {
            from: self.id,
            to: copy.id,
            cloned: self.nodes.keys().map(|key| (key, ())).collect(),
        };
        (copy, map)
    }
}

impl<O: Clone> Clone for Graph<O> {
    /// Another graph of the same text: keys of this one are foreign to it.
    fn clone(&self) -> Self {
        Self {
            id: GraphId::fresh(),
            nodes: self.nodes.clone(),
            pool: self.pool.clone(),
            names: self.names.clone(),
            inputs: self.inputs.clone(),
            parameters: self.parameters.clone(),
            outputs: self.outputs.clone(),
            scope: self.scope,
            next_serial: self.next_serial,
            generation: self.generation,
        }
    }
}

/// Fails where a listing of the macro would not be read back.
fn refuse_unwritable<O>(macro_: &MacroRef<O>) -> Result<(), BuildError> {
    let name = macro_.get().name();
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts_well || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(BuildError::MacroName {
            name: name.to_owned(),
        });
    }
    match macro_.get().configuration() {
        Some(configuration) if configuration.contains(['[', ']', '\n', '\r']) => {
            Err(BuildError::MacroConfiguration {
                name: name.to_owned(),
                configuration,
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// An operation was given a wrong number of operands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation} takes {wanted}, got {}{}", .operands.len(), listed(.operands))]
pub struct ArityError {
    /// The operation's name.
    pub operation: String,
    /// How many operands it takes.
    pub wanted: Arity,
    /// The operands that it was given, as the listing shows them.
    pub operands: Vec<String>,
}

/// `: a, b, c`, cut after a few.
fn listed(texts: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut list = String::new();
    for (at, text) in texts.iter().take(SHOWN).enumerate() {
        list.push_str(if at == 0 { ": " } else { "; " });
        list.push_str(text);
    }
    if texts.len() > SHOWN {
        list.push_str("; …");
    }
    list
}

/// Why a node cannot be added or named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The number of operands is wrong.
    #[error(transparent)]
    Arity(#[from] ArityError),
    /// The macro's name is not one that a listing can show.
    #[error(
        "{name:?} cannot name a macro: a name is ASCII letters, digits and `_`, and starts with no digit"
    )]
    MacroName {
        /// The name.
        name: String,
    },
    /// The macro's configuration is not one that a listing can show.
    #[error(
        "the macro {name} cannot have the configuration {configuration:?}: it has a bracket or a line break"
    )]
    MacroConfiguration {
        /// The macro's name.
        name: String,
        /// The configuration.
        configuration: String,
    },
    /// A macro yields at least one value.
    #[error("the macro {macro_} has no ports")]
    NoPorts {
        /// The macro with its configuration.
        macro_: String,
    },
    /// The expansion of a macro would make more nodes than it may.
    #[error("there would be more than {limit} new nodes")]
    TooMany {
        /// How many it may make.
        limit: usize,
    },
}

/// Why an output cannot be declared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// A key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The name cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// An output yields at least one value.
    #[error("the output {name:?} needs at least one node")]
    NoNodes {
        /// The output's name.
        name: String,
    },
}
