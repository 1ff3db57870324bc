//! As deep as the documentation says.

use dagrad_tree::{CachingTree, DEPTH_LIMIT, Model, RecomputingTree, multiply, parameter, sigmoid};

/// Everything that recurses, on the stack that a thread has by default.
#[test]
fn a_tree_of_the_documented_depth_fits_a_thread() {
    let run = || {
        let levels = (1..DEPTH_LIMIT).fold(parameter(0.5), |below, level| {
            if level % 2 == 0 {
                sigmoid(below)
            } else {
                multiply([below, parameter(1.5)])
            }
        });
        assert!(levels.to_string().len() > DEPTH_LIMIT);
        let graph = levels.to_graph("y").unwrap();
        assert_eq!(graph.len(), DEPTH_LIMIT + DEPTH_LIMIT / 2);
        let mut told = RecomputingTree::new(levels.clone());
        let mut caching = CachingTree::compile(levels);
        let trees: [&mut dyn Model; 2] = [&mut told, &mut caching];
        let learnt = trees.map(|tree| {
            tree.predict(&[]).unwrap();
            tree.backward(1.0);
            tree.forward();
            tree.to_node().to_string()
        });
        assert_eq!(learnt[0], learnt[1]);
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(run).unwrap().join().unwrap();
}
