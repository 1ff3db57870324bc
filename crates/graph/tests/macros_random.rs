//! Random graphs with random macros in macros, against what they mean, which is told without expanding them.

use crate::random::{choose, operation};
use crate::random_edits::{apply, swept};
use crate::text_mutated::{Damage, check, damage};
use crate::toy::macros::registry;
use crate::toy::tangle::{Flat, Tangle};
use crate::toy::{Graph, Modular, state};
use dagrad_graph::{Evaluator, ExpandProblem, MacroError, NodeId};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fmt;

/// What to add to a graph; numbers choose among what is there.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    kind: u8,
    operands: Vec<u16>,
    value: i8,
    tangle: Tangle,
    name: Option<u8>,
    is_inside: bool,
}

/// A graph with macros, the keys that whoever built it holds, and what they mean.
pub(crate) struct Tangled {
    pub(crate) graph: Graph,
    held: Vec<NodeId>,
    flat: Flat,
    meanings: Vec<usize>,
}

impl fmt::Debug for Tangled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.graph.fmt(f)
    }
}

const SEED: u64 = 11;

fn build(steps: Vec<Step>, outputs: Vec<Vec<u16>>) -> Tangled {
    let mut graph = Graph::new();
    let (mut held, mut flat, mut meanings) = (Vec::new(), Flat::default(), Vec::new());
    for step in steps {
        let used: Vec<usize> = step
            .operands
            .iter()
            .filter_map(|&number| choose(&(0..held.len()).collect::<Vec<_>>(), number))
            .collect();
        let operands: Vec<NodeId> = used.iter().map(|&at| held[at]).collect();
        let meant: Vec<usize> = used.iter().map(|&at| meanings[at]).collect();
        let value = f64::from(step.value % 4);
        let scope = if step.is_inside { "s" } else { "" };
        let first = held.len();
        graph.within(scope, |graph| match step.kind % 8 {
            0 => {
                meanings.push(flat.leaf(Modular(graph.inputs().len() as u64 + 2)));
                held.push(graph.feature(None).unwrap());
            }
            1 => {
                meanings.push(flat.leaf(Modular(value as i64 as u64)));
                held.push(graph.parameter(None, value).unwrap());
            }
            2 | 3 if !operands.is_empty() => {
                let operation = operation(step.kind, operands.len());
                meanings.push(flat.operation(operation.clone(), meant));
                held.push(graph.operation(operation, &operands).unwrap());
            }
            4..8 => {
                let ports = graph.add_macro(None, step.tangle, &operands).unwrap();
                let own = graph.operands(ports[0]).unwrap().next().unwrap();
                if let Some(name) = step.name {
                    let _ = graph.set_name(own, &format!("n{name}"));
                }
                let path = graph.path(own).unwrap().unwrap();
                meanings.extend(step.tangle.interpret(&mut flat, SEED, &path, &meant));
                held.extend(ports);
            }
            _ => {
                meanings.push(flat.leaf(Modular(value as i64 as u64)));
                held.push(graph.constant(value));
            }
        });
        if let Some(name) = step.name {
            // A name that is taken is refused, and the node goes without.
            let _ = graph.set_name(held[first], &format!("k{name}"));
        }
    }
    for (number, list) in outputs.iter().enumerate() {
        let nodes: Vec<_> = list.iter().filter_map(|&n| choose(&held, n)).collect();
        let _ = graph.add_output(&format!("o{number}"), &nodes);
    }
    Tangled {
        graph,
        held,
        flat,
        meanings,
    }
}

fn tangles() -> impl Strategy<Value = Tangle> + Clone {
    (any::<u32>(), 0_u8..4, 1_u8..4).prop_map(|(seed, depth, ports)| Tangle { seed, depth, ports })
}

/// Graphs with macros.
pub(crate) fn tangled() -> impl Strategy<Value = Tangled> {
    let name = proptest::option::weighted(0.4, 0_u8..6);
    let step = (
        any::<u8>(),
        vec(any::<u16>(), 0..4),
        any::<i8>(),
        tangles(),
        name,
        any::<bool>(),
    );
    let step = step.prop_map(|(kind, operands, value, tangle, name, is_inside)| Step {
        kind,
        operands,
        value,
        tangle,
        name,
        is_inside,
    });
    (vec(step, 0..14), vec(vec(any::<u16>(), 1..4), 0..4))
        .prop_map(|(steps, outputs)| build(steps, outputs))
}

fn parse(text: &str) -> Graph {
    Graph::parse(text, &registry()).unwrap()
}

proptest! {
    #[test]
    fn held_keys_mean_the_same_after_the_expansion(
        tangled in tangled(),
        chosen in vec((any::<u16>(), any::<i8>()), 0..4),
    ) {
        let Tangled { mut graph, held, flat, meanings } = tangled;
        graph.verify().unwrap();
        let text = graph.to_string();
        let mut copy = parse(&text);
        prop_assert_eq!(copy.to_string(), text.as_str());
        let (mut clone, _) = graph.clone_with_keys();

        graph.expand(SEED).unwrap();
        graph.verify().unwrap();
        prop_assert!(!graph.has_macros());
        let expanded = graph.to_string();
        prop_assert_eq!(expanded.parse::<Graph>().unwrap().to_string(), expanded.as_str());
        copy.expand(SEED).unwrap();
        prop_assert_eq!(copy.to_string(), expanded.as_str(), "of the copy of\n{}", &text);
        clone.expand(SEED).unwrap();
        prop_assert_eq!(clone.to_string(), expanded.as_str());

        let mut evaluator = Evaluator::<Modular>::new(&graph);
        for (number, input) in graph.inputs().enumerate() {
            evaluator.set_input(&graph, input, Modular(number as u64 + 2)).unwrap();
        }
        let all: Vec<_> = (0..held.len()).collect();
        let seeds: Vec<_> = chosen
            .into_iter()
            .filter_map(|(number, seed)| Some((choose(&all, number)?, Modular(seed as u64))))
            .collect();
        let of_keys: Vec<_> = seeds.iter().map(|&(at, seed)| (held[at], seed)).collect();
        let of_meanings: Vec<_> = seeds.iter().map(|&(at, seed)| (meanings[at], seed)).collect();
        evaluator.forward(&graph, &held).unwrap();
        evaluator.reverse(&graph, &of_keys).unwrap();
        let adjoints = flat.adjoints(&of_meanings);
        for (&key, &meaning) in held.iter().zip(&meanings) {
            prop_assert_eq!(evaluator.value(key).unwrap(), flat.value(meaning), "{}", &text);
            prop_assert_eq!(evaluator.adjoint(key).unwrap(), adjoints[meaning], "{}", &text);
        }
    }

    #[test]
    fn neither_the_order_of_macros_nor_another_macro_changes_an_initial_value(
        tangles in vec(tangles(), 1..6),
        turn in any::<usize>(),
        other in tangles(),
    ) {
        let drawn = |order: &[usize], other: Option<Tangle>| {
            let mut graph = Graph::new();
            let x = graph.feature("x").unwrap();
            if let Some(other) = other {
                graph.add_macro("other", other, &[x]).unwrap();
            }
            for &at in order {
                let name = format!("m{at}");
                graph.add_macro(&*name, tangles[at], &[x]).unwrap();
            }
            graph.expand(SEED).unwrap();
            let named = |id| {
                let path = graph.path(id).unwrap().unwrap();
                (!path.starts_with("other")).then(|| (path, graph.parameter_value(id).unwrap().to_bits()))
            };
            graph.parameters().filter_map(named).collect::<BTreeMap<_, _>>()
        };
        let mut order: Vec<_> = (0..tangles.len()).collect();
        let first = drawn(&order, None);
        prop_assert_eq!(&drawn(&order, Some(other)), &first);
        order.rotate_left(turn % tangles.len());
        prop_assert_eq!(&drawn(&order, None), &first);
        order.reverse();
        prop_assert_eq!(&drawn(&order, Some(other)), &first);
    }

    #[test]
    fn edits_around_macros_keep_every_invariant(
        tangled in tangled(),
        edits in vec((any::<u8>(), any::<[u16; 4]>()), 1..30),
    ) {
        let mut graph = tangled.graph;
        let mut evaluator = Evaluator::new(&graph);
        for edit in edits {
            let before = state(&graph).unwrap();
            let result = match edit.0 {
                250.. => expand(&mut graph),
                _ => apply(&mut graph, edit),
            };
            if let Err(error) = graph.verify() {
                panic!("{edit:?}, {result:?}: {error}\n{before}");
            }
            prop_assert!(result.is_ok() || state(&graph).unwrap() == before, "{edit:?}: {result:?}");
            if !graph.has_macros() {
                let lived = swept(&mut evaluator, &graph);
                prop_assert_eq!(lived, swept(&mut Evaluator::new(&graph), &graph));
            }
        }
        let mut copy = parse(&graph.to_string());
        prop_assert_eq!(copy.to_string(), graph.to_string());
        let results = [expand(&mut graph), expand(&mut copy)].map(|result| result.is_ok());
        prop_assert_eq!(results[0], results[1]);
        prop_assert_eq!(copy.to_string(), graph.to_string());
        graph.verify().unwrap();
        graph.prune();
        graph.verify().unwrap();
    }

    #[test]
    fn a_damaged_listing_with_macros_is_read_or_refused(
        tangled in tangled(),
        damages in vec(any::<Damage>(), 1..4),
    ) {
        let mut text = tangled.graph.to_string();
        for one in damages {
            text = damage(&text, one);
        }
        check(&text);
    }
}

/// Expands, unless a scope path has been taken by what was expanded before under a name that was given away.
fn expand(graph: &mut Graph) -> Result<(), Box<dyn std::error::Error>> {
    graph.expand(SEED).map_err(|error| {
        let is_name = matches!(
            &error.problem,
            ExpandProblem::Macro(MacroError::Build(dagrad_graph::BuildError::Name(_)))
        );
        assert!(is_name, "{error}");
        error.into()
    })
}
