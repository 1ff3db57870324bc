//! Runs: one operation's own text over rows of lanes.
//!
//! The text is that of the reference sweeps, over numbers whose functions turn into vector code: a flat loop over
//! it, in a function that is compiled for a level, runs at the level's full width.

use crate::level::Arithmetic;
use crate::level::{Fused, Level, Moderate, PortableArithmetic};
use crate::vector::{Element, Fast, Strip};
use dagrad_ops::operations::{Cos, Sin};
use dagrad_ops::{Op, OperandList, Operation, Real, User, Visitor};
use std::marker::PhantomData;

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
    operation: unsafe fn(&Op, Args<'_, S>),
    /// Runs a sine or a cosine if all numbers are of moderate size, and says whether it has.
    waves: unsafe fn(&Op, Args<'_, S>) -> bool,
    fma: unsafe fn(Args<'_, S>),
    mask: unsafe fn(Args<'_, S>),
}

impl<S: Element> Pointwise<S> {
    /// The runs of `level`, or the portable ones on a machine that has not got it.
    pub(super) fn of(level: Level) -> Self {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if level.is_available() => Self {
                operation: operation_avx512::<S>,
                waves: waves_avx512::<S>,
                fma: fma_avx512::<S>,
                mask: mask_avx512::<S>,
            },
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 if level.is_available() => Self {
                operation: operation_avx2::<S>,
                waves: waves_avx2::<S>,
                fma: fma_avx2::<S>,
                mask: mask_avx2::<S>,
            },
            Level::Portable | Level::Avx2 | Level::Avx512 => Self {
                operation: operation::<S, PortableArithmetic>,
                waves: waves::<S, PortableArithmetic>,
                fma: fma::<S, PortableArithmetic>,
                mask: mask::<S>,
            },
        }
    }

    /// Runs an operation.
    ///
    /// # Safety
    /// Every operand has `len` numbers to read and the result room for as many, and there is scratch. An operand is the result itself
    /// or does not overlap it.
    #[inline(always)]
    pub(super) unsafe fn operation(&self, op: &Op, args: Args<'_, S>) {
        // SAFETY: the caller's promise.
        unsafe {
            // One number that is too large makes the loop call the library for it, and then it is no vector code.
            if !(matches!(op, Op::Sin | Op::Cos) && (self.waves)(op, args)) {
                (self.operation)(op, args);
            }
        }
    }

    /// `a · b + c`, of three operands.
    ///
    /// # Safety
    /// As [`operation`](Self::operation).
    #[inline(always)]
    pub(super) unsafe fn fma(&self, args: Args<'_, S>) {
        // SAFETY: the caller's promise.
        unsafe { (self.fma)(args) }
    }

    /// 0 where the second of two operands is at most 0, else the first.
    ///
    /// # Safety
    /// As [`operation`](Self::operation).
    #[inline(always)]
    pub(super) unsafe fn mask(&self, args: Args<'_, S>) {
        // SAFETY: the caller's promise.
        unsafe { (self.mask)(args) }
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
#[inline(never)]
unsafe fn mask_avx512<S: Element>(args: Args<'_, S>) {
    // SAFETY: the caller's promise.
    unsafe { mask::<S>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn mask_avx2<S: Element>(args: Args<'_, S>) {
    // SAFETY: the caller's promise.
    unsafe { mask::<S>(args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")]
#[inline(never)]
unsafe fn waves_avx512<S: Element>(op: &Op, args: Args<'_, S>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { waves::<S, Fused>(op, args) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
#[inline(never)]
unsafe fn waves_avx2<S: Element>(op: &Op, args: Args<'_, S>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { waves::<S, Fused>(op, args) }
}

/// # Safety
/// As [`Pointwise::operation`].
#[inline(always)]
unsafe fn waves<S: Element, A: Arithmetic>(op: &Op, args: Args<'_, S>) -> bool {
    // SAFETY: the caller's promise.
    if !unsafe { is_moderate(args) } {
        return false;
    }
    let map = Map::<S, Moderate<A>> {
        args,
        arithmetic: PhantomData,
    };
    if matches!(op, Op::Sin) {
        map.operation(&Sin);
    } else {
        map.operation(&Cos);
    }
    true
}

/// # Safety
/// As [`Pointwise::operation`].
#[inline(always)]
unsafe fn operation<S: Element, A: Arithmetic>(op: &Op, args: Args<'_, S>) {
    op.visit(Map::<S, A> {
        args,
        arithmetic: PhantomData,
    });
}

/// Whether the sine and the cosine of every number of the first operand have a vector form.
///
/// # Safety
/// As [`Pointwise::operation`].
#[inline(always)]
unsafe fn is_moderate<S: Element>(args: Args<'_, S>) -> bool {
    let mut is_beyond = false;
    if let &[x] = args.operands {
        for at in 0..args.len {
            // SAFETY: there are as many numbers.
            is_beyond |= unsafe { *x.add(at) }.abs() > S::MODERATE;
        }
    }
    !is_beyond
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

/// # Safety
/// As [`Pointwise::operation`].
#[inline(always)]
unsafe fn mask<S: Element>(args: Args<'_, S>) {
    if let &[x, condition] = args.operands {
        for at in 0..args.len {
            // SAFETY: there are as many numbers.
            unsafe {
                let value = crate::vector::unless_at_most_zero(*x.add(at), *condition.add(at));
                *args.out.add(at) = value;
            }
        }
    }
}

/// How many lanes an operation of many operands takes at a time.
pub(super) const STRIP: usize = 16;

/// Maps numbers by an operation's text.
struct Map<'a, S, A> {
    args: Args<'a, S>,
    arithmetic: PhantomData<A>,
}

/// How many numbers are copied before a run in place writes them, so that the loop sees two memories.
const CHUNK: usize = 64;

/// A multiple of every vector's lanes.
const WHOLE: usize = 16;

/// The value of an operation; NaN where the number of operands is wrong, which it never is, since the tape was
/// verified.
///
/// A macro, since it has to become part of the loop that it stands in: closures may stay calls, and calls have not
/// the loop's instructions.
macro_rules! value {
    ($operation:ident, $type:ident, $scalar:ty, $operands:expr) => {
        match $type::Operands::<$scalar>::of($operands) {
            Some(operands) => $operation.value(operands),
            None => <$scalar>::lit(f64::NAN),
        }
    };
}

impl<S: Element, A: Arithmetic> Visitor for Map<'_, S, A> {
    type Output = ();

    // Without optimisation every operation that is inlined takes its own part of the stack, hundreds of kilobytes together.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn operation<O: Operation>(self, operation: &O) {
        let Args {
            operands,
            out,
            len,
            scratch,
        } = self.args;
        match *operands {
            // In place, or in whole vectors where the last one would be short.
            [x] if std::ptr::eq(x, out) || !len.is_multiple_of(WHOLE) => {
                let mut copy = [S::lit(1.0); CHUNK];
                let mut start = 0;
                // Whole chunks, whose size the compiler knows.
                while start + CHUNK <= len {
                    // SAFETY: there are `len` numbers.
                    unsafe {
                        copy = *x.add(start).cast::<[S; CHUNK]>();
                        let numbers = out.add(start);
                        for (at, &number) in copy.iter().enumerate() {
                            let operands = [Fast::new(number)];
                            *numbers.add(at) = value!(operation, O, Fast<S, A>, &operands).0;
                        }
                    }
                    start += CHUNK;
                }
                while start < len {
                    let count = CHUNK.min(len - start);
                    // SAFETY: there are `len` numbers, and the copy is another memory.
                    unsafe {
                        std::ptr::copy_nonoverlapping(x.add(start), copy.as_mut_ptr(), count);
                        let whole = count.next_multiple_of(WHOLE);
                        let numbers = copy.as_mut_ptr();
                        for at in 0..whole {
                            let operands = [Fast::new(*numbers.add(at))];
                            *numbers.add(at) = value!(operation, O, Fast<S, A>, &operands).0;
                        }
                        std::ptr::copy_nonoverlapping(copy.as_ptr(), out.add(start), count);
                    }
                    start += count;
                }
            }
            [x] => {
                for at in 0..len {
                    // SAFETY: there are `len` numbers in each.
                    unsafe {
                        let operands = [Fast::new(*x.add(at))];
                        *out.add(at) = value!(operation, O, Fast<S, A>, &operands).0;
                    }
                }
            }
            [x, y] => {
                for at in 0..len {
                    // SAFETY: there are `len` numbers in each.
                    unsafe {
                        let operands = [Fast::new(*x.add(at)), Fast::new(*y.add(at))];
                        *out.add(at) = value!(operation, O, Fast<S, A>, &operands).0;
                    }
                }
            }
            [x, y, z] => {
                for at in 0..len {
                    // SAFETY: there are `len` numbers in each.
                    unsafe {
                        let operands = [
                            Fast::new(*x.add(at)),
                            Fast::new(*y.add(at)),
                            Fast::new(*z.add(at)),
                        ];
                        *out.add(at) = value!(operation, O, Fast<S, A>, &operands).0;
                    }
                }
            }
            [..] => {
                let mut start = 0;
                while start < len {
                    let count = STRIP.min(len - start);
                    // SAFETY: there are `len` numbers in each operand, and the scratch has room for a strip of
                    // each. What a short strip lacks is whatever lay there: a lane has nothing to do with another.
                    unsafe {
                        for (number, operand) in operands.iter().enumerate() {
                            let to = scratch.add(number * STRIP);
                            std::ptr::copy_nonoverlapping(operand.add(start), to, count);
                        }
                        let list = scratch.cast_const().cast::<Strip<S, A, STRIP>>();
                        let list = std::slice::from_raw_parts(list, operands.len());
                        let strip = value!(operation, O, Strip<S, A, STRIP>, list);
                        let from = (&raw const strip).cast::<S>();
                        std::ptr::copy_nonoverlapping(from, out.add(start), count);
                    }
                    start += count;
                }
            }
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
