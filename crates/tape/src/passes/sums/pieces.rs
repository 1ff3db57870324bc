//! What a sum, or a product in a sum, consists of.

use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::tape::Tape;

/// What is taken apart.
pub(super) const SUMS: CodeSet =
    CodeSet::of(&[Code::Add, Code::Sub, Code::Neg, Code::Dot, Code::Fma]);

pub(super) fn is_sum(code: Code) -> bool {
    SUMS.has(code)
}

/// A piece of a sum.
#[derive(Clone, Copy)]
pub(super) enum Piece {
    /// So many times a slot.
    Term(Slot, Factor),
    /// The product of two slots, neither of which is a constant.
    Pair(Slot, Slot),
    /// The product of more than two factors that fills this slot.
    Product(Slot),
}

/// What a term is multiplied by.
#[derive(Clone, Copy)]
pub(super) struct Factor {
    pub(super) value: f64,
    /// The slot that has it, if one has.
    pub(super) slot: Option<Slot>,
}

impl Factor {
    const ONE: Self = Self::of(1.0);
    const MINUS_ONE: Self = Self::of(-1.0);

    /// Whether it is 1 or −1.
    pub(super) fn is_sign(&self) -> bool {
        self.value.abs().to_bits() == 1.0_f64.to_bits()
    }

    pub(super) const fn of(value: f64) -> Self {
        Self { value, slot: None }
    }
}

/// Calls `each` with the pieces of a sum or product.
pub(super) fn each_piece(tape: &Tape, slot: Slot, mut each: impl FnMut(Piece)) {
    let operands = tape.operands(slot);
    let code = tape.code(slot);
    match (code, operands) {
        (Code::Square, &[x]) => each(Piece::Pair(x, x)),
        (Code::Mul, &[a, b]) => each(pair(tape, a, b)),
        (Code::Mul | Code::Square, _) => each(Piece::Product(slot)),
        (Code::Neg, &[x]) => each(Piece::Term(x, Factor::MINUS_ONE)),
        (Code::Sub, &[x, y]) => {
            each(Piece::Term(x, Factor::ONE));
            each(Piece::Term(y, Factor::MINUS_ONE));
        }
        _ => {
            let fused = usize::from(code == Code::Fma);
            let products = tape.instruction(slot).products().unwrap_or(fused);
            let (factors, terms) = operands.split_at(2 * products);
            for two in factors.chunks_exact(2) {
                each(pair(tape, two[0], two[1]));
            }
            for &term in terms {
                each(Piece::Term(term, Factor::ONE));
            }
        }
    }
}

fn pair(tape: &Tape, a: Slot, b: Slot) -> Piece {
    let factor = |slot: Slot| {
        let value = tape.constant(slot)?;
        let slot = Some(slot);
        Some(Factor { value, slot })
    };
    match (factor(a), factor(b)) {
        (Some(factor), None) => Piece::Term(b, factor),
        (None, Some(factor)) => Piece::Term(a, factor),
        (None, None) | (Some(_), Some(_)) => Piece::Pair(a, b),
    }
}
