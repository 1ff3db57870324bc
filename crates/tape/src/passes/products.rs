//! Products in a canonical form: nested ones opened, constants gathered, signs in front, and what is computed
//! less often multiplied first.
//!
//! Inexact: factors are multiplied in another order. It pays in what it lets others find. A product of a
//! parameter, a constant and a value of the sample becomes one of two factors, the first of which is
//! computed once per run; the sign of a factor becomes the sign of a term; and equal products of different
//! order become equal.
//!
//! A product is opened into the product that is its only user, if both are computed equally often.

use super::rewrite::{Rewrite, Rewritten, Scratch};
use crate::codes::CodeSet;
use crate::instruction::{Class, Code, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;
use dagrad_ops::same_bits;

const PRODUCTS: CodeSet = CodeSet::of(&[Code::Mul, Code::Neg]);

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    if !CodeSet::of(&[Code::Mul]).occurs_in(&tape) {
        return (tape, 0);
    }
    let (uses, mut opened) = (scratch.uses_of(&tape), std::mem::take(&mut scratch.marks));
    opened.clear();
    opened.resize(tape.len(), false);
    // Until the first that needs work, nothing has to be written.
    let mut first = tape.len();
    for slot in tape.slots() {
        if !PRODUCTS.has(tape.code(slot)) {
            continue;
        }
        let mut is_simple = is_simple(&tape, slot, |slot| slot, &tape);
        for &operand in tape.operands(slot) {
            if uses[operand.index()] == 1
                && PRODUCTS.has(tape.code(operand))
                && tape.class(operand) == tape.class(slot)
            {
                opened[operand.index()] = true;
                first = first.min(operand.index());
                is_simple = false;
            }
        }
        if !is_simple {
            first = first.min(slot.index());
        }
    }
    if first == tape.len() {
        scratch.keep_uses(uses);
        scratch.marks = opened;
        return (tape, 0);
    }
    let mut rewrite = Rewrite::after(first, tape, scratch);
    let mut product = Product::default();
    for slot in rewrite.rest() {
        if opened[slot.index()] {
            rewrite.leave_out();
            rewrite.changed += 1;
        } else if !PRODUCTS.has(rewrite.from.code(slot))
            || (!opens(&rewrite.from, slot, &opened)
                && is_simple(&rewrite.from, slot, |slot| rewrite.at(slot), &rewrite.to))
        {
            rewrite.copy(slot);
        } else {
            product.collect::<S>(&rewrite, slot, &opened, &uses);
            product.write(&mut rewrite, slot);
        }
    }
    scratch.keep_uses(uses);
    scratch.marks = opened;
    rewrite.finish(scratch)
}

/// Whether a factor of `slot` is opened into it.
fn opens(tape: &Tape, slot: Slot, opened: &[bool]) -> bool {
    let mut factors = tape.operands(slot).iter();
    factors.any(|factor| opened[factor.index()])
}

/// Whether the product `slot`, of whose factors none is opened, needs no work, as most do not: it has two, neither of
/// which is a constant of 1, or the other. What a factor has become is told by the tape that is written and where it
/// went there.
#[inline]
fn is_simple(from: &Tape, slot: Slot, at: impl Fn(Slot) -> Slot, to: &Tape) -> bool {
    let constant = |operand: Slot| to.constant(at(operand));
    match *from.operands(slot) {
        [x] => from.code(slot) == Code::Neg && constant(x).is_none(),
        [x, y] => {
            let stays = match (constant(x), constant(y)) {
                (None, None) => true,
                (Some(one), None) | (None, Some(one)) => !same_bits(one.abs(), 1.0),
                (Some(_), Some(_)) => false,
            };
            stays && at(x) != at(y)
        }
        [..] => false,
    }
}

/// A product, taken apart.
struct Product {
    stack: Vec<Slot>,
    /// Factors that are not gathered in the constant, where they went.
    factors: Vec<Slot>,
    /// The factors as they were found; then what becomes of them.
    list: Vec<Slot>,
    /// The product of the constants, as long as it is an ordinary number.
    constant: f64,
    /// How many they are.
    gathered: usize,
    negative: bool,
    /// Whether it was one instruction, and in canonical form.
    canonical: bool,
}

impl Default for Product {
    fn default() -> Self {
        Self {
            stack: Vec::new(),
            factors: Vec::new(),
            list: Vec::new(),
            constant: 1.0,
            gathered: 0,
            negative: false,
            canonical: false,
        }
    }
}

impl Product {
    fn collect<S: TapeScalar>(
        &mut self,
        rewrite: &Rewrite,
        slot: Slot,
        opened: &[bool],
        uses: &[u32],
    ) {
        self.factors.clear();
        (self.constant, self.gathered) = (1.0, 0);
        (self.negative, self.canonical) = (false, true);
        let from = &rewrite.from;
        self.list.clear();
        self.open(from, slot, opened);
        // Those that are computed less often become one product, into which their own are opened.
        let class = from.class(slot);
        let is_lower = |factor: &Slot| from.class(*factor) < class;
        if self.list.iter().filter(|slot| is_lower(slot)).count() > 1 {
            let mut at = 0;
            while let Some(&factor) = self.list.get(at) {
                let is_own = uses[factor.index()] == 1 && PRODUCTS.has(from.code(factor));
                if is_lower(&factor) && is_own {
                    self.list.swap_remove(at);
                    self.open(from, factor, opened);
                    self.canonical = false;
                } else {
                    at += 1;
                }
            }
        }
        let to = &rewrite.to;
        let mut before = None;
        for &factor in &self.list {
            let factor = rewrite.at(factor);
            let place = Some((to.class(factor), factor));
            self.canonical &= before <= place;
            before = place;
            let gathered = to.constant(factor).and_then(|constant| {
                let product = S::from_f64(self.constant) * S::from_f64(constant);
                ordinary::<S>(product.to_f64())
            });
            match gathered {
                Some(product) => {
                    self.constant = product;
                    self.gathered += 1;
                }
                None => self.factors.push(factor),
            }
        }
        self.factors
            .sort_unstable_by_key(|&slot| (to.class(slot), slot));
    }

    /// Lists the factors of a product, which are slots of the tape that is read.
    fn open(&mut self, from: &Tape, slot: Slot, opened: &[bool]) {
        self.stack.clear();
        self.stack.push(slot);
        while let Some(part) = self.stack.pop() {
            self.negative ^= from.code(part) == Code::Neg;
            for &operand in from.operands(part) {
                if opened[operand.index()] {
                    self.stack.push(operand);
                    self.canonical = false;
                } else {
                    self.list.push(operand);
                }
            }
        }
    }

    fn write(&mut self, rewrite: &mut Rewrite, slot: Slot) {
        let scope = rewrite.from.scope_of[slot.index()];
        let to = &mut rewrite.to;
        // A constant takes the sign, and where it is only a sign, it is none.
        if self.negative && !same_bits(self.constant, 1.0) {
            (self.constant, self.negative) = (-self.constant, false);
        }
        if same_bits(self.constant, -1.0) {
            (self.constant, self.negative) = (1.0, !self.negative);
        }
        let has_constant = !same_bits(self.constant, 1.0);
        let highest = self.factors.last().map(|&slot| to.class(slot));
        let lower = self
            .factors
            .partition_point(|&slot| Some(to.class(slot)) < highest);
        let twice = matches!(*self.factors, [x, y] if x == y && !has_constant);
        let is_negation = rewrite.from.code(slot) == Code::Neg && !self.factors.is_empty();
        if self.canonical
            && !twice
            && usize::from(has_constant) == self.gathered
            && (is_negation || (lower + self.gathered <= 1 && !self.negative))
        {
            rewrite.copy(slot);
            return;
        }
        rewrite.changed += 1;
        self.list.clear();
        if has_constant {
            self.list.push(to.push_constant(self.constant, scope));
        }
        // What is computed as often is multiplied first, and then with what is computed more often.
        for class in [Class::Constant, Class::Shared] {
            let group = self.factors[..lower].iter();
            self.list
                .extend(group.filter(|&&slot| to.class(slot) == class));
            if self.list.is_empty() {
                continue;
            }
            let product = product_of(to, &self.list, scope);
            self.list.clear();
            self.list.push(product);
        }
        self.list.extend_from_slice(&self.factors[lower..]);
        let product = product_of(to, &self.list, scope);
        let product = if self.negative {
            to.push(Code::Neg, 0, &[product], scope)
        } else {
            product
        };
        rewrite.goes_to(product);
    }
}

/// The product of these factors.
pub(super) fn product_of(to: &mut Tape, factors: &[Slot], scope: u32) -> Slot {
    match *factors {
        [] => to.push_constant(1.0, scope),
        [only] => only,
        [x, y] if x == y => to.push(Code::Square, 0, &[x], scope),
        [..] => to.push(Code::Mul, 0, factors, scope),
    }
}

/// `x`, if it is finite and has all its digits.
pub(super) fn ordinary<S: TapeScalar>(x: f64) -> Option<f64> {
    (x.is_finite() && x.abs() >= S::LEAST_NORMAL).then_some(x)
}
