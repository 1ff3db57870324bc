//! The messages of GradBench and the answers to them: JSON, one a line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an eval sends.
#[derive(Clone, Debug, Deserialize)]
pub struct Message {
    /// What the answer has to repeat.
    pub id: Value,
    /// What is asked for.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a message asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// The first message.
    Start,
    /// Whether a module is known.
    Define {
        /// Its name.
        module: String,
    },
    /// A value of a function.
    Evaluate {
        /// The module that the function is of.
        module: String,
        /// The function's name.
        function: String,
        /// What it is a value at.
        input: Value,
    },
    /// Whether an earlier answer was right, and whatever else needs no more than an acknowledgement.
    #[serde(other)]
    Other,
}

/// What a tool answers.
#[derive(Clone, Debug, Serialize)]
pub struct Response {
    /// That of the message; null where it had none.
    pub id: Value,
    /// The tool's name, for the first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<&'static str>,
    /// Whether what was asked for is there; none where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// The value of the function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// What took how long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timings: Option<Vec<Timing>>,
    /// Why there is no success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// How long one thing took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timing {
    /// What it was: `build`, `compile` or `evaluate`.
    pub name: &'static str,
    /// Its duration.
    pub nanoseconds: u64,
}

/// How often a function is to be run.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Runs {
    /// At least so often.
    pub min_runs: u64,
    /// And until all runs together took so many seconds.
    pub min_seconds: f64,
}

impl Response {
    /// An acknowledgement.
    #[must_use]
    pub fn to(id: Value) -> Self {
        Self {
            id,
            tool: None,
            success: None,
            output: None,
            timings: None,
            error: None,
        }
    }

    /// That something failed, and why.
    #[must_use]
    pub fn failure(id: Value, error: String) -> Self {
        Self {
            success: Some(false),
            error: Some(error),
            ..Self::to(id)
        }
    }
}
