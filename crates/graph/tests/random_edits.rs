//! Random sequences of edits on random graphs: every invariant holds after each, an edit that is refused
//! changes nothing, and an evaluator that lived through all of them agrees with a fresh one.

use crate::random::{choose, graphs, operation};
use crate::toy::{Graph, state};
use dagrad_graph::Build as _;
use dagrad_graph::{Evaluator, NodeId};
use proptest::collection::vec;
use proptest::prelude::*;
use std::error::Error;

/// Which edit, and what chooses its nodes.
pub(crate) type Edit = (u8, [u16; 4]);

/// Tries an edit; whether it is refused is up to the graph.
pub(crate) fn apply(graph: &mut Graph, (what, numbers): Edit) -> Result<(), Box<dyn Error>> {
    let nodes: Vec<NodeId> = graph.canonical_order().iter().collect();
    let [Some(a), Some(b), Some(c)] = [0, 1, 2].map(|at| choose(&nodes, numbers[at])) else {
        graph.feature(None)?;
        return Ok(());
    };
    // Most operands of most nodes, and sometimes one that is not there.
    let operand = usize::from(numbers[3] % 4);
    let names: Vec<String> = graph.outputs().map(|(name, _)| name.to_owned()).collect();
    let output = names.get(operand).map_or("none", |name| name);
    match what % 20 {
        0..3 => graph.redirect(a, operand, b)?,
        3..6 => graph.replace(a, b)?,
        6 | 7 => {
            graph.insert_between(a, operand, operation(what, 2), &[b])?;
        }
        8 => {
            graph.insert_between(a, operand, operation(what / 20, 3), &[b, c])?;
        }
        9 | 10 => graph.push_operand(a, b)?,
        11 => graph.remove_operand(a, operand)?,
        12 if what > 100 => {
            graph.insert_after(a, operation(what / 20, 2), &[b])?;
        }
        12 => graph.set_operation(a, operation(what / 20, operand + 1))?,
        13 => graph.remove(a)?,
        14 if what > 200 => {
            graph.remove_cascade(a)?;
        }
        14 if what > 150 => {
            graph.prune();
        }
        15 => graph.redirect_output(output, &[a, b])?,
        16 if operand == 0 => graph.remove_output(output)?,
        16 => graph.add_output(&format!("o{operand}"), &[c])?,
        17 => graph.set_name(a, &format!("n{}", numbers[3] % 12))?,
        18 => graph.set_parameter(a, f64::from(operand as u8))?,
        _ => {
            let mut additions = graph.additions();
            let sum = additions.operation(operation(what / 20, 3), &[a, b, c])?;
            additions.operation(operation(what, 2), &[sum, b])?;
            let input = additions.feature(None)?;
            additions.operation(operation(what, 1), &[input])?;
            if what > 128 {
                additions.commit();
            }
        }
    }
    Ok(())
}

/// The bits of every value and adjoint, in canonical order.
pub(crate) fn swept(evaluator: &mut Evaluator<f64>, graph: &Graph) -> Vec<(u64, u64)> {
    for (number, input) in graph.inputs().enumerate() {
        let value = f64::from(number as u8) - 2.0;
        evaluator.set_input(graph, input, value).unwrap();
    }
    let nodes: Vec<_> = graph.canonical_order().iter().collect();
    let seeds: Vec<_> = nodes.iter().map(|&id| (id, 1.0)).collect();
    evaluator.reverse(graph, &seeds).unwrap();
    let bits = |id| {
        let [value, adjoint] = [evaluator.value(id), evaluator.adjoint(id)];
        (value.unwrap().to_bits(), adjoint.unwrap().to_bits())
    };
    nodes.into_iter().map(bits).collect()
}

proptest! {
    #[test]
    fn edits_keep_every_invariant(
        graph in graphs(),
        edits in vec((any::<u8>(), any::<[u16; 4]>()), 1..40),
    ) {
        let mut graph = graph.0;
        graph.verify().unwrap();
        let mut evaluator = Evaluator::new(&graph);
        for edit in edits {
            let (before, generation) = (state(&graph).unwrap(), graph.generation());
            let result = apply(&mut graph, edit);
            if let Err(error) = graph.verify() {
                panic!("{edit:?}, {result:?}: {error}\n{before}");
            }
            let refused = result.is_err();
            prop_assert!(!refused || state(&graph).unwrap() == before, "{edit:?}: {result:?}");
            prop_assert!(
                graph.generation() >= generation,
                "the generation went from {} to {}", generation, graph.generation()
            );
            let lived = swept(&mut evaluator, &graph);
            prop_assert_eq!(lived, swept(&mut Evaluator::new(&graph), &graph));
        }
        let copy: Graph = graph.to_string().parse().unwrap();
        prop_assert_eq!(copy.to_string(), graph.to_string());
    }
}
