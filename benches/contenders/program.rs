//! Programs, as a user compiles them.

use super::{Contender, Results};
use dagrad_exec::{Batch, Consume, Layout, Options, Parameters, Program, Sgd, Workspace};
use dagrad_tape::{Tape, TapeScalar, Variables, differentiate, lower_outputs};
use dagrad_testsuite::workloads::{Wanted, Workload};

/// The output that derivatives are.
pub(crate) const GRADIENT: &str = "gradient";

/// Compiles what every group times as `program`, for batches of `rows` samples.
pub(crate) fn compile<S: TapeScalar>(
    tape: &Tape,
    layout: &Layout,
    consume: &[(&str, Consume)],
    rows: usize,
) -> Program<S> {
    let lanes = rows.min(Options::default().lanes);
    Program::compile(tape, layout, consume, Options { lanes }).unwrap()
}

/// The tape of a workload's graph, with its derivatives where those are wanted, and what becomes of outputs.
pub(crate) fn tape(workload: &Workload) -> (Tape, Vec<(&'static str, Consume)>) {
    let (tape, output) = (lower_outputs(&workload.graph).unwrap(), workload.output);
    let by = |variables| differentiate(&tape, output, variables, GRADIENT).unwrap();
    match workload.wanted {
        Wanted::Values => (tape, vec![(output, Consume::Rows)]),
        Wanted::GradientByFeatures => {
            let consume = [output, GRADIENT].map(|name| (name, Consume::Rows));
            (by(Variables::Inputs), consume.into())
        }
        Wanted::GradientByParameters | Wanted::Step(_) => {
            let consume = [output, GRADIENT].map(|name| (name, Consume::Mean));
            (by(Variables::Parameters), consume.into())
        }
    }
}

pub(crate) struct ByProgram<S> {
    program: Program<S>,
    workspace: Workspace<S>,
    parameters: Parameters<S>,
    /// The parameters that the workload has.
    start: Parameters<S>,
    rows: usize,
    features: Vec<S>,
    targets: Vec<S>,
    output: &'static str,
    wanted: Wanted,
}

impl<S: TapeScalar> ByProgram<S> {
    pub(crate) fn new(workload: &Workload) -> Self {
        let (tape, consume) = tape(workload);
        let narrow = |numbers: &[f64]| -> Vec<S> {
            numbers.iter().map(|&number| S::from_f64(number)).collect()
        };
        let start = narrow(&workload.parameters());
        let layout = Layout::new(start.len());
        let start = Parameters::new(&layout, &start).unwrap();
        let program = compile(&tape, &layout, &consume, workload.rows);
        Self {
            workspace: program.workspace(),
            program,
            parameters: start.clone(),
            start,
            rows: workload.rows,
            features: narrow(&workload.features),
            targets: narrow(&workload.targets),
            output: workload.output,
            wanted: workload.wanted,
        }
    }

    fn run(&mut self) {
        let batch = Batch::of(self.rows, &self.features).with_targets(&self.targets);
        let (program, workspace) = (&self.program, &mut self.workspace);
        match self.wanted {
            Wanted::Step(rate) => {
                let mut update = Sgd {
                    rate: S::from_f64(rate),
                };
                let parameters = &mut self.parameters;
                program.step(workspace, parameters, &batch, GRADIENT, &mut update)
            }
            Wanted::Values | Wanted::GradientByFeatures | Wanted::GradientByParameters => {
                program.run(workspace, &self.parameters, &batch)
            }
        }
        .unwrap();
    }

    fn read(&self, name: &str, consume: Consume) -> Vec<f64> {
        let (program, workspace) = (&self.program, &self.workspace);
        let wide = |number: &S| number.to_f64();
        match consume {
            Consume::Mean => {
                let mean = workspace.mean(program, name).unwrap();
                mean.iter().map(wide).collect()
            }
            Consume::Rows => {
                let rows = workspace.rows(program, name).unwrap();
                rows.flat_map(|row| row.iter().map(wide)).collect()
            }
        }
    }
}

impl<S: TapeScalar> Contender for ByProgram<S> {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            self.run();
        }
    }

    fn results(&mut self) -> Results {
        self.parameters = self.start.clone();
        self.run();
        let mut results = Results::default();
        match self.wanted {
            Wanted::Values => results.output = self.read(self.output, Consume::Rows),
            Wanted::GradientByFeatures => {
                results.output = self.read(self.output, Consume::Rows);
                results.gradient = self.read(GRADIENT, Consume::Rows);
            }
            Wanted::GradientByParameters | Wanted::Step(_) => {
                results.output = self.read(self.output, Consume::Mean);
                results.gradient = self.read(GRADIENT, Consume::Mean);
            }
        }
        if let Wanted::Step(_) = self.wanted {
            let parameters = self.parameters.to_vec();
            results.parameters = parameters.into_iter().map(S::to_f64).collect();
            self.parameters = self.start.clone();
        }
        results
    }

    fn set_rate(&mut self, rate: f64) {
        if let Wanted::Step(old) = &mut self.wanted {
            *old = rate;
        }
    }
}
