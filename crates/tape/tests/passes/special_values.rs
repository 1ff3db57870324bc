//! Exact identities, one by one, at every kind of number: the same bits in `f32` and `f64`.

use super::tape;
use dagrad_ops::{Expr, Float, Scope, same_bits};
use dagrad_tape::passes::{Options, optimise};
use dagrad_tape::{Tape, TapeScalar, interpret, output_values};

/// Zeros of either sign, ones, ordinary numbers, the ends of both ranges, infinities and NaN.
const SPECIAL: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    -3.7,
    2.5,
    1e-30,
    -1e30,
    f32::MIN_POSITIVE as f64,
    1e-42,
    -1.401_298_464_324_817e-45,
    f32::MAX as f64,
    f64::MIN_POSITIVE,
    5e-324,
    -1e-310,
    f64::MAX,
    f64::MIN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    0.999_999_999_999_999_9,
    0.999_999_9,
];

fn same<S: TapeScalar + Float>(before: &Tape, after: &Tape, x: f64, y: f64) {
    let inputs = [S::from_f64(x), S::from_f64(y)];
    let value = |tape| {
        let values = interpret(tape, &inputs, &[]).unwrap();
        output_values(tape, "y", &values).unwrap()[0]
    };
    let (wanted, got) = (value(before), value(after));
    assert!(
        same_bits(got, wanted),
        "{got:?} for {wanted:?} at {inputs:?} of\n{}\n{}",
        super::listing(before),
        super::listing(after)
    );
}

/// Checks that the exact passes make at most `instructions` of a formula, inputs and constants not counted, and
/// change no bit.
fn check(
    instructions: usize,
    build: impl for<'s> FnOnce(Scope<'s>, Expr<'s>, Expr<'s>) -> Expr<'s>,
) {
    let before = tape(|s| build(s, s.feature("x"), s.feature("y")));
    let (double, _) = optimise::<f64>(&before, &Options::STRICT);
    let (single, _) = optimise::<f32>(&before, &Options::STRICT);
    for &x in SPECIAL {
        for &y in SPECIAL {
            same::<f64>(&before, &double, x, y);
            same::<f32>(&before, &single, x, y);
        }
    }
    let is_inner = |slot: &dagrad_tape::Slot| {
        let instruction = double.instruction(*slot);
        instruction.variable().is_none() && instruction.constant().is_none()
    };
    let inner = double.slots().filter(is_inner).count();
    assert_eq!(inner, instructions, "{}", super::listing(&double));
}

#[test]
fn units_vanish() {
    check(0, |s, x, _| s.add([x]));
    check(0, |s, x, _| s.mul([x]));
    check(0, |s, x, _| s.min([x]));
    check(0, |s, x, _| s.max([x]));
    check(0, |_, x, _| x * 1.0);
    check(0, |_, x, _| 1.0 * x);
    check(1, |s, x, y| s.mul([x, s.constant(1.0), y]));
    check(0, |s, x, _| x + s.constant(-0.0));
    check(0, |s, x, _| s.constant(-0.0) + x);
    check(1, |s, x, y| s.add([x, s.constant(-0.0), y]));
    check(0, |s, _, _| s.constant(-0.0) + s.constant(-0.0));
    check(0, |_, x, _| x / 1.0);
    check(0, |s, x, _| x - s.constant(0.0));
}

#[test]
fn what_is_not_exact_stays() {
    check(1, |s, x, _| x + s.constant(0.0));
    check(1, |s, x, _| x * s.constant(0.0));
    check(1, |_, x, _| x - x);
    check(1, |_, x, _| x / x);
    check(1, |s, x, _| x - s.constant(-0.0));
    check(1, |s, x, _| s.constant(0.0) - x);
    check(1, |_, x, _| x / 10.0);
    check(2, |_, x, y| -(x - y));
    check(1, |s, x, _| s.log_sum_exp([x]));
    check(2, |_, x, _| x.recip().recip());
    check(1, |_, x, _| x.max(x));
}

#[test]
fn signs_move() {
    check(1, |_, x, _| x * -1.0);
    check(1, |_, x, _| -1.0 * x);
    check(1, |_, x, _| x / -1.0);
    check(1, |s, x, _| s.constant(-0.0) - x);
    check(0, |_, x, _| -(-x));
    check(1, |_, x, y| x + -y);
    check(1, |_, x, y| -x + y);
    check(1, |_, x, y| x - -y);
    check(1, |_, x, y| -x * -y);
    check(1, |_, x, y| -x / -y);
    check(1, |_, x, _| (-x).abs());
    check(1, |_, x, _| x.abs().abs());
    check(1, |_, x, _| x.square().abs());
    check(1, |_, x, _| (-x).square());
    check(1, |_, x, _| x.abs().square());
    check(1, |_, x, _| x.relu().relu());
}

#[test]
fn powers_of_two_divide_as_they_multiply() {
    for exponent in [
        -1074, -1073, -1023, -1022, -149, -126, -1, 1, 3, 126, 127, 149, 1022, 1023,
    ] {
        let divisor = 2.0_f64.powi(exponent);
        check(1, |s, x, _| x / s.constant(divisor));
        check(1, |s, x, _| x / s.constant(-divisor));
    }
    let tape = tape(|s| s.feature("x") / 4.0);
    let (tape, _) = optimise::<f64>(&tape, &Options::STRICT);
    assert_eq!(super::listing(&tape), "%0 = mul(x0, 0.25)\ny: %0");
}

#[test]
fn powers_have_short_forms() {
    check(0, |_, x, _| x.powi(0));
    check(0, |_, x, _| x.powi(1));
    check(1, |_, x, _| x.powi(2));
    check(1, |_, x, _| x.powi(-1));
    check(1, |_, x, _| x * x);
    check(1, |_, x, _| 1.0 / x);
    check(0, |s, x, _| x.pow(s.constant(0.0)));
    check(0, |s, x, _| x.pow(s.constant(-0.0)));
    check(0, |s, x, _| x.pow(s.constant(1.0)));
    check(0, |s, x, _| s.constant(1.0).pow(x));
}

#[test]
fn choices_are_made() {
    check(0, |s, x, y| s.constant(0.0).select(x, y));
    check(0, |s, x, y| s.constant(-0.0).select(x, y));
    check(0, |s, x, y| s.constant(2.0).select(x, y));
    check(0, |s, x, y| s.constant(f64::NAN).select(x, y));
    check(0, |_, x, y| x.select(y, y));
}

#[test]
fn sums_keep_their_order() {
    check(1, |_, x, y| x * y + x);
    check(1, |_, x, y| x + x * y);
    check(1, |_, x, y| x * y + y * y + x + 1.0);
    check(3, |_, x, y| x + (x * y + (x + y)));
    check(1, |_, x, y| x * y * x);
    check(1, |_, x, y| x.max(y).max(1.0));
}
