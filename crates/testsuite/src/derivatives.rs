//! Whether the contributions of an operation are the derivatives of its value.
//!
//! Each check takes any implementation, so that a wrong one can be handed to it and be found.

use dagrad_graph::{Evaluate, Operator, Scalar};
use dagrad_ops::{Difference, Dual, Float, Real, Terms, Tolerance};
use std::fmt;

/// An operation that the check can run over numbers, over duals, and over the magnitudes of terms.
pub trait Differentiable<R>: Evaluate<R> + Evaluate<Dual<R>> + Evaluate<Terms<R>> {}

impl<R, O: Evaluate<R> + Evaluate<Dual<R>> + Evaluate<Terms<R>>> Differentiable<R> for O {}

/// A contribution that is not the adjoint times the derivative.
#[derive(Clone, Debug)]
pub struct WrongDerivative<R> {
    /// The name of the operation.
    pub operation: String,
    /// Where it was differentiated.
    pub operands: Vec<R>,
    /// With which adjoint.
    pub adjoint: R,
    /// The position of the operand whose contribution is wrong.
    pub operand: usize,
    /// How wrong it is.
    pub difference: Difference<R>,
}

impl<R: Float> fmt::Display for WrongDerivative<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            operands,
            adjoint,
            operand,
            difference,
        } = self;
        write!(
            f,
            "{operation}{operands:?} with adjoint {adjoint:?}, contribution {operand}: {difference}"
        )
    }
}

impl<R: Float> std::error::Error for WrongDerivative<R> {}

/// The contributions of `operation` over any scalar; 0 where it contributes nothing.
pub fn contributions<R: Real, O: Evaluate<R>>(operation: &O, operands: &[R], adjoint: R) -> Vec<R> {
    // What is not written must not be read: it would be NaN.
    let mut contributions = vec![R::lit(f64::NAN); operands.len()];
    let value = operation.value(operands);
    operation.contributions(operands, value, adjoint, &mut contributions);
    for (operand, contribution) in contributions.iter_mut().enumerate() {
        if !operation.contributes(operand) {
            *contribution = R::lit(0.0);
        }
    }
    contributions
}

/// Checks every contribution of `operation` at `operands` against the derivative of a dual number,
/// within [`Tolerance::derivative`]; the contribution's own text says which terms it added. Where the
/// value overflows there is nothing to differentiate, and nothing is checked.
///
/// # Errors
/// The first contribution that is wrong.
pub fn check_against_duals<R: Real + Float + Scalar, O: Differentiable<R>>(
    operation: &O,
    operands: &[R],
    adjoint: R,
) -> Result<(), Box<WrongDerivative<R>>> {
    if !operation.value(operands).wide().is_finite() {
        return Ok(());
    }
    let got = contributions(operation, operands, adjoint);
    let leaves: Vec<_> = operands.iter().copied().map(Terms::leaf).collect();
    let terms = contributions(operation, &leaves, Terms::leaf(adjoint));
    for (operand, (&got, terms)) in got.iter().zip(&terms).enumerate() {
        let wanted = derivative(operation, operands, operand) * adjoint;
        Tolerance::derivative::<R>()
            .check(got, wanted, terms.magnitude)
            .map_err(|difference| {
                Box::new(WrongDerivative {
                    operation: describe::<R, O>(operation),
                    operands: operands.to_vec(),
                    adjoint,
                    operand,
                    difference,
                })
            })?;
    }
    Ok(())
}

/// The derivative of the value of `operation` by one operand, by dual numbers.
pub fn derivative<R: Real, O: Evaluate<Dual<R>>>(operation: &O, operands: &[R], by: usize) -> R {
    let duals: Vec<_> = operands
        .iter()
        .enumerate()
        .map(|(operand, &x)| {
            if operand == by {
                Dual::variable(x)
            } else {
                Dual::constant(x)
            }
        })
        .collect();
    operation.value(&duals).derivative
}

/// Checks every second derivative of `operation` at `operands`: that of its contributions, by dual
/// numbers, against that of its value, by nested dual numbers. It takes a text that is right in every
/// digit and wrong in its slope, such as one that replaces a value at a single point.
///
/// # Errors
/// The first contribution whose slope is wrong.
pub fn check_second_derivatives<O>(
    operation: &O,
    operands: &[f64],
    tolerance: Tolerance,
) -> Result<(), Box<WrongDerivative<f64>>>
where
    O: Evaluate<Dual<f64>> + Evaluate<Dual<Dual<f64>>>,
{
    for by in 0..operands.len() {
        let duals: Vec<_> = operands
            .iter()
            .enumerate()
            .map(|(operand, &x)| {
                if operand == by {
                    Dual::variable(x)
                } else {
                    Dual::constant(x)
                }
            })
            .collect();
        let slopes = contributions(operation, &duals, Dual::constant(1.0));
        for (operand, slope) in slopes.iter().enumerate() {
            let wanted = derivative(operation, &duals, operand).derivative;
            tolerance
                .check(slope.derivative, wanted, wanted)
                .map_err(|difference| {
                    Box::new(WrongDerivative {
                        operation: format!(
                            "{}, differentiated by operand {by}",
                            describe::<Dual<f64>, O>(operation)
                        ),
                        operands: operands.to_vec(),
                        adjoint: 1.0,
                        operand,
                        difference,
                    })
                })?;
        }
    }
    Ok(())
}

/// Checks every contribution of `operation` at `operands` against a central difference, which is
/// loose, and independent of everything but the value. Where the slopes to the left and to the right
/// disagree there is a kink or a jump; `kinks` says whether such a point may be skipped.
///
/// # Errors
/// The first contribution that is wrong.
pub fn check_against_differences<O: Evaluate<f64>>(
    operation: &O,
    operands: &[f64],
    kinks: bool,
) -> Result<(), Box<WrongDerivative<f64>>> {
    const LOOSE: f64 = 1e-6;
    for (operand, &got) in contributions(operation, operands, 1.0).iter().enumerate() {
        // The step that balances rounding against the third derivative.
        let step = f64::EPSILON.cbrt() * operands[operand].abs().max(1.0);
        let shifted = |by: f64| {
            let mut operands = operands.to_vec();
            operands[operand] += by;
            operation.value(&operands)
        };
        let (left, middle, right) = (shifted(-step), shifted(0.0), shifted(step));
        let (fall, rise) = ((middle - left) / step, (right - middle) / step);
        let size = fall.abs().max(rise.abs()).max(middle.abs()).max(1.0);
        if kinks && (rise - fall).abs() > 1e-3 * size {
            continue;
        }
        let wanted = (right - left) / (2.0 * step);
        Tolerance::relative(LOOSE)
            .and_absolute(LOOSE * size)
            .check(got, wanted, wanted)
            .map_err(|difference| {
                Box::new(WrongDerivative {
                    operation: describe::<f64, O>(operation),
                    operands: operands.to_vec(),
                    adjoint: 1.0,
                    operand,
                    difference,
                })
            })?;
    }
    Ok(())
}

/// The name and configuration, as a listing has them.
fn describe<R, O: Evaluate<R>>(operation: &O) -> String {
    let configuration = operation
        .configuration()
        .map_or(String::new(), |text| format!("[{text}]"));
    format!("{}{configuration}", Operator::name(operation))
}
