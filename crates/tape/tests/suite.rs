//! The one suite, over the interpreter: what is lowered and differentiated equals the reference sweeps to the
//! bit.

use dagrad_graph::{Kind, NodeId};
use dagrad_tape::{
    InputKind, InterpretError, TapeScalar, Variables, differentiate_seeded, interpret, lower,
    output_values,
};
use dagrad_testsuite::backend::{Agreement, Answer, Backend, Job, Refusal};
use dagrad_testsuite::number::Number;
use dagrad_testsuite::problem::Sample;
use std::marker::PhantomData;

dagrad_testsuite::suite! {
    tape_f64 = Interpreter::<f64>(PhantomData);
    tape_f32 = Interpreter::<f32>(PhantomData);
}

/// Lowers, differentiates and interprets.
struct Interpreter<S>(PhantomData<S>);

impl<S: Number + TapeScalar> Backend for Interpreter<S> {
    type Scalar = S;

    fn name(&self) -> String {
        format!("interpreter in {}", S::NAME)
    }

    fn agreement(&self) -> Agreement {
        Agreement::Bits
    }

    fn declines(&self) -> &[(&'static str, &'static str)] {
        if S::SUPPORTS_USER_OPERATIONS {
            &[]
        } else {
            &[("cases::user_operation", "does not run in f32")]
        }
    }

    fn run(&self, job: &Job<'_, S>) -> Result<Vec<Answer<S>>, Refusal> {
        let failed = |error: &dyn std::error::Error| Refusal::Failed(error.to_string());
        let tape = lower(job.graph, &[("y", &job.outputs)]).map_err(|error| failed(&error))?;
        let tape = differentiate_seeded(&tape, "y", Variables::Inputs, "inputs");
        let tape = tape.map_err(|error| failed(&error))?;
        let tape = differentiate_seeded(&tape, "y", Variables::Parameters, "parameters");
        let tape = tape.map_err(|error| failed(&error))?;
        let parameters: Vec<S> = job.graph.parameters().map(|id| initial(job, id)).collect();
        let answer = |Sample { features, targets }: &Sample<S>| {
            let (mut features, mut targets) = (features.iter(), targets.iter());
            let mut seeds = job.seeds.iter().cycle();
            let inputs = tape.inputs().iter().map(|input| {
                let next = match input.kind {
                    InputKind::Feature => features.next(),
                    InputKind::Target => targets.next(),
                    InputKind::Seed => seeds.next(),
                    InputKind::Direction => None,
                };
                next.copied().unwrap()
            });
            let inputs: Vec<S> = inputs.collect();
            let values = interpret(&tape, &inputs, &parameters)?;
            let output = |name| output_values(&tape, name, &values).unwrap();
            let (by_input, by_parameter) = (output("inputs"), output("parameters"));
            let derivative = |id: &NodeId| {
                let input = job.graph.inputs().position(|input| input == *id);
                let parameter = || job.graph.parameters().position(|other| other == *id);
                input.map_or_else(|| by_parameter[parameter().unwrap()], |at| by_input[at])
            };
            Ok(Answer {
                values: output("y"),
                gradient: job.variables.iter().map(derivative).collect(),
            })
        };
        let answers: Result<_, _> = job.samples.iter().map(answer).collect();
        answers.map_err(|error: InterpretError| match error {
            InterpretError::Unsupported { .. } => Refusal::Declined(error.to_string()),
            error @ InterpretError::Count { .. } => failed(&error),
        })
    }
}

fn initial<S: Number>(job: &Job<'_, S>, id: NodeId) -> S {
    match job.graph.kind(id).unwrap() {
        Kind::Parameter(value) => S::from_f64(*value),
        other => panic!("{other:?} is no parameter"),
    }
}
