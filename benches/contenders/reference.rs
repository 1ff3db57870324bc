//! The reference sweeps, sample by sample.

use super::{Contender, Results};
use dagrad_graph::{Evaluate, Evaluator, NodeId, Scalar};
use dagrad_ops::Op;
use dagrad_testsuite::number::Number;
use dagrad_testsuite::workloads::{Wanted, Workload};

pub(crate) struct ByReference<S> {
    workload: Workload,
    evaluator: Evaluator<S>,
    outputs: Vec<NodeId>,
    /// The parameters, and what they started from.
    parameters: Vec<(NodeId, f64)>,
    features: Vec<S>,
    targets: Vec<S>,
    results: Results,
}

impl<S: Number> ByReference<S>
where
    Op: Evaluate<S>,
{
    pub(crate) fn new(workload: Workload) -> Self {
        let graph = &workload.graph;
        let narrow = |numbers: &[f64]| -> Vec<S> {
            let numbers = numbers.iter();
            numbers
                .map(|&number| <S as Scalar>::from_f64(number))
                .collect()
        };
        Self {
            evaluator: Evaluator::new(graph),
            outputs: graph.output(workload.output).unwrap(),
            parameters: graph.parameters().zip(workload.parameters()).collect(),
            features: narrow(&workload.features),
            targets: narrow(&workload.targets),
            workload,
            results: Results::default(),
        }
    }

    fn run(&mut self) {
        let Workload {
            graph,
            rows,
            wanted,
            ..
        } = &mut self.workload;
        let width = |table: &[S]| table.len() / *rows;
        let (features, targets) = (width(&self.features), width(&self.targets));
        let evaluator = &mut self.evaluator;
        let variables: Vec<NodeId> = match wanted {
            Wanted::Values => Vec::new(),
            Wanted::GradientByFeatures => graph.features().collect(),
            Wanted::GradientByParameters | Wanted::Step(_) => graph.parameters().collect(),
        };
        let is_mean = matches!(wanted, Wanted::GradientByParameters | Wanted::Step(_));
        let mut results = Results::default();
        for row in 0..*rows {
            let of = |table: &'_ [S], width: usize| table[row * width..(row + 1) * width].to_vec();
            evaluator
                .set_features(graph, &of(&self.features, features))
                .unwrap();
            evaluator
                .set_targets(graph, &of(&self.targets, targets))
                .unwrap();
            if variables.is_empty() {
                evaluator.forward(graph, &self.outputs).unwrap();
            } else {
                evaluator
                    .reverse(graph, &[(self.outputs[0], S::from_f64(1.0))])
                    .unwrap();
            }
            let outputs = self.outputs.iter().map(|&id| evaluator.value(id).unwrap());
            let gradient = variables.iter().map(|&id| evaluator.adjoint(id).unwrap());
            let (outputs, gradient) = (outputs.map(wide), gradient.map(wide));
            if is_mean && row > 0 {
                let add = |(sum, term): (&mut f64, f64)| *sum += term;
                results.output.iter_mut().zip(outputs).for_each(add);
                results.gradient.iter_mut().zip(gradient).for_each(add);
            } else {
                results.output.extend(outputs);
                results.gradient.extend(gradient);
            }
        }
        if is_mean {
            let divide = |sum: &mut f64| *sum /= *rows as f64;
            results.output.iter_mut().for_each(divide);
            results.gradient.iter_mut().for_each(divide);
        }
        if let Wanted::Step(rate) = wanted {
            for (&(id, _), gradient) in self.parameters.iter().zip(&results.gradient) {
                let moved = graph.parameter_value(id).unwrap() - *rate * gradient;
                graph.set_parameter(id, moved).unwrap();
                results.parameters.push(moved);
            }
        }
        self.results = results;
    }
}

fn wide<S: Number>(number: S) -> f64 {
    number.wide()
}

impl<S: Number> Contender for ByReference<S>
where
    Op: Evaluate<S>,
{
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            self.run();
        }
    }

    fn results(&mut self) -> Results {
        self.run();
        if let Wanted::Step(_) = self.workload.wanted {
            for &(id, value) in &self.parameters {
                self.workload.graph.set_parameter(id, value).unwrap();
            }
        }
        self.results.clone()
    }

    fn set_rate(&mut self, rate: f64) {
        if let Wanted::Step(old) = &mut self.workload.wanted {
            *old = rate;
        }
    }
}
