//! Macros as random graphs have them: small networks, and macros in macros.
//!
//! They are the suite's own, so that it tests what an expansion does and not what layers there are. Whatever their
//! operands are, their values are bounded, or as large as the operands.

use dagrad_graph::{Arity, Build, BuildError, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::{GraphOperations, Op};
use proptest::prelude::*;

/// A macro of one operand or more.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Block {
    /// So many values, each the tanh of a sum that every operand is in, with parameters of its own.
    Dense(usize),
    /// As many values as operands, positive and with the sum 1.
    Softmax,
    /// Each operand, halved, plus its value in a dense block, or in a residual one, so many macros deep.
    Residual(usize),
    /// Each operand times one parameter; then the first of these again, and an operand as it is.
    Tied,
}

impl Block {
    pub(crate) fn strategy() -> impl Strategy<Value = Self> {
        prop_oneof![
            (1..=3_usize).prop_map(Self::Dense),
            Just(Self::Softmax),
            (1..=3_usize).prop_map(Self::Residual),
            Just(Self::Tied),
        ]
    }
}

impl Macro<Op> for Block {
    fn name(&self) -> &str {
        match self {
            Self::Dense(_) => "dense",
            Self::Softmax => "softmax",
            Self::Residual(_) => "residual",
            Self::Tied => "tied",
        }
    }

    fn configuration(&self) -> Option<String> {
        match self {
            Self::Dense(number) | Self::Residual(number) => Some(number.to_string()),
            Self::Softmax | Self::Tied => None,
        }
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn ports(&self, operands: usize) -> usize {
        match self {
            Self::Dense(outputs) => *outputs,
            Self::Softmax | Self::Residual(_) => operands,
            Self::Tied => operands + 2,
        }
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let values: Result<Vec<_>, BuildError> = match *self {
            Self::Dense(outputs) => (0..outputs)
                .map(|number| at.within(&number.to_string(), |at| neuron(at, operands)))
                .collect(),
            Self::Softmax => {
                let sum = at.log_sum_exp(operands)?;
                let share = |&x: &NodeId| {
                    let exponent = at.sub(x, sum)?;
                    at.exp(exponent)
                };
                operands.iter().map(share).collect()
            }
            Self::Residual(depth) => {
                let inner = match depth.checked_sub(1) {
                    None | Some(0) => {
                        at.add_macro("inner", Self::Dense(operands.len()), operands)?
                    }
                    Some(depth) => at.add_macro("inner", Self::Residual(depth), operands)?,
                };
                let half = at.constant(0.5)?;
                let sum = |(&x, y): (&NodeId, NodeId)| {
                    let x = at.mul(&[x, half])?;
                    at.add(&[x, y])
                };
                operands.iter().zip(inner).map(sum).collect()
            }
            Self::Tied => {
                let factor = weight(at, "factor")?;
                let products = operands.iter().map(|&x| at.mul(&[x, factor]));
                let mut values = products.collect::<Result<Vec<_>, _>>()?;
                values.extend([values[0], operands[operands.len() - 1]]);
                Ok(values)
            }
        };
        Ok(values?)
    }
}

/// The tanh of a weighted sum with a bias.
fn neuron(at: &mut Expansion<'_, Op>, operands: &[NodeId]) -> Result<NodeId, BuildError> {
    let mut terms = Vec::with_capacity(operands.len() + 1);
    for (number, &x) in operands.iter().enumerate() {
        let w = weight(at, &format!("w{number}"))?;
        terms.push(at.mul(&[w, x])?);
    }
    terms.push(weight(at, "b")?);
    let sum = at.add(&terms)?;
    at.tanh(sum)
}

/// A parameter of sixteenths within ±½, which `f32` has too.
fn weight(at: &mut Expansion<'_, Op>, name: &str) -> Result<NodeId, BuildError> {
    at.drawn_parameter(name, |random| {
        let sixteenths = u8::try_from(random.next_u32() >> 28).unwrap_or(8);
        f64::from(sixteenths) / 16.0 - 0.5
    })
}
