//! What a second thread gains, beside what a loop of multiply-adds in registers gains from it.

use crate::contenders::{Contender, Results, program_on};
use crate::hand_written::Peak;
use crate::ratios::{Turns, median, shown};
use criterion::Criterion;
use dagrad_testsuite::workloads::{Workload, WorkloadError, digits, irregular, wide};
use std::time::{Duration, Instant};

/// A workload on one thread and on two.
struct Group {
    name: &'static str,
    build: fn() -> Result<Workload, WorkloadError>,
}

const GROUPS: [Group; 3] = [
    Group {
        name: "threads/irregular_1000",
        build: || irregular::gradient(1000),
    },
    Group {
        name: "threads/digits",
        build: digits::step,
    },
    Group {
        name: "threads/wide",
        build: wide,
    },
];

/// The name of the loop of multiply-adds, as a group of its own.
const FMA: &str = "threads/fma";

/// How long a group is timed for.
const GROUP: Duration = Duration::from_millis(4000);

const LEAST_ROUNDS: usize = 5;

/// Prints the table of the groups that `is_wanted` names. In each all contenders take turns in short rounds; shown are
/// medians over the rounds, and of the ratios of each.
pub(crate) fn table(is_wanted: impl Fn(&str) -> bool) {
    let mut is_first = true;
    for group in GROUPS.iter().filter(|group| is_wanted(group.name)) {
        if std::mem::take(&mut is_first) {
            println!(
                "\n{:24}{:>12}{:>12}{:>8}{:>8}{:>10}",
                "threads", "one", "two", "gain", "fma", "of fma's"
            );
        }
        let [mut one, mut two] = group.ready();
        let mut fma = [1, 2].map(|threads| Fma { threads });
        let [fma_one, fma_two] = &mut fma;
        let mut turns = [
            Turns::new(fma_one),
            Turns::new(fma_two),
            Turns::new(one.as_mut()),
            Turns::new(two.as_mut()),
        ];
        let (mut gains, mut fma_gains, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        let start = Instant::now();
        while gains.len() < LEAST_ROUNDS || start.elapsed() < GROUP {
            let [fma_one, fma_two, one, two] = turns.each_mut().map(Turns::turn);
            gains.push(one / two);
            fma_gains.push(fma_one / fma_two);
            shares.push(one / two / (fma_one / fma_two));
        }
        let [_, _, one, two] = &mut turns;
        println!(
            "{:24}{:>12}{:>12}{:>8.2}{:>8.2}{:>10.2}",
            group.name,
            shown(median(&mut one.seconds)),
            shown(median(&mut two.seconds)),
            median(&mut gains),
            median(&mut fma_gains),
            median(&mut shares),
        );
    }
}

/// Times one thread and two by criterion.
pub(crate) fn timings(criterion: &mut Criterion, is_wanted: impl Fn(&str) -> bool) {
    for group in GROUPS.iter().filter(|group| is_wanted(group.name)) {
        let [mut one, mut two] = group.ready();
        let mut timed = criterion.benchmark_group(group.name);
        crate::time(&mut timed, "one", one.as_mut());
        crate::time(&mut timed, "two", two.as_mut());
        timed.finish();
    }
    if is_wanted(FMA) {
        let mut timed = criterion.benchmark_group(FMA);
        crate::time(&mut timed, "one", &mut Fma { threads: 1 });
        crate::time(&mut timed, "two", &mut Fma { threads: 2 });
        timed.finish();
    }
}

impl Group {
    /// The program on one thread and on two, which give the same bits.
    fn ready(&self) -> [Box<dyn Contender>; 2] {
        let workload = (self.build)().unwrap();
        let mut both = [1, 2].map(|threads| program_on(&workload, threads));
        let [one, two] = both.each_mut().map(|contender| contender.results());
        let bits = |results: &Results| -> Vec<u64> {
            let lists = [&results.output, &results.gradient, &results.parameters];
            let numbers = lists.into_iter().flatten();
            numbers.map(|number| number.to_bits()).collect()
        };
        assert!(bits(&one) == bits(&two), "{}: threads differ", self.name);
        for contender in &mut both {
            // Parameters stay near where they are, however often the step is repeated.
            contender.set_rate(1e-6);
        }
        both
    }
}

/// The loop of multiply-adds, its repetitions divided among threads.
struct Fma {
    threads: u64,
}

impl Contender for Fma {
    fn repeat(&mut self, times: u64) {
        let repeat = |times: u64| {
            for _ in 0..times {
                Peak::measure::<f64>();
            }
        };
        match self.threads {
            1 => repeat(times),
            _ => {
                let half = times / 2;
                rayon_core::join(|| repeat(half), || repeat(times - half));
            }
        }
    }

    fn results(&mut self) -> Results {
        Results::default()
    }
}
