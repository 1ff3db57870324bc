//! Which slots are parts of a sum: how often the sum takes each, told by reverse accumulation over everything linear.
//!
//! A slot that only one sum uses, through sums, signs and multiples of it, has one coefficient there, whatever the
//! ways on which it is reached: of `x` in `(x + 1) + (x + y)` it is 2.

use super::pieces::{Piece, each_piece, is_sum};
use crate::instruction::{Code, Slot};
use crate::tape::Tape;

/// For each slot the sum that it is a part of, and its coefficient there.
#[derive(Default)]
pub(in crate::passes) struct Taken {
    sums: Vec<u32>,
    coefficients: Vec<f32>,
}

/// Nobody has used it yet.
const UNUSED: u32 = u32::MAX;
/// It is no part of a sum.
const APART: u32 = u32::MAX - 1;

/// How many terms a part has at most that is taken with another coefficient than 1 or −1: each of them becomes a
/// product.
const FEW: usize = 3;

/// How large, or small, a coefficient may be: those of a long chain grow as fast as Fibonacci's numbers.
const LARGEST: f64 = 1048576.0;

impl Taken {
    /// Finds the parts of all sums of a tape.
    pub(super) fn find(&mut self, tape: &Tape) {
        let Self { sums, coefficients } = self;
        sums.clear();
        sums.resize(tape.len(), UNUSED);
        coefficients.clear();
        coefficients.resize(tape.len(), 1.0);
        for slot in tape.outputs.iter().flat_map(|output| &output.slots) {
            sums[slot.index()] = APART;
        }
        for slot in tape.slots().rev() {
            let is_taken = self.is_part(tape, slot);
            if !is_taken {
                self.sums[slot.index()] = APART;
                self.coefficients[slot.index()] = 1.0;
            }
            if !is_taken && !is_sum(tape.code(slot)) {
                for operand in tape.operands(slot) {
                    self.sums[operand.index()] = APART;
                }
                continue;
            }
            let sum = if is_taken {
                self.sums[slot.index()]
            } else {
                slot.bits()
            };
            let own = f64::from(self.coefficients[slot.index()]);
            each_piece(tape, slot, |piece| match piece {
                Piece::Term(term, factor) => self.reach(term, sum, own * factor.value),
                Piece::Pair(a, b) => {
                    for operand in [a, b] {
                        self.sums[operand.index()] = APART;
                    }
                }
                Piece::Product(product) => {
                    for operand in tape.operands(product) {
                        self.sums[operand.index()] = APART;
                    }
                }
            });
        }
    }

    /// Notes that `sum` has `slot` so many times more.
    fn reach(&mut self, slot: Slot, sum: u32, times: f64) {
        let of = &mut self.sums[slot.index()];
        let before = match *of {
            UNUSED => 0.0,
            same if same == sum => f64::from(self.coefficients[slot.index()]),
            _ => {
                *of = APART;
                return;
            }
        };
        let coefficient = before + times;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "what is not the same after it is given up"
        )]
        let short = coefficient as f32;
        let is_exact = f64::from(short).to_bits() == coefficient.to_bits();
        let size = coefficient.abs();
        if is_exact && (LARGEST.recip()..=LARGEST).contains(&size) {
            *of = sum;
            self.coefficients[slot.index()] = short;
        } else {
            *of = APART;
        }
    }

    /// Whether `slot`, all of whose users were seen, is a part of the sum that reached it.
    fn is_part(&self, tape: &Tape, slot: Slot) -> bool {
        let sum = self.sums[slot.index()];
        if sum == UNUSED || sum == APART {
            return false;
        }
        let code = tape.code(slot);
        let is_product = matches!(code, Code::Mul | Code::Square);
        if !(is_product || is_sum(code)) || tape.class(slot) != tape.class(Slot::from_bits(sum)) {
            return false;
        }
        if self.coefficients[slot.index()].abs().to_bits() == 1.0_f32.to_bits() {
            // What has a single factor is no product.
            return code != Code::Mul || tape.operands(slot).len() > 1;
        }
        // A product would need one more; and a multiple of a small difference is more exact than a difference of
        // multiples.
        let (mut count, mut positive, mut products) = (0, 0, 0);
        each_piece(tape, slot, |piece| match piece {
            Piece::Term(_, factor) => {
                count += 1;
                positive += usize::from(factor.value > 0.0);
            }
            Piece::Pair(..) | Piece::Product(_) => products += 1,
        });
        products == 0 && count <= FEW && (positive == 0 || positive == count)
    }

    /// Whether the sum, or part of a sum, that is `slot` takes `term`, one of its terms, apart.
    pub(super) fn has(&self, term: Slot) -> bool {
        self.sums[term.index()] < APART
    }

    /// Whether its sum takes `slot`, which is a part of one, once with the sign changed; none if it takes it another
    /// number of times than 1 or −1.
    pub(super) fn sign(&self, slot: Slot) -> Option<bool> {
        let coefficient = self.coefficients[slot.index()];
        (coefficient.abs().to_bits() == 1.0_f32.to_bits()).then_some(coefficient < 0.0)
    }

    /// How often its sum takes `slot`, which is a part of one; 1 for others.
    pub(super) fn coefficient(&self, slot: Slot) -> f64 {
        f64::from(self.coefficients[slot.index()])
    }
}
