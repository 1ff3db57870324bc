//! The numbers that programs compute with.

use crate::kernels::Float;
use crate::vector::Element;
use dagrad_tape::TapeScalar;

/// A number that programs compute with: `f32` or `f64`, and no other.
#[expect(
    private_bounds,
    reason = "what kernels need of a number is theirs, so nobody else can add one"
)]
pub trait ProgramScalar: TapeScalar + Float + Element {}

impl ProgramScalar for f32 {}
impl ProgramScalar for f64 {}
