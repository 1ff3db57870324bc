//! Pictures: what is drawn, what is framed, and what is refused.

use crate::toy::Toy;
use dagrad_graph::{Graph, NodeId};
use insta::assert_snapshot;

/// Two layers of two neurons, each in a scope of its own.
fn layers() -> Graph<Toy> {
    let mut graph = Graph::new();
    let mut values = vec![graph.feature("x").unwrap(), graph.feature(None).unwrap()];
    for layer in ["hidden", "last"] {
        values = graph.within(layer, |graph| {
            let neuron = |number: usize| {
                let name = number.to_string();
                graph.within(&name, |graph| neuron(graph, &values))
            };
            (0..2).map(neuron).collect()
        });
    }
    graph.add_output("y", &values).unwrap();
    graph
}

fn neuron(graph: &mut Graph<Toy>, inputs: &[NodeId]) -> NodeId {
    let weight = graph.parameter("w", 0.5).unwrap();
    let terms = inputs
        .iter()
        .map(|&input| graph.operation(Toy::Mul, &[weight, input]).unwrap());
    let terms: Vec<_> = terms.collect();
    graph.operation(Toy::Add, &terms).unwrap()
}

#[test]
fn nodes_stand_in_the_frames_of_their_scopes() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let t = graph.target("\"t\"\n\u{7}").unwrap();
    let y = graph.within("layer", |graph| neuron(graph, &[x, x]));
    let two = graph.constant(2.0);
    let z = graph.operation(Toy::Mul, &[y, two]).unwrap();
    graph.add_output("both", &[z, t]).unwrap();
    assert_snapshot!(graph.dot().text().unwrap(), @r#"
    digraph {
      rankdir=BT; ordering=in;
      node [fontname="sans-serif"]; graph [fontname="sans-serif"];
      n0 [label="x\nfeature", shape=box, style=filled, fillcolor=lightblue];
      n1 [label="\"t\"\n\\u{7}\ntarget", shape=box, style=filled, fillcolor=lightgrey];
      subgraph cluster1 {
        label="layer"; color=grey;
        n2 [label="w\n0.5", shape=box, style=filled, fillcolor=palegreen];
        n3 [label="mul", shape=ellipse];
        n4 [label="mul", shape=ellipse];
        n5 [label="add", shape=ellipse];
      }
      n6 [label="2.0", shape=plaintext];
      n7 [label="mul", shape=ellipse];
      n2 -> n3;
      n0 -> n3;
      n2 -> n4;
      n0 -> n4;
      n3 -> n5;
      n4 -> n5;
      n5 -> n7;
      n6 -> n7;
      out0 [label="both", shape=plaintext];
      n7 -> out0 [style=dashed];
      n1 -> out0 [style=dashed];
    }
    "#);
}

#[test]
fn what_is_collapsed_is_one_box_with_its_edges_counted() {
    assert_snapshot!(layers().dot().collapsed(0).text().unwrap(), @r#"
    digraph {
      rankdir=BT; ordering=in;
      node [fontname="sans-serif"]; graph [fontname="sans-serif"];
      n0 [label="x\nfeature", shape=box, style=filled, fillcolor=lightblue];
      n1 [label="feature", shape=box, style=filled, fillcolor=lightblue];
      box0 [label="hidden\nparameters: 2, other nodes: 6", shape=box3d, style=filled, fillcolor=lightyellow];
      box1 [label="last\nparameters: 2, other nodes: 6", shape=box3d, style=filled, fillcolor=lightyellow];
      n0 -> box0 [label="2"];
      n1 -> box0 [label="2"];
      box0 -> box1 [label="4"];
      out0 [label="y", shape=plaintext];
      box1 -> out0 [style=dashed];
      box1 -> out0 [style=dashed];
    }
    "#);
    assert_snapshot!(layers().dot().collapsed(1).text().unwrap(), @r#"
    digraph {
      rankdir=BT; ordering=in;
      node [fontname="sans-serif"]; graph [fontname="sans-serif"];
      n0 [label="x\nfeature", shape=box, style=filled, fillcolor=lightblue];
      n1 [label="feature", shape=box, style=filled, fillcolor=lightblue];
      subgraph cluster1 {
        label="hidden"; color=grey;
        box0 [label="hidden.0\nparameters: 1, other nodes: 3", shape=box3d, style=filled, fillcolor=lightyellow];
        box1 [label="hidden.1\nparameters: 1, other nodes: 3", shape=box3d, style=filled, fillcolor=lightyellow];
      }
      subgraph cluster4 {
        label="last"; color=grey;
        box2 [label="last.0\nparameters: 1, other nodes: 3", shape=box3d, style=filled, fillcolor=lightyellow];
        box3 [label="last.1\nparameters: 1, other nodes: 3", shape=box3d, style=filled, fillcolor=lightyellow];
      }
      n0 -> box0;
      n1 -> box0;
      box0 -> box2;
      n0 -> box1;
      n1 -> box1;
      box1 -> box2;
      box0 -> box3;
      box1 -> box3;
      out0 [label="y", shape=plaintext];
      box2 -> out0 [style=dashed];
      box3 -> out0 [style=dashed];
    }
    "#);
}

#[test]
fn nothing_is_collapsed_below_the_deepest_scope() {
    let graph = layers();
    assert_eq!(graph.dot().collapsed(2).text(), graph.dot().text());
}

#[test]
fn a_large_picture_is_refused_and_says_what_helps() {
    let graph = layers();
    let refused = |depth: Option<usize>, limit| {
        let dot = match depth {
            Some(depth) => graph.dot().collapsed(depth),
            None => graph.dot(),
        };
        dot.limit(limit).text().unwrap_err().to_string()
    };
    assert_snapshot!(refused(None, 10), @"the picture would show 24 nodes and frames, more than 10; with `collapsed(0)` each scope is one box");
    assert_snapshot!(refused(Some(1), 5), @"the picture would show 8 nodes and frames, more than 5; with a lower depth there are fewer boxes");
    assert_snapshot!(refused(None, 1), @"the picture would show 24 nodes and frames, more than 1");
    assert!(graph.dot().limit(24).text().is_ok());
}

#[test]
fn an_empty_graph_is_an_empty_picture() {
    assert_snapshot!(Graph::<Toy>::new().dot().text().unwrap(), @r#"
    digraph {
      rankdir=BT; ordering=in;
      node [fontname="sans-serif"]; graph [fontname="sans-serif"];
    }
    "#);
}

/// A frame is something to see as well, and a format string cannot indent by more than 65,535.
#[test]
fn scopes_may_be_nested_deeply_and_count_as_frames() {
    let mut graph = Graph::<Toy>::new();
    let deep = vec!["s"; 40_000].join(".");
    graph.within(&deep, |graph| graph.constant(1.0));
    graph.within(&deep, |graph| graph.constant(2.0));
    let error = graph.dot().text().unwrap_err();
    assert_eq!(error.drawn, 40_002);
    let text = graph.dot().limit(40_002).text().unwrap();
    assert!(text.len() < 400 * 40_000);
    assert_eq!(text.matches('{').count(), text.matches('}').count());
    let text = graph.dot().collapsed(2).text().unwrap();
    assert!(
        text.contains(r#"label="s.s.s\nparameters: 0, other nodes: 2""#),
        "{text}"
    );
}

#[test]
fn what_cannot_be_seen_is_shown_by_its_code() {
    let mut graph = Graph::<Toy>::new();
    graph.feature("a\u{202e}b\u{ad}").unwrap();
    let text = graph.dot().text().unwrap();
    assert!(
        text.contains(r#"label="a\\u{202e}b\\u{ad}\nfeature""#),
        "{text}"
    );
}
