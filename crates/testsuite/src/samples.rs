//! Operands to try an operation with.

use dagrad_graph::{Arity, Operator};
use dagrad_ops::{Domain, Op};

/// Numbers over the whole domain: every magnitude, both signs, both zeros, a fine grid about the
/// origin, where functions overflow, and close to the ends of any domain.
#[must_use]
pub fn dense(domain: Domain) -> Vec<f64> {
    let mut sizes: Vec<f64> = (0..=80).map(|step| f64::from(step) / 8.0).collect();
    for exponent in (-320..=304).step_by(4) {
        let power = 10.0_f64.powi(exponent);
        sizes.extend([power, 1.7 * power, 43.0 * power]);
    }
    for edge in [
        0.5_f64,
        1.0,
        std::f64::consts::FRAC_PI_2,
        std::f64::consts::PI,
    ] {
        sizes.extend([
            edge.next_down(),
            edge,
            edge.next_up(),
            0.999 * edge,
            1.001 * edge,
        ]);
        sizes.extend([1e-15, 1e-12, 1e-8, 1e-4].map(|gap| edge - gap));
    }
    sizes.extend([14.9, 18.5, 19.1, 22.0, 26.5, 27.3, 36.7, 38.0, 88.7, 103.9]);
    sizes.extend([350.0, 355.0, 700.0, 709.7, 710.4, 745.1, 746.0, 1e4]);
    sizes.extend([f64::from_bits(1), f64::MIN_POSITIVE, f64::MAX]);
    both_signs(&sizes, domain)
}

/// A few dozen numbers over the whole domain, to be combined with each other.
#[must_use]
pub fn coarse(domain: Domain) -> Vec<f64> {
    let sizes = [
        0.0, 1e-320, 1e-300, 1e-160, 1e-30, 1e-8, 0.001, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5,
        3.0, 7.3, 20.0, 40.0, 300.0, 709.0, 1e4, 1e8, 1e30, 1e160, 1e300,
    ];
    both_signs(&sizes, domain)
}

/// Numbers of ordinary size, well inside the domain and off the points where functions have kinks.
#[must_use]
pub fn moderate(domain: Domain) -> Vec<f64> {
    let sizes: Vec<f64> = (0..24).map(|step| 0.11 + 0.17 * f64::from(step)).collect();
    let inside = |x: &f64| domain.contains_inside(x - 0.05) && domain.contains_inside(x + 0.05);
    both_signs(&sizes, domain)
        .into_iter()
        .filter(inside)
        .collect()
}

fn both_signs(sizes: &[f64], domain: Domain) -> Vec<f64> {
    sizes
        .iter()
        .flat_map(|&size| [size, -size])
        .filter(|&x| domain.contains(x))
        .collect()
}

/// How many operands to try an operation with: 1 to 5 where any number will do.
#[must_use]
pub fn operand_counts(operation: &Op) -> Vec<usize> {
    match operation.arity() {
        Arity::Exactly(count) => vec![count],
        Arity::AtLeast(least) => (least.max(1)..=5).collect(),
    }
}

/// Lists of operands for `operation`, over the whole domain: densely for one operand, every
/// combination for two, and for more a fixed selection, in which ties and zeros are frequent.
#[must_use]
pub fn operand_lists(operation: &Op) -> Vec<Vec<f64>> {
    operand_counts(operation)
        .into_iter()
        .flat_map(|count| match count {
            1 => dense(operation.domain(0))
                .into_iter()
                .map(|x| vec![x])
                .collect(),
            2 => combined(operation, coarse),
            // Products of more factors overflow or vanish on the way, depending on their order.
            count => selected(operation, count, |domain| {
                coarse(domain)
                    .into_iter()
                    .filter(|x| *x == 0.0 || (1e-30..1e5).contains(&x.abs()))
                    .collect()
            }),
        })
        .collect()
}

/// Lists of operands of ordinary size for `operation`.
#[must_use]
pub fn moderate_lists(operation: &Op) -> Vec<Vec<f64>> {
    operand_counts(operation)
        .into_iter()
        .flat_map(|count| match count {
            1 => moderate(operation.domain(0))
                .into_iter()
                .map(|x| vec![x])
                .collect(),
            2 => combined(operation, moderate),
            count => selected(operation, count, moderate),
        })
        .collect()
}

/// Every pair.
fn combined(operation: &Op, numbers: fn(Domain) -> Vec<f64>) -> Vec<Vec<f64>> {
    let seconds = numbers(operation.domain(1));
    numbers(operation.domain(0))
        .into_iter()
        .flat_map(|first| seconds.iter().map(move |&second| vec![first, second]))
        .collect()
}

/// Some lists of `count` numbers, always the same ones.
fn selected(operation: &Op, count: usize, numbers: fn(Domain) -> Vec<f64>) -> Vec<Vec<f64>> {
    let choices: Vec<_> = (0..count)
        .map(|operand| numbers(operation.domain(operand)))
        .collect();
    let mut state = 0_usize;
    let mut draw = |below: usize| {
        // Weyl's sequence spreads the choices evenly; nothing here needs more of it.
        state = state.wrapping_add(0x9E37_79B9);
        (state >> 7) % below
    };
    (0..600)
        .map(|_| {
            let mut list: Vec<f64> = choices
                .iter()
                .map(|choices| choices[draw(choices.len())])
                .collect();
            if draw(4) == 0 {
                let (from, to) = (draw(count), draw(count));
                list[to] = list[from];
            }
            list
        })
        .collect()
}
