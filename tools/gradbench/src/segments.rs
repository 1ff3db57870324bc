//! Computations of many equal steps: a graph of some of them, compiled once and run over one stretch after the other.
//!
//! All steps in one graph would be right as well, but ten million steps need not lie in memory as instructions. The
//! state at the start of each stretch is kept, and the adjoints go through the stretches backwards: the adjoint of the
//! state at the start of one seeds the one before it, and those of the parameters add up.

use crate::Failure;
use crate::compile::{SINGLE, parameters_in};
use crate::stopwatch::Stopwatch;
use dagrad::exec::Workspace;
use dagrad::prelude::*;
use dagrad::tape::{Variables, differentiate_seeded, lower};
use std::ops::Range;

/// The nodes of a graph of some steps. Its features are the state at the start and then what is given for the steps.
pub(crate) struct Steps {
    pub(crate) graph: Graph,
    /// The state at the start.
    pub(crate) start: Vec<NodeId>,
    pub(crate) parameters: Vec<NodeId>,
    /// The state at the end.
    pub(crate) end: Vec<NodeId>,
}

/// A computation of many steps, compiled.
pub(crate) struct Segments {
    programs: Vec<Compiled>,
    /// The steps of each stretch, and the number of its program.
    stretches: Vec<(Range<usize>, usize)>,
    parameters: Parameters<f64>,
    /// The length of the state.
    width: usize,
    /// The features of each stretch: the state at its start, and what is given for its steps.
    features: Vec<Vec<f64>>,
}

struct Compiled {
    forward: Program<f64>,
    backward: Option<Program<f64>>,
    workspaces: (Workspace<f64>, Option<Workspace<f64>>),
}

impl Segments {
    /// Compiles `steps` steps of which `graph` builds some, at most `most` at a time.
    pub(crate) fn compile(
        (steps, most): (usize, usize),
        parameters: &[f64],
        with_gradient: bool,
        graph: impl Fn(usize) -> Result<Steps, Failure>,
        stopwatch: &mut Stopwatch,
    ) -> Result<Self, Failure> {
        // As few stretches as can be, equally long but for the last.
        let count = steps.div_ceil(most.max(1)).max(1);
        let each = steps.div_ceil(count).max(1);
        let starts = (0..steps).step_by(each);
        let ranges: Vec<_> = starts.map(|at| at..(at + each).min(steps)).collect();
        let layout = Layout::new(parameters.len());
        let mut lengths: Vec<usize> = ranges.iter().map(Range::len).collect();
        lengths.dedup();
        let (mut programs, mut width) = (Vec::new(), 0);
        for &length in &lengths {
            let steps = stopwatch.build(|| graph(length))?;
            width = steps.start.len();
            programs.push(stopwatch.compile(|| Compiled::of(&steps, &layout, with_gradient))?);
        }
        let number = |length: usize| lengths.iter().position(|&other| other == length);
        let stretches = ranges.into_iter();
        Ok(Self {
            stretches: stretches
                .map(|range| (range.clone(), number(range.len()).unwrap_or(0)))
                .collect(),
            programs,
            parameters: parameters_in(&layout, parameters)?,
            width,
            features: Vec::new(),
        })
    }

    /// The state after all steps. `given` tells what is given for some of them.
    pub(crate) fn forward<'d>(
        &mut self,
        start: &[f64],
        given: impl Fn(Range<usize>) -> &'d [f64],
    ) -> Result<Vec<f64>, Failure> {
        self.features.resize(self.stretches.len(), Vec::new());
        let mut state = start.to_vec();
        for ((steps, number), features) in self.stretches.iter().zip(&mut self.features) {
            features.clear();
            features.extend_from_slice(&state);
            features.extend_from_slice(given(steps.clone()));
            let Compiled {
                forward,
                workspaces: (workspace, _),
                ..
            } = &mut self.programs[*number];
            forward.run(workspace, &self.parameters, &Batch::of(1, features))?;
            workspace.copy(forward, END, &mut state)?;
        }
        Ok(state)
    }

    /// The derivatives by the parameters of the sum of what [`forward`](Self::forward) gave last, each times its seed.
    pub(crate) fn backward(&mut self, seeds: &[f64]) -> Result<Vec<f64>, Failure> {
        let mut seeds = seeds.to_vec();
        let mut total = vec![0.0; self.parameters.layout().len()];
        let mut adjoints = vec![0.0; self.width + total.len()];
        for ((_, number), features) in self.stretches.iter().zip(&self.features).rev() {
            let Compiled {
                backward: Some(backward),
                workspaces: (_, Some(workspace)),
                ..
            } = &mut self.programs[*number]
            else {
                return Err("it was compiled without a gradient".into());
            };
            let batch = Batch::of(1, features).with_seeds(&seeds);
            backward.run(workspace, &self.parameters, &batch)?;
            workspace.copy(backward, ADJOINTS, &mut adjoints)?;
            let (of_state, of_parameters) = adjoints.split_at(self.width);
            seeds.copy_from_slice(of_state);
            for (sum, adjoint) in total.iter_mut().zip(of_parameters) {
                *sum += adjoint;
            }
        }
        Ok(total)
    }
}

/// The names of outputs.
const END: &str = "end";
const VARIABLES: &str = "variables";
const ADJOINTS: &str = "adjoints";

impl Compiled {
    fn of(steps: &Steps, layout: &Layout, with_gradient: bool) -> Result<Self, Failure> {
        let outputs: &[(&str, &[NodeId])] = &[(END, &steps.end)];
        let forward = Program::compile(&lower(&steps.graph, outputs)?, layout, SINGLE)?;
        let backward = with_gradient.then(|| -> Result<_, Failure> {
            let variables = [&*steps.start, &*steps.parameters].concat();
            let outputs: &[(&str, &[NodeId])] = &[(END, &steps.end), (VARIABLES, &variables)];
            let tape = lower(&steps.graph, outputs)?;
            let variables = tape.output(VARIABLES).unwrap_or_default();
            let tape = differentiate_seeded(&tape, END, Variables::Slots(variables), ADJOINTS)?;
            Ok(Program::compile(&tape, layout, SINGLE)?)
        });
        let backward = backward.transpose()?;
        let workspaces = (
            forward.workspace(),
            backward.as_ref().map(Program::workspace),
        );
        Ok(Self {
            forward,
            backward,
            workspaces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Runs;

    /// y ← a·y + g for each g that is given: `steps` of it.
    fn recurrence(steps: usize) -> Result<Steps, Failure> {
        let mut graph = Graph::new();
        let [start, parameters, end] = graph.scope(|s| {
            let start = s.feature("y");
            let given: Vec<Expr<'_>> = (0..steps).map(|_| s.feature(None)).collect();
            let a = s.parameter("a", 0.0);
            let end = given.into_iter().fold(start, |y, g| a * y + g);
            [start, a, end].map(|expr| vec![expr.id()])
        })?;
        Ok(Steps {
            graph,
            start,
            parameters,
            end,
        })
    }

    #[test]
    fn however_long_a_stretch_is_the_result_is_the_same() -> Result<(), Failure> {
        let given: Vec<f64> = (0..7).map(f64::from).collect();
        let (a, y) = (0.5, 3.0);
        let (mut wanted, mut by_a) = (y, 0.0);
        for g in &given {
            by_a = by_a * a + wanted;
            wanted = wanted * a + g;
        }
        for most in [0, 1, 2, 3, 4, 6, 7, 100] {
            let runs = Runs {
                min_runs: 1,
                min_seconds: 0.0,
            };
            let mut stopwatch = Stopwatch::new(runs);
            let mut segments =
                Segments::compile((given.len(), most), &[a], true, recurrence, &mut stopwatch)?;
            let longest = segments
                .stretches
                .iter()
                .map(|(steps, _)| steps.len())
                .max();
            assert!(longest <= Some(most.max(1)));
            // A second run does not see the first.
            for _ in 0..2 {
                let end = segments.forward(&[y], |steps| &given[steps])?;
                assert_eq!(end, [wanted], "{most} steps at most");
                assert_eq!(
                    segments.backward(&[2.0])?,
                    [2.0 * by_a],
                    "{most} steps at most"
                );
            }
        }
        Ok(())
    }
}
