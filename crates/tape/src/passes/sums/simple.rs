//! Sums without multiples: what most of them are.
//!
//! They are told apart by looking, and written as all are; nothing else comes of it than from taking them apart with
//! the factors of their terms, which takes several times as long.

use super::pieces::Factor;
use super::{Sum, Sums};
use crate::codes::CodeSet;
use crate::instruction::{Class, Code, Slot};
use crate::passes::rewrite::Rewrite;

/// What may be a multiple of something else.
const MULTIPLES: CodeSet = CodeSet::of(&[Code::Neg, Code::Add, Code::Mul]);

impl Sum {
    /// Gathers the products and terms of `slot` on both sides, if each is there once, with its sign as the only
    /// factor, and at most one is computed less often than the sum. What was gathered means nothing if not.
    pub(super) fn take_simple(
        &mut self,
        rewrite: &Rewrite,
        slot: Slot,
        class: Class,
        sums: &Sums<'_>,
    ) -> bool {
        self.stack.clear();
        self.stack.push((slot, false));
        while let Some((part, negative)) = self.stack.pop() {
            if !self.take_part(rewrite, part, negative, class, sums) {
                return false;
            }
        }
        let sides = [&mut self.added, &mut self.subtracted];
        let [added, subtracted] = sides.map(|side| {
            side.terms.sort_unstable();
            &*side.terms
        });
        // None stands twice.
        let ascends = |terms: &[Slot]| terms.windows(2).all(|two| two[0] < two[1]);
        ascends(added)
            && ascends(subtracted)
            && !subtracted
                .iter()
                .any(|term| added.binary_search(term).is_ok())
    }

    fn take_part(
        &mut self,
        rewrite: &Rewrite,
        part: Slot,
        negative: bool,
        class: Class,
        sums: &Sums<'_>,
    ) -> bool {
        let from = &rewrite.from;
        let (code, operands) = (from.code(part), from.operands(part));
        match (code, operands) {
            (Code::Square, &[x]) => self.take_pair(rewrite, x, x, negative),
            (Code::Mul, &[a, b]) => self.take_pair(rewrite, a, b, negative),
            (Code::Neg, &[x]) => self.take_term(rewrite, x, !negative, class, sums),
            (Code::Sub, &[x, y]) => {
                self.take_term(rewrite, x, negative, class, sums)
                    && self.take_term(rewrite, y, !negative, class, sums)
            }
            (Code::Add | Code::Fma | Code::Dot, _) => {
                let fused = usize::from(code == Code::Fma);
                let products = from.instruction(part).products().unwrap_or(fused);
                let (factors, terms) = operands.split_at(2 * products);
                let mut factors = factors.chunks_exact(2);
                factors.all(|two| self.take_pair(rewrite, two[0], two[1], negative))
                    && terms
                        .iter()
                        .all(|&term| self.take_term(rewrite, term, negative, class, sums))
            }
            _ => false,
        }
    }

    fn take_pair(&mut self, rewrite: &Rewrite, a: Slot, b: Slot, negative: bool) -> bool {
        let from = &rewrite.from;
        if from.code(a) == Code::Constant || from.code(b) == Code::Constant {
            return false;
        }
        let (a, b) = (rewrite.at(a), rewrite.at(b));
        self.side(negative).pair(&rewrite.to, a, b);
        true
    }

    fn take_term(
        &mut self,
        rewrite: &Rewrite,
        term: Slot,
        negative: bool,
        class: Class,
        sums: &Sums<'_>,
    ) -> bool {
        if sums.taken.has(term) {
            let sign = sums.taken.sign(term);
            self.stack.extend(sign.map(|negative| (term, negative)));
            return sign.is_some() && sums.uses[term.index()] == 1;
        }
        let slot = rewrite.at(term);
        self.side(negative).terms.push(slot);
        if rewrite.from.class(term) < class {
            self.lower.push((term, Factor::of(1.0)));
            return self.lower.len() == 1;
        }
        !MULTIPLES.has(rewrite.to.code(slot))
    }
}

#[cfg(test)]
mod tests {
    use crate::instruction::{Code, Slot};
    use crate::passes::rewrite::Scratch;
    use crate::passes::sums::run_as;
    use crate::tape::{Output, OutputKind, Tape};
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A tape of sums and products of any slots before them, drawn by a simple generator.
    fn drawn(seed: u64) -> Tape {
        let mut text = String::from("dagrad tape 1\n");
        for number in 0..3 {
            text += &format!("input[{number}] = feature\nparameter[{number}] = \"p{number}\"\n");
        }
        text += "%0 = input[0]\n%1 = input[1]\n%2 = input[2]\n";
        text += "%3 = parameter[0]\n%4 = parameter[1]\n%5 = constant 2.0\n";
        let mut tape: Tape = text.parse().unwrap();
        let mut state = seed;
        let mut below = |bound: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % bound
        };
        while tape.len() < 40 {
            let mut slot = || Slot::new(tape.len() - 1 - below(tape.len()).min(below(tape.len())));
            let (a, b, c) = (slot(), slot(), slot());
            let (code, payload, operands): (_, _, &[Slot]) = match below(7) {
                0 => (Code::Add, 0, &[a, b]),
                1 => (Code::Add, 0, &[a, b, c]),
                2 => (Code::Sub, 0, &[a, b]),
                3 => (Code::Neg, 0, &[a]),
                4 => (Code::Square, 0, &[a]),
                5 => (Code::Dot, 1, &[a, b, c]),
                _ => (Code::Mul, 0, &[a, b]),
            };
            tape.push(code, payload, operands, 0);
        }
        let last = Slot::new(tape.len() - 1);
        tape.outputs.push(Output {
            name: "y".to_owned(),
            slots: vec![last, Slot::new(30)],
            kind: OutputKind::PerSample,
        });
        tape
    }

    #[test]
    fn the_short_way_gives_what_the_long_one_gives() {
        static SHORT: AtomicUsize = AtomicUsize::new(0);
        static ALL: AtomicUsize = AtomicUsize::new(0);
        for seed in 0..500 {
            for shortest in [Code::Dot, Code::Fma] {
                let by = |take_simple| {
                    let mut scratch = Scratch::default();
                    run_as::<f64>(shortest, take_simple, drawn(seed), &mut scratch)
                };
                let (long, changed) = by(|_, _, _, _, _| false);
                let (taken, also_changed) = by(|sum, rewrite, slot, class, sums| {
                    let is_simple = sum.take_simple(rewrite, slot, class, sums);
                    SHORT.fetch_add(usize::from(is_simple), Ordering::Relaxed);
                    ALL.fetch_add(1, Ordering::Relaxed);
                    is_simple
                });
                assert_eq!(taken.to_string(), long.to_string(), "{}", drawn(seed));
                assert_eq!(changed, also_changed);
            }
        }
        let (short, all) = (SHORT.load(Ordering::Relaxed), ALL.load(Ordering::Relaxed));
        assert!(all / 4 < short && short < all, "{short} of {all}");
    }
}
