//! Formulas: names, shared values, lists, macros, length. Which pairs of parentheses are needed is a matter
//! of the operations, and tested with them.

use crate::random::{graphs, wild_graphs};
use crate::toy::{Graph, Toy, node, read};
use dagrad_graph::{
    Arity, Expansion, Formula, FormulaItem, FormulaName, FormulaSource, Grouping, KeyError, Macro,
    MacroError, NodeId, Notation, Precedence,
};
use insta::assert_snapshot;
use proptest::prelude::*;

/// The graph of this listing writes the node called `y`, or else its first output, like this.
#[track_caller]
fn check(listing: &str, formula: &str) {
    let graph = read(listing);
    let printed = match graph.find("", "y") {
        Some(y) => graph.formula(y).unwrap().to_string(),
        None => {
            let (name, _) = graph.outputs().next().unwrap();
            graph.formula_of_output(name).unwrap().to_string()
        }
    };
    assert_eq!(printed, formula, "{listing}");
}

#[test]
fn parameters_go_by_name_or_number() {
    let graph = read(
        r#"
        %0 = parameter 0.1 "w"
        %1 = parameter 0.2
        %2 = add(%0, %1) "y"
        "#,
    );
    let y = node(&graph, "y");
    assert_eq!(graph.formula(y).unwrap().to_string(), "w + p1");
    let numbers = graph.formula(y).unwrap().numbers();
    assert_eq!(numbers.to_string(), "0.1 + 0.2");
}

#[test]
fn numbers_are_the_shortest_that_read_back() {
    let number = |value: f64| {
        let mut graph = Graph::new();
        let (x, value) = (graph.feature("x").unwrap(), graph.constant(value));
        let y = graph.operation(Toy::Mul, &[x, value]).unwrap();
        graph.formula(y).unwrap().to_string()
    };
    assert_eq!(number(2.0), "x·2");
    assert_eq!(number(0.1 + 0.2), "x·0.30000000000000004");
    assert_eq!(number(1e-7), "x·1e-7");
    assert_eq!(number(1e300), "x·1e300");
    assert_eq!(number(-2.5), "x·(-2.5)");
    assert_eq!(number(-0.0), "x·(-0)");
    assert_eq!(number(f64::NEG_INFINITY), "x·(-inf)");
    assert_eq!(number(-f64::NAN), "x·nan");
}

#[test]
fn unnamed_leaves_go_by_their_declared_position() {
    check(
        r#"
        %0 = feature
        %1 = feature "a"
        %2 = target
        %3 = parameter 1.0
        %4 = add(%2, %1, %0, %3)
        output "sum" = %4
        "#,
        "x2 + a + x0 + p0",
    );
}

#[test]
fn a_taken_name_is_numbered_and_never_one_that_was_given() {
    check(
        r#"
        %0 = feature
        %1 = feature "x0"
        %2 = feature "x 0"
        %3 = feature "x_0"
        %4 = feature "where"
        %5 = feature "weigh"
        %6 = feature "2x"
        %7 = add(%0, %1, %2, %3, %4, %5, %6)
        %8 = weigh[1](%7)
        output "sum" = %8
        "#,
        "weigh(x0_2 + x0 + x_0_2 + x_0 + where_2 + weigh_2 + _2x)",
    );
}

#[test]
fn names_of_other_alphabets_stay_but_not_in_ascii() {
    let graph = read(
        r#"
        %0 = feature "größe"
        %1 = feature "λ"
        %2 = feature "x²"
        %3 = mul(%0, %1)
        %4 = add(%3, %2) "y"
        "#,
    );
    let y = node(&graph, "y");
    assert_eq!(graph.formula(y).unwrap().to_string(), "größe·λ + x_");
    let ascii = graph.formula(y).unwrap().ascii().to_string();
    assert_eq!(ascii, "gr__e*_ + x_");
}

#[test]
fn scope_paths_stand_where_names_alone_do_not_tell() {
    check(
        r#"
        %0 = parameter 1.0 "w"
        %1 = parameter 2.0 "w" in "hidden.0"
        %2 = parameter 3.0 "b" in "hidden.0"
        %3 = add(%0, %1, %2)
        output "sum" = %3
        "#,
        "w + hidden_0_w + b",
    );
}

#[test]
fn shared_values_are_written_once() {
    check(
        r#"
        %0 = feature "x"
        %1 = feature "h1"
        %2 = mul(%0, %1)
        %3 = add(%2, %0)
        %4 = mul(%3, %2) "square"
        %5 = add(%3, %4, %4) "unused name"
        %6 = mul(%5, %2)
        output "sum" = %6
        "#,
        "(h2 + square + square)·h0\n\
         where h0 = x·h1\n\
         where h2 = h0 + x\n\
         where square = h2·h0",
    );
}

#[test]
fn aliases_and_sums_of_one_term_are_read_through() {
    check(
        r#"
        %0 = feature "x"
        %1 = add(%0)
        %2 = alias(%1)
        %3 = mul(%2, %2)
        %4 = alias(%3)
        %5 = add(%3, %4) "sum"
        %6 = alias(%5) "y"
        "#,
        "h0 + h0\nwhere h0 = x·x",
    );
    check(r#"%0 = feature "y""#, "y");
}

#[test]
fn a_list_has_a_line_for_each_value() {
    check(
        r#"
        %0 = feature "x"
        %1 = mul(%0, %0)
        %2 = add(%1, %0)
        output "two of them" = %1, %2, %0
        "#,
        "two_of_them[0] = h0\n\
         two_of_them[1] = h0 + x\n\
         two_of_them[2] = x\n\
         where h0 = x·x",
    );
    check("%0 = constant -1.5\noutput \"y\" = %0", "-1.5");
}

#[test]
fn what_is_deeply_nested_gets_a_line() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let mut y = x;
    for _ in 0..17 {
        y = graph.operation(Toy::Weigh(vec![1]), &[y]).unwrap();
    }
    let text = graph.formula(y).unwrap().to_string();
    let deepest = format!("{}x{}", "weigh(".repeat(16), ")".repeat(16));
    assert_eq!(text, format!("weigh(h0)\nwhere h0 = {deepest}"));
    let inlined = graph.formula(y).unwrap().inlined(1000).unwrap();
    assert_eq!(inlined.to_string(), format!("weigh({deepest})"));
}

#[test]
fn the_inlined_form_repeats_and_refuses_to_explode() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let mut y = graph.operation(Toy::Add, &[x, x]).unwrap();
    y = graph.operation(Toy::Mul, &[y, y]).unwrap();
    let inlined = || graph.formula(y).unwrap().inlined(16);
    assert_eq!(inlined().unwrap().to_string(), "(x + x)·(x + x)");
    assert_snapshot!(graph.formula(y).unwrap().inlined(15).unwrap_err(), @"inlined, the formula would take 16 bytes; the limit is 15");
    for _ in 0..70 {
        y = graph.operation(Toy::Add, &[y, y]).unwrap();
    }
    let error = graph
        .formula(y)
        .unwrap()
        .inlined(usize::MAX - 1)
        .unwrap_err();
    assert_eq!(error.length, u64::MAX);
    assert_snapshot!(error, @"inlined, the formula would take at least 18446744073709551615 bytes; the limit is 18446744073709551614");
    // Shared, it has a line for each value.
    assert_eq!(graph.formula(y).unwrap().to_string().lines().count(), 72);
}

#[test]
fn variables_are_the_leaves_that_go_by_name() {
    let graph = read(
        r#"
        %0 = feature
        %1 = feature "unused"
        %2 = parameter 1.0 "w"
        %3 = constant 3.0 "three"
        %4 = constant 4.0
        %5 = mul(%2, %3)
        %6 = add(%0, %4, %5, %5) "y"
        "#,
    );
    let formula = graph.formula(node(&graph, "y")).unwrap();
    let id = |position: usize| graph.canonical_order().iter().nth(position).unwrap();
    let variable = |position: usize, name: &str| (id(position), name.to_owned());
    assert_eq!(
        formula.variables(),
        [variable(0, "x0"), variable(2, "w"), variable(3, "three")]
    );
    assert_eq!(formula.numbers().variables(), [variable(0, "x0")]);
}

/// A macro that yields so many values, and is never expanded here.
struct Layer(usize);

impl Macro<Toy> for Layer {
    fn name(&self) -> &str {
        "layer"
    }

    fn configuration(&self) -> Option<String> {
        Some(self.0.to_string())
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn ports(&self, _: usize) -> usize {
        self.0
    }

    fn expand(&self, _: &mut Expansion<'_, Toy>, _: &[NodeId]) -> Result<Vec<NodeId>, MacroError> {
        Err(MacroError::Refused("not here".to_owned()))
    }
}

#[test]
fn a_macro_is_a_function_and_its_ports_are_numbered() {
    let mut graph = Graph::new();
    let (a, b) = (graph.feature("a").unwrap(), graph.feature(None).unwrap());
    let hidden = graph.add_macro("hidden", Layer(2), &[a, b]).unwrap();
    let one = graph.add_macro(None, Layer(1), &[hidden[0], b]).unwrap()[0];
    let formula = |id| graph.formula(id).unwrap().to_string();
    assert_eq!(formula(one), "layer[1](layer[2](a, x1).0, x1)");

    let sum = graph.clone_with_keys();
    let (mut graph, map) = sum;
    let keys = [hidden[0], hidden[1], one, one].map(|id| map.get(id).unwrap());
    let sum = graph.operation(Toy::Add, &keys).unwrap();
    assert_eq!(
        graph.formula(sum).unwrap().to_string(),
        "hidden.0 + hidden.1 + layer + layer\n\
         where hidden = layer[2](a, x1)\n\
         where layer = layer[1](hidden.0, x1)"
    );
}

#[test]
fn what_is_no_value_of_the_graph_is_refused() {
    let mut graph = Graph::new();
    let x = graph.feature("x").unwrap();
    let gone = graph.constant(1.0);
    graph.remove(gone).unwrap();
    assert!(matches!(graph.formula(gone), Err(KeyError::Stale { .. })));
    let foreign = Graph::new().constant(1.0);
    assert!(matches!(
        graph.formula(foreign),
        Err(KeyError::Foreign { .. })
    ));
    graph.add_macro("layer", Layer(1), &[x]).unwrap();
    let layer = graph.find("", "layer").unwrap();
    assert!(matches!(
        graph.formula(layer),
        Err(KeyError::NoValue { .. })
    ));
    let error = graph.formula_of_output("y").unwrap_err();
    assert_snapshot!(error, @r#"there is no output "y""#);
}

/// A list of instructions, each the product of the two before it.
#[derive(Debug)]
struct Products(usize);

impl FormulaSource for Products {
    fn len(&self) -> usize {
        self.0
    }

    fn item(&self, index: usize) -> FormulaItem<'_> {
        match index {
            0 => FormulaItem::Input { position: 0 },
            1 => FormulaItem::Constant(2.0),
            _ => FormulaItem::Operation {
                name: "mul",
                notation: Notation::Infix {
                    symbol: "×",
                    ascii: "*",
                    precedence: Precedence::Product,
                    grouping: Grouping::Left,
                },
            },
        }
    }

    fn operand_count(&self, index: usize) -> usize {
        if index < 2 { 0 } else { 2 }
    }

    fn operand(&self, index: usize, at: usize) -> usize {
        index - 1 - at
    }

    fn name(&self, _: usize) -> Option<FormulaName<'_>> {
        None
    }
}

#[test]
fn anything_in_order_can_be_printed() {
    let list = Formula::of_list(Products(5), "d", &[3, 4]).unwrap();
    assert_eq!(
        list.to_string(),
        "d[0] = h1\nd[1] = h1×h0\nwhere h0 = 2×x0\nwhere h1 = h0×2"
    );
    assert!(Formula::new(Products(5), 5).is_none());
    assert!(Formula::of_list(Products(5), "d", &[0, 5]).is_none());
    assert_eq!(Formula::new(Products(5), 2).unwrap().to_string(), "2×x0");
}

/// The inlined form of `formula` is as long as it says when it is refused.
fn check_length<S: FormulaSource + std::fmt::Debug>(
    formula: impl Fn() -> Formula<S>,
) -> Result<(), TestCaseError> {
    let length = formula().inlined(0).unwrap_err().length;
    if let Ok(limit @ ..1_000_000) = usize::try_from(length) {
        prop_assert!(formula().inlined(limit - 1).is_err());
        prop_assert_eq!(formula().inlined(limit).unwrap().to_string().len(), limit);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_graph_has_formulas(graph in wild_graphs()) {
        let graph = graph.0;
        for id in graph.canonical_order().iter() {
            let text = graph.formula(id).unwrap().to_string();
            prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{}", text);
            let ascii = graph.formula(id).unwrap().numbers().ascii().to_string();
            prop_assert!(ascii.is_ascii(), "{}", ascii);
        }
    }

    #[test]
    fn the_length_of_an_inlined_formula_is_known_beforehand(graph in graphs()) {
        let graph = graph.0;
        for (name, _) in graph.outputs() {
            let formula = || graph.formula_of_output(name).unwrap();
            check_length(formula)?;
            check_length(|| formula().numbers())?;
            check_length(|| formula().ascii())?;
        }
    }
}
