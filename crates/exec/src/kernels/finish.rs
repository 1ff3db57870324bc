//! What is done with a sum before it is stored.

use crate::kernels::register::{Float, Register};

/// The last operation on each row of a kernel's result, while it is in registers. Some have a second
/// operand: `with` has the offset of a row of the tile for each row of the result.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finish<'a> {
    None,
    /// 0 where the sum is at most 0. What is no number stays none.
    Relu,
    /// 0 where the operand is at most 0: the adjoint of a relu's operand, given the operand or the result.
    ReluMask {
        with: &'a [u32],
    },
    /// Times `1 - y²`: the adjoint of a tanh's operand, given the result.
    TanhPartial {
        with: &'a [u32],
    },
    /// Times `y · (1 - y)`: the adjoint of a sigmoid's operand, given the result.
    SigmoidPartial {
        with: &'a [u32],
    },
    /// Times the operand.
    Mul {
        with: &'a [u32],
    },
}

impl<'a> Finish<'a> {
    /// The offsets of the second operands.
    pub(crate) fn with(self) -> Option<&'a [u32]> {
        match self {
            Self::None | Self::Relu => None,
            Self::ReluMask { with }
            | Self::TanhPartial { with }
            | Self::SigmoidPartial { with }
            | Self::Mul { with } => Some(with),
        }
    }

    /// Finishes `R` rows, the first of which has the number `row`, in `C` registers from `lane` on.
    ///
    /// # Safety
    /// The second operands of these rows, if there are any, lie in the tile.
    #[inline(always)]
    pub(crate) unsafe fn apply<V: Register, const R: usize, const C: usize>(
        self,
        sums: [[V; C]; R],
        tile: *const V::Scalar,
        row: usize,
        lane: usize,
    ) -> [[V; C]; R] {
        let one = V::splat(V::Scalar::ONE);
        // SAFETY: that the operands lie in the tile is the caller's promise.
        let read = |with: &[u32], r: usize, c: usize| unsafe {
            V::load(tile.add(*with.get_unchecked(row + r) as usize + lane + c * V::LANES))
        };
        match self {
            Self::None => sums,
            Self::Relu => each(sums, |x, _, _| x.unless_at_most_zero(x)),
            Self::ReluMask { with } => {
                each(sums, |x, r, c| x.unless_at_most_zero(read(with, r, c)))
            }
            Self::TanhPartial { with } => each(sums, |x, r, c| {
                let y = read(with, r, c);
                x.multiply(one.subtract(y.multiply(y)))
            }),
            Self::SigmoidPartial { with } => each(sums, |x, r, c| {
                let y = read(with, r, c);
                x.multiply(y.multiply(one.subtract(y)))
            }),
            Self::Mul { with } => each(sums, |x, r, c| x.multiply(read(with, r, c))),
        }
    }
}

/// Maps every register, given its row and column.
#[inline(always)]
fn each<V: Copy, const R: usize, const C: usize>(
    mut sums: [[V; C]; R],
    map: impl Fn(V, usize, usize) -> V,
) -> [[V; C]; R] {
    for r in 0..R {
        for c in 0..C {
            sums[r][c] = map(sums[r][c], r, c);
        }
    }
    sums
}
