//! What stands between the brackets after the name of a macro: one grammar for all of them.
//!
//! Words with spaces between. First what the macro always has, by position; then `key=value` for whatever
//! is not as it usually is: `linear[3]`, `linear[3 bias=none]`. Reading takes the pairs in any order.

use dagrad_graph::{Macro, Registry};
use dagrad_ops::Op;
use std::fmt::Display;
use std::str::FromStr;

/// A macro of this crate: what it is called, and how its configuration is written and read.
pub(crate) trait Configured: Sized {
    /// The name in listings.
    const NAME: &'static str;
    /// What has to stand in the brackets, in words that continue `linear takes …`.
    const WANTED: &'static str;

    /// Writes the configuration.
    fn write(&self, to: &mut Written);

    /// Reads what [`write`](Self::write) writes; none where anything is missing or wrong.
    fn read(from: &mut Settings<'_>) -> Option<Self>;

    /// The text in brackets, if there is any.
    fn in_brackets(&self) -> Option<String> {
        let mut written = Written::default();
        self.write(&mut written);
        (!written.0.is_empty()).then_some(written.0)
    }

    /// The macro with this text in brackets.
    fn from_brackets(text: Option<&str>) -> Result<Self, String> {
        let read = || {
            let mut settings = Settings::of(text.unwrap_or_default())?;
            let read = Self::read(&mut settings)?;
            settings.is_used_up().then_some(read)
        };
        read().ok_or_else(|| Self::WANTED.to_owned())
    }
}

/// The registry, and the macros of this kind.
pub(crate) fn register<M: Configured + Macro<Op> + 'static>(
    registry: Registry<Op>,
) -> Registry<Op> {
    registry.with_macro(M::NAME, M::from_brackets)
}

/// A configuration that is being written.
#[derive(Debug, Default)]
pub(crate) struct Written(String);

impl Written {
    pub(crate) fn word(&mut self, word: impl Display) -> &mut Self {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        self.0 += &word.to_string();
        self
    }

    pub(crate) fn pair(&mut self, key: &str, value: impl Display) -> &mut Self {
        self.word(format_args!("{key}={value}"))
    }

    /// The pair, unless the value is what it usually is.
    pub(crate) fn pair_unless<T: Display + PartialEq>(
        &mut self,
        key: &str,
        value: &T,
        usual: &T,
    ) -> &mut Self {
        if value == usual {
            self
        } else {
            self.pair(key, value)
        }
    }
}

/// A configuration that is being read.
#[derive(Debug)]
pub(crate) struct Settings<'t> {
    /// The words that come first, the last one first.
    words: Vec<&'t str>,
    pairs: Vec<(&'t str, &'t str)>,
}

impl<'t> Settings<'t> {
    /// Tells words from pairs; none where a word follows a pair or a key comes twice.
    fn of(text: &'t str) -> Option<Self> {
        let (mut words, mut pairs) = (Vec::new(), Vec::new());
        for word in text.split_ascii_whitespace() {
            match word.split_once('=') {
                None if pairs.is_empty() => words.push(word),
                Some((key, value)) if pairs.iter().all(|&(other, _)| other != key) => {
                    pairs.push((key, value));
                }
                None | Some(_) => return None,
            }
        }
        words.reverse();
        Some(Self { words, pairs })
    }

    fn is_used_up(&self) -> bool {
        self.words.is_empty() && self.pairs.is_empty()
    }

    /// The next word, if there is one and it is of this kind.
    pub(crate) fn word<T: FromStr>(&mut self) -> Option<T> {
        self.words.pop()?.parse().ok()
    }

    /// The words that are left.
    pub(crate) fn words<T: FromStr>(&mut self) -> Option<Vec<T>> {
        let words = self.words.drain(..).rev();
        words.map(|word| word.parse().ok()).collect()
    }

    /// The text of this key, if it is there.
    pub(crate) fn text(&mut self, key: &str) -> Option<&'t str> {
        let at = self.pairs.iter().position(|&(other, _)| other == key)?;
        Some(self.pairs.remove(at).1)
    }

    /// The value of this key, or what it usually is; none where it cannot be read.
    pub(crate) fn pair<T: FromStr>(&mut self, key: &str, usual: T) -> Option<T> {
        match self.text(key) {
            None => Some(usual),
            Some(text) => text.parse().ok(),
        }
    }
}

/// A number as configurations write it: in the shortest form that reads back to the same number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) f64);

impl PartialEq for Number {
    /// By bits: a zero of another sign is written.
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl FromStr for Number {
    type Err = std::num::ParseFloatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// `name`, or `name(1.0,2.0)` with numbers.
pub(crate) fn name_and_numbers(text: &str) -> Option<(&str, Vec<f64>)> {
    let Some((name, rest)) = text.split_once('(') else {
        return Some((text, Vec::new()));
    };
    let numbers = rest.strip_suffix(')')?.split(',');
    let numbers: Result<_, _> = numbers.map(|number| number.trim().parse()).collect();
    Some((name, numbers.ok()?))
}

/// A name, with or without numbers in parentheses, that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {wanted}, got `{got}`")]
pub struct UnknownName {
    /// What would have been right, in words.
    pub wanted: &'static str,
    /// What was found instead.
    pub got: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_first_and_pairs_in_any_order() {
        let mut settings = Settings::of(" 3  4 b=x a=2.5 ").unwrap();
        assert_eq!(settings.word::<usize>(), Some(3));
        assert_eq!(settings.words::<usize>(), Some(vec![4]));
        assert_eq!(settings.pair("a", Number(0.0)), Some(Number(2.5)));
        assert_eq!(settings.pair("c", Number(7.0)), Some(Number(7.0)));
        assert_eq!(settings.pair("b", Number(0.0)), None);
        assert!(settings.is_used_up());
    }

    #[test]
    fn a_word_after_a_pair_and_a_repeated_key_are_refused() {
        assert!(Settings::of("a=1 3").is_none());
        assert!(Settings::of("a=1 a=1").is_none());
    }

    #[test]
    fn names_may_have_numbers() {
        assert_eq!(name_and_numbers("zeros"), Some(("zeros", vec![])));
        let two = Some(("uniform", vec![-0.5, 1e-9]));
        assert_eq!(name_and_numbers("uniform(-0.5,1e-9)"), two);
        for wrong in [
            "uniform(",
            "uniform(1",
            "uniform(a)",
            "uniform(1,)",
            "u(1)x",
        ] {
            assert_eq!(name_and_numbers(wrong), None, "{wrong}");
        }
    }
}
