//! Lists of places and numbers in the steps of a stage.

use crate::fast::place::{Place, Space};
use crate::fast::plan::{Places, Steps};
use std::ops::Range;

impl Steps {
    pub(super) fn list(&mut self, places: impl IntoIterator<Item = Place>) -> Places {
        let start = self.places.len();
        self.places.extend(places.into_iter().map(Place::bits));
        start..self.places.len()
    }

    /// The offsets of places that are all in one memory.
    pub(super) fn offsets(&mut self, places: &[Place]) -> Range<usize> {
        self.count(places.iter().map(|place| number(place.at())))
    }

    pub(super) fn count(&mut self, numbers: impl IntoIterator<Item = u32>) -> Range<usize> {
        let start = self.numbers.len();
        self.numbers.extend(numbers);
        start..self.numbers.len()
    }
}

/// The memory that places are in.
pub(super) fn space_of(places: &[Place]) -> Space {
    places.first().map_or(Space::Scalars, |place| place.space())
}

/// Whether first factors follow each other, and second ones do, all in one memory.
pub(super) fn are_runs(factors: &[[Place; 2]]) -> bool {
    let follow = |two: &[[Place; 2]]| (0..2).all(|side| two[1][side] == two[0][side].plus(1));
    let space = |pair: &[Place; 2]| pair.map(Place::space);
    let is_one = factors
        .first()
        .is_some_and(|first| space(first)[0] == space(first)[1]);
    is_one && factors.windows(2).all(follow)
}

/// Whether places follow each other.
pub(super) fn is_run(places: &[Place]) -> bool {
    places.windows(2).all(|two| two[1] == two[0].plus(1))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "there are fewer than slots and operands"
)]
pub(super) fn number(index: usize) -> u32 {
    index as u32
}
