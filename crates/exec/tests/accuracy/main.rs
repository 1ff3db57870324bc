//! How accurate the functions of fast programs are, at every level that the machine has.
//!
//! The ordinary tests measure some hundred thousand points of each function. The long ones are
//!
//! ```text
//! cargo test --release -p dagrad-exec --test accuracy -- --ignored --nocapture --test-threads 1
//! ```
//!
//! and measure every `f32`, and as many `f64` as the environment variable `ACCURACY_POINTS` says, of the function that
//! `ACCURACY_FUNCTION` names, or of all. They print the table that stands in `docs/numerics.md`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails as the test does"
)]

mod functions;
mod measure;
mod points;
mod programs;
mod wide;
mod wide_golden;

use dagrad_exec::Level;
use functions::{Function, LARGEST_ANGLE, all};
use measure::{Measured, Worst};
use points::{SPECIAL, point};
use programs::{Mapped, levels};

/// How many numbers are measured together.
const CHUNK: usize = 1 << 14;

/// The programs of a function at all levels.
struct Meter<'f, S> {
    function: &'f Function,
    programs: Vec<(Level, Mapped<S>)>,
}

/// The greatest errors of the portable level, and of the others, which give the same bits.
#[derive(Clone, Copy)]
struct Errors {
    portable: Worst,
    fused: Worst,
}

impl Errors {
    const NONE: Self = Self {
        portable: Worst::NONE,
        fused: Worst::NONE,
    };

    fn join(self, other: Self) -> Self {
        Self {
            portable: self.portable.join(other.portable),
            fused: self.fused.join(other.fused),
        }
    }
}

impl<'f, S: Measured> Meter<'f, S> {
    fn new(function: &'f Function) -> Self {
        let programs = levels().map(|level| (level, Mapped::new(&function.op, level, None)));
        Self {
            function,
            programs: programs.collect(),
        }
    }

    /// Measures the function at these numbers.
    fn measure(&self, numbers: &[S]) -> Errors {
        let wanted: Vec<_> = numbers.iter().map(|x| x.wanted(self.function)).collect();
        let mut errors = Errors::NONE;
        let mut fused: Option<Vec<S>> = None;
        for (level, program) in &self.programs {
            let values = program.values(numbers);
            if let Some(others) = &fused {
                for ((value, other), x) in values.iter().zip(others).zip(numbers) {
                    assert!(
                        value.same(*other),
                        "{} at {x:?} and {level}",
                        self.function.name
                    );
                }
                continue;
            }
            let worst = match level {
                Level::Portable => &mut errors.portable,
                Level::Avx2 | Level::Avx512 => &mut errors.fused,
            };
            for ((value, &wanted), x) in values.iter().zip(&wanted).zip(numbers) {
                worst.meet(value.error(wanted), x.wide());
            }
            if *level != Level::Portable {
                fused = Some(values);
            }
        }
        errors
    }

    /// Measures the chunks of these numbers, on two threads.
    fn measure_chunks(&self, count: u64, chunk: impl Fn(u64) -> Vec<S> + Sync) -> Errors {
        let half = |first: u64| {
            let chunks = (first..count).step_by(2);
            chunks.fold(Errors::NONE, |errors, at| {
                errors.join(self.measure(&chunk(at)))
            })
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(|| half(1));
            half(0).join(other.join().unwrap())
        })
    }

    /// Fails where an error is beyond the function's bound.
    fn judge(&self, errors: Errors) {
        for Worst { error, at } in [errors.portable, errors.fused] {
            let Function { name, bound, .. } = self.function;
            assert!(error <= *bound, "{name} is off by {error} ulp at {at:e}");
        }
    }

    fn print(&self, errors: Errors) {
        let Errors { portable, fused } = errors;
        println!(
            "| {} | {} | {:.3} | {:.3} | {:e}, {:e} |",
            self.function.name,
            S::NAME,
            portable.error,
            fused.error,
            portable.at,
            fused.at
        );
    }
}

fn single(numbers: impl Iterator<Item = f64>) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "the number nearest to it")]
    numbers.map(|x| x as f32).collect()
}

fn sampled_single(name: &str) {
    let all = all();
    let function = all.iter().find(|function| function.name == name).unwrap();
    let meter = Meter::<f32>::new(function);
    // All bits alike, and then as in `f64`.
    let mut errors = meter.measure(&single(SPECIAL.into_iter()));
    let all: Vec<f32> = (0..=u32::MAX).step_by(32_749).map(f32::from_bits).collect();
    for chunk in all.chunks(CHUNK) {
        errors = errors.join(meter.measure(chunk));
    }
    for chunk in 0..8 {
        let numbers = (0..CHUNK as u64).map(|at| point(function, chunk * CHUNK as u64 + at));
        errors = errors.join(meter.measure(&single(numbers)));
    }
    meter.judge(errors);
}

fn sampled_double(name: &str) {
    let all = all();
    let function = all.iter().find(|function| function.name == name).unwrap();
    let meter = Meter::<f64>::new(function);
    let mut errors = meter.measure(&SPECIAL);
    for chunk in 0..16 {
        errors = errors.join(meter.measure(&points(function, chunk)));
    }
    meter.judge(errors);
}

fn points(function: &Function, chunk: u64) -> Vec<f64> {
    let first = chunk * CHUNK as u64;
    (first..first + CHUNK as u64)
        .map(|at| point(function, at))
        .collect()
}

macro_rules! sampled {
    ($($name:ident)*) => {
        mod single {
            $(
                #[test]
                fn $name() {
                    super::sampled_single(stringify!($name));
                }
            )*
        }

        mod double {
            $(
                #[test]
                fn $name() {
                    super::sampled_double(stringify!($name));
                }
            )*
        }

        /// Every function has its tests.
        #[test]
        fn none_is_missing() {
            let names: Vec<_> = all().iter().map(|function| function.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

sampled!(exp expm1 ln log1p tanh sigmoid softplus sin cos sqrt recip);

/// The functions that the environment asks for.
fn asked_for() -> Vec<Function> {
    let mut functions = all();
    if let Ok(name) = std::env::var("ACCURACY_FUNCTION") {
        functions.retain(|function| function.name == name);
    }
    functions
}

#[test]
#[ignore = "takes minutes in a release build"]
fn every_single() {
    for function in &asked_for() {
        let meter = Meter::<f32>::new(function);
        let count = (1_u64 << 32) / CHUNK as u64;
        let errors = meter.measure_chunks(count, |chunk| {
            let first = chunk * CHUNK as u64;
            let bits = first..first + CHUNK as u64;
            #[expect(clippy::cast_possible_truncation, reason = "2^32 of them")]
            bits.map(|bits| f32::from_bits(bits as u32)).collect()
        });
        meter.print(errors);
        meter.judge(errors);
    }
}

#[test]
#[ignore = "takes minutes in a release build"]
fn dense_double() {
    let wanted = std::env::var("ACCURACY_POINTS").ok();
    let count: u64 = wanted.map_or(20_000_000, |count| count.parse().unwrap());
    for function in &asked_for() {
        let meter = Meter::<f64>::new(function);
        let errors = meter.measure_chunks(count / CHUNK as u64, |chunk| points(function, chunk));
        meter.print(errors);
        meter.judge(errors);
    }
}

/// What no error says: the signs of zeros, and what comes of infinities and NaN, in both types, in a batch and alone.
fn special<S: Measured>(convert: impl Fn(f64) -> S) {
    for function in all() {
        let numbers: Vec<S> = SPECIAL.iter().map(|&x| convert(x)).collect();
        for level in levels() {
            let values = Mapped::new(&function.op, level, None).values(&numbers);
            for (&x, value) in numbers.iter().zip(values) {
                let wanted = (function.single)(x.wide());
                let is_edge = x.wide() == 0.0 || !x.wide().is_finite();
                if is_edge && (wanted == 0.0 || !wanted.is_finite()) {
                    let name = function.name;
                    assert!(
                        dagrad_ops::same_bits(value.wide(), wanted),
                        "{name} of {x:?} is {value:?} at {level}, not {wanted:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn zeros_infinities_and_nan() {
    special(|x| x);
    special(|x| single(std::iter::once(x))[0]);
}

/// One sample and a batch have the same bits.
fn alone<S: Measured>(convert: impl Fn(f64) -> S) {
    for function in all() {
        let drawn = (0..2000).map(|at| point(&function, at));
        let numbers: Vec<S> = SPECIAL.into_iter().chain(drawn).map(&convert).collect();
        for level in levels() {
            let together = Mapped::new(&function.op, level, None).values(&numbers);
            let alone = Mapped::new(&function.op, level, Some(1)).values(&numbers);
            for ((x, together), alone) in numbers.iter().zip(together).zip(alone) {
                let name = function.name;
                assert!(together.same(alone), "{name} of {x:?} at {level}");
            }
        }
    }
}

#[test]
fn one_sample_and_a_batch_agree() {
    alone(|x| x);
    alone(|x| single(std::iter::once(x))[0]);
}

/// Sines and cosines of large numbers are the library's, whatever stands beside them.
#[test]
fn large_angles_are_left_to_the_library() {
    for function in all().iter().filter(|f| matches!(f.name, "sin" | "cos")) {
        for level in levels() {
            let program = Mapped::<f64>::new(&function.op, level, None);
            let numbers: Vec<_> = (0..300)
                .map(|at| LARGEST_ANGLE * (0.9 + f64::from(at)))
                .collect();
            let values = program.values(&numbers);
            for (&x, &value) in numbers.iter().zip(&values).skip(1) {
                assert!(value.same((function.single)(x)), "{} of {x}", function.name);
            }
            let within = program.values(&numbers[..1]);
            assert!(within[0].same(values[0]), "{} at {level}", function.name);
        }
    }
}
