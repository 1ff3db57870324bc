//! Powers with a constant exponent: small integers become chains of multiplications, halves square roots.
//!
//! Inexact: a chain rounds at every step, the root of `-0.0` is `-0.0`, where its power is 0, and that of
//! −∞ is NaN, where its power is ∞. A general
//! power costs as much as a logarithm and an exponential, these a few multiplications, which other powers of the same
//! base may share. The chains are those of [integer powers](dagrad_ops::operations::Powi), so that one of these keeps
//! its bits.

use super::identities::pushed;
use super::rewrite::{Filter, Rewritten, Scratch, peephole};
use crate::codes::CodeSet;
use crate::instruction::{Code, Slot};
use crate::interpret::TapeScalar;
use crate::tape::Tape;
use dagrad_ops::same_bits;

/// Beyond this the chains' errors grow larger than those of a power.
const GREATEST: i32 = 16;

pub(super) fn run<S: TapeScalar>(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let codes = CodeSet::of(&[Code::Pow, Code::Powi]);
    peephole(tape, scratch, &Filter::codes(codes), |to, seen| {
        if let (Code::Powi, &[x]) = (seen.code, seen.operands) {
            return chain::<S>(to, x, seen.payload.cast_signed(), seen.scope);
        }
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
        match integer {
            0 => Some(to.push_constant(1.0, scope)),
            _ => chain::<S>(to, x, integer, scope),
        }
    })
}

/// The chain for a power other than 0, from its lowest bit on.
fn chain<S: TapeScalar>(to: &mut Tape, x: Slot, exponent: i32, scope: u32) -> Option<Slot> {
    if exponent == 0 || !(-GREATEST..=GREATEST).contains(&exponent) {
        return None;
    }
    let push = pushed::<S>;
    let (mut product, mut power) = (None, x);
    let mut bits = exponent.unsigned_abs();
    while bits > 0 {
        if bits & 1 == 1 {
            product = Some(match product {
                Some(product) => push(to, Code::Mul, 0, &[product, power], scope),
                None => power,
            });
        }
        bits >>= 1;
        if bits > 0 {
            power = push(to, Code::Square, 0, &[power], scope);
        }
    }
    let product = product?;
    if exponent < 0 {
        Some(push(to, Code::Recip, 0, &[product], scope))
    } else {
        Some(product)
    }
}
