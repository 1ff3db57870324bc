//! Joining lists of values.

use dagrad_graph::{Build, BuildError, MacroError, NodeId};
use dagrad_ops::{GraphOperations as _, Op};

/// Adds to each input what a branch made of the inputs: `yᵢ = xᵢ + fᵢ(x)` (K. He, X. Zhang, S. Ren, J. Sun,
/// *Deep residual learning for image recognition*, 2016). The sums are elementary operations, made at once.
///
/// ```
/// use dagrad_graph::Graph;
/// use dagrad_nn::{GraphLayers as _, Mlp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut g = Graph::new();
/// let xs = [g.feature("x")?, g.feature("y")?];
/// let branch = g.mlp("branch", &xs, Mlp::new([8, 2]))?;
/// let ys = g.residual(&xs, &branch)?;
/// assert_eq!(g.describe(ys[0])?, "%5 = add(%0, %3)");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Where the branch has another number of values than there are inputs, or one of either is no key of this
/// graph.
pub fn residual(
    graph: &mut impl Build<Op>,
    inputs: &[NodeId],
    branch: &[NodeId],
) -> Result<Vec<NodeId>, ResidualError> {
    if inputs.len() != branch.len() {
        return Err(ResidualError::Length {
            inputs: inputs.len(),
            branch: branch.len(),
        });
    }
    let sums = inputs.iter().zip(branch).map(|(&x, &f)| graph.add(&[x, f]));
    Ok(sums.collect::<Result<_, _>>()?)
}

/// The values of several lists in one, in order: the inputs of a layer that sees all of them.
///
/// ```
/// use dagrad_graph::Graph;
/// use dagrad_nn::{GraphLayers as _, concatenate};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut g = Graph::new();
/// let xs = [g.feature("x")?, g.feature("y")?];
/// let hidden = g.linear("hidden", &xs, 3)?;
/// let y = g.linear("out", &concatenate(&[&xs, &hidden]), 1)?;
/// g.expand(1)?;
/// assert_eq!(g.operands(y[0])?.len(), 2 + 3 + 1); // five products and a bias
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn concatenate(lists: &[&[NodeId]]) -> Vec<NodeId> {
    lists.concat()
}

/// What a residual connection would add does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResidualError {
    /// A node could not be added.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The branch has another number of values.
    #[error("a residual of {inputs} input(s) wants as many values of the branch, got {branch}")]
    Length {
        /// How many inputs there are.
        inputs: usize,
        /// How many values the branch has.
        branch: usize,
    },
}

impl From<ResidualError> for MacroError {
    fn from(error: ResidualError) -> Self {
        match error {
            ResidualError::Build(error) => Self::Build(error),
            ResidualError::Length { .. } => Self::Refused(error.to_string()),
        }
    }
}
