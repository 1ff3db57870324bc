//! From a message to its answer.

use crate::Failure;
use crate::evals;
use crate::protocol::{Kind, Message, Response, Runs};
use crate::stopwatch::Stopwatch;
use serde::Deserialize as _;
use serde_json::Value;

/// The answer to a line. Whatever is wrong with a message, there is one, and it says what.
#[must_use]
pub fn answer(line: &str) -> Response {
    let message: Message = match serde_json::from_str(line) {
        Ok(message) => message,
        Err(error) => {
            // Whoever waits for an answer knows it by its number, so that is given if it can be had.
            let whole: Option<Value> = serde_json::from_str(line).ok();
            let id = whole.as_ref().and_then(|whole| whole.get("id")).cloned();
            let reason = format!("this is no message: {error}");
            return Response::failure(id.unwrap_or(Value::Null), reason);
        }
    };
    let id = message.id;
    match message.kind {
        Kind::Start => Response {
            tool: Some("dagrad"),
            ..Response::to(id)
        },
        Kind::Other => Response::to(id),
        Kind::Define { module } => match evals::functions(&module) {
            Some(_) => Response {
                success: Some(true),
                ..Response::to(id)
            },
            None => Response::failure(id, format!("there is no module {module:?}")),
        },
        Kind::Evaluate {
            module,
            function,
            input,
        } => match evaluate(&module, &function, &input) {
            Ok((output, stopwatch)) => Response {
                success: Some(true),
                output: Some(output),
                timings: Some(stopwatch.into_timings()),
                ..Response::to(id)
            },
            Err(error) => Response::failure(id, format!("{module}.{function}: {error}")),
        },
    }
}

fn evaluate(module: &str, function: &str, input: &Value) -> Result<(Value, Stopwatch), Failure> {
    let functions = evals::functions(module).ok_or("there is no such module")?;
    let found = functions.iter().find(|(name, _)| *name == function);
    let (_, function) = found.ok_or("there is no such function")?;
    // Only the first eval says nothing of runs: its input is a number.
    let runs = if input.is_object() {
        Runs::deserialize(input)?
    } else {
        Runs {
            min_runs: 1,
            min_seconds: 0.0,
        }
    };
    let mut stopwatch = Stopwatch::new(runs);
    let output = function(input, &mut stopwatch)?;
    Ok((output, stopwatch))
}
