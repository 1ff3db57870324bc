//! Evaluating the text of a formula with `fasteval2`.

use dagrad_graph::{Evaluate, Operator, Vocabulary};
use dagrad_ops::Op;
use fasteval2::{Evaler, Parser, Slab};
use std::collections::HashMap;

/// The value of one expression, in ASCII, at these values of its variables. Functions that the crate lacks
/// are those of our operations.
pub(crate) fn evaluate(text: &str, variables: &HashMap<String, f64>) -> f64 {
    // No expression has more parts than characters.
    let mut slab = Slab::with_capacity(text.len());
    let parser = Parser {
        expr_len_limit: usize::MAX,
        expr_depth_limit: 1000,
    };
    let mut lookup = |name: &str, operands: Vec<f64>| {
        if operands.is_empty() {
            let constant = match name {
                "inf" => Some(f64::INFINITY),
                "nan" => Some(f64::NAN),
                _ => None,
            };
            return variables.get(name).copied().or(constant);
        }
        let op = Op::from_name(name, None).ok()?;
        op.arity()
            .accepts(operands.len())
            .then(|| op.value(&operands))
    };
    let parsed = parser
        .parse(text, &mut slab.ps)
        .unwrap_or_else(|e| panic!("{e}: {text}"));
    parsed
        .from(&slab.ps)
        .eval(&slab, &mut lookup)
        .unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// The values of a formula, in ASCII, one for each line that is no `where` line.
pub(crate) fn evaluate_all(formula: &str, variables: &[(String, f64)]) -> Vec<f64> {
    let mut variables: HashMap<String, f64> = variables.iter().cloned().collect();
    let (definitions, values): (Vec<&str>, Vec<&str>) =
        formula.lines().partition(|line| line.starts_with("where "));
    for line in definitions {
        let (name, text) = line["where ".len()..].split_once(" = ").unwrap();
        let value = evaluate(text, &variables);
        assert!(
            variables.insert(name.to_owned(), value).is_none(),
            "{name} has two values in\n{formula}"
        );
    }
    let value = |line: &&str| {
        let text = line.split_once("] = ").map_or(*line, |(_, text)| text);
        evaluate(text, &variables)
    };
    values.iter().map(value).collect()
}
