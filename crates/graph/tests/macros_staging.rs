//! Expansions that fail: the message tells the macro and its path, and the graph is as it was.

use crate::toy::macros::{ToyMacro, registry};
use crate::toy::{Graph, Toy, body, node, read, state};
use dagrad_graph::{Arity, Build as _, BuildError, EvaluationError, Evaluator, ExpandError};
use dagrad_graph::{ExpandProblem, Expansion, ExpansionLimits, Macro, MacroError, NodeId};
use insta::assert_snapshot;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A graph in which `what` stands between macros that can be expanded.
fn around(what: &str) -> Graph {
    read(&format!(
        r#"
        %0 = feature "x"
        %1 = parameter 2 "w"
        %2 = macro affine[1 2](%0) "fine"
        %3 = port[0](%2) "a"
        %4 = macro {what}(%3) "bad" in "net"
        %5 = port[0](%4) "b"
        %6 = macro drawn(%3) "late"
        %7 = port[0](%6) "c"
        %8 = mul(%5, %7) "y"
        output "y" = %8, %3, %5
        "#
    ))
}

/// The error of an expansion that leaves the graph as it was, and no trace in later ones.
fn failed(what: &str, limits: ExpansionLimits) -> ExpandError {
    let mut graph = around(what);
    let (before, generation) = (state(&graph).unwrap(), graph.generation());
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    let [first, second] = [0, 1].map(|seed| {
        let error = graph.expand_within(limits, seed).unwrap_err();
        assert_eq!(state(&graph).unwrap(), before);
        assert_eq!(graph.current_scope(), "");
        assert!(graph.generation() >= generation);
        graph.verify().unwrap();
        for (scope, name) in [
            ("net.bad", "w"),
            ("net.bad", "f"),
            ("fine", "w"),
            ("late", "by"),
        ] {
            assert_eq!(graph.find(scope, name), None);
        }
        error
    });
    assert_eq!(first, second);
    // Without the culprit the expansion works, and as if it had never been tried.
    let [a, b, y] = ["a", "b", "y"].map(|name| node(&graph, name));
    graph.replace(b, a).unwrap();
    let culprit = graph.find("net", "bad").unwrap();
    graph.remove(b).unwrap();
    graph.remove(culprit).unwrap();
    let mut fresh = read(&body(&graph));
    graph.expand(5).unwrap();
    graph.verify().unwrap();
    fresh.expand(5).unwrap();
    assert_eq!(graph.to_string(), fresh.to_string());
    evaluator.forward(&graph, &[y]).unwrap();
    assert_eq!(evaluator.value(a), Ok(5.0));
    first
}

#[test]
fn a_macro_that_fails_in_the_middle() {
    let mut table = String::new();
    let limits = ExpansionLimits {
        depth: 5,
        nodes: 1000,
    };
    for how in [
        "refused", "arity", "taken", "empty", "foreign", "dangling", "few", "many", "itself",
        "operand", "port", "cycle", "inside", "endless", "ports",
    ] {
        let error = failed(&format!("fails[{how}]"), limits);
        writeln!(table, "{how}\n    {error}").unwrap();
    }
    assert_snapshot!(table, @r#"
    refused
        the macro fails[refused] at "net.bad" cannot be built: cannot be built on Mondays
    arity
        the macro fails[arity] at "net.bad" cannot be built: mul takes 2 operands, got 1: %18 = port[0](%17) in "net.bad.deep"
    taken
        the macro fails[taken] at "net.bad" cannot be built: the name "net.bad.w" is taken by %6 = parameter 1.0 "w" in "net.bad"
    empty
        the macro fails[empty] at "net.bad" cannot be built: a name needs at least one character
    foreign
        the macro fails[foreign] at "net.bad" cannot be built: port 0 is a key of another graph
    dangling
        the macro fails[dangling] at "net.bad" cannot be built: operand 0 of add is a key of another graph
    few
        the macro fails[few] at "net.bad" has 1 port but yields 0 values
    many
        the macro fails[many] at "net.bad" has 1 port but yields 2 values
    itself
        the macro fails[itself] at "net.bad" cannot be built: port 0 is the key of a macro, which has no value itself; its ports have
    operand
        the macro fails[operand] at "net.bad" cannot be built: operand 0 of add is the key of a macro, which has no value itself; its ports have
    port
        the macro fails[port] at "net.bad" uses a value that depends on it
    cycle
        the macro fails[cycle] at "net.bad" uses a value that depends on it
    inside
        the macro fails[refused] at "net.bad.inside" cannot be built: cannot be built on Mondays
    endless
        the macro fails[endless] at "net.bad" cannot be built: there would be more than 1000 new nodes
    ports
        the macro fails[ports] at "net.bad" cannot be built: there would be more than 1000 new nodes
    "#);
}

#[test]
fn a_macro_that_expands_for_ever() {
    let limits = ExpansionLimits {
        depth: 5,
        nodes: 1000,
    };
    assert_snapshot!(failed("forever", limits), @r#"the macro forever at "net.bad.again.again.again.again.again" stands more than 5 macros deep: does one expand into itself?"#);
    assert_snapshot!(failed("doubling", limits), @r#"the macro doubling at "net.bad.one.one.one.one.one" stands more than 5 macros deep: does one expand into itself?"#);
    let limits = ExpansionLimits {
        depth: 300,
        nodes: 1000,
    };
    let doubling = failed("doubling", limits).to_string();
    assert!(
        doubling.ends_with("cannot be built: there would be more than 1000 new nodes"),
        "{doubling}"
    );
    for what in ["forever", "doubling"] {
        let error = failed(what, ExpansionLimits::default());
        assert!(matches!(
            error.problem,
            ExpandProblem::TooDeep { limit: 64 }
        ));
        assert!(error.path.starts_with("net.bad."), "{error}");
    }
}

#[test]
fn limits_are_kept_to_the_node_and_to_the_macro() {
    // A twin with two ports, a square with one, a sum; and a node in each of the two.
    let within = |depth, nodes| {
        let mut graph = read("%0 = feature \"x\"\n%1 = macro block(%0) \"m\"\n%2 = port[0](%1)");
        let result = graph.expand_within(ExpansionLimits { depth, nodes }, 0);
        result.map_err(|error| error.to_string())
    };
    assert_eq!(within(2, 8), Ok(()));
    assert_snapshot!(within(2, 7).unwrap_err(), @r#"the macro square at "m.square" cannot be built: there would be more than 7 new nodes"#);
    assert_snapshot!(within(2, 0).unwrap_err(), @r#"the macro block at "m" cannot be built: there would be more than 0 new nodes"#);
    assert_snapshot!(within(1, 8).unwrap_err(), @r#"the macro twin at "m.twin" stands more than 1 macro deep: does one expand into itself?"#);
    assert_snapshot!(within(0, 8).unwrap_err(), @r#"the macro block at "m" stands more than 0 macros deep: does one expand into itself?"#);
}

#[test]
fn a_sweep_over_a_macro_names_it_and_one_beside_it_works() {
    let graph = around("block");
    let [x, w, a, y] = ["x", "w", "a", "y"].map(|name| node(&graph, name));
    let own = graph.find("", "fine").unwrap();
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    assert_snapshot!(evaluator.forward(&graph, &[a]).unwrap_err(), @r#"%2 = macro affine[1 2](%0) "fine" has to be expanded first: call `expand`"#);
    assert_snapshot!(evaluator.reverse(&graph, &[(y, 1.0)]).unwrap_err(), @r#"%2 = macro affine[1 2](%0) "fine" has to be expanded first: call `expand`"#);
    assert_snapshot!(evaluator.forward_outputs(&graph).unwrap_err(), @r#"%2 = macro affine[1 2](%0) "fine" has to be expanded first: call `expand`"#);
    assert_snapshot!(evaluator.forward(&graph, &[own]).unwrap_err(), @"node 0 of the sweep is the key of a macro, which has no value itself; its ports have");
    assert_eq!(evaluator.value(a), Err(EvaluationError::NotComputed));
    evaluator.reverse(&graph, &[(x, 1.0), (w, 2.0)]).unwrap();
    assert_eq!(evaluator.value(w), Ok(2.0));
    assert_eq!(evaluator.adjoint(w), Ok(2.0));
    assert_eq!(evaluator.adjoint(a), Ok(0.0));
    assert_eq!(evaluator.first_non_finite(&graph), Ok(None));
}

#[test]
fn an_evaluator_lives_through_an_expansion() {
    let mut graph = around("block");
    let [a, y] = ["a", "y"].map(|name| node(&graph, name));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0]).unwrap();
    evaluator.forward(&graph, &[y]).unwrap_err();
    graph.expand(0).unwrap();
    evaluator.reverse(&graph, &[(y, 1.0)]).unwrap();
    assert_eq!(evaluator.value(a), Ok(5.0));
    assert_eq!(evaluator.orderings(), 2);
}

#[test]
fn a_macro_is_no_value() {
    let mut graph = around("block");
    let own = graph.find("", "fine").unwrap();
    let [a, y] = ["a", "y"].map(|name| node(&graph, name));
    let before = state(&graph).unwrap();
    let mut table = String::new();
    let mut refused = |message: String| writeln!(table, "{message}").unwrap();
    refused(
        graph
            .operation(Toy::Add, &[a, own])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .add_macro(None, ToyMacro::Square, &[own])
            .unwrap_err()
            .to_string(),
    );
    refused(graph.add_output("z", &[own]).unwrap_err().to_string());
    refused(graph.redirect_output("y", &[own]).unwrap_err().to_string());
    refused(graph.redirect(y, 0, own).unwrap_err().to_string());
    refused(graph.replace(own, a).unwrap_err().to_string());
    refused(graph.replace(a, own).unwrap_err().to_string());
    refused(
        graph
            .insert_after(own, Toy::Add, &[])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .insert_after(a, Toy::Add, &[own])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .insert_between(y, 0, Toy::Add, &[own])
            .unwrap_err()
            .to_string(),
    );
    refused(graph.set_operation(own, Toy::Add).unwrap_err().to_string());
    refused(graph.set_operation(a, Toy::Add).unwrap_err().to_string());
    refused(graph.redirect(a, 0, y).unwrap_err().to_string());
    refused(graph.set_parameter(a, 1.0).unwrap_err().to_string());
    refused(graph.remove(own).unwrap_err().to_string());
    refused(
        graph
            .add_macro(None, ToyMacro::Pass, &[])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .additions()
            .add_macro(None, ToyMacro::Pass, &[])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .add_macro(None, ToyMacro::Swap, &[a])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .add_macro("y", ToyMacro::Square, &[a])
            .unwrap_err()
            .to_string(),
    );
    refused(
        graph
            .add_macro("", ToyMacro::Square, &[a])
            .unwrap_err()
            .to_string(),
    );
    assert_eq!(state(&graph).unwrap(), before);
    graph.verify().unwrap();
    assert_snapshot!(table, @r#"
    operand 1 of add is the key of a macro, which has no value itself; its ports have
    operand 0 of square is the key of a macro, which has no value itself; its ports have
    node 0 of the output "z" is the key of a macro, which has no value itself; its ports have
    node 0 of the output "y" is the key of a macro, which has no value itself; its ports have
    the new operand is the key of a macro, which has no value itself; its ports have
    the node to replace is the key of a macro, which has no value itself; its ports have
    the replacement is the key of a macro, which has no value itself; its ports have
    the node to insert after is the key of a macro, which has no value itself; its ports have
    operand 1 of add is the key of a macro, which has no value itself; its ports have
    operand 1 of add is the key of a macro, which has no value itself; its ports have
    an operation is wanted, got %2 = macro affine[1 2](%0) "fine"
    an operation is wanted, got %3 = port[0](%2) "a"
    an operation is wanted, got %3 = port[0](%2) "a"
    a parameter is wanted, got %3 = port[0](%2) "a"
    %2 = macro affine[1 2](%0) "fine" is used by %3 = port[0](%2) "a"
    pass takes at least 1 operand, got 0
    pass takes at least 1 operand, got 0
    swap takes 2 operands, got 1: %3 = port[0](%2) "a"
    the name "y" is taken by %8 = mul(%5, %7) "y"
    a name needs at least one character
    "#);
}

#[test]
fn a_macro_without_ports_is_refused_and_the_others_are_taken_back() {
    let text = "dagrad graph 1\n%0 = macro weights[0]() \"none\"\n";
    let error = Graph::parse(text, &registry()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("the macro weights[0] has no ports")
    );
    let mut graph = Graph::new();
    let mut additions = graph.additions();
    assert!(
        additions
            .add_macro(None, ToyMacro::Weights(0), &[])
            .is_err()
    );
    let ports = additions.add_macro(None, ToyMacro::Source, &[]);
    assert_eq!(ports.unwrap().len(), 2);
    drop(additions);
    assert!(graph.is_empty());
    graph.verify().unwrap();
}

/// What a test says of itself.
#[derive(Clone, Copy)]
struct Called(&'static str, Option<&'static str>);

impl Macro<Toy> for Called {
    fn name(&self) -> &str {
        self.0
    }

    fn configuration(&self) -> Option<String> {
        self.1.map(str::to_owned)
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(0)
    }

    fn expand(&self, at: &mut Expansion<'_, Toy>, _: &[NodeId]) -> Result<Vec<NodeId>, MacroError> {
        at.within("inner", |_| panic!("as the test wants"))
    }
}

#[test]
fn a_macro_that_a_listing_cannot_show_is_refused() {
    let mut graph = Graph::new();
    for name in ["", "3d", "a b", "höhe", "a\n"] {
        let error = graph.add_macro("m", Called(name, None), &[]).unwrap_err();
        let name = name.to_owned();
        assert_eq!(error, BuildError::MacroName { name });
    }
    for configuration in ["[", "a]", "a\nb", "\r"] {
        let macro_ = Called("fine", Some(configuration));
        let error = graph.add_macro("m", macro_, &[]).unwrap_err();
        assert!(
            matches!(error, BuildError::MacroConfiguration { .. }),
            "{error}"
        );
    }
    assert!(graph.is_empty());
    graph
        .add_macro("m", Called("_fine2", Some("1 2")), &[])
        .unwrap();
}

/// Whoever catches a panic finds the graph as it was, its current scope included.
#[test]
fn a_panic_leaves_the_scope_as_it_was() {
    let mut graph = Graph::new();
    graph.add_macro("m", Called("panics", None), &[]).unwrap();
    let before = graph.to_string();
    assert!(catch_unwind(AssertUnwindSafe(|| graph.expand(0))).is_err());
    assert_eq!((graph.current_scope(), graph.to_string()), ("", before));
    let within = || graph.within("scope", |_| panic!("as the test wants"));
    assert!(catch_unwind(AssertUnwindSafe(within)).is_err());
    assert_eq!(graph.current_scope(), "");
}
