//! Constant folding: what depends on constants only is computed when the program is made.
//!
//! Exact, because it computes in the program's own scalar type `S`, by the functions that the reference
//! sweeps use. A constant is stored in `f64`, which holds every `f32`; one that was written with more digits
//! than `S` has is rounded here, as the program would round it, so that later passes see the number that
//! the program computes with.
//!
//! Sums, products, minima and maxima are taken from left to right, so a run of constants at their beginning
//! folds too. Calls of user operations do not fold: they are run by programs, not by the compiler.

use super::flatten::FROM_LEFT;
use super::rewrite::{Filter, Rewritten, Scratch, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Class, Code, Instruction, Slot};
use crate::interpret::{TapeScalar, arithmetic};
use crate::tape::Tape;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let mut numbers: Vec<S> = Vec::new();
    let computed = |code: &Code| {
        !matches!(
            code,
            Code::Input | Code::Parameter | Code::Call | Code::CallPartial | Code::Mean
        )
    };
    let codes: Vec<Code> = Code::ALL.iter().copied().filter(computed).collect();
    let filter = Filter {
        codes: CodeSet::of(&codes),
        operands: CodeSet::of(&[Code::Constant]),
        may: |instruction: &Instruction, operands: &[Slot], matters: &[bool]| {
            let is_constant = instruction.class == Class::Constant;
            match *operands {
                [] if is_constant => instruction.constant().and_then(rounded::<S>).is_some(),
                _ if is_constant => true,
                [first, second, _, ..] if FROM_LEFT.has(instruction.code) => {
                    matters[first.index()] && matters[second.index()]
                }
                [..] => false,
            }
        },
    };
    peephole(tape, scratch, &filter, |to, seen| {
        if seen.code == Code::Constant {
            let rounded = rounded::<S>(seen.from.constant(seen.slot)?)?;
            return Some(to.push_constant(rounded, seen.scope));
        }
        let (value, folded) = folded(to, seen.code, seen.payload, seen.operands, &mut numbers)?;
        let constant = to.push_constant(value, seen.scope);
        let rest = &seen.operands[folded..];
        if rest.is_empty() {
            return Some(constant);
        }
        let mut operands = vec![constant];
        operands.extend_from_slice(rest);
        Some(to.push(seen.code, seen.payload, &operands, seen.scope))
    })
}

/// What an instruction makes of its first operands, which are constants, and how many they are: all, or two or more
/// of one that takes its operands from left to right. `numbers` is memory to work in.
pub(super) fn folded<S: TapeScalar>(
    tape: &Tape,
    code: Code,
    payload: u32,
    operands: &[Slot],
    numbers: &mut Vec<S>,
) -> Option<(f64, usize)> {
    numbers.clear();
    let constants = operands.iter().map_while(|&slot| tape.constant(slot));
    numbers.extend(constants.map(S::from_f64));
    let is_whole = numbers.len() == operands.len();
    if !is_whole && (numbers.len() < 2 || !FROM_LEFT.has(code)) {
        return None;
    }
    let value = arithmetic(code, payload, numbers)?;
    Some((value.to_f64(), numbers.len()))
}

/// The constant as `S` has it, where that is another number.
pub(super) fn rounded<S: TapeScalar>(constant: f64) -> Option<f64> {
    let rounded = S::from_f64(constant).to_f64();
    // A NaN that was rounded is still a NaN.
    let same = constant.is_nan() || rounded.to_bits() == constant.to_bits();
    (!same).then_some(rounded)
}
