//! Where a number lies.

/// The memories of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// The tile: rows of lanes.
    Tile,
    /// Numbers of the workspace: constants, and what does not depend on the sample.
    Scalars,
    /// The vector of parameters.
    Parameters,
    /// The vector of means.
    Means,
}

/// A number in one of the memories, or a row of the tile.
///
/// One word, two bits of which name the memory: lists of places are most of what a program is made of. A place
/// in the tile is the row's number itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    const SPACES: [Space; 4] = [Space::Tile, Space::Scalars, Space::Parameters, Space::Means];
    /// Above these bits stands the number of the memory.
    pub(super) const SHIFT: u32 = 30;
    /// How many places a memory has at most.
    pub(super) const LIMIT: usize = 1 << Self::SHIFT;

    /// The place of a memory with this number, which is below [`LIMIT`](Self::LIMIT).
    pub(super) fn new(space: Space, at: usize) -> Self {
        debug_assert!(at < Self::LIMIT);
        #[expect(clippy::cast_possible_truncation, reason = "it is below the limit")]
        let at = at as u32;
        Self((space as u32) << Self::SHIFT | at)
    }

    /// No place: the last number of a memory that no program fills.
    pub(super) const NOWHERE: Self = Self(u32::MAX);

    /// The place so many further on.
    pub(super) fn plus(self, count: usize) -> Self {
        Self::new(self.space(), self.at() + count)
    }

    pub(super) const fn bits(self) -> u32 {
        self.0
    }

    pub(super) fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    pub(super) fn space(self) -> Space {
        Self::SPACES[(self.0 >> Self::SHIFT) as usize]
    }

    pub(super) fn at(self) -> usize {
        (self.0 & (Self::LIMIT as u32 - 1)) as usize
    }
}

/// Places in a rectangle: row r and column c lie at `start + r · row_stride + c · column_stride`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) space: Space,
    pub(super) start: usize,
    pub(super) row_stride: isize,
    pub(super) column_stride: isize,
}

impl Grid {
    /// The grid of `rows` × `columns` places, if they are one.
    pub(super) fn of(
        rows: usize,
        columns: usize,
        place: impl Fn(usize, usize) -> Place,
    ) -> Option<Self> {
        let first = place(0, 0);
        let at = |place: Place| place.at() as isize;
        let stride = |next: Option<Place>| next.map_or(0, |next| at(next) - at(first));
        let grid = Self {
            space: first.space(),
            start: first.at(),
            row_stride: stride((rows > 1).then(|| place(1, 0))),
            column_stride: stride((columns > 1).then(|| place(0, 1))),
        };
        let fits = |row: usize, column: usize| {
            let place = place(row, column);
            let offset = row as isize * grid.row_stride + column as isize * grid.column_stride;
            place.space() == grid.space && at(place) == at(first) + offset
        };
        let all = (0..rows).all(|row| (0..columns).all(|column| fits(row, column)));
        all.then_some(grid)
    }
}
