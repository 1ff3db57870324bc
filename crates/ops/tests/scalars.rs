//! The scalars by themselves: floats, dual numbers, and the magnitudes of terms.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a difference ends the test with its explanation"
)]
#![allow(clippy::float_cmp, reason = "the comparisons themselves are tested")]

use dagrad_graph::Scalar;
use dagrad_ops::{Dual, Real, Terms, Tolerance, check_same_bits};

/// The derivatives of order 0 to 3.
fn derivatives(
    function: impl Fn(Dual<Dual<Dual<f64>>>) -> Dual<Dual<Dual<f64>>>,
    x: f64,
) -> [f64; 4] {
    let x = Dual::variable(Dual::variable(Dual::variable(x)));
    let y = function(x);
    [
        y.value.value.value,
        y.derivative.value.value,
        y.derivative.derivative.value,
        y.derivative.derivative.derivative,
    ]
}

#[track_caller]
fn close(got: [f64; 4], wanted: [f64; 4]) {
    Tolerance::relative(1e-13)
        .and_absolute(1e-14)
        .check_all(&got, &wanted)
        .unwrap_or_else(|e| panic!("got {got:?}, wanted {wanted:?}: {e}"));
}

#[test]
fn comparisons_give_zero_or_one() {
    fn check<R: Real + Scalar>() {
        let numbers = [
            f64::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            1.0,
            f64::INFINITY,
            f64::NAN,
        ];
        for a in numbers {
            for b in numbers {
                let (x, y) = (R::lit(a), R::lit(b));
                let got =
                    [x.lt(y), x.le(y), x.gt(y), x.ge(y), x.eq(y), x.ne(y)].map(Scalar::to_f64);
                let wanted = [a < b, a <= b, a > b, a >= b, a == b, a != b].map(f64::from);
                check_same_bits(&got, &wanted)
                    .unwrap_or_else(|e| panic!("{a} and {b} as {}: {e}", R::NAME));
            }
        }
        let chosen = |condition: f64| R::lit(condition).select(R::lit(1.0), R::lit(2.0)).to_f64();
        let got = [0.0, -0.0, 1.0, -3.0, f64::NAN].map(chosen);
        check_same_bits(&got, &[2.0, 2.0, 1.0, 1.0, 1.0]).unwrap();
    }
    check::<f32>();
    check::<f64>();
    check::<Dual<f64>>();
    check::<Dual<Dual<f32>>>();
    check::<Terms<f64>>();
}

#[test]
fn derivatives_nest() {
    let x = 0.7_f64;
    let (e, s, c) = (x.exp(), x.sin(), x.cos());
    close(derivatives(Real::exp, x), [e; 4]);
    close(derivatives(Real::sin, x), [s, c, -s, -c]);
    close(
        derivatives(|x| x * x * x, x),
        [x * x * x, 3.0 * x * x, 6.0 * x, 6.0],
    );
    close(
        derivatives(|x| Dual::lit(1.0) / x, x),
        [1.0 / x, -x.powi(-2), 2.0 * x.powi(-3), -6.0 * x.powi(-4)],
    );
    let t = x.tanh();
    let slope = 1.0 - t * t;
    close(
        derivatives(Real::tanh, x),
        [t, slope, -2.0 * t * slope, slope * (6.0 * t * t - 2.0)],
    );
}

#[test]
fn derivatives_go_to_their_limits_far_out() {
    for x in [400.0, 1e4, 1e300] {
        close(derivatives(Real::tanh, x), [1.0, 0.0, 0.0, 0.0]);
        close(derivatives(Real::tanh, -x), [-1.0, 0.0, 0.0, 0.0]);
    }
    close(derivatives(Real::erf, 30.0), [1.0, 0.0, 0.0, 0.0]);
    // 1 − tanh² would be 0 here: the slope is accurate for itself.
    let slope = Dual::variable(20.0_f64).tanh().derivative;
    Tolerance::relative(1e-14)
        .check(slope, 4.0 * (-40.0_f64).exp(), 0.0)
        .unwrap();
}

#[test]
fn the_tangent_of_a_hyperbolic_tangent_has_no_kink_at_zero() {
    close(derivatives(Real::tanh, 0.0), [0.0, 1.0, 0.0, -2.0]);
}

#[test]
fn a_constant_exponent_leaks_no_nan() {
    let power = |x: f64, exponent: f64| derivatives(|x| x.powf(Dual::lit(exponent)), x);
    close(power(-2.0, 3.0), [-8.0, 12.0, -12.0, 6.0]);
    close(power(0.0, 2.0), [0.0, 0.0, 2.0, 0.0]);
    close(power(0.0, 3.0), [0.0, 0.0, 0.0, 6.0]);
    close(power(0.0, 0.0), [1.0, 0.0, 0.0, 0.0]);
    close(power(-3.0, 0.0), [1.0, 0.0, 0.0, 0.0]);
    close(power(0.0, 1.0), [0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn an_exponent_that_turns_still_curves() {
    // The exponent t² stands still at 0, but the power bends: (2^(t²))'' = 2 ln 2.
    let bend = 2.0 * std::f64::consts::LN_2;
    close(
        derivatives(|t| Dual::lit(2.0).powf(t * t), 0.0),
        [1.0, 0.0, bend, 0.0],
    );
    // ∂²/∂x∂y of x^y at y = 0 is 1/x.
    let x = Dual::new(Dual::constant(4.0), Dual::constant(1.0));
    let y = Dual::new(Dual::new(0.0, 1.0), Dual::constant(0.0));
    check_same_bits(&[x.powf(y).derivative.derivative], &[0.25]).unwrap();
}

#[test]
fn a_base_at_zero_leaks_no_nan_into_a_moving_exponent() {
    let by_exponent = |x: f64, y: f64| Dual::constant(x).powf(Dual::variable(y)).derivative;
    let got = [
        by_exponent(0.0, 0.5),
        by_exponent(0.0, 0.0),
        by_exponent(0.0, -1.0),
        by_exponent(-2.0, 3.0),
    ];
    check_same_bits(&got, &[0.0, 0.0, f64::NEG_INFINITY, f64::NAN]).unwrap();
}

#[test]
fn stop_gradient_makes_a_constant_of_every_order() {
    let y = Dual::variable(Dual::variable(3.0_f64)).stop_gradient();
    let got = [
        y.value.value,
        y.value.derivative,
        y.derivative.value,
        y.derivative.derivative,
    ];
    check_same_bits(&got, &[3.0, 0.0, 0.0, 0.0]).unwrap();
}

#[test]
fn magnitudes_add_and_multiply() {
    let [a, b, c] = [3.0_f64, -4.0, 5.0].map(Terms::leaf);
    let magnitude = |terms: Terms<f64>, wanted: f64| {
        Tolerance::relative(1e-14)
            .check(terms.magnitude, wanted, 0.0)
            .unwrap();
    };
    magnitude(a + b, 7.0);
    magnitude(a - b, 7.0);
    magnitude((a + b) * (a + c), 56.0);
    magnitude(-(a + b), 7.0);
    magnitude((a + b).abs(), 7.0);
    magnitude(Terms::lit(1.0).select(a + b, c), 7.0);
    magnitude(c / a, 5.0 / 3.0);
    magnitude((a + b) / c, 7.0 / 5.0);
    magnitude(c / (a + b), 5.0 + 5.0 * 6.0);
}

#[test]
fn a_function_of_a_leaf_has_no_more_than_its_value() {
    let check = |got: Terms<f64>| check_same_bits(&[got.magnitude], &[got.value.abs()]).unwrap();
    check(Terms::leaf(-3.0).tanh());
    check(Terms::leaf(700.0).exp());
    check(Terms::leaf(0.0).sqrt());
    check(Terms::leaf(0.0).powf(Terms::leaf(0.5)));
    check(Terms::leaf(-2.0).powf(Terms::leaf(3.0)));
}

#[test]
fn a_function_of_a_sum_passes_its_uncertainty_on() {
    let sum = Terms::leaf(1e4_f64) - Terms::leaf(1e4);
    check_same_bits(&[sum.exp().value, sum.exp().magnitude], &[1.0, 1.0 + 2e4]).unwrap();
}

#[test]
fn a_scalar_that_carries_more_compares_all_of_it() {
    let x = Dual::new(1.0, 2.0);
    assert!(
        x.same_bits(x) && !x.same_bits(Dual::new(1.0, -2.0)) && !x.same_bits(Dual::new(-1.0, 2.0))
    );
    assert!(Dual::<f64>::from_f64(3.0).same_bits(Dual::constant(3.0)));
    assert!(Terms::<f64>::from_f64(-3.0).same_bits(Terms::leaf(-3.0)));
}
