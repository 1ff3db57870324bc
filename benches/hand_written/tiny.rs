//! The tiny expression and its derivatives, worked out by hand.
//!
//! With p = [a + b > 0] and m = [b − a > 0] it is g = f/2 + 10/f of f = e², where
//! e = 3a + 4b + 3 − 12·b·(a + b²) − 4·p·(a + b) − m·(b − a). With i = 1/f is dg/de = e·(1 − 20·i²).

use super::vector::{Kernel, Number as _, Vector, Width, widths};
use crate::contenders::{Contender, Results};
use dagrad_testsuite::workloads::Workload;
use std::hint::black_box;

/// The expression at one point.
pub(crate) struct TinyPoint {
    at: [f64; 2],
    function: fn(u64, [f64; 2]) -> [f64; 3],
}

impl TinyPoint {
    pub(crate) fn new(workload: &Workload) -> Self {
        let function: fn(u64, [f64; 2]) -> [f64; 3] = match Width::best() {
            Width::Portable => |times, at| repeat(times, at, separate),
            // SAFETY: the processor has the instructions.
            #[cfg(target_arch = "x86_64")]
            Width::Avx2 | Width::Avx512 => |times, at| unsafe { repeat_fused(times, at) },
        };
        Self {
            at: [workload.features[0], workload.features[1]],
            function,
        }
    }
}

impl Contender for TinyPoint {
    fn repeat(&mut self, times: u64) {
        black_box((self.function)(times, self.at));
    }

    fn results(&mut self) -> Results {
        let [value, by_a, by_b] = (self.function)(1, self.at);
        Results {
            output: vec![value],
            gradient: vec![by_a, by_b],
            parameters: Vec::new(),
        }
    }
}

#[inline(always)]
fn repeat(times: u64, at: [f64; 2], point: impl Fn(f64, f64) -> [f64; 3]) -> [f64; 3] {
    let mut result = [0.0; 3];
    for _ in 0..times {
        let [a, b] = black_box(at);
        result = black_box(point(a, b));
    }
    result
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn repeat_fused(times: u64, at: [f64; 2]) -> [f64; 3] {
    repeat(times, at, |a, b| fused(a, b))
}

/// Not inlined, as it would not be where it is called for one point.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[target_feature(enable = "avx2,fma")]
fn fused(a: f64, b: f64) -> [f64; 3] {
    expression(a, b, f64::mul_add)
}

#[inline(never)]
fn separate(a: f64, b: f64) -> [f64; 3] {
    expression(a, b, |x, y, z| x * y + z)
}

#[inline(always)]
fn expression(a: f64, b: f64, mul_add: impl Fn(f64, f64, f64) -> f64) -> [f64; 3] {
    let (sum, difference) = (a + b, b - a);
    let square = b * b;
    let c = mul_add(3.0, a, mul_add(4.0, b, 3.0));
    let e = mul_add(-12.0 * b, a + square, c);
    let e = mul_add(-4.0, sum.max(0.0), e) - difference.max(0.0);
    let f = e * e;
    let i = 1.0 / f;
    let value = mul_add(0.5, f, 10.0 * i);
    let by_e = mul_add(-20.0 * i, i, 1.0) * e;
    let p = if sum > 0.0 { 4.0 } else { 0.0 };
    let m = if difference > 0.0 { 1.0 } else { 0.0 };
    let by_a = mul_add(-12.0, b, 3.0 - p + m);
    let by_b = mul_add(-36.0, square, mul_add(-12.0, a, 4.0 - p - m));
    [value, by_e * by_a, by_e * by_b]
}

/// The expression at many points. They come and their derivatives go in rows of two.
pub(crate) struct TinyPoints {
    points: Vec<f64>,
    values: Vec<f64>,
    gradients: Vec<f64>,
}

impl TinyPoints {
    pub(crate) fn new(workload: &Workload) -> Self {
        let (lanes, _) = widths::<f64>();
        assert!(workload.rows.is_multiple_of(lanes), "vectors are full");
        Self {
            points: workload.features.clone(),
            values: vec![0.0; workload.rows],
            gradients: vec![0.0; workload.rows * 2],
        }
    }
}

impl Contender for TinyPoints {
    fn repeat(&mut self, times: u64) {
        for _ in 0..times {
            f64::run(Points(self));
        }
    }

    fn results(&mut self) -> Results {
        self.repeat(1);
        Results {
            output: self.values.clone(),
            gradient: self.gradients.clone(),
            parameters: Vec::new(),
        }
    }
}

struct Points<'p>(&'p mut TinyPoints);

impl Kernel<f64> for Points<'_> {
    type Result = ();

    #[inline(always)]
    fn run<V: Vector<Scalar = f64>, const C: usize>(self) {
        let this = self.0;
        // SAFETY: the processor has the instructions, or this would not be run, and the tables are as long as
        // the constructor made them.
        unsafe {
            let of = |number: f64| V::splat(number);
            let (points, gradients) = (this.points.as_ptr(), this.gradients.as_mut_ptr());
            for row in (0..this.values.len()).step_by(V::LANES) {
                let at = points.add(2 * row);
                let (a, b) = V::load(at).pairs_apart(V::load(at.add(V::LANES)));
                let (sum, difference, square) = (a.add(b), b.sub(a), b.mul(b));
                let c = a.mul_add(of(3.0), b.mul_add(of(4.0), of(3.0)));
                let e = b.mul(of(12.0)).neg_mul_add(a.add(square), c);
                let e = sum.max(of(0.0)).neg_mul_add(of(4.0), e);
                let e = e.sub(difference.max(of(0.0)));
                let f = e.mul(e);
                let i = of(1.0).div(f);
                f.mul_add(of(0.5), i.mul(of(10.0)))
                    .store(this.values.as_mut_ptr().add(row));
                let by_e = i.mul(of(20.0)).neg_mul_add(i, of(1.0)).mul(e);
                let p = sum.where_positive(of(4.0));
                let m = difference.where_positive(of(1.0));
                let by_a = b.neg_mul_add(of(12.0), of(3.0).sub(p).add(m));
                let by_b = a.neg_mul_add(of(12.0), of(4.0).sub(p.add(m)));
                let by_b = square.neg_mul_add(of(36.0), by_b);
                let (first, second) = by_e.mul(by_a).pairs_together(by_e.mul(by_b));
                first.store(gradients.add(2 * row));
                second.store(gradients.add(2 * row + V::LANES));
            }
        }
    }
}
