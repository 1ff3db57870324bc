//! The text form: what is printed reads back, and reading is more lenient than printing.

use crate::support::{assert_same, registry, small_network, tape};
use dagrad_graph::Graph;
use dagrad_ops::Op;
use dagrad_tape::{Code, Slot, Tape, Variables, differentiate, lower, lower_outputs};
use dagrad_testsuite::strategies::{Shape, problems, runner};
use insta::assert_snapshot;

/// The text is read, and printed in its canonical form.
#[track_caller]
fn check(text: &str, canonical: &str) {
    let tape = tape(text);
    tape.verify().unwrap();
    let printed = tape.to_string();
    assert_eq!(printed.strip_prefix("dagrad tape 1\n").unwrap(), canonical);
    assert_same(&Tape::parse(&printed, &registry()).unwrap(), &tape);
}

#[test]
fn every_kind_of_line_reads_back_as_it_is() {
    let text = r#"input[0] = feature "x"
input[1] = target
input[2] = direction "a \"b\""
parameter[0] = "hidden.0.w"
parameter[1]
per sample %0 = input[0]
per sample %1 = input[1] "named"
shared     %2 = input[2] in "v"
shared     %3 = parameter[1] in "hidden.0"
constant   %4 = constant -0.0 "zero"
per sample %5 = powi[-3](%0) "two words" in "hidden.0"
per sample %6 = add(%5, %1, %0, %2, %3) in "in"
constant   %7 = square(%4)
per sample %8 = fma(%6, %3, %4)
per sample %9 = dot[1](%8, %2)
per sample %10 = dot[2](%8, %2, %3, %4, %0, %1)
per sample %11 = call[cube](%10)
per sample %12 = partial[cube 0](%10, %11)
shared     %13 = call[weigh](%2, %3, %2, %3)
shared     %14 = partial[weigh 3](%2, %3, %2, %3, %13)
output "y" = %14
output "\"all\"" = %0, %6, %6
output "none" =
"#;
    check(text, text);
}

#[test]
fn every_code_reads_back() {
    let mut text = "input[0] = feature\nparameter[0]\n".to_owned();
    let (mut slots, mut codes) = (0, Vec::new());
    let mut add = |code, filling: String| {
        text += &format!("%{slots} = {filling}\n");
        slots += 1;
        codes.push(code);
    };
    for &code in Code::ALL {
        let name = code.name();
        match code {
            Code::Input | Code::Parameter => add(code, format!("{name}[0]")),
            Code::Constant => add(code, "constant 1.0".to_owned()),
            Code::Powi => add(code, "powi[4](%0)".to_owned()),
            Code::Call => add(code, "call[cube](%0)".to_owned()),
            Code::CallPartial => add(code, "partial[weigh 1](%0, %1, %0)".to_owned()),
            Code::Dot => add(code, "dot[2](%0, %1, %2, %1)".to_owned()),
            code => {
                let count = (1..4).find(|&count| code.arity().accepts(count)).unwrap();
                let operands = ["%0", "%1", "%2"][..count].join(", ");
                add(code, format!("{name}({operands})"));
            }
        }
    }
    let tape = tape(&text);
    assert!(
        tape.instructions()
            .map(dagrad_tape::Instruction::code)
            .eq(codes)
    );
    let copy = Tape::parse(&tape.to_string(), &registry()).unwrap();
    assert_same(&tape, &copy);
}

#[test]
fn floats_are_exact_and_short() {
    let text = "\
constant   %0 = constant 0.1
constant   %1 = constant -0.0
constant   %2 = constant 5e-324
constant   %3 = constant inf
constant   %4 = constant -inf
constant   %5 = constant nan
constant   %6 = constant nan:fff8000000000000
";
    check(text, text);
    check("%0 = constant 1", "constant   %0 = constant 1.0\n");
}

#[test]
fn comments_blank_lines_any_numbers_and_no_classes_are_read() {
    check(
        "
        # A comment.

        input [ 0 ]=feature\"x\"# the input
        \t%70 = input[0]  # its slot
        per  sample%070000=powi [2] ( %70 )\t\"y\"   in \"a\" #
        output \"y\"=%70000
        parameter[0..1]
        output \"none\" = # nothing
        %3 = constant 2.0 \"\" in \"\"
        ",
        "input[0] = feature \"x\"\nparameter[0]\nper sample %0 = input[0]\n\
         per sample %1 = powi[2](%0) \"y\" in \"a\"\nconstant   %2 = constant 2.0\n\
         output \"y\" = %1\noutput \"none\" =\n",
    );
}

#[test]
fn many_inputs_and_parameters_share_a_line() {
    let text = r#"input[0..784] = feature "pixel.0".."pixel.783"
input[784] = feature "pixel.785"
input[785] = feature
input[786] = feature
input[787..790] = target
input[790..793] = direction
parameter[0] = "w"
parameter[1..1000000]
parameter[1000000..1000010] = "b95".."b104"
parameter[1000010] = "b05"
parameter[1000011]
parameter[1000012]
"#;
    check(text, text);
    let tape = tape(text);
    assert_eq!(
        (tape.inputs().len(), tape.parameters().len()),
        (793, 1_000_013)
    );
    assert_eq!(tape.inputs()[9].name, "pixel.9");
    assert_eq!(tape.parameters().nth(1_000_004), Some("b99"));
    check(
        "parameter[0] = \"a1\"\nparameter[1] = \"a2\"\nparameter[2..4] = \"a3\"..\"a4\"\nparameter[4..6]",
        "parameter[0..4] = \"a1\"..\"a4\"\nparameter[4]\nparameter[5]\n",
    );
}

/// Lines that share claim little memory each, so what is beyond the limit has a line each, and reads back.
#[test]
fn a_short_text_cannot_claim_gigabytes() {
    let error = "dagrad tape 1\ninput[0..4000000000] = feature".parse::<Tape>();
    assert_snapshot!(error.unwrap_err(), @"line 2, column 6: too many inputs or parameters share a line");
    let error = "dagrad tape 1\nparameter[0..4000000] = \"a0\"..\"a3999999\"\nparameter[4000000..8000000] = \"b0\"..\"b3999999\"".parse::<Tape>();
    assert_snapshot!(error.unwrap_err(), @"line 3, column 10: too many inputs or parameters share a line");
    let many: Tape = "dagrad tape 1\nparameter[0..4000000000]".parse().unwrap();
    assert_eq!(many.parameters().len(), 4_000_000_000);
    assert_eq!(
        many.to_string(),
        "dagrad tape 1\nparameter[0..4000000000]\n"
    );
}

#[test]
fn a_million_unnamed_parameters_take_a_line() {
    let mut graph = Graph::<Op>::new();
    for _ in 0..1_000_000 {
        graph.parameter(None, 0.5).unwrap();
    }
    let last = graph.parameter("last", 0.5).unwrap();
    let tape = lower(&graph, &[("y", &[last])]).unwrap();
    assert_snapshot!(tape, @r#"
    dagrad tape 1
    parameter[0..1000000]
    parameter[1000000] = "last"
    shared     %0 = parameter[1000000]
    output "y" = %0
    "#);
}

#[test]
fn a_slot_is_described_by_its_line() {
    let tape = tape("input[0] = feature\n%0 = input[0]\n%1 = neg(%0) \"minus\" in \"a\"");
    assert_eq!(
        tape.describe(Slot::new(1)),
        r#"per sample %1 = neg(%0) "minus" in "a""#
    );
}

#[test]
fn a_small_network_is_listed() {
    assert_snapshot!(lower_outputs(&small_network()).unwrap(), @r#"
    dagrad tape 1
    input[0] = feature "x"
    input[1] = target "t"
    parameter[0] = "v"
    parameter[1] = "w"
    per sample %0 = input[0]
    per sample %1 = input[1]
    shared     %2 = parameter[0]
    shared     %3 = parameter[1]
    per sample %4 = mul(%2, %0)
    per sample %5 = add(%4, %3)
    per sample %6 = tanh(%5)
    per sample %7 = mul(%6, %6, %3)
    per sample %8 = sigmoid(%6)
    per sample %9 = add(%7, %8)
    per sample %10 = max(%0, %6)
    per sample %11 = abs(%10)
    per sample %12 = add(%9, %11)
    per sample %13 = sub(%12, %1)
    per sample %14 = square(%13)
    constant   %15 = constant 0.001
    shared     %16 = mul(%2, %2)
    shared     %17 = mul(%3, %3)
    shared     %18 = add(%16, %17)
    shared     %19 = mul(%15, %18)
    per sample %20 = add(%14, %19)
    output "loss" = %20
    "#);
}

/// What lowering, differentiation and a second differentiation make reads back and says the same.
#[test]
fn what_is_printed_reads_back() {
    let check = |graph: &Graph<Op>| {
        let mut tape = lower_outputs(graph).unwrap();
        for (name, variables) in [("d", Variables::Parameters), ("dd", Variables::Inputs)] {
            let of = if name == "d" { "y0" } else { "d" };
            if let Ok(next) = differentiate(&tape, of, variables, name) {
                tape = next;
            }
            let text = tape.to_string();
            let copy: Tape = text.parse().unwrap();
            assert_eq!(copy.to_string(), text);
            assert_same(&copy, &tape);
        }
    };
    let strategy = problems(Shape::SMALL);
    let test = |problem: dagrad_testsuite::problem::Problem| {
        check(&problem.graph);
        Ok(())
    };
    runner(100).run(&strategy, test).unwrap();
}
