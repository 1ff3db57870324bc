//! The suite over backends that round differently, as fast programs will: within the bound they pass, beyond it they do
//! not. Sums and products are taken in another order, and functions are off by an ulp or so.
#![allow(clippy::unwrap_used, reason = "a failed check ends the test")]

use dagrad_graph::{Arity, Evaluate, Operator};
use dagrad_ops::{Op, Real};
use dagrad_testsuite::backend::{Agreement, Answer, Backend, Job, Refusal};
use dagrad_testsuite::check::check;
use dagrad_testsuite::number::Number;
use dagrad_testsuite::reference::sweep;
use dagrad_testsuite::strategies::{Shape, population};
use dagrad_testsuite::suite;
use dagrad_testsuite::translate::translate;
use std::marker::PhantomData;

suite! {
    reordered_f64 = Reordered::<f64>(0.0, PhantomData);
    reordered_f32 = Reordered::<f32>(0.0, PhantomData);
    inexact_f64 = Reordered::<f64>(3e-16, PhantomData);
    inexact_f32 = Reordered::<f32>(2e-7, PhantomData);
}

/// The reference sweeps with sums and products from right to left, and values of `exp` and `tanh` that are off by
/// this much of themselves.
struct Reordered<S>(f64, PhantomData<S>);

impl<S: Number> Backend for Reordered<S> {
    type Scalar = S;

    fn name(&self) -> String {
        format!("reordered {}, functions off by {}", S::NAME, self.0)
    }

    fn agreement(&self) -> Agreement {
        Agreement::Rounding(2.0)
    }

    fn declines(&self) -> &[(&'static str, &'static str)] {
        &[("cases::user_operation", "does not run")]
    }

    fn run(&self, job: &Job<'_, S>) -> Result<Vec<Answer<S>>, Refusal> {
        let part = |op: &Op| Part(op.clone(), self.0);
        let (graph, keys) = translate(job.graph, part).map_err(Refusal::Failed)?;
        sweep(&graph, &job.renamed(&keys))
    }
}

#[derive(Clone)]
struct Part(Op, f64);

impl Operator for Part {
    fn arity(&self) -> Arity {
        self.0.arity()
    }

    fn name(&self) -> &str {
        self.0.name()
    }
}

impl<R: Real> Evaluate<R> for Part {
    fn supports_scalar(&self) -> bool {
        !matches!(self.0, Op::User(_))
    }

    fn value(&self, operands: &[R]) -> R {
        let mut reversed = operands.to_vec();
        reversed.reverse();
        match &self.0 {
            Op::Add | Op::Mul => self.0.value(&reversed),
            Op::Exp | Op::Tanh => self.0.value(operands) * R::lit(1.0 + self.1),
            op => op.value(operands),
        }
    }

    fn contributes(&self, operand: usize) -> bool {
        self.0.contributes(operand)
    }

    fn contributions(&self, operands: &[R], value: R, adjoint: R, contributions: &mut [R]) {
        self.0
            .contributions(operands, value, adjoint, contributions);
    }
}

#[test]
fn what_is_wrong_by_more_than_rounding_is_noticed() {
    fn noticed<S: Number>(off: f64) -> bool {
        let backend = Reordered::<S>(off, PhantomData);
        let graphs = population(Shape::SMALL, 6, 300);
        graphs
            .iter()
            .any(|problem| check(&backend, problem).is_err())
    }
    assert!(noticed::<f64>(1e-14) && noticed::<f32>(1e-5));
    assert!(!noticed::<f64>(1e-16) && !noticed::<f32>(1e-8));
}
