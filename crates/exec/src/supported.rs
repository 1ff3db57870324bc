//! Which tapes a scalar type can run.

use crate::error::CompileError;
use crate::trace::described;
use dagrad_graph::{Evaluate, Operator as _};
use dagrad_tape::{Tape, TapeScalar};

/// Fails where a user operation does not run in this scalar type.
pub(crate) fn check<S: TapeScalar>(tape: &Tape) -> Result<(), CompileError> {
    for slot in tape.slots() {
        let runs = S::SUPPORTS_USER_OPERATIONS
            || tape
                .operation(slot)
                .is_none_or(|op| Evaluate::<S>::supports_scalar(&op))
                && tape.user(slot).is_none();
        if !runs {
            let operation = tape.operation(slot).map(|op| op.name().to_owned());
            let user = tape
                .user(slot)
                .map(|(user, _)| user.operation().name().to_owned());
            return Err(CompileError::Unsupported {
                operation: user.or(operation).unwrap_or_default(),
                scalar: S::NAME,
                slot: described(tape, slot),
            });
        }
    }
    Ok(())
}
