//! Bundle adjustment: how far points of a scene, seen by cameras, are from where they were observed, and the sparse
//! Jacobian of that.
//!
//! The graph is for one observation, observations are a batch: each row has the parameters of its camera, its point, its
//! weight, and what was observed. The derivatives of the three errors of an observation are the non-zero elements of
//! their rows of the Jacobian, in order.

use super::Function;
use crate::Failure;
use crate::compile::{BATCH, parameters_in};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{Slot, Tape, Variables, differentiate_slot, lower};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) const FUNCTIONS: &[(&str, Function)] =
    &[("objective", objective), ("jacobian", jacobian)];

/// A camera: three numbers that rotate, its center, its focal length, its principal point, and two of its distortion.
const CAMERA: usize = 11;
/// What an error is differentiated by: a camera, a point, a weight.
const VARIABLES: usize = CAMERA + 3 + 1;
/// And what was observed.
const WIDTH: usize = VARIABLES + 2;
/// How many elements of each list of the Jacobian are told, beside the last.
const TOLD: usize = 30;

#[derive(Deserialize)]
struct Input {
    /// The number of cameras.
    n: usize,
    /// The number of points.
    m: usize,
    /// The number of observations.
    p: usize,
    /// What all cameras are.
    cam: Vec<f64>,
    /// What all points are.
    x: Vec<f64>,
    /// What all weights are.
    w: f64,
    /// What all observations are.
    feat: Vec<f64>,
}

/// Tables of cameras, points, weights and observations.
struct Problem {
    cameras: Vec<f64>,
    points: Vec<f64>,
    weights: Vec<f64>,
    observed: Vec<f64>,
    /// For each observation its camera and its point.
    pairs: Vec<(usize, usize)>,
}

impl Problem {
    fn read(input: &Value) -> Result<Self, Failure> {
        let Input {
            n,
            m,
            p,
            cam,
            x,
            w,
            feat,
        } = Input::deserialize(input)?;
        if (cam.len(), x.len(), feat.len()) != (CAMERA, 3, 2) {
            return Err("a camera has 11 numbers, a point 3 and an observation 2".into());
        }
        if n == 0 || m == 0 || p == 0 {
            return Err("there have to be a camera, a point and an observation".into());
        }
        Ok(Self {
            cameras: cam.repeat(n),
            points: x.repeat(m),
            weights: vec![w; p],
            observed: feat.repeat(p),
            pairs: (0..p).map(|at| (at % n, at % m)).collect(),
        })
    }

    /// A row for each observation.
    fn table(&self) -> Vec<f64> {
        let mut table = Vec::with_capacity(self.pairs.len() * WIDTH);
        let observed = self.observed.chunks_exact(2);
        for ((&(camera, point), &weight), observed) in
            self.pairs.iter().zip(&self.weights).zip(observed)
        {
            table.extend_from_slice(&self.cameras[camera * CAMERA..][..CAMERA]);
            table.extend_from_slice(&self.points[point * 3..][..3]);
            table.push(weight);
            table.extend_from_slice(observed);
        }
        table
    }
}

/// The graph for one observation, and its three errors.
fn graph() -> Result<(Graph, Vec<NodeId>), Failure> {
    let mut g = Graph::new();
    let errors = g.scope(|s| {
        let camera: [Expr<'_>; CAMERA] = std::array::from_fn(|_| s.feature(None));
        let point: [Expr<'_>; 3] = std::array::from_fn(|_| s.feature(None));
        let weight = s.feature("weight");
        let observed: [Expr<'_>; 2] = std::array::from_fn(|_| s.feature(None));
        let projected = project(s, camera, point);
        let [x, y] = [0, 1].map(|at| weight * (projected[at] - observed[at]));
        let errors = [x, y, s.constant(1.0) - weight.square()];
        errors.iter().map(|error| error.id()).collect()
    })?;
    Ok((g, errors))
}

/// Where a camera sees a point.
fn project<'s>(s: Scope<'s>, camera: [Expr<'s>; CAMERA], point: [Expr<'s>; 3]) -> [Expr<'s>; 2] {
    let [a, b, c, x, y, z, focal, u, v, second, fourth] = camera;
    let moved = [point[0] - x, point[1] - y, point[2] - z];
    let [x, y, z] = rotate(s, [a, b, c], moved);
    let plane = [x / z, y / z];
    let square = sum_of_squares(s, &plane);
    let distortion = s.add([s.constant(1.0), second * square, fourth * square.square()]);
    [
        plane[0] * distortion * focal + u,
        plane[1] * distortion * focal + v,
    ]
}

/// A point, rotated about an axis by the axis' length (O. Rodrigues, 1840).
///
/// Without a length there is no axis, and what is left is the point and its cross product. The other case is then
/// computed with a length of one, so that what is not chosen has derivatives, too.
fn rotate<'s>(s: Scope<'s>, axis: [Expr<'s>; 3], point: [Expr<'s>; 3]) -> [Expr<'s>; 3] {
    let square = sum_of_squares(s, &axis);
    let is_still = square.eq(0.0);
    let angle = is_still.select(1.0, square).sqrt();
    let (sine, cosine) = (angle.sin(), angle.cos());
    let unit = axis.map(|a| a / angle);
    let across = cross(unit, point);
    let along = s.add([0, 1, 2].map(|at| unit[at] * point[at])) * (s.constant(1.0) - cosine);
    let still = cross(axis, point);
    [0, 1, 2].map(|at| {
        let turned = s.add([point[at] * cosine, across[at] * sine, unit[at] * along]);
        is_still.select(point[at] + still[at], turned)
    })
}

fn cross<'s>(a: [Expr<'s>; 3], b: [Expr<'s>; 3]) -> [Expr<'s>; 3] {
    [(1, 2), (2, 0), (0, 1)].map(|(i, j)| a[i] * b[j] - a[j] * b[i])
}

fn sum_of_squares<'s>(s: Scope<'s>, list: &[Expr<'s>]) -> Expr<'s> {
    s.add(list.iter().map(|x| x.square()).collect::<Vec<_>>())
}

/// The sparse Jacobian: for each row where its elements begin, and where the last ends; their columns; their values.
#[derive(Default)]
struct Sparse {
    rows: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
}

impl Sparse {
    /// Adds a row.
    fn push(&mut self, elements: impl Iterator<Item = (usize, f64)>) {
        for (column, value) in elements {
            self.columns.push(column);
            self.values.push(value);
        }
        self.rows.push(self.values.len());
    }
}

impl Problem {
    /// The Jacobian, given for each observation the derivatives of its three errors: first the rows of all
    /// reprojections, then those of all weights.
    fn jacobian(&self, derivatives: [&[f64]; 3]) -> Sparse {
        let of_points = self.cameras.len();
        let of_weights = of_points + self.points.len();
        let [x, y, weight] = derivatives;
        let mut jacobian = Sparse {
            rows: vec![0],
            ..Sparse::default()
        };
        let reprojections = x.chunks_exact(VARIABLES).zip(y.chunks_exact(VARIABLES));
        for (at, (&(camera, point), (x, y))) in self.pairs.iter().zip(reprojections).enumerate() {
            let columns = (0..CAMERA).map(|i| camera * CAMERA + i);
            let columns = columns.chain((0..3).map(|i| of_points + point * 3 + i));
            let columns = columns.chain([of_weights + at]);
            for row in [x, y] {
                jacobian.push(columns.clone().zip(row.iter().copied()));
            }
        }
        for (at, &value) in weight.iter().enumerate() {
            jacobian.push(std::iter::once((of_weights + at, value)));
        }
        jacobian
    }
}

/// The first elements of a list, and the last.
fn told<T: Copy>(list: &[T]) -> Vec<T> {
    list.iter().take(TOLD).chain(list.last()).copied().collect()
}

fn objective(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let (g, errors) = stopwatch.build(graph)?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = lower(&g, &[("errors", &errors)])?;
        Ok(Program::compile(&tape, &Layout::new(0), BATCH)?)
    })?;
    let count = problem.pairs.len();
    let mut workspace = program.workspace();
    let mut errors = vec![0.0; 3 * count];
    stopwatch.evaluate(|| -> Result<(), Failure> {
        let table = problem.table();
        let parameters = parameters_in(program.layout(), &[])?;
        program.run(&mut workspace, &parameters, &Batch::of(count, &table))?;
        Ok(workspace.copy(&program, "errors", &mut errors)?)
    })?;
    // All observations are the same, so one stands for all.
    Ok(json!({
        "reproj_error": {"elements": &errors[..2], "repeated": count},
        "w_err": {"element": errors[2], "repeated": count},
    }))
}

/// The derivatives of each error by what it depends on, as outputs of these names.
fn differentiated(g: &Graph, errors: &[NodeId]) -> Result<Tape, Failure> {
    let mut tape = lower(g, &[("errors", errors)])?;
    let errors = tape.output("errors").unwrap_or_default().to_vec();
    let is_variable = |slot: &Slot| {
        let number = tape.instruction(*slot).variable();
        number.is_some_and(|number| number < VARIABLES)
    };
    let variables: Vec<Slot> = tape.slots().filter(is_variable).collect();
    let weight = variables.get(CAMERA + 3..).unwrap_or_default();
    let by = [&*variables, &variables, weight];
    for ((error, name), by) in errors.into_iter().zip(NAMES).zip(by) {
        tape = differentiate_slot(&tape, error, Variables::Slots(by), name)?;
    }
    Ok(tape)
}

/// The names of the derivatives of the three errors.
const NAMES: [&str; 3] = ["by x", "by y", "by weight"];

fn jacobian(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let (g, errors) = stopwatch.build(graph)?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = differentiated(&g, &errors)?;
        Ok(Program::compile(&tape, &Layout::new(0), BATCH)?)
    })?;
    let count = problem.pairs.len();
    let mut workspace = program.workspace();
    let mut lists = [VARIABLES, VARIABLES, 1].map(|width| vec![0.0; width * count]);
    let jacobian = stopwatch.evaluate(|| -> Result<Sparse, Failure> {
        let table = problem.table();
        let parameters = parameters_in(program.layout(), &[])?;
        program.run(&mut workspace, &parameters, &Batch::of(count, &table))?;
        for (list, name) in lists.iter_mut().zip(NAMES) {
            workspace.copy(&program, name, list)?;
        }
        let [x, y, weight] = &lists;
        Ok(problem.jacobian([x, y, weight]))
    })?;
    Ok(json!({
        "rows": told(&jacobian.rows),
        "cols": told(&jacobian.columns),
        "vals": told(&jacobian.values),
    }))
}
