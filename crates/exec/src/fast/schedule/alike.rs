//! What is alike, put together in the order of first members.

/// Numbers in groups of those that are alike. A hash finds the groups that may fit; whether one does is for the
/// caller to say.
#[derive(Default)]
pub(super) struct Groups {
    /// The hash and the first member of each group.
    groups: Vec<(u64, u32)>,
    /// Where groups are found: open addressing, at most half of it taken.
    table: Vec<u32>,
    /// The group of each member, in the order in which they came.
    members: Vec<(u32, u32)>,
}

/// No group.
const NONE: u32 = u32::MAX;

impl Groups {
    pub(super) fn clear(&mut self) {
        self.groups.clear();
        self.members.clear();
        self.table.clear();
        self.table.resize(16, NONE);
    }

    /// Adds `member` to the first group that has this hash and of whose first member `is_alike` holds, or begins
    /// one.
    pub(super) fn add(&mut self, member: u32, hash: u64, is_alike: impl Fn(u32) -> bool) {
        if 2 * (self.groups.len() + 1) > self.table.len() {
            self.grow();
        }
        let mut place = self.first_place(hash);
        loop {
            let number = self.table[place];
            if number == NONE {
                break;
            }
            let (other, first) = self.groups[number as usize];
            if other == hash && is_alike(first) {
                self.members.push((number, member));
                return;
            }
            place = (place + 1) & (self.table.len() - 1);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are fewer than members, which have numbers"
        )]
        let number = self.groups.len() as u32;
        self.table[place] = number;
        self.groups.push((hash, member));
        self.members.push((number, member));
    }

    fn grow(&mut self) {
        let places = (2 * self.table.len()).max(16);
        self.table.clear();
        self.table.resize(places, NONE);
        for (number, &(hash, _)) in (0..).zip(&self.groups) {
            let mut place = self.first_place(hash);
            while self.table[place] != NONE {
                place = (place + 1) & (places - 1);
            }
            self.table[place] = number;
        }
    }

    /// The high bits of a product with an odd number close to 2⁶⁴ over the golden ratio are good ones (D. E. Knuth,
    /// *The Art of Computer Programming*, vol. 3, 6.4).
    fn first_place(&self, hash: u64) -> usize {
        let mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - self.table.len().trailing_zeros())) as usize
    }

    /// The groups with their members, both in the order in which they came.
    pub(super) fn lists(&self) -> Lists {
        let mut ends = vec![0; self.groups.len()];
        for &(group, _) in &self.members {
            ends[group as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            let start = total;
            total += *end;
            *end = start;
        }
        let mut members = vec![0; total];
        for &(group, member) in &self.members {
            let end = &mut ends[group as usize];
            members[*end] = member;
            *end += 1;
        }
        Lists { members, ends }
    }
}

/// Groups and their members.
pub(super) struct Lists {
    members: Vec<u32>,
    /// Where each group ends.
    ends: Vec<usize>,
}

impl Lists {
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        let ranges = starts.zip(&self.ends);
        ranges.map(|(start, &end)| &self.members[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_members_come_in_order() {
        let mut groups = Groups::default();
        groups.clear();
        for number in [7, 2, 12, 5, 17, 3, 22] {
            groups.add(number, u64::from(number % 5), |first| {
                first % 5 == number % 5
            });
        }
        let lists = groups.lists();
        let lists: Vec<&[u32]> = lists.iter().collect();
        assert_eq!(lists, [&[7, 2, 12, 17, 22][..], &[5], &[3]]);
    }

    #[test]
    fn a_hash_alone_makes_nothing_alike() {
        let mut groups = Groups::default();
        groups.clear();
        for number in 0..100 {
            groups.add(number, 1, |first| first % 40 == number % 40);
        }
        let lists = groups.lists();
        assert_eq!(lists.iter().count(), 40);
        assert!(lists.iter().flatten().all(|&number| number < 100));
        assert_eq!(lists.iter().nth(39), Some(&[39, 79][..]));
    }
}
