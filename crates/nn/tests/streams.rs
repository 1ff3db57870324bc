//! The same seed gives the same parameters, whatever stands beside them.

use dagrad_graph::{Graph, Kind};
use dagrad_nn::{Activation, GraphLayers as _, Initializer, Linear, Mlp};
use dagrad_ops::Op;
use std::collections::BTreeMap;

/// The bits of every parameter, by path, of what `build` adds, expanded with `seed`.
fn parameters(seed: u64, build: impl FnOnce(&mut Graph<Op>)) -> BTreeMap<String, u64> {
    let mut graph = Graph::new();
    build(&mut graph);
    graph.expand(seed).unwrap();
    let bits = |id| match graph.kind(id).unwrap() {
        Kind::Parameter(value) => value.to_bits(),
        other => panic!("{other:?}"),
    };
    let named = graph
        .parameters()
        .map(|id| (graph.path(id).unwrap().unwrap(), bits(id)));
    named.collect()
}

fn two_layers(g: &mut Graph<Op>) {
    let xs = [g.feature("x").unwrap(), g.feature("y").unwrap()];
    let hidden = g.linear("hidden", &xs, 3).unwrap();
    let normal = Linear::new(1).weights(Initializer::XavierNormal);
    g.linear("out", &hidden, normal).unwrap();
}

/// Every parameter of `some` is in `all`, with the same bits.
fn check_contained(some: &BTreeMap<String, u64>, all: &BTreeMap<String, u64>) {
    for (path, bits) in some {
        assert_eq!(all.get(path), Some(bits), "{path}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_the_same_text() {
    let text = |seed| {
        let mut graph = Graph::new();
        two_layers(&mut graph);
        graph.expand(seed).unwrap();
        graph.to_string()
    };
    assert_eq!(text(42), text(42));
    assert_eq!(parameters(42, two_layers), parameters(42, two_layers));
    let other = parameters(43, two_layers);
    let same = parameters(42, two_layers);
    assert!(same.iter().all(|(path, bits)| other[path] != *bits));
}

#[test]
fn adding_a_layer_changes_no_other_layers_weights() {
    let more = parameters(42, |g| {
        let z = g.feature("z").unwrap();
        g.mlp("before", &[z], [5, 2]).unwrap();
        two_layers(g);
        g.linear("after", &[z], 4).unwrap();
    });
    let fewer = parameters(42, two_layers);
    check_contained(&fewer, &more);
    assert_eq!(more.len(), fewer.len() + (5 * 2 + 2 * 6) + 4 * 2);
}

#[test]
fn more_outputs_leave_the_weights_of_the_others() {
    let layer = |outputs| {
        parameters(7, |g| {
            let x = g.feature("x").unwrap();
            g.linear("layer", &[x], outputs).unwrap();
        })
    };
    check_contained(&layer(2), &layer(5));
}

#[test]
fn another_activation_or_a_longer_network_leaves_the_weights() {
    let network = |mlp: Mlp| {
        parameters(7, |g| {
            let x = g.feature("x").unwrap();
            g.mlp("net", &[x], mlp).unwrap();
        })
    };
    let plain = network(Mlp::new([4, 3]));
    let tanh = Mlp::new([4, 3]).hidden(Activation::Tanh);
    assert_eq!(network(tanh.output(Activation::Sigmoid)), plain);
    assert_eq!(
        network(Mlp::new([4, 3]).hidden(Activation::Identity)),
        plain
    );
    check_contained(&plain, &network(Mlp::new([4, 3, 2])));
}
