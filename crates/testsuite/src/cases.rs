//! Case files: graphs in the project's own text form, with samples and expected numbers in their comments.
//!
//! `cases/README.md` describes the format and says where the numbers come from.

use crate::problem::{Expected, Precision, Problem, Sample};
use dagrad_graph::{Arity, Graph, Registry};
use dagrad_ops::{Op, User, UserOperation};

/// Calls a macro with the names of all case files, without `.txt`.
///
/// As with [`for_each_operation`](dagrad_ops::for_each_operation), a list that macros can read is what gives
/// every case a test of its own name. A test compares it with the directory.
#[macro_export]
macro_rules! for_each_case {
    ($callback:ident) => {
        $callback! {
            aliases
            binary_classifier
            chain
            constants
            elementary
            in_two_outputs
            inf_and_nan
            kinks
            linear_classifier
            list_output
            log_sum_exp_extremes
            min_max_ties
            nary_products
            nary_sums
            powers_at_zero
            safe_operand
            select_routing
            shared_parameter
            shared_value
            signed_zeros
            square_by_mul
            stop_gradient
            unreached
            user_operation
        }
    };
}

macro_rules! texts {
    ($($name:ident)*) => {
        /// The name and the text of every case file.
        pub const TEXTS: &[(&str, &str)] = &[
            $((stringify!($name), include_str!(concat!("../cases/", stringify!($name), ".txt")))),*
        ];
    };
}

for_each_case!(texts);

/// The case of this name.
///
/// # Errors
/// Where there is none, or its text is malformed.
pub fn case(name: &str) -> Result<Problem, String> {
    let text = TEXTS.iter().find(|(other, _)| *other == name);
    let (_, text) = text.ok_or_else(|| format!("there is no case called {name}"))?;
    parse(name, text).map_err(|error| format!("cases/{name}.txt: {error}"))
}

/// Reads a case file.
///
/// # Errors
/// Where it is malformed.
pub fn parse(name: &str, text: &str) -> Result<Problem, String> {
    let graph = Graph::parse(text, &registry()?).map_err(|error| error.to_string())?;
    let mut problem = Problem::new(name, graph, Vec::new());
    for line in text.lines().filter_map(|line| line.strip_prefix("#>")) {
        let Some((word, rest)) = line.trim().split_once(' ').or(Some((line.trim(), ""))) else {
            continue;
        };
        let last = problem.expected.last_mut();
        match (word, last) {
            ("features", _) => {
                let (features, targets) = rest.split_once("targets").unwrap_or((rest, ""));
                let (features, targets) = (floats(features)?, floats(targets)?);
                problem.samples.push(Sample { features, targets });
                problem.expected.push(Expected::default());
            }
            ("seeds", _) => problem.seeds = floats(rest)?,
            ("exact", _) => problem.precision = Precision::Exact,
            ("oracles", _) if rest == "none" => problem.oracles = false,
            ("values", Some(last)) => last.values = Some(floats(rest)?),
            ("gradient", Some(last)) => last.gradient = Some(floats(rest)?),
            _ => return Err(format!("`{line}` says nothing that a case file can say")),
        }
    }
    check_shape(&problem)?;
    Ok(problem)
}

fn floats(text: &str) -> Result<Vec<f64>, String> {
    let float = |word: &str| word.parse().map_err(|_| format!("`{word}` is no number"));
    text.split_whitespace().map(float).collect()
}

/// As many numbers everywhere as the graph has places for them.
fn check_shape(problem: &Problem) -> Result<(), String> {
    let graph = &problem.graph;
    let (features, targets) = (graph.features().count(), graph.targets().count());
    let (outputs, variables) = (problem.outputs().len(), problem.variables().len());
    let check = |what: &str, got: usize, wanted: usize| {
        (got == wanted)
            .then_some(())
            .ok_or_else(|| format!("{got} {what}, wanted {wanted}"))
    };
    check("seeds", problem.seeds.len(), outputs)?;
    for (sample, expected) in problem.samples.iter().zip(&problem.expected) {
        check("features", sample.features.len(), features)?;
        check("targets", sample.targets.len(), targets)?;
        check(
            "values",
            expected.values.as_ref().map_or(outputs, Vec::len),
            outputs,
        )?;
        check(
            "derivatives",
            expected.gradient.as_ref().map_or(variables, Vec::len),
            variables,
        )?;
    }
    if problem.samples.is_empty() || outputs == 0 {
        return Err("a case has a sample and an output at least".to_owned());
    }
    Ok(())
}

/// The operations of the list, and the user operations that cases use.
fn registry() -> Result<Registry<Op>, String> {
    let user = User::new(Norm).map_err(|error| error.to_string())?;
    Ok(Registry::new().with(Op::User(user)))
}

/// `√(x₀² + x₁² + …)`, as a user operation.
struct Norm;

impl UserOperation for Norm {
    fn name(&self) -> &str {
        "norm"
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        operands.iter().map(|x| x * x).sum::<f64>().sqrt()
    }

    fn partials(&self, operands: &[f64], value: f64, partials: &mut [f64]) {
        for (partial, x) in partials.iter_mut().zip(operands) {
            *partial = x / value;
        }
    }
}
