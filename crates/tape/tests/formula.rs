//! Formulas: derivatives can be read.

use crate::support::{graph, small_network, tape};
use dagrad_graph::Formula;
use dagrad_tape::{Slot, TapeValues, Variables, differentiate, lower_outputs};
use insta::assert_snapshot;

fn y(listing: &str) -> String {
    let tape = tape(listing);
    let formula: Formula<TapeValues<'_>> = tape.formula_of_output("y").unwrap();
    formula.to_string()
}

#[test]
fn the_derivative_of_a_neuron_can_be_read() {
    let g = graph(
        r#"
        %0 = feature "x"
        %1 = parameter 0.5 "w"
        %2 = parameter 0.1 "b"
        %3 = mul(%1, %0)
        %4 = add(%3, %2)
        %5 = tanh(%4) "h"
        output "y" = %5
        "#,
    );
    let tape = lower_outputs(&g).unwrap();
    let tape = differentiate(&tape, "y", Variables::Parameters, "gradient").unwrap();
    assert_snapshot!(tape.formula_of_output("gradient").unwrap(), @"
    gradient[0] = h0·x
    gradient[1] = h0
    where h = tanh(w·x + b)
    where h0 = 1·(1 - h·h)
    ");
    let tape = differentiate(&tape, "gradient", Variables::Parameters, "second").unwrap();
    assert_snapshot!(tape.formula_of_output("second").unwrap(), @"
    second[0] = h1·x
    second[1] = h1
    where h = tanh(w·x + b)
    where h0 = -(1·x·1)
    where h1 = (h0·h + h0·h)·(1 - h·h)
    ");
}

#[test]
fn the_derivative_of_a_small_network_can_be_read() {
    let tape = lower_outputs(&small_network()).unwrap();
    let tape = differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    assert_snapshot!(tape.formula_of_output("loss").unwrap(), @"
    (h0·h0·w + sigmoid(h0) + abs(max(x, h0)) - t)^2 + 0.001·(v·v + w·w)
    where h0 = tanh(v·x + w)
    ");
    assert_snapshot!(tape.formula_of_output("gradient").unwrap(), @"
    gradient[0] = h6·x + h4·v + h4·v
    gradient[1] = h6 + h5·(h0·h0) + h4·w + h4·w
    where h0 = tanh(v·x + w)
    where h1 = sigmoid(h0)
    where h2 = max(x, h0)
    where h3 = h0·h0·w + h1 + abs(h2) - t
    where h4 = 1·0.001
    where h5 = 1·(h3 + h3)
    where h6 = (h5·(h0·w) + h5·(h0·w) + h5·(h1·(1 - h1)) + select(select(select(select(1, select(x == x, x == h2, 1), 0), 0, 1), select(h0 == h0, h0 == h2, 1), 0), select(h2 < 0, -h5, select(h2 == 0, 0, h5)), 0))·(1 - h0·h0)
    ");
}

#[test]
fn sums_of_products_are_written_as_such() {
    let leaves = "input[0..5] = feature \"a0\"..\"a4\"\n%0 = input[0]\n%1 = input[1]\n%2 = input[2]\n%3 = input[3]\n%4 = input[4]\n";
    assert_eq!(
        y(&format!(
            "{leaves}%5 = dot[2](%0, %1, %2, %3, %4)\noutput \"y\" = %5"
        )),
        "a0·a1 + a2·a3 + a4"
    );
    assert_eq!(
        y(&format!(
            "{leaves}%5 = dot[1](%0, %1)\n%6 = fma(%5, %2, %3)\noutput \"y\" = %6"
        )),
        "a0·a1·a2 + a3"
    );
    assert_eq!(
        y(&format!(
            "{leaves}%5 = dot[1](%0, %1)\n%6 = dot[1](%5, %5, %5)\noutput \"y\" = %6, %5"
        )),
        "y[0] = h0·h0 + h0\ny[1] = h0\nwhere h0 = a0·a1"
    );
}

#[test]
fn leaves_go_by_their_names_without_scopes_where_that_is_enough() {
    let listing = r#"
        input[0] = feature "data.x"
        input[1] = feature
        parameter[0] = "a.w"
        parameter[1] = "b.w"
        parameter[2]
        %0 = input[0] in "data"
        %1 = input[1]
        %2 = parameter[0] in "a"
        %3 = parameter[1] in "b"
        %4 = parameter[2]
        %5 = add(%0, %1, %2, %3, %4)
        output "y" = %5
    "#;
    assert_eq!(y(listing), "x + x1 + a_w + b_w + p2");
}

#[test]
fn parameters_keep_their_names_among_numbers() {
    let tape =
        tape("parameter[0]\n%0 = parameter[0]\n%1 = constant 0.5 \"half\"\n%2 = mul(%0, %1)");
    let product = || tape.formula(Slot::new(2)).unwrap();
    assert_eq!(product().to_string(), "p0·half");
    assert_eq!(product().numbers().to_string(), "p0·0.5");
    assert!(tape.formula(Slot::new(3)).is_none());
    assert!(tape.formula_of_output("y").is_none());
}

#[test]
fn partials_of_user_operations_are_functions() {
    let tape =
        tape("input[0] = feature \"x\"\n%0 = input[0]\n%1 = call[cube](%0)\noutput \"y\" = %1");
    let tape = differentiate(&tape, "y", Variables::Inputs, "dy").unwrap();
    assert_eq!(tape.formula_of_output("y").unwrap().to_string(), "cube(x)");
    assert_eq!(
        tape.formula_of_output("dy").unwrap().to_string(),
        "1·cube_d0(x)"
    );
}
