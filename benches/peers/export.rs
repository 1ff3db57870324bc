//! Workloads as files of numbers.

use crate::contenders::{Results, program, reference};
use crate::groups::{GROUPS, Group, Unit};
use crate::hand_written::Network;
use dagrad_ops::Op;
use dagrad_testsuite::workloads::{Precision, Wanted, Workload};
use std::fmt::{self, Display, Write as _};
use std::path::Path;

/// Writes a file in JSON for each group that `is_wanted` names, with these fields.
///
/// | field | |
/// |---|---|
/// | `name`, `rows` | the group, and the number of samples |
/// | `precision` | `f32` or `f64` |
/// | `wanted` | `values`, `gradient_by_features` of each sample, `gradient_by_parameters` of the mean, or `step`: the same and a step of gradient descent |
/// | `rate` | that of the step; 0 where there is none |
/// | `unit` | `sample` or `batch`: what times are given for |
/// | `features`, `targets` | row-major, `rows` rows |
/// | `parameters` | in the order declared: of each neuron its weights and then its bias |
/// | `neurons` | where neurons lie in no layers: of each the numbers of its inputs, those of their weights and that of its bias; features are counted first, and the outputs are last |
/// | `outputs` | the number of those |
/// | `output`, `gradient`, `updated` | what should come of it, computed in `f64`: of each sample, or means; and the parameters after the step |
pub(crate) fn export(directory: &Path, is_wanted: impl Fn(&str) -> bool) {
    std::fs::create_dir_all(directory).unwrap();
    for group in GROUPS.iter().filter(|group| is_wanted(group.name)) {
        let path = directory.join(format!("{}.json", group.name));
        std::fs::write(&path, written(group)).unwrap();
        println!("{}", path.display());
    }
}

fn written(group: &Group) -> String {
    let workload = group.workload();
    let results = expected(group);
    let precision = match workload.precision {
        Precision::Single => "f32",
        Precision::Double => "f64",
    };
    let (wanted, rate) = match workload.wanted {
        Wanted::Values => ("values", 0.0),
        Wanted::GradientByFeatures => ("gradient_by_features", 0.0),
        Wanted::GradientByParameters => ("gradient_by_parameters", 0.0),
        Wanted::Step(rate) => ("step", rate),
    };
    let unit = match group.unit {
        Unit::Sample => "sample",
        Unit::Batch => "batch",
    };
    let mut text = format!(
        "{{\"name\": \"{}\", \"rows\": {}, \"precision\": \"{precision}\", \"wanted\": \"{wanted}\", \"rate\": {rate}, \"unit\": \"{unit}\"",
        group.name, workload.rows,
    );
    if let Some(network) = network(group.name, &workload) {
        let neurons = network.neurons.iter().map(|neuron| {
            let (values, weights): (Vec<_>, Vec<_>) = neuron.edges.iter().copied().unzip();
            format!("[{}, {}, {}]", List(&values), List(&weights), neuron.bias)
        });
        let neurons: Vec<String> = neurons.collect();
        let outputs = network.outputs;
        let _ = write!(text, ",\n\"neurons\": {}", List(&neurons));
        let _ = write!(text, ",\n\"outputs\": {outputs}");
    }
    for (name, numbers) in [
        ("features", &workload.features),
        ("targets", &workload.targets),
        ("parameters", &workload.parameters()),
        ("output", &results.output),
        ("gradient", &results.gradient),
        ("updated", &results.parameters),
    ] {
        let _ = write!(text, ",\n\"{name}\": {}", List(numbers));
    }
    text.push_str("}\n");
    text
}

/// What the reference sweeps compute in double precision, or a program where they would take too long.
fn expected(group: &Group) -> Results {
    let workload = Workload {
        precision: Precision::Double,
        ..group.workload()
    };
    if group.is_long {
        program(&workload).results()
    } else {
        reference(workload).results()
    }
}

/// The neurons of a group in which they lie in no layers, or not all edges are left.
fn network(name: &str, workload: &Workload) -> Option<Network> {
    match name {
        "irregular_1" | "irregular_1000" => Some(Network::of(&workload.graph, &Op::Tanh)),
        "pruned" => Some(Network::of(&workload.graph, &Op::Relu)),
        _ => None,
    }
}

/// A list as JSON has it.
struct List<'l, T>(&'l [T]);

impl<T: Display> Display for List<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (at, item) in self.0.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{item}")?;
        }
        f.write_str("]")
    }
}
