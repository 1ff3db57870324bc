//! Sums over lanes that dots take with them, since they read the same rows.

use dagrad_tape::Slot;
use std::ops::Range;

/// What each dot takes with it, as the slots of means.
#[derive(Default)]
pub(in super::super) struct Taken {
    /// For each dot its number among those that take something with them; nothing if no dot does.
    numbers: Vec<u32>,
    dots: Vec<(Range<usize>, Option<Slot>)>,
    products: Vec<Option<Slot>>,
}

/// It takes nothing.
const NOTHING: u32 = u32::MAX;

impl Taken {
    /// For each weighted product of a dot the mean of the row there times what the dot's finish reads, and the mean of
    /// its result, as far as it takes them; none where it takes nothing.
    pub(in super::super) fn by(&self, dot: u32) -> Option<(&[Option<Slot>], Option<Slot>)> {
        let &number = self.numbers.get(dot as usize)?;
        let (products, own) = self.dots.get(number as usize)?;
        Some((&self.products[products.clone()], *own))
    }

    /// Lets the dot of this number, of so many in all, take the means of these products, if there is any, and that of
    /// its result. Says whether it does.
    pub(super) fn add(
        &mut self,
        (dot, dots): (u32, usize),
        products: impl Iterator<Item = Option<Slot>>,
        own: impl FnOnce() -> Option<Slot>,
    ) -> bool {
        let start = self.products.len();
        self.products.extend(products);
        if self.products[start..].iter().all(Option::is_none) {
            self.products.truncate(start);
            return false;
        }
        if self.numbers.is_empty() {
            self.numbers.resize(dots, NOTHING);
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are fewer than dots, which have numbers"
        )]
        let number = self.dots.len() as u32;
        self.numbers[dot as usize] = number;
        self.dots.push((start..self.products.len(), own()));
        true
    }
}
