//! Exact identities: what can be written with less and has the same bits, for every operand.
//!
//! An identity belongs here only if it holds for zeros of either sign, infinities, subnormal numbers and
//! NaN, in rounded arithmetic; tests try each on all of those, in `f32` and `f64`. So `x · 0`, `x + 0` (for
//! `-0.0`) and `x − x` are not here, but:
//!
//! | written | becomes | because |
//! |---|---|---|
//! | a sum, product, minimum or maximum of one operand | the operand | they begin with their first operand |
//! | terms `-0.0`, factors 1 | nothing | `-0.0` is the zero of addition: `-0.0 + -0.0` is `-0.0` |
//! | `x · −1`, `x / −1`, `-0.0 − x` | `−x` | only the sign bit changes |
//! | `x + −y`, `x − −y` | `x − y`, `x + y` | a difference is the sum with the sign changed |
//! | `−x · −y`, `−x / −y` | `x · y`, `x / y` | rounding is symmetric |
//! | `x − 0.0`, `x / 1` | `x` | |
//! | `x / 2ᵏ` | `x · 2⁻ᵏ` | both round the same number once, where `2⁻ᵏ` is a number of the scalar type |
//! | `1 / x` | `recip(x)` | the same division |
//! | `x · x`, `powi[2](x)` | `square(x)` | the same multiplication |
//! | `powi[0]`, `powi[1]`, `powi[-1]` | 1, x, `recip(x)` | their chains of multiplications are these |
//! | `pow(x, 0)`, `pow(1, x)`, `pow(x, 1)` | 1, 1, x | IEEE 754-2019, 9.2.1, NaN included; a power that is a number |
//! | `−−x`, `\|−x\|`, `\|\|x\|\|`, `\|x²\|`, `(−x)²`, `\|x\|²`, `relu(relu(x))` | `x`, `\|x\|`, `\|x\|`, `x²`, `x²`, `x²`, `relu(x)` | |
//! | `select` with a constant condition, or of twice the same | the chosen operand | |
//! | a dot of one product | the product | |

use super::rewrite::{Filter, Rewritten, Scratch, any, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Instruction, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;

/// The codes that have identities.
const CODES: CodeSet = CodeSet::of(&[
    Code::Add,
    Code::Mul,
    Code::Sub,
    Code::Div,
    Code::Neg,
    Code::Square,
    Code::Powi,
    Code::Pow,
    Code::Abs,
    Code::Relu,
    Code::Min,
    Code::Max,
    Code::Select,
    Code::Dot,
]);

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let filter = Filter {
        codes: CODES,
        // Those of single operands are looked at anyway.
        operands: CodeSet::of(&[Code::Constant, Code::Neg]),
        may: |instruction: &Instruction, operands: &[Slot], matters: &[bool]| match *operands {
            [_] => true,
            [x, y] if x == y || instruction.code == Code::Dot => true,
            [_, y, z] if y == z => true,
            [..] => any(operands, matters),
        },
    };
    peephole(tape, scratch, &filter, |to, seen| {
        simplified::<S>(to, seen.code, seen.payload, seen.operands, seen.scope)
    })
}

/// The slot of this instruction after all identities, if there are any that fit.
pub(super) fn simplified<S: TapeScalar>(
    tape: &mut Tape,
    code: Code,
    payload: u32,
    operands: &[Slot],
    scope: u32,
) -> Option<Slot> {
    let instead = identity::<S>(tape, code, payload, operands)?;
    Some(match instead {
        Instead::Slot(slot) => slot,
        Instead::Constant(value) => tape.push_constant(value, scope),
        // Each identity leaves fewer or simpler instructions, so that this ends after a few.
        Instead::One(code, x) => pushed::<S>(tape, code, 0, &[x], scope),
        Instead::Two(code, x, y) => pushed::<S>(tape, code, 0, &[x, y], scope),
        Instead::Scaled(x, factor) => {
            let factor = tape.push_constant(factor, scope);
            tape.push(Code::Mul, 0, &[x, factor], scope)
        }
        Instead::Without(unit) => {
            let keeps = |slot: &&Slot| !tape.is_constant(**slot, unit);
            let kept: Vec<Slot> = operands.iter().filter(keeps).copied().collect();
            pushed::<S>(tape, code, 0, &kept, scope)
        }
    })
}

/// Adds an instruction, or finds what it is the same as.
pub(super) fn pushed<S: TapeScalar>(
    tape: &mut Tape,
    code: Code,
    payload: u32,
    operands: &[Slot],
    scope: u32,
) -> Slot {
    simplified::<S>(tape, code, payload, operands, scope)
        .unwrap_or_else(|| tape.push(code, payload, operands, scope))
}

/// What an instruction can be replaced by.
pub(super) enum Instead {
    Slot(Slot),
    Constant(f64),
    One(Code, Slot),
    Two(Code, Slot, Slot),
    /// The product with this constant.
    Scaled(Slot, f64),
    /// The same code without the operands that are this constant.
    Without(f64),
}

/// What an instruction with these operands can be replaced by, if an identity fits it.
pub(super) fn identity<S: TapeScalar>(
    tape: &Tape,
    code: Code,
    payload: u32,
    operands: &[Slot],
) -> Option<Instead> {
    match (code, operands) {
        (Code::Add | Code::Mul | Code::Min | Code::Max, &[only]) => Some(Instead::Slot(only)),
        (Code::Add, _) => sum(tape, operands),
        (Code::Mul, _) => product(tape, operands),
        (Code::Sub, &[x, y]) => difference(tape, x, y),
        (Code::Div, &[x, y]) => quotient::<S>(tape, x, y),
        (Code::Neg, &[x]) => tape.under(Code::Neg, x).map(Instead::Slot),
        (Code::Square, &[x]) => {
            let sized = tape
                .under(Code::Neg, x)
                .or_else(|| tape.under(Code::Abs, x));
            Some(Instead::One(Code::Square, sized?))
        }
        (Code::Powi, &[x]) => match payload.cast_signed() {
            0 => Some(Instead::Constant(1.0)),
            1 => Some(Instead::Slot(x)),
            2 => Some(Instead::One(Code::Square, x)),
            -1 => Some(Instead::One(Code::Recip, x)),
            _ => None,
        },
        (Code::Pow, &[x, y]) => match (tape.constant(x), tape.constant(y)) {
            (Some(1.0), _) | (_, Some(0.0)) => Some(Instead::Constant(1.0)),
            (_, Some(1.0)) => Some(Instead::Slot(x)),
            (_, _) => None,
        },
        (Code::Abs, &[x]) => match tape.under(Code::Neg, x) {
            Some(inner) => Some(Instead::One(Code::Abs, inner)),
            None => is_one_of(tape, x, &[Code::Abs, Code::Square]),
        },
        (Code::Relu, &[x]) => is_one_of(tape, x, &[Code::Relu]),
        (Code::Select, &[condition, then, otherwise]) => match tape.constant(condition) {
            Some(0.0) => Some(Instead::Slot(otherwise)),
            Some(_) => Some(Instead::Slot(then)),
            None => (then == otherwise).then_some(Instead::Slot(then)),
        },
        (Code::Dot, &[x, y]) if payload == 1 => Some(Instead::Two(Code::Mul, x, y)),
        (
            // Only lists of another length, which no valid tape has, and longer dots.
            Code::Min
            | Code::Max
            | Code::Sub
            | Code::Div
            | Code::Neg
            | Code::Square
            | Code::Powi
            | Code::Pow
            | Code::Abs
            | Code::Relu
            | Code::Select
            | Code::Dot
            // What has no identities.
            | Code::Input
            | Code::Parameter
            | Code::Constant
            | Code::Recip
            | Code::Sqrt
            | Code::Exp
            | Code::Expm1
            | Code::Ln
            | Code::Log1p
            | Code::Erf
            | Code::Sin
            | Code::Cos
            | Code::Tan
            | Code::Asin
            | Code::Acos
            | Code::Atan
            | Code::Atan2
            | Code::Sinh
            | Code::Cosh
            | Code::Tanh
            | Code::Sigmoid
            | Code::Softplus
            | Code::LogSumExp
            | Code::Lt
            | Code::Le
            | Code::Gt
            | Code::Ge
            | Code::Eq
            | Code::Ne
            // It dissolves in a pass of its own.
            | Code::StopGradient
            | Code::Call
            | Code::CallPartial
            | Code::Fma
            | Code::Mean,
            _,
        ) => None,
    }
}

fn sum(tape: &Tape, terms: &[Slot]) -> Option<Instead> {
    if let Some(instead) = without_unit(tape, terms, -0.0) {
        return Some(instead);
    }
    match *terms {
        [x, y] => match (tape.under(Code::Neg, x), tape.under(Code::Neg, y)) {
            (_, Some(y)) => Some(Instead::Two(Code::Sub, x, y)),
            (Some(x), None) => Some(Instead::Two(Code::Sub, y, x)),
            (None, None) => None,
        },
        [..] => None,
    }
}

fn product(tape: &Tape, factors: &[Slot]) -> Option<Instead> {
    if let Some(instead) = without_unit(tape, factors, 1.0) {
        return Some(instead);
    }
    match *factors {
        [x, y] if x == y => Some(Instead::One(Code::Square, x)),
        [x, y] if tape.is_constant(y, -1.0) => Some(Instead::One(Code::Neg, x)),
        [x, y] if tape.is_constant(x, -1.0) => Some(Instead::One(Code::Neg, y)),
        [x, y] => match (tape.under(Code::Neg, x), tape.under(Code::Neg, y)) {
            (Some(x), Some(y)) => Some(Instead::Two(Code::Mul, x, y)),
            (_, _) => None,
        },
        [..] => None,
    }
}

/// Leaves out the operands that are `unit`; if all are, the first of them is the value.
fn without_unit(tape: &Tape, operands: &[Slot], unit: f64) -> Option<Instead> {
    let units = operands
        .iter()
        .filter(|&&slot| tape.is_constant(slot, unit))
        .count();
    if units == 0 {
        None
    } else if units == operands.len() {
        operands.first().copied().map(Instead::Slot)
    } else {
        Some(Instead::Without(unit))
    }
}

fn difference(tape: &Tape, x: Slot, y: Slot) -> Option<Instead> {
    if tape.is_constant(y, 0.0) {
        Some(Instead::Slot(x))
    } else if tape.is_constant(x, -0.0) {
        Some(Instead::One(Code::Neg, y))
    } else {
        let y = tape.under(Code::Neg, y)?;
        Some(Instead::Two(Code::Add, x, y))
    }
}

fn quotient<S: TapeScalar>(tape: &Tape, x: Slot, y: Slot) -> Option<Instead> {
    if let Some(divisor) = tape.constant(y) {
        return if tape.is_constant(y, 1.0) {
            Some(Instead::Slot(x))
        } else if tape.is_constant(y, -1.0) {
            Some(Instead::One(Code::Neg, x))
        } else {
            exact_reciprocal::<S>(divisor).map(|factor| Instead::Scaled(x, factor))
        };
    }
    if tape.is_constant(x, 1.0) {
        return Some(Instead::One(Code::Recip, y));
    }
    let (x, y) = (tape.under(Code::Neg, x)?, tape.under(Code::Neg, y)?);
    Some(Instead::Two(Code::Div, x, y))
}

/// The reciprocal of a power of two, if the scalar type has it.
fn exact_reciprocal<S: TapeScalar>(divisor: f64) -> Option<f64> {
    let reciprocal = 1.0 / divisor;
    let is_power_of_two = |x: f64| x.is_normal() && x.to_bits() << 12 == 0;
    let is_exact = is_power_of_two(divisor)
        && S::from_f64(reciprocal).to_f64().to_bits() == reciprocal.to_bits();
    (is_exact && reciprocal.is_finite()).then_some(reciprocal)
}

/// `slot` itself, if its code is among `codes`.
fn is_one_of(tape: &Tape, slot: Slot, codes: &[Code]) -> Option<Instead> {
    codes
        .contains(&tape.code(slot))
        .then_some(Instead::Slot(slot))
}
