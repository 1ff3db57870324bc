//! All derivatives of an output of several slots.

use crate::differentiate::{DifferentiateError, Variables, differentiate_slot};
use crate::tape::{Output, Tape};

/// Adds an output called `name` to `tape`: the Jacobian of its output `of` by `variables`, row after row. The
/// derivatives of the first slot by all variables, in their order, stand first, then those of the second; zero where a
/// slot does not depend on a variable.
///
/// Each row is a reverse accumulation of its own, so this is for few slots and many variables. For the product of a
/// vector and the Jacobian alone, [`differentiate_seeded`](crate::differentiate_seeded) is one accumulation, whatever the
/// number of slots; for the product of the Jacobian and a vector,
/// [`directional_derivative`](crate::directional_derivative) is.
///
/// ```
/// # use dagrad_tape::{Tape, Variables, interpret, jacobian, output_values};
/// let tape: Tape = r#"dagrad tape 1
/// input[0..2] = feature
/// %0 = input[0]
/// %1 = input[1]
/// %2 = mul(%0, %1)
/// %3 = square(%0)
/// output "both" = %2, %3
/// "#.parse()?;
/// let tape = jacobian(&tape, "both", Variables::Inputs, "rows")?;
/// let values = interpret(&tape, &[3.0, 5.0], &[])?;
/// assert_eq!(output_values(&tape, "rows", &values), Some(vec![5.0, 3.0, 6.0, 0.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`differentiate`](crate::differentiate).
pub fn jacobian(
    tape: &Tape,
    of: &str,
    variables: Variables<'_>,
    name: &str,
) -> Result<Tape, DifferentiateError> {
    let missing = || DifferentiateError::NoSuchOutput(of.to_owned());
    let output = tape.named_output(of).ok_or_else(missing)?;
    let mut with_rows = tape.clone();
    let mut slots = Vec::new();
    if tape.output(name).is_some() {
        return Err(DifferentiateError::Taken(name.to_owned()));
    }
    for &slot in &output.slots {
        with_rows = differentiate_slot(&with_rows, slot, variables, name)?;
        // The row becomes a part of the one output.
        let row = with_rows.outputs.pop();
        slots.extend(row.into_iter().flat_map(|row| row.slots));
    }
    with_rows.outputs.push(Output {
        name: name.to_owned(),
        slots,
        kind: output.kind,
    });
    debug_assert_eq!(with_rows.verify(), Ok(()));
    Ok(with_rows)
}
