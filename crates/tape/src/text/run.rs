//! Runs: inputs or parameters that share a line of a listing, because they have no names or because
//! their names count on.

/// Runs shorter than this have a line for each.
const SHORTEST: usize = 3;

/// How many inputs and names the runs of a listing stand for at most, all together: a short text cannot
/// claim gigabytes. Further ones have a line each. Parameters without names take no memory, and do not count.
pub(super) const MOST: usize = 1 << 22;

/// A name that ends in a number: `x12`, `hidden.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Numbered<'t> {
    pub(super) stem: &'t str,
    pub(super) number: u64,
}

impl<'t> Numbered<'t> {
    /// The parts of `name`; none where it ends in no number, or in one that is not written as numbers are.
    pub(super) fn of(name: &'t str) -> Option<Self> {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = name.get(stem.len()..)?;
        let is_canonical = digits == "0" || !digits.starts_with('0');
        // The last number is left out, so that one can be added to any.
        let number = digits.parse().ok();
        let number = number.filter(|&number| is_canonical && number < u64::MAX)?;
        Some(Self { stem, number })
    }

    /// Whether `name` is this one counted on by `by`.
    fn counts_on_to(self, name: &'t str, by: usize) -> bool {
        let other = Self::of(name);
        other.is_some_and(|other| {
            other.stem == self.stem && other.number.checked_sub(self.number) == Some(by as u64)
        })
    }
}

/// How many of `names` share a line, from the first on: 1 where it has a line of its own.
pub(super) fn length<'t>(mut names: impl Iterator<Item = &'t str>) -> usize {
    let Some(first) = names.next() else {
        return 0;
    };
    let numbered = Numbered::of(first);
    let goes_on = |&(by, name): &(usize, &str)| match numbered {
        Some(first) => first.counts_on_to(name, by),
        None => first.is_empty() && name.is_empty(),
    };
    let length = 1 + (1..).zip(names).take_while(goes_on).count();
    if length < SHORTEST { 1 } else { length }
}

/// How many of so many without names share a line.
pub(super) fn length_of_nameless(count: usize) -> usize {
    if count < SHORTEST { 1 } else { count }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_count_on_or_are_missing_make_a_run() {
        let length = |names: &[&str]| length(names.iter().copied());
        assert_eq!(length(&[]), 0);
        assert_eq!(length(&["x"]), 1);
        assert_eq!(length(&["x", "x", "x"]), 1);
        assert_eq!(length(&["", ""]), 1);
        assert_eq!(length(&["", "", "", "x"]), 3);
        assert_eq!(length(&["x8", "x9", "x10", "x12"]), 3);
        assert_eq!(length(&["0", "1", "2", "3"]), 4);
        assert_eq!(length(&["x00", "x01", "x02"]), 1);
        assert_eq!(length(&["x1", "y2", "x3"]), 1);
        let last = format!("x{}", u64::MAX);
        assert_eq!(length(&[&last, "x0", "x1"]), 1);
        let ends = [3, 2, 1].map(|below| format!("x{}", u64::MAX - below));
        assert_eq!(length(&[&ends[0], &ends[1], &ends[2], &last]), 3);
    }
}
