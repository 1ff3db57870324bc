//! Programs: tapes ready to run over batches.

use crate::batch::Batch;
use crate::error::{CompileError, RunError};
use crate::fast;
use crate::layout::{Layout, Parameters};
use crate::level::Level;
use crate::run::Given;
use crate::scalar::ProgramScalar;
use crate::strict::plan::Plan;
use crate::supported;
use crate::update::Update;
use crate::work::Work;
use crate::workspace::Workspace;
use dagrad_tape::{Code, InputKind, OutputKind, Tape, passes};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many samples the strict order of sums takes as one block.
pub(crate) const BLOCK: usize = 64;

/// The kinds of inputs, in the order of their numbers.
const KINDS: [InputKind; 4] = [
    InputKind::Feature,
    InputKind::Target,
    InputKind::Seed,
    InputKind::Direction,
];

/// How many samples a strict program computes at a time, if nobody says.
const LANES: usize = 64;

/// How a program is compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is promised of the bits of results.
    pub mode: Mode,
    /// How many samples are computed at a time; none leaves it to the compiler. It changes no bit of a result
    /// of a strict program.
    pub lanes: Option<usize>,
    /// Which vector instructions are used; none takes the widest that this machine has. Strict programs use the
    /// reference's scalar functions, so to them it is one.
    pub level: Option<Level>,
    /// How many samples a thread takes at a time at least; none leaves it to the compiler, which takes as many as are
    /// worth it. A [fast](Mode::Fast) program rounds it up to whole tiles, and its sums over a batch are sums of such
    /// blocks, so it may change their last bits; those of a strict program it does not.
    pub block: Option<usize>,
}

/// What a program promises of the bits of its results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Those of the reference sweeps.
    #[default]
    Strict,
    /// Those of real numbers, within the bounds of `docs/numerics.md`.
    Fast,
}

/// A tape compiled for one scalar type: immutable, and shared between threads, each of which has a
/// [`Workspace`] of its own.
///
/// [In one step from a graph](Self::of_loss), or from a [tape](Self::compile) with any outputs. A
/// [strict](Mode::Strict) program gives, for every sample, every value of the reference sweeps of the same scalar type
/// to the bit; a [fast](Mode::Fast) one comes near. In a strict program the mean over a batch is the sum over blocks of
/// 64 samples, from left to right in a block, blocks joined pairwise, divided by the sum of the weights in the same
/// order: a function of the data, whatever the number of lanes.
#[derive(Clone, Debug)]
pub struct Program<S> {
    id: u64,
    tape: Tape,
    pub(crate) engine: Engine<S>,
    layout: Layout,
    outputs: Vec<ProgramOutput>,
    /// How many results there are for each sample, and for each run.
    widths_of_results: (usize, usize),
    /// How many inputs of each kind there are.
    widths: [usize; 4],
    needs_targets: bool,
}

/// What runs a program.
#[derive(Clone, Debug)]
pub(crate) enum Engine<S> {
    Strict {
        plan: Box<Plan<S>>,
        /// How many samples are computed at a time.
        lanes: usize,
        /// How many blocks of the strict order a thread takes at a time at least.
        chunk: usize,
    },
    Fast(Box<fast::Engine<S>>),
}

/// An output of a program.
#[derive(Clone, Debug)]
struct ProgramOutput {
    name: String,
    kind: OutputKind,
    /// Its columns, or its places among the results of the run.
    places: Range<usize>,
}

impl<S: ProgramScalar> Program<S> {
    /// Compiles `tape` against `layout`. The [passes](dagrad_tape::passes) that the mode allows are run on it
    /// first.
    ///
    /// # Errors
    /// Where the layout is of another number of parameters, a user operation does not run in this scalar
    /// type, or this machine has no such level.
    pub fn compile(tape: &Tape, layout: &Layout, options: Options) -> Result<Self, CompileError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let wanted = tape.parameters().len();
        if layout.len() != wanted {
            return Err(CompileError::Layout {
                wanted,
                got: layout.len(),
            });
        }
        if options.lanes == Some(0) {
            return Err(CompileError::NoLanes);
        }
        if let Some(level) = options.level.filter(|level| !level.is_available()) {
            return Err(CompileError::Level(level));
        }
        let passes = match options.mode {
            Mode::Strict => passes::Options::STRICT,
            // A zero times an infinity stays NaN, and a reciprocal may overflow where the quotient does not.
            Mode::Fast => passes::Options {
                zeros: false,
                divisions: false,
                ..passes::Options::FAST
            },
        };
        let (tape, _) = passes::optimise::<S>(tape, &passes);
        supported::check::<S>(&tape)?;
        let mut outputs = Vec::new();
        let (mut columns, mut run_results) = (0, 0);
        for output in tape.outputs() {
            let next = match output.kind {
                OutputKind::PerSample => &mut columns,
                OutputKind::PerRun => &mut run_results,
            };
            let places = *next..*next + output.slots.len();
            *next = places.end;
            outputs.push(ProgramOutput {
                name: output.name.clone(),
                kind: output.kind,
                places,
            });
        }
        let count = |kind| {
            tape.inputs()
                .iter()
                .filter(|input| input.kind == kind)
                .count()
        };
        let widths = KINDS.map(count);
        let needs_targets = tape.instructions().any(|instruction| {
            instruction.code() == Code::Input
                && instruction
                    .variable()
                    .is_some_and(|number| tape.inputs()[number].kind == InputKind::Target)
        });
        Ok(Self {
            // The counter orders nothing but itself.
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            engine: match options.mode {
                Mode::Strict => Engine::Strict {
                    plan: Box::new(Plan::of(&tape)),
                    lanes: options.lanes.unwrap_or(LANES),
                    chunk: match options.block {
                        Some(samples) => samples.div_ceil(BLOCK),
                        None => Work::of(&tape).chunk(),
                    },
                },
                Mode::Fast => Engine::Fast(Box::new(fast::Engine::of(&tape, &options))),
            },
            tape,
            layout: layout.clone(),
            outputs,
            widths_of_results: (columns, run_results),
            widths,
            needs_targets,
        })
    }

    /// What this runs: the tape that it was compiled from, after all passes.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// The layout that parameters have to lie in.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The number of features of a sample.
    #[must_use]
    pub fn features(&self) -> usize {
        self.width(InputKind::Feature)
    }

    /// The number of targets of a sample.
    #[must_use]
    pub fn targets(&self) -> usize {
        self.width(InputKind::Target)
    }

    /// The number of inputs of a kind.
    pub(crate) fn width(&self, kind: InputKind) -> usize {
        self.widths[kind as usize]
    }

    /// A place to run in. It allocates; running does not, unless a batch is larger than all before.
    #[must_use]
    pub fn workspace(&self) -> Workspace<S> {
        Workspace::new(self.id, self)
    }

    /// Runs the program over a batch. The results lie in the workspace: [`Workspace::rows`] and
    /// [`Workspace::mean`] under the names of outputs.
    ///
    /// # Errors
    /// Where the batch has no samples or a wrong shape, the parameters lie in another layout, the
    /// workspace is another program's, or the weights do not add up to a positive number.
    pub fn run(
        &self,
        workspace: &mut Workspace<S>,
        parameters: &Parameters<S>,
        batch: &Batch<'_, S>,
    ) -> Result<(), RunError> {
        if workspace.program() != self.id {
            return Err(RunError::Workspace);
        }
        self.check_run(parameters, batch)?;
        let given = Given {
            parameters: parameters.values(),
            version: parameters.version(),
            batch,
            widths: self.widths,
        };
        workspace.run(self, &given)
    }

    /// Runs the program over a batch and lets `update` change the parameters by the output called
    /// `gradient`, which is given once for each run and has one value for each of them.
    ///
    /// # Errors
    /// As [`run`](Self::run), and where there is no such output or it is of another length. The parameters
    /// are then as they were.
    pub fn step(
        &self,
        workspace: &mut Workspace<S>,
        parameters: &mut Parameters<S>,
        batch: &Batch<'_, S>,
        gradient: &str,
        update: &mut impl Update<S>,
    ) -> Result<(), RunError> {
        let places = self.places(gradient, OutputKind::PerRun);
        let fits = places.is_some_and(|places| places.len() == self.layout.len());
        if !fits {
            return Err(RunError::NoSuchMean(gradient.to_owned()));
        }
        self.run(workspace, parameters, batch)?;
        if let Some(gradients) = workspace.mean(self, gradient) {
            update.begin_step();
            match (update.descent_rate(), &self.engine) {
                (Some(rate), Engine::Fast(engine)) => {
                    engine.descend(parameters.values_mut(), gradients, rate);
                }
                (Some(_) | None, _) => update.update(0, parameters.values_mut(), gradients),
            }
        }
        Ok(())
    }

    /// Fails where the program cannot run over this batch.
    pub(crate) fn check_run(
        &self,
        parameters: &Parameters<S>,
        batch: &Batch<'_, S>,
    ) -> Result<(), RunError> {
        if parameters.layout() != &self.layout {
            return Err(RunError::Layout {
                wanted: self.layout.len(),
                got: parameters.layout().len(),
            });
        }
        let rows = batch.rows;
        if rows == 0 {
            return Err(RunError::NoSamples);
        }
        let shape = |table, rows: usize, columns: usize, got| {
            let fits = rows.checked_mul(columns) == Some(got);
            if fits {
                Ok(())
            } else {
                Err(RunError::Shape {
                    table,
                    rows,
                    columns,
                    got,
                })
            }
        };
        shape("features", rows, self.features(), batch.features.len())?;
        if self.needs_targets || !batch.targets.is_empty() {
            shape("targets", rows, self.targets(), batch.targets.len())?;
        }
        shape(
            "seeds",
            rows,
            self.width(InputKind::Seed),
            batch.seeds.len(),
        )?;
        shape(
            "direction",
            1,
            self.width(InputKind::Direction),
            batch.direction.len(),
        )?;
        if let Some(weights) = batch.weights {
            shape("weights", rows, 1, weights.len())?;
        }
        // No memory could hold them.
        let (columns, _) = self.widths_of_results();
        let is_too_many = rows
            .checked_mul(columns.max(1) * size_of::<S>())
            .is_none_or(|bytes| bytes > isize::MAX as usize);
        if is_too_many {
            return Err(RunError::TooManySamples(rows));
        }
        Ok(())
    }

    /// How many results there are for each sample, and for each run.
    pub(crate) fn widths_of_results(&self) -> (usize, usize) {
        self.widths_of_results
    }

    /// Which program this is: clones are one.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// When the output called `name` is given, and its places.
    pub(crate) fn output(&self, name: &str) -> Result<(OutputKind, Range<usize>), RunError> {
        let output = self.outputs.iter().find(|output| output.name == name);
        let output = output.ok_or_else(|| RunError::NoSuchOutput {
            name: name.to_owned(),
            known: self
                .outputs
                .iter()
                .map(|output| output.name.clone())
                .collect(),
        })?;
        Ok((output.kind, output.places.clone()))
    }

    /// The places of an output of this kind.
    pub(crate) fn places(&self, name: &str, kind: OutputKind) -> Option<Range<usize>> {
        let output = self.outputs.iter().find(|output| output.name == name)?;
        (output.kind == kind).then(|| output.places.clone())
    }
}
