//! Keys: a stale or foreign one is reported, never silently used.

use crate::toy::{Graph, Toy, body, node, read, state};
use dagrad_graph::KeyError;

#[test]
fn the_key_of_a_removed_node_is_stale() {
    let mut graph = read("%0 = feature \"x\"");
    let x = node(&graph, "x");
    assert!(graph.contains(x));
    graph.remove(x).unwrap();
    assert!(!graph.contains(x));
    assert!(matches!(graph.kind(x), Err(KeyError::Stale { .. })));
    assert!(matches!(graph.users(x).err(), Some(KeyError::Stale { .. })));
    assert!(matches!(
        graph.operands(x).err(),
        Some(KeyError::Stale { .. })
    ));
    assert!(matches!(graph.name(x), Err(KeyError::Stale { .. })));
    assert!(matches!(graph.scope_path(x), Err(KeyError::Stale { .. })));
    assert!(matches!(graph.describe(x), Err(KeyError::Stale { .. })));
    assert_eq!(graph.canonical_order().position(x), None);
}

#[test]
fn the_key_of_another_graph_is_foreign_though_its_slot_exists_here() {
    let graph = read("%0 = feature \"x\"");
    let other = read("%0 = feature \"x\"");
    let foreign = node(&other, "x");
    assert!(!graph.contains(foreign));
    assert!(matches!(graph.kind(foreign), Err(KeyError::Foreign { .. })));
    assert_eq!(graph.canonical_order().position(foreign), None);
}

#[test]
fn a_key_and_its_clones_key_are_foreign_to_each_other() {
    let graph = read("%0 = feature \"x\"");
    let clone = graph.clone();
    let (x, its_x) = (node(&graph, "x"), node(&clone, "x"));
    assert_ne!(x, its_x);
    assert!(matches!(clone.kind(x), Err(KeyError::Foreign { .. })));
    assert!(matches!(graph.kind(its_x), Err(KeyError::Foreign { .. })));
}

#[test]
fn a_key_map_leads_to_the_same_node_of_the_clone() {
    let graph = read("%0 = feature \"x\"\n%1 = add(%0, %0) \"y\"");
    let (clone, map) = graph.clone_with_keys();
    for name in ["x", "y"] {
        assert_eq!(map.get(node(&graph, name)), Ok(node(&clone, name)));
    }
    let foreign = node(&clone, "x");
    assert!(matches!(map.get(foreign), Err(KeyError::Foreign { .. })));
}

#[test]
fn a_key_made_after_the_cloning_leads_nowhere() {
    let mut graph = read("%0 = feature \"x\"");
    let (mut clone, map) = graph.clone_with_keys();
    let (young, other) = (graph.constant(1.0), clone.constant(2.0));
    assert!(clone.contains(other));
    assert!(matches!(map.get(young), Err(KeyError::NotCloned { .. })));
    let x = node(&graph, "x");
    graph.remove(x).unwrap();
    let (_, map) = graph.clone_with_keys();
    assert!(matches!(map.get(x), Err(KeyError::NotCloned { .. })));
}

#[test]
fn a_clone_has_the_same_text_and_a_life_of_its_own() {
    let mut graph = read(
        r#"
        %0 = feature "x"
        %1 = parameter 2.0 "w" in "layer"
        %2 = add(%0, %1, %0, %1) "sum"
        output "y" = %2, %0
    "#,
    );
    let original = state(&graph).unwrap();
    let (mut clone, map) = graph.clone_with_keys();
    assert_eq!(state(&clone).unwrap(), original);

    let sum = map.get(node(&graph, "sum")).unwrap();
    for _ in 0..10 {
        clone.push_operand(sum, node(&clone, "x")).unwrap();
    }
    clone.set_name(sum, "total").unwrap();
    clone.verify().unwrap();
    graph.verify().unwrap();
    assert_eq!(state(&graph).unwrap(), original);

    let edited = state(&clone).unwrap();
    graph.remove_cascade(node(&graph, "x")).unwrap();
    graph.verify().unwrap();
    assert_eq!(state(&clone).unwrap(), edited);
    drop(graph);
    assert_eq!(state(&clone).unwrap(), edited);
}

#[test]
fn a_dangling_key_is_of_no_graph() {
    let mut graph = Graph::new();
    let dangling = dagrad_graph::NodeId::dangling();
    assert!(!graph.contains(dangling));
    assert!(graph.operation(Toy::Add, &[dangling]).is_err());
    assert!(graph.is_empty());
}

#[test]
fn a_slot_that_is_used_again_revives_no_key() {
    let mut graph = Graph::new();
    let mut dead = Vec::new();
    for round in 0..50 {
        let x = graph.feature("x").unwrap();
        let y = graph.operation(Toy::Add, &[x]).unwrap();
        for &key in &dead {
            assert!(!graph.contains(key), "round {round}");
        }
        graph.remove(y).unwrap();
        graph.remove(x).unwrap();
        dead.extend([x, y]);
    }
    let x = graph.feature("x").unwrap();
    assert!(dead.iter().all(|&key| key != x && graph.kind(key).is_err()));
    assert_eq!(body(&graph), "%0 = feature \"x\"\n");
}
