//! Whole messages and their answers: the protocol, every function against a formula or against differences, and messages
//! that are wrong.

#![allow(clippy::unwrap_used, reason = "a test")]

use dagrad_gradbench::answer;
use dagrad_gradbench::protocol::Response;
use serde_json::{Value, json};

fn ask(message: &Value) -> Response {
    answer(&message.to_string())
}

fn respond(module: &str, function: &str, input: Value) -> Response {
    let mut input = input;
    if let Some(input) = input.as_object_mut() {
        input.insert("min_runs".to_owned(), json!(2));
        input.insert("min_seconds".to_owned(), json!(0));
    }
    let (kind, id) = ("evaluate", 7);
    ask(&json!({"id": id, "kind": kind, "module": module, "function": function, "input": input}))
}

/// What a function gives.
fn evaluate(module: &str, function: &str, input: Value) -> Value {
    let response = respond(module, function, input);
    assert_eq!(response.error, None);
    assert_eq!((response.id, response.success), (json!(7), Some(true)));
    response.output.unwrap()
}

/// All numbers of an answer, in order.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(list) => list.iter().flat_map(numbers).collect(),
        Value::Object(map) => map.values().flat_map(numbers).collect(),
        Value::Number(number) => number.as_f64().into_iter().collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => Vec::new(),
    }
}

fn close(got: &[f64], wanted: &[f64], allowed: f64) {
    assert_eq!(got.len(), wanted.len());
    for (got, wanted) in got.iter().zip(wanted) {
        let difference = (got - wanted).abs();
        assert!(
            difference <= allowed * (1.0 + wanted.abs()),
            "{got}, not {wanted}"
        );
    }
}

/// Central differences of the value, by each number in the table `name` of `input`; a table is a list of numbers or of
/// rows.
fn differences(value: &dyn Fn(Value) -> f64, input: &Value, name: &str) -> Vec<f64> {
    let step = 1e-5;
    let at = |row: usize, column: usize, moved: f64| {
        let mut input = input.clone();
        let place = match &mut input[name][row] {
            Value::Array(row) => &mut row[column],
            place => place,
        };
        *place = json!(place.as_f64().unwrap() + moved);
        value(input)
    };
    let rows = input[name].as_array().unwrap().iter().enumerate();
    let places = rows.flat_map(|(at, row)| {
        let columns = row.as_array().map_or(1, Vec::len);
        (0..columns).map(move |column| (at, column))
    });
    places
        .map(|(row, column)| (at(row, column, step) - at(row, column, -step)) / (2.0 * step))
        .collect()
}

/// The only number that a function gives.
fn value_of<'f>(module: &'f str, function: &'f str) -> impl Fn(Value) -> f64 + 'f {
    move |input| evaluate(module, function, input).as_f64().unwrap()
}

/// Rows of numbers between −1 and 1, always the same.
fn table(rows: usize, columns: usize, shift: usize) -> Vec<Vec<f64>> {
    let number = |at: usize| ((at * 7 + shift * 13) as f64).sin();
    (0..rows)
        .map(|row| {
            (0..columns)
                .map(|column| number(row * columns + column))
                .collect()
        })
        .collect()
}

#[test]
fn the_protocol_is_spoken() {
    let start = ask(&json!({"id": 0, "kind": "start", "eval": "hello"}));
    assert_eq!((start.id, start.tool), (json!(0), Some("dagrad")));
    for module in [
        "hello", "llsq", "lse", "det", "ode", "gmm", "lstm", "kmeans", "ba",
    ] {
        let define = ask(&json!({"id": 1, "kind": "define", "module": module}));
        assert_eq!(define.success, Some(true), "{module}");
    }
    let define = ask(&json!({"id": 1, "kind": "define", "module": "particle"}));
    assert_eq!(define.success, Some(false));
    let analysis = ask(&json!({"id": 2, "kind": "analysis", "of": 1, "valid": true}));
    assert_eq!((analysis.id, analysis.success), (json!(2), None));
    assert_eq!(
        serde_json::to_string(&ask(&json!({"id": 3, "kind": "start"}))).unwrap(),
        r#"{"id":3,"tool":"dagrad"}"#
    );
}

#[test]
fn preparing_is_timed_apart_from_evaluating() {
    let response = respond("lse", "gradient", json!({"x": [1.0, 2.0]}));
    let names: Vec<_> = response
        .timings
        .unwrap()
        .iter()
        .map(|timing| timing.name)
        .collect();
    assert_eq!(names, ["build", "compile", "evaluate", "evaluate"]);
}

#[test]
fn what_is_wrong_is_said() {
    let error = |response: Response| {
        assert_eq!((response.success, response.output), (Some(false), None));
        response.error.unwrap()
    };
    assert!(error(answer("{")).contains("this is no message"));
    assert!(error(answer("{\"id\": 5}")).contains("kind"));
    assert_eq!(answer("{\"id\": 5}").id, json!(5));
    for (module, function, input, part) in [
        ("particle", "cost", json!({}), "no such module"),
        ("hello", "cube", json!(3), "no such function"),
        ("hello", "square", json!("three"), "invalid type"),
        (
            "det",
            "primal",
            json!({"A": [1, 2, 3], "ell": 2}),
            "3 elements",
        ),
        ("det", "primal", json!({"A": [], "ell": 0}), "rows"),
        ("llsq", "primal", json!({"x": [1], "n": 1}), "two points"),
        (
            "kmeans",
            "cost",
            json!({"points": [], "centroids": [[1]]}),
            "have to be a point",
        ),
        (
            "kmeans",
            "cost",
            json!({"points": [[1, 2]], "centroids": [[1]]}),
            "centroids has 1",
        ),
        ("ode", "primal", json!({"x": [], "s": 1}), "an element"),
        ("ode", "primal", json!({"x": [1], "s": 0}), "a step"),
        ("lse", "primal", json!({"x": []}), "lse.primal"),
    ] {
        let said = error(respond(module, function, input));
        assert!(
            said.contains(part),
            "{module}.{function} says {said:?}, not {part:?}"
        );
    }
}

#[test]
fn hello_and_lse() {
    assert_eq!(evaluate("hello", "square", json!(3)), json!(9.0));
    assert_eq!(evaluate("hello", "double", json!(3)), json!(6.0));
    let x = json!({"x": [800.0, 801.0, -5.0]});
    let sum = 1.0 + (-1.0_f64).exp();
    close(
        &numbers(&evaluate("lse", "primal", x.clone())),
        &[801.0 + sum.ln()],
        1e-14,
    );
    let wanted = [(-1.0_f64).exp() / sum, 1.0 / sum, 0.0];
    close(&numbers(&evaluate("lse", "gradient", x)), &wanted, 1e-14);
}

#[test]
fn llsq() {
    // Points −1, 0, 1 and a line through 0.5 with slope 2: what is missing is 0.5, −0.5 and −1.5.
    let input = json!({"x": [0.5, 2.0], "n": 3});
    let value = evaluate("llsq", "primal", input.clone());
    close(&numbers(&value), &[(0.25 + 0.25 + 2.25) / 2.0], 1e-14);
    let gradient = evaluate("llsq", "gradient", input);
    close(&numbers(&gradient), &[1.5, 2.0], 1e-14);
}

#[test]
fn det() {
    let input = json!({"A": [2, 1, 0, 1, 3, 1, 0, 1, 4], "ell": 3});
    close(
        &numbers(&evaluate("det", "primal", input.clone())),
        &[18.0],
        1e-14,
    );
    let cofactors = [11.0, -4.0, 1.0, -4.0, 8.0, -2.0, 1.0, -2.0, 5.0];
    close(
        &numbers(&evaluate("det", "gradient", input)),
        &cofactors,
        1e-14,
    );
}

#[test]
fn ode() {
    // y₀ = x₀·t, y₁ = x₀·x₁·t²/2 and so on are polynomials of degree four at most, which the method does not miss.
    let x = [0.5, 3.0, -1.0, 2.0];
    for steps in [1, 3, 10] {
        let input = json!({"x": x, "s": steps});
        let mut wanted = vec![1.0];
        for (at, x) in x.iter().enumerate() {
            wanted.push(wanted[at] * x * 2.0 / (at as f64 + 1.0));
        }
        let y = numbers(&evaluate("ode", "primal", input.clone()));
        close(&y, &wanted[1..], 1e-13);
        let by: Vec<f64> = x.iter().map(|x| wanted[4] / x).collect();
        close(&numbers(&evaluate("ode", "gradient", input)), &by, 1e-13);
    }
}

#[test]
fn gmm() {
    let (d, k, n) = (3, 2, 5);
    let input = json!({
        "d": d, "k": k, "n": n, "m": 1, "gamma": 0.7,
        "x": table(n, d, 1), "alpha": table(1, k, 2)[0],
        "mu": table(k, d, 3), "q": table(k, d, 4), "l": table(k, d * (d - 1) / 2, 5),
    });
    let gradient = evaluate("gmm", "jacobian", input.clone());
    for name in ["alpha", "mu", "q", "l"] {
        let wanted = differences(&value_of("gmm", "objective"), &input, name);
        close(&numbers(&gradient[name]), &wanted, 1e-8);
    }
    // One component in one dimension, with one degree of freedom: a normal density, and a gamma density as prior.
    let (x, mu, q, gamma) = (0.3_f64, -0.4, 0.2_f64, 0.7_f64);
    let input = json!({
        "d": 1, "k": 1, "n": 1, "m": 0, "gamma": gamma,
        "x": [[x]], "alpha": [0.9], "mu": [[mu]], "q": [[q]], "l": [[]],
    });
    let precision = (2.0 * q).exp();
    let pi = std::f64::consts::PI;
    let normal = 0.5 * (precision / (2.0 * pi)).ln() - precision * (x - mu).powi(2) / 2.0;
    let prior = (gamma * gamma / 2.0).ln() - precision * gamma * gamma / 2.0;
    close(
        &numbers(&evaluate("gmm", "objective", input)),
        &[normal + prior],
        1e-13,
    );
}

#[test]
fn kmeans() {
    // Two points at 0 and 2 are nearest to 0.5, one at 10 to 9.
    let input = json!({"points": [[0.0], [2.0], [10.0]], "centroids": [[0.5], [9.0]]});
    let cost = evaluate("kmeans", "cost", input.clone());
    close(&numbers(&cost), &[0.25 + 2.25 + 1.0], 1e-14);
    // A Newton step away from each leads to the mean of its points.
    let steps = evaluate("kmeans", "dir", input);
    assert_eq!(steps.as_array().unwrap().len(), 2);
    close(&numbers(&steps), &[0.5 - 1.0, 9.0 - 10.0], 1e-14);
}

#[test]
fn lstm() {
    let (layers, bits, characters) = (2, 3, 6);
    let input = json!({
        "main_params": table(2 * layers, 4 * bits, 1), "extra_params": table(3, bits, 2),
        "state": table(2 * layers, bits, 3), "sequence": table(characters, bits, 4),
    });
    let gradient = numbers(&evaluate("lstm", "jacobian", input.clone()));
    let loss = value_of("lstm", "objective");
    let mut wanted = differences(&loss, &input, "main_params");
    wanted.extend(differences(&loss, &input, "extra_params"));
    close(&gradient, &wanted, 1e-8);
    // With all weights zero, each of three scores is its bias, whatever the characters are.
    let input = json!({
        "main_params": vec![vec![0.0; 12]; 2], "extra_params": [[0, 0, 0], [0, 0, 0], [1, 2, 3]],
        "state": vec![vec![0.0; 3]; 2], "sequence": [[0, 0, 0], [1, 0, 1]],
    });
    let normal = (1.0_f64.exp() + 2.0_f64.exp() + 3.0_f64.exp() + 2.0).ln();
    close(
        &numbers(&evaluate("lstm", "objective", input)),
        &[-(4.0 - 2.0 * normal) / 3.0],
        1e-14,
    );
}

#[test]
fn ba() {
    let camera = [
        0.1, 0.2, -0.3, 0.01, 0.02, 0.03, 500.0, 3.0, 4.0, 0.01, 0.002,
    ];
    let input = json!({"n": 2, "m": 3, "p": 4, "cam": camera, "x": [0.3, 0.2, 4.0], "w": 0.7,
        "feat": [1.0, 2.0]});
    let error = |which: usize| {
        move |input| {
            let errors = evaluate("ba", "objective", input);
            let [x, y] = [0, 1].map(|at| errors["reproj_error"]["elements"][at].as_f64().unwrap());
            [x, y, errors["w_err"]["element"].as_f64().unwrap()][which]
        }
    };
    let jacobian = evaluate("ba", "jacobian", input.clone());
    let values = numbers(&jacobian["vals"]);
    for which in [0, 1] {
        let mut wanted = differences(&error(which), &input, "cam");
        wanted.extend(differences(&error(which), &input, "x"));
        close(&values[which * 15..][..14], &wanted, 1e-6);
        // The error is proportional to the weight.
        close(
            &values[which * 15 + 14..][..1],
            &[error(which)(input.clone()) / 0.7],
            1e-12,
        );
    }
    close(&values[30..], &[-2.0 * 0.7], 1e-14);
    let cameras = 2 * 11;
    let first: Vec<f64> = (0..11).chain([22, 23, 24, 31]).map(f64::from).collect();
    let columns = numbers(&jacobian["cols"]);
    close(&columns[..15], &first, 0.0);
    close(&columns[30..], &[f64::from(cameras + 9 + 3)], 0.0);
    let rows = numbers(&jacobian["rows"]);
    // Four observations have eight rows of fifteen elements and four rows of one, so there are fewer than thirty.
    assert_eq!(rows[..4], [0.0, 15.0, 30.0, 45.0]);
    assert_eq!(rows.last(), Some(&124.0));
    // A camera that is not rotated has derivatives, too.
    let mut still = input;
    still["cam"].as_array_mut().unwrap()[..3].fill(json!(0.0));
    let wanted = differences(&error(0), &still, "cam");
    let values = numbers(&evaluate("ba", "jacobian", still)["vals"]);
    close(&values[..11], &wanted, 1e-4);
}
