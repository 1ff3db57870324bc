//! The rows that every operation of the list has: problems around one operation.

use crate::problem::{Problem, Sample};
use crate::samples::{moderate_lists, operand_counts, operand_lists};
use dagrad_graph::{BuildError, Graph, NodeId, Operator, OutputError};
use dagrad_ops::{GraphOperations, Op};

/// How many samples a problem has at most. More than the lanes of any tile, and no multiple of one.
const SAMPLES: usize = 131;

/// What numbers have beside finite ones.
const SPECIAL: [f64; 6] = [0.0, -0.0, 1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

/// For each operation of this name and each number of operands: the operation alone over the whole domain
/// and at special values, which only the reference can judge; alone at ordinary numbers; and in company,
/// where its operands and its result are shared.
///
/// # Errors
/// Where a graph refuses to be built.
pub fn problems(name: &str) -> Result<Vec<Problem>, String> {
    let mut problems = Vec::new();
    for op in Op::all().into_iter().filter(|op| op.name() == name) {
        let of_count = |lists: Vec<Vec<f64>>, count| {
            lists
                .into_iter()
                .filter(move |list: &Vec<f64>| list.len() == count)
                .collect::<Vec<_>>()
        };
        let (whole, ordinary) = (operand_lists(&op), moderate_lists(&op));
        for count in operand_counts(&op) {
            let title = |what| format!("{op:?} of {count} {what}");
            let samples = samples(of_count(ordinary.clone(), count));
            let mut wide = self::samples(of_count(whole.clone(), count));
            wide.extend(special(count));
            let error = |error: Error| error.0;
            let beyond = Problem::new(title("anywhere"), alone(&op, count).map_err(error)?, wide);
            problems.push(Problem {
                oracles: false,
                ..beyond
            });
            problems.push(Problem::new(
                title("alone"),
                alone(&op, count).map_err(error)?,
                samples.clone(),
            ));
            let fits = |sample: &Sample<f64>| {
                // The first operand stands in every place.
                (0..count).all(|at| op.domain(at).contains_inside(sample.features[0]))
            };
            let samples = samples.into_iter().filter(fits).collect();
            let shared = shared(&op, count).map_err(error)?;
            let mut shared = Problem::new(title("shared"), shared, samples);
            shared.seeds = vec![1.0, -0.5, 2.0];
            problems.push(shared);
        }
    }
    Ok(problems)
}

struct Error(String);

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self(error.to_string())
    }
}

impl From<OutputError> for Error {
    fn from(error: OutputError) -> Self {
        Self(error.to_string())
    }
}

/// Features `x0`, `x1`, … and their keys.
fn features(graph: &mut Graph<Op>, count: usize) -> Result<Vec<NodeId>, Error> {
    let feature = |at| {
        graph
            .feature(format!("x{at}").as_str())
            .map_err(|error| Error(error.to_string()))
    };
    (0..count).map(feature).collect()
}

/// The operation of features, and nothing else.
fn alone(op: &Op, count: usize) -> Result<Graph<Op>, Error> {
    let mut graph = Graph::new();
    let operands = features(&mut graph, count)?;
    let y = graph.operation(op.clone(), &operands)?;
    graph.add_output("y", &[y])?;
    Ok(graph)
}

/// The operation among others: its operands have other users, its first operand stands in every place of
/// another, its result is used four times, twice by one node.
fn shared(op: &Op, count: usize) -> Result<Graph<Op>, Error> {
    let mut graph = Graph::new();
    let operands = features(&mut graph, count)?;
    let y = graph.operation(op.clone(), &operands)?;
    let repeated = graph.operation(op.clone(), &vec![operands[0]; count])?;
    let sum = graph.add(&[y, operands[0], y, repeated])?;
    let product = graph.mul(&[operands[count - 1], y])?;
    graph.add_output("list", &[y, sum])?;
    graph.add_output("product", &[product])?;
    Ok(graph)
}

/// Samples of these operands, thinned evenly where there are too many.
fn samples(lists: Vec<Vec<f64>>) -> Vec<Sample<f64>> {
    let step = lists.len().div_ceil(SAMPLES).max(1);
    // A step that shares no factor with the lists' own period meets every kind of list.
    let step = if step > 1 { step | 1 } else { step };
    lists
        .into_iter()
        .step_by(step)
        .map(|features| Sample {
            features,
            targets: Vec::new(),
        })
        .collect()
}

/// Special numbers in every place: every combination of up to two, and of more some.
fn special(count: usize) -> Vec<Sample<f64>> {
    let combinations = SPECIAL.len().pow(u32::try_from(count.min(2)).unwrap_or(2));
    let list = |number: usize| {
        let at = |place: usize| match place {
            0 => number % SPECIAL.len(),
            1 => number / SPECIAL.len(),
            _ => (number * 5 + place * 7) % 11 % SPECIAL.len(),
        };
        let features = (0..count).map(|place| SPECIAL[at(place)]).collect();
        Sample {
            features,
            targets: Vec::new(),
        }
    };
    (0..combinations).map(list).collect()
}
