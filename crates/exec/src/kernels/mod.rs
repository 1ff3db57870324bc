//! Kernels of fast programs: the loops that take the time.
//!
//! A kernel works on a *tile*: the values of up to 1,024 samples, as `[slot][lane]`. A *row* is one
//! scalar's value in each lane; rows lie at offsets, in elements, from the start of the tile. Every row
//! starts on a boundary of 64 bytes and has room for its lanes rounded up to a whole vector. What stands in
//! the room beyond the lanes, the *padding*, is anybody's: kernels may read and write it, no result depends
//! on it.
//!
//! Every kernel is written once, over a [`Register`], and compiled for each [`Level`]. The functions of
//! one level are gathered in [`Kernels`], which a program chooses when it is compiled. A kernel takes a
//! struct of pointers and offsets, whose documentation says what has to hold.
//!
//! # The order of sums
//! What a row's value is depends on its own operands, the number of lanes and the level, and on nothing
//! else: neither on how many rows are computed with it nor on their order. Sums over operands run over each
//! lane by itself, from the start in the order of the operands, so a lane's value does not depend on the
//! other lanes, or on its place in the tile either. Sums over lanes, of which there are several kinds, are such of
//! registers first or not, as suits the numbers of rows, columns and lanes.

mod adjoints;
mod descend;
mod finish;
mod gathered;
mod gradients;
mod narrow;
#[cfg(any(test, not(target_arch = "x86_64")))]
mod plain;
mod product;
mod reduced;
mod register;
mod shallow;
#[cfg(target_arch = "x86_64")]
mod squares;
mod strips;
mod transpose;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod testing;

pub(crate) use adjoints::Adjoints;
pub(crate) use finish::Finish;
pub(crate) use gathered::{
    Gathered, GatheredGradients, GatheredStart, LaneSums, Pairs, WeightOrder,
};
pub(crate) use gradients::Gradients;
pub(crate) use product::{Product, Start};
pub(crate) use reduced::Reduced;
pub(crate) use register::{Float, Register};
pub(crate) use strips::{
    From as StripFrom, Function as StripFunction, Kind as StripKind, Strip, Strips,
};
pub(crate) use transpose::{Rows, Transpose};

use crate::level::Level;

/// The kernels of one scalar type and one level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernels<S> {
    /// What the kernels were compiled for.
    pub(crate) level: Level,
    /// How many lanes a vector has: the room of a row is a multiple of it.
    pub(crate) width: usize,
    /// A matrix of parameters times a list of rows.
    pub(crate) product: unsafe fn(&Product<'_, S>),
    /// Dots over lists of their own.
    pub(crate) gathered: unsafe fn(&Gathered<'_, S>),
    /// Dots over lists of their own, and gradients of other weights that read the same rows.
    pub(crate) adjoints: unsafe fn(&Adjoints<'_, S>),
    /// Sums of products of two rows each.
    pub(crate) pairs: unsafe fn(&Pairs<'_, S>),
    /// Sums over lanes: of products of rows and a panel,
    pub(crate) gradients: unsafe fn(&Gradients<'_, S>),
    /// of products of rows and columns, few of each,
    pub(crate) reduced: unsafe fn(&Reduced<'_, S>),
    /// of products of rows with columns of their own,
    pub(crate) gathered_gradients: unsafe fn(&GatheredGradients<'_, S>),
    /// of rows.
    pub(crate) lane_sums: unsafe fn(&LaneSums<'_, S>),
    /// The same kernels for one lane: a matrix,
    pub(crate) narrow_product: unsafe fn(&Product<'_, S>),
    /// dots over lists of their own,
    pub(crate) narrow_gathered: unsafe fn(&Gathered<'_, S>),
    /// and gradients of their weights.
    pub(crate) narrow_gradients: unsafe fn(&GatheredGradients<'_, S>),
    /// Values one after the other.
    pub(crate) strips: unsafe fn(&Strips<'_, S>),
    /// Rows become columns.
    pub(crate) transpose: unsafe fn(&Transpose<'_, S>),
    /// A step of gradient descent.
    pub(crate) descend: unsafe fn(&mut [S], &[S], S),
}

impl<S: Float> Kernels<S> {
    /// The kernels of `level`, or the portable ones on a machine that has not got it.
    pub(crate) fn of(level: Level) -> Self {
        match level {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 if level.is_available() => Self::over::<S::Avx512>(level),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 if level.is_available() => Self::over::<S::Avx2>(level),
            Level::Portable | Level::Avx2 | Level::Avx512 => {
                Self::over::<S::Portable>(Level::Portable)
            }
        }
    }

    /// The kernels over one kind of registers.
    fn over<V: Register<Scalar = S>>(level: Level) -> Self {
        Self {
            level,
            width: V::LANES,
            product: product::product::<V>,
            narrow_product: narrow::product::<V>,
            narrow_gathered: narrow::gathered::<V>,
            narrow_gradients: narrow::gathered_gradients::<V>,
            strips: strips::strips::<V>,
            transpose: transpose::transpose::<V>,
            descend: descend::descend::<V>,
            gathered: gathered::gathered::<V>,
            adjoints: adjoints::adjoints::<V>,
            pairs: gathered::pairs::<V>,
            gradients: gradients::gradients::<V>,
            reduced: reduced::reduced::<V>,
            gathered_gradients: gathered::gathered_gradients::<V>,
            lane_sums: gathered::lane_sums::<V>,
        }
    }
}
