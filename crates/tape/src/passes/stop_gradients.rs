//! Ends of gradients dissolve: the value of `stop_gradient(x)` is x.
//!
//! Exact, but only for what is not differentiated any more: differentiation asks where gradients stop.

use super::rewrite::{Filter, Rewritten, Scratch, Seen, peephole};
use crate::codes::CodeSet;
use crate::instruction::Code;
use crate::tape::Tape;

pub(super) fn run(tape: Tape, scratch: &mut Scratch) -> Rewritten {
    let codes = CodeSet::of(&[Code::StopGradient]);
    let operand = |_: &mut Tape, seen: &Seen<'_>| seen.operands.first().copied();
    peephole(tape, scratch, &Filter::codes(codes), operand)
}
