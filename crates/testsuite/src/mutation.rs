//! Operations made wrong on purpose, which a check has to find.

use dagrad_graph::{Arity, Evaluate, Operator};
use dagrad_ops::Real;

/// What is done to one contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// It is a billionth too large.
    Scaled,
    /// Its sign is wrong.
    Negated,
    /// It is missing.
    Dropped,
    /// The adjoint is contributed where nothing belongs.
    Added,
}

impl Mutation {
    /// What can go wrong with a contribution, or with the lack of one.
    #[must_use]
    pub fn possible(contributes: bool) -> &'static [Self] {
        if contributes {
            &[Self::Scaled, Self::Negated, Self::Dropped]
        } else {
            &[Self::Added]
        }
    }
}

/// An operation with one wrong contribution.
#[derive(Clone, Debug)]
pub struct Mutant<O> {
    /// The operation as it should be.
    pub original: O,
    /// The position of the operand whose contribution is wrong.
    pub operand: usize,
    /// What is wrong with it.
    pub mutation: Mutation,
}

impl<O: Operator> Operator for Mutant<O> {
    fn arity(&self) -> Arity {
        self.original.arity()
    }

    fn name(&self) -> &str {
        self.original.name()
    }
}

impl<R: Real, O: Evaluate<R>> Evaluate<R> for Mutant<O> {
    fn value(&self, operands: &[R]) -> R {
        self.original.value(operands)
    }

    fn contributes(&self, operand: usize) -> bool {
        if operand != self.operand {
            return self.original.contributes(operand);
        }
        match self.mutation {
            Mutation::Scaled | Mutation::Negated | Mutation::Added => true,
            Mutation::Dropped => false,
        }
    }

    fn contributions(&self, operands: &[R], value: R, adjoint: R, contributions: &mut [R]) {
        self.original
            .contributions(operands, value, adjoint, contributions);
        if let Some(contribution) = contributions.get_mut(self.operand) {
            *contribution = match self.mutation {
                Mutation::Scaled => *contribution * R::lit(1.0 + 1e-9),
                Mutation::Negated => -*contribution,
                Mutation::Dropped => R::lit(0.0),
                Mutation::Added => adjoint,
            };
        }
    }
}
