//! Where initial values come from: each parameter draws from a stream of its own.
//!
//! A stream is named by a seed, the scope path and the name of its parameter. Another layer in the same
//! model therefore changes no weight of this one, and the order in which macros are expanded changes
//! nothing at all. The hash, the generator and the golden numbers in the tests pin the streams: the same
//! seed gives the same bits on every platform, in every version.

use rand_core::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// The generator of the parameter called `name` in the scope with the path `scope`: Xoshiro256++ (Blackman
/// and Vigna, 2019), whose state is the first four outputs of `SplitMix64` (Steele, Lea and Flood, 2014)
/// started at the FNV-1a hash of the seed's eight bytes, lowest first, the scope path, the byte 255, which
/// no text contains, and the name.
#[must_use]
pub fn stream(seed: u64, scope: &str, name: &str) -> Xoshiro256PlusPlus {
    let seed = seed.to_le_bytes();
    let separator = [0xff];
    let parts: [&[u8]; 4] = [&seed, scope.as_bytes(), &separator, name.as_bytes()];
    let mut state = fnv_1a(parts.into_iter().flatten().copied());
    let mut bytes = [0; 32];
    for word in bytes.chunks_exact_mut(8) {
        word.copy_from_slice(&split_mix(&mut state).to_le_bytes());
    }
    Xoshiro256PlusPlus::from_seed(bytes)
}

fn fnv_1a(bytes: impl Iterator<Item = u8>) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    bytes.fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_core::Rng as _;

    #[test]
    fn the_parts_are_the_published_algorithms() {
        // The test vectors of FNV (Noll) and the first outputs of SplitMix64 from 1234567 (Vigna).
        assert_eq!(fnv_1a(b"foobar".iter().copied()), 0x8594_4171_f739_67e8);
        let mut state = 1_234_567;
        assert_eq!(split_mix(&mut state), 6_457_827_717_110_365_317);
        assert_eq!(split_mix(&mut state), 3_203_168_211_198_807_973);
    }

    #[test]
    fn golden_numbers() {
        // Computed by a transcription of the definitions above into another language.
        let first = |seed, scope, name| {
            let mut stream = stream(seed, scope, name);
            [stream.next_u64(), stream.next_u64()]
        };
        assert_eq!(
            first(0, "", "w"),
            [7_537_786_000_459_845_664, 1_886_577_018_269_738_585]
        );
        let hidden = [15_994_527_624_987_490_246, 14_143_279_386_511_019_231];
        assert_eq!(first(42, "hidden.0", "w0"), hidden);
    }

    #[test]
    fn every_part_of_the_name_counts() {
        let streams = [
            (1, "a", "b"),
            (2, "a", "b"),
            (1, "", "ab"),
            (1, "ab", ""),
            (1, "a.b", "b"),
        ];
        let mut firsts = streams.map(|(seed, scope, name)| stream(seed, scope, name).next_u64());
        firsts.sort_unstable();
        assert!(firsts.is_sorted_by(|a, b| a < b));
    }
}
