//! A graph that grows together with its values, so that only what is well-behaved is added.

use crate::blocks::Block;
use crate::strategies::GREATEST;
use dagrad_graph::{Evaluate, Evaluator, Graph, Kind, NodeId, Role};
use dagrad_ops::{Domain, Op};
use std::ops::Range;

/// No partial is larger.
const STEEPEST: f64 = 20.0;

/// What initial values inside macros are drawn from.
pub(crate) const SEED: u64 = 5;

/// What is done to operands before an operation takes them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taming {
    /// Operands are multiplied by this.
    scale: f64,
    /// Whether they are led into the operation's domain.
    guarded: bool,
    /// Whether they are led away from zero, too, whatever the domain.
    positive: bool,
}

impl Taming {
    /// From none to much; the first that fits is used.
    pub(crate) const ALL: &[Self] = &{
        const fn taming(scale: f64, guarded: bool, positive: bool) -> Taming {
            Taming {
                scale,
                guarded,
                positive,
            }
        }
        [
            taming(1.0, false, false),
            taming(0.5, false, false),
            taming(1.0, true, false),
            taming(0.5, true, false),
            taming(0.25, true, false),
            taming(0.125, true, false),
            taming(0.0625, true, false),
            taming(0.5, true, true),
            taming(0.125, true, true),
        ]
    };
}

/// Whether `x` lies in the domain, and not close to its end.
fn well_inside(domain: Domain, x: f64) -> bool {
    const MARGIN: f64 = 0.0625;
    [x - MARGIN, x, x + MARGIN]
        .into_iter()
        .all(|x| domain.contains_inside(x))
        && (domain.contains(0.0) || x.abs() > MARGIN)
}

/// A graph that grows together with its values.
pub(crate) struct Growth {
    nodes: Vec<Grown>,
    samples: usize,
    /// The macros and their operands.
    blocks: Vec<(Block, Vec<usize>)>,
}

struct Grown {
    origin: Origin,
    /// One for each sample.
    values: Vec<f64>,
}

/// What a node comes from.
enum Origin {
    Node(Kind<Op>, Vec<usize>),
    /// A port of the block of this number.
    Port(usize),
}

impl Growth {
    pub(crate) const fn new(samples: usize) -> Self {
        Self {
            nodes: Vec::new(),
            samples,
            blocks: Vec::new(),
        }
    }

    /// How many nodes there are.
    pub(crate) const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The value of each node on this sample, in the order in which they were added.
    pub(crate) fn values(&self, sample: usize) -> Vec<f64> {
        self.nodes.iter().map(|node| node.values[sample]).collect()
    }

    pub(crate) fn push(&mut self, kind: Kind<Op>, operands: Vec<usize>, values: Vec<f64>) -> usize {
        let origin = Origin::Node(kind, operands);
        self.nodes.push(Grown { origin, values });
        self.nodes.len() - 1
    }

    /// A leaf that has the same value on every sample.
    pub(crate) fn leaf(&mut self, kind: Kind<Op>, value: f64) -> usize {
        self.push(kind, Vec::new(), vec![value; self.samples])
    }

    fn constant(&mut self, value: f64) -> usize {
        self.leaf(Kind::Constant(value), value)
    }

    /// Adds an operation if it is well-behaved, and else takes back what was added for it.
    pub(crate) fn try_operation(
        &mut self,
        op: &Op,
        operands: &[usize],
        taming: Taming,
    ) -> Option<usize> {
        let before = self.nodes.len();
        let tame = |growth: &mut Self| {
            let operands = operands.iter().enumerate();
            let operands =
                operands.map(|(at, &operand)| growth.tamed(op.domain(at), operand, taming));
            let operands: Option<Vec<_>> = operands.collect();
            growth.operation(op, operands?)
        };
        let grown = tame(self);
        if grown.is_none() {
            self.nodes.truncate(before);
        }
        grown
    }

    /// The node that stands for `operand`, after taming.
    fn tamed(&mut self, domain: Domain, operand: usize, taming: Taming) -> Option<usize> {
        let mut x = operand;
        if taming.scale < 1.0 {
            let scale = self.constant(taming.scale);
            x = self.operation(&Op::Mul, vec![x, scale])?;
        }
        if !taming.guarded {
            return Some(x);
        }
        let (shift, domain) = match domain {
            _ if taming.positive => (0.5, Domain::Positive),
            Domain::AboveMinusOne => (-0.5, domain),
            Domain::Reals
            | Domain::NonZero
            | Domain::Positive
            | Domain::NonNegative
            | Domain::Unit => (0.5, domain),
        };
        match domain {
            Domain::Reals => Some(x),
            Domain::NonZero | Domain::Positive | Domain::NonNegative | Domain::AboveMinusOne => {
                let size = self.operation(&Op::Abs, vec![x])?;
                let shift = self.constant(shift);
                self.operation(&Op::Add, vec![size, shift])
            }
            Domain::Unit => {
                let wave = self.operation(&Op::Sin, vec![x])?;
                let scale = self.constant(0.75);
                self.operation(&Op::Mul, vec![scale, wave])
            }
        }
    }

    /// Adds an operation, if on every sample its operands lie well inside their domains and neither its
    /// value nor a partial is too large.
    fn operation(&mut self, op: &Op, operands: Vec<usize>) -> Option<usize> {
        let mut values = Vec::with_capacity(self.samples);
        for sample in 0..self.samples {
            let list: Vec<f64> = operands
                .iter()
                .map(|&at| self.nodes[at].values[sample])
                .collect();
            let inside = list
                .iter()
                .enumerate()
                .all(|(at, &x)| well_inside(op.domain(at), x));
            let value: f64 = op.value(&list);
            let partials = crate::derivatives::contributions(op, &list, 1.0);
            // Written so that a NaN fails.
            let tame = value.abs() <= GREATEST && partials.iter().all(|x| x.abs() <= STEEPEST);
            if !(inside && tame) {
                return None;
            }
            values.push(value);
        }
        Some(self.push(Kind::Operation(op.clone()), operands, values))
    }

    /// Adds a macro whose expansion is well-behaved, and gives its ports.
    pub(crate) fn try_block(&mut self, block: Block, operands: &[usize]) -> Option<Range<usize>> {
        let mut graph = Graph::new();
        let features: Result<Vec<_>, _> = operands.iter().map(|_| graph.feature(None)).collect();
        // The name decides what the parameters start from, so it has to be the one in the whole graph.
        let name = block_name(self.blocks.len());
        let ports = graph.add_macro(&*name, block, &features.ok()?).ok()?;
        graph.expand(SEED).ok()?;
        let nodes: Vec<_> = graph.canonical_order().iter().collect();
        let mut values = vec![Vec::with_capacity(self.samples); ports.len()];
        let mut evaluator = Evaluator::<f64>::new(&graph);
        for sample in 0..self.samples {
            let features: Vec<_> = operands
                .iter()
                .map(|&at| self.nodes[at].values[sample])
                .collect();
            evaluator.set_features(&graph, &features).ok()?;
            evaluator.forward(&graph, &nodes).ok()?;
            let is_tame = |&id| evaluator.value(id).is_ok_and(|x| x.abs() <= GREATEST);
            if !nodes.iter().all(is_tame) {
                return None;
            }
            for (&port, values) in ports.iter().zip(&mut values) {
                values.push(evaluator.value(port).ok()?);
            }
        }
        let (first, number) = (self.nodes.len(), self.blocks.len());
        self.nodes.extend(values.into_iter().map(|values| Grown {
            origin: Origin::Port(number),
            values,
        }));
        self.blocks.push((block, operands.to_vec()));
        Some(first..self.nodes.len())
    }

    /// The graph of what has grown, and its nodes, in the order in which they were added. Macros stand in it as
    /// nodes.
    pub(crate) fn graph(self) -> (Graph<Op>, Vec<NodeId>) {
        let mut graph = Graph::new();
        let mut ids: Vec<NodeId> = Vec::new();
        // Where the ports of each macro begin, and they themselves.
        let mut first_port_of: Vec<(usize, Vec<NodeId>)> = Vec::new();
        for Grown { origin, .. } in self.nodes {
            let list = |places: &[usize], ids: &[NodeId]| -> Vec<_> {
                places.iter().map(|&at| ids[at]).collect()
            };
            let id = match origin {
                Origin::Node(Kind::Input(Role::Feature), _) => graph.feature(None).ok(),
                Origin::Node(Kind::Input(Role::Target), _) => graph.target(None).ok(),
                Origin::Node(Kind::Parameter(value), _) => graph.parameter(None, value).ok(),
                Origin::Node(Kind::Constant(value), _) => Some(graph.constant(value)),
                Origin::Node(Kind::Operation(op), operands) => {
                    graph.operation(op, &list(&operands, &ids)).ok()
                }
                Origin::Node(Kind::Macro(_) | Kind::Port(_) | Kind::Alias, _) => None,
                Origin::Port(number) => {
                    // With its first port a macro adds all of them.
                    let (block, operands) = &self.blocks[number];
                    if first_port_of.len() <= number {
                        let name = block_name(number);
                        let ports = graph.add_macro(&*name, *block, &list(operands, &ids));
                        first_port_of.push((ids.len(), ports.unwrap_or_default()));
                    }
                    let (first, ports) = &first_port_of[number];
                    ports.get(ids.len() - first).copied()
                }
            };
            // Nothing of this can fail: names are distinct, the arity was kept, and only such kinds grow.
            ids.push(id.unwrap_or_else(NodeId::dangling));
        }
        (graph, ids)
    }
}

fn block_name(number: usize) -> String {
    format!("block{number}")
}
