//! What each pass makes of the smallest tape that it changes.

use super::{after, listing, pass, tape, tape_of};
use dagrad_graph::{Arity, Graph};
use dagrad_ops::{Expr, GraphScope, Op, Scope, User, UserOperation};
use dagrad_tape::{Variables, differentiate, lower, lower_outputs};

/// The listing after a pass, of a formula in the inputs x0, x1, x2 and the parameters w0, w1, w2.
fn check(
    name: &str,
    build: impl for<'s> FnOnce(Scope<'s>, [Expr<'s>; 3], [Expr<'s>; 3]) -> Expr<'s>,
    wanted: &[&str],
) {
    let tape = tape(|s| {
        let x = ["x0", "x1", "x2"].map(|name| s.feature(name));
        let w = ["w0", "w1", "w2"].map(|name| s.parameter(name, 0.5));
        build(s, x, w)
    });
    let got = listing(&after(name, &tape));
    assert_eq!(got, wanted.join("\n"), "{name} of\n{}", listing(&tape));
}

#[test]
fn dead_code_goes_and_numbers_stay() {
    let dead = tape_of(|s| {
        let (x, y) = (s.feature("x"), s.feature("y"));
        let (_, w) = (s.parameter("v", 1.0), s.parameter("w", 1.0));
        let _ = (x * w).exp();
        vec![y * w]
    });
    // Lowering leaves nothing dead, so that a derivative nobody asks for has to.
    let alive = after("dead_code", &dead);
    assert_eq!(listing(&alive), "%0 = mul(x1, w1)\ny: %0");
    assert_eq!((alive.inputs().len(), alive.parameters().len()), (2, 2));
}

#[test]
fn equal_instructions_become_one() {
    check(
        "common",
        |_, [x, y, _], _| (x + y) * (y + x),
        &["%0 = add(x0, x1)", "%1 = mul(%0, %0)", "y: %1"],
    );
    check(
        "common",
        |_, [x, y, _], _| (x - y) * (y - x),
        &[
            "%0 = sub(x0, x1)",
            "%1 = sub(x1, x0)",
            "%2 = mul(%0, %1)",
            "y: %2",
        ],
    );
    check(
        "common",
        |s, [x, y, z], _| s.add([x, y, z]) * s.add([y, x, z]) * s.add([x, y, z]),
        &[
            "%0 = add(x0, x1, x2)",
            "%1 = add(x1, x0, x2)",
            "%2 = mul(%0, %1)",
            "%3 = mul(%2, %0)",
            "y: %3",
        ],
    );
    check(
        "common",
        |_, [x, y, _], _| x.max(y) * y.max(x),
        &[
            "%0 = max(x0, x1)",
            "%1 = max(x1, x0)",
            "%2 = mul(%0, %1)",
            "y: %2",
        ],
    );
    check(
        "common",
        |s, [x, ..], _| (x + s.constant(0.0)) * (x + s.constant(-0.0)) * (x + s.constant(0.0)),
        &[
            "%0 = add(x0, 0.0)",
            "%1 = add(x0, -0.0)",
            "%2 = mul(%0, %1)",
            "%3 = mul(%2, %0)",
            "y: %3",
        ],
    );
    check(
        "common",
        |_, [x, ..], [v, w, _]| x * v + x * w,
        &[
            "%0 = mul(x0, w0)",
            "%1 = mul(x0, w1)",
            "%2 = add(%0, %1)",
            "y: %2",
        ],
    );
    check(
        "common",
        |_, [x, ..], _| x.powi(3) * x.powi(2) * x.powi(3),
        &[
            "%0 = powi[3](x0)",
            "%1 = powi[2](x0)",
            "%2 = mul(%0, %1)",
            "%3 = mul(%2, %0)",
            "y: %3",
        ],
    );
}

#[test]
fn constants_fold_from_the_left() {
    check(
        "fold",
        |s, [x, ..], _| x + s.constant(0.5).exp().tanh(),
        &[
            &format!("%0 = add(x0, {:?})", 0.5_f64.exp().tanh()),
            "y: %0",
        ],
    );
    check(
        "fold",
        |s, [x, ..], _| s.add([s.constant(1.0), s.constant(2.0), x, s.constant(3.0)]),
        &["%0 = add(3.0, x0, 3.0)", "y: %0"],
    );
    check("fold", |s, _, _| s.constant(2.0) * 3.0, &["y: 6.0"]);
}

#[test]
fn constants_fold_in_the_scalar_type() {
    let tape = tape(|s| s.feature("x") * (s.constant(0.1) + s.constant(0.2)) + 1e-50);
    let single = dagrad_tape::passes::Pass::all::<f32>()
        .into_iter()
        .find(|pass| pass.name() == "fold")
        .unwrap();
    let (folded, _) = single.run(tape);
    let (folded, _) = pass("dead_code").run(folded);
    let sum = f64::from(0.1_f32 + 0.2_f32);
    let wanted = format!("%0 = mul(x0, {sum:?})\n%1 = add(%0, 0.0)\ny: %1");
    assert_eq!(listing(&folded), wanted);
}

#[test]
fn gradients_stop_no_more() {
    check(
        "stop_gradients",
        |_, [x, ..], _| x.exp().stop_gradient() * x,
        &["%0 = exp(x0)", "%1 = mul(%0, x0)", "y: %1"],
    );
}

#[test]
fn sums_and_products_open_on_the_left() {
    check(
        "flatten",
        |_, [x, y, z], _| x + y + z + (x + y),
        &["%0 = add(x0, x1)", "%1 = add(x0, x1, x2, %0)", "y: %1"],
    );
    check(
        "flatten",
        |_, [x, y, z], _| x.max(y).max(z).max(x.min(y).min(z)),
        &["%0 = min(x0, x1, x2)", "%1 = max(x0, x1, x2, %0)", "y: %1"],
    );
    // A product of parameters is computed once, and stays so.
    check(
        "flatten",
        |_, [x, ..], [v, w, _]| v * w * x,
        &["%0 = mul(w0, w1)", "%1 = mul(%0, x0)", "y: %1"],
    );
}

#[test]
fn sums_that_begin_with_products_are_dots() {
    check(
        "dots",
        |s, [x, y, z], [u, v, w]| s.add([u * x, v * y, z, w * z]),
        &[
            "%0 = mul(w2, x2)",
            "%1 = dot[2](w0, x0, w1, x1, x2, %0)",
            "y: %1",
        ],
    );
    check(
        "dots",
        |_, [x, y, z], [u, v, w]| u * x + v * y + w * z + 1.0,
        &["%0 = dot[3](w0, x0, w1, x1, w2, x2, 1.0)", "y: %0"],
    );
    check(
        "dots",
        |_, [x, y, z], [u, v, w]| w + u * x + v * y + z.square(),
        &[
            "%0 = mul(w1, x1)",
            "%1 = square(x2)",
            "%2 = dot[1](w0, x0, w2, %0, %1)",
            "y: %2",
        ],
    );
    check(
        "dots",
        |_, [x, y, _], _| x.square() + y.square(),
        &["%0 = dot[2](x0, x0, x1, x1)", "y: %0"],
    );
    // Somebody else needs the product.
    check(
        "dots",
        |_, [x, y, _], _| (x * y + x) * (x * y).exp(),
        &[
            "%0 = dot[1](x0, x1, x0)",
            "%1 = mul(x0, x1)",
            "%2 = exp(%1)",
            "%3 = mul(%0, %2)",
            "y: %3",
        ],
    );
}

#[test]
fn zeros_vanish() {
    check("zeros", |s, [x, ..], _| x * s.constant(0.0) + x, &["y: x0"]);
    check("zeros", |_, [x, y, _], _| x + 0.0 - (y - y), &["y: x0"]);
    check(
        "zeros",
        |s, [x, ..], _| s.constant(0.0) - x,
        &["%0 = neg(x0)", "y: %0"],
    );
    check("zeros", |s, [x, ..], _| s.constant(0.0) / x, &["y: 0.0"]);
}

#[test]
fn logarithms_near_one_are_accurate() {
    check(
        "logarithms",
        |_, [x, ..], _| x.sigmoid().ln(),
        &["%0 = neg(x0)", "%1 = softplus(%0)", "%2 = neg(%1)", "y: %2"],
    );
    check(
        "logarithms",
        |_, [x, ..], _| (1.0 + x).ln(),
        &["%0 = log1p(x0)", "y: %0"],
    );
    check(
        "logarithms",
        |_, [x, ..], _| (x + 1.0).ln(),
        &["%0 = log1p(x0)", "y: %0"],
    );
    check(
        "logarithms",
        |_, [x, ..], _| (1.0 - x).ln(),
        &["%0 = neg(x0)", "%1 = log1p(%0)", "y: %1"],
    );
    check(
        "logarithms",
        |_, [x, ..], _| x.exp() - 1.0,
        &["%0 = expm1(x0)", "y: %0"],
    );
    check(
        "logarithms",
        |_, [x, ..], _| x.exp() + -1.0,
        &["%0 = expm1(x0)", "y: %0"],
    );
}

#[test]
fn constant_exponents_are_chains() {
    check(
        "powers",
        |s, [x, ..], _| x.pow(s.constant(3.0)),
        &["%0 = square(x0)", "%1 = mul(x0, %0)", "y: %1"],
    );
    check(
        "powers",
        |_, [x, ..], _| x.powi(-6),
        &[
            "%0 = square(x0)",
            "%1 = square(%0)",
            "%2 = mul(%0, %1)",
            "%3 = recip(%2)",
            "y: %3",
        ],
    );
    check(
        "powers",
        |_, [x, ..], _| x.powi(40),
        &["%0 = powi[40](x0)", "y: %0"],
    );
    check(
        "powers",
        |s, [x, ..], _| x.pow(s.constant(2.0)),
        &["%0 = square(x0)", "y: %0"],
    );
    check(
        "powers",
        |s, [x, ..], _| x.pow(s.constant(0.5)),
        &["%0 = sqrt(x0)", "y: %0"],
    );
    check(
        "powers",
        |s, [x, ..], _| x.pow(s.constant(-0.5)),
        &["%0 = sqrt(x0)", "%1 = recip(%0)", "y: %1"],
    );
    check(
        "powers",
        |s, [x, ..], _| x.pow(s.constant(2.5)),
        &["%0 = pow(x0, 2.5)", "y: %0"],
    );
}

#[test]
fn a_relu_is_asked_instead_of_its_operand() {
    check(
        "relus",
        |_, [x, y, ..], _| {
            let relu = x.relu();
            relu + x.le(0.0) + y.le(0.0)
        },
        &[
            "%0 = relu(x0)",
            "%1 = le(%0, 0.0)",
            "%2 = add(%0, %1)",
            "%3 = le(x1, 0.0)",
            "%4 = add(%2, %3)",
            "y: %4",
        ],
    );
}

#[test]
fn divisors_that_are_shared_are_inverted_once() {
    check(
        "divisions",
        |_, [x, ..], _| x / 10.0,
        &["%0 = mul(x0, 0.1)", "y: %0"],
    );
    check(
        "divisions",
        |_, [x, ..], [w, ..]| x / w,
        &["%0 = recip(w0)", "%1 = mul(x0, %0)", "y: %1"],
    );
    check(
        "divisions",
        |_, [x, y, z], _| x / z + y / z,
        &[
            "%0 = recip(x2)",
            "%1 = mul(x0, %0)",
            "%2 = mul(x1, %0)",
            "%3 = add(%1, %2)",
            "y: %3",
        ],
    );
    check(
        "divisions",
        |_, [x, y, _], _| x / y,
        &["%0 = div(x0, x1)", "y: %0"],
    );
    check(
        "divisions",
        |_, [x, ..], _| x / 1e-310,
        &["%0 = div(x0, 1e-310)", "y: %0"],
    );
}

#[test]
fn products_gather_what_is_computed_once() {
    check(
        "products",
        |_, [x, y, _], [v, w, _]| 2.0 * x * v * (y * w * 4.0),
        &["%0 = mul(8.0, w0, w1)", "%1 = mul(%0, x0, x1)", "y: %1"],
    );
    check(
        "products",
        |_, [x, y, _], _| x * -(y * -x),
        &["%0 = mul(x0, x0, x1)", "y: %0"],
    );
    check(
        "products",
        |_, [x, y, z], _| -(x * -(y * -z)),
        &["%0 = mul(x0, x1, x2)", "%1 = neg(%0)", "y: %1"],
    );
    check(
        "products",
        |_, [x, ..], _| -(2.0 * x),
        &["%0 = mul(-2.0, x0)", "y: %0"],
    );
}

#[test]
fn sums_find_all_products() {
    check(
        "sums",
        |_, [x, y, z], [u, v, w]| (w + y * v) + (1.0 + (x * u + z)),
        &[
            "%0 = add(w2, 1.0)",
            "%1 = dot[2](w0, x0, w1, x1, x2, %0)",
            "y: %1",
        ],
    );
    check(
        "sums",
        |_, [x, y, z], [u, v, _]| -(x * u - (y * v - z)) - 2.0,
        &[
            "%0 = mul(w1, x1)",
            "%1 = dot[1](w0, x0, x2, 2.0)",
            "%2 = sub(%0, %1)",
            "y: %2",
        ],
    );
    check(
        "sums",
        |_, [x, y, _], _| x - y,
        &["%0 = sub(x0, x1)", "y: %0"],
    );
    check(
        "sums",
        |_, [x, y, z], _| z - (x - y),
        &["%0 = add(x1, x2)", "%1 = sub(%0, x0)", "y: %1"],
    );
    // Three factors: those of the sample, and those that are computed once.
    check(
        "sums",
        |s, [x, y, z], [u, v, _]| z + s.mul([x, u, y, v]),
        &[
            "%0 = mul(w0, w1)",
            "%1 = mul(x0, x1)",
            "%2 = dot[1](%0, %1, x2)",
            "y: %2",
        ],
    );
    // The penalty is computed once, even where it was written as terms of the loss.
    check(
        "sums",
        |s, [x, ..], [u, v, _]| s.add([x.square(), s.constant(2.0), u.square(), v.square()]) - 1.0,
        &[
            "%0 = dot[2](w0, w0, w1, w1, 1.0)",
            "%1 = dot[1](x0, x0, %0)",
            "y: %1",
        ],
    );
    check(
        "sums",
        |_, [x, ..], [u, v, _]| x.square() + (u.square() + v.square()),
        &[
            "%0 = dot[2](w0, w0, w1, w1)",
            "%1 = dot[1](x0, x0, %0)",
            "y: %1",
        ],
    );
}

#[test]
fn multiples_of_one_value_are_one() {
    check(
        "sums",
        |_, [x, y, _], _| (x + 2.0 * x) + y,
        &["%0 = dot[1](3.0, x0, x1)", "y: %0"],
    );
    check(
        "sums",
        |_, [x, ..], _| 3.0 * x - x,
        &["%0 = add(x0, x0)", "y: %0"],
    );
    check(
        "sums",
        |_, [x, y, _], _| {
            let twice = x + x;
            3.0 * twice + y + twice.exp()
        },
        &[
            "%0 = add(x0, x0)",
            "%1 = exp(%0)",
            "%2 = dot[1](6.0, x0, x1, %1)",
            "y: %2",
        ],
    );
    // A part that is used twice by one sum.
    check(
        "sums",
        |_, [x, y, _], _| {
            let part = x + y;
            part + (part + 1.0)
        },
        &["%0 = dot[2](2.0, x0, 2.0, x1, 1.0)", "y: %0"],
    );
    // Others use it, too: it is there anyway.
    check(
        "sums",
        |_, [x, y, _], _| {
            let part = x * y + x;
            part + (part + part.exp())
        },
        &[
            "%0 = dot[1](x0, x1, x0)",
            "%1 = exp(%0)",
            "%2 = dot[1](2.0, %0, %1)",
            "y: %2",
        ],
    );
    // A multiple of a small difference is more exact than the difference of multiples.
    check(
        "sums",
        |_, [x, y, z], _| 3.0 * (x - y) + z,
        &["%0 = sub(x0, x1)", "%1 = dot[1](3.0, %0, x2)", "y: %1"],
    );
    // Zero times an infinity would not be zero.
    check(
        "sums",
        |_, [x, y, _], _| (x + y) - x,
        &["%0 = add(x0, x1)", "%1 = sub(%0, x0)", "y: %1"],
    );
    // What does not depend on the sample is multiplied once.
    check(
        "sums",
        |_, [x, ..], [w, ..]| (w + (w + 1.0)) + (w + (x + x)),
        &[
            "%0 = dot[1](3.0, w0, 1.0)",
            "%1 = dot[1](2.0, x0, %0)",
            "y: %1",
        ],
    );
}

#[test]
fn one_product_and_one_term_are_fused() {
    check(
        "fma",
        |_, [x, y, z], _| z + x * y,
        &["%0 = fma(x0, x1, x2)", "y: %0"],
    );
    check(
        "fma",
        |_, [x, y, _], _| x.square() + y,
        &["%0 = fma(x0, x0, x1)", "y: %0"],
    );
    check(
        "fma",
        |_, [x, y, _], _| (x * y).exp() + (x * y),
        &[
            "%0 = mul(x0, x1)",
            "%1 = exp(%0)",
            "%2 = fma(x0, x1, %1)",
            "y: %2",
        ],
    );
}

#[test]
fn names_follow_their_values() {
    let mut g = Graph::<Op>::new();
    let (a, b) = g
        .scope(|s| {
            let x = s.feature("x");
            ((x * 1.0).exp().id(), x.exp().id())
        })
        .unwrap();
    g.set_name(a, "first").unwrap();
    g.set_name(b, "second").unwrap();
    g.add_output("y", &[a, b]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    let tape = after("common", &after("identities", &tape));
    assert_eq!(listing(&tape), "%0 = exp(x0)\ny: %0, %0");
    assert_eq!(tape.name(tape.output("y").unwrap()[0]), Some("first"));
}

/// Twice its operand.
struct Twice(&'static str);

impl UserOperation for Twice {
    fn name(&self) -> &str {
        self.0
    }

    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }

    fn value(&self, operands: &[f64]) -> f64 {
        2.0 * operands[0]
    }

    fn partials(&self, _: &[f64], _: f64, partials: &mut [f64]) {
        partials[0] = 2.0;
    }
}

#[test]
fn user_operations_are_pure() {
    let mut g = Graph::<Op>::new();
    let x = g.feature("x").unwrap();
    let w = g.parameter("w", 1.0).unwrap();
    let [dead, live] = ["dead", "live"].map(|name| Op::User(User::new(Twice(name)).unwrap()));
    let gone = g.operation(dead, &[x]).unwrap();
    let calls = [x, w, x].map(|operand| g.operation(live.clone(), &[operand]).unwrap());
    let one = g.constant(1.0);
    let folded = g.operation(live, &[one]).unwrap();
    g.add_output("y", &[calls[0], calls[1], calls[2], folded])
        .unwrap();
    g.add_output("loss", &[gone]).unwrap();
    let tape = lower_outputs(&g).unwrap();
    let gradient = differentiate(&tape, "loss", Variables::Parameters, "gradient").unwrap();
    let merged = after("fold", &after("common", &gradient));
    let lines = [
        "%0 = call live None(x0)",
        "%1 = call live None(w0)",
        "%2 = call live None(1.0)",
        "%3 = call dead None(x0)",
        "y: %0, %1, %0, %2",
        "loss: %3",
        "gradient: 0.0",
    ];
    assert_eq!(listing(&merged), lines.join("\n"));
    let alone = lower(&g, &[("y", &calls)]).unwrap();
    let alone = after("dead_code", &alone);
    assert_eq!(alone.outputs()[0].slots.len(), 3);
}
