//! What several tests need.

use dagrad_graph::{Arity, Graph, Registry};
use dagrad_ops::{GraphScope, Op, User, UserOperation};
use dagrad_tape::Tape;

/// A user operation of one operand: its cube.
pub(crate) struct Cube;

impl UserOperation for Cube {
    fn name(&self) -> &str {
        "cube"
    }
    fn arity(&self) -> Arity {
        Arity::Exactly(1)
    }
    fn value(&self, x: &[f64]) -> f64 {
        x[0] * x[0] * x[0]
    }
    fn partials(&self, x: &[f64], _: f64, partials: &mut [f64]) {
        partials[0] = 3.0 * x[0] * x[0];
    }
}

/// A user operation of any number of operands: their sum, each times its position.
pub(crate) struct Weigh;

impl UserOperation for Weigh {
    fn name(&self) -> &str {
        "weigh"
    }
    fn arity(&self) -> Arity {
        Arity::AtLeast(1)
    }
    fn value(&self, x: &[f64]) -> f64 {
        x.iter().zip(1..).map(|(x, at)| x * f64::from(at)).sum()
    }
    fn partials(&self, _: &[f64], _: f64, partials: &mut [f64]) {
        for (partial, at) in partials.iter_mut().zip(1..) {
            *partial = f64::from(at);
        }
    }
}

pub(crate) fn cube() -> Op {
    Op::User(User::new(Cube).unwrap())
}

pub(crate) fn weigh() -> Op {
    Op::User(User::new(Weigh).unwrap())
}

pub(crate) fn registry() -> Registry<Op> {
    Registry::new().with(cube()).with(weigh())
}

/// The graph of this listing, without its first line.
#[track_caller]
pub(crate) fn graph(body: &str) -> Graph<Op> {
    Graph::parse(&format!("dagrad graph 1\n{body}"), &registry()).unwrap()
}

/// The tape of this listing, without its first line.
#[track_caller]
pub(crate) fn tape(body: &str) -> Tape {
    Tape::parse(&format!("dagrad tape 1\n{body}"), &registry()).unwrap()
}

/// A loss over features, a target and parameters, some of them in scopes, with values used many times.
pub(crate) fn small_network() -> Graph<Op> {
    let mut g = Graph::new();
    let loss = g.scope(|s| {
        let (x, t) = (s.feature("x"), s.target("t"));
        let (v, w) = (s.parameter("v", 0.3), s.parameter("w", -0.7));
        let h = (v * x + w).tanh();
        let y = s.mul([h, h, w]) + h.sigmoid() + x.max(h).abs();
        ((y - t).square() + 1e-3 * (v * v + w * w)).id()
    });
    g.add_output("loss", &[loss.unwrap()]).unwrap();
    g
}

/// Complains unless `a` and `b` say the same, whatever they count differently inside.
#[track_caller]
pub(crate) fn assert_same(a: &Tape, b: &Tape) {
    assert_eq!(a.inputs(), b.inputs());
    assert!(a.parameters().eq(b.parameters()));
    assert_eq!(a.outputs(), b.outputs());
    assert_eq!(a.len(), b.len());
    let user = |tape: &Tape, slot| {
        let user = tape.user(slot);
        user.map(|(user, partial)| (user.operation().name().to_owned(), partial))
    };
    for slot in a.slots() {
        let (one, other) = (a.instruction(slot), b.instruction(slot));
        assert_eq!(one.code(), other.code(), "{slot}");
        assert_eq!(one.class(), other.class(), "{slot}");
        assert_eq!(one.variable(), other.variable(), "{slot}");
        assert_eq!(one.products(), other.products(), "{slot}");
        assert_eq!(one.exponent(), other.exponent(), "{slot}");
        let bits = |value: f64| value.to_bits();
        assert_eq!(
            one.constant().map(bits),
            other.constant().map(bits),
            "{slot}"
        );
        assert_eq!(user(a, slot), user(b, slot), "{slot}");
        assert_eq!(a.operands(slot), b.operands(slot), "{slot}");
        assert_eq!(a.name(slot), b.name(slot), "{slot}");
        assert_eq!(a.scope(slot), b.scope(slot), "{slot}");
    }
}
