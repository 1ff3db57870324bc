//! Powers with a constant exponent: small integers become chains of multiplications, halves square roots.
//!
//! Inexact: a chain rounds at every step, the root of `-0.0` is `-0.0`, where its power is 0, and that of
//! −∞ is NaN, where its power is ∞. A general
//! power costs as much as a logarithm and an exponential, these a few multiplications.

use super::identities::pushed;
use super::rewrite::{Filter, Rewritten, Scratch, peephole};
use crate::codes::CodeSet;
use crate::instruction::Code;
use crate::interpret::TapeScalar;
use crate::tape::Tape;
use dagrad_ops::same_bits;

/// Beyond this the chains' errors grow larger than those of a power.
const GREATEST: i32 = 16;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let codes = CodeSet::of(&[Code::Pow]);
    peephole(tape, scratch, &Filter::codes(codes), |to, seen| {
        let &[x, y] = seen.operands else {
            return None;
        };
        let exponent = to.constant(y)?;
        let is = |wanted: f64| same_bits(exponent, wanted);
        let (push, scope) = (pushed::<S>, seen.scope);
        if is(0.5) {
            return Some(push(to, Code::Sqrt, 0, &[x], scope));
        }
        if is(-0.5) {
            let root = push(to, Code::Sqrt, 0, &[x], scope);
            return Some(push(to, Code::Recip, 0, &[root], scope));
        }
        let integer = (-GREATEST..=GREATEST).find(|&n| is(f64::from(n)))?;
        Some(push(to, Code::Powi, integer.cast_unsigned(), &[x], scope))
    })
}
