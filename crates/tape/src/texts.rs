//! Many short texts in one allocation.

/// A list of texts, most of which may be empty: those take no memory, so that a list of a million unnamed
/// parameters is as small as the few lines that a listing has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    all: String,
    /// The number of each text that is not empty, and where it ends in `all`.
    ends: Vec<(usize, usize)>,
    len: usize,
}

impl Texts {
    /// Adds a text made of these parts.
    pub(crate) fn push(&mut self, parts: &[&str]) {
        let start = self.all.len();
        parts.iter().for_each(|part| self.all.push_str(part));
        if self.all.len() > start {
            self.ends.push((self.len, self.all.len()));
        }
        self.len += 1;
    }

    /// Adds empty texts.
    pub(crate) fn push_empty(&mut self, count: usize) {
        self.len += count;
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The text of this number; empty beyond the last.
    pub(crate) fn get(&self, number: usize) -> &str {
        let at = self
            .ends
            .binary_search_by_key(&number, |(number, _)| *number);
        at.map_or("", |at| self.at(at).1)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut at = 0;
        (0..self.len).map(move |number| {
            let is_here = matches!(self.ends.get(at), Some((here, _)) if *here == number);
            at += usize::from(is_here);
            if is_here { self.at(at - 1).1 } else { "" }
        })
    }

    /// The texts that are not empty, with their numbers.
    pub(crate) fn given(&self) -> impl Iterator<Item = (usize, &str)> + Clone {
        (0..self.ends.len()).map(|at| self.at(at))
    }

    /// The text that is not empty at this place among such.
    fn at(&self, at: usize) -> (usize, &str) {
        let before = at.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = before.map_or(0, |(_, end)| *end);
        let (number, end) = self.ends.get(at).copied().unwrap_or_default();
        (number, self.all.get(start..end).unwrap_or_default())
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
        texts.push_empty(2);
        texts.push(&["c"]);
        assert!(texts.iter().eq(["a", "", "b.ü", "", "", "c"]));
        assert!(texts.iter().eq((0..6).map(|number| texts.get(number))));
        assert!(texts.given().eq([(0, "a"), (2, "b.ü"), (5, "c")]));
        assert_eq!((texts.get(6), texts.get(usize::MAX)), ("", ""));
    }
}
