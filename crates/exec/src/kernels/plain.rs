//! Registers as plain arrays, for targets that have no intrinsics here: the compiler makes vectors of them.

use crate::kernels::register::{Float, Register, Task};
use crate::level::PortableArithmetic;

/// `N` numbers, `N` two or four: as many as a vector of 128 bits has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain<S, const N: usize>([S; N]);

impl<S: Float, const N: usize> Plain<S, N> {
    #[inline(always)]
    fn with(mut self, other: Self, each: impl Fn(S, S) -> S) -> Self {
        for lane in 0..N {
            self.0[lane] = each(self.0[lane], other.0[lane]);
        }
        self
    }
}

impl<S: Float, const N: usize> Register for Plain<S, N> {
    type Scalar = S;
    type Arithmetic = PortableArithmetic;

    const LANES: usize = N;
    const COLUMNS: usize = 2;
    const ROWS: [usize; 5] = [0, 4, 4, 0, 0];
    const STRIP: usize = 4;
    const SIDE: usize = 4;

    #[inline(always)]
    unsafe fn run<T: Task<Self>>(task: T) {
        // SAFETY: every machine has the instructions; the rest is the caller's.
        unsafe { task.run() }
    }

    #[inline(always)]
    fn splat(number: S) -> Self {
        Self([number; N])
    }

    #[inline(always)]
    unsafe fn load(from: *const S) -> Self {
        // SAFETY: the caller has as many numbers as there are lanes.
        Self(unsafe { from.cast::<[S; N]>().read() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut S) {
        // SAFETY: the caller has room for as many numbers as there are lanes.
        unsafe { to.cast::<[S; N]>().write(self.0) }
    }

    #[inline(always)]
    unsafe fn load_first(from: *const S, count: usize) -> Self {
        let mut register = Self::zero();
        for (lane, number) in register.0.iter_mut().enumerate().take(count) {
            // SAFETY: there are `count` numbers.
            *number = unsafe { from.add(lane).read() };
        }
        register
    }

    #[inline(always)]
    unsafe fn store_first(self, to: *mut S, count: usize) {
        for (lane, &number) in self.0.iter().enumerate().take(count) {
            // SAFETY: there is room for `count` numbers.
            unsafe { to.add(lane).write(number) }
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.with(other, |x, y| x + y)
    }

    #[inline(always)]
    fn subtract(self, other: Self) -> Self {
        self.with(other, |x, y| x - y)
    }

    #[inline(always)]
    fn multiply(self, other: Self) -> Self {
        self.with(other, |x, y| x * y)
    }

    #[inline(always)]
    fn divide(self, other: Self) -> Self {
        self.with(other, |x, y| x / y)
    }

    #[inline(always)]
    fn at_most(self, other: Self) -> Self {
        self.with(other, |x, y| if x <= y { S::ONE } else { S::ZERO })
    }

    #[inline(always)]
    fn select(mut self, then: Self, otherwise: Self) -> Self {
        for lane in 0..N {
            let is_zero = self.0[lane] == S::ZERO;
            self.0[lane] = if is_zero {
                otherwise.0[lane]
            } else {
                then.0[lane]
            };
        }
        self
    }

    #[inline(always)]
    fn multiply_add(mut self, factor: Self, term: Self) -> Self {
        for lane in 0..N {
            let (factor, term) = (factor.0[lane], term.0[lane]);
            self.0[lane] = self.0[lane].multiply_add::<PortableArithmetic>(factor, term);
        }
        self
    }

    #[inline(always)]
    fn unless_at_most_zero(self, condition: Self) -> Self {
        self.with(condition, |number, condition| {
            if condition <= S::ZERO {
                S::ZERO
            } else {
                number
            }
        })
    }

    #[inline(always)]
    fn sum(self) -> S {
        let mut lanes = N;
        let mut numbers = self.0;
        while lanes > 1 {
            lanes /= 2;
            for lane in 0..lanes {
                numbers[lane] = numbers[lane] + numbers[lane + lanes];
            }
        }
        numbers[0]
    }

    #[inline(always)]
    fn sums(four: [Self; 4]) -> [S; 4] {
        four.map(Self::sum)
    }

    #[inline(always)]
    unsafe fn transpose_square(from: [*const S; 8], to: *mut S, stride: usize) {
        for (i, row) in from.into_iter().take(Self::SIDE).enumerate() {
            for j in 0..Self::SIDE {
                // SAFETY: the caller's promise.
                unsafe { *to.add(j * stride + i) = *row.add(j) };
            }
        }
    }

    #[inline(always)]
    unsafe fn transpose_small_square(from: [*const S; 2], to: *mut S, stride: usize) {
        for (i, row) in from.into_iter().enumerate() {
            for j in 0..2 {
                // SAFETY: the caller's promise.
                unsafe { *to.add(j * stride + i) = *row.add(j) };
            }
        }
    }
}
