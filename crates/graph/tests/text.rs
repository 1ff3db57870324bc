//! The text form: what is printed reads back, and reading is more lenient than printing.

use crate::random::{Random, wild_graphs};
use crate::toy::{Calls, Graph, Toy, body, node, read};
use dagrad_graph::{
    Arity, Evaluator, Kind, Operator, RESERVED_NAMES, Registry, Vocabulary, VocabularyError,
};
use insta::assert_snapshot;
use proptest::prelude::*;

/// The text is read, and printed in its canonical form.
fn check(text: &str, canonical: &str) {
    let graph = read(text);
    graph.verify().unwrap();
    assert_eq!(body(&graph), canonical);
}

#[test]
fn every_kind_of_line_reads_back_as_it_is() {
    let text = r#"%0 = feature "x"
%1 = target
%2 = parameter 0.5 "w" in "hidden.0"
%3 = parameter -0.0 in "hidden.0"
%4 = weigh[-1 20](%2, %0) "two words" in "hidden.0"
%5 = constant 1e-300 "tiny"
%6 = add(%4, %5, %4, %3) "in"
output "y" = %6
output "\"all\"" = %0, %6, %6
"#;
    check(text, text);
}

#[test]
fn floats_are_exact_and_short() {
    let text = "\
%0 = parameter 0.1
%1 = parameter -0.0
%2 = parameter 5e-324
%3 = parameter 1.7976931348623157e308
%4 = parameter inf
%5 = parameter -inf
%6 = parameter nan
%7 = parameter nan:fff8000000000000
%8 = parameter nan:7ff0000000000001
%9 = parameter 16777217.0
";
    check(text, text);
    check("%0 = constant 1", "%0 = constant 1.0\n");
    check("%0 = constant 0.10e1", "%0 = constant 1.0\n");
}

#[test]
fn names_are_escaped_where_they_would_not_survive_a_line() {
    let text = r##"%0 = feature "a \"b\" \\ c"
%1 = feature "\n\r\t\u{0}\u{2028}"
%2 = feature "größe λ 🦀" in "сеть.0"
%3 = feature "# no comment"
"##;
    check(text, text);
    check(
        r#"%0 = feature "\u{41}\u{1F980}""#,
        "%0 = feature \"A🦀\"\n",
    );
}

#[test]
fn comments_blank_lines_and_any_numbers_are_read() {
    check(
        "
        # A comment.
          # Another, and a blank line:

        %70 = feature\"x\"# the input
        %070000=weigh [1 -1] ( %70 ,%70 )\t\"y\"   in \"a\" #
        \toutput \"y\"=%70000
        %3 = constant 2.0 in \"\"
        ",
        "%0 = feature \"x\"\n%1 = weigh[1 -1](%0, %0) \"y\" in \"a\"\n%2 = constant 2.0\noutput \"y\" = %1\n",
    );
}

#[test]
fn lines_may_end_as_on_windows() {
    let graph: Graph = "\r\ndagrad graph 1\r\n%0 = feature \"x\"\r\n"
        .parse()
        .unwrap();
    assert_eq!(body(&graph), "%0 = feature \"x\"\n");
}

#[test]
fn what_needs_no_operands_may_stand_after_its_users() {
    check(
        "%0 = feature\n%1 = add(%0)\n%2 = parameter 1.0\n%3 = feature",
        "%0 = feature\n%1 = feature\n%2 = parameter 1.0\n%3 = add(%0)\n",
    );
}

#[test]
fn values_of_parameters_can_be_left_out() {
    let graph = read("%0 = parameter 0.25 \"w\" in \"a\"\n%1 = constant 3.0\n%2 = mul(%0, %1)");
    assert_snapshot!(graph.listing().without_parameter_values(), @r#"
    dagrad graph 1
    %0 = parameter _ "w" in "a"
    %1 = constant 3.0
    %2 = mul(%0, %1)
    "#);
    let text = graph.listing().without_parameter_values().to_string();
    assert_snapshot!(text.parse::<Graph>().unwrap_err(), @"line 2, column 16: the value of this parameter was left out of the listing");
}

#[test]
fn a_node_is_described_by_its_line() {
    let graph = read("%0 = feature \"x\"\n%1 = add(%0) \"y\" in \"a\"");
    let y = graph.find("a", "y").unwrap();
    assert_eq!(graph.describe(y).unwrap(), r#"%1 = add(%0) "y" in "a""#);
}

#[test]
fn a_registry_adds_operations_and_takes_precedence() {
    let calls = Calls::default();
    let registry = Registry::new()
        .with(calls.of(Toy::Mul))
        .with(calls.of(Toy::Weigh(vec![2])));
    let text = "dagrad graph 1\n%0 = feature \"x\"\n%1 = mul(%0, %0)\n%2 = weigh[2](%1) \"y\"\n";
    let graph = Graph::parse(text, &registry).unwrap();
    assert_eq!(graph.to_string(), text);
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.forward(&graph, &[node(&graph, "y")]).unwrap();
    assert_eq!(evaluator.value(node(&graph, "y")), Ok(18.0));
    assert_eq!(calls.take(), 2);
    // What was added under a name has its own configuration only.
    let other = text.replace("[2]", "[3]");
    assert_snapshot!(Graph::parse(&other, &registry).unwrap_err(), @"line 4, column 6: `weigh` takes [2], got [3]");
}

/// The bits of every value and every adjoint, from a seed on each node, in canonical order.
fn sweeps(graph: &Graph) -> Vec<(u64, u64)> {
    let mut evaluator = Evaluator::new(graph);
    for (number, input) in graph.inputs().enumerate() {
        let value = [0.1, -0.0, f64::NAN, -3.0][number % 4];
        evaluator.set_input(graph, input, value).unwrap();
    }
    let nodes: Vec<_> = graph.canonical_order().iter().collect();
    let seeds: Vec<_> = nodes.iter().map(|&id| (id, 0.3)).collect();
    evaluator.reverse(graph, &seeds).unwrap();
    let bits = |&id| {
        let [value, adjoint] = [evaluator.value(id), evaluator.adjoint(id)];
        (value.unwrap().to_bits(), adjoint.unwrap().to_bits())
    };
    nodes.iter().map(bits).collect()
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_and_sweeps_to_the_same_bits(Random(graph) in wild_graphs()) {
        let text = graph.to_string();
        let copy: Graph = text.parse().unwrap();
        copy.verify().unwrap();
        prop_assert_eq!(copy.to_string(), text.as_str());
        prop_assert_eq!(sweeps(&copy), sweeps(&graph));
        for (id, its) in graph.canonical_order().iter().zip(copy.canonical_order().iter()) {
            prop_assert_eq!(graph.name(id), copy.name(its));
            prop_assert_eq!(graph.scope_path(id), copy.scope_path(its));
        }
        let lines = text.lines().count();
        prop_assert_eq!(lines, 1 + graph.len() + graph.outputs().len(), "a line for each");
    }
}

/// An operation of any name.
#[derive(Clone, Debug)]
struct Named(String);

impl Operator for Named {
    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn name(&self) -> &str {
        &self.0
    }
}

impl Vocabulary for Named {
    fn from_name(name: &str, _: Option<&str>) -> Result<Self, VocabularyError> {
        Ok(Self(name.to_owned()))
    }
}

#[test]
fn reserved_names_are_those_that_no_operation_is_read_by() {
    let is_operation = |name: &str| {
        let text = format!("dagrad graph 1\n%0 = feature\n%1 = {name}(%0)");
        let graph: Option<dagrad_graph::Graph<Named>> = text.parse().ok();
        graph.is_some_and(|graph| {
            let last = graph.canonical_order().iter().last().unwrap();
            matches!(graph.kind(last), Ok(Kind::Operation(_)))
        })
    };
    // `output` only begins lines, and is kept for the sake of readers.
    let reserved = RESERVED_NAMES.iter().filter(|name| **name != "output");
    for name in reserved {
        assert!(!is_operation(name), "{name}");
    }
    for name in ["add", "in", "inputs", "Macro", "ports", "_", "nan"] {
        assert!(is_operation(name), "{name}");
    }
}
