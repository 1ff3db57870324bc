//! From a graph to a program in one step, for what is wanted most often.

use crate::error::CompileError;
use crate::layout::Layout;
use crate::program::{Options, Program};
use crate::scalar::ProgramScalar;
use dagrad_graph::{Graph, NodeId};
use dagrad_ops::Op;
use dagrad_tape::{Variables, differentiate_mean, lower, lower_outputs, mean_output};

impl<S: ProgramScalar> Program<S> {
    /// Compiles the outputs of `graph`, under their names: each has a value for each of its nodes and each sample.
    ///
    /// # Errors
    /// As [`compile`](Self::compile), and where an output needs a macro that is not expanded.
    pub fn of_outputs(
        graph: &Graph<Op>,
        layout: &Layout,
        options: Options,
    ) -> Result<Self, CompileError> {
        Self::compile(&lower_outputs(graph)?, layout, options)
    }

    /// Compiles a node of `graph` as a loss. The program has three outputs: `loss`, for each sample; and once for each
    /// run, over all samples by their weights, `mean`, and `gradient`, the mean's derivatives by all parameters in
    /// declared order: what [`step`](Self::step) takes.
    ///
    /// # Errors
    /// As [`compile`](Self::compile), and where `loss` is no key of this graph or needs a macro that is not expanded.
    pub fn of_loss(
        graph: &Graph<Op>,
        loss: NodeId,
        layout: &Layout,
        options: Options,
    ) -> Result<Self, CompileError> {
        let tape = mean_output(&lower(graph, &[("loss", &[loss])])?, "loss", "mean")?;
        let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient")?;
        Self::compile(&tape, layout, options)
    }
}
