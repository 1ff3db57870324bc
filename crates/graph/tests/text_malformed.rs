//! Malformed text: the message tells the line, the column, and what was expected.

use crate::toy::Graph;
use crate::toy::macros::registry;
use insta::assert_snapshot;
use std::fmt::Write as _;

/// Each text, the first line of a listing before it, and what is said of it.
fn problems(texts: &[&str]) -> String {
    let mut table = String::new();
    for text in texts {
        let error = Graph::parse(&format!("dagrad graph 1\n{text}"), &registry());
        writeln!(table, "{text:?}\n    {}", error.unwrap_err()).unwrap();
    }
    table
}

#[test]
fn the_first_line() {
    let mut table = String::new();
    for text in [
        "",
        "\n\n# nothing\n",
        "%0 = feature",
        "dagrad graph 2",
        "dagrad graph 12",
        "\u{feff}dagrad graph 1",
        "\u{1b}[2J",
    ] {
        let error = text.parse::<Graph>().unwrap_err();
        writeln!(table, "{text:?}\n    {error}").unwrap();
    }
    assert_snapshot!(table, @r#"
    ""
        line 1, column 1: expected `dagrad graph 1`, found the end of the text
    "\n\n# nothing\n"
        line 3, column 1: expected `dagrad graph 1`, found the end of the text
    "%0 = feature"
        line 1, column 1: expected `dagrad graph 1`, found `%0 = feature`
    "dagrad graph 2"
        line 1, column 1: expected `dagrad graph 1`, found `dagrad graph 2`
    "dagrad graph 12"
        line 1, column 1: expected `dagrad graph 1`, found `dagrad graph 12`
    "\u{feff}dagrad graph 1"
        line 1, column 1: expected `dagrad graph 1`, found `\u{feff}dagrad graph 1`
    "\u{1b}[2J"
        line 1, column 1: expected `dagrad graph 1`, found `\u{1b}[2J`
    "#);
}

#[test]
fn statements() {
    assert_snapshot!(problems(&[
        "x = 1",
        "outputs \"y\" = %0",
        "%",
        "%x = feature",
        "%18446744073709551616 = feature",
        "%-1 = feature",
        "%0",
        "%0 feature",
        "%0 =",
        "%0 = # nothing",
        "%0 = %1",
        "%0 = feature feature",
        "%0 = feature\n  %00 = target",
    ]), @r#"
    "x = 1"
        line 2, column 1: expected `%` and a number, or `output`, found `x`
    "outputs \"y\" = %0"
        line 2, column 1: expected `%` and a number, or `output`, found `outputs`
    "%"
        line 2, column 1: expected `%` and a number, found `%`
    "%x = feature"
        line 2, column 1: expected `%` and a number, found `%x`
    "%18446744073709551616 = feature"
        line 2, column 1: expected `%` and a number, found `%18446744073709551616`
    "%-1 = feature"
        line 2, column 1: expected `%` and a number, found `%-1`
    "%0"
        line 2, column 3: expected `=`, found the end of the line
    "%0 feature"
        line 2, column 4: expected `=`, found `feature`
    "%0 ="
        line 2, column 5: expected a kind of node or an operation, found the end of the line
    "%0 = # nothing"
        line 2, column 6: expected a kind of node or an operation, found `#`
    "%0 = %1"
        line 2, column 6: expected a kind of node or an operation, found `%1`
    "%0 = feature feature"
        line 2, column 14: expected the end of the line, found `feature`
    "%0 = feature\n  %00 = target"
        line 3, column 3: %0 is defined twice
    "#);
}

#[test]
fn numbers() {
    assert_snapshot!(problems(&[
        "%0 = parameter",
        "%0 = parameter \"w\"",
        "%0 = parameter 1,0",
        "%0 = parameter +1.0",
        "%0 = parameter NaN",
        "%0 = parameter nan:0",
        "%0 = parameter nan:7ff8",
        "%0 = parameter 0x10",
        "%0 = parameter 1.0\"w\"",
        "%0 = constant _",
        "%0 = parameter _ \"w\"",
    ]), @r#"
    "%0 = parameter"
        line 2, column 15: expected a number, found the end of the line
    "%0 = parameter \"w\""
        line 2, column 16: expected a number, found `"w"`
    "%0 = parameter 1,0"
        line 2, column 16: expected a number, found `1,0`
    "%0 = parameter +1.0"
        line 2, column 16: expected a number, found `+1.0`
    "%0 = parameter NaN"
        line 2, column 16: expected a number, found `NaN`
    "%0 = parameter nan:0"
        line 2, column 16: expected a number, found `nan:0`
    "%0 = parameter nan:7ff8"
        line 2, column 16: expected a number, found `nan:7ff8`
    "%0 = parameter 0x10"
        line 2, column 16: expected a number, found `0x10`
    "%0 = parameter 1.0\"w\""
        line 2, column 16: expected a number, found `1.0"w"`
    "%0 = constant _"
        line 2, column 15: expected a number, found `_`
    "%0 = parameter _ \"w\""
        line 2, column 16: the value of this parameter was left out of the listing
    "#);
}

#[test]
fn quoted_texts() {
    assert_snapshot!(problems(&[
        "%0 = feature x",
        "%0 = feature \"x",
        "%0 = feature \"größe\\x\"",
        "%0 = feature \"\\u{d800}\"",
        "%0 = feature \"\\u41\"",
        "%0 = feature \"\\",
        "%0 = feature \"\"",
        "%0 = feature in",
        "%0 = feature in hidden",
        "%0 = feature \"x\" \"y\"",
        "%0 = feature in \"a\" \"x\"",
        "%0 = feature \"x\"\n%1 = target \"x\"",
        "%0 = feature \"x\" in \"a\"\n%1 = add(%0)   \"x\" in \"a\"",
    ]), @r#"
    "%0 = feature x"
        line 2, column 14: expected the end of the line, found `x`
    "%0 = feature \"x"
        line 2, column 16: expected a closing quote, found the end of the line
    "%0 = feature \"größe\\x\""
        line 2, column 20: expected an escape such as \" or \u{41}, found `\x"`
    "%0 = feature \"\\u{d800}\""
        line 2, column 15: expected an escape such as \" or \u{41}, found `\u{d800}"`
    "%0 = feature \"\\u41\""
        line 2, column 15: expected an escape such as \" or \u{41}, found `\u41"`
    "%0 = feature \"\\"
        line 2, column 15: expected an escape such as \" or \u{41}, found `\`
    "%0 = feature \"\""
        line 2, column 14: a name needs at least one character
    "%0 = feature in"
        line 2, column 16: expected a quoted text, found the end of the line
    "%0 = feature in hidden"
        line 2, column 17: expected a quoted text, found `hidden`
    "%0 = feature \"x\" \"y\""
        line 2, column 18: expected the end of the line, found `"y"`
    "%0 = feature in \"a\" \"x\""
        line 2, column 21: expected the end of the line, found `"x"`
    "%0 = feature \"x\"\n%1 = target \"x\""
        line 3, column 13: the name "x" is taken by %0 = feature "x"
    "%0 = feature \"x\" in \"a\"\n%1 = add(%0)   \"x\" in \"a\""
        line 3, column 16: the name "a.x" is taken by %0 = feature "x" in "a"
    "#);
}

#[test]
fn operations() {
    assert_snapshot!(problems(&[
        "%0 = feature\n%1 = foo(%0)",
        "%0 = feature\n%1 = add[2](%0)",
        "%0 = feature\n%1 = weigh(%0)",
        "%0 = feature\n%1 = weigh[a](%0)",
        "%0 = feature\n%1 = weigh[1(%0)",
        "%0 = feature\n%1 = add",
        "%0 = feature\n%1 = add()",
        "%0 = feature\n%1 = add(%0",
        "%0 = feature\n%1 = add(%0,)",
        "%0 = feature\n%1 = add(%0 %0)",
        "%0 = feature\n%1 = add(%0) %0",
        "%0 = feature\n%1 = add(%2)\n%2 = feature",
        "%0 = feature\n%1 = add(%0, %1)",
        "%0 = feature\n%1 = mul(%0)",
        "%0 = feature\n%1 = weigh[1 2](%0)",
    ]), @r#"
    "%0 = feature\n%1 = foo(%0)"
        line 3, column 6: no operation is called `foo`
    "%0 = feature\n%1 = add[2](%0)"
        line 3, column 6: `add` takes no brackets, got [2]
    "%0 = feature\n%1 = weigh(%0)"
        line 3, column 6: `weigh` takes integers in brackets, got nothing
    "%0 = feature\n%1 = weigh[a](%0)"
        line 3, column 6: `weigh` takes integers in brackets, got [a]
    "%0 = feature\n%1 = weigh[1(%0)"
        line 3, column 17: expected `]`, found the end of the line
    "%0 = feature\n%1 = add"
        line 3, column 9: expected `(`, found the end of the line
    "%0 = feature\n%1 = add()"
        line 3, column 6: add takes at least 1 operand, got 0
    "%0 = feature\n%1 = add(%0"
        line 3, column 12: expected `,` or `)`, found the end of the line
    "%0 = feature\n%1 = add(%0,)"
        line 3, column 13: expected `%` and a number, found `)`
    "%0 = feature\n%1 = add(%0 %0)"
        line 3, column 13: expected `,` or `)`, found `%0)`
    "%0 = feature\n%1 = add(%0) %0"
        line 3, column 14: expected the end of the line, found `%0`
    "%0 = feature\n%1 = add(%2)\n%2 = feature"
        line 3, column 10: %2 is not defined above
    "%0 = feature\n%1 = add(%0, %1)"
        line 3, column 14: %1 is not defined above
    "%0 = feature\n%1 = mul(%0)"
        line 3, column 6: mul takes 2 operands, got 1: %0 = feature
    "%0 = feature\n%1 = weigh[1 2](%0)"
        line 3, column 6: weigh takes 2 operands, got 1: %0 = feature
    "#);
}

#[test]
fn outputs() {
    assert_snapshot!(problems(&[
        "output",
        "output y = %0",
        "output \"y\"",
        "output \"y\" =",
        "output \"y\" = %0",
        "%0 = feature\noutput \"\" = %0",
        "%0 = feature\noutput \"y\" = %0, 1",
        "%0 = feature\noutput \"y\" = %0 in \"a\"",
        "%0 = feature\noutput \"y\" = %0\noutput \"y\" = %0",
    ]), @r#"
    "output"
        line 2, column 7: expected a quoted text, found the end of the line
    "output y = %0"
        line 2, column 8: expected a quoted text, found `y`
    "output \"y\""
        line 2, column 11: expected `=`, found the end of the line
    "output \"y\" ="
        line 2, column 13: expected `%` and a number, found the end of the line
    "output \"y\" = %0"
        line 2, column 14: %0 is not defined above
    "%0 = feature\noutput \"\" = %0"
        line 3, column 8: a name needs at least one character
    "%0 = feature\noutput \"y\" = %0, 1"
        line 3, column 18: expected `%` and a number, found `1`
    "%0 = feature\noutput \"y\" = %0 in \"a\""
        line 3, column 17: expected the end of the line, found `in`
    "%0 = feature\noutput \"y\" = %0\noutput \"y\" = %0"
        line 4, column 8: the name "y" is taken by another output
    "#);
}

#[test]
fn macros() {
    assert_snapshot!(problems(&[
        "%0 = macro",
        "%0 = macro[2]()",
        "%0 = macro foo()",
        "%0 = macro add()",
        "%0 = literal[1]()",
        "%0 = macro literal()",
        "%0 = macro literal[a]()",
        "%0 = macro literal[1",
        "%0 = macro literal[1]",
        "%0 = macro literal[1](",
        "%0 = macro literal[1]() \"\"",
        "%0 = macro literal[1]() in hidden",
        "%0 = feature \"x\"\n%1 = macro twin[1](%0)",
        "%0 = feature \"x\"\n%1 = macro twin()",
        "%0 = feature \"x\"\n%1 = macro twin(%0, %0)",
        "%0 = feature \"x\"\n%1 = macro pass()",
        "%0 = feature \"x\"\n%1 = macro twin(%2)",
        "%0 = feature \"x\"\n%1 = macro twin(%0) \"x\"",
        "%0 = feature \"x\"\n%1 = macro twin(%0)\n%2 = macro twin(%1)",
        "%0 = feature \"x\"\n%1 = macro twin(%0)\n%2 = add(%0, %1)",
        "%0 = feature \"x\"\n%1 = macro twin(%0)\noutput \"y\" = %0, %1",
    ]), @r#"
    "%0 = macro"
        line 2, column 11: expected the name of a macro, found the end of the line
    "%0 = macro[2]()"
        line 2, column 11: expected the name of a macro, found `[2]()`
    "%0 = macro foo()"
        line 2, column 12: no macro is called `foo`
    "%0 = macro add()"
        line 2, column 12: no macro is called `add`
    "%0 = literal[1]()"
        line 2, column 6: no operation is called `literal`
    "%0 = macro literal()"
        line 2, column 12: `literal` takes 1 integer(s) in brackets, got no configuration
    "%0 = macro literal[a]()"
        line 2, column 12: `literal` takes 1 integer(s) in brackets, got [a]
    "%0 = macro literal[1"
        line 2, column 21: expected `]`, found the end of the line
    "%0 = macro literal[1]"
        line 2, column 22: expected `(`, found the end of the line
    "%0 = macro literal[1]("
        line 2, column 23: expected `%` and a number, found the end of the line
    "%0 = macro literal[1]() \"\""
        line 2, column 25: a name needs at least one character
    "%0 = macro literal[1]() in hidden"
        line 2, column 28: expected a quoted text, found `hidden`
    "%0 = feature \"x\"\n%1 = macro twin[1](%0)"
        line 3, column 12: `twin` takes no brackets, got [1]
    "%0 = feature \"x\"\n%1 = macro twin()"
        line 3, column 12: twin takes 1 operand, got 0
    "%0 = feature \"x\"\n%1 = macro twin(%0, %0)"
        line 3, column 12: twin takes 1 operand, got 2: %0 = feature "x"; %0 = feature "x"
    "%0 = feature \"x\"\n%1 = macro pass()"
        line 3, column 12: pass takes at least 1 operand, got 0
    "%0 = feature \"x\"\n%1 = macro twin(%2)"
        line 3, column 17: %2 is not defined above
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"x\""
        line 3, column 21: the name "x" is taken by %0 = feature "x"
    "%0 = feature \"x\"\n%1 = macro twin(%0)\n%2 = macro twin(%1)"
        line 4, column 12: operand 0 of twin is the key of a macro, which has no value itself; its ports have
    "%0 = feature \"x\"\n%1 = macro twin(%0)\n%2 = add(%0, %1)"
        line 4, column 6: operand 1 of add is the key of a macro, which has no value itself; its ports have
    "%0 = feature \"x\"\n%1 = macro twin(%0)\noutput \"y\" = %0, %1"
        line 4, column 8: node 1 of the output "y" is the key of a macro, which has no value itself; its ports have
    "#);
}

#[test]
fn ports() {
    let twin = "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n";
    let lines = [
        "%2 = port",
        "%2 = port(%1)",
        "%2 = port[](%1)",
        "%2 = port[a](%1)",
        "%2 = port[-1](%1)",
        "%2 = port[4294967296](%1)",
        "%2 = port[0]",
        "%2 = port[0]()",
        "%2 = port[0](%1, %1)",
        "%2 = port[0](%3)",
        "%2 = port[0](%0)",
        "%2 = port[2](%1)",
        "%2 = port[0](%1)\n%3 = port[1](%1)\n%4 = port[0](%1)",
        "%2 = port[0](%1)\n%3 = port[0](%2)",
        "%2 = port[0](%1) \"x\"",
        "%2 = port[0](%1) \"\"",
        "%2 = alias",
        "%2 = alias()",
        "%2 = alias(%0, %0)",
        "%2 = alias[0](%0)",
        "%2 = alias(%2)",
        "%2 = alias(%1)",
        "%2 = alias(%0) \"m\"",
    ];
    let texts: Vec<String> = lines.iter().map(|line| format!("{twin}{line}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_snapshot!(problems(&texts), @r#"
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port"
        line 4, column 10: expected a number in brackets, found the end of the line
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port(%1)"
        line 4, column 10: expected a number in brackets, found `(%1)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[](%1)"
        line 4, column 10: expected a number in brackets, found `[](%1)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[a](%1)"
        line 4, column 10: expected a number in brackets, found `[a](%1)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[-1](%1)"
        line 4, column 10: expected a number in brackets, found `[-1](%1)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[4294967296](%1)"
        line 4, column 10: expected a number in brackets, found `[4294967296](%1)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0]"
        line 4, column 13: expected `(`, found the end of the line
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0]()"
        line 4, column 14: expected `%` and a number, found `)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%1, %1)"
        line 4, column 16: expected `)`, found `,`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%3)"
        line 4, column 14: %3 is not defined above
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%0)"
        line 4, column 6: only a macro has ports
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[2](%1)"
        line 4, column 6: port 2 stands above, or the macro has only 2, counted from 0
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%1)\n%3 = port[1](%1)\n%4 = port[0](%1)"
        line 6, column 6: port 0 stands above, or the macro has only 2, counted from 0
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%1)\n%3 = port[0](%2)"
        line 5, column 6: only a macro has ports
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%1) \"x\""
        line 4, column 18: the name "x" is taken by %0 = feature "x"
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = port[0](%1) \"\""
        line 4, column 18: a name needs at least one character
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias"
        line 4, column 11: expected `(`, found the end of the line
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias()"
        line 4, column 12: expected `%` and a number, found `)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias(%0, %0)"
        line 4, column 14: expected `)`, found `,`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias[0](%0)"
        line 4, column 11: expected `(`, found `[0](%0)`
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias(%2)"
        line 4, column 12: %2 is not defined above
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias(%1)"
        line 4, column 6: what the alias denotes is the key of a macro, which has no value itself; its ports have
    "%0 = feature \"x\"\n%1 = macro twin(%0) \"m\"\n%2 = alias(%0) \"m\""
        line 4, column 16: the name "m" is taken by %1 = macro twin(%0) "m"
    "#);
}
