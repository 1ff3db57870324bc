//! Which instructions of the processor a program uses.

use std::fmt;
use std::marker::PhantomData;

/// A set of vector instructions that kernels are compiled for. A program chooses one when it is compiled,
/// on the machine that it runs on; how a dependent is built decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// What every processor of the target has: SSE2 on x86-64, NEON on aarch64.
    Portable,
    /// AVX2 and fused multiply-adds: 256 bits.
    Avx2,
    /// AVX-512 (F, DQ, BW, VL): 512 bits.
    Avx512,
}

impl Level {
    /// Every level, from the narrowest to the widest.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// Whether this machine has the instructions.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// The widest level that this machine has.
    #[must_use]
    pub fn best() -> Self {
        let available = Self::ALL.into_iter().filter(|level| level.is_available());
        available.max().unwrap_or(Self::Portable)
    }

    /// How many bytes a vector has.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::Portable => 16,
            Self::Avx2 => 32,
            Self::Avx512 => 64,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            Self::Avx2 => "AVX2",
            Self::Avx512 => "AVX-512",
        })
    }
}

/// How a kernel multiplies and adds: a kernel is generic over it, and written once.
pub(crate) trait Arithmetic: Copy + Send + Sync + 'static {
    /// Whether [`Float::mul_add`] rounds once.
    const FUSED: bool;
    /// Whether the operands of sines and cosines are known to be of moderate size: no more than
    /// [`Element::MODERATE`](crate::vector::Element::MODERATE), or NaN.
    const MODERATE: bool = false;
}

/// Multiplications and additions rounded once: only in functions that the processor's instructions for it
/// are enabled for, since elsewhere each would be a call.
#[derive(Clone, Copy)]
pub(crate) struct Fused;

/// Multiplications and additions rounded one by one.
#[derive(Clone, Copy)]
pub(crate) struct Separate;

/// The same arithmetic, where the operands of sines and cosines are known to be of moderate size.
#[derive(Clone, Copy)]
pub(crate) struct Moderate<A>(PhantomData<A>);

impl<A: Arithmetic> Arithmetic for Moderate<A> {
    const FUSED: bool = A::FUSED;
    const MODERATE: bool = true;
}

impl Arithmetic for Fused {
    const FUSED: bool = true;
}

impl Arithmetic for Separate {
    const FUSED: bool = false;
}

/// The arithmetic of [`Level::Portable`]: fused where the target always has the instructions.
#[cfg(target_arch = "aarch64")]
pub(crate) type PortableArithmetic = Fused;
/// The arithmetic of [`Level::Portable`]: fused where the target always has the instructions.
#[cfg(not(target_arch = "aarch64"))]
#[allow(dead_code, reason = "x86-64 has registers of its own")]
pub(crate) type PortableArithmetic = Separate;
