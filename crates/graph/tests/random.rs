//! Random graphs: sharing, repeated operands, n-ary nodes, nodes that no output reaches.

use crate::toy::{Graph, Toy};
use dagrad_graph::NodeId;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::fmt;

/// A random graph, shown by its listing where a property fails.
pub(crate) struct Random(pub(crate) Graph);

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One node to add. Numbers choose among what is there, so that every recipe builds.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    kind: u8,
    operands: Vec<u16>,
    value: f64,
    name: Option<String>,
    scope: String,
}

/// A graph to build.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) steps: Vec<Step>,
    outputs: Vec<(String, Vec<u16>)>,
}

/// The element of `list` that `number` chooses, the numbers spread evenly.
pub(crate) fn choose<T: Copy>(list: &[T], number: u16) -> Option<T> {
    list.get((usize::from(number) * list.len()) >> 16).copied()
}

/// The operation that `kind` chooses for so many operands.
pub(crate) fn operation(kind: u8, operands: usize) -> Toy {
    match kind % 3 {
        0 if operands == 2 => Toy::Mul,
        1 => Toy::Weigh(
            (0..operands)
                .map(|at| [1, -1, 0, 2][(at + usize::from(kind)) % 4])
                .collect(),
        ),
        _ => Toy::Add,
    }
}

impl Step {
    /// Adds the node, where `nodes` are those before it.
    pub(crate) fn add_to(&self, graph: &mut Graph, nodes: &[NodeId]) -> NodeId {
        let operands: Vec<_> = self
            .operands
            .iter()
            .filter_map(|&n| choose(nodes, n))
            .collect();
        graph.within(&self.scope, |graph| {
            let id = match self.kind % 16 {
                0 | 1 => graph.feature(None).unwrap(),
                2 => graph.target(None).unwrap(),
                3 | 4 => graph.parameter(None, self.value).unwrap(),
                5 => graph.constant(self.value),
                _ if operands.is_empty() => graph.constant(self.value),
                _ => graph
                    .operation(operation(self.kind, operands.len()), &operands)
                    .unwrap(),
            };
            if let Some(name) = &self.name {
                // A name that is taken or empty is refused, and the node goes without.
                let _ = graph.set_name(id, name);
            }
            id
        })
    }
}

impl Recipe {
    pub(crate) fn build(&self) -> Graph {
        let (mut graph, mut nodes) = (Graph::new(), Vec::new());
        for step in &self.steps {
            nodes.push(step.add_to(&mut graph, &nodes));
        }
        self.add_outputs(&mut graph, &nodes);
        graph
    }

    pub(crate) fn add_outputs(&self, graph: &mut Graph, nodes: &[NodeId]) {
        for (name, numbers) in &self.outputs {
            let list: Vec<_> = numbers.iter().filter_map(|&n| choose(nodes, n)).collect();
            // As with the names of nodes; a graph without nodes has no outputs either.
            let _ = graph.add_output(name, &list);
        }
    }
}

/// Recipes with these values and names.
pub(crate) fn recipes(
    values: impl Strategy<Value = f64> + Clone,
    names: impl Strategy<Value = String> + Clone,
    most: usize,
) -> impl Strategy<Value = Recipe> {
    let scope = prop_oneof![3 => Just(String::new()), 1 => names.clone()];
    let step = (
        any::<u8>(),
        vec(any::<u16>(), 1..5),
        values,
        option::weighted(0.4, names.clone()),
        scope,
    );
    let step = step.prop_map(|(kind, operands, value, name, scope)| Step {
        kind,
        operands,
        value,
        name,
        scope,
    });
    let outputs = vec((names, vec(any::<u16>(), 1..4)), 0..4);
    (vec(step, 0..most), outputs).prop_map(|(steps, outputs)| Recipe { steps, outputs })
}

/// Small integers.
pub(crate) fn integers() -> impl Strategy<Value = f64> + Clone {
    (-3_i8..=3).prop_map(f64::from)
}

/// Any floats, special ones more often than they come by themselves.
pub(crate) fn floats() -> impl Strategy<Value = f64> + Clone {
    let special = [
        0.0_f64.to_bits(),
        (-0.0_f64).to_bits(),
        0.1_f64.to_bits(),
        f64::MAX.to_bits(),
        f64::MIN_POSITIVE.to_bits(),
        1,
        f64::INFINITY.to_bits(),
        f64::NEG_INFINITY.to_bits(),
        f64::NAN.to_bits(),
        0xfff8_0000_0000_0000,
        0x7ff8_0000_0000_0001,
        0xfff8_dead_beef_0001,
    ];
    let bits = prop_oneof![proptest::sample::select(special.to_vec()), any::<u64>()];
    bits.prop_map(f64::from_bits)
}

/// Names that are easy to read.
pub(crate) fn plain_names() -> impl Strategy<Value = String> + Clone {
    (0..12_u8).prop_map(|number| format!("n{number}"))
}

/// Names that are hard to write.
pub(crate) fn wild_names() -> impl Strategy<Value = String> + Clone {
    let known = [
        "x",
        "two words",
        " ",
        "\"quoted\"",
        "back\\slash",
        "a.b",
        "in",
        "größe",
        "λ",
        "🦀",
        "e\u{301}",
        "line\nbreak\r\n",
        "tab\t",
        "\u{0}\u{7f}\u{1b}",
        "\u{2028}\u{200b}\u{202e}\u{feff}",
        "# no comment",
        "%0 = feature",
        "",
    ];
    let known = proptest::sample::select(known.to_vec()).prop_map(str::to_owned);
    let any = vec(any::<char>(), 0..5).prop_map(String::from_iter);
    prop_oneof![known, any]
}

/// Graphs over small integers with plain names.
pub(crate) fn graphs() -> impl Strategy<Value = Random> {
    recipes(integers(), plain_names(), 24).prop_map(|recipe| Random(recipe.build()))
}

/// Graphs over any floats with any names.
pub(crate) fn wild_graphs() -> impl Strategy<Value = Random> {
    recipes(floats(), wild_names(), 24).prop_map(|recipe| Random(recipe.build()))
}
