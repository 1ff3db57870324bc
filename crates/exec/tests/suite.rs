//! The one suite over programs, at several numbers of lanes: strict ones give the bits of the reference sweeps, fast
//! ones come as near as rounding lets them.

use dagrad_exec::{
    Batch, CompileError, Layout, Level, Mode, Options, Parameters, Program, ProgramScalar,
};
use dagrad_graph::{Kind, NodeId};
use dagrad_tape::{Code, Slot, Tape, Variables, differentiate_seeded, lower};
use dagrad_testsuite::backend::{Agreement, Answer, Backend, Job, Refusal};
use dagrad_testsuite::number::Number;
use dagrad_testsuite::suite;
use std::marker::PhantomData;

suite! {
    strict_1_f64 = Compiled::<f64>::strict(1);
    strict_2_f64 = Compiled::<f64>::strict(2);
    strict_7_f64 = Compiled::<f64>::strict(7);
    strict_64_f64 = Compiled::<f64>::strict(64);
    strict_1_f32 = Compiled::<f32>::strict(1);
    strict_2_f32 = Compiled::<f32>::strict(2);
    strict_7_f32 = Compiled::<f32>::strict(7);
    strict_64_f32 = Compiled::<f32>::strict(64);
    portable_1_f64 = Compiled::<f64>::fast(1, Level::Portable);
    portable_2_f64 = Compiled::<f64>::fast(2, Level::Portable);
    portable_7_f64 = Compiled::<f64>::fast(7, Level::Portable);
    portable_64_f64 = Compiled::<f64>::fast(64, Level::Portable);
    portable_1000_f64 = Compiled::<f64>::fast(1000, Level::Portable);
    portable_1_f32 = Compiled::<f32>::fast(1, Level::Portable);
    portable_2_f32 = Compiled::<f32>::fast(2, Level::Portable);
    portable_7_f32 = Compiled::<f32>::fast(7, Level::Portable);
    portable_64_f32 = Compiled::<f32>::fast(64, Level::Portable);
    portable_1000_f32 = Compiled::<f32>::fast(1000, Level::Portable);
    avx2_1_f64 = Compiled::<f64>::fast(1, Level::Avx2);
    avx2_2_f64 = Compiled::<f64>::fast(2, Level::Avx2);
    avx2_7_f64 = Compiled::<f64>::fast(7, Level::Avx2);
    avx2_64_f64 = Compiled::<f64>::fast(64, Level::Avx2);
    avx2_1000_f64 = Compiled::<f64>::fast(1000, Level::Avx2);
    avx2_1_f32 = Compiled::<f32>::fast(1, Level::Avx2);
    avx2_2_f32 = Compiled::<f32>::fast(2, Level::Avx2);
    avx2_7_f32 = Compiled::<f32>::fast(7, Level::Avx2);
    avx2_64_f32 = Compiled::<f32>::fast(64, Level::Avx2);
    avx2_1000_f32 = Compiled::<f32>::fast(1000, Level::Avx2);
    avx512_1_f64 = Compiled::<f64>::fast(1, Level::Avx512);
    avx512_2_f64 = Compiled::<f64>::fast(2, Level::Avx512);
    avx512_7_f64 = Compiled::<f64>::fast(7, Level::Avx512);
    avx512_64_f64 = Compiled::<f64>::fast(64, Level::Avx512);
    avx512_1000_f64 = Compiled::<f64>::fast(1000, Level::Avx512);
    avx512_1_f32 = Compiled::<f32>::fast(1, Level::Avx512);
    avx512_2_f32 = Compiled::<f32>::fast(2, Level::Avx512);
    avx512_7_f32 = Compiled::<f32>::fast(7, Level::Avx512);
    avx512_64_f32 = Compiled::<f32>::fast(64, Level::Avx512);
    avx512_1000_f32 = Compiled::<f32>::fast(1000, Level::Avx512);
}

/// A program, compiled for each job.
struct Compiled<S> {
    options: Options,
    scalar: PhantomData<S>,
}

impl<S> Compiled<S> {
    fn strict(lanes: usize) -> Self {
        Self::of(lanes, Mode::Strict, None)
    }

    fn fast(lanes: usize, level: Level) -> Self {
        Self::of(lanes, Mode::Fast, Some(level))
    }

    fn of(lanes: usize, mode: Mode, level: Option<Level>) -> Self {
        Self {
            options: Options {
                mode,
                lanes: Some(lanes),
                level,
                ..Options::default()
            },
            scalar: PhantomData,
        }
    }
}

impl<S: Number + ProgramScalar> Backend for Compiled<S> {
    type Scalar = S;

    fn name(&self) -> String {
        format!(
            "programs in {} with {:?}",
            <S as dagrad_graph::Scalar>::NAME,
            self.options
        )
    }

    fn agreement(&self) -> Agreement {
        match self.options.mode {
            Mode::Strict => Agreement::Bits,
            Mode::Fast => Agreement::Rounding(4.0),
        }
    }

    fn declines(&self) -> &[(&'static str, &'static str)] {
        if S::SUPPORTS_USER_OPERATIONS {
            &[]
        } else {
            &[("cases::user_operation", "does not run in f32")]
        }
    }

    fn unavailable(&self) -> Option<String> {
        let level = self.options.level.filter(|level| !level.is_available())?;
        Some(format!("this machine has no {level}"))
    }

    fn run(&self, job: &Job<'_, S>) -> Result<Vec<Answer<S>>, Refusal> {
        let failed = |error: &dyn std::fmt::Display| Refusal::Failed(error.to_string());
        let tape = lower(job.graph, &[("values", &job.outputs)]).map_err(|e| failed(&e))?;
        let slots: Vec<Option<Slot>> = job
            .variables
            .iter()
            .map(|&id| slot_of(job, &tape, id))
            .collect();
        let present: Vec<Slot> = slots.iter().copied().flatten().collect();
        let by = Variables::Slots(&present);
        let tape = differentiate_seeded(&tape, "values", by, "gradient").map_err(|e| failed(&e))?;
        let values = job.graph.parameters().map(|id| match job.graph.kind(id) {
            Ok(Kind::Parameter(value)) => S::from_f64(*value),
            _ => S::from_f64(0.0),
        });
        let values: Vec<S> = values.collect();
        let layout = Layout::new(values.len());
        let program =
            Program::<S>::compile(&tape, &layout, self.options).map_err(|error| match error {
                CompileError::Unsupported { .. } => Refusal::Declined(error.to_string()),
                error => Refusal::Failed(error.to_string()),
            })?;
        let parameters = Parameters::new(&layout, &values).ok_or_else(|| failed(&"a layout"))?;
        let features: Vec<S> = job
            .samples
            .iter()
            .flat_map(|s| s.features.clone())
            .collect();
        let targets: Vec<S> = job.samples.iter().flat_map(|s| s.targets.clone()).collect();
        let seeds: Vec<S> = job.samples.iter().flat_map(|_| job.seeds.clone()).collect();
        let batch = Batch::of(job.samples.len(), &features)
            .with_targets(&targets)
            .with_seeds(&seeds);
        let mut workspace = program.workspace();
        program
            .run(&mut workspace, &parameters, &batch)
            .map_err(|e| failed(&e))?;
        let missing = || failed(&"an output is missing");
        let values = workspace.rows(&program, "values").ok_or_else(missing)?;
        let gradients = workspace.rows(&program, "gradient").ok_or_else(missing)?;
        let answers = values.zip(gradients).map(|(values, gradient)| {
            let mut present = gradient.iter().copied();
            let all = slots.iter().map(|slot| slot.and_then(|_| present.next()));
            let gradient = all.map(|value| value.unwrap_or(S::from_f64(0.0))).collect();
            Answer {
                values: values.to_vec(),
                gradient,
            }
        });
        Ok(answers.collect())
    }
}

/// The slot of an input or a parameter, if the outputs need it.
fn slot_of<S>(job: &Job<'_, S>, tape: &Tape, id: NodeId) -> Option<Slot> {
    let input = job.graph.inputs().position(|other| other == id);
    let parameter = job.graph.parameters().position(|other| other == id);
    let (code, number) = input
        .map(|number| (Code::Input, number))
        .or(parameter.map(|number| (Code::Parameter, number)))?;
    tape.slots().find(|&slot| {
        let instruction = tape.instruction(slot);
        instruction.code() == code && instruction.variable() == Some(number)
    })
}
