//! A backend that is wrong on purpose, so that the suite can be seen to notice.

use crate::backend::{Agreement, Answer, Backend, Job, Refusal};
use crate::mutation::{Mutant, Mutation};
use crate::reference::sweep;
use crate::translate::translate;
use dagrad_graph::{Arity, Evaluate, Operator};
use dagrad_ops::{Op, Real};

/// The reference sweeps in `f64`, in which one contribution of one operation is wrong.
#[derive(Clone, Debug)]
pub struct Sabotaged {
    /// The operation.
    pub operation: Op,
    /// The operand whose contribution is wrong.
    pub operand: usize,
    /// What is wrong with it.
    pub mutation: Mutation,
}

impl Backend for Sabotaged {
    type Scalar = f64;

    fn name(&self) -> String {
        format!("{self:?}")
    }

    fn agreement(&self) -> Agreement {
        Agreement::Bits
    }

    fn run(&self, job: &Job<'_, f64>) -> Result<Vec<Answer<f64>>, Refusal> {
        let (graph, keys) = translate(job.graph, |op| self.part(op)).map_err(Refusal::Failed)?;
        sweep(&graph, &job.renamed(&keys))
    }
}

impl Sabotaged {
    fn part(&self, op: &Op) -> Part {
        if *op == self.operation {
            let Self {
                operand, mutation, ..
            } = *self;
            Part::Broken(Mutant {
                original: op.clone(),
                operand,
                mutation,
            })
        } else {
            Part::Sound(op.clone())
        }
    }
}

/// An operation, as it should be or not.
#[derive(Clone, Debug)]
enum Part {
    Sound(Op),
    Broken(Mutant<Op>),
}

impl Operator for Part {
    fn arity(&self) -> Arity {
        match self {
            Self::Sound(op) => op.arity(),
            Self::Broken(mutant) => mutant.arity(),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Sound(op) => op.name(),
            Self::Broken(mutant) => mutant.name(),
        }
    }
}

impl<R: Real> Evaluate<R> for Part {
    fn value(&self, operands: &[R]) -> R {
        match self {
            Self::Sound(op) => op.value(operands),
            Self::Broken(mutant) => mutant.value(operands),
        }
    }

    fn contributes(&self, operand: usize) -> bool {
        match self {
            Self::Sound(op) => op.contributes(operand),
            Self::Broken(mutant) => Evaluate::<R>::contributes(mutant, operand),
        }
    }

    fn contributions(&self, operands: &[R], value: R, adjoint: R, contributions: &mut [R]) {
        match self {
            Self::Sound(op) => op.contributions(operands, value, adjoint, contributions),
            Self::Broken(mutant) => mutant.contributions(operands, value, adjoint, contributions),
        }
    }
}
