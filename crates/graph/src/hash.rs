//! A hash for keys that we number ourselves.

use std::hash::{BuildHasherDefault, Hasher};

/// Hashes a few small numbers by multiplication (Knuth, *The Art of Computer Programming*, 6.4). Numbers of our
/// own making cannot be chosen to collide, so nothing is gained by a slower hash.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NumberHasher(u64);

/// Builds [`NumberHasher`]s.
pub(crate) type NumberHash = BuildHasherDefault<NumberHasher>;

impl Hasher for NumberHasher {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(byte.into()));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
        self.0 = (self.0.rotate_left(26) ^ number).wrapping_mul(GOLDEN);
    }

    fn finish(&self) -> u64 {
        // Maps look at the low bits for a place and at the high ones for a tag; a product is random in
        // its high bits only.
        self.0 ^ (self.0 >> 32)
    }
}
