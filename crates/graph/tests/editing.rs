//! Edits: what each does to a graph whose values have many users.

use crate::toy::{Graph, Toy, body, node, read};
use dagrad_graph::{EditError, Removed};
use insta::assert_snapshot;

/// The listing after an edit, every invariant checked.
fn edited<R>(listing: &str, edit: impl FnOnce(&mut Graph) -> Result<R, EditError>) -> String {
    let mut graph = read(listing);
    edit(&mut graph).unwrap();
    graph.verify().unwrap();
    body(&graph)
}

const SQUARE: &str = r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    output "y" = %3, %0
"#;

#[test]
fn redirect_changes_one_operand_of_one_user() {
    let listing = edited(SQUARE, |g| g.redirect(node(g, "square"), 1, node(g, "z")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %1) "square"
    %3 = add(%2, %0, %2) "sum"
    output "y" = %3, %0
    "#);
    let listing = edited(SQUARE, |g| g.redirect(node(g, "square"), 0, node(g, "z")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%1, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    output "y" = %3, %0
    "#);
    // To what it is already.
    let listing = edited(SQUARE, |g| g.redirect(node(g, "square"), 0, node(g, "x")));
    assert_eq!(listing, body(&read(SQUARE)));
}

#[test]
fn replace_changes_every_use_outputs_included() {
    let listing = edited(SQUARE, |g| g.replace(node(g, "x"), node(g, "z")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%1, %1) "square"
    %3 = add(%2, %1, %2) "sum"
    output "y" = %3, %1
    "#);
    let listing = edited(SQUARE, |g| g.replace(node(g, "square"), node(g, "x")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = add(%0, %0, %0) "sum"
    %3 = mul(%0, %0) "square"
    output "y" = %2, %0
    "#);
    let listing = edited(SQUARE, |g| g.replace(node(g, "x"), node(g, "x")));
    assert_eq!(listing, body(&read(SQUARE)));
}

#[test]
fn replace_by_a_node_that_depends_on_it_is_fine_where_only_outputs_use_it() {
    let listing = r#"
        %0 = feature "x"
        %1 = add(%0) "y"
        output "first" = %0
        output "second" = %1, %1
    "#;
    let listing = edited(listing, |g| g.replace(node(g, "y"), node(g, "x")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = add(%0) "y"
    output "first" = %0
    output "second" = %0, %0
    "#);
}

#[test]
fn insert_after_stands_between_a_value_and_all_that_uses_it() {
    let listing = edited(SQUARE, |g| {
        g.insert_after(node(g, "x"), Toy::Mul, &[node(g, "z")])
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %1)
    %3 = mul(%2, %2) "square"
    %4 = add(%3, %2, %3) "sum"
    output "y" = %4, %2
    "#);
    // The value itself may be one of the others, and keeps that use.
    let listing = edited(SQUARE, |g| {
        let square = node(g, "square");
        g.insert_after(square, Toy::Add, &[square, node(g, "x"), square])
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %2, %0, %2)
    %4 = add(%3, %0, %3) "sum"
    output "y" = %4, %0
    "#);
    // An output is a use too, and where nothing is, the new value is just added.
    let listing = edited(SQUARE, |g| g.insert_after(node(g, "sum"), Toy::Add, &[]));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    %4 = add(%3)
    output "y" = %4, %0
    "#);
    let listing = edited(SQUARE, |g| {
        g.insert_after(node(g, "z"), Toy::Add, &[node(g, "sum")])
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    %4 = add(%1, %3)
    output "y" = %3, %0
    "#);
}

#[test]
fn insert_after_gives_the_new_node_the_scope_of_the_value() {
    let listing = edited("%0 = feature \"x\" in \"a\"\n%1 = add(%0)", |g| {
        let x = g.find("a", "x").unwrap();
        let added = g.insert_after(x, Toy::Add, &[])?;
        assert_eq!(g.scope_path(added), Ok("a"));
        assert_eq!(g.users(x).unwrap().collect::<Vec<_>>(), [added]);
        assert_eq!(g.current_scope(), "");
        Ok(())
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x" in "a"
    %1 = add(%0) in "a"
    %2 = add(%1)
    "#);
}

#[test]
fn insert_between_changes_one_operand_and_stands_in_the_scope_of_the_user() {
    let listing = edited(SQUARE, |g| {
        g.insert_between(node(g, "sum"), 2, Toy::Weigh(vec![-1]), &[])
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = weigh[-1](%2)
    %4 = add(%2, %0, %3) "sum"
    output "y" = %4, %0
    "#);
    let listing = r#"
        %0 = feature "x"
        %1 = feature "z"
        %2 = mul(%0, %0) "square" in "hidden.0"
        output "y" = %2
    "#;
    let listing = edited(listing, |g| {
        let [x, z] = ["x", "z"].map(|name| node(g, name));
        let square = g.find("hidden.0", "square").unwrap();
        g.insert_between(square, 0, Toy::Add, &[z, x, z])
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = add(%0, %1, %0, %1) in "hidden.0"
    %3 = mul(%2, %0) "square" in "hidden.0"
    output "y" = %3
    "#);
}

#[test]
fn a_sum_takes_one_operand_more_and_can_do_with_one_fewer() {
    let listing = edited(SQUARE, |g| g.push_operand(node(g, "sum"), node(g, "x")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %0, %2, %0) "sum"
    output "y" = %3, %0
    "#);
    let listing = edited(SQUARE, |g| g.remove_operand(node(g, "sum"), 0));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%0, %2) "sum"
    output "y" = %3, %0
    "#);
}

#[test]
fn a_sum_grows_to_a_hundred_operands_and_shrinks_again() {
    let mut graph = read(SQUARE);
    let (x, sum) = (node(&graph, "x"), node(&graph, "sum"));
    for _ in 0..100 {
        graph.push_operand(sum, x).unwrap();
        graph.verify().unwrap();
    }
    for _ in 0..100 {
        graph.remove_operand(sum, 3).unwrap();
        graph.verify().unwrap();
    }
    assert_eq!(body(&graph), body(&read(SQUARE)));
}

#[test]
fn set_operation_keeps_operands_and_users() {
    let listing = edited(SQUARE, |g| g.set_operation(node(g, "square"), Toy::Add));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = add(%0, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    output "y" = %3, %0
    "#);
}

#[test]
fn set_parameter_is_seen_in_the_listing() {
    let mut graph = read("%0 = parameter 1.0 \"w\"");
    let w = node(&graph, "w");
    graph.set_parameter(w, -0.0).unwrap();
    assert_eq!(
        graph.parameter_value(w).map(f64::to_bits),
        Ok((-0.0_f64).to_bits())
    );
    assert_eq!(body(&graph), "%0 = parameter -0.0 \"w\"\n");
}

#[test]
fn remove_takes_a_node_that_nothing_uses() {
    let listing = edited(SQUARE, |g| g.remove(node(g, "z")));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = mul(%0, %0) "square"
    %2 = add(%1, %0, %1) "sum"
    output "y" = %2, %0
    "#);
}

#[test]
fn remove_cascade_takes_whatever_depends_on_it() {
    let listing = r#"
        %0 = feature "x"
        %1 = feature "z"
        %2 = parameter 1.0 "w"
        %3 = mul(%0, %0) "square"
        %4 = add(%3, %1, %3) "sum"
        %5 = add(%1, %2) "other"
        output "y" = %5, %4
        output "other" = %5
        output "square" = %3
    "#;
    let mut removed = Removed::default();
    let listing = edited(listing, |g| {
        removed = g.remove_cascade(node(g, "x"))?;
        Ok(())
    });
    assert_eq!(removed.nodes, 3);
    assert_eq!(removed.outputs, ["y", "square"]);
    assert_snapshot!(listing, @r#"
    %0 = feature "z"
    %1 = parameter 1.0 "w"
    %2 = add(%0, %1) "other"
    output "other" = %2
    "#);
}

#[test]
fn prune_takes_what_no_output_needs_and_leaves_the_inputs() {
    let listing = r#"
        %0 = feature "unused"
        %1 = target "t"
        %2 = parameter 1.0 "w"
        %3 = parameter 2.0 "unused w"
        %4 = constant 3.0
        %5 = constant 4.0 "unused c"
        %6 = mul(%2, %4) "y"
        %7 = mul(%3, %6)
        %8 = add(%7, %7, %0)
        output "y" = %6
    "#;
    let mut pruned = 0;
    let mut prune = |g: &mut Graph| {
        pruned = g.prune();
        Ok(())
    };
    let once = edited(listing, &mut prune);
    assert_eq!(edited(&once, &mut prune), once);
    assert_eq!(pruned, 0);
    assert_eq!(read(listing).prune(), 4);
    assert_snapshot!(once, @r#"
    %0 = feature "unused"
    %1 = target "t"
    %2 = parameter 1.0 "w"
    %3 = constant 3.0
    %4 = mul(%2, %3) "y"
    output "y" = %4
    "#);
}

#[test]
fn without_outputs_only_inputs_are_left() {
    let listing = edited("%0 = feature\n%1 = parameter 1.0\n%2 = mul(%0, %1)", |g| {
        assert_eq!(g.prune(), 2);
        Ok(())
    });
    assert_eq!(listing, "%0 = feature\n");
}

#[test]
fn outputs_are_redirected_and_removed() {
    let listing = edited(SQUARE, |g| {
        g.add_output("z", &[node(g, "z")]).unwrap();
        g.redirect_output("y", &[node(g, "square")])
    });
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    output "y" = %2
    output "z" = %1
    "#);
    let listing = edited(SQUARE, |g| g.remove_output("y"));
    assert_snapshot!(listing, @r#"
    %0 = feature "x"
    %1 = feature "z"
    %2 = mul(%0, %0) "square"
    %3 = add(%2, %0, %2) "sum"
    "#);
}
