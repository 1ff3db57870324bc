//! What expanding costs: nanoseconds for each node that is made, for the layers of a 784-256-128-10 network,
//! about 700,000 nodes.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use dagrad::prelude::*;

fn layers() -> Graph {
    let mut graph = Graph::new();
    let inputs: Vec<NodeId> = (0..784).flat_map(|_| graph.feature(None)).collect();
    let outputs = graph
        .mlp("net", &inputs, [256, 128, 10])
        .unwrap_or_default();
    assert_eq!(outputs.len(), 10);
    graph
}

fn benches(criterion: &mut Criterion) {
    let mut expanded = layers();
    let before = expanded.len();
    assert!(expanded.expand(1).is_ok());
    let made = expanded.len() - before;
    println!("{made} nodes are made");
    let mut group = criterion.benchmark_group("expand_wide");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(made as u64));
    group.bench_function("Mlp 784-256-128-10", |bencher| {
        let expand = |mut graph: Graph| {
            assert!(graph.expand(1).is_ok());
            graph
        };
        bencher.iter_batched(layers, expand, BatchSize::PerIteration);
    });
    group.finish();
}

criterion_group!(expand_benches, benches);
criterion_main!(expand_benches);
