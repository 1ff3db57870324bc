//! Networks as lists of edges, read off a graph.

use dagrad_graph::{Graph, Kind, NodeId};
use dagrad_ops::Op;
use std::collections::HashMap;

/// Neurons without layers. A value is a feature or that of a neuron, and features are counted first.
pub(crate) struct Network {
    pub(crate) features: usize,
    /// In an order in which inputs come before what they are inputs of; the last ones are those that the
    /// loss compares with the targets, in their order.
    pub(crate) neurons: Vec<Neuron>,
    /// The number of those.
    pub(crate) outputs: usize,
}

/// A weighted sum of values, and its activation.
pub(crate) struct Neuron {
    /// For each edge the number of its value and that of its weight among the parameters.
    pub(crate) edges: Vec<(usize, usize)>,
    /// The number of its bias among the parameters.
    pub(crate) bias: usize,
    /// How many neurons the longest path to it has, without it.
    pub(crate) level: usize,
}

impl Network {
    /// The network of a graph whose neurons are sums with a parameter among their terms, activated by
    /// `activation` or not at all, and whose only differences are those of outputs and targets. No output is
    /// an input of a neuron.
    pub(crate) fn of(graph: &Graph<Op>, activation: &Op) -> Self {
        let order = graph.canonical_order();
        let operands = |id| -> Vec<NodeId> { graph.operands(id).unwrap().collect() };
        let operation = |id| match graph.kind(id).unwrap() {
            Kind::Operation(op) => Some(op),
            _ => None,
        };
        let parameters: HashMap<NodeId, usize> = graph.parameters().zip(0..).collect();
        let mut values: HashMap<NodeId, usize> = graph.features().zip(0..).collect();
        let features = values.len();
        let (mut neurons, mut outputs) = (Vec::new(), Vec::new());
        for id in order.iter() {
            let of = operands(id);
            match operation(id) {
                Some(Op::Add) if of.iter().any(|term| parameters.contains_key(term)) => {
                    let mut neuron = Neuron {
                        edges: Vec::new(),
                        bias: usize::MAX,
                        level: 0,
                    };
                    for term in of {
                        if let Some(&bias) = parameters.get(&term) {
                            neuron.bias = bias;
                            continue;
                        }
                        let product = operands(term);
                        let value = values[&product[1]];
                        neuron.edges.push((value, parameters[&product[0]]));
                    }
                    let below = neuron.edges.iter().filter_map(|&(value, _)| {
                        let neuron: &Neuron = neurons.get(value.checked_sub(features)?)?;
                        Some(neuron.level + 1)
                    });
                    neuron.level = below.max().unwrap_or(0);
                    values.insert(id, features + neurons.len());
                    neurons.push(neuron);
                }
                Some(op) if op == activation => {
                    values.insert(id, values[&of[0]]);
                }
                Some(Op::Sub) => outputs.push(values[&of[0]]),
                _ => (),
            }
        }
        let count = outputs.len();
        let mut network = Self {
            features,
            neurons,
            outputs: count,
        };
        let hidden = (0..network.values()).filter(|value| !outputs.contains(value));
        let order: Vec<usize> = hidden
            .skip(features)
            .chain(outputs.iter().copied())
            .collect();
        network.reorder(&order);
        network
    }

    /// Brings the neurons into another order, in which inputs come first as well: that of these values.
    pub(super) fn reorder(&mut self, order: &[usize]) {
        let features = self.features;
        let mut moved: Vec<usize> = (0..self.values()).collect();
        for (to, &value) in order.iter().enumerate() {
            moved[value] = features + to;
        }
        let mut neurons: Vec<_> = std::mem::take(&mut self.neurons)
            .into_iter()
            .map(Some)
            .collect();
        for &value in order {
            let mut neuron = neurons[value - features].take().unwrap();
            for (value, _) in &mut neuron.edges {
                *value = moved[*value];
            }
            self.neurons.push(neuron);
        }
    }

    /// The number of values.
    pub(super) fn values(&self) -> usize {
        self.features + self.neurons.len()
    }

    /// For each value the neurons that it is an input of, each with the number of the weight.
    pub(super) fn users(&self) -> Vec<Vec<(usize, usize)>> {
        let mut users = vec![Vec::new(); self.values()];
        for (at, neuron) in self.neurons.iter().enumerate() {
            for &(value, weight) in &neuron.edges {
                users[value].push((self.features + at, weight));
            }
        }
        users
    }
}
