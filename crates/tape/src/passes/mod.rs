//! Passes: tape in, tape out, fewer or better instructions.
//!
//! Each pass does one thing, in one walk over the tape, and doing it twice changes nothing more. None
//! changes an output: its name, its place, or what it means. Inputs, parameters, scopes, and the names of what
//! survives are kept. Each states whether it is exact in floating point:
//!
//! | pass | |
//! |---|---|
//! | `dead_code` | exact: what no output needs goes |
//! | `stop_gradients` | exact, after differentiation: they dissolve |
//! | `fold` | exact: constants are computed in the program's scalar type |
//! | `identities` | exact: `x · 1`, `−−x`, and what else holds to the bit |
//! | `common` | exact: equal instructions become one |
//! | `simplify` | exact: these four in one walk, each seeing what the others make |
//! | `relus` | exact: `x ≤ 0` is asked of relu(x) |
//! | `flatten` | exact: nested sums and products, where that keeps their order |
//! | `dots` | exact: sums that begin with products become dots |
//! | `zeros` | inexact: `x · 0`, `x + 0` |
//! | `logarithms` | inexact: `ln(sigmoid(x))`, `ln(1 + x)`, `eˣ − 1` |
//! | `powers` | inexact: constant exponents |
//! | `divisions` | inexact: reciprocals that are used often |
//! | `products` | inexact: factors in canonical order, signs in front |
//! | `sums` | inexact: terms in canonical order, every product in a dot |
//! | `fma` | inexact: fused multiply-adds |
//!
//! *Exact* means: whatever the inputs and parameters are, zeros of either sign, infinities and subnormal
//! numbers included, every output has the same bits as before, in the scalar type that the passes were
//! asked for; all NaNs count as equal. A strict program uses exact passes only. *Inexact* passes keep what
//! real numbers would give, and round otherwise.
//!
//! [`optimise`] runs them in an order in which each finds what the ones before it have made. They are meant
//! for a tape that has all its derivatives: what they merge and reorder would change the order in which
//! adjoints are added.
//!
//! **Invariant.** No pass recurses, and each takes time linear in instructions and operands, but for sorting
//! the terms of a sum.

mod rewrite;

mod common;
mod dead_code;
mod dots;
mod flatten;
mod fold;
mod identities;
mod relus;
mod simplify;
mod stop_gradients;

mod divisions;
mod fma;
mod logarithms;
mod powers;
mod products;
mod sums;
mod zeros;

use crate::interpret::TapeScalar;
use crate::tape::Tape;
use rewrite::{Rewritten, Scratch};
use std::fmt;

/// What a pass does to the last bit of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exactness {
    /// Nothing: outputs have the same bits as before, all NaNs being equal.
    Exact,
    /// It rounds otherwise.
    Inexact,
}

/// Which inexact passes are on. Exact ones always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// `x · 0 = 0`, `x + 0 = x`.
    pub zeros: bool,
    /// `ln(sigmoid(x))`, `ln(1 + x)`, `eˣ − 1`.
    pub logarithms: bool,
    /// Powers with a constant exponent.
    pub powers: bool,
    /// Divisions by what several quotients share or is computed less often.
    pub divisions: bool,
    /// Factors in canonical order.
    pub products: bool,
    /// Terms in canonical order, and every product in a dot.
    pub sums: bool,
    /// Fused multiply-adds.
    pub fma: bool,
}

impl Options {
    /// Exact passes only.
    pub const STRICT: Self = Self {
        zeros: false,
        logarithms: false,
        powers: false,
        divisions: false,
        products: false,
        sums: false,
        fma: false,
    };
    /// All passes.
    pub const FAST: Self = Self {
        zeros: true,
        logarithms: true,
        powers: true,
        divisions: true,
        products: true,
        sums: true,
        fma: true,
    };
}

/// A pass.
#[derive(Clone, Copy)]
pub struct Pass {
    name: &'static str,
    exactness: Exactness,
    is_on: fn(&Options) -> bool,
    run: fn(Tape, &mut Scratch) -> Rewritten,
}

impl Pass {
    const fn exact(name: &'static str, run: fn(Tape, &mut Scratch) -> Rewritten) -> Self {
        Self {
            name,
            exactness: Exactness::Exact,
            is_on: |_| true,
            run,
        }
    }

    const fn inexact(
        name: &'static str,
        is_on: fn(&Options) -> bool,
        run: fn(Tape, &mut Scratch) -> Rewritten,
    ) -> Self {
        Self {
            name,
            exactness: Exactness::Inexact,
            is_on,
            run,
        }
    }

    /// Every pass, each once, for programs of the scalar type `S`: `f32` or `f64`.
    #[must_use]
    pub const fn all<S: TapeScalar>() -> [Self; 16] {
        [
            Self::exact("dead_code", dead_code::run),
            Self::exact("stop_gradients", stop_gradients::run),
            Self::exact("fold", fold::run::<S>),
            Self::exact("identities", identities::run::<S>),
            Self::exact("common", common::run),
            Self::exact("simplify", simplify::run::<S>),
            Self::exact("relus", relus::run),
            Self::exact("flatten", flatten::run),
            Self::exact("dots", dots::run),
            Self::inexact("zeros", |on| on.zeros, zeros::run),
            Self::inexact("logarithms", |on| on.logarithms, logarithms::run),
            Self::inexact("powers", |on| on.powers, powers::run::<S>),
            Self::inexact("divisions", |on| on.divisions, divisions::run::<S>),
            Self::inexact("products", |on| on.products, products::run::<S>),
            Self::inexact("sums", |on| on.sums, sums::run::<S>),
            Self::inexact("fma", |on| on.fma, fma::run),
        ]
    }

    /// Its name: a line of the table above.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether results keep their bits.
    #[must_use]
    pub fn exactness(&self) -> Exactness {
        self.exactness
    }

    /// Runs it alone: the new tape, and how many instructions were changed, merged or removed.
    #[must_use]
    pub fn run(&self, tape: Tape) -> (Tape, usize) {
        (self.run)(tape, &mut Scratch::default())
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pass")
            .field("name", &self.name)
            .field("exactness", &self.exactness)
            .finish_non_exhaustive()
    }
}

/// What a pass of [`optimise`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The pass.
    pub pass: &'static str,
    /// How many instructions there were.
    pub before: usize,
    /// How many there are.
    pub after: usize,
    /// How many were changed, merged or removed.
    pub changed: usize,
}

/// Runs the passes that `options` has on, for programs of the scalar type `S`: `f32` or `f64`. What each
/// did is in the list of steps.
#[must_use]
pub fn optimise<S: TapeScalar>(tape: &Tape, options: &Options) -> (Tape, Vec<Step>) {
    let [
        dead_code,
        _stop_gradients,
        _fold,
        _identities,
        common,
        simplify,
        relus,
        flatten,
        dots,
        zeros,
        logarithms,
        powers,
        divisions,
        products,
        sums,
        fma,
    ] = Pass::all::<S>();
    let mut run = Run {
        options,
        scratch: Scratch::default(),
        steps: Vec::with_capacity(16),
    };
    let (before, rewritten) = (tape.len(), simplify::run_on::<S>(tape, &mut run.scratch));
    let mut tape = run.note(simplify, before, rewritten);
    let before = run.changed();
    tape = run.passes(&[zeros, logarithms, powers, divisions], tape);
    // Zeros make constants, and sums of one term.
    if run.changed() > before {
        tape = run.passes(&[simplify], tape);
    }
    tape = run.passes(&[relus, dead_code, products], tape);
    // What takes sums and products apart finds all of them: dots, and fused multiply-adds, come of it.
    let extremes = Pass {
        run: flatten::run_on_extremes,
        ..flatten
    };
    let takes_apart = options.products && options.sums;
    tape = run.passes(&[if takes_apart { extremes } else { flatten }], tape);
    let fused = Pass {
        run: sums::run_fused::<S>,
        ..sums
    };
    tape = if options.sums {
        run.passes(&[if options.fma { fused } else { sums }], tape)
    } else {
        run.passes(&[dots, fma], tape)
    };
    tape = run.passes(&[common, dead_code], tape);
    (tape, run.steps)
}

/// Passes on their way.
struct Run<'o> {
    options: &'o Options,
    scratch: Scratch,
    steps: Vec<Step>,
}

impl Run<'_> {
    /// Runs those that are on.
    fn passes(&mut self, passes: &[Pass], mut tape: Tape) -> Tape {
        for pass in passes.iter().filter(|pass| (pass.is_on)(self.options)) {
            let before = tape.len();
            let rewritten = (pass.run)(tape, &mut self.scratch);
            tape = self.note(*pass, before, rewritten);
        }
        tape
    }

    /// Notes what a pass did, out of so many instructions. Gives back the tape.
    fn note(&mut self, pass: Pass, before: usize, (tape, changed): Rewritten) -> Tape {
        self.steps.push(Step {
            pass: pass.name,
            before,
            after: tape.len(),
            changed,
        });
        tape
    }

    /// How much was changed so far.
    fn changed(&self) -> usize {
        self.steps.iter().map(|step| step.changed).sum()
    }
}
