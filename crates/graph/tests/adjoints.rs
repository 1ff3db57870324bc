//! Adjoints: the reverse sweep, from any seed into any node, and the order in which terms are added.

use crate::random::{Random, choose, graphs};
use crate::toy::{Calls, Graph, Modular, Toy, node, read};
use dagrad_graph::{Evaluator, Kind, NodeId};
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::Add as _;

/// From these seeds, with these features, the adjoints of the nodes are these, in their bits.
fn check(listing: &str, features: &[f64], seeds: &[(&str, f64)], adjoints: &[(&str, f64)]) {
    let graph = read(listing);
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, features).unwrap();
    let seeds: Vec<_> = seeds
        .iter()
        .map(|&(name, seed)| (node(&graph, name), seed))
        .collect();
    evaluator.reverse(&graph, &seeds).unwrap();
    for &(name, wanted) in adjoints {
        let found = evaluator.adjoint(node(&graph, name)).unwrap();
        assert_eq!(
            found.to_bits(),
            wanted.to_bits(),
            "{name}: {found} is not {wanted}"
        );
    }
}

const GRAPH: &str = r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = parameter 2.0 "w"
    %3 = constant 7.0 "c"
    %4 = mul(%0, %2) "p"
    %5 = mul(%4, %4) "square"
    %6 = weigh[1 -3 1](%5, %1, %3) "y"
    %7 = add(%4, %4, %0) "other"
"#;

#[test]
fn adjoints_reach_parameters_inputs_constants_and_inner_nodes() {
    let adjoints = [
        ("y", 1.0),
        ("square", 1.0),
        ("p", 12.0),
        ("x", 24.0),
        ("w", 36.0),
        ("z", -3.0),
        ("c", 1.0),
    ];
    check(GRAPH, &[3.0, 1.0], &[("y", 1.0)], &adjoints);
}

#[test]
fn a_sweep_starts_from_any_node_with_any_seed() {
    let features = [3.0, 1.0];
    check(
        GRAPH,
        &features,
        &[("square", 10.0)],
        &[("x", 240.0), ("z", 0.0), ("y", 0.0)],
    );
    check(GRAPH, &features, &[("x", 5.0)], &[("x", 5.0), ("w", 0.0)]);
    check(GRAPH, &features, &[("w", 5.0)], &[("w", 5.0), ("x", 0.0)]);
    check(GRAPH, &features, &[], &[("x", 0.0), ("y", 0.0)]);
}

#[test]
fn seeds_add_up_also_on_one_node_and_above_each_other() {
    let features = [3.0, 1.0];
    let both = [("y", 1.0), ("other", 10.0)];
    check(
        GRAPH,
        &features,
        &both,
        &[("p", 32.0), ("x", 74.0), ("y", 1.0)],
    );
    let twice = [("y", 1.0), ("y", 2.0)];
    check(GRAPH, &features, &twice, &[("y", 3.0), ("z", -9.0)]);
    let above = [("p", 100.0), ("y", 1.0), ("x", 1000.0)];
    check(GRAPH, &features, &above, &[("p", 112.0), ("x", 1224.0)]);
}

#[test]
fn what_no_seed_depends_on_has_the_adjoint_zero() {
    check(
        GRAPH,
        &[3.0, 1.0],
        &[("p", 1.0)],
        &[("z", 0.0), ("square", 0.0), ("other", 0.0)],
    );
}

#[test]
fn a_sweep_forgets_the_adjoints_of_the_one_before() {
    let graph = read(GRAPH);
    let [x, z, y, p] = ["x", "z", "y", "p"].map(|name| node(&graph, name));
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[3.0, 1.0]).unwrap();
    evaluator.reverse(&graph, &[(y, 1.0)]).unwrap();
    evaluator.reverse(&graph, &[(p, 1.0)]).unwrap();
    assert_eq!(evaluator.adjoint(x), Ok(2.0));
    assert_eq!(evaluator.adjoint(z), Ok(0.0));
    assert_eq!(evaluator.adjoint(y), Ok(0.0));
}

#[test]
fn x_used_twice_by_one_user_gets_two_terms() {
    check(
        "%0 = feature \"x\"\n%1 = mul(%0, %0) \"y\"",
        &[3.0],
        &[("y", 1.0)],
        &[("x", 6.0)],
    );
    check(
        "%0 = feature \"x\"\n%1 = add(%0, %0, %0) \"y\"",
        &[3.0],
        &[("y", 2.0)],
        &[("x", 6.0)],
    );
}

/// 1e16 + 1 rounds to 1e16, so the order of these three terms is seen in the sum: 0 where 1 stands before
/// the second large one, and 1 where it comes last.
#[test]
fn terms_are_added_in_the_order_of_their_users_positions() {
    let users = |sum: &str| {
        format!(
            r#"
            %0 = feature "x"
            %1 = constant 1e16
            %2 = constant 1.0
            %3 = constant -1e16
            %20 = mul(%0, %2)
            %10 = mul(%0, %1)
            %30 = mul(%0, %3)
            %40 = add({sum}) "y"
            output "y" = %40
            "#
        )
    };
    // The users' own order is 1, 1e16, -1e16 all the same: what counts is where the output meets them.
    let y = [("y", 1.0)];
    check(&users("%10, %20, %30"), &[1.0], &y, &[("x", 0.0)]);
    check(&users("%10, %30, %20"), &[1.0], &y, &[("x", 1.0)]);
    check(&users("%20, %10, %30"), &[1.0], &y, &[("x", 0.0)]);
}

#[test]
fn terms_of_one_user_are_added_in_the_order_of_its_operands() {
    let y = [("y", 1.0)];
    let weigh =
        |weights: &str| format!("%0 = feature \"x\"\n%1 = weigh[{weights}](%0, %0, %0) \"y\"");
    let large = "10000000000000000";
    check(
        &weigh(&format!("{large} 1 -{large}")),
        &[1.0],
        &y,
        &[("x", 0.0)],
    );
    check(
        &weigh(&format!("{large} -{large} 1")),
        &[1.0],
        &y,
        &[("x", 1.0)],
    );
}

#[test]
fn the_seed_is_added_before_the_terms() {
    let listing = "%0 = feature \"x\"\n%1 = weigh[1 -10000000000000000](%0, %0) \"y\"";
    check(listing, &[1.0], &[("x", 1e16), ("y", 1.0)], &[("x", 0.0)]);
    check(listing, &[1.0], &[("y", 1.0), ("x", 1e16)], &[("x", 0.0)]);
}

#[test]
fn a_sum_starts_from_its_first_term_so_a_negative_zero_survives() {
    check(
        "%0 = feature \"x\"\n%1 = add(%0) \"y\"",
        &[1.0],
        &[("y", -0.0)],
        &[("x", -0.0)],
    );
    check(
        "%0 = feature \"x\"\n%1 = add(%0, %0) \"y\"",
        &[1.0],
        &[("y", -0.0)],
        &[("x", -0.0)],
    );
    check("%0 = feature \"x\"", &[1.0], &[("x", -0.0)], &[("x", -0.0)]);
}

#[test]
fn an_operand_that_gets_no_contribution_gets_no_term() {
    // A term of 0 · adjoint would make the negative zero a positive one.
    let listing = r#"
        %0 = feature "x"
        %1 = add(%0) "same"
        %2 = weigh[0 1](%0, %1) "y"
    "#;
    check(
        listing,
        &[1.0],
        &[("y", -0.0)],
        &[("same", -0.0), ("x", -0.0)],
    );
    let listing = "%0 = feature \"x\"\n%1 = weigh[0](%0) \"y\"";
    check(listing, &[1.0], &[("y", f64::NAN)], &[("x", 0.0)]);
    check(listing, &[1.0], &[("y", f64::INFINITY)], &[("x", 0.0)]);
}

#[test]
fn sixty_doublings_take_sixty_evaluations() {
    let (mut graph, calls) = (Graph::new(), Calls::default());
    let x = graph.feature("x").unwrap();
    let y = (0..60).fold(x, |y, _| {
        graph.operation(calls.of(Toy::Add), &[y, y]).unwrap()
    });
    let mut evaluator = Evaluator::new(&graph);
    evaluator.set_features(&graph, &[1.0]).unwrap();
    evaluator.reverse(&graph, &[(y, 1.0)]).unwrap();
    let power = (1_u64 << 60) as f64;
    assert_eq!(evaluator.value(y), Ok(power));
    assert_eq!(evaluator.adjoint(x), Ok(power));
    assert_eq!(calls.take(), 60);
    assert_eq!(evaluator.evaluations(), 60);
}

/// The derivatives of every node with respect to `to`, by carrying a tangent forward.
fn tangents(graph: &Graph, evaluator: &Evaluator<Modular>, to: NodeId) -> Vec<Modular> {
    let order = graph.canonical_order();
    let mut tangents: Vec<Modular> = Vec::new();
    for id in order.iter() {
        let operands: Vec<_> = graph.operands(id).unwrap().collect();
        let tangent = |id| tangents[order.position(id).unwrap()];
        let terms: Vec<_> = operands.iter().map(|&id| tangent(id)).collect();
        let own = match graph.kind(id).unwrap() {
            _ if id == to => Modular(1),
            Kind::Operation(Toy::Mul) => {
                let [a, b] = [operands[0], operands[1]].map(|id| evaluator.value(id).unwrap());
                terms[0] * b + a * terms[1]
            }
            Kind::Operation(Toy::Weigh(weights)) => {
                let terms = weights
                    .iter()
                    .zip(terms)
                    .map(|(&w, t)| Modular(w as u64) * t);
                terms.fold(Modular(0), Modular::add)
            }
            Kind::Operation(_) => terms.into_iter().fold(Modular(0), Modular::add),
            Kind::Input(_)
            | Kind::Parameter(_)
            | Kind::Constant(_)
            | Kind::Macro(_)
            | Kind::Port(_)
            | Kind::Alias => Modular(0),
        };
        tangents.push(own);
    }
    tangents
}

proptest! {
    /// In exact arithmetic the order of terms does not matter, so reverse and forward accumulation
    /// agree on every derivative of every node by every other.
    #[test]
    fn reverse_accumulation_agrees_with_forward_accumulation(
        Random(graph) in graphs(),
        chosen in vec((any::<u16>(), any::<i8>()), 0..4),
    ) {
        let mut evaluator = Evaluator::<Modular>::new(&graph);
        for (number, input) in graph.inputs().enumerate() {
            evaluator.set_input(&graph, input, Modular(number as u64 + 2)).unwrap();
        }
        let nodes: Vec<_> = graph.canonical_order().iter().collect();
        let seed = |(number, seed)| Some((choose(&nodes, number)?, Modular(i64::from(seed) as u64)));
        let seeds: Vec<_> = chosen.into_iter().filter_map(seed).collect();
        evaluator.forward(&graph, &nodes).unwrap();
        evaluator.reverse(&graph, &seeds).unwrap();
        let order = graph.canonical_order();
        for &id in &nodes {
            let tangents = tangents(&graph, &evaluator, id);
            let terms = seeds.iter().map(|&(of, seed)| seed * tangents[order.position(of).unwrap()]);
            let wanted = terms.fold(Modular(0), Modular::add);
            prop_assert_eq!(evaluator.adjoint(id).unwrap(), wanted);
        }
    }
}
