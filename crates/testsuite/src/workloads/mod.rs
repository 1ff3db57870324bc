//! Workloads: graphs with data, of the sizes at which engines are compared.
//!
//! Tests and benches use the same ones, so that what is timed is what is checked. Every number is drawn
//! from a seed of the workload's own, and is the same wherever it is built.
//!
//! | workload | in short |
//! |---|---|
//! | [`tiny`] | one expression of two inputs, at one point or many |
//! | [`moons`] | a small network that is told two half-moons apart, with a penalty on its weights |
//! | [`digits`] | a network for images of digits, real ones |
//! | [`wide`](wide()) | a network with a wide input |
//! | [`irregular`] | a thousand neurons without layers |
//! | [`latency`] | networks of which one prediction is wanted at once |
//! | [`pruned`] | a layered network of which a tenth of the edges is left |
//! | [`population`] | a thousand small graphs, each of a form of its own |
//! | [`large`] | graphs of as many nodes as one likes, for what compiling costs |

pub mod digits;
pub mod irregular;
pub mod large;
pub mod latency;
pub mod moons;
pub mod population;
pub mod pruned;
pub mod tiny;
pub mod wide;

mod draw;

pub use wide::wide;

use dagrad_graph::{BuildError, ExpandError, Graph, NameError, OutputError};
use dagrad_nn::LossError;
use dagrad_ops::{Op, ScopeError};

/// A graph, the samples that it runs over, and what is wanted of them.
#[derive(Debug)]
pub struct Workload {
    /// The name of the group that a bench reports it in.
    pub name: String,
    /// The graph, expanded.
    pub graph: Graph<Op>,
    /// The output that is wanted. Where derivatives are wanted, it is one number.
    pub output: &'static str,
    /// What is wanted of it.
    pub wanted: Wanted,
    /// What it is computed in.
    pub precision: Precision,
    /// The number of samples.
    pub rows: usize,
    /// `rows` × the number of features, row-major. They are numbers of the [precision](Self::precision).
    pub features: Vec<f64>,
    /// `rows` × the number of targets, row-major.
    pub targets: Vec<f64>,
}

/// What is computed of an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    /// Its values, for each sample.
    Values,
    /// Its value and its derivatives by all features, for each sample.
    GradientByFeatures,
    /// The means over the samples of its value and of its derivatives by all parameters.
    GradientByParameters,
    /// The same, and a step of gradient descent at this rate.
    Step(f64),
}

/// The scalar type that a workload is computed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `f32`.
    Single,
    /// `f64`.
    Double,
}

impl Workload {
    /// The number of features of a sample.
    #[must_use]
    pub fn feature_count(&self) -> usize {
        self.graph.features().count()
    }

    /// The number of targets of a sample.
    #[must_use]
    pub fn target_count(&self) -> usize {
        self.graph.targets().count()
    }

    /// The values that parameters start from, in declared order.
    #[must_use]
    pub fn parameters(&self) -> Vec<f64> {
        let graph = &self.graph;
        let values = graph
            .parameters()
            .filter_map(|id| graph.parameter_value(id).ok());
        values.collect()
    }
}

/// Why a workload could not be built: none of it should ever happen.
#[derive(Debug, thiserror::Error)]
pub enum WorkloadError {
    /// A node could not be added.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// A leaf could not be added.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A formula could not be added.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// A loss could not be added.
    #[error(transparent)]
    Loss(#[from] LossError),
    /// A macro could not be expanded.
    #[error(transparent)]
    Expand(#[from] ExpandError),
    /// An output could not be added.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A line of the data cannot be read.
    #[error("line {line} of the data is not {columns} numbers")]
    Data {
        /// Which line, counted from 1.
        line: usize,
        /// How many numbers it should have.
        columns: usize,
    },
}
