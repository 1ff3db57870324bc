//! Names and scope paths, each text kept once.

use crate::hash::NumberHash;
use crate::id::Key;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::Arc;

/// A text in a graph's [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Symbol(NonZeroU32);

impl Symbol {
    /// The empty text, which is the path of the outermost scope.
    pub(crate) const ROOT: Self = Self(NonZeroU32::MIN);

    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// The texts of one graph, and which node has which name.
///
/// Hash maps only find; nothing iterates over them, so no output depends on their order.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    texts: Vec<Arc<str>>,
    symbols: HashMap<Arc<str>, Symbol>,
    holders: HashMap<(Symbol, Symbol), Key, NumberHash>,
    /// For each text as a scope path: the names held in it, and the paths one longer that count any.
    inside: Vec<u32>,
    /// The names of the outputs.
    outputs: HashSet<String>,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut names = Self {
            texts: Vec::new(),
            symbols: HashMap::new(),
            holders: HashMap::default(),
            inside: Vec::new(),
            outputs: HashSet::new(),
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
        self.inside.push(0);
        // Symbols count from one; a graph of 2³² texts would not fit a machine.
        let count = u32::try_from(self.texts.len())
            .ok()
            .and_then(NonZeroU32::new);
        let symbol = Symbol(count.unwrap_or(NonZeroU32::MAX));
        self.symbols.insert(shared, symbol);
        symbol
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.index()).map_or("", |text| text)
    }

    /// `name`, or where that is taken `name_2`, `name_3` … with a number that is free while the one
    /// before it is taken. A name is taken where something in `scope` has it, and where anything has a
    /// name in the scope that it begins, such as what became of an earlier macro.
    pub(crate) fn free_numbered(&mut self, scope: Symbol, name: &str) -> Symbol {
        let outer = self.text(scope);
        let has_names_inside = |name: &str| {
            let path = self.symbols.get(full_name(outer, name).as_str());
            path.is_some_and(|path| self.inside[path.index()] > 0)
        };
        let is_taken = |name: &str| self.holder(outer, name).is_some() || has_names_inside(name);
        if !is_taken(name) {
            return self.intern(name);
        }
        let is_taken = |number: u64| is_taken(&numbered(name, number));
        // Doubling and halving instead of counting, for models of thousands of unnamed layers.
        let (mut taken, mut free) = (1, 2);
        while is_taken(free) {
            (taken, free) = (free, free * 2);
        }
        while free - taken > 1 {
            let middle = taken + (free - taken) / 2;
            if is_taken(middle) {
                taken = middle;
            } else {
                free = middle;
            }
        }
        self.intern(&numbered(name, free))
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

    /// Notes that the node has the name.
    ///
    /// # Errors
    /// The node that has it already.
    pub(crate) fn hold(&mut self, scope: Symbol, name: Symbol, key: Key) -> Result<(), Key> {
        match self.holders.entry((scope, name)) {
            Entry::Occupied(held) => Err(*held.get()),
            Entry::Vacant(free) => {
                free.insert(key);
                self.count(scope, 1);
                Ok(())
            }
        }
    }

    /// Notes that another node has the name now.
    pub(crate) fn hand_over(&mut self, scope: Symbol, name: Symbol, key: Key) {
        if let Some(holder) = self.holders.get_mut(&(scope, name)) {
            *holder = key;
        }
    }

    pub(crate) fn release(&mut self, scope: Symbol, name: Symbol) {
        if self.holders.remove(&(scope, name)).is_some() {
            self.count(scope, -1);
        }
    }

    /// Counts a name in `scope`. The paths that it begins with count the first and the last in it.
    fn count(&mut self, scope: Symbol, step: i32) {
        let mut path = scope;
        loop {
            let count = &mut self.inside[path.index()];
            let before = *count;
            *count = before.saturating_add_signed(step);
            if before.max(*count) > 1 {
                return;
            }
            let Some((outer, _)) = self.text(path).rsplit_once('.') else {
                return;
            };
            let outer = outer.to_owned();
            path = self.intern(&outer);
        }
    }

    /// Whether an output has this name.
    pub(crate) fn has_output(&self, name: &str) -> bool {
        self.outputs.contains(name)
    }

    pub(crate) fn hold_output(&mut self, name: &str) {
        self.outputs.insert(name.to_owned());
    }

    pub(crate) fn release_output(&mut self, name: &str) {
        self.outputs.remove(name);
    }

    /// How many nodes have a name.
    pub(crate) fn held(&self) -> usize {
        self.holders.len()
    }
}

fn numbered(name: &str, number: u64) -> String {
    format!("{name}_{number}")
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
