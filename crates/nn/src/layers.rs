//! Adding layers and losses by name.

use crate::activation::{Activate, Activation};
use crate::combine::{ResidualError, residual};
use crate::linear::Linear;
use crate::losses::{
    BinaryCrossEntropy, BinaryCrossEntropyFromLogits, CategoricalCrossEntropy, Hinge, Huber,
    LossError, MeanAbsolute, MeanSquared, SoftmaxCrossEntropy, loss,
};
use crate::mlp::Mlp;
use crate::softmax::Softmax;
use crate::tied::{LinearParameters, SharedLinear, linear_parameters, linear_with};
use dagrad_graph::{Build, BuildError, Macro, NodeId};
use dagrad_ops::Op;

/// Adds a [`Linear`] layer and gives its outputs. `layer` is one, or just its number of outputs.
///
/// # Errors
/// Where the name is empty or taken in this scope, an input is no key of this graph, or there is none. A
/// layer without outputs is refused when it is expanded.
pub fn linear<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    inputs: &[NodeId],
    layer: impl Into<Linear>,
) -> Result<Vec<NodeId>, BuildError> {
    graph.add_macro(name, layer.into(), inputs)
}

/// Adds an [`Mlp`] and gives its outputs. `network` is one, or just the number of outputs of each layer.
///
/// # Errors
/// As [`linear`].
pub fn mlp<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    inputs: &[NodeId],
    network: impl Into<Mlp>,
) -> Result<Vec<NodeId>, BuildError> {
    graph.add_macro(name, network.into(), inputs)
}

/// Adds an [`Activation`] of each value and gives the activated values, in order.
///
/// # Errors
/// Where the name is empty or taken in this scope, a value is no key of this graph, or there is none.
pub fn activate<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    values: &[NodeId],
    activation: Activation,
) -> Result<Vec<NodeId>, BuildError> {
    graph.add_macro(name, Activate(activation), values)
}

/// Adds the [`Softmax`] of a list and gives the probabilities, in order.
///
/// # Errors
/// As [`activate`].
pub fn softmax<'n>(
    graph: &mut impl Build<Op>,
    name: impl Into<Option<&'n str>>,
    logits: &[NodeId],
) -> Result<Vec<NodeId>, BuildError> {
    graph.add_macro(name, Softmax, logits)
}

macro_rules! define_layers {
    ($($name:ident = $type:ident;)*) => {
        $(
            #[doc = concat!("Adds the loss [`", stringify!($type), "`], as it usually is; [`loss`] takes others.")]
            ///
            /// # Errors
            /// As [`loss`].
            pub fn $name<'n>(
                graph: &mut impl Build<Op>,
                name: impl Into<Option<&'n str>>,
                predictions: &[NodeId],
                targets: &[NodeId],
            ) -> Result<NodeId, LossError> {
                loss(graph, name, $type::default(), predictions, targets)
            }
        )*

        /// Adds layers and losses by name to whatever can be [added to](Build): a graph, or the expansion
        /// of a macro. Each method has the function of its name in this crate behind it.
        ///
        /// What is added is a macro, which [`expand`](dagrad_graph::Graph::expand) replaces by elementary
        /// operations. Its name, which may be left out, becomes part of the scope path of what it expands
        /// into.
        pub trait GraphLayers: Build<Op> + Sized {
            /// Adds a [`Linear`] layer: see [`linear`].
            ///
            /// # Errors
            /// As [`linear`].
            fn linear<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                inputs: &[NodeId],
                layer: impl Into<Linear>,
            ) -> Result<Vec<NodeId>, BuildError> {
                linear(self, name, inputs, layer)
            }

            /// Adds an [`Mlp`]: see [`mlp`].
            ///
            /// # Errors
            /// As [`linear`].
            fn mlp<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                inputs: &[NodeId],
                network: impl Into<Mlp>,
            ) -> Result<Vec<NodeId>, BuildError> {
                mlp(self, name, inputs, network)
            }

            /// Adds an [`Activation`] of each value: see [`activate`].
            ///
            /// # Errors
            /// As [`activate`].
            fn activate<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                values: &[NodeId],
                activation: Activation,
            ) -> Result<Vec<NodeId>, BuildError> {
                activate(self, name, values, activation)
            }

            /// Adds the [`Softmax`] of a list: see [`softmax`].
            ///
            /// # Errors
            /// As [`activate`].
            fn softmax<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                logits: &[NodeId],
            ) -> Result<Vec<NodeId>, BuildError> {
                softmax(self, name, logits)
            }

            /// Adds parameters for layers to share: see [`linear_parameters`].
            ///
            /// # Errors
            /// As [`linear_parameters`].
            fn linear_parameters<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                parameters: LinearParameters,
            ) -> Result<SharedLinear, BuildError> {
                linear_parameters(self, name, parameters)
            }

            /// Adds a layer that computes with shared parameters: see [`linear_with`].
            ///
            /// # Errors
            /// As [`linear_with`].
            fn linear_with<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                shared: &SharedLinear,
                inputs: &[NodeId],
            ) -> Result<Vec<NodeId>, BuildError> {
                linear_with(self, name, shared, inputs)
            }

            /// Adds to each input what a branch made of the inputs: see [`residual`].
            ///
            /// # Errors
            /// As [`residual`].
            fn residual(
                &mut self,
                inputs: &[NodeId],
                branch: &[NodeId],
            ) -> Result<Vec<NodeId>, ResidualError> {
                residual(self, inputs, branch)
            }

            /// Adds a loss of predictions and as many targets: see [`loss`].
            ///
            /// # Errors
            /// As [`loss`].
            fn loss<'n>(
                &mut self,
                name: impl Into<Option<&'n str>>,
                loss_: impl Macro<Op> + 'static,
                predictions: &[NodeId],
                targets: &[NodeId],
            ) -> Result<NodeId, LossError> {
                loss(self, name, loss_, predictions, targets)
            }

            $(
                #[doc = concat!("Adds the loss [`", stringify!($type), "`], as it usually is.")]
                ///
                /// # Errors
                /// As [`loss`].
                fn $name<'n>(
                    &mut self,
                    name: impl Into<Option<&'n str>>,
                    predictions: &[NodeId],
                    targets: &[NodeId],
                ) -> Result<NodeId, LossError> {
                    $name(self, name, predictions, targets)
                }
            )*
        }

        impl<B: Build<Op>> GraphLayers for B {}
    };
}

define_layers! {
    mean_squared = MeanSquared;
    mean_absolute = MeanAbsolute;
    huber = Huber;
    hinge = Hinge;
    binary_cross_entropy = BinaryCrossEntropy;
    binary_cross_entropy_from_logits = BinaryCrossEntropyFromLogits;
    categorical_cross_entropy = CategoricalCrossEntropy;
    softmax_cross_entropy = SoftmaxCrossEntropy;
}
