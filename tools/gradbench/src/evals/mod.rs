//! The problems, a file for each.

mod hello;

mod llsq;

mod lse;

mod det;

mod gmm;

mod ode;

mod lstm;

mod kmeans;

mod ba;

use crate::Failure;
use crate::stopwatch::Stopwatch;
use serde_json::Value;

/// A function of a module: from its input to its output.
pub type Function = fn(&Value, &mut Stopwatch) -> Result<Value, Failure>;

/// The functions of the module called `name`, with their names; none where there is no such module.
#[must_use]
pub fn functions(name: &str) -> Option<&'static [(&'static str, Function)]> {
    Some(match name {
        "hello" => hello::FUNCTIONS,
        "llsq" => llsq::FUNCTIONS,
        "lse" => lse::FUNCTIONS,
        "det" => det::FUNCTIONS,
        "gmm" => gmm::FUNCTIONS,
        "ode" => ode::FUNCTIONS,
        "lstm" => lstm::FUNCTIONS,
        "kmeans" => kmeans::FUNCTIONS,
        "ba" => ba::FUNCTIONS,
        _ => return None,
    })
}
