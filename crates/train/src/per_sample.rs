//! Training as the tutorial does it: sample after sample, in order, updating after each.

use crate::data::Sample;
use crate::error::TrainError;
use crate::refuse::{named_output, refuse_no_value, refuse_non_finite, refuse_widths};
use crate::sweeps::Sweeps;
use crate::weights::{parameters_of, store_parameters};
use dagrad_exec::{Batch, CompileError, Mode, Options, Parameters, Program, Update, Workspace};
use dagrad_graph::{EditError, EvaluationError, Graph, Kind, NodeId, Operator, Role};
use dagrad_ops::Op;
use dagrad_tape::{
    Code, InputKind, Instruction, Tape, Variables, differentiate, differentiate_seeded, lower,
};
use std::collections::HashMap;
use std::fmt;

/// Gradient descent by single samples: for every epoch, for every sample in order, its loss, its gradient, and
/// `value -= gradient · rate` for every parameter.
///
/// The graph is compiled to a strict [program](dagrad_exec) for one sample at a time, so losses and parameters have the
/// bits of the reference sweeps. [`by_sweeps`](Self::by_sweeps) trains over these themselves.
///
/// Every parameter has the rate 0.01 unless it is given another; there are 1,000 epochs, and every
/// hundredth prints `Epoch 100: loss=…`, the mean of the samples' losses, each as it was before its
/// update.
///
/// ```
/// # use dagrad_train::PerSample;
/// let mut losses = Vec::new();
/// let mut training = PerSample::new()
///     .epochs(50)
///     .learning_rate(0.1)
///     .report(|epoch, loss| losses.push((epoch, loss)));
/// ```
pub struct PerSample<'r> {
    epochs: usize,
    print_every: usize,
    learning_rate: f64,
    rates: Vec<(NodeId, f64)>,
    allow_non_finite: bool,
    report: Box<dyn FnMut(usize, f64) + 'r>,
}

impl Default for PerSample<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PerSample<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerSample")
            .field("epochs", &self.epochs)
            .field("print_every", &self.print_every)
            .field("learning_rate", &self.learning_rate)
            .field("rates", &self.rates)
            .finish_non_exhaustive()
    }
}

impl<'r> PerSample<'r> {
    /// The tutorial's settings.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epochs: 1000,
            print_every: 100,
            learning_rate: 0.01,
            rates: Vec::new(),
            allow_non_finite: false,
            report: Box::new(|epoch, loss| println!("Epoch {epoch}: loss={loss:?}")),
        }
    }

    /// How often the data is gone through.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// Every which epoch is reported, counted from 0; 0 for none.
    #[must_use]
    pub fn print_every(self, print_every: usize) -> Self {
        Self {
            print_every,
            ..self
        }
    }

    /// The learning rate of parameters that are not given one of their own.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self {
            learning_rate,
            ..self
        }
    }

    /// The learning rate of one parameter. The last one given counts.
    #[must_use]
    pub fn learning_rate_of(mut self, parameter: NodeId, rate: f64) -> Self {
        self.rates.push((parameter, rate));
        self
    }

    /// Lets data hold NaN and infinities, which are otherwise refused before anything is learnt.
    #[must_use]
    pub fn allow_non_finite(self) -> Self {
        Self {
            allow_non_finite: true,
            ..self
        }
    }

    /// What happens in place of printing: `report` gets the epoch's number and its mean loss.
    #[must_use]
    pub fn report<'s>(self, report: impl FnMut(usize, f64) + 's) -> PerSample<'s>
    where
        'r: 's,
    {
        let Self {
            epochs,
            print_every,
            learning_rate,
            rates,
            allow_non_finite,
            report: _,
        } = self;
        PerSample {
            epochs,
            print_every,
            learning_rate,
            rates,
            allow_non_finite,
            report: Box::new(report),
        }
    }

    /// Trains over the reference sweeps, which define what a graph means: slower, to the same bits, and for graphs of any
    /// operations.
    #[must_use]
    pub fn by_sweeps(self) -> Sweeps<'r> {
        Sweeps { settings: self }
    }

    /// Trains the graph's parameters so that `loss`, a node of the graph, becomes small over `data`.
    /// Gives the mean loss of each epoch.
    ///
    /// # Errors
    /// Where there is no data, a sample has a wrong number of features or targets, `loss` is no node of
    /// this graph or needs a macro that is not expanded, a learning rate is not finite or given to what is no
    /// parameter. The parameters are then as they were.
    pub fn minimize(
        &mut self,
        graph: &mut Graph<Op>,
        loss: NodeId,
        data: &[Sample],
    ) -> Result<Vec<f64>, TrainError> {
        refuse_no_value(graph, loss)?;
        refuse_widths(graph, Role::Target, data)?;
        let mut rates = Rates(self.prepare(graph, data)?);
        let tape = lower(graph, &[(LOSS, &[loss])]).map_err(CompileError::from)?;
        let tape = differentiate(&tape, LOSS, Variables::Parameters, GRADIENT)
            .map_err(CompileError::from)?;
        let mut parameters = parameters_of(graph)?;
        let program = compile(&tape, &parameters)?;
        let mut workspace = program.workspace();
        let losses = self.epochs_over(data, |_, sample| {
            let batch = Batch::of(1, &sample.features).with_targets(&sample.targets);
            program.run(&mut workspace, &parameters, &batch)?;
            parameters.update(row(&program, &workspace, GRADIENT), &mut rates)?;
            Ok(row(&program, &workspace, LOSS).iter().sum())
        })?;
        store_parameters(graph, &parameters)?;
        Ok(losses)
    }

    /// Trains the graph's parameters so that a loss beside the graph becomes small: `loss` of a sample's
    /// targets and the values of the graph's output called `output`; `gradient` writes the loss's
    /// derivatives with respect to these values over zeros. Gives the mean loss of each epoch.
    ///
    /// # Errors
    /// As [`minimize`](Self::minimize), and where there is no such output or it depends on a target, which is not the
    /// graph's to see.
    pub fn minimize_pair(
        &mut self,
        graph: &mut Graph<Op>,
        output: &str,
        data: &[Sample],
        loss: impl Fn(&[f64], &[f64]) -> f64,
        gradient: impl Fn(&[f64], &[f64], &mut [f64]),
    ) -> Result<Vec<f64>, TrainError> {
        let output = named_output(graph, output)?;
        let mut rates = Rates(self.prepare(graph, data)?);
        let tape = lower(graph, &[(PREDICTION, &output)]).map_err(CompileError::from)?;
        refuse_targets(graph, &tape)?;
        // The seeds are known when the prediction is, so one program predicts, and another one goes back from them.
        let backward = differentiate_seeded(&tape, PREDICTION, Variables::Parameters, GRADIENT)
            .map_err(CompileError::from)?;
        let mut parameters = parameters_of(graph)?;
        let (forward, backward) = (
            compile(&tape, &parameters)?,
            compile(&backward, &parameters)?,
        );
        let (mut predicted, mut workspace) = (forward.workspace(), backward.workspace());
        let mut seeds = vec![0.0; output.len()];
        let losses = self.epochs_over(data, |_, sample| {
            let batch = Batch::of(1, &sample.features);
            forward.run(&mut predicted, &parameters, &batch)?;
            let prediction = row(&forward, &predicted, PREDICTION);
            seeds.fill(0.0);
            gradient(&sample.targets, prediction, &mut seeds);
            backward.run(&mut workspace, &parameters, &batch.with_seeds(&seeds))?;
            parameters.update(row(&backward, &workspace, GRADIENT), &mut rates)?;
            Ok(loss(&sample.targets, prediction))
        })?;
        store_parameters(graph, &parameters)?;
        Ok(losses)
    }

    /// Refuses what nothing can be learnt from. Gives the learning rate of each parameter.
    pub(crate) fn prepare<O: Operator>(
        &self,
        graph: &Graph<O>,
        data: &[Sample],
    ) -> Result<Vec<f64>, TrainError> {
        if data.is_empty() {
            return Err(TrainError::NoData);
        }
        refuse_widths(graph, Role::Feature, data)?;
        if !self.allow_non_finite {
            refuse_non_finite(data)?;
        }
        let mut own = HashMap::new();
        for &(parameter, rate) in &self.rates {
            graph.parameter_value(parameter).map_err(TrainError::Rate)?;
            // A port may have become another key to a parameter.
            let parameter = denoted(graph, parameter);
            own.insert(parameter, rate);
        }
        let rates = graph.parameters().map(|id| {
            let rate = own.get(&id).copied().unwrap_or(self.learning_rate);
            if rate.is_finite() {
                return Ok(rate);
            }
            let node = graph.describe(id).map_err(EditError::from);
            let node = node.map_err(TrainError::Rate)?;
            Err(TrainError::RateNotFinite { node, rate })
        });
        rates.collect()
    }

    /// Goes through the data as often as there are epochs. `step` learns from a sample of this number, and gives its
    /// loss.
    pub(crate) fn epochs_over(
        &mut self,
        data: &[Sample],
        mut step: impl FnMut(usize, &Sample) -> Result<f64, TrainError>,
    ) -> Result<Vec<f64>, TrainError> {
        let mut losses = Vec::new();
        for epoch in 0..self.epochs {
            let mut total = 0.0;
            for (number, sample) in data.iter().enumerate() {
                total += step(number, sample)?;
            }
            #[expect(clippy::cast_precision_loss, reason = "no data set has 2⁵³ samples")]
            let mean = total / data.len() as f64;
            losses.push(mean);
            if self.print_every > 0 && epoch % self.print_every == 0 {
                (self.report)(epoch, mean);
            }
        }
        Ok(losses)
    }
}

/// The outputs of the programs.
const LOSS: &str = "loss";
const PREDICTION: &str = "prediction";
const GRADIENT: &str = "gradient";

/// A program for one sample at a time, with the bits of the reference sweeps.
fn compile(tape: &Tape, parameters: &Parameters<f64>) -> Result<Program<f64>, TrainError> {
    let options = Options {
        mode: Mode::Strict,
        lanes: Some(1),
        level: None,
        ..Options::default()
    };
    Ok(Program::compile(tape, parameters.layout(), options)?)
}

/// What the last run gave for its only sample.
fn row<'w>(program: &Program<f64>, workspace: &'w Workspace<f64>, name: &str) -> &'w [f64] {
    let rows = workspace.rows(program, name);
    rows.and_then(|mut rows| rows.next()).unwrap_or_default()
}

/// Descent with a rate for each parameter.
struct Rates(Vec<f64>);

impl Update<f64> for Rates {
    fn update(&mut self, start: usize, parameters: &mut [f64], gradients: &[f64]) {
        let rates = &self.0[start..];
        for ((parameter, gradient), rate) in parameters.iter_mut().zip(gradients).zip(rates) {
            *parameter -= gradient * rate;
        }
    }
}

/// Fails where a tape needs a target: a loss beside the graph keeps them to itself.
fn refuse_targets(graph: &Graph<Op>, tape: &Tape) -> Result<(), TrainError> {
    let is_target = |number: &usize| tape.inputs()[*number].kind == InputKind::Target;
    let inputs = tape.slots().map(|slot| tape.instruction(slot));
    let inputs = inputs.filter(|instruction| instruction.code() == Code::Input);
    let mut targets = inputs.filter_map(Instruction::variable).filter(is_target);
    let Some(id) = targets.next().and_then(|number| graph.inputs().nth(number)) else {
        return Ok(());
    };
    let error = match graph.describe(id) {
        Ok(node) => EvaluationError::InputNotSet {
            node,
            role: Role::Target,
        },
        Err(error) => error.into(),
    };
    Err(TrainError::Sample { sample: 0, error })
}

/// The node that `id` is a key to, through however many aliases.
fn denoted<O>(graph: &Graph<O>, id: NodeId) -> NodeId {
    let mut id = id;
    while matches!(graph.kind(id), Ok(Kind::Alias))
        && let Ok(mut operands) = graph.operands(id)
        && let Some(target) = operands.next()
    {
        id = target;
    }
    id
}
