//! Many short texts in one allocation.

/// A list of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    all: String,
    /// Where each text ends in `all`.
    ends: Vec<usize>,
}

impl Texts {
    /// Adds a text made of these parts.
    pub(crate) fn push(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.all.push_str(part));
        self.ends.push(self.all.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of this number; empty beyond the last.
    pub(crate) fn get(&self, number: usize) -> &str {
        let start = number
            .checked_sub(1)
            .and_then(|before| self.ends.get(before));
        let range = self
            .ends
            .get(number)
            .map(|&end| start.copied().unwrap_or(0)..end);
        range
            .and_then(|range| self.all.get(range))
            .unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_number() {
        let mut texts = Texts::default();
        texts.push(&["a"]);
        texts.push(&[]);
        texts.push(&["b", ".", "ü"]);
        assert!(texts.iter().eq(["a", "", "b.ü"]));
        assert_eq!((texts.get(3), texts.get(usize::MAX)), ("", ""));
    }
}
