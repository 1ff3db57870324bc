//! The linear layer, whose parts are shared with the layer that has its parameters elsewhere.

use crate::configuration::{Configured, Settings, Written};
use crate::initializer::{Fans, Initializer};
use dagrad_graph::{Arity, BuildError, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::{GraphOperations as _, Op};

/// A linear layer of n inputs and m outputs: `yⱼ = wⱼ₀·x₀ + … + wⱼ,ₙ₋₁·xₙ₋₁ + bⱼ`, one sum for each output,
/// the weights first and the bias last.
///
/// With one output it has the parameters of the tutorial's `Linear(input)`, |inputs| + 1 of them, called
/// `w0`, `w1`, …, `b`, in the scope that the layer names. With several, output j is a scope of its own:
/// `hidden.2.w0`, `hidden.2.b`.
///
/// Initial values are uniform in −1 … 1, as in the tutorial, unless it is told otherwise.
///
/// Its text is `linear[m]`, followed by `weights=…` and `bias=…` where they are not the usual ones:
/// `linear[3 weights=xavier_uniform bias=none]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    outputs: usize,
    own: OwnParameters,
}

impl Linear {
    /// A layer of `outputs` outputs, at least one.
    #[must_use]
    pub fn new(outputs: usize) -> Self {
        Self {
            outputs,
            own: OwnParameters::default(),
        }
    }

    /// The same layer with weights that start as `weights` says.
    #[must_use]
    pub fn weights(mut self, weights: Initializer) -> Self {
        self.own.weights = weights;
        self
    }

    /// The same layer with biases that start as `bias` says.
    #[must_use]
    pub fn bias(mut self, bias: Initializer) -> Self {
        self.own.bias = Some(bias);
        self
    }

    /// The same layer without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.own.bias = None;
        self
    }

    pub(crate) fn with(outputs: usize, own: OwnParameters) -> Self {
        Self { outputs, own }
    }
}

impl From<usize> for Linear {
    /// A layer of so many outputs.
    fn from(outputs: usize) -> Self {
        Self::new(outputs)
    }
}

impl Configured for Linear {
    const NAME: &'static str = "linear";
    const WANTED: &'static str = "a number of outputs in brackets, and `weights=` and `bias=` an \
                                  initialiser or `bias=none`, as in `linear[3 weights=xavier_uniform bias=none]`";

    fn write(&self, to: &mut Written) {
        to.word(self.outputs);
        self.own.write(to);
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        Some(Self::with(from.word()?, OwnParameters::read(from)?))
    }
}

impl Macro<Op> for Linear {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn configuration(&self) -> Option<String> {
        self.in_brackets()
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn ports(&self, _: usize) -> usize {
        self.outputs
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let fans = Fans {
            inputs: operands.len(),
            outputs: self.outputs,
        };
        let mut names = WeightNames::default();
        for_each_neuron(at, self.outputs, |at, _| {
            let neuron = self.own.declare(at, fans, &mut names)?;
            weighted_sum(at, &neuron.weights, neuron.bias, operands)
        })
    }
}

/// How the parameters of a layer start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct OwnParameters {
    pub(crate) weights: Initializer,
    /// None where there are no biases.
    pub(crate) bias: Option<Initializer>,
}

impl Default for OwnParameters {
    fn default() -> Self {
        Self {
            weights: Initializer::default(),
            bias: Some(Initializer::default()),
        }
    }
}

impl OwnParameters {
    pub(crate) fn write(&self, to: &mut Written) {
        let usual = Initializer::default();
        to.pair_unless("weights", &self.weights, &usual);
        match self.bias {
            Some(bias) => to.pair_unless("bias", &bias, &usual),
            None => to.pair("bias", "none"),
        };
    }

    pub(crate) fn read(from: &mut Settings<'_>) -> Option<Self> {
        let usual = Initializer::default();
        Some(Self {
            weights: from.pair("weights", usual)?,
            bias: match from.text("bias") {
                None => Some(usual),
                Some("none") => None,
                Some(text) => Some(text.parse().ok()?),
            },
        })
    }

    /// Declares the parameters of one neuron in the current scope: `w0`, `w1`, …, `b`.
    pub(crate) fn declare(
        &self,
        at: &mut Expansion<'_, Op>,
        fans: Fans,
        names: &mut WeightNames,
    ) -> Result<Neuron, BuildError> {
        let mut declare = |name: &str, initializer: Initializer| {
            at.drawn_parameter(name, |random| initializer.draw(fans, random))
        };
        let weights = (0..fans.inputs).map(|i| declare(names.get(i), self.weights));
        Ok(Neuron {
            weights: weights.collect::<Result<_, _>>()?,
            bias: self.bias.map(|bias| declare("b", bias)).transpose()?,
        })
    }
}

/// `w0`, `w1`, …: written once for all outputs of a layer, and no further than they are asked for, since
/// the number of inputs may come from a text.
#[derive(Debug, Default)]
pub(crate) struct WeightNames(Vec<String>);

impl WeightNames {
    fn get(&mut self, number: usize) -> &str {
        for next in self.0.len()..=number {
            self.0.push(format!("w{next}"));
        }
        &self.0[number]
    }
}

/// The parameters of one output of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Neuron {
    pub(crate) weights: Vec<NodeId>,
    pub(crate) bias: Option<NodeId>,
}

/// Builds each output of a layer: a single one in the layer's own scope, each of several in a scope that
/// is called after its number.
pub(crate) fn for_each_neuron<T>(
    at: &mut Expansion<'_, Op>,
    outputs: usize,
    mut build: impl FnMut(&mut Expansion<'_, Op>, usize) -> Result<T, BuildError>,
) -> Result<Vec<T>, MacroError> {
    match outputs {
        0 => Err(MacroError::Refused(
            "a layer has at least one output".to_owned(),
        )),
        1 => Ok(vec![build(at, 0)?]),
        _ => {
            let neurons = (0..outputs).map(|j| at.within(&j.to_string(), |at| build(at, j)));
            Ok(neurons.collect::<Result<_, _>>()?)
        }
    }
}

/// `add(mul(w0, x0), …, b)`: one sum, so that whoever looks for sums of products finds them.
pub(crate) fn weighted_sum(
    at: &mut Expansion<'_, Op>,
    weights: &[NodeId],
    bias: Option<NodeId>,
    inputs: &[NodeId],
) -> Result<NodeId, BuildError> {
    let mut terms = Vec::with_capacity(inputs.len() + 1);
    for (&weight, &input) in weights.iter().zip(inputs) {
        terms.push(at.mul(&[weight, input])?);
    }
    terms.extend(bias);
    at.add(&terms)
}
