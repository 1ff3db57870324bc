//! As what each slot of a tape is computed.
//!
//! Most slots are what their instruction says. A sum of products whose factors depend less and more often on
//! the sample is a *dot*; what only a dot's result goes through is its *finish*, and is done while the result is
//! at hand. A product that only a mean over the batch needs is never computed for a sample: the mean is a sum
//! over lanes of products of two rows.

use dagrad_tape::{Class, Code, Slot, Tape};

/// How a slot comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// It is not computed by itself: another slot's form covers it.
    Absent,
    /// An input, a parameter or a constant: it lies somewhere already, or is loaded.
    Given,
    /// Its operation, value by value.
    Pointwise,
    /// 0 where one slot is at most 0, else another: the operands that stand among the masks by this number.
    Mask(u32),
    /// The dot of this number.
    Dot(u32),
    /// A mean over the batch.
    Mean,
}

/// What a dot's result goes through before anybody else sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    None,
    /// The operation of one operand that fills this slot.
    Unary(Slot),
    /// 0 where this slot is at most 0.
    ReluMask(Slot),
    /// Times `1 − y²`, y being this slot.
    TanhPartial(Slot),
    /// Times this slot.
    Product(Slot),
}

impl Finish {
    /// A number for each kind: dots are grouped by it.
    pub(super) fn kind(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Unary(_) => 1,
            Self::ReluMask(_) => 2,
            Self::TanhPartial(_) => 3,
            Self::Product(_) => 4,
        }
    }

    /// The slot that it needs beside the result.
    pub(super) fn with(self) -> Option<Slot> {
        match self {
            Self::None | Self::Unary(_) => None,
            Self::ReluMask(slot) | Self::TanhPartial(slot) | Self::Product(slot) => Some(slot),
        }
    }
}

/// A sum of products and terms that is computed as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dot {
    /// The slot of the sum.
    pub(super) sum: Slot,
    /// The only product, where the instruction is none of a sum.
    product: Option<[Slot; 2]>,
    /// The slot that has the finished result.
    pub(super) out: Slot,
    pub(super) finish: Finish,
    /// Whether a product has a weight: only then is it done by a kernel that finishes.
    weighs: bool,
}

/// The form of every slot.
pub(super) struct Forms {
    forms: Vec<Form>,
    /// For each mask the slot that it lets through, and the one that it asks.
    masks: Vec<[Slot; 2]>,
    pub(super) dots: Vec<Dot>,
    uses: Vec<u32>,
}

impl Forms {
    pub(super) fn of(tape: &Tape) -> Self {
        let mut forms = Self {
            forms: vec![Form::Absent; tape.len()],
            masks: Vec::new(),
            dots: Vec::new(),
            uses: uses(tape),
        };
        for slot in tape.slots() {
            let form = forms.form_of(tape, slot);
            forms.forms[slot.index()] = form;
        }
        forms
    }

    pub(super) fn get(&self, slot: Slot) -> Form {
        self.forms[slot.index()]
    }

    /// What is read to compute a slot that is no dot.
    pub(super) fn operands<'a>(&'a self, tape: &'a Tape, slot: Slot) -> &'a [Slot] {
        match self.get(slot) {
            Form::Mask(number) => &self.masks[number as usize],
            _ => tape.operands(slot),
        }
    }

    fn form_of(&mut self, tape: &Tape, slot: Slot) -> Form {
        let instruction = tape.instruction(slot);
        match instruction.code() {
            Code::Input | Code::Parameter | Code::Constant => return Form::Given,
            Code::Mean => {
                let operand = tape.operands(slot)[0];
                // Of the product that finishes a dot one factor is not computed by itself either.
                let is_finish = match self.get(operand) {
                    Form::Dot(number) => self.dots[number as usize].sum != operand,
                    Form::Absent | Form::Given | Form::Pointwise | Form::Mask(_) | Form::Mean => {
                        false
                    }
                };
                if self.is_own(operand) && !is_finish && sums_pairs_only(tape, operand) {
                    self.forms[operand.index()] = Form::Absent;
                }
                return Form::Mean;
            }
            _ => {}
        }
        if self.uses[slot.index()] == 0 {
            return Form::Absent;
        }
        if instruction.class() != Class::PerSample {
            return match instruction.code() {
                Code::Dot => self.dot(tape, slot, None, Finish::None),
                _ => Form::Pointwise,
            };
        }
        if let Some((number, finish)) = self.finish(tape, slot) {
            let dot = &mut self.dots[number as usize];
            self.forms[dot.sum.index()] = Form::Absent;
            dot.out = slot;
            dot.finish = finish;
            return Form::Dot(number);
        }
        match (instruction.code(), tape.operands(slot)) {
            (Code::Select, &[condition, then, otherwise]) => {
                self.select(tape, condition, then, otherwise)
            }
            (Code::Dot, _) => self.dot(tape, slot, None, Finish::None),
            (Code::Fma, &[first, second, _]) if weighs(tape, first, second) => {
                self.dot(tape, slot, None, Finish::None)
            }
            (Code::Mul, &[first, second]) if weighs(tape, first, second) => {
                self.dot(tape, slot, Some([first, second]), Finish::None)
            }
            (Code::Mul, &[first, second, third]) if weighs(tape, first, second) => {
                let [row, other] = if tanh_partial(tape, second).is_some() {
                    [third, second]
                } else {
                    [second, third]
                };
                let finish = self.factor(tape, other);
                self.dot(tape, slot, Some([first, row]), finish)
            }
            _ => Form::Pointwise,
        }
    }

    /// A selection that is none of a dot's result.
    fn select(&mut self, tape: &Tape, condition: Slot, then: Slot, otherwise: Slot) -> Form {
        let is_row = tape.instruction(otherwise).class() == Class::PerSample;
        let Some(of) = relu_mask(tape, condition, then).filter(|_| is_row) else {
            return Form::Pointwise;
        };
        // The comparison is not computed where nobody else asks for it.
        let uses = &mut self.uses[condition.index()];
        *uses -= 1;
        if *uses == 0 {
            self.forms[condition.index()] = Form::Absent;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are fewer than slots"
        )]
        let number = self.masks.len() as u32;
        self.masks.push([otherwise, of]);
        Form::Mask(number)
    }

    fn dot(&mut self, tape: &Tape, slot: Slot, product: Option<[Slot; 2]>, finish: Finish) -> Form {
        let number = self.dots.len();
        let is_row = |slot: &Slot| tape.instruction(*slot).class() == Class::PerSample;
        let (products, _) = products_and_terms(tape, slot);
        let mut products = products.chunks_exact(2);
        let weighs = product.is_some() || products.any(|pair| is_row(&pair[0]) != is_row(&pair[1]));
        self.dots.push(Dot {
            weighs,
            sum: slot,
            product,
            out: slot,
            finish,
        });
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are fewer than slots"
        )]
        Form::Dot(number as u32)
    }

    /// A multiplication by `other`, which is not computed by itself if this covers it.
    fn factor(&mut self, tape: &Tape, other: Slot) -> Finish {
        match tanh_partial(tape, other) {
            Some((square, of)) if self.is_own(other) && self.is_own(square) => {
                self.forms[other.index()] = Form::Absent;
                self.forms[square.index()] = Form::Absent;
                Finish::TanhPartial(of)
            }
            Some(_) | None => Finish::Product(other),
        }
    }

    /// Whether `slot` has one user and is no output.
    fn is_own(&self, slot: Slot) -> bool {
        self.uses[slot.index()] == 1
    }

    /// The dot that `slot` finishes, and how.
    fn finish(&mut self, tape: &Tape, slot: Slot) -> Option<(u32, Finish)> {
        let operands = tape.operands(slot);
        let (operand, finish) = match (tape.instruction(slot).code(), operands) {
            (Code::Select, &[condition, then, otherwise]) => {
                let of = relu_mask(tape, condition, then)?;
                let number = self.unfinished(otherwise)?;
                if self.is_own(condition) {
                    self.forms[condition.index()] = Form::Absent;
                }
                return Some((number, Finish::ReluMask(of)));
            }
            (Code::Mul, &[first, second]) => {
                let (operand, other) = match (self.unfinished(first), self.unfinished(second)) {
                    (Some(_), _) => (first, second),
                    (None, Some(_)) => (second, first),
                    (None, None) => return None,
                };
                if tape.instruction(other).class() != Class::PerSample {
                    return None;
                }
                let finish = self.factor(tape, other);
                (operand, finish)
            }
            (Code::Call | Code::CallPartial | Code::Mul, _) => return None,
            (_, &[operand]) => (operand, Finish::Unary(slot)),
            _ => return None,
        };
        Some((self.unfinished(operand)?, finish))
    }

    /// The dot without a finish that fills `slot`, if nobody else uses it.
    fn unfinished(&self, slot: Slot) -> Option<u32> {
        match self.get(slot) {
            Form::Dot(number) if self.is_own(slot) => {
                let dot = &self.dots[number as usize];
                (dot.weighs && dot.finish == Finish::None).then_some(number)
            }
            _ => None,
        }
    }
}

/// The number of uses of each slot; an output counts as many.
fn uses(tape: &Tape) -> Vec<u32> {
    let mut uses = vec![0; tape.len()];
    for slot in tape.slots() {
        for operand in tape.operands(slot) {
            uses[operand.index()] += 1;
        }
    }
    for slot in tape.outputs().iter().flat_map(|output| &output.slots) {
        uses[slot.index()] += 2;
    }
    uses
}

/// Whether one factor is a shared value, and the other one is a sample's.
fn weighs(tape: &Tape, first: Slot, second: Slot) -> bool {
    let [first, second] = [first, second].map(|slot| tape.instruction(slot).class());
    first.min(second) == Class::Shared && first.max(second) == Class::PerSample
}

/// The slot h, if `condition` is `h ≤ 0` and `then` is 0.
fn relu_mask(tape: &Tape, condition: Slot, then: Slot) -> Option<Slot> {
    let is_zero = |slot: Slot| tape.instruction(slot).constant() == Some(0.0);
    match *tape.operands(condition) {
        [of, zero] if tape.instruction(condition).code() == Code::Le => {
            let is_row = tape.instruction(of).class() == Class::PerSample;
            (is_row && is_zero(zero) && is_zero(then)).then_some(of)
        }
        [..] => None,
    }
}

/// The slots of `y²` and y, if `slot` is `1 − y²`.
fn tanh_partial(tape: &Tape, slot: Slot) -> Option<(Slot, Slot)> {
    let &[one, square] = tape.operands(slot) else {
        return None;
    };
    let is_one = tape.instruction(one).constant() == Some(1.0);
    match *tape.operands(square) {
        [of] if is_one
            && tape.instruction(slot).code() == Code::Sub
            && tape.instruction(square).code() == Code::Square =>
        {
            Some((square, of))
        }
        [..] => None,
    }
}

/// Whether `slot` is a sum of products of two per-sample slots each, and of per-sample terms.
fn sums_pairs_only(tape: &Tape, slot: Slot) -> bool {
    let per_sample = |slot: &Slot| tape.instruction(*slot).class() == Class::PerSample;
    let operands = tape.operands(slot);
    match tape.instruction(slot).code() {
        Code::Mul => operands.len() == 2 && operands.iter().all(per_sample),
        Code::Square => true,
        Code::Dot | Code::Fma => operands.iter().all(per_sample),
        _ => false,
    }
}

/// The operands of a sum of products: the factors, in pairs, and the terms.
pub(super) fn products_and_terms(tape: &Tape, slot: Slot) -> (&[Slot], &[Slot]) {
    let instruction = tape.instruction(slot);
    let fused = usize::from(instruction.code() == Code::Fma);
    let products = instruction.products().unwrap_or(fused);
    tape.operands(slot).split_at(2 * products)
}

impl Dot {
    /// The factors of its products, in pairs, and its terms.
    pub(super) fn parts<'a>(&'a self, tape: &'a Tape) -> (&'a [Slot], &'a [Slot]) {
        match &self.product {
            Some(product) => (product, &[]),
            None => products_and_terms(tape, self.sum),
        }
    }
}
