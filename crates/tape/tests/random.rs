//! Random graphs: wild ones, of any operation of any operands, at values where functions have poles, kinks,
//! ties and no value at all; and tame ones, all values and partials of which are small.

use dagrad_graph::{Arity, Evaluate as _, Graph, NodeId, Operator};
use dagrad_ops::Op;

/// A small generator of numbers: `SplitMix64`.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Within ±1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 * 2.0_f64.powi(-52) - 1.0
    }

    /// Often one of the numbers that matter.
    pub(crate) fn wild(&mut self) -> f64 {
        const SPECIAL: [f64; 12] = [
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            2.0,
            -3.0,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            1e-300,
            1e300,
        ];
        match self.below(24) {
            at if at < SPECIAL.len() => SPECIAL[at],
            _ => 3.0 * self.unit(),
        }
    }
}

/// Four inputs, four parameters and some constants, and `len` of these operations over them; its outputs are
/// `y`, the last node, and `list`, some others.
pub(crate) fn wild_graph(numbers: &mut Numbers, operations: &[Op], len: usize) -> Graph<Op> {
    let mut graph = Graph::new();
    let mut nodes: Vec<NodeId> = Vec::new();
    for number in 0..4 {
        nodes.push(if number < 3 {
            graph.feature(None).unwrap()
        } else {
            graph.target(None).unwrap()
        });
        nodes.push(graph.parameter(None, numbers.wild()).unwrap());
    }
    nodes.push(graph.constant(numbers.wild()));
    for _ in 0..len {
        let operation = operations[numbers.below(operations.len())].clone();
        let count = match operation.arity() {
            Arity::Exactly(count) => count,
            Arity::AtLeast(least) => least + numbers.below(5),
        };
        let mut operand = |_| {
            // Late nodes mostly, so that graphs get deep.
            let end = nodes.len();
            let back = if numbers.below(3) == 0 {
                end
            } else {
                end.min(6)
            };
            nodes[end - 1 - numbers.below(back)]
        };
        let operands: Vec<_> = (0..count).map(&mut operand).collect();
        let node = graph.operation(operation, &operands).unwrap();
        nodes.push(node);
        if numbers.below(12) == 0 {
            nodes.push(graph.constant(numbers.wild()));
        }
    }
    let last = *nodes.last().unwrap();
    graph.add_output("y", &[last]).unwrap();
    let list: Vec<_> = (0..3).map(|_| nodes[numbers.below(nodes.len())]).collect();
    graph.add_output("list", &list).unwrap();
    graph
}

/// Two inputs, two parameters, and `len` of these operations over them, and the values of the inputs. Operations
/// whose operands do not lie in their domains, or whose value or partials are large there, are not added. Its
/// output is `y`, the sum of the last few nodes.
pub(crate) fn tame_graph(
    numbers: &mut Numbers,
    operations: &[Op],
    len: usize,
) -> (Graph<Op>, Vec<f64>) {
    let mut graph = Graph::new();
    let mut nodes: Vec<(NodeId, f64)> = Vec::new();
    for value in [numbers.unit(), numbers.unit()] {
        nodes.push((graph.feature(None).unwrap(), value));
        let value = 2.0 * numbers.unit();
        nodes.push((graph.parameter(None, value).unwrap(), value));
    }
    let inputs = vec![nodes[0].1, nodes[2].1];
    let before = nodes.len();
    while nodes.len() < before + len {
        let operation = &operations[numbers.below(operations.len())];
        let count = match operation.arity() {
            Arity::Exactly(count) => count,
            Arity::AtLeast(least) => least + numbers.below(4),
        };
        let mut operand = |_| nodes[nodes.len() - 1 - numbers.below(nodes.len().min(7))];
        let chosen: Vec<_> = (0..count).map(&mut operand).collect();
        let (ids, x): (Vec<NodeId>, Vec<f64>) = chosen.into_iter().unzip();
        let value: f64 = operation.value(&x);
        let mut partials = vec![0.0; count];
        operation.contributions(&x, value, 1.0, &mut partials);
        let is_inside = |(at, &x): (usize, &f64)| {
            let margin = [x - 0.1, x, x + 0.1];
            margin
                .iter()
                .all(|&x| operation.domain(at).contains_inside(x))
        };
        // Written so that NaN is large.
        let is_small = |x: &f64| x.abs() < 10.0;
        if x.iter().enumerate().all(is_inside) && is_small(&value) && partials.iter().all(is_small)
        {
            nodes.push((graph.operation(operation.clone(), &ids).unwrap(), value));
        }
    }
    let last: Vec<_> = nodes[nodes.len() - 6..].iter().map(|(id, _)| *id).collect();
    let y = graph.operation(Op::Add, &last).unwrap();
    graph.add_output("y", &[y]).unwrap();
    (graph, inputs)
}
