//! Passes: each alone, and all of them together.

mod dense;
mod large;
mod random;
mod rewrites;
mod special_values;

use dagrad_graph::{Graph, NodeId};
use dagrad_ops::{Expr, GraphScope, Op, Scope};
use dagrad_tape::passes::Pass;
use dagrad_tape::{Slot, Tape, lower_outputs};

/// The tape of one output, `y`.
fn tape(build: impl for<'s> FnOnce(Scope<'s>) -> Expr<'s>) -> Tape {
    tape_of(|s| vec![build(s)])
}

/// The tape of a list of outputs, all under the name `y`.
fn tape_of(build: impl for<'s> FnOnce(Scope<'s>) -> Vec<Expr<'s>>) -> Tape {
    let mut g = Graph::<Op>::new();
    let ids: Result<Vec<NodeId>, _> = g.scope(|s| build(s).into_iter().map(Expr::id).collect());
    g.add_output("y", &ids.unwrap()).unwrap();
    lower_outputs(&g).unwrap()
}

/// The pass of this name, for `f64`.
fn pass(name: &str) -> Pass {
    let mut passes = Pass::all::<f64>().into_iter();
    passes.find(|pass| pass.name() == name).unwrap()
}

/// The tape after the pass and dead code, which passes leave to each other.
fn after(name: &str, tape: &Tape) -> Tape {
    let (tape, _) = pass(name).run(tape.clone());
    tape.verify().unwrap();
    let (tape, _) = pass("dead_code").run(tape);
    tape.verify().unwrap();
    tape
}

/// A line for each slot that is no input and no parameter, and one for the outputs. Inputs are `x0`, parameters
/// `w0`, constants themselves.
fn listing(tape: &Tape) -> String {
    let mut lines = Vec::new();
    for slot in tape.slots() {
        let instruction = tape.instruction(slot);
        if let ("%", text) = leaf(tape, slot).split_at(1) {
            let operands: Vec<_> = tape.operands(slot).iter().map(|&o| leaf(tape, o)).collect();
            let mut name = instruction.code().name().to_owned();
            if let Some(number) = instruction.products() {
                name += &format!("[{number}]");
            }
            if let Some(number) = instruction.exponent() {
                name += &format!("[{number}]");
            }
            if let Some((user, partial)) = tape.user(slot) {
                name += &format!(" {} {partial:?}", user.operation().name());
            }
            lines.push(format!("%{text} = {name}({})", operands.join(", ")));
        }
    }
    for output in tape.outputs() {
        let slots: Vec<_> = output.slots.iter().map(|&slot| leaf(tape, slot)).collect();
        lines.push(format!("{}: {}", output.name, slots.join(", ")));
    }
    lines.join("\n")
}

/// How a slot is written where it is used. Slots that are no leaves are numbered among themselves.
fn leaf(tape: &Tape, slot: Slot) -> String {
    use dagrad_tape::Code;
    let instruction = tape.instruction(slot);
    match (
        instruction.code(),
        instruction.variable(),
        instruction.constant(),
    ) {
        (Code::Input, Some(number), _) => format!("x{number}"),
        (_, Some(number), _) => format!("w{number}"),
        (_, _, Some(constant)) => format!("{constant:?}"),
        (_, None, None) => {
            let is_inner = |slot: &Slot| {
                let instruction = tape.instruction(*slot);
                instruction.variable().is_none() && instruction.constant().is_none()
            };
            let number = tape.slots().take(slot.index()).filter(is_inner).count();
            format!("%{number}")
        }
    }
}
