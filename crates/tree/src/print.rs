//! The nested print.

use crate::node::Node;
use dagrad_graph::Operator;
use dagrad_ops::Op;
use std::fmt;

impl fmt::Display for Node {
    /// `Add(Multiply(Parameter(0.5), Input(2.0)), Parameter(-1.0))`: the tutorial's names where it has
    /// the operation, else the operation's own name in the same style, with its configuration in
    /// brackets. Names of leaves are not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(input) => write!(f, "Input({:?})", input.value),
            Self::Parameter(parameter) => write!(f, "Parameter({:?})", parameter.value),
            Self::Constant(value) => write!(f, "Constant({value:?})"),
            Self::Operation(operation) => {
                f.write_str(&class_name(operation.op()))?;
                if let Some(configuration) = operation.op().configuration() {
                    write!(f, "[{configuration}]")?;
                }
                let mut before = "(";
                for child in operation.children() {
                    write!(f, "{before}{child}")?;
                    before = ", ";
                }
                f.write_str(")")
            }
        }
    }
}

/// What the tutorial calls the operation, or would.
fn class_name(op: &Op) -> String {
    match op.name() {
        "mul" => "Multiply".to_owned(),
        "relu" => "ReLU".to_owned(),
        name => name.split('_').map(capitalised).collect(),
    }
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_ascii_uppercase() + rest
}

#[cfg(test)]
mod tests {
    use crate::{add, constant, input, multiply, operation, parameter, relu, sigmoid};
    use dagrad_ops::Op;

    #[test]
    fn a_tree_prints_as_the_tutorial_prints_it() {
        let line = add([multiply([parameter(0.5), input()]), parameter(-1.0)]);
        assert_eq!(
            line.to_string(),
            "Add(Multiply(Parameter(0.5), Input(0.0)), Parameter(-1.0))"
        );
        assert_eq!(
            sigmoid(relu(constant(1e-9))).to_string(),
            "Sigmoid(ReLU(Constant(1e-9)))"
        );
    }

    #[test]
    fn operations_that_the_tutorial_lacks_print_in_its_style() {
        let cube = operation(Op::Powi(3), [input()]).unwrap();
        let tree = operation(Op::LogSumExp, [cube, constant(-0.0)]).unwrap();
        assert_eq!(
            tree.to_string(),
            "LogSumExp(Powi[3](Input(0.0)), Constant(-0.0))"
        );
    }
}
