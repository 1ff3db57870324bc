//! One table of how far programs are from what is written by hand.
//!
//! In each group all contenders and the machine's peak rate are timed in turn, in many short rounds of one process, so
//! that whatever else the machine does meets all of them. Shown are medians over the rounds, and the median
//! of the ratios of each round.

use crate::contenders::Contender;
use crate::groups::{GROUPS, Group};
use crate::hand_written::Peak;
use dagrad_testsuite::workloads::Precision;
use std::time::{Duration, Instant};

/// How long a group is timed for.
const GROUP: Duration = Duration::from_millis(3000);

/// The shortest time that a contender is given in a round.
const TURN: Duration = Duration::from_millis(4);

const LEAST_ROUNDS: usize = 5;

const MOST_ROUNDS: usize = 400;

/// Prints the table of the groups that `is_wanted` names.
pub(crate) fn table(is_wanted: impl Fn(&str) -> bool) {
    let mut is_first = true;
    for group in GROUPS.iter().filter(|group| is_wanted(group.name)) {
        if std::mem::take(&mut is_first) {
            println!(
                "{:18} {:>12} {:>12} {:>7} {:>7} {:>8} {:>8} {:>9}",
                "group", "hand_written", "program", "ratio", "best", "hand %", "prog. %", "peak"
            );
        }
        row(group);
    }
}

fn row(group: &Group) {
    let mut ready = group.ready(false);
    let peak = match ready.precision {
        Precision::Single => Peak::measure::<f32>,
        Precision::Double => Peak::measure::<f64>,
    };
    let mut hand_written = Turns::new(ready.hand_written.as_mut());
    let mut program = Turns::new(ready.program.as_mut());
    let (mut ratios, mut peaks) = (Vec::new(), Vec::new());
    let start = Instant::now();
    for round in 0..MOST_ROUNDS {
        if round >= LEAST_ROUNDS && start.elapsed() > GROUP {
            break;
        }
        let by_hand = hand_written.turn();
        ratios.push(program.turn() / by_hand);
        peaks.push(peak());
    }
    // The machine's peak is what it does when nobody disturbs it.
    let peak = peaks.iter().copied().fold(0.0, f64::max);
    let share = |seconds: f64| {
        ready.operations.map_or(String::new(), |operations| {
            format!("{:.1}", 100.0 * operations / seconds / peak)
        })
    };
    let (by_hand, by_program) = (
        median(&mut hand_written.seconds),
        median(&mut program.seconds),
    );
    let best = hand_written.best();
    println!(
        "{:18} {:>12} {:>12} {:>7.2} {:>7.2} {:>8} {:>8} {:>9}",
        group.name,
        shown(by_hand / ready.units),
        shown(by_program / ready.units),
        median(&mut ratios),
        program.best() / best,
        share(best),
        share(program.best()),
        format!("{:.0} G/s", peak / 1e9),
    );
}

/// A contender, and how long it took for one repetition in each round.
pub(crate) struct Turns<'c> {
    contender: &'c mut dyn Contender,
    /// The repetitions of a turn.
    times: u64,
    pub(crate) seconds: Vec<f64>,
}

impl<'c> Turns<'c> {
    pub(crate) fn new(contender: &'c mut dyn Contender) -> Self {
        let mut turns = Self {
            contender,
            times: 1,
            seconds: Vec::new(),
        };
        // Twice as often until it takes a quarter of a turn, and then as often as a turn takes.
        loop {
            let seconds = turns.turn();
            let quarter = TURN.as_secs_f64() / 4.0;
            if seconds * turns.times as f64 > quarter {
                turns.times = (TURN.as_secs_f64() / seconds).ceil().max(1.0) as u64;
                break;
            }
            turns.times *= 2;
        }
        turns.seconds.clear();
        turns
    }

    /// The seconds of a repetition in this round.
    pub(crate) fn turn(&mut self) -> f64 {
        let start = Instant::now();
        self.contender.repeat(self.times);
        let seconds = start.elapsed().as_secs_f64() / self.times as f64;
        self.seconds.push(seconds);
        seconds
    }

    /// The least over the rounds.
    fn best(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// A time in the unit that suits it.
pub(crate) fn shown(seconds: f64) -> String {
    if seconds < 1e-6 {
        format!("{:.2} ns", seconds * 1e9)
    } else if seconds < 1e-3 {
        format!("{:.2} µs", seconds * 1e6)
    } else {
        format!("{:.2} ms", seconds * 1e3)
    }
}
