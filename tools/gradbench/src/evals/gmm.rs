//! The log posterior of a mixture of Gaussians, over points that are a batch.
//!
//! Formulas are those of GradBench's page on this eval. Weights, means and precisions are parameters. What depends on
//! them alone, the prior and the normalisation of the weights, is *shared*: a program computes it once for each run,
//! whatever the number of points. The sum over the points is n times their mean: that n stands in the graph.

use super::Function;
use crate::Failure;
use crate::compile::{BATCH, flatten, only, real, rows_of, run};
use crate::stopwatch::Stopwatch;
use dagrad::prelude::*;
use dagrad::tape::{lower, mean_output};
use serde::Deserialize;
use serde_json::{Value, json};
use std::f64::consts::{LN_2, PI};

pub(super) const FUNCTIONS: &[(&str, Function)] =
    &[("objective", objective), ("jacobian", jacobian)];

#[derive(Deserialize)]
struct Input {
    /// The dimension of the space.
    d: usize,
    /// The number of components.
    k: usize,
    /// The number of points.
    n: usize,
    /// The points.
    x: Vec<Vec<f64>>,
    /// Degrees of freedom of the prior, beyond d + 1.
    m: u32,
    /// The precision of the prior.
    gamma: f64,
    /// For each component the logarithm of its weight, but for a term that all have in common.
    alpha: Vec<f64>,
    /// For each component its mean.
    mu: Vec<Vec<f64>>,
    /// For each component the logarithms of the diagonal of its factor.
    q: Vec<Vec<f64>>,
    /// For each component what stands below that diagonal, column after column.
    l: Vec<Vec<f64>>,
}

/// The tables of an input, flat, and checked.
struct Problem {
    input: Input,
    /// The number of elements below the diagonal.
    below: usize,
    points: Vec<f64>,
    /// In the order that the graph declares them: all weights, all means, all diagonals, all that stands below.
    parameters: Vec<f64>,
}

impl Problem {
    fn read(input: &Value) -> Result<Self, Failure> {
        let input = Input::deserialize(input)?;
        let (d, k, n) = (input.d, input.k, input.n);
        let below = d * d.saturating_sub(1) / 2;
        let tables = [
            (input.x.len(), n, "x"),
            (input.alpha.len(), k, "alpha"),
            (input.mu.len(), k, "mu"),
            (input.q.len(), k, "q"),
            (input.l.len(), k, "l"),
        ];
        for (got, wanted, name) in tables {
            if got != wanted {
                return Err(format!("{name} has {got} rows, not {wanted}").into());
            }
        }
        let parameters = [
            input.alpha.clone(),
            flatten(&input.mu, d, "mu")?,
            flatten(&input.q, d, "q")?,
            flatten(&input.l, below, "l")?,
        ]
        .concat();
        Ok(Self {
            points: flatten(&input.x, d, "x")?,
            below,
            parameters,
            input,
        })
    }

    /// What one point adds to the mean, the prior included, which is the same for each.
    fn graph(&self) -> Result<(Graph, NodeId), Failure> {
        let Input { d, k, m, gamma, .. } = self.input;
        let n = real(self.input.n)?;
        let constant = -n * real(d)? / 2.0 * (2.0 * PI).ln()
            + real(k)? * log_of_wishart_factor(u32::try_from(d)?, m, gamma);
        let m = f64::from(m);
        let mut g = Graph::new();
        let loss = g.scope(|s| {
            let x: Vec<Expr<'_>> = (0..d).map(|_| s.feature(None)).collect();
            let declare = |count: usize| -> Vec<Expr<'_>> {
                (0..count).map(|_| s.parameter(None, 0.0)).collect()
            };
            let alpha = declare(k);
            let (mu, q, l) = (declare(k * d), declare(k * d), declare(k * self.below));
            let mut betas = Vec::new();
            let mut squares_of_factors = Vec::new();
            for component in 0..k {
                let (mu, q) = (&mu[component * d..][..d], &q[component * d..][..d]);
                let l = &l[component * self.below..][..self.below];
                let factor = lower_triangular(d, q, l);
                let squares = factor.iter().map(|row| {
                    let moved = row.iter().zip(&x).zip(mu);
                    let terms: Vec<_> = moved.map(|((&f, &x), &mu)| f * (x - mu)).collect();
                    s.add(terms).square()
                });
                let distance = s.add(squares.collect::<Vec<_>>());
                let sum_of_q = s.add(q.iter().copied());
                betas.push(alpha[component] + sum_of_q - distance * 0.5);
                squares_of_factors.extend(factor.iter().flatten().map(|f| f.square()));
            }
            let prior = s.add(q) * m - s.add(squares_of_factors) * (gamma * gamma / 2.0);
            let shared = prior - s.log_sum_exp(alpha) * n + constant;
            (s.log_sum_exp(betas) * n + shared).id()
        })?;
        Ok((g, loss))
    }

    fn batch(&self) -> Batch<'_, f64> {
        Batch::of(self.input.n, &self.points)
    }
}

/// The rows of the factor of a precision: exponentials of `q` on the diagonal, `l` below it, column after column.
fn lower_triangular<'s>(d: usize, q: &[Expr<'s>], l: &[Expr<'s>]) -> Vec<Vec<Expr<'s>>> {
    let mut rows = vec![Vec::new(); d];
    let mut below = l.iter().copied();
    for (column, q) in q.iter().enumerate() {
        rows[column].push(q.exp());
        for row in &mut rows[column + 1..] {
            row.extend(below.next());
        }
    }
    rows
}

/// The logarithm of the factor of a Wishart density that depends on no component: (γ/√2)^(n·d) / `Γ_d(n/2)`, where n is
/// d + m + 1.
fn log_of_wishart_factor(d: u32, m: u32, gamma: f64) -> f64 {
    let n = d + m + 1;
    f64::from(n) * f64::from(d) * (gamma.ln() - LN_2 / 2.0) - log_of_multivariate_gamma(d, n)
}

/// ln `Γ_d(n/2)`, which is d·(d−1)/4·ln π plus the sum of ln Γ((n+1−j)/2) over j from 1 to d.
fn log_of_multivariate_gamma(d: u32, n: u32) -> f64 {
    let d_real = f64::from(d);
    let terms = (1..=d).map(|j| log_gamma_of_half(n + 1 - j));
    d_real * (d_real - 1.0) / 4.0 * PI.ln() + terms.sum::<f64>()
}

/// ln Γ(n/2), by Γ(x + 1) = x·Γ(x) from Γ(1) = 1 or Γ(1/2) = √π.
fn log_gamma_of_half(n: u32) -> f64 {
    let start = if n.is_multiple_of(2) {
        0.0
    } else {
        PI.ln() / 2.0
    };
    let factors = (1..n).filter(|i| (n - i).is_multiple_of(2));
    start + factors.map(|i| (f64::from(i) / 2.0).ln()).sum::<f64>()
}

fn objective(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let (g, loss) = stopwatch.build(|| problem.graph())?;
    let program = stopwatch.compile(|| -> Result<_, Failure> {
        let tape = mean_output(&lower(&g, &[("loss", &[loss])])?, "loss", "mean")?;
        Ok(Program::compile(
            &tape,
            &Layout::new(problem.parameters.len()),
            BATCH,
        )?)
    })?;
    let mean = run(
        &program,
        "mean",
        &problem.parameters,
        &problem.batch(),
        stopwatch,
    )?;
    Ok(json!(only(&mean)?))
}

fn jacobian(input: &Value, stopwatch: &mut Stopwatch) -> Result<Value, Failure> {
    let problem = Problem::read(input)?;
    let (g, loss) = stopwatch.build(|| problem.graph())?;
    let program = stopwatch
        .compile(|| Program::of_loss(&g, loss, &Layout::new(problem.parameters.len()), BATCH))?;
    let gradient = run(
        &program,
        "gradient",
        &problem.parameters,
        &problem.batch(),
        stopwatch,
    )?;
    let (d, k) = (problem.input.d, problem.input.k);
    let (alpha, rest) = gradient.split_at(k);
    let (mu, rest) = rest.split_at(k * d);
    let (q, l) = rest.split_at(k * d);
    // A space of one dimension has nothing below the diagonal, and an empty row for each component all the same.
    let l = if problem.below == 0 {
        vec![l; k]
    } else {
        rows_of(l, problem.below)
    };
    Ok(json!({"alpha": alpha, "mu": rows_of(mu, d), "q": rows_of(q, d), "l": l}))
}
