//! Means over the samples, and their derivatives.

use crate::random::{Numbers, wild_graph};
use crate::support::tape;
use dagrad_ops::{Op, same_bits};
use dagrad_tape::passes::{Options, optimise};
use dagrad_tape::{
    Class, Code, Slot, Tape, Variables, differentiate, differentiate_mean, differentiate_seeded,
    differentiate_slot, directional_derivative, interpret, interpret_reduced, lower_outputs,
    mean_output, output_values,
};
use insta::assert_snapshot;

const PENALTY: &str = r#"
    input[0] = feature "x"
    parameter[0] = "v"
    parameter[1] = "w"
    %0 = input[0]
    %1 = parameter[0]
    %2 = parameter[1]
    %3 = exp(%2) "scale"
    %4 = mul(%1, %0)
    %5 = mul(%4, %3)
    %6 = add(%5, %4)
    %7 = square(%1)
    %8 = add(%6, %7)
    output "loss" = %8
"#;

#[test]
fn what_samples_share_is_swept_once_after_them() {
    let tape = mean_output(&tape(PENALTY), "loss", "mean loss").unwrap();
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    assert_snapshot!(tape, @r#"
    dagrad tape 1
    input[0] = feature "x"
    parameter[0] = "v"
    parameter[1] = "w"
    per sample %0 = input[0]
    shared     %1 = parameter[0]
    shared     %2 = parameter[1]
    shared     %3 = exp(%2) "scale"
    per sample %4 = mul(%1, %0)
    per sample %5 = mul(%4, %3)
    per sample %6 = add(%5, %4)
    shared     %7 = square(%1)
    per sample %8 = add(%6, %7)
    reduced    %9 = mean(%8)
    constant   %10 = constant 1.0
    shared     %11 = add(%1, %1)
    shared     %12 = mul(%10, %11)
    per sample %13 = mul(%10, %4)
    shared     %14 = mul(%10, %3)
    shared     %15 = add(%14, %10)
    per sample %16 = mul(%15, %0)
    reduced    %17 = mean(%13)
    reduced    %18 = mul(%17, %3)
    reduced    %19 = mean(%16)
    reduced    %20 = add(%19, %12)
    output "loss" = %8
    output per run "mean loss" = %9
    output per run "gradient" = %20, %18
    "#);
    assert_snapshot!(tape.formula_of_output("gradient").unwrap(), @"
    gradient[0] = mean((1·scale + 1)·x) + 1·(v + v)
    gradient[1] = mean(1·(v·x))·scale
    where scale = exp(w)
    ");
}

/// The entries of a matrix product over the samples: products of an adjoint and a value, and dots of them
/// where a parameter has several users.
#[test]
fn means_are_of_products_or_of_sums_of_products() {
    let tape = tape(
        r#"
        input[0..4] = feature
        parameter[0..3]
        %0 = input[0]
        %1 = input[1]
        %2 = input[2]
        %3 = input[3]
        %4 = parameter[0]
        %5 = parameter[1]
        %6 = parameter[2]
        %7 = dot[2](%4, %0, %5, %1, %6)
        %8 = dot[2](%4, %2, %5, %3, %6)
        %9 = tanh(%7)
        %10 = tanh(%8)
        %11 = mul(%9, %10)
        output "loss" = %11
        "#,
    );
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    for options in [Options::STRICT, Options::FAST] {
        let (tape, _) = optimise::<f64>(&tape, &options);
        let entries = tape.output("gradient").unwrap().iter();
        let found = entries.map(|&entry| {
            let of = tape.operands(entry)[0];
            let instruction = tape.instruction(of);
            (
                tape.instruction(entry).code(),
                instruction.code(),
                instruction.products(),
            )
        });
        let of_weight = (Code::Mean, Code::Dot, Some(2));
        let of_bias = (Code::Mean, Code::Add, None);
        assert_eq!(found.collect::<Vec<_>>(), [of_weight, of_weight, of_bias]);
    }
}

#[test]
fn a_shared_loss_is_its_own_mean() {
    let tape = tape(
        "parameter[0] = \"w\"\n%0 = parameter[0]\n%1 = square(%0)\n%2 = constant 7.0\noutput \"loss\" = %1\noutput \"seven\" = %2",
    );
    let tape = differentiate_mean(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let tape = differentiate_mean(&tape, "seven", Variables::Parameters, "nothing").unwrap();
    let tape = mean_output(&tape, "loss", "mean").unwrap();
    assert!(
        tape.slots()
            .all(|slot| tape.instruction(slot).class() <= Class::Shared)
    );
    let values = interpret(&tape, &[], &[3.0]).unwrap();
    let value = |name| output_values(&tape, name, &values).unwrap();
    assert_eq!(
        (value("mean"), value("gradient"), value("nothing")),
        (vec![9.0], vec![6.0], vec![0.0])
    );
}

/// A batch of one sample has the derivatives of that sample. Where a parameter has shared and per-sample
/// users, they are added in another order, so that only tapes without shared operations have the same bits.
#[test]
fn the_mean_over_one_sample_has_the_derivatives_of_the_sample() {
    let (operations, mut compared) = (Op::all(), 0);
    for seed in 0..200 {
        let mut numbers = Numbers(seed);
        let graph = wild_graph(&mut numbers, &operations, 16);
        let tape = lower_outputs(&graph).unwrap();
        let is_plain = tape.slots().all(|slot| {
            let instruction = tape.instruction(slot);
            instruction.class() == Class::PerSample || tape.operands(slot).is_empty()
        });
        let tape = differentiate(&tape, "y", Variables::Parameters, "one").unwrap();
        let tape = differentiate_mean(&tape, "y", Variables::Parameters, "mean").unwrap();
        tape.verify().unwrap();
        let copy: Tape = tape.to_string().parse().unwrap();
        assert_eq!(copy.to_string(), tape.to_string());
        let inputs = [0; 4].map(|_| numbers.wild());
        let parameters = [0; 4].map(|_| numbers.wild());
        let values = interpret(&tape, &inputs, &parameters).unwrap();
        let [one, mean] = ["one", "mean"].map(|name| output_values(&tape, name, &values).unwrap());
        if is_plain {
            compared += 1;
            assert!(
                one.iter().zip(&mean).all(|(&a, &b)| same_bits(a, b)),
                "{one:?} {mean:?}\n{tape}"
            );
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn a_mean_moves_with_its_operand() {
    let tape =
        differentiate_mean(&tape(PENALTY), "loss", Variables::Parameters, "gradient").unwrap();
    let tape = directional_derivative(&tape, "gradient", Variables::Parameters, "product").unwrap();
    let tape = directional_derivative(&tape, "gradient", Variables::Inputs, "by inputs").unwrap();
    // loss = v·x·(eʷ + 1) + v², its gradient (x·(eʷ + 1) + 2v, v·x·eʷ).
    let (x, v, w) = (2.0, 3.0, 0.0);
    // The direction by inputs has a coordinate for the feature and for both of the direction by parameters.
    let values = interpret(&tape, &[x, 1.0, 10.0, 1.0, 0.0, 0.0], &[v, w]).unwrap();
    let value = |name| output_values(&tape, name, &values).unwrap();
    assert_eq!(value("product"), [2.0 + 10.0 * x, x + 10.0 * v * x]);
    assert_eq!(value("by inputs"), [2.0, v]);
}

#[test]
fn reduced_values_follow_the_means() {
    let tape = tape(
        "input[0] = feature\n%0 = input[0]\n%1 = mean(%0)\n%2 = exp(%1)\n%3 = square(%0)\n%4 = mean(%3)\n%5 = sub(%4, %2)\noutput per run \"y\" = %5",
    );
    let mut values = interpret(&tape, &[3.0], &[]).unwrap();
    interpret_reduced(&tape, &mut values, &[0.0, 5.0]).unwrap();
    assert_eq!(values, [3.0, 0.0, 1.0, 9.0, 5.0, 4.0]);
    let error = interpret_reduced(&tape, &mut values, &[0.0]).unwrap_err();
    assert_snapshot!(error, @"the tape has 2 means, got 1");
    let error = interpret_reduced(&tape, &mut values[1..], &[0.0, 5.0]).unwrap_err();
    assert_snapshot!(error, @"the tape has 6 slots, got 5");
}

#[test]
fn what_turns_out_to_be_shared_is_its_own_mean() {
    let tape = tape(
        "input[0] = feature\nparameter[0]\n%0 = input[0]\n%1 = parameter[0]\n%2 = constant 1.0\n\
         %3 = select(%2, %1, %0)\n%4 = mean(%3)\n%5 = exp(%4)\noutput per run \"y\" = %4, %5",
    );
    let (tape, _) = optimise::<f64>(&tape, &Options::STRICT);
    assert_snapshot!(tape, @r#"
    dagrad tape 1
    input[0] = feature
    parameter[0]
    shared     %0 = parameter[0]
    shared     %1 = exp(%0)
    output per run "y" = %0, %1
    "#);
}

#[test]
fn what_cannot_be_differentiated_is_refused() {
    let tape = mean_output(&tape(PENALTY), "loss", "mean").unwrap();
    let error = differentiate(&tape, "mean", Variables::Parameters, "d").unwrap_err();
    assert_snapshot!(error, @"no adjoint passes a mean over the samples: reduced    %9 = mean(%8); a directional derivative does");
    let error = differentiate_mean(&tape, "mean", Variables::Parameters, "d").unwrap_err();
    assert_snapshot!(error, @"no adjoint passes a mean over the samples: reduced    %9 = mean(%8); a directional derivative does");
    let error = differentiate_mean(&tape, "loss", Variables::Inputs, "d").unwrap_err();
    assert_snapshot!(error, @r#"the mean over the samples has no derivative by what each sample has its own of: feature "x""#);
    let slots = [Slot::new(1), Slot::new(4)];
    let error = differentiate_mean(&tape, "loss", Variables::Slots(&slots), "d").unwrap_err();
    assert_snapshot!(error, @"the mean over the samples has no derivative by what each sample has its own of: per sample %4 = mul(%1, %0)");
    let error = differentiate_seeded(&tape, "mean", Variables::Parameters, "d").unwrap_err();
    assert_snapshot!(error, @r#"the output "mean" is given once for each run, and seeds come with each sample"#);
    let error = |of, name| mean_output(&tape, of, name).unwrap_err();
    assert_snapshot!(error("none", "d"), @r#"the tape has no output "none""#);
    assert_snapshot!(error("loss", "mean"), @r#"the tape has an output "mean" already"#);
}

#[test]
fn adjoints_go_from_means_to_what_depends_on_them() {
    let tape = tape(
        "input[0] = feature\n%0 = input[0]\n%1 = mean(%0)\n%2 = square(%1)\noutput per run \"y\" = %2",
    );
    let mean = [Slot::new(1)];
    let tape = differentiate(&tape, "y", Variables::Slots(&mean), "d").unwrap();
    let tape = differentiate_slot(&tape, Slot::new(2), Variables::Slots(&mean), "again").unwrap();
    tape.verify().unwrap();
    let values = interpret(&tape, &[5.0], &[]).unwrap();
    for name in ["d", "again"] {
        assert_eq!(output_values(&tape, name, &values), Some(vec![10.0]));
    }
}
