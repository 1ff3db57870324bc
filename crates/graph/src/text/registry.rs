//! From names in a text to operations.

use crate::operator::{Vocabulary, VocabularyError};
use std::collections::HashMap;

/// What a parser knows: the operations of `O`'s own [`Vocabulary`], and those that were added, which is
/// how operations that a user defined are found.
#[derive(Clone, Debug)]
pub struct Registry<O> {
    added: HashMap<String, O>,
}

impl<O: Vocabulary> Registry<O> {
    /// The vocabulary of `O` and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self {
            added: HashMap::new(),
        }
    }

    /// The same registry with `operation` under its own name, in place of one that had it.
    #[must_use]
    pub fn with(mut self, operation: O) -> Self {
        self.added.insert(operation.name().to_owned(), operation);
        self
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
        let words = |text: Option<&str>| {
            text.map_or("no configuration".to_owned(), |text| format!("[{text}]"))
        };
        Err(VocabularyError::Configuration {
            name: name.to_owned(),
            wanted: words(own.as_deref()),
            got: words(configuration),
        })
    }
}

impl<O: Vocabulary> Default for Registry<O> {
    fn default() -> Self {
        Self::new()
    }
}
