//! Ways to do the work of a workload, and whether they agree.

mod program;
mod reference;

pub(crate) use program::{ByProgram, compile, mean_gradient};
pub(crate) use reference::ByReference;

use dagrad_graph::Scalar;
use dagrad_ops::Tolerance;
use dagrad_testsuite::number::Number;
use dagrad_testsuite::workloads::{Precision, Workload};

/// One way to do the work of a workload.
pub(crate) trait Contender {
    /// Does the work so many times.
    fn repeat(&mut self, times: u64);

    /// What comes of doing it once, from the parameters that the workload has.
    fn results(&mut self) -> Results;

    /// Changes the rate of steps, where there are steps.
    fn set_rate(&mut self, _: f64) {}
}

/// What comes of doing the work once. What is not wanted is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results {
    /// The values of the output: of each sample, or their mean.
    pub(crate) output: Vec<f64>,
    /// The derivatives: of each sample, row-major, or their mean, in the order of parameters.
    pub(crate) gradient: Vec<f64>,
    /// The parameters after a step.
    pub(crate) parameters: Vec<f64>,
}

impl Results {
    /// Ends the bench where these are not the results of `other`, up to rounding: 1e-9 of the largest number of
    /// each list in double precision, 1e-4 in single.
    pub(crate) fn compare(&self, other: &Self, precision: Precision, what: &str) {
        match precision {
            Precision::Single => self.compare_in::<f32>(other, 1e-4, what),
            Precision::Double => self.compare_in::<f64>(other, 1e-9, what),
        }
    }

    fn compare_in<S: Number>(&self, other: &Self, relative: f64, what: &str) {
        let lists = [
            ("output", &self.output, &other.output),
            ("gradient", &self.gradient, &other.gradient),
            ("parameters", &self.parameters, &other.parameters),
        ];
        for (name, own, other) in lists {
            let narrow = |list: &[f64]| -> Vec<S> {
                list.iter()
                    .map(|&number| <S as Scalar>::from_f64(number))
                    .collect()
            };
            let (own, other) = (narrow(own), narrow(other));
            let scale = other
                .iter()
                .fold(0.0, |most: f64, number| most.max(number.wide().abs()));
            assert!(scale.is_finite(), "{what}: the {name} is not finite");
            let tolerance = Tolerance::EXACT.and_absolute(relative * scale);
            if let Err(difference) = tolerance.check_all(&own, &other) {
                panic!("{what}: the {name} differs, {difference}");
            }
        }
    }
}

/// The contender that the program is, in the workload's precision.
pub(crate) fn program(workload: &Workload) -> Box<dyn Contender> {
    program_on(workload, 1)
}

/// The same on so many threads at most.
pub(crate) fn program_on(workload: &Workload, threads: usize) -> Box<dyn Contender> {
    match workload.precision {
        Precision::Single => Box::new(ByProgram::<f32>::new(workload, threads)),
        Precision::Double => Box::new(ByProgram::<f64>::new(workload, threads)),
    }
}

/// The contender that the reference sweeps are, in the workload's precision.
pub(crate) fn reference(workload: Workload) -> Box<dyn Contender> {
    match workload.precision {
        Precision::Single => Box::new(ByReference::<f32>::new(workload)),
        Precision::Double => Box::new(ByReference::<f64>::new(workload)),
    }
}
