//! Weight tying: parameters declared in one place and used by several layers.

use crate::configuration::{Configured, Settings, Written};
use crate::initializer::{Fans, Initializer};
use crate::linear::{OwnParameters, WeightNames, for_each_neuron, weighted_sum};
use dagrad_graph::{Arity, Build, BuildError, Expansion, Macro, MacroError, NodeId};
use dagrad_ops::Op;

/// The parameters of a [`Linear`](crate::Linear) layer, without the layer: no operands, and for each output
/// its weights and then its bias as ports. [`LinearWith`] computes with them, as often as wanted.
///
/// Names, scopes and draws are those that a `Linear` of this name would have.
///
/// Its text is `linear_parameters[inputs=4 outputs=3]`, followed by `weights=…` and `bias=…` where they are
/// not the usual ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearParameters {
    fans: Fans,
    own: OwnParameters,
}

impl LinearParameters {
    /// The parameters of a layer of `inputs` inputs and `outputs` outputs, at least one of each.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self {
            fans: Fans { inputs, outputs },
            own: OwnParameters::default(),
        }
    }

    /// The same with weights that start as `weights` says.
    #[must_use]
    pub fn weights(mut self, weights: Initializer) -> Self {
        self.own.weights = weights;
        self
    }

    /// The same with biases that start as `bias` says.
    #[must_use]
    pub fn bias(mut self, bias: Initializer) -> Self {
        self.own.bias = Some(bias);
        self
    }

    /// The same without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.own.bias = None;
        self
    }

    /// The layer that computes with such parameters.
    #[must_use]
    pub fn layer(&self) -> LinearWith {
        LinearWith {
            fans: self.fans,
            has_bias: self.own.bias.is_some(),
        }
    }
}

impl Configured for LinearParameters {
    const NAME: &'static str = "linear_parameters";
    const WANTED: &'static str = "the numbers of inputs and outputs in brackets, and `weights=` and \
                                  `bias=` an initialiser or `bias=none`, as in \
                                  `linear_parameters[inputs=4 outputs=3 bias=zeros]`";

    fn write(&self, to: &mut Written) {
        write_fans(self.fans, to);
        self.own.write(to);
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        Some(Self {
            fans: read_fans(from)?,
            own: OwnParameters::read(from)?,
        })
    }
}

fn write_fans(fans: Fans, to: &mut Written) {
    to.pair("inputs", fans.inputs);
    to.pair("outputs", fans.outputs);
}

fn read_fans(from: &mut Settings<'_>) -> Option<Fans> {
    Some(Fans {
        inputs: from.text("inputs")?.parse().ok()?,
        outputs: from.text("outputs")?.parse().ok()?,
    })
}

impl Macro<Op> for LinearParameters {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn configuration(&self) -> Option<String> {
        self.in_brackets()
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(0)
    }

    fn ports(&self, _: usize) -> usize {
        self.layer().parameters()
    }

    fn expand(&self, at: &mut Expansion<'_, Op>, _: &[NodeId]) -> Result<Vec<NodeId>, MacroError> {
        if self.fans.inputs == 0 {
            let refusal = "a layer has at least one input";
            return Err(MacroError::Refused(refusal.to_owned()));
        }
        let mut names = WeightNames::default();
        let neurons = for_each_neuron(at, self.fans.outputs, |at, _| {
            self.own.declare(at, self.fans, &mut names)
        })?;
        let ports = neurons
            .into_iter()
            .flat_map(|neuron| neuron.weights.into_iter().chain(neuron.bias));
        Ok(ports.collect())
    }
}

/// A [`Linear`](crate::Linear) layer whose parameters are operands: first, for each output, its weights and
/// then its bias, as [`LinearParameters`] yields them; then the inputs. What a parameter of two layers is
/// contributed is the sum of what both contribute.
///
/// Parameters need not be parameters: any values will do, such as those that another network computes.
///
/// Its text is `linear_with[inputs=4 outputs=3]`, followed by `bias=none` where there are no biases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinearWith {
    fans: Fans,
    has_bias: bool,
}

impl LinearWith {
    /// A layer of `inputs` inputs and `outputs` outputs, at least one of each, with biases.
    #[must_use]
    pub fn new(inputs: usize, outputs: usize) -> Self {
        LinearParameters::new(inputs, outputs).layer()
    }

    /// The same layer without biases.
    #[must_use]
    pub fn without_bias(mut self) -> Self {
        self.has_bias = false;
        self
    }

    /// How many parameters there are for each output.
    fn stride(&self) -> usize {
        self.fans.inputs.saturating_add(usize::from(self.has_bias))
    }

    /// How many parameters there are.
    fn parameters(&self) -> usize {
        self.fans.outputs.saturating_mul(self.stride())
    }
}

impl Configured for LinearWith {
    const NAME: &'static str = "linear_with";
    const WANTED: &'static str = "the numbers of inputs and outputs in brackets, and `bias=none` where \
                                  there are none, as in `linear_with[inputs=4 outputs=3]`";

    fn write(&self, to: &mut Written) {
        write_fans(self.fans, to);
        if !self.has_bias {
            to.pair("bias", "none");
        }
    }

    fn read(from: &mut Settings<'_>) -> Option<Self> {
        let fans = read_fans(from)?;
        let has_bias = match from.text("bias") {
            None => true,
            Some("none") => false,
            Some(_) => return None,
        };
        Some(Self { fans, has_bias })
    }
}

impl Macro<Op> for LinearWith {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn configuration(&self) -> Option<String> {
        self.in_brackets()
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(self.parameters().saturating_add(self.fans.inputs))
    }

    fn ports(&self, _: usize) -> usize {
        self.fans.outputs
    }

    fn expand(
        &self,
        at: &mut Expansion<'_, Op>,
        operands: &[NodeId],
    ) -> Result<Vec<NodeId>, MacroError> {
        let (parameters, inputs) = operands
            .split_at_checked(self.parameters())
            .unwrap_or((operands, &[]));
        for_each_neuron(at, self.fans.outputs, |at, j| {
            let own = parameters.chunks(self.stride().max(1)).nth(j);
            let own = own.unwrap_or_default();
            let (weights, bias) = own.split_at_checked(self.fans.inputs).unwrap_or((own, &[]));
            weighted_sum(at, weights, bias.first().copied(), inputs)
        })
    }
}

/// Parameters that several layers share; see [`linear_parameters`].
#[derive(Clone, Debug)]
pub struct SharedLinear {
    layer: LinearWith,
    parameters: Vec<NodeId>,
}

impl SharedLinear {
    /// For each output its weights and then its bias.
    #[must_use]
    pub fn parameters(&self) -> &[NodeId] {
        &self.parameters
    }
}

/// Adds parameters for layers to share.
///
/// # Errors
/// Where the name is empty or taken in this scope.
pub fn linear_parameters<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    parameters: LinearParameters,
) -> Result<SharedLinear, BuildError> {
    Ok(SharedLinear {
        layer: parameters.layer(),
        parameters: graph.add_macro(name, parameters, &[])?,
    })
}

/// Adds a layer that computes with shared parameters, and gives its outputs.
///
/// ```
/// use dagrad_graph::Graph;
/// use dagrad_nn::{GraphLayers as _, LinearParameters};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut g = Graph::new();
/// let (left, right) = (g.feature("left")?, g.feature("right")?);
/// let shared = g.linear_parameters("eye", LinearParameters::new(1, 1))?;
/// let a = g.linear_with("a", &shared, &[left])?;
/// let b = g.linear_with("b", &shared, &[right])?;
/// g.add_output("both", &[a[0], b[0]])?;
/// g.expand(1)?;
/// assert_eq!(
///     g.listing().without_parameter_values().to_string(),
///     r#"dagrad graph 1
/// %0 = feature "left"
/// %1 = feature "right"
/// %2 = parameter _ "w0" in "eye"
/// %3 = parameter _ "b" in "eye"
/// %4 = mul(%2, %0) in "a"
/// %5 = add(%4, %3) in "a"
/// %6 = mul(%2, %1) in "b"
/// %7 = add(%6, %3) in "b"
/// output "both" = %5, %7
/// "#
/// );
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where the name is empty or taken in this scope, an input is no key of this graph, or their number is not
/// the one that the parameters are made for.
pub fn linear_with<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    shared: &SharedLinear,
    inputs: &[NodeId],
) -> Result<Vec<NodeId>, BuildError> {
    let operands = [shared.parameters(), inputs].concat();
    graph.add_macro(name, shared.layer, &operands)
}
