//! What a sum adds, or what it subtracts.

use crate::instruction::{Code, Slot};
use crate::passes::products::product_of;
use crate::passes::rewrite::Rewrite;
use crate::tape::Tape;

/// What is added, or what is subtracted.
#[derive(Default)]
pub(super) struct Side {
    /// Pairs of factors, in the tape that is written, the second first: they are sorted by it.
    products: Vec<(Slot, Slot)>,
    /// Terms, in the tape that is written.
    pub(super) terms: Vec<Slot>,
    /// Products of more than two factors, in the tape that is read.
    pub(super) long: Vec<Slot>,
    operands: Vec<Slot>,
    list: Vec<Slot>,
}

impl Side {
    pub(super) fn clear(&mut self) {
        self.products.clear();
        self.terms.clear();
        self.long.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.products.is_empty() && self.terms.is_empty() && self.long.is_empty()
    }

    /// Adds a product as a pair of factors.
    pub(super) fn pair(&mut self, to: &Tape, a: Slot, b: Slot) {
        let place = |slot: Slot| (to.class(slot), slot);
        let (first, second) = if place(a) <= place(b) { (a, b) } else { (b, a) };
        self.products.push((second, first));
    }

    /// Makes pairs of the products of more than two factors: of what is computed less often than the product and
    /// the rest, or of all but the last and the last.
    fn pair_long(&mut self, rewrite: &mut Rewrite) {
        for at in 0..self.long.len() {
            let slot = self.long[at];
            let scope = rewrite.from.scope_of[slot.index()];
            let class = rewrite.from.class(slot);
            self.operands.clear();
            let factors = rewrite.from.operands(slot).iter();
            self.operands
                .extend(factors.map(|&factor| rewrite.at(factor)));
            let to = &mut rewrite.to;
            self.operands
                .sort_by_key(|&factor| to.class(factor) >= class);
            let lower = self
                .operands
                .partition_point(|&factor| to.class(factor) < class);
            let split = if lower == 0 {
                self.operands.len() - 1
            } else {
                lower
            };
            let (a, b) = self.operands.split_at(split);
            let (a, b) = (product_of(to, a, scope), product_of(to, b, scope));
            self.pair(&rewrite.to, a, b);
        }
    }

    /// Writes this side and one more term, if there is anything of it; one product and one term as `shortest`.
    pub(super) fn write(
        &mut self,
        rewrite: &mut Rewrite,
        more: Option<Slot>,
        scope: u32,
        shortest: Code,
    ) -> Option<Slot> {
        let is_alone = self.products.is_empty() && self.terms.is_empty();
        if let ([alone], true, None) = (&*self.long, is_alone, more) {
            let added = rewrite.add_moved(*alone);
            rewrite.to.scope_of[added.index()] = scope;
            return Some(added);
        }
        self.pair_long(rewrite);
        self.operands.clear();
        self.operands.extend_from_slice(&self.terms);
        self.operands.extend(more);
        self.operands.sort_unstable();
        self.products.sort_unstable();
        let to = &mut rewrite.to;
        match (&*self.products, &*self.operands) {
            ([], []) => None,
            ([], &[only]) => Some(only),
            ([], terms) => Some(to.push(Code::Add, 0, terms, scope)),
            (&[(second, first)], []) if first == second => {
                Some(to.push(Code::Square, 0, &[first], scope))
            }
            (&[(second, first)], []) => Some(to.push(Code::Mul, 0, &[first, second], scope)),
            (&[(second, first)], &[term]) if shortest == Code::Fma => {
                Some(to.push(Code::Fma, 0, &[first, second, term], scope))
            }
            (products, terms) => {
                let pairs = products.iter().flat_map(|&(second, first)| [first, second]);
                self.list.clear();
                self.list.extend(pairs.chain(terms.iter().copied()));
                let products = Slot::new(products.len()).bits();
                Some(to.push(Code::Dot, products, &self.list, scope))
            }
        }
    }
}
