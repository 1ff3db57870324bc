//! How much work a program is, as far as its instructions tell: enough to say what is worth another thread.

use crate::report::flops;
use dagrad_tape::{Class, Code, Tape};

/// The work of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// The floating-point operations of a sample, functions counted as what they take.
    per_sample: usize,
}

/// The least work of a block, in operations times the bytes of a number: a tenth of a millisecond, or a few of these, in
/// which a thread that sleeps is woken and its sums are joined many times.
const LEAST: usize = 1 << 25;

/// How many operations a block has at least for each of its sums. To join a sum takes as long as some ten
/// operations, since it comes from a further cache, and may take a hundredth of what all of them do.
const OPERATIONS_PER_SUM: usize = 1600;

/// More blocks would make no batch faster.
const MOST: usize = 256;

/// What an instruction of the strict mode takes: operations of its scalar loops, counted by the vector.
const STRICT: usize = 8;

impl Work {
    pub(crate) fn of(tape: &Tape) -> Self {
        let of_samples = tape.instructions().zip(tape.slots());
        let work = of_samples
            .filter(|(instruction, _)| {
                instruction.class() == Class::PerSample || instruction.code() == Code::Mean
            })
            .map(|(instruction, slot)| {
                let code = instruction.code();
                flops(code, tape.operands(slot).len()) * weight(code)
            });
        Self {
            per_sample: work.sum(),
        }
    }

    /// How many blocks so many samples are worth, where each has so many sums.
    ///
    /// It is a power of two, so that most numbers of threads have as many each.
    pub(crate) fn blocks<S>(&self, samples: usize, sums: usize) -> usize {
        let work = self.per_sample.saturating_mul(samples);
        let by_work = work.saturating_mul(size_of::<S>()) / LEAST;
        let by_sums = work / OPERATIONS_PER_SUM / sums.max(1);
        let blocks = by_work.min(by_sums).clamp(1, MOST);
        1 << blocks.ilog2()
    }

    /// How many blocks of 64 samples a thread takes at a time in the strict mode.
    pub(crate) fn chunk(&self) -> usize {
        let block = self.per_sample.max(1).saturating_mul(64 * 8 * STRICT);
        LEAST.div_ceil(block)
    }
}

/// How many operations an operation is, about: functions are polynomials and divisions.
fn weight(code: Code) -> usize {
    match code {
        Code::Input | Code::Parameter | Code::Constant | Code::Mean => 1,
        Code::Fma | Code::Dot | Code::Add | Code::Sub | Code::Mul | Code::Neg => 1,
        Code::Min | Code::Max | Code::Square | Code::Powi => 1,
        Code::Relu | Code::Abs | Code::Select | Code::StopGradient => 1,
        Code::Lt | Code::Le | Code::Gt | Code::Ge | Code::Eq | Code::Ne => 1,
        Code::Div | Code::Recip | Code::Sqrt => 4,
        Code::LogSumExp => 8,
        Code::Exp | Code::Expm1 | Code::Ln | Code::Log1p | Code::Erf | Code::Pow => 16,
        Code::Sin | Code::Cos | Code::Tan | Code::Asin | Code::Acos | Code::Atan => 16,
        Code::Atan2 | Code::Sinh | Code::Cosh | Code::Tanh | Code::Sigmoid | Code::Softplus => 16,
        // What a user operation does is not known, but it is called for each sample by itself.
        Code::Call | Code::CallPartial => 256,
    }
}
