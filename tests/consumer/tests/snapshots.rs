//! What the model is, before and after its layers are expanded.

use dagrad::Graph;
use insta::assert_snapshot;
use parcels::model;

fn expanded(seed: u64) -> Graph {
    let mut g = model().unwrap();
    g.expand(seed).unwrap();
    g.verify().unwrap();
    g
}

#[test]
fn before_expansion() {
    assert_snapshot!("before", model().unwrap());
}

#[test]
fn after_expansion() {
    // Whatever the seed: no value of a parameter is in it.
    for seed in [1, 2] {
        let g = expanded(seed);
        assert_snapshot!("after", g.listing().without_parameter_values());
    }
}

#[test]
fn initial_values_are_those_of_the_seed() {
    let listing = expanded(42).to_string();
    let of_a_neuron =
        |line: &&str| line.contains(" = parameter ") && line.ends_with("\"hidden.0.0\"");
    let parameters: Vec<_> = listing.lines().filter(of_a_neuron).collect();
    assert_snapshot!(parameters.join("\n"), @r#"
    %5 = parameter -0.4618117166529905 "w0" in "hidden.0.0"
    %6 = parameter -0.5453102970177683 "w1" in "hidden.0.0"
    %7 = parameter -0.3583600987600022 "w2" in "hidden.0.0"
    %8 = parameter -0.17103511048914433 "w3" in "hidden.0.0"
    %9 = parameter -0.8338339134716646 "b" in "hidden.0.0"
    "#);
}

#[test]
fn the_model_as_a_formula() {
    let g = model().unwrap();
    assert_snapshot!(g.formula_of_output("probabilities").unwrap(), @r"
    probabilities[0] = kind.0
    probabilities[1] = kind.1
    probabilities[2] = kind.2
    where area = width·height
    where aspect = ln(width/height)
    where hidden = mlp[2 output=tanh](width, height, area, aspect)
    where out = linear[3](hidden.0, hidden.1, area, aspect)
    where kind = softmax(out.0, out.1, out.2)
    ");
}

/// What stands in the file of a snapshot, below its header.
fn content(file: &str) -> &str {
    file.splitn(3, "---\n").last().unwrap()
}

#[test]
fn a_snapshot_reads_back_to_an_equal_graph() {
    let text = content(include_str!("snapshots/snapshots__before.snap"));
    let mut read = Graph::parse(text, &dagrad::nn::registry()).unwrap();
    read.verify().unwrap();
    assert_eq!(read.to_string(), model().unwrap().to_string());

    // It expands to the same bits as what was built here.
    read.expand(42).unwrap();
    assert_eq!(read.to_string(), expanded(42).to_string());
}

#[test]
fn a_listing_with_values_reads_back_by_itself() {
    let text = expanded(42).to_string();
    let read: Graph = text.parse().unwrap();
    assert_eq!(read.to_string(), text);
}

#[test]
fn a_listing_without_values_is_not_read_back() {
    let text = content(include_str!("snapshots/snapshots__after.snap"));
    let error = text.parse::<Graph>().unwrap_err();
    assert_snapshot!(error, @"line 7, column 16: the value of this parameter was left out of the listing");
}
