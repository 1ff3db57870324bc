//! The set of operations as a whole: names, sizes, properties, values.
#![allow(
    clippy::unwrap_used,
    reason = "a difference ends the test with its explanation"
)]

use dagrad_graph::{Arity, Evaluate, Notate, Notation, Operator, Vocabulary};
use dagrad_ops::{
    Domain, Dual, Op, Terms, Tolerance, User, UserOperation, UserOperationError, check_same_bits,
};

#[test]
fn an_operation_is_two_words() {
    // Every node of a graph and every instruction of a tape carries one: an exponent or a pointer
    // beside the tag, and nothing else.
    assert!(size_of::<Op>() <= 16);
}

#[test]
fn operations_cross_threads() {
    fn check<T: Send + Sync + Clone + PartialEq + std::fmt::Debug>() {}
    check::<Op>();
}

#[test]
fn a_name_and_a_configuration_find_the_operation_again() {
    for op in Op::all() {
        assert_eq!(
            Op::from_name(op.name(), op.configuration().as_deref()),
            Ok(op)
        );
    }
    let mut names = Op::NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        names.len(),
        Op::NAMES.len(),
        "two operations have the same name"
    );
}

#[test]
fn a_wrong_name_or_configuration_is_reported() {
    let say = |name: &str, configuration: Option<&str>| {
        Op::from_name(name, configuration).unwrap_err().to_string()
    };
    assert_eq!(say("sinus", None), "no operation is called `sinus`");
    assert_eq!(
        say("powi", None),
        "`powi` takes an integer in brackets, as in `powi[3]`, got nothing"
    );
    assert_eq!(
        say("powi", Some("x")),
        "`powi` takes an integer in brackets, as in `powi[3]`, got [x]"
    );
    assert_eq!(
        say("powi", Some("2147483648")),
        "`powi` takes an integer in brackets, as in `powi[3]`, got [2147483648]"
    );
    assert_eq!(
        say("sin", Some("3")),
        "`sin` takes no configuration, got [3]"
    );
}

/// The numbers of operands, up to `most`, that the operation takes.
fn counts(op: &Op, most: usize) -> impl Iterator<Item = usize> {
    let arity = op.arity();
    (1..=most).filter(move |&count| arity.accepts(count))
}

#[test]
fn zero_preserving_operations_are_those_that_give_zero_for_zeros() {
    for op in Op::all() {
        let preserves =
            counts(&op, 5).all(|count| Evaluate::<f64>::value(&op, &vec![0.0; count]) == 0.0);
        assert_eq!(preserves, op.properties().zero_preserving, "{op:?}");
    }
}

#[test]
fn commutative_operations_are_those_whose_operands_may_change_places() {
    let numbers = [
        0.0,
        -0.0,
        0.1,
        0.7,
        -0.7,
        1.3,
        -2.9,
        1e-9,
        300.0,
        f64::INFINITY,
    ];
    for op in Op::all()
        .into_iter()
        .filter(|op| counts(op, 2).any(|count| count == 2))
    {
        let same = |x: f64, y: f64| {
            let (mut there, mut back) = ([0.0; 2], [0.0; 2]);
            let (value, swapped): (f64, f64) = (op.value(&[x, y]), op.value(&[y, x]));
            op.contributions(&[x, y], value, 1.0, &mut there);
            op.contributions(&[y, x], swapped, 1.0, &mut back);
            back.reverse();
            check_same_bits(&[value], &[swapped]).is_ok() && check_same_bits(&there, &back).is_ok()
        };
        let commutes = numbers.iter().all(|&x| numbers.iter().all(|&y| same(x, y)));
        assert_eq!(commutes, op.properties().commutative, "{op:?}");
    }
}

#[test]
fn smooth_operations_are_those_without_a_kink_or_jump() {
    const STEP: f64 = 1e-6;
    for op in Op::all() {
        let points: &[&[f64]] = match counts(&op, 3).last() {
            Some(1) => &[&[0.0]],
            Some(2) => &[&[1.0, 1.0], &[0.0, -1.0]],
            _ if op.arity() == Arity::Exactly(3) => &[&[0.0, 1.0, 2.0]],
            _ => &[&[0.0], &[1.0, 1.0], &[2.0, 1.0, 2.0]],
        };
        let breaks_at = |point: &[f64], operand: usize| {
            let value = |shift: f64| -> f64 {
                let mut operands = point.to_vec();
                operands[operand] += shift;
                op.value(&operands)
            };
            let (fall, rise) = (value(0.0) - value(-STEP), value(STEP) - value(0.0));
            (rise - fall).abs() > 0.5 * STEP
        };
        let inside =
            |point: &[f64]| (0..point.len()).all(|i| op.domain(i).contains_inside(point[i]));
        let breaks = points
            .iter()
            .filter(|point| inside(point))
            .any(|point| (0..point.len()).any(|operand| breaks_at(point, operand)));
        assert_eq!(breaks, !op.properties().smooth, "{op:?}");
    }
}

#[test]
fn domains_are_where_values_are_finite() {
    let within = [1e-300, 0.4, 0.999, 1.0, 1.5, 7.0];
    for op in Op::all() {
        for count in counts(&op, 3) {
            for operand in 0..count {
                for x in within.iter().flat_map(|&x| [x, -x]).chain([0.0]) {
                    // The other operands stand where every operation has a value for every power.
                    let mut operands = vec![0.5; count];
                    operands[operand] = x;
                    let value: f64 = op.value(&operands);
                    let overflow = value.is_infinite() && x.abs() < 1e-200 && x != 0.0;
                    let inside = op.domain(operand).contains(x);
                    assert_eq!(
                        value.is_finite() || overflow,
                        inside,
                        "{op:?} of {operands:?} is {value}"
                    );
                }
            }
        }
    }
}

#[test]
fn domains_know_their_ends() {
    let contents = |domain: Domain| [-2.0, -1.0, 0.0, 1.0, 2.0].map(|x| domain.contains(x));
    assert_eq!(contents(Domain::Reals), [true; 5]);
    assert_eq!(contents(Domain::NonZero), [true, true, false, true, true]);
    assert_eq!(
        contents(Domain::Positive),
        [false, false, false, true, true]
    );
    assert_eq!(
        contents(Domain::NonNegative),
        [false, false, true, true, true]
    );
    assert_eq!(
        contents(Domain::AboveMinusOne),
        [false, false, true, true, true]
    );
    assert_eq!(contents(Domain::Unit), [false, true, true, true, false]);
    assert!(!Domain::Unit.contains_inside(1.0) && !Domain::NonNegative.contains_inside(0.0));
    assert!(!Domain::Reals.contains(f64::NAN) && !Domain::Reals.contains(f64::INFINITY));
}

#[test]
fn values_are_those_of_the_functions_they_are_named_after() {
    let x = 0.3_f64;
    let wanted = |op: &Op| match op {
        Op::Add => x + 0.7,
        Op::Mul => x * 0.7,
        Op::Sub => x - 0.7,
        Op::Div => x / 0.7,
        Op::Neg => -x,
        Op::Recip => 1.0 / x,
        Op::Square => x * x,
        Op::Powi(exponent) => x.powi(*exponent),
        Op::Pow => x.powf(0.7),
        Op::Sqrt => x.sqrt(),
        Op::Exp => x.exp(),
        Op::Expm1 => x.exp_m1(),
        Op::Ln => x.ln(),
        Op::Log1p => x.ln_1p(),
        Op::Erf => 0.328_626_759_459_127_4,
        Op::Sin => x.sin(),
        Op::Cos => x.cos(),
        Op::Tan => x.tan(),
        Op::Asin => x.asin(),
        Op::Acos => x.acos(),
        Op::Atan => x.atan(),
        Op::Atan2 => x.atan2(0.7),
        Op::Sinh => x.sinh(),
        Op::Cosh => x.cosh(),
        Op::Tanh => x.tanh(),
        Op::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Op::Relu | Op::Abs | Op::StopGradient => x,
        Op::Softplus => (1.0 + x.exp()).ln(),
        Op::Min => x.min(0.7),
        Op::Max => x.max(0.7),
        Op::LogSumExp => (x.exp() + 0.7_f64.exp()).ln(),
        Op::Lt | Op::Le | Op::Ne => 1.0,
        Op::Gt | Op::Ge | Op::Eq => 0.0,
        Op::Select => 0.7,
        Op::User(_) => f64::NAN,
    };
    for op in Op::all() {
        let count = if op.arity() == Arity::AtLeast(1) {
            2
        } else {
            counts(&op, 3).next().unwrap()
        };
        let operands = [x, 0.7, 11.0];
        let operands = &operands[..count];
        let tolerance = Tolerance::relative(1e-15);
        tolerance
            .check(op.value(operands), wanted(&op), 0.0)
            .unwrap_or_else(|e| panic!("{op:?}: {e}"));
        let narrow: Vec<f32> = operands.iter().map(|&x| x as f32).collect();
        let value = f64::from(Evaluate::<f32>::value(&op, &narrow));
        let tolerance = Tolerance::relative(1e-6);
        tolerance
            .check(value, wanted(&op), 0.0)
            .unwrap_or_else(|e| panic!("{op:?} in f32: {e}"));
    }
}

#[test]
fn notation_is_that_of_mathematics() {
    let symbol = |op: Op| match op.notation() {
        Notation::Infix { symbol, .. } | Notation::Prefix { symbol, .. } => symbol.to_owned(),
        Notation::Power { exponent } => format!("^{exponent}"),
        Notation::Function(name) => name,
    };
    assert_eq!(symbol(Op::Add), "+");
    assert_eq!(symbol(Op::Mul), "·");
    assert_eq!(symbol(Op::Ge), ">=");
    assert_eq!(symbol(Op::Recip), "1/");
    assert_eq!(symbol(Op::Powi(-3)), "^-3");
    assert_eq!(symbol(Op::LogSumExp), "log_sum_exp");
}

/// The product of its operands and their number; its name is whatever it is told.
struct Scaled(&'static str, Arity);

impl UserOperation for Scaled {
    fn name(&self) -> &str {
        self.0
    }

    fn arity(&self) -> Arity {
        self.1
    }

    fn value(&self, operands: &[f64]) -> f64 {
        operands.iter().product::<f64>() * operands.len() as f64
    }

    fn partials(&self, operands: &[f64], value: f64, partials: &mut [f64]) {
        for (partial, x) in partials.iter_mut().zip(operands) {
            *partial = value / x;
        }
    }
}

#[test]
fn a_user_operation_runs_in_f64_and_nowhere_else() {
    let op = Op::User(User::new(Scaled("scaled", Arity::AtLeast(1))).unwrap());
    assert_eq!((op.name(), op.arity()), ("scaled", Arity::AtLeast(1)));
    assert!(Evaluate::<f64>::supports_scalar(&op));
    assert!(!Evaluate::<f32>::supports_scalar(&op));
    assert!(!Evaluate::<Dual<f64>>::supports_scalar(&op));
    assert!(!Evaluate::<Terms<f64>>::supports_scalar(&op));
    assert!(Evaluate::<f32>::supports_scalar(&Op::Add));
    let value: f64 = op.value(&[2.0, 5.0]);
    let mut contributions = [0.0; 2];
    op.contributions(&[2.0, 5.0], value, 3.0, &mut contributions);
    check_same_bits(
        &[value, contributions[0], contributions[1]],
        &[20.0, 30.0, 12.0],
    )
    .unwrap();
    assert!(Evaluate::<f32>::value(&op, &[2.0, 5.0]).is_nan());
    assert_eq!(op, op.clone());
    assert_ne!(
        op,
        Op::User(User::new(Scaled("scaled", Arity::AtLeast(1))).unwrap())
    );
    assert_eq!(format!("{op:?}"), r#"User(User("scaled"))"#);
}

#[test]
fn a_user_operation_that_cannot_stand_in_a_listing_is_refused() {
    let refused = |name, arity| User::new(Scaled(name, arity)).unwrap_err();
    let one = Arity::Exactly(1);
    for name in ["", "3d", "a-b", "höhe", "a b"] {
        assert_eq!(
            refused(name, one),
            UserOperationError::Name(name.to_owned())
        );
    }
    assert_eq!(
        refused("tanh", one),
        UserOperationError::Taken("tanh".to_owned())
    );
    assert_eq!(
        refused("powi", one),
        UserOperationError::Taken("powi".to_owned())
    );
    assert_eq!(
        refused("nothing", Arity::Exactly(0)),
        UserOperationError::Arity("nothing".to_owned())
    );
    assert_eq!(
        refused("perhaps", Arity::AtLeast(0)),
        UserOperationError::Arity("perhaps".to_owned())
    );
    assert!(User::new(Scaled("_Table_2", one)).is_ok());
}

/// The first of its operands; it writes no partial of the others.
struct First;

impl UserOperation for First {
    fn name(&self) -> &str {
        "first"
    }

    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        operands[0]
    }

    fn partials(&self, _: &[f64], _: f64, partials: &mut [f64]) {
        partials[0] = 1.0;
    }
}

#[test]
fn a_partial_that_a_user_operation_does_not_write_is_zero() {
    let op = Op::User(User::new(First).unwrap());
    let mut contributions = [7.0; 2];
    op.contributions(&[2.0, 5.0], 2.0, 3.0, &mut contributions);
    check_same_bits(&contributions, &[3.0, 0.0]).unwrap();
}
