//! Jacobians, row after row.

use crate::support::tape;
use dagrad_ops::check_same_bits;
use dagrad_tape::{
    DifferentiateError, Slot, Variables, differentiate_slot, interpret, jacobian, mean_output,
    output_values,
};

const TEXT: &str = r#"input[0..2] = feature
parameter[0] = "w"
%0 = input[0]
%1 = input[1]
%2 = parameter[0]
%3 = mul(%0, %1)
%4 = tanh(%3)
%5 = square(%2)
output "all" = %4, %5, %4, %2, %0
"#;

#[test]
fn each_row_is_the_derivative_of_a_slot() {
    let base = tape(TEXT);
    let (x, w) = ([0.5, -1.5], [0.75]);
    let variables = [0, 2, 3].map(|number| base.slots().nth(number).unwrap());
    for variables in [
        Variables::Inputs,
        Variables::Parameters,
        Variables::Slots(&variables),
    ] {
        let mut wanted = Vec::new();
        let slots: Vec<Slot> = base.output("all").unwrap().to_vec();
        for slot in slots {
            let row = differentiate_slot(&base, slot, variables, "row").unwrap();
            let values = interpret(&row, &x, &w).unwrap();
            wanted.extend(output_values(&row, "row", &values).unwrap());
        }
        let rows = jacobian(&base, "all", variables, "rows").unwrap();
        rows.verify().unwrap();
        let values = interpret(&rows, &x, &w).unwrap();
        let got = output_values(&rows, "rows", &values).unwrap();
        check_same_bits(&got, &wanted).unwrap();
        assert!(got.iter().any(|&derivative| derivative != 0.0));
    }
}

#[test]
fn what_has_no_jacobian_is_refused() {
    let base = tape(TEXT);
    let refused = |of, name| jacobian(&base, of, Variables::Inputs, name).unwrap_err();
    let missing = DifferentiateError::NoSuchOutput("none".to_owned());
    assert_eq!(refused("none", "rows"), missing);
    let taken = DifferentiateError::Taken("all".to_owned());
    assert_eq!(refused("all", "all"), taken);
    let means = mean_output(&base, "all", "means").unwrap();
    let through = jacobian(&means, "means", Variables::Inputs, "rows").unwrap_err();
    assert!(
        matches!(through, DifferentiateError::ThroughMean(_)),
        "{through}"
    );
}
