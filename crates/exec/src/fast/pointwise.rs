//! Runs: one operation's own text over rows of lanes.
//!
//! The text is that of the reference sweeps, over numbers whose functions turn into vector code: a flat loop over
//! it, in a function that is compiled for a level, runs at the level's full width.

use crate::level::Arithmetic;
use crate::level::{Fused, Level, PortableArithmetic};
use crate::vector::{Element, Fast, Strip};
use dagrad_ops::{Op, OperandList, Operation, Real, User, Visitor};

/// A run over contiguous numbers.
#[derive(Clone, Copy)]
pub(super) struct Args<'a, S> {
    /// Where each operand starts.
    pub(super) operands: &'a [*const S],
    pub(super) out: *mut S,
    pub(super) len: usize,
    /// Room for [`STRIP`] numbers of each operand.
    pub(super) scratch: *mut S,
}

/// The runs of one level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pointwise<S> {
    /// Runs an operation.
    ///
    /// # Safety
    /// Every operand has `len` numbers to read and the result room for as many, and there is scratch. An operand is the result itself
    /// or does not overlap it.
    pub(super) operation: unsafe fn(&Op, Args<'_, S>),
    /// `a · b + c`, of three operands. What has to hold is the same.
    pub(super) fma: unsafe fn(Args<'_, S>),
}

impl<S: Element> Pointwise<S> {
    /// The runs of `level`, or the portable ones on a machine that has not got it.
    pub(super) fn of(level: Level) -> Self {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if level.is_available() => Self {
                operation: operation_avx512::<S>,
                fma: fma_avx512::<S>,
            },
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 if level.is_available() => Self {
                operation: operation_avx2::<S>,
                fma: fma_avx2::<S>,
            },
            Level::Portable | Level::Avx2 | Level::Avx512 => Self {
                operation: operation::<S, PortableArithmetic>,
                fma: fma::<S, PortableArithmetic>,
            },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
#[inline(never)]
unsafe fn operation_avx512<S: Element>(op: &Op, args: Args<'_, S>) {
    // SAFETY: the caller's promise.
    unsafe { operation::<S, Fused>(op, args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn operation_avx2<S: Element>(op: &Op, args: Args<'_, S>) {
    // SAFETY: the caller's promise.
    unsafe { operation::<S, Fused>(op, args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
#[inline(never)]
unsafe fn fma_avx512<S: Element>(args: Args<'_, S>) {
    // SAFETY: the caller's promise.
    unsafe { fma::<S, Fused>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn fma_avx2<S: Element>(args: Args<'_, S>) {
    // SAFETY: the caller's promise.
    unsafe { fma::<S, Fused>(args) }
}

/// # Safety
/// As [`Pointwise::operation`].
#[inline(always)]
unsafe fn operation<S: Element, A: Arithmetic>(op: &Op, args: Args<'_, S>) {
    op.visit(Map::<S, A> {
        args,
        arithmetic: std::marker::PhantomData,
    });
}

/// # Safety
/// As [`Pointwise::operation`].
#[inline(always)]
unsafe fn fma<S: Element, A: Arithmetic>(args: Args<'_, S>) {
    if let &[x, y, z] = args.operands {
        for at in 0..args.len {
            // SAFETY: there are as many numbers.
            unsafe {
                let value = crate::vector::mul_add::<S, A>(*x.add(at), *y.add(at), *z.add(at));
                *args.out.add(at) = value;
            }
        }
    }
}

/// Maps numbers by an operation's text.
struct Map<'a, S, A> {
    args: Args<'a, S>,
    arithmetic: std::marker::PhantomData<A>,
}

/// How many numbers are copied before a run in place writes them, so that the loop sees two memories.
const CHUNK: usize = 64;

impl<S: Element, A: Arithmetic> Map<'_, S, A> {
    /// Calls `value` with each number of one operand.
    #[inline(always)]
    fn unary(self, value: impl Fn(Fast<S, A>) -> Fast<S, A>) {
        let Args {
            operands, out, len, ..
        } = self.args;
        let x = operands[0];
        if x == out {
            let mut copy = [S::lit(0.0); CHUNK];
            let mut start = 0;
            while start < len {
                let count = CHUNK.min(len - start);
                // SAFETY: there are `len` numbers, and the copy is another memory.
                unsafe {
                    std::ptr::copy_nonoverlapping(x.add(start), copy.as_mut_ptr(), count);
                    let out = std::slice::from_raw_parts_mut(out.add(start), count);
                    for (out, &x) in out.iter_mut().zip(&copy) {
                        *out = value(Fast::new(x)).0;
                    }
                }
                start += count;
            }
        } else {
            // SAFETY: there are `len` numbers in each, which do not overlap.
            let (x, out) = unsafe {
                (
                    std::slice::from_raw_parts(x, len),
                    std::slice::from_raw_parts_mut(out, len),
                )
            };
            for (out, &x) in out.iter_mut().zip(x) {
                *out = value(Fast::new(x)).0;
            }
        }
    }
}

/// How many lanes an operation of many operands takes at a time.
pub(super) const STRIP: usize = 16;

impl<S: Element, A: Arithmetic> Map<'_, S, A> {
    /// Calls `value` with the operands, [`STRIP`] lanes at a time.
    #[inline(always)]
    fn strips(self, value: impl Fn(&[Strip<S, A, STRIP>]) -> Option<Strip<S, A, STRIP>>) {
        let Args {
            operands,
            out,
            len,
            scratch,
        } = self.args;
        let mut start = 0;
        while start < len {
            let count = STRIP.min(len - start);
            // SAFETY: there are `len` numbers in each operand, and the scratch has room for a strip of each. What a
            // short strip lacks is whatever lay there: a lane has nothing to do with another.
            let list = unsafe {
                for (number, operand) in operands.iter().enumerate() {
                    let to = scratch.add(number * STRIP);
                    std::ptr::copy_nonoverlapping(operand.add(start), to, count);
                }
                std::slice::from_raw_parts(scratch.cast_const().cast(), operands.len())
            };
            let strip = value(list).unwrap_or(Strip::lit(f64::NAN));
            for (lane, number) in strip.0.iter().enumerate().take(count) {
                // SAFETY: there is room for `len` numbers.
                unsafe { *out.add(start + lane) = number.0 };
            }
            start += count;
        }
    }
}

impl<S: Element, A: Arithmetic> Visitor for Map<'_, S, A> {
    type Output = ();

    #[inline(always)]
    fn operation<O: Operation>(self, operation: &O) {
        let nan = Fast::<S, A>::lit(f64::NAN);
        // The number of operands is right, since the tape was verified; where it cannot be, nothing is left of
        // the loop.
        match *self.args.operands {
            [_] => self.unary(|x| {
                let operands = O::Operands::<Fast<S, A>>::of(&[x]).map(|x| operation.value(x));
                operands.unwrap_or(nan)
            }),
            [x, y] => {
                for at in 0..self.args.len {
                    // SAFETY: there are `len` numbers in each.
                    unsafe {
                        let operands = [Fast::new(*x.add(at)), Fast::new(*y.add(at))];
                        let value = O::Operands::<Fast<S, A>>::of(&operands);
                        let value = value.map(|operands| operation.value(operands));
                        *self.args.out.add(at) = value.unwrap_or(nan).0;
                    }
                }
            }
            [x, y, z] => {
                for at in 0..self.args.len {
                    // SAFETY: there are `len` numbers in each.
                    unsafe {
                        let operands = [
                            Fast::new(*x.add(at)),
                            Fast::new(*y.add(at)),
                            Fast::new(*z.add(at)),
                        ];
                        let value = O::Operands::<Fast<S, A>>::of(&operands);
                        let value = value.map(|operands| operation.value(operands));
                        *self.args.out.add(at) = value.unwrap_or(nan).0;
                    }
                }
            }
            [..] => self.strips(|operands| {
                let value = O::Operands::<Strip<S, A, STRIP>>::of(operands);
                value.map(|operands| operation.value(operands))
            }),
        }
    }

    #[inline(always)]
    fn user(self, user: &User) {
        let count = self.args.operands.len();
        for at in 0..self.args.len {
            // SAFETY: there are `len` numbers in each, and room for one of each operand.
            unsafe {
                let list = std::slice::from_raw_parts_mut(self.args.scratch, count);
                for (number, operand) in list.iter_mut().zip(self.args.operands) {
                    *number = *operand.add(at);
                }
                *self.args.out.add(at) = S::user_value(user.operation(), list);
            }
        }
    }
}
