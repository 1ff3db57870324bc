//! Names and scope paths, each text kept once.

use crate::id::Key;
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

/// A text in a graph's [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Symbol(NonZeroU32);

impl Symbol {
    /// The empty text, which is the path of the outermost scope.
    pub(crate) const ROOT: Self = Self(NonZeroU32::MIN);
}

/// The texts of one graph, and which node has which name.
///
/// Hash maps only find; nothing iterates over them, so no output depends on their order.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    texts: Vec<Arc<str>>,
    symbols: HashMap<Arc<str>, Symbol>,
    holders: HashMap<(Symbol, Symbol), Key>,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut names = Self {
            texts: Vec::new(),
            symbols: HashMap::new(),
            holders: HashMap::new(),
        };
        let root = names.intern("");
        debug_assert_eq!(root, Symbol::ROOT);
        names
    }

    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(&symbol) = self.symbols.get(text) {
            return symbol;
        }
        let shared: Arc<str> = text.into();
        self.texts.push(Arc::clone(&shared));
        // Symbols count from one; a graph of 2³² texts would not fit a machine.
        let count = u32::try_from(self.texts.len())
            .ok()
            .and_then(NonZeroU32::new);
        let symbol = Symbol(count.unwrap_or(NonZeroU32::MAX));
        self.symbols.insert(shared, symbol);
        symbol
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.texts
            .get(symbol.0.get() as usize - 1)
            .map_or("", |text| text)
    }

    /// The node called `name` in `scope`.
    pub(crate) fn holder(&self, scope: &str, name: &str) -> Option<Key> {
        let scope = self.symbols.get(scope)?;
        let name = self.symbols.get(name)?;
        self.holder_of(*scope, *name)
    }

    pub(crate) fn holder_of(&self, scope: Symbol, name: Symbol) -> Option<Key> {
        self.holders.get(&(scope, name)).copied()
    }

    pub(crate) fn hold(&mut self, scope: Symbol, name: Symbol, key: Key) {
        self.holders.insert((scope, name), key);
    }

    pub(crate) fn release(&mut self, scope: Symbol, name: Symbol) {
        self.holders.remove(&(scope, name));
    }

    /// How many nodes have a name.
    pub(crate) fn held(&self) -> usize {
        self.holders.len()
    }
}

/// A scope path and a name in one text, as messages and pictures show it: `hidden.0.w`.
pub(crate) fn full_name(scope: &str, name: &str) -> String {
    if scope.is_empty() {
        name.to_owned()
    } else {
        format!("{scope}.{name}")
    }
}

/// Why a node, an output or a scope cannot have a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The name has no characters.
    #[error("a name needs at least one character")]
    Empty,
    /// Something else in the same scope has this name.
    #[error("the name {name:?} is taken by {holder}")]
    Taken {
        /// The name, with its scope path.
        name: String,
        /// What holds it, as the listing shows it.
        holder: String,
    },
}
