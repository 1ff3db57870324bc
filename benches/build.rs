//! What building a graph costs: nanoseconds and bytes per node, for a million binary operations with
//! capacity reserved. Bytes are the peak of live allocation over nodes.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dagrad::prelude::*;
use dagrad_testsuite::allocator::{Counting, measure};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const NODES: usize = 1_000_000;

/// Which earlier nodes the operands of each node are.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// The two before: every node has two users.
    Chain,
    /// The one before and a first parameter that all share.
    Shared,
    /// Any two of all before: some have many users.
    Random,
}

fn build(shape: Shape) -> Graph {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut graph = Graph::with_capacity(NODES + 2);
    let first = [graph.parameter(None, 0.5), graph.parameter(None, 0.5)];
    let mut ids: Vec<NodeId> = first.into_iter().flatten().collect();
    ids.reserve_exact(NODES);
    for at in 1..=NODES {
        let (left, right) = match shape {
            Shape::Chain => (at - 1, at),
            Shape::Shared => (0, at),
            Shape::Random => (rng.random_range(0..=at), rng.random_range(0..=at)),
        };
        // Every operand was made above, so there is no error that could break the loop off.
        ids.extend(graph.add(&[ids[left], ids[right]]));
    }
    assert_eq!(graph.len(), NODES + 2);
    graph
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("build_million");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(NODES as u64));
    for shape in [Shape::Chain, Shape::Shared, Shape::Random] {
        let (_, usage) = measure(|| build(shape));
        // The list of keys is the bench's own.
        let bytes = usage.peak_bytes as f64 / NODES as f64 - size_of::<NodeId>() as f64;
        println!(
            "{shape:?}: {bytes:.1} bytes per node, {} allocations",
            usage.allocations
        );
        group.bench_function(
            BenchmarkId::from_parameter(format!("{shape:?}")),
            |bencher| {
                bencher.iter_with_large_drop(|| build(shape));
            },
        );
    }
    group.finish();
}

criterion_group!(build_benches, benches);
criterion_main!(build_benches);
