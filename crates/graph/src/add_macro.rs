//! Adding macros, their ports, and aliases.

use crate::add::BuildError;
use crate::graph::Graph;
use crate::id::{Key, KeyError, NodeId};
use crate::macros::{Macro, MacroRef};
use crate::names::Symbol;
use crate::node::Kind;
use crate::operator::Operator;
use std::borrow::Cow;

impl<O: Operator> Graph<O> {
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
        Err(self
            .arity_error(macro_.to_string(), macro_.get().arity(), &keys)
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
        let scope = self.scope;
        let symbol = match name {
            Some(name) => self.symbol(name)?,
            None => self.names.free_numbered(scope, macro_.get().name()),
        };
        if let Some(holder) = self.names.holder_of(scope, symbol) {
            return Err(self.taken(scope, symbol, holder).into());
        }
        let key = self.insert_with_operands(Kind::Macro(macro_), operands);
        self.give_name(key, symbol);
        Ok(key)
    }

    /// Gives a node that has no name one that is free in its scope.
    pub(crate) fn give_name(&mut self, key: Key, symbol: Symbol) {
        let node = &mut self.nodes[key];
        node.name = Some(symbol);
        let held = self.names.hold(node.scope, symbol, key);
        debug_assert_eq!(held, Ok(()));
    }

    /// Adds the port of a macro that has no port of this number.
    pub(crate) fn insert_port(&mut self, macro_: Key, number: u32) -> NodeId {
        let port = self.insert_with_operands(Kind::Port(number), &[self.id_of(macro_)]);
        self.id_of(port)
    }

    /// Adds another key to the value of `target`.
    pub(crate) fn insert_alias(&mut self, target: NodeId) -> Result<NodeId, KeyError> {
        let target = self.resolve_value(target, format_args!("what the alias denotes"))?;
        let alias = self.insert_with_operands(Kind::Alias, &[self.id_of(target)]);
        Ok(self.id_of(alias))
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
