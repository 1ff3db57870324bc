//! From names in a text to operations.

use crate::macros::{Macro, MacroRef};
use crate::operator::{Vocabulary, VocabularyError};
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

/// What a parser knows: the operations of `O`'s own [`Vocabulary`], and those that were added, which is
/// how operations that a user defined are found.
#[derive(Clone)]
pub struct Registry<O> {
    added: HashMap<String, O>,
    macros: HashMap<String, MakeMacro<O>>,
}

/// Makes a macro of a configuration.
type MakeMacro<O> = Arc<dyn Fn(Option<&str>) -> Result<MacroRef<O>, String> + Send + Sync>;

impl<O> fmt::Debug for Registry<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sorted = |names: Vec<&String>| names.into_iter().cloned().collect::<BTreeSet<_>>();
        f.debug_struct("Registry")
            .field("added", &sorted(self.added.keys().collect()))
            .field("macros", &sorted(self.macros.keys().collect()))
            .finish()
    }
}

impl<O: Vocabulary> Registry<O> {
    /// The vocabulary of `O` and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self {
            added: HashMap::new(),
            macros: HashMap::new(),
        }
    }

    /// The same registry with `operation` under its own name, in place of one that had it.
    #[must_use]
    pub fn with(mut self, operation: O) -> Self {
        self.added.insert(operation.name().to_owned(), operation);
        self
    }

    /// The same registry with macros called `name`, in place of those that were. `make` gets the text
    /// between the brackets, if there are any, and gives the macro, or says what it wants there:
    /// `a number of outputs in brackets`.
    #[must_use]
    pub fn with_macro<M: Macro<O> + 'static>(
        mut self,
        name: &str,
        make: impl Fn(Option<&str>) -> Result<M, String> + Send + Sync + 'static,
    ) -> Self {
        let make: MakeMacro<O> =
            Arc::new(move |configuration| make(configuration).map(MacroRef::new));
        self.macros.insert(name.to_owned(), make);
        self
    }

    /// The macro called `name` with this configuration.
    ///
    /// # Errors
    /// Where there is none.
    pub fn macro_(
        &self,
        name: &str,
        configuration: Option<&str>,
    ) -> Result<MacroRef<O>, VocabularyError> {
        let make = self.macros.get(name);
        let make = make.ok_or_else(|| VocabularyError::UnknownMacro(name.to_owned()))?;
        make(configuration).map_err(|wanted| VocabularyError::Configuration {
            name: name.to_owned(),
            wanted,
            got: in_words(configuration),
        })
    }

    /// The operation called `name` with this configuration.
    ///
    /// # Errors
    /// Where there is none.
    pub fn operation(&self, name: &str, configuration: Option<&str>) -> Result<O, VocabularyError> {
        let Some(operation) = self.added.get(name) else {
            return O::from_name(name, configuration);
        };
        let own = operation.configuration();
        if own.as_deref() == configuration {
            return Ok(operation.clone());
        }
        Err(VocabularyError::Configuration {
            name: name.to_owned(),
            wanted: in_words(own.as_deref()),
            got: in_words(configuration),
        })
    }
}

fn in_words(configuration: Option<&str>) -> String {
    configuration.map_or("no configuration".to_owned(), |text| format!("[{text}]"))
}

impl<O: Vocabulary> Default for Registry<O> {
    fn default() -> Self {
        Self::new()
    }
}
