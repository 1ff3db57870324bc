//! The multilayer perceptron: linear layers with activations between.

use crate::activation::{Activate, Activation};
use crate::configuration::{Configured, Settings, Written};
use crate::initializer::Initializer;
use crate::linear::{Linear, OwnParameters};
use dagrad_graph::{Arity, Build as _, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::Op;

/// Linear layers one after the other, an activation after each: n operands, as many ports as the last layer
/// has outputs.
///
/// Layer k is a [`Linear`] called `k`, so a weight is `net.0.5.w3`: network, layer, output, weight. The
/// activation that follows it lies in its scope, `net.0.relu`, so that another activation changes no weight.
///
/// The hidden layers are activated by `relu` and the last one not at all; initial values are uniform in
/// −1 … 1, as in the tutorial; unless it is told otherwise. A wide network had better start as
/// [`KaimingUniform`](Initializer::KaimingUniform), with biases of zero.
///
/// Its text is `mlp[16 16 1]`, followed by `hidden=…`, `output=…`, `weights=…` and `bias=…` where they are
/// not the usual ones: `mlp[8 3 hidden=tanh weights=xavier_normal bias=zeros]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    sizes: Vec<usize>,
    hidden: Activation,
    output: Activation,
    own: OwnParameters,
}

impl Mlp {
    /// A network whose layers have so many outputs each, from the first hidden layer to the last one; at
    /// least one layer, and at least one output in each.
    #[must_use]
    pub fn new(sizes: impl Into<Vec<usize>>) -> Self {
        Self {
            sizes: sizes.into(),
            hidden: Activation::Relu,
            output: Activation::Identity,
            own: OwnParameters::default(),
        }
    }

    /// The same network with this activation after each layer but the last.
    #[must_use]
    pub fn hidden(mut self, activation: Activation) -> Self {
        self.hidden = activation;
        self
    }

    /// The same network with this activation after the last layer.
    #[must_use]
    pub fn output(mut self, activation: Activation) -> Self {
        self.output = activation;
        self
    }

    /// The same network with weights that start as `weights` says.
    #[must_use]
    pub fn weights(mut self, weights: Initializer) -> Self {
        self.own.weights = weights;
        self
    }

    /// The same network with biases that start as `bias` says.
    #[must_use]
    pub fn bias(mut self, bias: Initializer) -> Self {
        self.own.bias = Some(bias);
        self
    }

    /// The same network without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.own.bias = None;
        self
    }
}

impl<const N: usize> From<[usize; N]> for Mlp {
    /// A network whose layers have so many outputs each.
    fn from(sizes: [usize; N]) -> Self {
        Self::new(sizes)
    }
}

impl From<&[usize]> for Mlp {
    /// A network whose layers have so many outputs each.
    fn from(sizes: &[usize]) -> Self {
        Self::new(sizes)
    }
}

impl Configured for Mlp {
    const NAME: &'static str = "mlp";
    const WANTED: &'static str = "the number of outputs of each layer in brackets, and `hidden=` and \
                                  `output=` an activation, `weights=` and `bias=` an initialiser or \
                                  `bias=none`, as in `mlp[8 3 hidden=tanh weights=xavier_normal]`";

    fn write(&self, to: &mut Written) {
        for size in &self.sizes {
            to.word(size);
        }
        to.pair_unless("hidden", &self.hidden, &Activation::Relu);
        to.pair_unless("output", &self.output, &Activation::Identity);
        self.own.write(to);
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        Some(Self {
            sizes: from.words()?,
            hidden: from.pair("hidden", Activation::Relu)?,
            output: from.pair("output", Activation::Identity)?,
            own: OwnParameters::read(from)?,
        })
    }
}

impl Macro<Op> for Mlp {
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
        self.sizes.last().copied().unwrap_or_default()
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        if self.sizes.is_empty() {
            let refusal = "a network has at least one layer";
            return Err(MacroError::Refused(refusal.to_owned()));
        }
        if self.sizes.contains(&0) {
            let refusal = "each layer of a network has at least one output";
            return Err(MacroError::Refused(refusal.to_owned()));
        }
        let mut values = operands.to_vec();
        for (layer, &size) in self.sizes.iter().enumerate() {
            let is_last = layer + 1 == self.sizes.len();
            let activation = if is_last { self.output } else { self.hidden };
            let name = layer.to_string();
            values = at.add_macro(name.as_str(), Linear::with(size, self.own), &values)?;
            if activation != Activation::Identity {
                let in_words = activation.to_string();
                let (in_words, _) = in_words.split_once('(').unwrap_or((&in_words, ""));
                values = at.within(&name, |at| {
                    at.add_macro(in_words, Activate(activation), &values)
                })?;
            }
        }
        Ok(values)
    }
}
