//! Problems: what a backend is given, apart from the scalar type.

use crate::backend::Job;
use dagrad_graph::{Graph, NodeId, Scalar};
use dagrad_ops::Op;
use std::fmt;

/// A graph, the samples to run it on, and what is known beforehand of the answers.
#[derive(Clone)]
pub struct Problem {
    /// What complaints call it.
    pub name: String,
    /// The graph, with at least one output.
    pub graph: Graph<Op>,
    /// At least one sample.
    pub samples: Vec<Sample<f64>>,
    /// The adjoint that the reverse sweep starts from at each node of each output, in order.
    pub seeds: Vec<f64>,
    /// What is known of the answer to each sample, from elsewhere; samples beyond the list have
    /// nothing known of them.
    pub expected: Vec<Expected>,
    /// How near the expected numbers are.
    pub precision: Precision,
    /// Whether derivatives, differences and bounds are checked beside the agreement with the reference
    /// sweeps. Where functions overflow or have infinite slopes they say nothing.
    pub oracles: bool,
}

/// The inputs of one row of data.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample<S> {
    /// The features, in declared order.
    pub features: Vec<S>,
    /// The targets, in declared order.
    pub targets: Vec<S>,
}

/// What is known of an answer; none where nothing is.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// The values of the outputs' nodes.
    pub values: Option<Vec<f64>>,
    /// The gradient by inputs and parameters.
    pub gradient: Option<Vec<f64>>,
}

/// How near the answers have to be to what is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Within what rounding errors can amount to.
    Rounding,
    /// The same bits, in every scalar type, from backends that promise the reference's bits; from others
    /// within rounding errors.
    Exact,
}

impl Problem {
    /// A problem of which nothing is known beforehand, seeded with 1 at every node of every output.
    #[must_use]
    pub fn new(name: impl Into<String>, graph: Graph<Op>, samples: Vec<Sample<f64>>) -> Self {
        let seeds = graph
            .outputs()
            .flat_map(|(_, nodes)| nodes.into_iter().map(|_| 1.0))
            .collect();
        Self {
            name: name.into(),
            graph,
            samples,
            seeds,
            expected: Vec::new(),
            precision: Precision::Rounding,
            oracles: true,
        }
    }

    /// The nodes of all outputs, in order: a node in two outputs is there twice.
    #[must_use]
    pub fn outputs(&self) -> Vec<NodeId> {
        self.graph.outputs().flat_map(|(_, nodes)| nodes).collect()
    }

    /// What gradients are taken by: inputs, then parameters, each in declared order.
    #[must_use]
    pub fn variables(&self) -> Vec<NodeId> {
        self.graph.inputs().chain(self.graph.parameters()).collect()
    }

    /// Whether every operation runs over `R`. A user operation runs over `f64` only.
    #[must_use]
    pub fn has_user_operations(&self) -> bool {
        self.operations().any(|op| matches!(op, Op::User(_)))
    }

    /// The operation of each node that has one, in canonical order.
    pub fn operations(&self) -> impl Iterator<Item = Op> {
        let order = self.graph.canonical_order();
        let nodes: Vec<_> = order.iter().collect();
        nodes
            .into_iter()
            .filter_map(|id| match self.graph.kind(id) {
                Ok(dagrad_graph::Kind::Operation(op)) => Some(op.clone()),
                Ok(_) | Err(_) => None,
            })
    }

    /// The problem in the scalar type `S`.
    #[must_use]
    pub fn job<S: Scalar>(&self) -> Job<'_, S> {
        let list = |numbers: &[f64]| numbers.iter().copied().map(S::from_f64).collect();
        let samples = self.samples.iter().map(|sample| Sample {
            features: list(&sample.features),
            targets: list(&sample.targets),
        });
        Job {
            graph: &self.graph,
            samples: samples.collect(),
            outputs: self.outputs(),
            seeds: list(&self.seeds),
            variables: self.variables(),
        }
    }
}

impl fmt::Debug for Problem {
    /// The listing and the samples: what it takes to make a case file of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4;
        writeln!(f, "# {}", self.name)?;
        let words = |numbers: &[f64]| -> String {
            numbers
                .iter()
                .map(|number| format!(" {number:?}"))
                .collect()
        };
        for Sample { features, targets } in self.samples.iter().take(SHOWN) {
            writeln!(
                f,
                "#> features{} targets{}",
                words(features),
                words(targets)
            )?;
        }
        if self.samples.len() > SHOWN {
            writeln!(f, "# and {} samples more", self.samples.len() - SHOWN)?;
        }
        writeln!(f, "#> seeds{}", words(&self.seeds))?;
        write!(f, "{}", self.graph)
    }
}
