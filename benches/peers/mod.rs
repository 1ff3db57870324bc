//! What the scripts of this directory, which do the same work with other tools, need from this side.
//!
//! [`export`] writes every workload with what should come of it, and [`take_turns`] times programs when it is told to, so
//! that they and their peers take turns though each is a process of its own. The README beside this file tells the rest.

mod export;

pub(crate) use export::export;

use crate::groups::{GROUPS, Ready};
use crate::ratios::Turns;
use std::collections::HashMap;
use std::io::{BufRead, Write};

/// Answers each line of the input, the name of a group, with the seconds that its program took for what times are given
/// for, in a turn of this process. A name of no group ends the bench.
pub(crate) fn take_turns() {
    let mut ready: HashMap<String, Ready> = HashMap::new();
    for line in std::io::stdin().lock().lines() {
        let name = line.unwrap();
        let group = GROUPS.iter().find(|group| group.name == name).unwrap();
        let ready = ready.entry(name).or_insert_with(|| group.ready(false));
        // Whoever had the turn before has the caches: a turn is timed after one that is not.
        let mut turns = Turns::new(ready.program.as_mut());
        let seconds: Vec<f64> = (0..5).map(|_| turns.turn()).collect();
        let seconds = seconds.iter().sum::<f64>() / seconds.len() as f64;
        println!("{:e}", seconds / ready.units);
        std::io::stdout().flush().unwrap();
    }
}
