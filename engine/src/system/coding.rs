//! How pieces of a snapshot are coded, and the digest of what is coded.

use bincode::Encode;
use bincode::config::{Configuration, Fixint, Limit, LittleEndian};

use crate::limits;
use crate::mix::{mix, mix_bytes};

/// How a piece is coded, also for the digest.
pub(crate) const PIECE: Configuration<LittleEndian, Fixint, Limit<{ limits::SYSTEM_DECODED_BYTES_MAX }>> =
    bincode::config::standard()
        .with_fixed_int_encoding()
        .with_limit::<{ limits::SYSTEM_DECODED_BYTES_MAX }>();

/// A number that stands for all of it.
///
/// # Panics
/// Never: a vector takes every one.
pub(super) fn digest_of(of: &impl Encode) -> u64 {
    let bytes = bincode::encode_to_vec(of, PIECE).expect("a vector takes every one");
    mix_bytes(mix(bytes.len() as u64), &bytes)
}
