//! Random graphs of all operations, in which every value is of moderate size and no comparison is close.

use dagrad_graph::{Evaluate, NodeId, Operator};
use dagrad_ops::Op;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt;

type Graph = dagrad_graph::Graph<Op>;

/// A graph whose features have these values, in declared order, and its nodes.
pub(crate) struct Random {
    pub(crate) graph: Graph,
    pub(crate) features: Vec<f64>,
    pub(crate) nodes: Vec<NodeId>,
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}at {:?}", self.graph, self.features)
    }
}

/// The element of `list` that `number` chooses.
fn choose<T: Clone>(list: &[T], number: u16) -> T {
    list[(usize::from(number) * list.len()) >> 16].clone()
}

/// Whether an expression that rounds differently computes much the same: no operand is close to where
/// the operation jumps.
fn is_robust(op: &Op, operands: &[(NodeId, f64)], value: f64) -> bool {
    let moderate = value == 0.0 || (1e-3..1e3).contains(&value.abs());
    let jumps = match op {
        Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne | Op::Min | Op::Max => {
            let pairs = operands.windows(2);
            let mut close = pairs.filter(|p| p[0].0 != p[1].0);
            close.any(|p| (p[0].1 - p[1].1).abs() < 1e-3)
        }
        Op::Atan2 => operands.iter().any(|(_, x)| x.abs() < 1e-3),
        _ => false,
    };
    moderate && !jumps
}

/// One node: which operation, and which operands.
type Step = (u16, Vec<u16>);

fn build(features: Vec<f64>, parameters: &[f64], constants: &[f64], steps: &[Step]) -> Random {
    let mut graph = Graph::new();
    let mut nodes: Vec<(NodeId, f64)> = Vec::new();
    for (at, &value) in features.iter().enumerate() {
        let name = (at % 2 == 1).then(|| format!("in.{at}"));
        nodes.push((graph.feature(name.as_deref()).unwrap(), value));
    }
    for &value in parameters {
        nodes.push((graph.parameter(None, value).unwrap(), value));
    }
    for &value in constants {
        nodes.push((graph.constant(value), value));
    }
    // A condition is asked whether it is zero, and a zero that was computed may elsewhere be none.
    let mut conditions = nodes.clone();
    let ops = Op::all();
    for (op, operands) in steps {
        let op = choose(&ops, *op);
        let count = (1..=operands.len()).rev().find(|&n| op.arity().accepts(n));
        let mut operands: Vec<_> = operands[..count.unwrap()]
            .iter()
            .map(|&n| choose(&nodes, n))
            .collect();
        if matches!(op, Op::Select) {
            let number = operands[0].1.abs().fract() * 65535.0;
            operands[0] = choose(&conditions, number as u16);
        }
        let values: Vec<f64> = operands.iter().map(|(_, value)| *value).collect();
        let value: f64 = op.value(&values);
        if is_robust(&op, &operands, value) {
            let ids: Vec<NodeId> = operands.iter().map(|(id, _)| *id).collect();
            let is_comparison = matches!(op, Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Eq | Op::Ne);
            let id = graph.operation(op, &ids).unwrap();
            nodes.push((id, value));
            if is_comparison {
                conditions.push((id, value));
            }
        }
    }
    let nodes: Vec<NodeId> = nodes.into_iter().map(|(id, _)| id).collect();
    let last = nodes[nodes.len() - 3..].to_vec();
    graph.add_output("last", &last).unwrap();
    Random {
        graph,
        features,
        nodes,
    }
}

/// Random graphs of up to so many operations.
pub(crate) fn graphs(most: usize) -> impl Strategy<Value = Random> {
    let value = || (-30_i8..=30).prop_map(|tenths| f64::from(tenths) / 10.0);
    let step = (any::<u16>(), vec(any::<u16>(), 3..5));
    let leaves = (vec(value(), 1..4), vec(value(), 1..4), vec(value(), 1..4));
    (leaves, vec(step, 1..most)).prop_map(|((features, parameters, constants), steps)| {
        build(features, &parameters, &constants, &steps)
    })
}
