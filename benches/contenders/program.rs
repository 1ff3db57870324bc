//! Programs, as a user compiles them.

use super::{Contender, Results};
use dagrad_exec::{
    Batch, Layout, Mode, Options, Parameters, Program, ProgramScalar, Sgd, Workspace,
};
use dagrad_tape::{Tape, Variables, differentiate, differentiate_mean, lower_outputs, mean_output};
use dagrad_testsuite::workloads::{Wanted, Workload};

/// The output that derivatives are.
pub(crate) const GRADIENT: &str = "gradient";

/// The output that the mean of a workload's own output is.
const MEAN: &str = "mean";

/// Compiles what every group times as `program`.
pub(crate) fn compile<S: ProgramScalar>(tape: &Tape, layout: &Layout) -> Program<S> {
    let options = Options {
        mode: Mode::Fast,
        ..Options::default()
    };
    Program::compile(tape, layout, options).unwrap()
}

/// The tape of a workload's graph, with means and derivatives where those are wanted.
pub(crate) fn tape(workload: &Workload) -> Tape {
    let (tape, output) = (lower_outputs(&workload.graph).unwrap(), workload.output);
    match workload.wanted {
        Wanted::Values => tape,
        Wanted::GradientByFeatures => {
            differentiate(&tape, output, Variables::Inputs, GRADIENT).unwrap()
        }
        Wanted::GradientByParameters | Wanted::Step(_) => mean_gradient(&tape, output),
    }
}

/// The tape with the mean of an output and the mean's gradient.
pub(crate) fn mean_gradient(tape: &Tape, output: &str) -> Tape {
    let tape = mean_output(tape, output, MEAN).unwrap();
    differentiate_mean(&tape, output, Variables::Parameters, GRADIENT).unwrap()
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

impl<S: ProgramScalar> ByProgram<S> {
    pub(crate) fn new(workload: &Workload, threads: usize) -> Self {
        let tape = tape(workload);
        let narrow = |numbers: &[f64]| -> Vec<S> {
            numbers.iter().map(|&number| S::from_f64(number)).collect()
        };
        let start = narrow(&workload.parameters());
        let layout = Layout::new(start.len());
        let start = Parameters::new(&layout, &start).unwrap();
        let program = compile(&tape, &layout);
        let mut workspace = program.workspace();
        workspace.set_threads(threads);
        Self {
            workspace,
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

    /// The output called `name`: once for the run if there is such a one, else for each sample.
    fn read(&self, name: &str) -> Vec<f64> {
        let (program, workspace) = (&self.program, &self.workspace);
        let wide = |number: &S| number.to_f64();
        if let Some(mean) = workspace.mean(program, name) {
            return mean.iter().map(wide).collect();
        }
        let rows = workspace.rows(program, name).unwrap();
        rows.flat_map(|row| row.iter().map(wide)).collect()
    }
}

impl<S: ProgramScalar> Contender for ByProgram<S> {
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
            Wanted::Values => results.output = self.read(self.output),
            Wanted::GradientByFeatures => {
                results.output = self.read(self.output);
                results.gradient = self.read(GRADIENT);
            }
            Wanted::GradientByParameters | Wanted::Step(_) => {
                results.output = self.read(MEAN);
                results.gradient = self.read(GRADIENT);
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
