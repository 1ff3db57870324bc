//! What a parser has to know to read the macros of this crate.

use crate::activation::Activate;
use crate::configuration::register;
use crate::linear::Linear;
use crate::losses::{
    BinaryCrossEntropy, BinaryCrossEntropyFromLogits, CategoricalCrossEntropy, Hinge, Huber,
    MeanAbsolute, MeanSquared, SoftmaxCrossEntropy,
};
use crate::mlp::Mlp;
use crate::softmax::Softmax;
use crate::tied::{LinearParameters, LinearWith};
use dagrad_graph::Registry;
use dagrad_ops::Op;

/// The operations of `dagrad-ops` and the macros of this crate.
///
/// ```
/// use dagrad_graph::Graph;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = r#"dagrad graph 1
/// %0 = feature "x"
/// %1 = macro mlp[8 1 hidden=tanh](%0) "net"
/// %2 = port[0](%1)
/// output "y" = %2
/// "#;
/// let g = Graph::parse(text, &dagrad_nn::registry())?;
/// assert_eq!(g.to_string(), text);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn registry() -> Registry<Op> {
    let mut registry = Registry::new();
    for add in [
        register::<Linear>,
        register::<LinearParameters>,
        register::<LinearWith>,
        register::<Activate>,
        register::<Mlp>,
        register::<Softmax>,
        register::<MeanSquared>,
        register::<MeanAbsolute>,
        register::<Huber>,
        register::<Hinge>,
        register::<BinaryCrossEntropy>,
        register::<BinaryCrossEntropyFromLogits>,
        register::<CategoricalCrossEntropy>,
        register::<SoftmaxCrossEntropy>,
    ] {
        registry = add(registry);
    }
    registry
}
