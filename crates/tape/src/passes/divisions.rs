//! Divisions become products with a reciprocal where that is computed less often than the quotient.
//!
//! Inexact: `x · (1/y)` rounds twice. It pays where y is a constant; where y depends on parameters only and
//! x on the sample; and where several quotients have one divisor, as a softmax has, since a division takes
//! the time of four to eight products.

use super::products::ordinary;
use super::rewrite::{Filter, Rewritten, Scratch, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let codes = CodeSet::of(&[Code::Div]);
    if !codes.occurs_in(&tape) {
        return (tape, 0);
    }
    // How many quotients each slot divides.
    let mut divides = scratch.numbers(&tape);
    for slot in tape.slots().filter(|&slot| tape.code(slot) == Code::Div) {
        if let &[_, divisor] = tape.operands(slot) {
            divides[divisor.index()] += 1;
        }
    }
    let mut reciprocals: Vec<Option<Slot>> = vec![None; tape.len()];
    let rewritten = peephole(tape, scratch, &Filter::codes(codes), |to, seen| {
        let &[x, y] = seen.operands else {
            return None;
        };
        let divisor = seen.from.operands(seen.slot)[1].index();
        let reciprocal = match (reciprocals[divisor], to.constant(y)) {
            (Some(known), _) => known,
            (None, Some(constant)) => {
                // Of a number close to the end of the range there is no accurate reciprocal.
                let reciprocal = S::from_f64(1.0) / S::from_f64(constant);
                let reciprocal = ordinary::<S>(reciprocal.to_f64())?;
                to.push_constant(reciprocal, seen.scope)
            }
            (None, None) => {
                if divides[divisor] < 2 && to.class(y) >= to.class(x) {
                    return None;
                }
                to.push(Code::Recip, 0, &[y], seen.scope)
            }
        };
        reciprocals[divisor] = Some(reciprocal);
        Some(to.push(Code::Mul, 0, &[x, reciprocal], seen.scope))
    });
    scratch.keep_uses(divides);
    rewritten
}
