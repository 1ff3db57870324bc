//! The groups: which workload, and who does its work.

use crate::contenders::{Contender, program, reference};
use crate::hand_written::{
    Classifier, IrregularSample, Layered, Moons, Prediction, Relu, SparseBatch, Tanh, TinyPoint,
    TinyPoints,
};
use dagrad_testsuite::workloads::{
    Precision, Wanted, Workload, WorkloadError, digits, irregular, latency, moons, pruned, tiny,
    wide,
};

/// A workload, and what is told about it.
pub(crate) struct Group {
    pub(crate) name: &'static str,
    build: fn() -> Result<Workload, WorkloadError>,
    hand_written: fn(&Workload) -> Box<dyn Contender>,
    /// The weights that each sample is multiplied by; 0 where that says nothing of the work.
    weights: usize,
    /// What times are given for.
    pub(crate) unit: Unit,
    /// Whether the reference sweeps take seconds, and are left out.
    pub(crate) is_long: bool,
}

/// What times are given for.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    /// A sample.
    Sample,
    /// A batch, and the step that follows it if there is one.
    Batch,
}

/// Every group whose work is done by a program.
pub(crate) const GROUPS: &[Group] = &[
    Group {
        name: "tiny_point",
        build: tiny::point,
        hand_written: |workload| Box::new(TinyPoint::new(workload)),
        weights: 0,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "tiny_1024",
        build: || tiny::points(1024),
        hand_written: |workload| Box::new(TinyPoints::new(workload)),
        weights: 0,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "moons",
        build: moons::step,
        hand_written: |workload| Box::new(Moons::new(workload)),
        weights: 2 * 16 + 16 * 16 + 16,
        unit: Unit::Batch,
        is_long: false,
    },
    Group {
        name: "digits",
        build: digits::step,
        hand_written: |workload| Box::new(Classifier::new(workload, &digits::SIZES)),
        weights: 64 * 128 + 128 * 64 + 64 * 10,
        unit: Unit::Batch,
        is_long: false,
    },
    Group {
        name: "wide",
        build: wide,
        hand_written: |workload| Box::new(Classifier::new(workload, &wide::SIZES)),
        weights: 784 * 256 + 256 * 128 + 128 * 10,
        unit: Unit::Batch,
        is_long: true,
    },
    Group {
        name: "irregular_1",
        build: || irregular::gradient(1),
        hand_written: |workload| Box::new(IrregularSample::new(workload)),
        weights: 6267,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "irregular_1000",
        build: || irregular::gradient(1000),
        hand_written: |workload| Box::new(SparseBatch::<Tanh>::new(workload)),
        weights: 6267,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "latency_8_8_2",
        build: || latency::forward([8, 8, 2]),
        hand_written: |workload| Box::new(Prediction::<8, 8, 2>::new(workload)),
        weights: 8 * 8 + 8 * 2,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "latency_16_16_4",
        build: || latency::forward([16, 16, 4]),
        hand_written: |workload| Box::new(Prediction::<16, 16, 4>::new(workload)),
        weights: 16 * 16 + 16 * 4,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "latency_32_32_8",
        build: || latency::forward([32, 32, 8]),
        hand_written: |workload| Box::new(Prediction::<32, 32, 8>::new(workload)),
        weights: 32 * 32 + 32 * 8,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "latency_64_64_16",
        build: || latency::forward([64, 64, 16]),
        hand_written: |workload| Box::new(Prediction::<64, 64, 16>::new(workload)),
        weights: 64 * 64 + 64 * 16,
        unit: Unit::Sample,
        is_long: false,
    },
    Group {
        name: "pruned",
        build: pruned::pruned,
        hand_written: |workload| Box::new(SparseBatch::<Relu>::new(workload)),
        weights: 64 * 64 / 10 + 64 * 16 / 10,
        unit: Unit::Batch,
        is_long: false,
    },
    Group {
        name: "pruned_full",
        build: pruned::full,
        hand_written: |workload| Box::new(Layered::new(workload)),
        weights: 64 * 64 + 64 * 16,
        unit: Unit::Batch,
        is_long: false,
    },
];

/// A group that is ready: its contenders agree.
pub(crate) struct Ready {
    pub(crate) program: Box<dyn Contender>,
    pub(crate) hand_written: Box<dyn Contender>,
    /// Where it was asked for.
    pub(crate) reference: Option<Box<dyn Contender>>,
    pub(crate) precision: Precision,
    /// How often a repetition does what times are given for.
    pub(crate) units: f64,
    /// Multiplications and additions of a repetition, counted as three of each for each weight and sample
    /// where there are derivatives, else as one; none where that says nothing.
    pub(crate) operations: Option<f64>,
}

impl Group {
    /// The workload.
    pub(crate) fn workload(&self) -> Workload {
        (self.build)().unwrap()
    }

    /// Builds the contenders and compares them, with the reference sweeps among them if asked to.
    pub(crate) fn ready(&self, with_reference: bool) -> Ready {
        let workload = self.workload();
        let (precision, rows) = (workload.precision, workload.rows);
        let mut program = program(&workload);
        let mut hand_written = (self.hand_written)(&workload);
        let passes = match workload.wanted {
            Wanted::Values => 1,
            Wanted::GradientByFeatures | Wanted::GradientByParameters | Wanted::Step(_) => 3,
        };
        let results = program.results();
        let name = self.name;
        let says = format!("{name}: hand_written beside program");
        hand_written.results().compare(&results, precision, &says);
        let mut reference = with_reference.then(|| reference(workload));
        if let Some(reference) = &mut reference {
            let says = format!("{name}: program beside reference");
            results.compare(&reference.results(), precision, &says);
        }
        let contenders = [&mut program, &mut hand_written];
        for contender in contenders.into_iter().chain(&mut reference) {
            // Parameters stay near where they are, however often the step is repeated.
            contender.set_rate(1e-6);
        }
        Ready {
            program,
            hand_written,
            reference,
            precision,
            units: match self.unit {
                Unit::Sample => rows as f64,
                Unit::Batch => 1.0,
            },
            operations: (self.weights > 0).then(|| (2 * passes * self.weights * rows) as f64),
        }
    }
}
