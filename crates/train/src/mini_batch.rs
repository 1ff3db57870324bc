//! Training by batches, with programs.

use crate::data::Sample;
use crate::error::TrainError;
use crate::refuse::{refuse_no_value, refuse_non_finite, refuse_widths};
use crate::weights::{parameters_of, store_parameters};
use dagrad_exec::{Batch, Mode, Options, Parameters, Program, ProgramScalar, Sgd};
use dagrad_graph::{Graph, NodeId, Role};
use dagrad_ops::Op;
use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fmt;
use std::marker::PhantomData;

/// Stochastic gradient descent by batches: the graph is compiled to a [program](dagrad_exec), and each step moves
/// every parameter against the gradient of the mean loss over some samples.
///
/// Without further words: 100 epochs, batches of 32 samples in an order that is drawn anew for each epoch, the learning
/// rate 0.01, fast programs, and no report. The same seed gives the same order on every platform; a strict program
/// makes of it the same bits.
///
/// ```
/// # use dagrad_graph::Graph;
/// # use dagrad_ops::{GraphScope, Op};
/// # use dagrad_train::{MiniBatch, Sample};
/// let mut g = Graph::<Op>::new();
/// let loss = g.scope(|s| {
///     let y = s.parameter("w", 0.0) * s.feature("x") + s.parameter("b", 0.0);
///     (y - s.target("t")).square().id()
/// })?;
/// let line = |x: f64| Sample::new([x], [2.0 * x - 1.0]);
/// let data: Vec<_> = (0..100).map(|i| line(f64::from(i) / 100.0)).collect();
///
/// let losses = MiniBatch::<f64>::new().learning_rate(0.3).minimize(&mut g, loss, &data)?;
/// assert!(losses[99] < 1e-6);
/// let w = g.parameters().next().expect("the graph has two");
/// assert!((g.parameter_value(w)? - 2.0).abs() < 1e-2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MiniBatch<'r, S = f64> {
    epochs: usize,
    batch: usize,
    learning_rate: f64,
    seed: Option<u64>,
    mode: Mode,
    allow_non_finite: bool,
    report: Box<dyn FnMut(usize, f64) + 'r>,
    scalar: PhantomData<S>,
}

impl<S> Default for MiniBatch<'_, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for MiniBatch<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MiniBatch")
            .field("epochs", &self.epochs)
            .field("batch", &self.batch)
            .field("learning_rate", &self.learning_rate)
            .field("seed", &self.seed)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

impl<'r, S> MiniBatch<'r, S> {
    /// The settings that the type tells of, with the seed 0.
    #[must_use]
    pub fn new() -> Self {
        Self {
            epochs: 100,
            batch: 32,
            learning_rate: 0.01,
            seed: Some(0),
            mode: Mode::Fast,
            allow_non_finite: false,
            report: Box::new(|_, _| ()),
            scalar: PhantomData,
        }
    }

    /// How often the data is gone through.
    #[must_use]
    pub fn epochs(self, epochs: usize) -> Self {
        Self { epochs, ..self }
    }

    /// How many samples make a step, at least 1; the last step of an epoch takes what is left.
    #[must_use]
    pub fn batch(self, samples: usize) -> Self {
        Self {
            batch: samples.max(1),
            ..self
        }
    }

    /// How far a step goes along the gradient.
    #[must_use]
    pub fn learning_rate(self, learning_rate: f64) -> Self {
        Self {
            learning_rate,
            ..self
        }
    }

    /// What the order of samples is drawn from.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self {
            seed: Some(seed),
            ..self
        }
    }

    /// Takes the samples in the order of the data, in every epoch.
    #[must_use]
    pub fn in_order(self) -> Self {
        Self { seed: None, ..self }
    }

    /// Whether results have the bits of the reference sweeps, or come fast.
    #[must_use]
    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Lets data hold NaN and infinities, which are otherwise refused before anything is learnt.
    #[must_use]
    pub fn allow_non_finite(self) -> Self {
        Self {
            allow_non_finite: true,
            ..self
        }
    }

    /// Calls `report` after each epoch with its number, counted from 0, and its mean loss.
    #[must_use]
    pub fn report<'s>(self, report: impl FnMut(usize, f64) + 's) -> MiniBatch<'s, S>
    where
        'r: 's,
    {
        MiniBatch {
            epochs: self.epochs,
            batch: self.batch,
            learning_rate: self.learning_rate,
            seed: self.seed,
            mode: self.mode,
            allow_non_finite: self.allow_non_finite,
            report: Box::new(report),
            scalar: PhantomData,
        }
    }
}

impl<S: ProgramScalar> MiniBatch<'_, S> {
    /// Trains the graph's parameters so that `loss`, a node of the graph, becomes small over `data`. Gives for each
    /// epoch the mean of the samples' losses, each as it was before its step.
    ///
    /// # Errors
    /// Where there is no data, a sample has a wrong number of features or targets, `loss` is no node of this graph or
    /// needs a macro that is not expanded, the learning rate is not finite, or the graph has a user operation that does
    /// not run in this scalar type. The parameters are then as they were.
    pub fn minimize(
        &mut self,
        graph: &mut Graph<Op>,
        loss: NodeId,
        data: &[Sample],
    ) -> Result<Vec<f64>, TrainError> {
        if data.is_empty() {
            return Err(TrainError::NoData);
        }
        refuse_no_value(graph, loss)?;
        refuse_widths(graph, Role::Feature, data)?;
        refuse_widths(graph, Role::Target, data)?;
        if !self.allow_non_finite {
            refuse_non_finite(data)?;
        }
        let rate = self.learning_rate;
        if !rate.is_finite() {
            let node = "every parameter".to_owned();
            return Err(TrainError::RateNotFinite { node, rate });
        }
        let mut parameters = parameters_of(graph)?;
        let options = Options {
            mode: self.mode,
            ..Options::default()
        };
        let program = Program::<S>::of_loss(graph, loss, parameters.layout(), options)?;
        let losses = self.run(&program, &mut parameters, data)?;
        store_parameters(graph, &parameters)?;
        Ok(losses)
    }

    fn run(
        &mut self,
        program: &Program<S>,
        parameters: &mut Parameters<S>,
        data: &[Sample],
    ) -> Result<Vec<f64>, TrainError> {
        let mut update = Sgd {
            rate: S::from_f64(self.learning_rate),
        };
        let mut workspace = program.workspace();
        let mut order: Vec<usize> = (0..data.len()).collect();
        let mut random = self.seed.map(Xoshiro256PlusPlus::seed_from_u64);
        let (mut features, mut targets) = (Vec::new(), Vec::new());
        let mut losses = Vec::with_capacity(self.epochs);
        for epoch in 0..self.epochs {
            if let Some(random) = &mut random {
                shuffle(&mut order, random);
            }
            let mut total = 0.0;
            for samples in order.chunks(self.batch) {
                features.clear();
                targets.clear();
                for &sample in samples {
                    let Sample {
                        features: own,
                        targets: wanted,
                    } = &data[sample];
                    features.extend(own.iter().copied().map(S::from_f64));
                    targets.extend(wanted.iter().copied().map(S::from_f64));
                }
                let batch = Batch::of(samples.len(), &features).with_targets(&targets);
                program.step(&mut workspace, parameters, &batch, "gradient", &mut update)?;
                let mean = workspace
                    .mean(program, "mean")
                    .and_then(|mean| mean.first());
                #[expect(clippy::cast_precision_loss, reason = "no batch has 2⁵³ samples")]
                let count = samples.len() as f64;
                total += mean.map_or(0.0, |&mean| mean.to_f64()) * count;
            }
            #[expect(clippy::cast_precision_loss, reason = "no data set has 2⁵³ samples")]
            let mean = total / data.len() as f64;
            losses.push(mean);
            (self.report)(epoch, mean);
        }
        Ok(losses)
    }
}

/// Draws an order, each as likely as any other but for what 64 bits cannot tell (R. Durstenfeld, *Algorithm 235: Random
/// permutation*, 1964).
fn shuffle(order: &mut [usize], random: &mut Xoshiro256PlusPlus) {
    for last in (1..order.len()).rev() {
        let below = last as u128 + 1;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the product's high half is below"
        )]
        let at = ((u128::from(random.next_u64()) * below) >> 64) as usize;
        order.swap(at, last);
    }
}
