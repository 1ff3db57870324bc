//! Maps whose keys are small numbers: slots and places.
//!
//! Only look-ups are made in them, so what order they have reaches no plan; and nobody from outside chooses the keys.

use std::hash::{BuildHasherDefault, Hasher};

pub(super) type HashMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Mix>>;

/// Words multiplied by an odd number close to 2⁶⁴ over the golden ratio (D. E. Knuth, *The Art of Computer
/// Programming*, vol. 3, 6.4).
#[derive(Clone, Copy, Default)]
pub(super) struct Mix(u64);

impl Mix {
    fn word(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        // Maps take the low bits, and the high ones are the good ones.
        self.0 = mixed ^ mixed >> 32;
    }
}

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.word(u64::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.word(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.word(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.word(number as u64);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
