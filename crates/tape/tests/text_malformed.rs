//! Malformed text: the message tells the line, the column, and what was expected.

use crate::support::registry;
use dagrad_tape::Tape;
use insta::assert_snapshot;
use std::fmt::Write as _;

/// Each text, the first line of a listing before it, and what is said of it.
fn problems(texts: &[&str]) -> String {
    let mut table = String::new();
    for text in texts {
        let error = Tape::parse(&format!("dagrad tape 1\n{text}"), &registry());
        writeln!(table, "{text:?}\n    {}", error.unwrap_err()).unwrap();
    }
    table
}

#[test]
fn the_first_line() {
    let mut table = String::new();
    for text in ["", "\n\n# nothing\n", "dagrad graph 1", "dagrad tape 2"] {
        let error = text.parse::<Tape>().unwrap_err();
        writeln!(table, "{text:?}\n    {error}").unwrap();
    }
    assert_snapshot!(table, @r#"
    ""
        line 1, column 1: expected `dagrad tape 1`, found the end of the text
    "\n\n# nothing\n"
        line 3, column 1: expected `dagrad tape 1`, found the end of the text
    "dagrad graph 1"
        line 1, column 1: expected `dagrad tape 1`, found `dagrad graph 1`
    "dagrad tape 2"
        line 1, column 1: expected `dagrad tape 1`, found `dagrad tape 2`
    "#);
}

#[test]
fn declarations() {
    assert_snapshot!(problems(&[
        "input",
        "input[",
        "input[x]",
        "input[1] = feature",
        "input[0]",
        "input[0] =",
        "input[0] = features",
        "input[0] = feature x",
        "input[0] = feature \"x\" in \"a\"",
        "input[0..0] = feature",
        "input[0..99999999999999999999] = feature",
        "input[0.2] = feature",
        "input[0..2] = feature \"x\"",
        "input[0..2] = feature \"x0\"..\"x2\"",
        "input[0..2] = feature \"x0\"..\"y1\"",
        "input[0..2] = feature \"x1\"..\"x0\"",
        "input[0..2] = feature \"x0\"..",
        "input[0] = feature \"x\"..\"x\"",
        "parameter[0] \"w\"",
        "parameter[0] =",
        "parameter[0]\nparameter[2]",
        "parameter[0]\nparameter[0]",
        "parameter[4294967295]",
        "parameter[0..4294967296]",
        "parameter[0..2] = \"w\"",
        "parameter[0..2] = \"x18446744073709551614\"..\"x18446744073709551615\"",
    ]), @r#"
    "input"
        line 2, column 6: expected `[`, found the end of the line
    "input["
        line 2, column 7: expected a number, found the end of the line
    "input[x]"
        line 2, column 7: expected a number, found `x]`
    "input[1] = feature"
        line 2, column 7: input[1] out of order: the next one is input[0]
    "input[0]"
        line 2, column 9: expected `=`, found the end of the line
    "input[0] ="
        line 2, column 11: expected `feature`, `target`, `seed` or `direction`, found the end of the line
    "input[0] = features"
        line 2, column 12: expected `feature`, `target`, `seed` or `direction`, found `features`
    "input[0] = feature x"
        line 2, column 20: expected the end of the line, found `x`
    "input[0] = feature \"x\" in \"a\""
        line 2, column 24: expected the end of the line, found `in`
    "input[0..0] = feature"
        line 2, column 10: expected a greater number, found `0]`
    "input[0..99999999999999999999] = feature"
        line 2, column 10: expected a number, found `99999999999999999999]`
    "input[0.2] = feature"
        line 2, column 8: expected `..`, found `.2]`
    "input[0..2] = feature \"x\""
        line 2, column 23: "x".."x" are not 2 names that count on
    "input[0..2] = feature \"x0\"..\"x2\""
        line 2, column 23: "x0".."x2" are not 2 names that count on
    "input[0..2] = feature \"x0\"..\"y1\""
        line 2, column 23: "x0".."y1" are not 2 names that count on
    "input[0..2] = feature \"x1\"..\"x0\""
        line 2, column 23: "x1".."x0" are not 2 names that count on
    "input[0..2] = feature \"x0\".."
        line 2, column 29: expected a quoted text, found the end of the line
    "input[0] = feature \"x\"..\"x\""
        line 2, column 20: "x".."x" are not 1 names that count on
    "parameter[0] \"w\""
        line 2, column 14: expected the end of the line, found `"w"`
    "parameter[0] ="
        line 2, column 15: expected a quoted text, found the end of the line
    "parameter[0]\nparameter[2]"
        line 3, column 11: parameter[2] out of order: the next one is parameter[1]
    "parameter[0]\nparameter[0]"
        line 3, column 11: parameter[0] out of order: the next one is parameter[1]
    "parameter[4294967295]"
        line 2, column 11: parameter[4294967295] out of order: the next one is parameter[0]
    "parameter[0..4294967296]"
        line 2, column 14: a tape has fewer than 2^32 slots, operands, inputs and parameters
    "parameter[0..2] = \"w\""
        line 2, column 19: "w".."w" are not 2 names that count on
    "parameter[0..2] = \"x18446744073709551614\"..\"x18446744073709551615\""
        line 2, column 19: "x18446744073709551614".."x18446744073709551615" are not 2 names that count on
    "#);
}

#[test]
fn slots() {
    assert_snapshot!(problems(&[
        "x = 1",
        "persample %0 = constant 1.0",
        "per %0 = constant 1.0",
        "constant",
        "constant 0 = constant 1.0",
        "%0",
        "%0 =",
        "%0 = %0",
        "%0 = constant",
        "%0 = constant x",
        "%0 = constant 1.0 1.0",
        "shared %0 = constant 1.0",
        "input[0] = direction\nper sample %0 = input[0]",
        "parameter[0]\n%0 = parameter[0]\n  constant %1 = neg(%0)",
        "%0 = constant 1.0\n%0 = constant 2.0",
        "%0 = input[0]",
        "%0 = parameter",
        "%0 = parameter[]",
        "parameter[0]\n%0 = parameter[0](%0)",
        "parameter[0]\n%0 = parameter[0]\n%1 = parameter[0]",
    ]), @r#"
    "x = 1"
        line 2, column 1: expected a class, `%` and a number, `input`, `parameter` or `output`, found `x`
    "persample %0 = constant 1.0"
        line 2, column 1: expected a class, `%` and a number, `input`, `parameter` or `output`, found `persample`
    "per %0 = constant 1.0"
        line 2, column 5: expected `sample`, found `%0`
    "constant"
        line 2, column 9: expected `%` and a number, found the end of the line
    "constant 0 = constant 1.0"
        line 2, column 10: expected `%` and a number, found `0`
    "%0"
        line 2, column 3: expected `=`, found the end of the line
    "%0 ="
        line 2, column 5: expected what fills the slot, found the end of the line
    "%0 = %0"
        line 2, column 6: expected what fills the slot, found `%0`
    "%0 = constant"
        line 2, column 14: expected a number, found the end of the line
    "%0 = constant x"
        line 2, column 15: expected a number, found `x`
    "%0 = constant 1.0 1.0"
        line 2, column 19: expected the end of the line, found `1.0`
    "shared %0 = constant 1.0"
        line 2, column 1: stated as shared, but what it depends on makes it constant
    "input[0] = direction\nper sample %0 = input[0]"
        line 3, column 1: stated as per sample, but what it depends on makes it shared
    "parameter[0]\n%0 = parameter[0]\n  constant %1 = neg(%0)"
        line 4, column 3: stated as constant, but what it depends on makes it shared
    "%0 = constant 1.0\n%0 = constant 2.0"
        line 3, column 1: %0 is defined twice
    "%0 = input[0]"
        line 2, column 12: there is no input[0]: 0 are declared above
    "%0 = parameter"
        line 2, column 15: expected `[`, found the end of the line
    "%0 = parameter[]"
        line 2, column 16: expected a number, found `]`
    "parameter[0]\n%0 = parameter[0](%0)"
        line 3, column 18: expected the end of the line, found `(%0)`
    "parameter[0]\n%0 = parameter[0]\n%1 = parameter[0]"
        line 4, column 16: parameter[0] fills a slot above
    "#);
}

#[test]
fn instructions() {
    let slot = "%0 = constant 1.0\n";
    let texts = [
        "%1 = plus(%0)",
        "%1 = add",
        "%1 = add()",
        "%1 = add(%0",
        "%1 = add(%0 %0)",
        "%1 = add(%0,)",
        "%1 = add(%1)",
        "%1 = add(%18446744073709551615)",
        "%1 = sub(%0)",
        "%1 = neg(%0, %0)",
        "%1 = neg[1](%0)",
        "%1 = powi(%0)",
        "%1 = powi[x](%0)",
        "%1 = powi[3(%0)",
        "%1 = cube(%0)",
        "%1 = call(%0)",
        "%1 = call[](%0)",
        "%1 = call[neg](%0)",
        "%1 = call[powi](%0)",
        "%1 = call[cubes](%0)",
        "%1 = call[cube](%0, %0)",
        "%1 = partial[cube](%0, %0)",
        "%1 = partial[cube x](%0, %0)",
        "%1 = partial[cube 0](%0)",
        "%1 = partial[cube 1](%0, %0)",
        "%1 = partial[weigh 4294967296](%0, %0)",
        "%1 = partial[weigh 0]()",
        "%1 = fma(%0, %0)",
        "%1 = fma[1](%0, %0, %0)",
        "%1 = dot(%0, %0)",
        "%1 = dot[0](%0, %0)",
        "%1 = dot[2](%0, %0, %0)",
        "%1 = dot[4294967297](%0, %0)",
        "%1 = neg(%0) name",
        "%1 = neg(%0) \"name",
        "%1 = neg(%0) in",
    ];
    let texts: Vec<_> = texts.iter().map(|text| format!("{slot}{text}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    assert_snapshot!(problems(&texts).replace("%0 = constant 1.0\\n", ""), @r#"
    "%1 = plus(%0)"
        line 3, column 6: no operation is called `plus`
    "%1 = add"
        line 3, column 9: expected `(`, found the end of the line
    "%1 = add()"
        line 3, column 6: `add` takes at least 1 operand, got 0
    "%1 = add(%0"
        line 3, column 12: expected `,` or `)`, found the end of the line
    "%1 = add(%0 %0)"
        line 3, column 13: expected `,` or `)`, found `%0)`
    "%1 = add(%0,)"
        line 3, column 13: expected `%` and a number, found `)`
    "%1 = add(%1)"
        line 3, column 10: %1 is not defined above
    "%1 = add(%18446744073709551615)"
        line 3, column 10: %18446744073709551615 is not defined above
    "%1 = sub(%0)"
        line 3, column 6: `sub` takes 2 operands, got 1
    "%1 = neg(%0, %0)"
        line 3, column 6: `neg` takes 1 operand, got 2
    "%1 = neg[1](%0)"
        line 3, column 6: `neg` takes no configuration, got [1]
    "%1 = powi(%0)"
        line 3, column 6: `powi` takes an integer in brackets, as in `powi[3]`, got nothing
    "%1 = powi[x](%0)"
        line 3, column 6: `powi` takes an integer in brackets, as in `powi[3]`, got [x]
    "%1 = powi[3(%0)"
        line 3, column 16: expected `]`, found the end of the line
    "%1 = cube(%0)"
        line 3, column 6: no operation is called `cube`
    "%1 = call(%0)"
        line 3, column 10: expected `[`, found `(%0)`
    "%1 = call[](%0)"
        line 3, column 10: no operation is called ``
    "%1 = call[neg](%0)"
        line 3, column 10: `neg` is no user operation: it stands without `call`, and has no partials here
    "%1 = call[powi](%0)"
        line 3, column 10: `powi` is no user operation: it stands without `call`, and has no partials here
    "%1 = call[cubes](%0)"
        line 3, column 10: no operation is called `cubes`
    "%1 = call[cube](%0, %0)"
        line 3, column 6: `cube` takes 1 operand, got 2
    "%1 = partial[cube](%0, %0)"
        line 3, column 13: expected a name and a number in brackets, found `[cube](%0,`
    "%1 = partial[cube x](%0, %0)"
        line 3, column 13: expected a name and a number in brackets, found `[cube`
    "%1 = partial[cube 0](%0)"
        line 3, column 6: `partial[cube 0]` takes 2 operands, got 1
    "%1 = partial[cube 1](%0, %0)"
        line 3, column 13: `cube` has no partial 1: it has 1 operands here, counted from 0
    "%1 = partial[weigh 4294967296](%0, %0)"
        line 3, column 13: `weigh` has no partial 4294967296: it has 1 operands here, counted from 0
    "%1 = partial[weigh 0]()"
        line 3, column 6: `partial[weigh 0]` takes at least 2 operands, got 0
    "%1 = fma(%0, %0)"
        line 3, column 6: `fma` takes 3 operands, got 2
    "%1 = fma[1](%0, %0, %0)"
        line 3, column 9: expected `(`, found `[1](%0,`
    "%1 = dot(%0, %0)"
        line 3, column 9: expected `[`, found `(%0,`
    "%1 = dot[0](%0, %0)"
        line 3, column 6: a dot of 0 products does not fit 2 operands
    "%1 = dot[2](%0, %0, %0)"
        line 3, column 6: a dot of 2 products does not fit 3 operands
    "%1 = dot[4294967297](%0, %0)"
        line 3, column 6: a dot of 4294967297 products does not fit 2 operands
    "%1 = neg(%0) name"
        line 3, column 14: expected the end of the line, found `name`
    "%1 = neg(%0) \"name"
        line 3, column 19: expected a closing quote, found the end of the line
    "%1 = neg(%0) in"
        line 3, column 16: expected a quoted text, found the end of the line
    "#);
}

#[test]
fn outputs() {
    assert_snapshot!(problems(&[
        "output",
        "output y = %0",
        "output \"y\"",
        "output \"y\" = %0",
        "output \"y\" = x",
        "output \"y\" =\noutput  \"y\" =",
    ]), @r#"
    "output"
        line 2, column 7: expected a quoted text, found the end of the line
    "output y = %0"
        line 2, column 8: expected a quoted text, found `y`
    "output \"y\""
        line 2, column 11: expected `=`, found the end of the line
    "output \"y\" = %0"
        line 2, column 14: %0 is not defined above
    "output \"y\" = x"
        line 2, column 14: expected `%` and a number, found `x`
    "output \"y\" =\noutput  \"y\" ="
        line 3, column 9: there is an output "y" above
    "#);
}

#[test]
fn means() {
    let leaves = "input[0] = feature\nparameter[0]\n%0 = input[0]\n%1 = parameter[0]\n";
    let texts = [
        "%2 = mean()",
        "%2 = mean(%0, %0)",
        "%2 = mean(%1)",
        "per sample %2 = mean(%0)",
        "%2 = mean(%0)\n%3 = mean(%2)",
        "%2 = mean(%0)\n%3 = add(%1, %2, %0)",
        "%2 = mean(%0)\noutput \"y\" = %1, %2",
        "output per run \"y\" = %1, %0",
        "output per sample \"y\" = %0",
    ];
    let texts: Vec<_> = texts.iter().map(|text| format!("{leaves}{text}")).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    assert_snapshot!(problems(&texts).replace(&leaves.replace('\n', "\\n"), ""), @r#"
    "%2 = mean()"
        line 6, column 6: `mean` takes 1 operand, got 0
    "%2 = mean(%0, %0)"
        line 6, column 6: `mean` takes 1 operand, got 2
    "%2 = mean(%1)"
        line 6, column 6: a mean is one over samples, and its operand is shared
    "per sample %2 = mean(%0)"
        line 6, column 1: stated as per sample, but what it depends on makes it reduced
    "%2 = mean(%0)\n%3 = mean(%2)"
        line 7, column 6: a mean is one over samples, and its operand is reduced
    "%2 = mean(%0)\n%3 = add(%1, %2, %0)"
        line 7, column 6: operands per sample and reduced ones: a sample has no mean over all of them yet
    "%2 = mean(%0)\noutput \"y\" = %1, %2"
        line 7, column 14: an output with a value for each sample cannot have a slot that is reduced
    "output per run \"y\" = %1, %0"
        line 6, column 22: an output with one value for each run cannot have a slot that is per sample
    "output per sample \"y\" = %0"
        line 6, column 12: expected `run`, found `sample`
    "#);
}
