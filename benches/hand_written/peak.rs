//! Multiplications and additions in registers: as many as the machine can do.

use super::vector::{Kernel, Number, Vector};
use std::hint::black_box;
use std::time::Instant;

/// Independent chains: more than the longest latency times the most units.
const CHAINS: usize = 12;

/// Links of each chain at a time.
const LINKS: usize = 4096;

/// The peak rate of the machine.
pub(crate) struct Peak;

impl Peak {
    /// Multiplications and additions per second, measured for some hundred microseconds in this scalar type.
    pub(crate) fn measure<S: Number>() -> f64 {
        const TIMES: usize = 4;
        let start = Instant::now();
        let mut lanes = 0;
        for _ in 0..TIMES {
            lanes = S::run(Chains(S::of(black_box(0.999))));
        }
        (2 * CHAINS * LINKS * TIMES * lanes) as f64 / start.elapsed().as_secs_f64()
    }
}

struct Chains<S>(S);

impl<S: Number> Kernel<S> for Chains<S> {
    /// The lanes.
    type Result = usize;

    #[inline(always)]
    fn run<V: Vector<Scalar = S>, const C: usize>(self) -> usize {
        // SAFETY: the processor has the instructions, or this would not be run.
        unsafe {
            let factor = V::splat(self.0);
            let mut chains = [factor; CHAINS];
            for _ in 0..LINKS {
                for chain in &mut chains {
                    *chain = chain.mul_add(factor, factor);
                }
            }
            for chain in chains {
                black_box(chain.sum());
            }
        }
        V::LANES
    }
}
