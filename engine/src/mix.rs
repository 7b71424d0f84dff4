//! The mixing of bits that digests are made with.
//!
//! It is that of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014), and part of
//! the log's format. It is no defence against forgery.

/// Mixes the bits of a word: no two words give the same.
#[inline]
pub(crate) const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// Mixes bytes into a word, eight at a time. The last eight are filled up with zeros, so the length belongs into
/// `sum`.
#[inline]
pub(crate) fn mix_bytes(mut sum: u64, bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        sum = mix(sum
            ^ u64::from_le_bytes([
                chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7],
            ]));
    }
    let mut last = [0_u8; 8];
    let rest = chunks.remainder();
    last[..rest.len()].copy_from_slice(rest);
    mix(sum ^ u64::from_le_bytes(last))
}
