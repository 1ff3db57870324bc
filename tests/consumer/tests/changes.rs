//! What a change of the model changes in its listings: the table of `docs/snapshot-testing.md`, row by row.

use dagrad::nn::Initializer;
use dagrad::prelude::*;
use std::collections::BTreeSet;

/// A model with one thing changed.
struct Model {
    seed: u64,
    first: &'static str,
    outputs: usize,
    weights: Initializer,
    activation: Activation,
    another: bool,
}

const MODEL: Model = Model {
    seed: 1,
    first: "first",
    outputs: 2,
    weights: Initializer::XavierUniform,
    activation: Activation::Tanh,
    another: false,
};

struct Listings {
    before: String,
    without_values: String,
    with_values: String,
}

fn listings(model: &Model) -> Listings {
    let mut g = Graph::new();
    let mut values = vec![g.feature("x").unwrap(), g.feature("y").unwrap()];
    let first = Mlp::new([model.outputs])
        .output(model.activation)
        .weights(model.weights);
    values = g.mlp(model.first, &values, first).unwrap();
    if model.another {
        let beside = g.linear("another", &values, 1).unwrap();
        g.add_output("beside", &beside).unwrap();
    }
    let out = g.linear("out", &values, 1).unwrap();
    g.add_output("out", &out).unwrap();
    let before = g.to_string();
    g.expand(model.seed).unwrap();
    Listings {
        before,
        without_values: g.listing().without_parameter_values().to_string(),
        with_values: g.to_string(),
    }
}

/// Lines without what moves: positions. A set, since their order moves too.
fn lines(listing: &str) -> BTreeSet<String> {
    let is_moving = |c: char| c == '%' || c.is_ascii_digit();
    let text = |line: &str| match line.split_once(" = ") {
        Some((position, rest)) if position.starts_with('%') => match rest.split_once('(') {
            Some((operation, rest)) => {
                let scope = rest.rsplit_once(')').map_or("", |(_, scope)| scope);
                format!("{operation}{scope}")
            }
            None => rest.to_owned(),
        },
        _ => line
            .trim_end_matches(|c| is_moving(c) || c == ',' || c == ' ')
            .to_owned(),
    };
    listing.lines().map(text).collect()
}

/// The lines that only one of the two has.
fn changed(a: &str, b: &str) -> Vec<String> {
    lines(a).symmetric_difference(&lines(b)).cloned().collect()
}

fn count_of_different_lines(a: &str, b: &str) -> usize {
    a.lines().zip(b.lines()).filter(|(a, b)| a != b).count()
}

#[test]
fn a_seed_changes_values_only() {
    let (old, new) = (listings(&MODEL), listings(&Model { seed: 2, ..MODEL }));
    assert_eq!(old.before, new.before);
    assert_eq!(old.without_values, new.without_values);
    let drawn = 3 * 2 + 3;
    assert_eq!(
        count_of_different_lines(&old.with_values, &new.with_values),
        drawn
    );
}

#[test]
fn an_initialiser_changes_a_line_and_the_values_of_its_layer() {
    let weights = Initializer::KaimingNormal;
    let (old, new) = (listings(&MODEL), listings(&Model { weights, ..MODEL }));
    assert_eq!(count_of_different_lines(&old.before, &new.before), 1);
    assert_eq!(old.without_values, new.without_values);
    let changed = changed(&old.with_values, &new.with_values);
    assert_eq!(changed.len(), 2 * 2 * 2, "{changed:#?}");
    assert!(
        changed.iter().all(|line| line.contains("in \"first.0.")),
        "{changed:#?}"
    );
}

#[test]
fn a_name_changes_a_line_scopes_and_the_values_of_its_layer() {
    let (old, new) = (
        listings(&MODEL),
        listings(&Model {
            first: "start",
            ..MODEL
        }),
    );
    assert_eq!(count_of_different_lines(&old.before, &new.before), 1);
    let renamed = old.without_values.replace("in \"first.", "in \"start.");
    assert_eq!(renamed, new.without_values);
    let renamed = old.with_values.replace("in \"first.", "in \"start.");
    let changed = changed(&renamed, &new.with_values);
    assert!(
        changed.iter().all(|line| line.contains("parameter")),
        "{changed:#?}"
    );
    assert_eq!(changed.len(), 2 * 3 * 2, "{changed:#?}");
}

#[test]
fn an_activation_changes_a_line_and_its_nodes() {
    let activation = Activation::Sigmoid;
    let (old, new) = (
        listings(&MODEL),
        listings(&Model {
            activation,
            ..MODEL
        }),
    );
    assert_eq!(count_of_different_lines(&old.before, &new.before), 1);
    for (old, new) in [
        (old.without_values, new.without_values),
        (old.with_values, new.with_values),
    ] {
        let changed = changed(&old, &new);
        let wanted = ["sigmoid in \"first.0.sigmoid\"", "tanh in \"first.0.tanh\""];
        assert_eq!(changed, wanted);
    }
}

#[test]
fn more_outputs_add_nodes_and_change_no_weight_that_was_there() {
    // One whose draws do not depend on how many inputs and outputs there are.
    let weights = Initializer::default();
    let narrow = Model { weights, ..MODEL };
    let wide = Model {
        weights,
        outputs: 3,
        ..MODEL
    };
    let (old, new) = (listings(&narrow), listings(&wide));
    assert_eq!(
        changed(&old.before, &new.before),
        [
            r#"macro mlp[2 output=tanh] "first""#,
            r#"macro mlp[3 output=tanh] "first""#,
            "port[2]",
        ]
    );
    for (old, new) in [
        (old.without_values, new.without_values),
        (old.with_values, new.with_values),
    ] {
        let (old, new) = (lines(&old), lines(&new));
        assert_eq!(old.difference(&new).next(), None);
        let is_its =
            |line: &&String| line.contains("first.0.2") || line.contains("\"w2\" in \"out\"");
        assert!(new.difference(&old).all(|line| is_its(&line)));
        assert_eq!(new.difference(&old).count(), 3 + 2 + 1);
    }
}

#[test]
fn another_layer_changes_no_other_lines_but_for_positions() {
    let (old, new) = (
        listings(&MODEL),
        listings(&Model {
            another: true,
            ..MODEL
        }),
    );
    for (old, new) in [
        (old.before, new.before),
        (old.without_values, new.without_values),
        (old.with_values, new.with_values),
    ] {
        let changed = changed(&old, &new);
        assert!(!changed.is_empty());
        let is_its = |line: &String| line.contains("\"another\"") || line.contains("\"beside\"");
        assert!(changed.iter().all(is_its), "{changed:#?}");
    }
}

#[test]
fn training_changes_values_only() {
    let text = listings(&MODEL).with_values;
    let mut g: Graph = text.parse().unwrap();
    let data = [Sample::new([1.0, 2.0], [0.5])];
    PerSample::new()
        .epochs(3)
        .print_every(0)
        .minimize_pair(
            &mut g,
            "out",
            &data,
            |t, y| (t[0] - y[0]).powi(2),
            |t, y, to| to[0] = 2.0 * (y[0] - t[0]),
        )
        .unwrap();
    assert_ne!(g.to_string(), text);
    let without_values = g.listing().without_parameter_values().to_string();
    assert_eq!(without_values, listings(&MODEL).without_values);
}

#[test]
fn a_layer_without_a_name_is_numbered() {
    let starts = |earlier: usize| {
        let mut g = Graph::new();
        let x = g.feature("x").unwrap();
        for _ in 0..=earlier {
            g.linear(None, &[x], 1).unwrap();
        }
        g.expand(1).unwrap();
        let parameters = g.parameters();
        parameters
            .map(|id| g.path(id).unwrap().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(starts(0), ["linear.w0", "linear.b"]);
    assert_eq!(starts(1)[2..], ["linear_2.w0", "linear_2.b"]);
}
