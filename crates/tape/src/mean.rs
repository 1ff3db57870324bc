//! Means over the samples of what a tape computes for each.

use crate::tape::{Output, OutputKind, Tape};

/// Adds an output called `name` to `tape`, once for each run: for each slot of its output `of` the mean over
/// the samples, by their weights. What does not depend on the sample is its own mean.
///
/// ```
/// # use dagrad_tape::{Tape, mean_output};
/// let tape: Tape = r#"dagrad tape 1
/// input[0] = feature "x"
/// parameter[0] = "w"
/// %0 = input[0]
/// %1 = parameter[0]
/// output "both" = %0, %1
/// "#.parse()?;
/// let tape = mean_output(&tape, "both", "means")?;
/// assert!(tape.to_string().ends_with(
///     r#"reduced    %2 = mean(%0)
/// output "both" = %0, %1
/// output per run "means" = %2, %1
/// "#
/// ));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the tape has no output `of`, or has one called `name` already.
pub fn mean_output(tape: &Tape, of: &str, name: &str) -> Result<Tape, OutputError> {
    if tape.output(name).is_some() {
        return Err(OutputError::Taken(name.to_owned()));
    }
    let slots = tape
        .output(of)
        .ok_or_else(|| OutputError::NoSuchOutput(of.to_owned()))?;
    let mut with_means = tape.clone();
    let mean = |&slot| with_means.push_mean(slot, tape.scope_of[slot.index()]);
    let slots = slots.iter().map(mean).collect();
    with_means.outputs.push(Output {
        name: name.to_owned(),
        slots,
        kind: OutputKind::PerRun,
    });
    debug_assert_eq!(with_means.verify(), Ok(()));
    Ok(with_means)
}

/// Why an output cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// No output has this name.
    #[error("the tape has no output {0:?}")]
    NoSuchOutput(String),
    /// The output exists already.
    #[error("the tape has an output {0:?} already")]
    Taken(String),
}
